//! `facekit swap` and `facekit mask` on the command line.

#![cfg(all(feature = "cli", feature = "embedded"))]
use std::fs;
use std::path::Path;
use std::process::Command;

use facekit::picture::{Animation, FileFormat, Provenance};
use facekit::{Image, Limits};
use serde_json::Value;
use tempfile::TempDir;

const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/grace_hopper.jpg");

/// The exit code, and what was printed on both outputs.
fn facekit(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_facekit")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn files(folder: &TempDir) -> usize {
    fs::read_dir(folder.path()).unwrap().count()
}

#[test]
fn a_picture_is_swapped_and_told_of() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.webp");
    let (code, said, err) = facekit(&["swap", "--json", "--source", ASTRONAUT, HOPPER, "-o", &out]);
    assert_eq!(code, Some(0), "{err}");
    let told: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&told["input"], &told["output"], &told["format"]),
        (&HOPPER.into(), &out.clone().into(), &"webp".into())
    );
    assert_eq!((&told["engine"], &told["frames"], &told["faces"]), (&"mesh".into(), &1.into(), &1.into()));
    assert!(told["models"].as_array().unwrap().len() >= 3, "{told}");
    let swapped = Image::open(&out, &Limits::default()).unwrap();
    assert_eq!(swapped.metadata().provenance(), Some(Provenance::Composite));
}

#[test]
fn a_gif_stays_one_and_becomes_another_format_by_the_name_of_the_output() {
    let folder = TempDir::new().unwrap();
    let (gif, out, webp) = (path(&folder, "in.gif"), path(&folder, "out.gif"), path(&folder, "out.webp"));
    fs::write(&gif, moving()).unwrap();
    let (code, said, err) = facekit(&["swap", "--source", HOPPER, &gif, "-o", &out]);
    assert_eq!(code, Some(0), "{err}");
    assert!(said.contains("faces swapped in 3 of 3 frames with mesh"), "{said}");
    assert!(fs::read(&out).unwrap().starts_with(b"GIF8"));
    let read = Animation::open(&out, &Limits::default()).unwrap();
    assert_eq!((read.frames.len(), read.plays), (3, 0));
    let (code, _, err) = facekit(&["swap", "--source", HOPPER, &gif, "-o", &webp]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(FileFormat::of(&fs::read(&webp).unwrap()), Some(FileFormat::Webp));
}

#[test]
fn a_folder_of_targets_keeps_its_names_and_formats() {
    let (folder, results) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::write(folder.path().join("film.gif"), moving()).unwrap();
    fs::copy(HOPPER, folder.path().join("grace.jpg")).unwrap();
    let (input, output) = (folder.path().to_str().unwrap(), results.path().to_str().unwrap());
    let (code, _, err) =
        facekit(&["swap", "--source", ASTRONAUT, input, "-o", output, "--face-restore=false"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(results.path().join("film.gif").is_file() && results.path().join("grace.jpg").is_file());
}

#[test]
fn a_mask_is_written_as_a_picture() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "mask.png");
    let (code, said, err) =
        facekit(&["mask", HOPPER, "-o", &out, "--masks", "box,area", "--mask-areas", "upper-face,mouth"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(said.contains("faces masked: 1"), "{said}");
    let mask = Image::open(&out, &Limits::default()).unwrap();
    assert_eq!((mask.width(), mask.height()), (512, 600));
    let (code, _, err) = facekit(&["mask", HOPPER, "-o", &out, "--masks", "veil"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("occlusion"), "{err}");
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    let (out, doc) = (path(&folder, "out.png"), path(&folder, "out.doc"));
    let empty = path(&TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap(), "missing.png");
    for (args, expected, words) in [
        (vec!["swap", HOPPER, "-o", &out], 2, "--source"),
        (vec!["swap", "--source", HOPPER, ASTRONAUT], 2, "--output"),
        (vec!["swap", "--source", HOPPER, ASTRONAUT, "-o", &doc], 2, "names no format"),
        (vec!["swap", "--source", &empty, ASTRONAUT, "-o", &out], 1, "missing.png"),
        (vec!["swap", "--source", HOPPER, ASTRONAUT, "-o", &out, "--swapper", "none_such"], 1, "none_such"),
        (vec!["swap", "--source", HOPPER, ASTRONAUT, "-o", &out, "--engine", "magic"], 2, "mesh"),
        (
            vec!["swap", "--source", HOPPER, ASTRONAUT, "-o", &out, "--identity-weight", "2"],
            2,
            "identity_weight",
        ),
        (vec!["swap", "--replace", HOPPER, "-o", &out, "--", ASTRONAUT], 2, "--replace"),
    ] {
        let (code, _, err) = facekit(&args);
        assert_eq!(code, Some(expected), "{args:?}: {err}");
        assert!(err.contains(words) && !err.contains("panicked"), "{args:?}: {err}");
        assert_eq!(files(&folder), 0, "{args:?}");
    }
}

/// Three frames of a moving face.
fn moving() -> Vec<u8> {
    use facekit::picture::{AnimationOptions, AnimationWriter, Frame};
    let photo = Image::open(Path::new(ASTRONAUT), &Limits::default()).unwrap();
    let mut writer = AnimationWriter::new(240, 240, &AnimationOptions::new(FileFormat::Gif)).unwrap();
    for i in 0..3 {
        let cut = Image::from_view(photo.view().crop(110 + 3 * i, i, 240, 240).unwrap());
        writer.push(&Frame::new(cut, std::time::Duration::from_millis(80))).unwrap();
    }
    writer.finish().unwrap()
}
