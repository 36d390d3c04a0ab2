//! What a body may get wrong, and what the hosted APIs answer then.

use std::collections::BTreeMap;

use facekit::hosted::{self, Api};
use facekit::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::{ASTRONAUT, HOPPER, PACK, run};

/// Checks that a body is refused with a kind and words.
fn refused(api: Api, body: Value, kind: ErrorKind, words: &[&str]) {
    let error = run(api, &body, None).expect_err(&body.to_string());
    assert_eq!(error.kind(), kind, "{body}: {error}");
    for words in words {
        assert!(error.to_string().contains(words), "{body}: no `{words}` in {error}");
    }
}

#[test]
fn a_field_that_is_wrong_is_named_as_the_body_names_it() {
    let invalid = ErrorKind::InvalidParameter;
    let detailer = Api::FaceDetailer;
    refused(
        detailer,
        json!({"image": ASTRONAUT, "strength": 1}),
        invalid,
        &["`strength`", "negative_prompt"],
    );
    refused(detailer, json!({"prompt": "a"}), invalid, &["`image` is missing"]);
    refused(detailer, json!({"image": 1}), invalid, &["`image`"]);
    refused(
        detailer,
        json!({"image": ASTRONAUT, "samples": 5}),
        invalid,
        &["face-detailer", "`samples` is 5", "1 to 4"],
    );
    refused(detailer, json!({"image": ASTRONAUT, "base64": "true"}), invalid, &["`base64`"]);
    refused(detailer, json!([]), invalid, &["the body of face-detailer"]);
    refused(Api::FaceRefiner, json!({"image": ASTRONAUT}), invalid, &["`image`", "imageUrl"]);
    refused(Api::FaceRefiner, json!({"denoising": 3}), invalid, &["`imageUrl` is missing"]);
    refused(Api::FaceRefiner, json!({"imageUrl": ASTRONAUT, "denoising": 6}), invalid, &["`denoising` is 6"]);
    refused(Api::FaceToMany, json!({"image": ASTRONAUT, "style": "Oil"}), invalid, &["`style`", "Pixels"]);
    refused(
        Api::FaceToMany,
        json!({"image": ASTRONAUT, "custom_lora_url": 7}),
        invalid,
        &["`custom_lora_url`"],
    );
    refused(
        Api::FaceToMany,
        json!({"image": ASTRONAUT, "custom_lora_url": "data:,a"}),
        invalid,
        &["`custom_lora_url`", "path of a file"],
    );
    refused(
        Api::Faceswap,
        json!({"input_face_image": ASTRONAUT}),
        invalid,
        &["`target_face_image` is missing"],
    );
    refused(
        Api::Faceswap,
        json!({"target_face_image": ASTRONAUT}),
        invalid,
        &["`input_face_image` is missing"],
    );
}

#[test]
fn what_is_facekits_own_is_checked_too() {
    let own = |own: Value| json!({"image": ASTRONAUT, "facekit": own});
    let invalid = ErrorKind::InvalidParameter;
    refused(Api::FaceDetailer, own(json!({"steps": 1})), invalid, &["`facekit`", "`steps`", "fallback"]);
    refused(Api::FaceDetailer, own(json!({"passes": 3})), invalid, &["`passes` is 3"]);
    // What the body has a field for is given there.
    refused(Api::FaceDetailer, own(json!({"denoise": 0.5})), invalid, &["`facekit`", "`denoise`"]);
    refused(Api::FaceDetailer, own(json!(PACK)), invalid, &["`facekit`"]);
}

#[test]
fn urls_are_refused() {
    let url = "https://example.com/a.png";
    let unsupported = ErrorKind::Unsupported;
    refused(Api::FaceDetailer, json!({"image": url}), unsupported, &["image: ", "no network"]);
    refused(Api::FaceRefiner, json!({"imageUrl": url}), unsupported, &["imageUrl: ", "no network"]);
    refused(
        Api::Faceswap,
        json!({"input_face_image": HOPPER, "target_face_image": url}),
        unsupported,
        &["target_face_image: "],
    );
    refused(
        Api::FaceToMany,
        json!({"image": HOPPER, "custom_lora_url": url}),
        unsupported,
        &["custom_lora_url: "],
    );
}

#[test]
fn a_model_that_is_not_there_is_404() {
    let body = json!({"image": ASTRONAUT});
    let error = run(Api::FaceDetailer, &body, None).unwrap_err();
    let told: Value = serde_json::from_str(&hosted::failure(Api::FaceDetailer, &error)).unwrap();
    assert_eq!((&told["status"], &told["error"]["status"]), (&json!("FAILED"), &json!(404)));
    assert_eq!(told["error"]["kind"], "model-not-found");
    assert!(told["error"]["message"].as_str().unwrap().contains("`fallback` = `restore`"), "{told}");
}

#[test]
fn every_error_has_the_status_of_the_hosted_table() {
    // 401, 403, 406 and 502 are of keys, permissions, credits and gateways: none is here.
    let mut statuses: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for kind in ErrorKind::ALL {
        statuses.entry(kind.http_status()).or_default().push(kind.name());
    }
    let expected = [
        (400, vec!["invalid-parameter", "invalid-picture", "limit-exceeded", "unsupported"]),
        (404, vec!["model-not-found", "job-not-found"]),
        (422, vec!["io", "no-face", "invalid-model", "license-refused", "canceled"]),
        (429, vec!["queue-full"]),
        (500, vec!["runtime-unavailable", "provider-unavailable", "inference", "out-of-memory", "internal"]),
        (504, vec!["timed-out"]),
    ];
    assert_eq!(statuses, BTreeMap::from(expected));
}

#[test]
fn a_failure_is_told_of_in_the_words_of_the_api() {
    for (api, kind, status) in [
        (Api::Faceswap, ErrorKind::NoFace, "FAILED"),
        (Api::Faceswap, ErrorKind::Canceled, "FAILED"),
        (Api::FaceRefiner, ErrorKind::NoFace, "failed"),
        (Api::FaceRefiner, ErrorKind::Canceled, "canceled"),
    ] {
        let told: Value = serde_json::from_str(&hosted::failure(api, &Error::new(kind, "why"))).unwrap();
        let error = json!({
            "kind": kind.name(), "code": kind as i32, "status": 422, "message": "why"
        });
        assert_eq!(told, json!({"status": status, "error": error}));
    }
}
