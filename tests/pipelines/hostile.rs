//! Bad input through the engine: an error of the fitting kind that says what to do, at a bounded cost.

use std::fs;
use std::path::{Path, PathBuf};

use facekit::params::{DetectParams, RestoreParams};
use facekit::picture::Source;
use facekit::{Engine, Error, ErrorKind, Image, Limits};

use crate::support::*;

/// Fails unless the error is of a kind and says all of the words.
fn assert_error(error: Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn pictures_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let png = fs::read(root().join("examples/photos/astronaut.png")).unwrap();
    let jpeg = fs::read(root().join("examples/photos/grace_hopper.jpg")).unwrap();
    let mut huge = png[..33].to_vec();
    huge[16..20].copy_from_slice(&60_000u32.to_be_bytes());
    huge[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    for (name, bytes, kind, word) in [
        ("empty.png", &b""[..], ErrorKind::InvalidPicture, "empty"),
        ("text.jpg", b"dear sir or madam", ErrorKind::InvalidPicture, "no picture"),
        ("cut.png", &png[..png.len() / 2], ErrorKind::InvalidPicture, "PNG"),
        ("cut.jpg", &jpeg[..jpeg.len() / 2], ErrorKind::InvalidPicture, "cut short"),
        ("huge.png", &huge, ErrorKind::InvalidPicture, "PNG"),
    ] {
        let path = write(folder.path(), name, bytes);
        let error = Image::open(&path, &Limits::default()).unwrap_err();
        assert_error(error, kind, &[name, word]);
    }
    let error = Image::open(folder.path().join("missing.png"), &Limits::default()).unwrap_err();
    assert_error(error, ErrorKind::Io, &["missing.png"]);
    // A wrong name does not matter, the content does.
    let mislabelled = write(folder.path(), "really_a_png.jpg", &png);
    assert_eq!(Image::open(mislabelled, &Limits::default()).unwrap(), astronaut());
    for uri in ["http://example.com/a.png", "https://example.com/a.png", "ftp://example.com/a.png"] {
        assert_error(Source::parse(uri).unwrap_err(), ErrorKind::Unsupported, &["network", "path or bytes"]);
    }
}

#[test]
fn models_that_do_not_fit_are_refused_with_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let image = square(&astronaut(), 128);
    let refused = |name: &str| {
        let params = DetectParams { detector: Some(name.to_owned()), ..Default::default() };
        engine().detect(&image, &params).unwrap_err()
    };
    let text = write(folder.path(), "text.onnx", b"this is no model, and never was one");
    assert_error(
        refused(text.to_str().unwrap()),
        ErrorKind::InvalidModel,
        &["text.onnx", "not an ONNX model"],
    );
    let empty = write(folder.path(), "empty.onnx", b"");
    assert_error(refused(empty.to_str().unwrap()), ErrorKind::InvalidModel, &["empty.onnx"]);
    let whole = fs::read(golden("pipelines/one_face.onnx")).unwrap();
    let cut = write(folder.path(), "cut.onnx", &whole[..whole.len() / 2]);
    assert_error(refused(cut.to_str().unwrap()), ErrorKind::InvalidModel, &["cut.onnx"]);
    let missing = folder.path().join("missing.onnx");
    assert_error(refused(missing.to_str().unwrap()), ErrorKind::Io, &["missing.onnx"]);

    assert_error(
        refused(&golden("models/gfpgan.onnx")),
        ErrorKind::InvalidModel,
        &["role detector", "512, 512"],
    );
    assert_error(refused(&golden("models/unknown.onnx")), ErrorKind::InvalidModel, &["[1, 7]", "yunet"]);
    assert_error(
        refused("no_such_detector"),
        ErrorKind::ModelNotFound,
        &["no_such_detector", "facekit-lite-detect"],
    );
    assert_error(
        refused("facekit-lite-restore"),
        ErrorKind::InvalidModel,
        &["restorer", "detector is needed"],
    );
    assert_error(refused("yunet_n"), ErrorKind::ModelNotFound, &["libfacedetection"]);
    // It says that it is a YuNet, and gives other shapes.
    assert_error(
        refused(&golden("models/yunet.onnx")),
        ErrorKind::InvalidModel,
        &["yunet", "cls_8", "expected"],
    );

    let params = RestoreParams {
        upscaler: Some(golden("models/gfpgan.onnx")),
        ..restorer_of_one_face("models/gpen_256.onnx")
    };
    let params = RestoreParams { upscale: 2, upscale_background: true, ..params };
    assert_error(engine().restore(&image, &params).unwrap_err(), ErrorKind::InvalidModel, &["role upscaler"]);
}

#[test]
fn a_known_name_with_another_digest_is_refused() {
    let Some(model) = shared("models/detect/yunet_n_dynamic.onnx") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    write(folder.path(), "yunet_n_dynamic.onnx", &bytes);
    let engine = Engine::builder().models(folder.path()).build().unwrap();
    let params = DetectParams { detector: Some("yunet_n".into()), ..Default::default() };
    let error = engine.detect(&astronaut(), &params).unwrap_err();
    assert_error(error, ErrorKind::InvalidModel, &["SHA-256", "get it again"]);
}

#[test]
fn a_picture_larger_than_the_limit_is_refused() {
    let engine = Engine::builder().limits(Limits { pixels: 1000, ..Limits::default() }).build().unwrap();
    let image = plain(100, 11, [0; 3]);
    let error = engine.detect(&image, &DetectParams::default()).unwrap_err();
    assert_error(error, ErrorKind::LimitExceeded, &["100×11", "1000"]);
    let error = engine.restore(&image, &restorer("models/gpen_256.onnx")).unwrap_err();
    assert_error(error, ErrorKind::LimitExceeded, &["100×11"]);
}

#[test]
fn more_tiles_than_allowed_are_refused() {
    let image = plain(2000, 2000, [0; 3]);
    let params = DetectParams { tile_size: 8, ..Default::default() };
    let error = engine().detect(&image, &params).unwrap_err();
    assert_error(error, ErrorKind::LimitExceeded, &["tiles"]);
}
