//! `facekit run` on the command line.

#![cfg(all(feature = "cli", feature = "embedded"))]
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");

/// The exit code and what was answered to a text on standard input, in the folder.
fn run(folder: &TempDir, args: &[&str], text: &[u8]) -> (Option<i32>, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_facekit"));
    command.arg("run").args(args).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    // A program that ends before it reads closes the pipe.
    let _ = program.stdin.take().unwrap().write_all(text);
    let output = program.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.lines().count() <= 1, "{said}");
    let answer = if said.is_empty() { Value::Null } else { serde_json::from_str(&said).unwrap() };
    (output.status.code(), answer, String::from_utf8(output.stderr).unwrap())
}

fn files(folder: &TempDir) -> usize {
    fs::read_dir(folder.path()).unwrap().count()
}

#[test]
fn a_body_of_a_hosted_api_is_answered_in_its_form() {
    let folder = TempDir::new().unwrap();
    let payload = folder.path().join("payload.json");
    fs::write(&payload, json!({"image": ASTRONAUT, "style": "Toy"}).to_string()).unwrap();
    let (code, answer, err) = run(&folder, &["face-to-many", "--json", payload.to_str().unwrap()], b"");
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(answer["status"], "COMPLETED");
    // By default the pictures go into the current folder.
    let file = format!("{}-1.png", answer["request_id"].as_str().unwrap());
    assert!(answer["output"][0].as_str().unwrap().ends_with(&file), "{answer}");
    assert!(folder.path().join(&file).is_file());

    let body = json!({"image": ASTRONAUT, "facekit": {"fallback": "restore"}}).to_string();
    let (code, answer, err) =
        run(&folder, &["face-detailer", "--json", "-", "-o", "new/pictures"], body.as_bytes());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let file = answer["output"][0].as_str().unwrap();
    assert!(file.starts_with("new/pictures") && folder.path().join(file).is_file(), "{answer}");
}

#[test]
fn a_request_is_answered_with_or_without_its_pipeline() {
    let folder = TempDir::new().unwrap();
    let body = json!({"image": ASTRONAUT, "output": "mask.png"}).to_string();
    let (code, answer, err) = run(&folder, &["mask", "--json", "-"], body.as_bytes());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!((&answer["status"], &answer["output"]), (&json!("completed"), &json!("mask.png")));
    assert!(folder.path().join("mask.png").is_file());

    let body = json!({"pipeline": "detect", "image": ASTRONAUT}).to_string();
    let (code, answer, _) = run(&folder, &["--json", "-"], body.as_bytes());
    assert_eq!((code, answer["faces"].as_array().map(Vec::len)), (Some(0), Some(1)));
    let (code, answer, err) = run(&folder, &["mask", "--json", "-"], body.as_bytes());
    assert_eq!(code, Some(1));
    assert_eq!(answer["error"]["kind"], "invalid-parameter");
    assert!(err.starts_with("error: "), "{err}");
    assert_eq!(files(&folder), 1);
}

#[test]
fn what_fails_is_answered_too() {
    let folder = TempDir::new().unwrap();
    let url = json!({"image": "https://example.com/a.png"}).to_string();
    for (args, text, code, status, kind) in [
        (vec!["face-detailer", "--json", "-"], url.as_bytes(), Some(1), "FAILED", "unsupported"),
        (vec!["face-refiner", "--json", "-"], b"{", Some(1), "failed", "invalid-parameter"),
        (vec!["detect", "--json", "-"], url.as_bytes(), Some(1), "failed", "unsupported"),
        (vec!["--json", "-"], b"\xff", Some(1), "failed", "invalid-parameter"),
        (vec!["--json", "missing.json"], b"", Some(1), "failed", "io"),
    ] {
        let (exit, answer, err) = run(&folder, &args, text);
        assert_eq!(exit, code, "{args:?}: {err}");
        assert_eq!((&answer["status"], &answer["error"]["kind"]), (&json!(status), &json!(kind)), "{args:?}");
        assert!(!err.contains("panicked"), "{err}");
    }
    for args in [vec!["face-lift", "--json", "-"], vec!["detect"]] {
        assert_eq!(run(&folder, &args, b"{}").0, Some(2), "{args:?}");
    }
    assert_eq!(files(&folder), 0);
}

#[test]
fn the_options_of_the_engine_apply() {
    let folder = TempDir::new().unwrap();
    let body = json!({"image": ASTRONAUT}).to_string();
    let (code, answer, _) = run(&folder, &["detect", "--json", "-", "--max-pixels", "1000"], body.as_bytes());
    assert_eq!((code, &answer["error"]["kind"]), (Some(1), &json!("limit-exceeded")));
}
