use facekit::models::{Family, ModelFile, Role, Signature, recognize};
use facekit::style::Style;
use facekit::style::stylizers::Stylizer;
use facekit::{CancelToken, Control, Image, ImageRef, Limits, PixelFormat};
use serde::Deserialize;

use crate::support::*;

#[derive(Deserialize)]
struct Golden {
    stride: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    model: String,
    part: [u32; 4],
    size: u32,
    style: Option<[u32; 4]>,
    exact: bool,
    picture: String,
}

#[test]
fn every_family_paints_as_python_does() {
    let expected: Golden = serde_json::from_slice(&std::fs::read(golden("stylizers.json")).unwrap()).unwrap();
    let (models, astronaut) = (tiny(), every(&photo("astronaut.png"), 2));
    for case in &expected.cases {
        let style = case.style.map(|style| part(&astronaut, style));
        let stylizer = stylizer(&models, &case.model, style.as_ref()).unwrap();
        let painted = paint(&stylizer, &part(&astronaut, case.part), case.size).unwrap();
        assert_eq!((painted.width(), painted.height()), (case.part[2], case.part[3]));
        let expected_picture = Image::open(golden(&case.picture), &Limits::default()).unwrap();
        let found = every(&painted, expected.stride);
        match case.exact {
            true => assert_same_levels(found.pixels(), expected_picture.pixels(), &case.picture),
            false => assert_same_picture(found.pixels(), expected_picture.pixels(), &case.picture),
        }
    }
}

#[test]
fn families_are_told_by_name_and_unnamed_graphs_by_their_shape() {
    for (name, named, unnamed) in [
        ("my_cartoongan", Family::Cartoongan, Family::ImageToImage),
        ("animegan_v2_hayao", Family::Animegan, Family::ImageToImage),
        ("animegan_v2_face", Family::Animegan, Family::ImageToImage),
        ("white_box", Family::WhiteBox, Family::ImageToImage),
        ("dct_net", Family::DctNet, Family::DctNet),
        ("fast_neural_style_mine", Family::FastNeuralStyle, Family::ImageToImage),
        ("fritz_starry", Family::FritzStyle, Family::ImageToImage),
        ("magenta_style_predict", Family::MagentaPredict, Family::MagentaPredict),
        ("magenta_style_transfer", Family::MagentaTransfer, Family::MagentaTransfer),
        ("two_pictures", Family::StyleTransfer, Family::StyleTransfer),
        ("clip", Family::ImageToImage, Family::ImageToImage),
    ] {
        let path = golden(&format!("{name}.onnx"));
        let model = ModelFile::open(&path, Some(Role::Stylizer)).unwrap();
        assert_eq!(model.family(), named, "{name}");
        let signature = Signature::of_file(&path).unwrap();
        let blind = recognize(&signature, "mine.onnx", None, Some(Role::Stylizer)).unwrap();
        assert_eq!(blind.family, unnamed, "{name}");
    }
    let face = Signature::of_file(&golden("animegan_v2_face.onnx")).unwrap();
    let family = |name: &str| recognize(&face, name, None, None).unwrap().family;
    assert_eq!(family("mine.onnx"), Family::Gpen, "its shape is that of a restorer");
    assert_eq!(family("AnimeGANv2-face.onnx"), Family::Animegan);
}

#[test]
fn alpha_and_layouts_of_the_caller_change_nothing() {
    let (models, picture) = (tiny(), busy(37, 29));
    let stylizer = stylizer(&models, "white_box", None).unwrap();
    let painted = paint(&stylizer, &picture, 0).unwrap();
    assert_eq!(stylizer.models(), ["white_box"]);
    let bgra: Vec<u8> = picture.pixels().chunks_exact(3).flat_map(|p| [p[2], p[1], p[0], 9]).collect();
    let bgra = ImageRef::new(&bgra, 37, 29, 37 * 4, PixelFormat::Bgra).unwrap();
    assert_eq!(stylizer.paint(bgra, 0, &Control::new()).unwrap(), painted);
}

#[test]
fn a_style_picture_chooses_a_stylizer_that_takes_one() {
    let (models, style) = (tiny(), busy(40, 50));
    let named = |style: Option<&Image>| {
        let style = style.map(Image::view);
        Stylizer::new(&models, None, style, Style::Clay, &CancelToken::new()).unwrap().models()
    };
    assert_eq!(named(None), ["dct_net"]);
    assert_eq!(named(Some(&style)), ["magenta_style_transfer", "magenta_style_predict"]);
}

#[test]
fn tiles_report_their_progress_and_can_be_stopped() {
    use std::sync::{Arc, Mutex};
    let (models, picture) = (tiny(), busy(100, 80));
    let stylizer = stylizer(&models, "candy-9", None).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let fractions = Arc::clone(&seen);
    let control = Control::new().on_progress(move |progress| {
        assert_eq!(progress.stage, "stylize");
        fractions.lock().unwrap().push(progress.fraction);
    });
    stylizer.paint(picture.view(), 500, &control).unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 10, "one of the whole, and three by three tiles");
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]) && seen[9] < 1.0);
    let cancel = facekit::CancelToken::new();
    cancel.cancel();
    let control = Control::new().cancel_with(cancel);
    let error = stylizer.paint(picture.view(), 0, &control).unwrap_err();
    assert_eq!(error.kind(), facekit::ErrorKind::Canceled);
}
