//! Requests that are no requests: refused, at a bounded cost.

use facekit::json::JsonRequest;
use facekit::picture::{FileFormat, to_data_uri};
use facekit::{ErrorKind, Limits};
use serde_json::json;

use crate::{ASTRONAUT, HOPPER};

fn refusal(json: &str, limits: &Limits) -> facekit::Error {
    let shown: String = json.chars().take(80).collect();
    JsonRequest::read(None, json, limits).expect_err(&shown)
}

#[test]
fn what_is_no_object_in_json_is_refused() {
    for json in [
        "",
        " ",
        "{",
        "}",
        "null",
        "[]",
        "7",
        "\"detect\"",
        "{]",
        "{\"a\"}",
        "{\"image\":}",
        "{\"image\":\"a\"",
        "{\"pipeline\":\"detect\",\"pipeline\":\"mask\"}",
        "{\"pipeline\":\"detect\"} {}",
        "{'pipeline':1}",
        "{\"image\":\"\u{0}\"}",
        "{\"image\":\"\\ud800\"}",
        "{\"image_quality\":1e999}",
        "\u{feff}{}",
        "{\"\":1}",
    ] {
        assert_eq!(refusal(json, &Limits::default()).kind(), ErrorKind::InvalidParameter, "{json}");
    }
}

#[test]
fn depth_and_width_cost_no_more_than_they_are_long() {
    let limits = Limits::default();
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(1_000_000);
        for json in [
            deep.clone(),
            format!("{{\"image\":{deep}"),
            format!("{{\"pipeline\":\"swap\",\"sources\":{deep}"),
            format!("{{\"pipeline\":\"detect\",\"params\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000)),
        ] {
            assert_eq!(refusal(&json, &limits).kind(), ErrorKind::InvalidParameter);
        }
    }
    let wide = format!("{{{}\"a\":0}}", (0..100_000).map(|i| format!("\"{i}\":0,")).collect::<String>());
    assert!(refusal(&wide, &limits).to_string().contains("no field `0`"));
    // What is named in an error is cut short.
    let long = format!("{{\"{}\": 1}}", "a".repeat(1_000_000));
    assert!(refusal(&long, &limits).to_string().len() < 1000);
    let long = format!("{{\"pipeline\": \"{}\"}}", "a".repeat(1_000_000));
    assert!(refusal(&long, &limits).to_string().len() < 1000);
}

#[test]
fn parameters_are_bounded() {
    let angles = "0,".repeat(600_000);
    let json = format!(
        "{{\"pipeline\":\"detect\",\"image\":{},\"params\":{{\"angles\":[{angles}0]}}}}",
        json!(ASTRONAUT)
    );
    let error = refusal(&json, &Limits::default());
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}

#[test]
fn a_picture_of_any_form_is_held_to_the_limits() {
    let bytes = std::fs::read(ASTRONAUT).unwrap();
    let data = to_data_uri(&bytes, FileFormat::Png);
    for (limits, words) in [
        (Limits { bytes: bytes.len() as u64 - 1, ..Limits::default() }, "bytes"),
        (Limits { pixels: 512 * 512 - 1, ..Limits::default() }, "pixels"),
    ] {
        for image in [ASTRONAUT, &data] {
            let json = json!({"pipeline": "detect", "image": image}).to_string();
            let error = refusal(&json, &limits);
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
            assert!(error.to_string().contains(words) && error.to_string().contains("image"), "{error}");
        }
    }
}

#[test]
fn the_pictures_of_all_sources_together_are_held_to_the_limits_of_one() {
    let bytes = std::fs::metadata(ASTRONAUT).unwrap().len();
    let request = |count: usize| {
        let sources = json!([{"pictures": vec![ASTRONAUT; count], "replaces": ASTRONAUT}]);
        json!({"pipeline": "swap", "target": HOPPER, "sources": sources}).to_string()
    };
    for limits in [
        Limits { bytes: 3 * bytes, ..Limits::default() },
        Limits { pixels: 3 * 512 * 512, ..Limits::default() },
    ] {
        assert!(JsonRequest::read(None, &request(2), &limits).is_ok());
        assert_eq!(refusal(&request(3), &limits).kind(), ErrorKind::LimitExceeded);
        assert_eq!(refusal(&request(1_000_000), &limits).kind(), ErrorKind::LimitExceeded);
    }
}
