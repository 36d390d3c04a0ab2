//! What a request in JSON may get wrong: each is an error that names the field and says what to do.

use facekit::json::{self, JsonRequest, Pipeline};
use facekit::{CancelToken, Control, Error, ErrorKind, Limits};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{ASTRONAUT, HOPPER, engine, run};

/// Checks that a request is refused with a kind and words.
fn refused(request: Value, kind: ErrorKind, words: &[&str]) {
    let error = run(&request).expect_err(&request.to_string());
    assert_eq!(error.kind(), kind, "{request}: {error}");
    for words in words {
        assert!(error.to_string().contains(words), "{request}: no `{words}` in {error}");
    }
}

#[test]
fn a_field_that_is_wrong_is_named() {
    let invalid = ErrorKind::InvalidParameter;
    let with = |name: &str, value: Value| {
        let mut request = json!({"pipeline": "restore", "image": ASTRONAUT});
        request[name] = value;
        request
    };
    refused(with("imge", json!(1)), invalid, &["no field `imge`", "image, images"]);
    refused(with("target", json!(HOPPER)), invalid, &["`target`", "no meaning for restore", "image_quality"]);
    refused(with("image", json!(7)), invalid, &["`image`", "integer `7`"]);
    refused(with("image", json!(null)), invalid, &["`image` is missing"]);
    refused(with("image", json!("")), invalid, &["image", "empty"]);
    refused(with("pipeline", json!("heal")), invalid, &["pipeline", "`heal`", "detect, embed"]);
    refused(with("pipeline", json!(null)), invalid, &["`pipeline` is missing"]);
    refused(with("params", json!([])), invalid, &["params"]);
    refused(with("params", json!({"upscale": 9})), invalid, &["params", "`upscale` is 9", "1 to 4"]);
    refused(with("params", json!({"upscale": "2"})), invalid, &["params", "`upscale`", "string"]);
    refused(with("params", json!({"zoom": 2})), invalid, &["params", "zoom"]);
    refused(with("params", json!({"detect": {"order": 3}})), invalid, &["`detect.order`"]);
    refused(with("image_format", json!("bmp")), invalid, &["image_format", "jpeg, png"]);
    refused(with("image_quality", json!(9)), invalid, &["image_quality", "10 to 100"]);
    refused(with("image_quality", json!(1000)), invalid, &["`image_quality`", "1000"]);
    refused(with("output", json!("out.bmp")), invalid, &["output", ".webp"]);
    refused(with("output", json!("data:,a")), invalid, &["`output`", "data: URI"]);
    refused(with("output", json!(env!("CARGO_MANIFEST_DIR"))), invalid, &["`output`", "folder"]);
}

#[test]
fn pictures_come_from_no_network() {
    let remote = "HTTPS://example.com/a.png";
    let unsupported = ErrorKind::Unsupported;
    refused(json!({"pipeline": "detect", "image": remote}), unsupported, &["image", "no network"]);
    refused(
        json!({"pipeline": "compare", "images": [ASTRONAUT, remote]}),
        unsupported,
        &["images", "no network"],
    );
    refused(
        json!({"pipeline": "swap", "source": remote, "target": HOPPER}),
        unsupported,
        &["source", "no network"],
    );
    refused(
        json!({"pipeline": "stylize", "image": HOPPER, "style_image": remote}),
        unsupported,
        &["style_image"],
    );
    refused(
        json!({"pipeline": "restore", "image": HOPPER, "output": "s3://bucket/a.png"}),
        unsupported,
        &["output"],
    );
}

#[test]
fn a_picture_that_cannot_be_read_is_named() {
    let missing = TempDir::new().unwrap().path().join("missing.png");
    refused(json!({"pipeline": "detect", "image": missing}), ErrorKind::Io, &["image", "missing.png"]);
    refused(
        json!({"pipeline": "detect", "image": "data:image/png;base64,AAAA"}),
        ErrorKind::InvalidPicture,
        &["image"],
    );
    refused(
        json!({"pipeline": "detect", "image": "data:image/png;base64,*"}),
        ErrorKind::InvalidParameter,
        &["image", "data: URI"],
    );
}

#[test]
fn a_swap_has_one_kind_of_sources() {
    let invalid = ErrorKind::InvalidParameter;
    let swap = |more: Value| {
        let mut request = json!({"pipeline": "swap", "target": HOPPER});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let one = json!({"pictures": [ASTRONAUT]});
    refused(swap(json!({})), invalid, &["`source` is missing"]);
    refused(swap(json!({"source": ASTRONAUT, "sources": [one]})), invalid, &["`source` and `sources`"]);
    refused(swap(json!({"sources": []})), invalid, &["`sources` names no picture"]);
    refused(swap(json!({"sources": [{"pictures": []}]})), invalid, &["`sources` names no picture"]);
    refused(swap(json!({"sources": [{"photos": []}]})), invalid, &["`sources`", "photos"]);
    refused(swap(json!({"sources": one})), invalid, &["`sources`"]);
}

#[test]
fn two_names_for_the_pipeline_must_be_one() {
    let json = json!({"pipeline": "detect", "image": ASTRONAUT}).to_string();
    let error = JsonRequest::read(Some(Pipeline::Mask), &json, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("detect") && error.to_string().contains("mask"), "{error}");
}

#[test]
fn what_cannot_be_written_fails_after_the_run_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    refused(
        json!({"pipeline": "restore", "image": ASTRONAUT, "output": file.join("a.png")}),
        ErrorKind::Io,
        &["make the folder"],
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_completion_counts_the_output_in() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let (sender, kinds) = std::sync::mpsc::channel();
    let control = Control::new()
        .on_completion(move |completion| sender.send(completion.error.map(Error::kind)).unwrap());
    let request = json!({"pipeline": "mask", "image": ASTRONAUT, "output": file.join("a.png")}).to_string();
    json::run(&engine(), &request, &control).unwrap_err();
    assert_eq!(kinds.try_iter().collect::<Vec<_>>(), [Some(ErrorKind::Io)]);
}

#[test]
fn a_failure_is_told_of_in_json() {
    let stop = CancelToken::new();
    stop.cancel();
    let request = json!({"pipeline": "detect", "image": ASTRONAUT}).to_string();
    let canceled = json::run(&engine(), &request, &Control::new().cancel_with(stop)).unwrap_err();
    for (error, expected) in [
        (canceled, json!({"status": "canceled", "error": {"kind": "canceled", "code": 12, "status": 422}})),
        (
            Error::new(ErrorKind::ModelNotFound, "no \"such\" model").with_source("a cause"),
            json!({"status": "failed", "error": {
                "kind": "model-not-found", "code": 6, "status": 404, "message": "no \"such\" model: a cause"
            }}),
        ),
    ] {
        let mut told: Value = serde_json::from_str(&json::failure(&error)).unwrap();
        if expected["error"]["message"].is_null() {
            assert!(told["error"].as_object_mut().unwrap().remove("message").is_some());
        }
        assert_eq!(told, expected);
    }
}
