//! Stylizations that cannot be: each is a clear error.

use facekit::params::{ParameterSet, StylizeArea, StylizeEngine, StylizeParams};
use facekit::picture::FileFormat;
use facekit::style::Style;
use facekit::{Control, Error, ErrorKind, Image, PixelFormat, Request};

use crate::support::*;

fn fails(result: Result<impl std::fmt::Debug, Error>, kind: ErrorKind, words: &[&str]) {
    let error = result.unwrap_err();
    let message = error.chain();
    assert_eq!(error.kind(), kind, "{message}");
    for word in words {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

#[test]
fn styles_are_read_as_the_hosted_api_and_people_write_them() {
    let style = |json: &str| {
        StylizeParams::from_json(&format!(r#"{{"style": "{json}"}}"#)).map(|params| params.style)
    };
    for (word, expected) in [
        ("3D", Style::ThreeD),
        ("3d", Style::ThreeD),
        ("Video game", Style::VideoGame),
        ("video-game", Style::VideoGame),
        ("VIDEO_GAME", Style::VideoGame),
        ("pixels", Style::Pixels),
    ] {
        assert_eq!(style(word).unwrap(), expected);
    }
    fails(style("oil"), ErrorKind::InvalidParameter, &["`style`", "oil", "Video game"]);
}

#[test]
fn numbers_out_of_range_are_refused() {
    for (json, name) in [
        (r#"{"seed": -2}"#, "seed"),
        (r#"{"seed": 4294967296}"#, "seed"),
        (r#"{"prompt_strength": 20.1}"#, "prompt_strength"),
        (r#"{"size": 100}"#, "size"),
        (r#"{"pixel_size": 257}"#, "pixel_size"),
        (r#"{"blend": 1.5}"#, "blend"),
        (r#"{"dither": "noise"}"#, "dither"),
    ] {
        fails(StylizeParams::from_json(json), ErrorKind::InvalidParameter, &[name]);
    }
}

#[test]
fn a_face_that_is_not_there_is_missed_where_it_is_needed() {
    let empty = plain(200, 200, [90, 120, 90]);
    let params = StylizeParams { area: StylizeArea::Face, ..StylizeParams::default() };
    fails(engine().stylize(&empty, &params), ErrorKind::NoFace, &["`area` is face"]);
}

#[test]
fn engines_without_a_model_say_what_is_missing() {
    let photo = astronaut();
    let with = |engine| StylizeParams { engine, ..StylizeParams::default() };
    fails(
        engine().stylize(&photo, &with(StylizeEngine::Diffusion)),
        ErrorKind::ModelNotFound,
        &["diffusion"],
    );
    let named = StylizeParams { stylizer: Some("dct_net".to_owned()), ..with(StylizeEngine::Network) };
    fails(engine().stylize(&photo, &named), ErrorKind::ModelNotFound, &["stylizer"]);
}

#[test]
fn a_style_picture_needs_a_network() {
    let (photo, style) = (astronaut(), hopper());
    let params = StylizeParams { engine: StylizeEngine::Classic, ..StylizeParams::default() };
    let request = Request::Stylize { image: (&photo).into(), style_image: Some((&style).into()), params };
    fails(
        engine().run(&request, &Control::new()),
        ErrorKind::InvalidParameter,
        &["style picture", "network"],
    );
}

#[test]
fn odd_pictures_are_stylized() {
    let sizes = [(1, 1), (1, 300), (300, 1), (7, 5), (2000, 9)];
    for (width, height) in sizes {
        let pixels = (0..3 * width * height).map(|i| (i * 7 % 251) as u8).collect();
        let image = Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap();
        for &style in Style::ALL {
            let params = StylizeParams { style, engine: StylizeEngine::Classic, ..StylizeParams::default() };
            let stylized = engine().stylize(&image, &params).unwrap();
            assert_eq!((stylized.width, stylized.height), (width, height), "{}", style.name());
        }
    }
}

#[test]
fn an_animation_cannot_become_a_jpeg() {
    let film = animation(FileFormat::Gif, &[(frame(64, 0, 0), 50), (frame(64, 3, 0), 50)], 0);
    let params = StylizeParams { file_type: Some(FileFormat::Jpeg), ..StylizeParams::default() };
    fails(engine().stylize_file(&film, &params), ErrorKind::InvalidParameter, &["jpeg"]);
    fails(engine().stylize_file(b"not a picture", &params), ErrorKind::InvalidPicture, &[]);
}
