//! What stands in the archive, and what it says of itself.

use super::Unpacked;
use crate::dist::archive::digest;
use crate::dist::crates::Crates;
use crate::dist::layout::{Layout, System};
use crate::dist::licences;
use serde_json::Value;
use std::fs;
use std::path::Path;

#[test]
fn everything_stands_in_its_place() {
    let Some(unpacked) = Unpacked::get() else { return };
    for file in [
        "bin/facekit",
        "include/facekit.h",
        "include/facekit.hpp",
        "include/facekit/engine.hpp",
        "lib/cmake/facekit/facekitConfig.cmake",
        "lib/cmake/facekit/facekitConfigVersion.cmake",
        "lib/libfacekit.a",
        "lib/libfacekit.so.0.1.0",
        "lib/libonnxruntime.so.1.28.0",
        "lib/pkgconfig/facekit-static.pc",
        "lib/pkgconfig/facekit.pc",
        "share/doc/facekit/CHANGELOG.md",
        "share/doc/facekit/LICENSE-APACHE",
        "share/doc/facekit/LICENSE-MIT",
        "share/doc/facekit/README.md",
        "share/doc/facekit/THIRD-PARTY.txt",
        "share/doc/facekit/onnxruntime/LICENSE",
        "share/doc/facekit/onnxruntime/ThirdPartyNotices.txt",
        "share/doc/facekit/packages.md",
        "share/doc/facekit/sbom.cdx.json",
        "share/facekit/models/catalog.toml",
        "share/facekit/models/lite/detect.md",
        "share/facekit/models/lite/detect.onnx",
    ] {
        assert!(fs::symlink_metadata(unpacked.file(file)).is_ok_and(|entry| entry.is_file()), "{file}");
    }
    for (link, target) in
        [("lib/libfacekit.so", "libfacekit.so.0.1"), ("lib/libfacekit.so.0.1", "libfacekit.so.0.1.0")]
    {
        assert_eq!(fs::read_link(unpacked.file(link)).unwrap(), Path::new(target), "{link}");
    }
    for file in ["lib/pkgconfig/facekit.pc", "lib/cmake/facekit/facekitConfig.cmake"] {
        let text = fs::read_to_string(unpacked.file(file)).unwrap();
        assert!(!text.contains('@') && text.contains("0.1.0"), "{file}: {text}");
    }
}

#[test]
fn the_checksum_is_that_of_the_archive() {
    let Some(unpacked) = Unpacked::get() else { return };
    let dist = unpacked.folder.join("dist");
    let sums = fs::read_dir(&dist).unwrap().map(|entry| entry.unwrap().path());
    let sums: Vec<_> = sums.filter(|path| path.extension().is_some_and(|end| end == "sha256")).collect();
    let text = fs::read_to_string(&sums[0]).unwrap();
    let (sum, name) = text.trim_end().split_once("  ").unwrap();
    assert_eq!((sums.len(), digest(&dist.join(name)).unwrap().as_str()), (1, sum));
}

#[test]
fn the_bill_of_materials_names_every_part_with_its_digest() {
    let Some(unpacked) = Unpacked::get() else { return };
    let text = fs::read_to_string(unpacked.file("share/doc/facekit/sbom.cdx.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&document["bomFormat"], &document["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    let components = document["components"].as_array().unwrap();
    let find =
        |name: &str| components.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(find("ort")["purl"], "pkg:cargo/ort@2.0.0-rc.15");
    assert_eq!(find("ONNX Runtime")["purl"], "pkg:pypi/onnxruntime@1.28.0");
    assert_eq!(find("libwebp-sys")["components"][0]["name"], "libwebp");
    let detector = digest(&unpacked.file("share/facekit/models/lite/detect.onnx")).unwrap();
    assert_eq!(find("facekit-lite-detect")["hashes"][0]["content"], detector.as_str());
    for component in components.iter().filter(|one| one["name"] != "Rust standard library") {
        let digest = component["hashes"][0]["content"].as_str().unwrap_or_default();
        assert_eq!(digest.len(), 64, "{component}");
        assert!(component["licenses"][0].is_object(), "{component}");
    }
    assert!(!components.iter().any(|one| one["name"] == "criterion" || one["name"] == "cbindgen"));
    let references: Vec<&Value> = document["dependencies"].as_array().unwrap().iter().collect();
    assert!(references.iter().any(|one| one["ref"] == "pkg:cargo/facekit@0.1.0"));
}

#[test]
fn every_crate_brings_its_licence() {
    let Some(unpacked) = Unpacked::get() else { return };
    let crates = Crates::of(&unpacked.workspace).unwrap();
    let document = licences::collect(&unpacked.workspace, &crates).unwrap();
    for used in crates.dependencies() {
        assert!(!used.license.is_empty(), "{} names no licence", used.name);
        let title = format!("{} {}", used.name, used.version);
        assert!(document.matches(&title).count() >= 2, "{title} has no text");
    }
    assert!(document.contains("Google"), "libwebp's own licence is missing");
    assert!(!document.contains("GENERAL PUBLIC LICENSE"), "a copyleft licence is compiled in");
}

#[test]
fn the_series_is_the_part_of_the_version_that_breaks_programs() {
    for (version, name) in [("0.1.0", "0.1"), ("0.12.3-rc.1", "0.12"), ("1.4.2", "1"), ("10.0.0", "10")] {
        assert_eq!(Layout::new(System::Linux, version).series, name);
    }
}
