use facekit::face::Embedding;
use facekit::face::swappers::Source;
use facekit::models::{LicensePolicy, Role};
use facekit::{CancelToken, Error, ErrorKind, Image, PixelFormat, Point};

use crate::onnx::{Tensor, with_initializers};
use crate::support::*;

/// Fails unless the error is of a kind and says all of the words.
fn assert_error(error: Error, kind: ErrorKind, words: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

fn plain(width: u32, height: u32) -> Image {
    Image::new(width, height, PixelFormat::Rgb).unwrap()
}

#[test]
fn a_recognizer_of_another_size_is_named_with_the_one_to_install() {
    let installed = Installed::all();
    let small = Embedding::new("mobilefacenet_128", vec![0.5; 128]).unwrap();
    for name in ["inswapper_128", "hyperswap_1a_256", "ghost_1_256"] {
        let error = installed.swapper(name).unwrap().source_of_identity(&small, &CancelToken::new());
        let words = [name, "512", "mobilefacenet_128", "128", "install arcface_w600k_r50 (w600k_r50.onnx)"];
        assert_error(error.unwrap_err(), ErrorKind::InvalidParameter, &words);
    }
}

#[test]
fn the_licence_policy_holds_for_the_swapper_and_for_its_converter() {
    let files = |names: &[&'static str]| names.iter().map(|name| (*name, model(name))).collect::<Vec<_>>();
    let files = files(&["inswapper_128", "ghost_1_256", "crossface_ghost"]);
    let installed = Installed::new(&files, LicensePolicy::Commercial);
    let refused = installed.swapper("inswapper_128").unwrap_err();
    assert_error(refused, ErrorKind::LicenseRefused, &["inswapper_128", "commercial"]);
    let refused = installed.swapper("ghost_1_256").unwrap_err();
    assert_error(refused, ErrorKind::LicenseRefused, &["ghost_1_256 needs", "crossface_ghost", "OpenRAIL"]);
    let allowed = Installed::new(&files, LicensePolicy::Allow(vec!["crossface_ghost".into()]));
    assert_eq!(allowed.swapper("ghost_1_256").unwrap().converter(), Some("crossface_ghost"));
}

#[test]
fn a_missing_converter_is_named_with_its_file() {
    for (name, converter) in [
        ("ghost_1_256", "crossface_ghost"),
        ("hififace_unofficial_256", "crossface_hififace"),
        ("simswap_256", "crossface_simswap"),
        ("simswap_unofficial_512", "crossface_simswap"),
    ] {
        let installed = Installed::new(&[(name, model(name))], LicensePolicy::Any);
        let error = installed.swapper(name).unwrap_err();
        assert_error(error, ErrorKind::ModelNotFound, &["needs", converter, &format!("{converter}.onnx")]);
    }
}

#[test]
fn an_emap_that_is_missing_or_of_another_shape_is_refused() {
    let bare = std::fs::read(golden("inswapper_128.onnx")).unwrap();
    let error = |bytes: Vec<u8>| {
        let installed = Installed::new(&[("inswapper_128", bytes)], LicensePolicy::Any);
        let swapper = installed.swapper("inswapper_128").unwrap();
        swapper.source_of_identity(&identity(1), &CancelToken::new()).unwrap_err()
    };
    assert_error(error(bare.clone()), ErrorKind::InvalidModel, &["last initializer", "float32 nor float16"]);
    let narrow = Tensor { dims: vec![1024, 256], ..emap() };
    let narrow = error(with_initializers(&bare, [narrow]));
    assert_error(narrow, ErrorKind::InvalidModel, &["inswapper_128", "`emap`", "[1024, 256]", "[512, 512]"]);
    let mut short = emap();
    short.raw_data.truncate(1000);
    let short = error(with_initializers(&bare, [short]));
    assert_error(short, ErrorKind::InvalidModel, &["`emap`", "[512, 512] and 250 numbers"]);
}

#[test]
fn a_truncated_file_is_no_model() {
    let whole = model("inswapper_128");
    for len in [whole.len() - 1, whole.len() / 2, 700, 20] {
        let installed = Installed::new(&[("inswapper_128", whole[..len].to_vec())], LicensePolicy::Any);
        let error = installed.swapper("inswapper_128").unwrap_err();
        assert_error(error, ErrorKind::InvalidModel, &["inswapper_128.onnx is not an ONNX model", "middle"]);
    }
}

#[test]
fn a_boost_that_a_family_does_not_allow_is_refused_with_those_that_it_does() {
    let installed = Installed::all();
    for (name, refused, sizes) in [
        ("inswapper_128", [640, 896, 64, 0], "128, 256, 384, 512, 768, 1024"),
        ("blendswap_256", [384, 128, 1280, u32::MAX], "256, 512, 768, 1024"),
        ("simswap_unofficial_512", [768, 256, 1536, 511], "512, 1024"),
    ] {
        let swapper = installed.swapper(name).unwrap();
        for size in refused {
            let error = swapper.size(Some(size)).unwrap_err();
            let words = [swapper.name(), &format!("asks for {size}:"), &format!("of {sizes} pixels")];
            assert_error(error, ErrorKind::InvalidParameter, &words);
        }
    }
}

#[test]
fn a_target_or_a_source_that_does_not_fit_is_refused() {
    let (installed, cancel) = (Installed::all(), CancelToken::new());
    let inswapper = installed.swapper("inswapper_128").unwrap();
    let uniface = installed.swapper("uniface_256").unwrap();
    let points = [(90.0, 90.0), (160.0, 90.0), (125.0, 130.0), (100.0, 170.0), (150.0, 170.0)];
    let points = points.map(|(x, y)| Point::new(x, y));
    let latent = inswapper.source_of_identity(&identity(1), &cancel).unwrap();
    let face = uniface.source_of_picture(plain(256, 256).view(), &points).unwrap();
    let run = |target: Image, source: &Source| inswapper.run(target.view(), source, &cancel).unwrap_err();
    assert_error(run(plain(128, 256), &latent), ErrorKind::InvalidParameter, &["128×256", "arcface_128"]);
    assert_error(run(plain(100, 100), &latent), ErrorKind::InvalidParameter, &["asks for 100"]);
    assert_error(
        run(plain(128, 128), &face),
        ErrorKind::InvalidParameter,
        &["made for uniface", "inswapper_128"],
    );
    let hyperswap = installed.swapper("hyperswap_1a_256").unwrap();
    let error = hyperswap.run(plain(256, 256).view(), &latent, &cancel).unwrap_err();
    assert_error(error, ErrorKind::InvalidParameter, &["made for inswapper", "hyperswap_1a_256"]);
    let error = hyperswap.balance(&latent, &identity(3), 0.2, &cancel).unwrap_err();
    assert_error(error, ErrorKind::InvalidParameter, &["made for inswapper"]);
    let picture = inswapper.source_of_picture(plain(256, 256).view(), &points).unwrap_err();
    assert_error(picture, ErrorKind::InvalidParameter, &["inswapper_128 takes an identity"]);
    let who = uniface.source_of_identity(&identity(1), &cancel).unwrap_err();
    assert_error(who, ErrorKind::InvalidParameter, &["uniface_256 takes the source as a picture"]);
    let one_point =
        uniface.source_of_picture(plain(256, 256).view(), &[Point::new(5.0, 5.0); 5]).unwrap_err();
    assert_error(one_point, ErrorKind::NoFace, &["coincide"]);
    for weight in [-0.1, 1.1, f32::NAN] {
        let error = inswapper.balance(&latent, &identity(3), weight, &cancel).unwrap_err();
        assert_error(error, ErrorKind::InvalidParameter, &["use 0 to 1"]);
    }
    let error = uniface.balance(&face, &identity(3), 0.2, &cancel).unwrap_err();
    assert_error(error, ErrorKind::InvalidParameter, &["takes the source as a picture"]);
}

#[test]
fn a_canceled_run_stops_and_leaves_the_swapper_usable() {
    let (installed, cancel) = (Installed::all(), CancelToken::new());
    let swapper = installed.swapper("inswapper_128").unwrap();
    let source = swapper.source_of_identity(&identity(1), &cancel).unwrap();
    let stopped = CancelToken::new();
    stopped.cancel();
    let error = swapper.run(plain(512, 512).view(), &source, &stopped).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Canceled);
    swapper.run(plain(512, 512).view(), &source, &cancel).unwrap();
}

#[test]
fn another_role_is_no_swapper() {
    let installed = Installed::all();
    let converter = installed.models.get(Role::Converter, Some("crossface_ghost")).unwrap();
    let error = facekit::face::swappers::Swapper::of(&installed.models, converter).unwrap_err();
    assert_error(error, ErrorKind::InvalidModel, &["crossface_ghost is a converter, and no swapper"]);
}
