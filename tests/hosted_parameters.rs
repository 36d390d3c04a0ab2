//! The parameters that hosted face APIs document, held against our own.

#![cfg(feature = "cli")]
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use facekit::hosted::{Api, HostedRequest, Meaning};
use facekit::params::{DetailParams, Kind, Parameter, ParameterSet, RefineParams, StylizeParams, SwapParams};
use facekit::picture::{EncodeOptions, FileFormat};
use facekit::{Engine, ErrorKind, Image, PixelFormat};
use toml::Value;

/// A parameter: type, default, least and greatest value, values.
type Facts = BTreeMap<String, Value>;

fn all_facts(api: &str) -> BTreeMap<String, Facts> {
    let text = include_str!("golden/hosted_parameters.toml");
    let mut apis: BTreeMap<String, BTreeMap<String, Facts>> = toml::from_str(text).unwrap();
    apis.remove(api).unwrap()
}

fn facts(api: &str, parameter: &str) -> Facts {
    all_facts(api).remove(parameter).unwrap()
}

/// What the command line says to a value of an option: its exit code, before any picture is read.
fn exit_code(option: &str, value: &str) -> Option<i32> {
    facekit(&["detect", "/nonexistent.png", option, value]).0
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
    let help = facekit(&["detect", "--help"]).1;
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

#[test]
fn the_detailer_has_the_parameters_of_the_hosted_api() {
    let held = hold::<DetailParams>("face-detailer", "detail", "facekit_detail_params");
    assert_eq!(held, 10, "all but the picture");
}

#[test]
fn the_refiner_has_the_parameters_of_the_hosted_api() {
    let held = hold::<RefineParams>("face-refiner", "refine", "facekit_refine_params");
    assert_eq!(held, 2, "all but the picture and the webhook");
}

#[test]
fn the_stylizer_has_the_parameters_of_the_hosted_api() {
    let held = hold::<StylizeParams>("face-to-many", "stylize", "facekit_stylize_params");
    assert_eq!(held, 10, "all but the picture");
}

#[test]
fn the_bodies_have_the_fields_of_the_hosted_apis() {
    for api in Api::ALL {
        let documented = all_facts(api.name());
        let mut known: Vec<_> = api.fields().iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(documented.keys().collect::<Vec<_>>(), known.iter().collect::<Vec<_>>(), "{}", api.name());
        let parameters = api.pipeline().parameters();
        for (name, meaning) in api.fields() {
            let is_picture = matches!(meaning, Meaning::Picture(_));
            assert_eq!(documented[*name]["type"].as_str() == Some("image"), is_picture, "{name}");
            if let Meaning::Parameter(ours) | Meaning::File(ours) = meaning {
                assert!(parameters.iter().any(|parameter| parameter.name == *ours), "{name}");
            }
        }
    }
    // The swap's format is that of the hosted API where the body leaves it out: see `tests/hosted`.
    for value in ["\"png\"", "\"gif\"", "true", "\"bmp\""] {
        body_is_held("faceswap", "file_type", value, value.contains("png") || value.contains("gif"));
        body_is_held("faceswap", "face_restore", value, value == "true");
    }
}

/// Checks that a field of a body has a value that is taken, which shows by what is read next: a picture that is not
/// there; or that it is refused by its name.
fn body_is_held(api: &str, name: &str, value: &str, valid: bool) {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| Engine::builder().build().unwrap());
    let api: Api = api.parse().unwrap();
    let pictures = api.fields().iter().filter(|(_, meaning)| matches!(meaning, Meaning::Picture(_)));
    let pictures: String = pictures.map(|(field, _)| format!(r#""{field}": "/nonexistent.png", "#)).collect();
    let body = format!(r#"{{{pictures}"{name}": {value}}}"#);
    let error = HostedRequest::read(api, &body, None, engine).unwrap_err();
    assert_eq!(
        error.kind(),
        if valid { ErrorKind::Io } else { ErrorKind::InvalidParameter },
        "{body}: {error}"
    );
    assert!(valid || error.to_string().contains(&format!("`{name}`")), "{body}: {error}");
}

/// Holds each documented parameter of an API to the set in Rust, in JSON, in C and on the command line; returns how
/// many of them are parameters of the set.
fn hold<P: ParameterSet>(api: &str, command: &str, c_struct: &str) -> usize {
    let ours = P::parameters();
    let c = c_comments(c_struct);
    let help = facekit(&[command, "--help"]).1;
    let mut held = 0;
    for (hosted, facts) in all_facts(api) {
        // What the hosted API fetches from a URL is a name or a path here.
        let name = hosted.trim_end_matches("_url").to_owned();
        match (name.as_str(), facts["type"].as_str().unwrap()) {
            (_, "image") => assert!(help.contains("<IN>"), "{command} takes pictures"),
            ("webhook", _) => assert!(c_comments("facekit_call").contains_key("completion")),
            _ => {
                let parameter = ours.iter().find(|parameter| parameter.name == name);
                let parameter = parameter.unwrap_or_else(|| panic!("{command} has no {name}"));
                let comment = c.get(&name).unwrap_or_else(|| panic!("{c_struct} has no {name}"));
                default_is_held(parameter, facts.get("default"), comment, &help);
                range_is_held(parameter, &facts, comment);
                for (value, valid) in probes(&facts) {
                    body_is_held(api, &hosted, &value.to_string(), valid);
                    let json = format!(r#"{{"{name}": {value}}}"#);
                    assert_eq!(P::from_json(&json).is_ok(), valid, "{json}");
                    let set = serde_json::from_str::<P>(&json);
                    assert_eq!(set.is_ok_and(|set| set.validate().is_ok()), valid, "{json}");
                    let option = format!(
                        "--{}={}",
                        name.replace('_', "-"),
                        value.as_str().unwrap_or(&value.to_string())
                    );
                    let code = facekit(&[command, "/nonexistent.png", "--output=a.png", &option]).0;
                    assert_eq!(code, Some(if valid { 1 } else { 2 }), "{command} {option}");
                }
                held += 1;
            }
        }
    }
    held
}

/// Values that must be taken or refused: the default, both ends of the range, and what lies beyond them; every word,
/// and another one, where any other is not a model that may be installed.
fn probes(facts: &Facts) -> Vec<(serde_json::Value, bool)> {
    let mut probes: Vec<_> = facts.get("default").map(|value| (json(value), true)).into_iter().collect();
    if let (Some(min), Some(max)) = (facts.get("min"), facts.get("max")) {
        let beyond = |value: &Value, by: i32| match value {
            Value::Integer(value) => serde_json::json!(value + i64::from(by)),
            value => serde_json::json!(value.as_float().unwrap() + f64::from(by) / 100.0),
        };
        probes.extend([
            (json(min), true),
            (json(max), true),
            (beyond(min, -1), false),
            (beyond(max, 1), false),
        ]);
    }
    for word in facts.get("values").and_then(Value::as_array).into_iter().flatten() {
        probes.push((json(word), true));
    }
    if facts.contains_key("values") && facts.contains_key("default") {
        probes.push(("no such word".into(), false));
    }
    if facts["type"].as_str() == Some("integer") {
        probes.push((0.5.into(), false));
    }
    probes
}

fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap()
}

/// Checks the default of a parameter in Rust, in the comment of C, and in the help of the command line.
fn default_is_held(parameter: &Parameter, default: Option<&Value>, comment: &str, help: &str) {
    let name = parameter.name;
    let Some(default) = default else {
        assert!(parameter.default.is_null(), "{name}");
        return;
    };
    let (in_c, in_help) = match default {
        Value::String(word) if matches!(parameter.kind, Kind::Choice(_)) => {
            (format!("_{}.", word.to_uppercase()), word.clone())
        }
        Value::String(text) => (format!("Default: \"{text}\"."), text.clone()),
        Value::Float(number) => (format!("Default: {number}."), number.to_string()),
        value => (format!("Default: {value}."), value.to_string()),
    };
    let is_same = match default.as_float() {
        // Parameters are of single precision.
        Some(number) => parameter.default.as_f64().map(|own| own as f32) == Some(number as f32),
        None => parameter.default == json(default),
    };
    assert!(is_same, "{name}: {} is not {default}", parameter.default);
    assert!(comment.contains(&in_c), "{name}: no `{in_c}` in {comment}");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let option = format!("--{} ", name.replace('_', "-"));
    let option = if help.contains(&option) { option } else { option.replace(' ', "[") };
    let own = help.split(&option).nth(1).unwrap_or_else(|| panic!("no {option} in {help}"));
    let own = own.split(" --").next().unwrap();
    assert!(default.as_str() == Some("") || own.contains(&format!("[default: {in_help}]")), "{name}: {own}");
}

/// Checks the range, or the words, of a parameter in Rust and in the comment of C.
fn range_is_held(parameter: &Parameter, facts: &Facts, comment: &str) {
    let number = |name: &str| facts.get(name).map(|value| json(value).as_f64().unwrap());
    if let (Some(min), Some(max)) = (number("min"), number("max")) {
        assert_eq!(parameter.range, Some((min, max)), "{}", parameter.name);
        assert!(comment.contains(&format!("{min} to {max}")), "{}: {comment}", parameter.name);
    }
    if let Kind::Choice(words) = parameter.kind {
        for word in facts["values"].as_array().unwrap() {
            assert!(words.contains(&word.as_str().unwrap()), "{}: {word}", parameter.name);
        }
    }
}

/// The comments on the fields of a struct of the C header, by the fields' names.
fn c_comments(c_struct: &str) -> BTreeMap<String, String> {
    let header = include_str!("../include/facekit.h");
    let start = header.split(&format!("typedef struct {c_struct} {{")).nth(1).unwrap();
    let body = start.split(&format!("}} {c_struct};")).next().unwrap();
    let fields = body.split("/**").skip(1).map(|field| field.split_once("*/").unwrap());
    let named = fields.map(|(comment, declaration)| {
        let end = declaration.find(')').unwrap_or(declaration.len());
        let name = declaration[..end].trim().trim_end_matches(';').rsplit([' ', '*']).next().unwrap();
        (name.to_owned(), comment.replace("\n     *", ""))
    });
    named.collect()
}

/// The exit code of the command line program, and what it printed.
fn facekit(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_facekit")).args(args).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}
