//! The parameters that hosted face APIs document, held against our own.

#![cfg(feature = "cli")]
use std::collections::BTreeMap;
use std::process::Command;

use facekit::params::{ParameterSet, SwapParams};
use facekit::picture::{EncodeOptions, FileFormat};
use facekit::{ErrorKind, Image, PixelFormat};
use toml::Value;

/// A parameter: type, default, least and greatest value, values.
type Facts = BTreeMap<String, Value>;

fn facts(api: &str, parameter: &str) -> Facts {
    let text = include_str!("golden/hosted_parameters.toml");
    let mut apis: BTreeMap<String, BTreeMap<String, Facts>> = toml::from_str(text).unwrap();
    apis.remove(api).unwrap().remove(parameter).unwrap()
}

/// What the command line says to a value of an option: its exit code, before any picture is read.
fn exit_code(option: &str, value: &str) -> Option<i32> {
    let mut facekit = Command::new(env!("CARGO_BIN_EXE_facekit"));
    facekit.args(["detect", "/nonexistent.png", option, value]).output().unwrap().status.code()
}

#[test]
fn the_formats_are_those_of_the_hosted_api() {
    let facts = facts("face-detailer", "image_format");
    assert_eq!(facts["default"].as_str(), Some(FileFormat::default().to_string().as_str()));
    assert_eq!(EncodeOptions::default().format, FileFormat::default());
    for name in facts["values"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let format: FileFormat = name.parse().unwrap();
        assert_eq!(format.to_string(), name);
        assert_eq!(serde_json::to_value(format).unwrap(), name);
        assert_eq!(exit_code("--image-format", name), Some(1));
    }
    assert_eq!("bmp".parse::<FileFormat>().unwrap_err().kind(), ErrorKind::InvalidParameter);
    assert_eq!(exit_code("--image-format", "bmp"), Some(2));
}

#[test]
fn the_quality_has_the_range_and_default_of_the_hosted_api() {
    let facts = facts("face-detailer", "image_quality");
    let number = |name: &str| facts[name].as_integer().unwrap();
    assert_eq!(i64::from(EncodeOptions::default().quality), number("default"));
    let image = Image::new(8, 8, PixelFormat::Rgb).unwrap();
    for (quality, valid) in
        [(number("min") - 1, false), (number("min"), true), (number("max"), true), (number("max") + 1, false)]
    {
        let options = EncodeOptions { quality: quality as u8, ..EncodeOptions::default() };
        assert_eq!(image.encode(&options).is_ok(), valid, "{quality}");
        assert_eq!(
            exit_code("--image-quality", &quality.to_string()),
            Some(if valid { 1 } else { 2 }),
            "{quality}"
        );
    }
    let help = Command::new(env!("CARGO_BIN_EXE_facekit")).args(["detect", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let quality = help.split("--image-quality").nth(1).unwrap();
    assert!(quality.split("--").next().unwrap().contains(&format!("[default: {}]", number("default"))));
}

#[test]
fn a_swap_has_the_parameters_of_the_hosted_api() {
    let defaults = serde_json::to_value(SwapParams::default()).unwrap();
    let restores = facts("faceswap", "face_restore");
    assert_eq!(defaults["face_restore"].as_bool(), restores["default"].as_bool());
    let format = facts("faceswap", "file_type")["default"].as_str().unwrap().to_owned();
    let params = SwapParams::from_json(&format!(r#"{{"file_type": "{format}"}}"#)).unwrap();
    assert_eq!(params.file_type, Some(FileFormat::Png));
    // Left out, the result has the target's own format: a GIF stays one.
    assert!(defaults["file_type"].is_null());
    for picture in ["input_face_image", "target_face_image"] {
        assert_eq!(facts("faceswap", picture)["type"].as_str(), Some("image"));
    }
}
