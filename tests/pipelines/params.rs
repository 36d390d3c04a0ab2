//! Parameter sets: their JSON form, and what they refuse.

use facekit::face::MaskType;
use facekit::face::Order;
use facekit::params::{
    Angles, DetectParams, EmbedParams, Kind, List, MaskParams, ParameterSet, RestoreParams, Select,
    SwapEngine, SwapParams,
};
use facekit::picture::FileFormat;
use facekit::{Error, ErrorKind};

use crate::support::*;

#[test]
fn a_set_survives_json() {
    assert_eq!(DetectParams::from_json("{}").unwrap(), DetectParams::default());
    assert_eq!(RestoreParams::from_json("{}").unwrap(), RestoreParams::default());
    let params = RestoreParams {
        restorer: Some("gfpgan_1.4".into()),
        fidelity_weight: 0.25,
        passes: 2,
        mask_padding: [1.0, 2.0, 3.5, 100.0],
        provenance: false,
        detect: DetectParams {
            score_threshold: Some(0.75),
            angles: Angles(vec![0, 270]),
            order: Order::BestWorst,
            select: Select::Index,
            index: 3,
            ..Default::default()
        },
        ..Default::default()
    };
    assert_eq!(RestoreParams::from_json(&params.to_json()).unwrap(), params);
    let json = r#"{"upscale": 2, "detect": {"select": "one", "order": "left-right", "angles": [180]}}"#;
    let params = RestoreParams::from_json(json).unwrap();
    assert_eq!(
        (params.upscale, params.detect.select, params.detect.order),
        (2, Select::One, Order::LeftRight)
    );
}

#[test]
fn a_swap_is_told_in_json() {
    assert_eq!(SwapParams::from_json("{}").unwrap(), SwapParams::default());
    let json = r#"{"engine": "mesh", "face_restore": false, "file_type": "gif", "mask": {"masks": ["box", "area"]},
        "source_select": "only", "detect": {"select": "index", "index": 1}}"#;
    let params = SwapParams::from_json(json).unwrap();
    assert_eq!((params.engine, params.face_restore), (SwapEngine::Mesh, false));
    assert_eq!((params.file_type, params.source_select), (Some(FileFormat::Gif), Select::Only));
    assert_eq!(params.mask.masks, List(vec![MaskType::Box, MaskType::Area]));
    assert_eq!(SwapParams::from_json(&params.to_json()).unwrap(), params);
    for (json, words) in [
        (r#"{"mask": {"masks": []}}"#, &["mask", "`masks`", "occlusion"][..]),
        (r#"{"mask": {"masks": ["box", "box"]}}"#, &["`masks`", "each once"]),
        (r#"{"mask": {"masks": ["veil"]}}"#, &["`mask.masks`", "veil", "region"]),
        (r#"{"engine": "magic"}"#, &["`engine`", "magic", "mesh"]),
        (r#"{"file_type": "bmp"}"#, &["`file_type`", "bmp", "gif"]),
        (r#"{"image_quality": 9}"#, &["`image_quality`", "10 to 100"]),
    ] {
        assert_says(SwapParams::from_json(json).unwrap_err(), words);
    }
}

/// Fails unless the error is the caller's and says all of the words.
fn assert_says(error: Error, words: &[&str]) {
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn what_json_gets_wrong_is_named() {
    for (json, words) in [
        (r#"{"max_face": 1}"#, &["`max_face`", "max_faces"][..]),
        (r#"{"max_faces": "all"}"#, &["`max_faces`", "all", "u32"]),
        (r#"{"order": "left-right", "max_faces": -1}"#, &["`max_faces`", "-1"]),
        (r#"{"min_size": null}"#, &["`min_size`"]),
        (r#"{"max_faces": 1001}"#, &["`max_faces`", "1001", "0 to 1000"]),
        (r#"{"tile_overlap": 0.51}"#, &["`tile_overlap`", "0 to 0.5"]),
        (r#"{"min_size": 1e39}"#, &["`min_size`"]),
        (r#"{"order": "sideways"}"#, &["`order`", "sideways", "left-right"]),
        (r#"{"select": "two"}"#, &["`select`", "two", "many"]),
        (r#"{"angles": [45]}"#, &["`angles`", "45", "0, 90, 180 and 270"]),
        (r#"{"angles": [0, 0]}"#, &["`angles`", "each once"]),
        (r#"{"angles": []}"#, &["`angles`"]),
        ("[1]", &["not valid"]),
        ("{", &["not valid"]),
        ("", &["not valid"]),
    ] {
        assert_says(DetectParams::from_json(json).unwrap_err(), words);
    }
    for (json, words) in [
        (r#"{"detect": {"max_faces": "all"}}"#, &["`detect.max_faces`", "all"][..]),
        (r#"{"detect": {"index": 1000}}"#, &["detect", "`index`", "0 to 999"]),
        (r#"{"detect": 1}"#, &["`detect`"]),
        (r#"{"mask_padding": [1, 2, 3]}"#, &["`mask_padding`", "4"]),
        (r#"{"mask_padding": [1, 2, 3, 101]}"#, &["`mask_padding`", "101", "0 to 100"]),
        (r#"{"upscale": 5}"#, &["`upscale`", "1 to 4"]),
        (r#"{"upscale": 1.5}"#, &["`upscale`", "1.5"]),
        (r#"{"passes": 0}"#, &["`passes`", "1 to 2"]),
        (r#"{"provenance": 1}"#, &["`provenance`", "bool"]),
    ] {
        assert_says(RestoreParams::from_json(json).unwrap_err(), words);
    }
}

#[test]
fn every_number_is_held_to_its_range_by_the_pipelines_too() {
    let image = plain(8, 8, [0; 3]);
    for nan in [f32::NAN, f32::INFINITY, -0.001] {
        let params = DetectParams { min_size: nan, ..Default::default() };
        assert_says(engine().detect(&image, &params).unwrap_err(), &["`min_size`", "0 to 16384"]);
        let params = DetectParams { score_threshold: Some(nan), ..Default::default() };
        assert_says(engine().detect(&image, &params).unwrap_err(), &["`score_threshold`", "0 to 1"]);
        let params = RestoreParams { mask_blur: nan, ..Default::default() };
        assert_says(engine().restore(&image, &params).unwrap_err(), &["`mask_blur`", "0 to 1"]);
        let params = RestoreParams { mask_padding: [0.0, 0.0, nan, 0.0], ..Default::default() };
        assert_says(engine().restore(&image, &params).unwrap_err(), &["`mask_padding`", "0 to 100"]);
    }
    let params = RestoreParams { upscale: u32::MAX, ..Default::default() };
    assert_says(engine().restore(&image, &params).unwrap_err(), &["`upscale`", "1 to 4"]);
}

/// The ends of every declared range are accepted in JSON, and what lies beyond is not.
#[test]
fn the_table_says_what_the_checks_do() {
    fn check<P: ParameterSet + std::fmt::Debug>() {
        for parameter in P::parameters() {
            assert!(!parameter.help.is_empty(), "{}", parameter.name);
            let Some((low, high)) = parameter.range else { continue };
            let json = |value: f64| match parameter.kind {
                Kind::Integer => format!("{{\"{}\": {}}}", parameter.name, value as i64),
                Kind::Numbers(len) => format!("{{\"{}\": {:?}}}", parameter.name, vec![value; len]),
                _ => format!("{{\"{}\": {value}}}", parameter.name),
            };
            for value in [low, high] {
                assert!(P::from_json(&json(value)).is_ok(), "{}", json(value));
            }
            for value in [low - 1.0, high + 1.0] {
                let error = P::from_json(&json(value)).unwrap_err();
                assert!(error.to_string().contains(&format!("`{}`", parameter.name)), "{error}");
            }
        }
    }
    check::<DetectParams>();
    check::<EmbedParams>();
    check::<MaskParams>();
    check::<RestoreParams>();
    check::<SwapParams>();
}
