//! Swaps that cannot be: each is a clear error.

use facekit::models::LicensePolicy;
use facekit::params::{DetectParams, Select, SwapParams};
use facekit::picture::FileFormat;
use facekit::pipelines::SwapSource;
use facekit::{Engine, Error, ErrorKind, Image, Limits};

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
fn a_picture_without_a_face_is_named() {
    let (face, empty) = (astronaut(), plain(200, 200, [90, 120, 90]));
    fails(engine().swap(&empty, &face, &mesh()), ErrorKind::NoFace, &["source picture"]);
    fails(engine().swap(&face, &empty, &mesh()), ErrorKind::NoFace, &["target"]);
    let film = animation(FileFormat::Gif, &[(empty.clone(), 50), (plain(200, 200, [0; 3]), 50)], 0);
    let swapped = engine().swap_file(&[SwapSource::new(&face)], &film, &mesh());
    fails(swapped, ErrorKind::NoFace, &["2 frames"]);
}

#[test]
fn several_faces_where_one_was_asked_for_are_refused() {
    let photo = astronaut();
    let rows = (0..photo.height()).flat_map(|y| [photo.view().row(y); 2].concat());
    let two = Image::from_pixels(1024, 512, photo.format(), rows.collect()).unwrap();
    let only = SwapParams { source_select: Select::Only, ..mesh() };
    fails(engine().swap(&two, &photo, &only), ErrorKind::InvalidParameter, &["source picture", "2 faces"]);
    assert!(engine().swap(&photo, &two, &only).is_ok());
    let detect = DetectParams { select: Select::Only, ..DetectParams::default() };
    let only = SwapParams { detect, ..mesh() };
    fails(engine().swap(&photo, &two, &only), ErrorKind::InvalidParameter, &["2 faces"]);
    let many = SwapParams { source_select: Select::Many, ..mesh() };
    fails(engine().swap(&photo, &two, &many), ErrorKind::InvalidParameter, &["source_select", "many"]);
    let index = SwapParams { source_select: Select::Index, source_index: 3, ..mesh() };
    fails(engine().swap(&two, &photo, &index), ErrorKind::NoFace, &["no face 3"]);
}

#[test]
fn a_source_that_its_border_cuts_is_refused_and_a_target_is_not() {
    let photo = hopper();
    // The face reaches from about 210 to 390 across.
    let cut = photo.view().crop(0, 0, 285, 600).unwrap();
    let swapped = engine().swap(cut, &astronaut(), &mesh());
    fails(swapped, ErrorKind::NoFace, &["source picture"]);
    let target = Image::from_view(photo.view().crop(0, 0, 330, 600).unwrap());
    let swapped = engine().swap(&astronaut(), &target, &mesh()).unwrap();
    assert!(changed(&swapped.image, &target).is_some());
}

#[test]
fn a_target_over_the_limits_is_refused() {
    let small = Engine::builder().limits(Limits { frames: 2, ..Limits::default() }).build().unwrap();
    let film =
        animation(FileFormat::Gif, &[(frame(96, 0, 0), 1), (frame(96, 1, 0), 1), (frame(96, 2, 0), 1)], 0);
    let source = hopper();
    let swapped = small.swap_file(&[SwapSource::new(&source)], &film, &mesh());
    fails(swapped, ErrorKind::LimitExceeded, &["frames"]);
    let small = Engine::builder().limits(Limits { pixels: 1000, ..Limits::default() }).build().unwrap();
    fails(small.swap(&source, &astronaut(), &mesh()), ErrorKind::LimitExceeded, &["pixels"]);
}

#[test]
fn a_network_that_is_missing_or_does_not_fit_is_explained() {
    let missing = network("simswap_256");
    fails(engine().swap(&hopper(), &astronaut(), &missing), ErrorKind::ModelNotFound, &["swapper"]);
    let wrong_size = SwapParams { pixel_boost: 384, ..network("blendswap_256") };
    fails(
        tiny_engine().swap(&hopper(), &astronaut(), &wrong_size),
        ErrorKind::InvalidParameter,
        &["blendswap", "384", "256, 512"],
    );
    let strict = Engine::builder().embedded(false).licenses(LicensePolicy::Commercial);
    let strict = strict.models(golden("swappers")).models(golden("swap")).build().unwrap();
    let swapped = strict.swap(&hopper(), &astronaut(), &network("hyperswap_1a_256"));
    fails(swapped, ErrorKind::LicenseRefused, &["hyperswap_1a_256"]);
}

#[test]
fn sources_that_contradict_each_other_are_refused() {
    let photo = astronaut();
    let run = |sources: &[SwapSource<'_>]| engine().swap_file(sources, &encoded(&photo), &mesh());
    fails(run(&[]), ErrorKind::InvalidParameter, &["no source"]);
    let both = [SwapSource::new(&photo), SwapSource::new(&photo)];
    fails(run(&both), ErrorKind::InvalidParameter, &["2 sources replace everyone"]);
    let none = SwapSource { pictures: vec![], replaces: None };
    fails(run(&[none]), ErrorKind::InvalidParameter, &["no picture"]);
}

#[test]
fn bytes_that_are_no_picture_and_params_out_of_range_are_refused() {
    let photo = astronaut();
    let sources = [SwapSource::new(&photo)];
    fails(engine().swap_file(&sources, b"GIF89a", &mesh()), ErrorKind::InvalidPicture, &[]);
    fails(engine().swap_file(&sources, b"", &mesh()), ErrorKind::InvalidPicture, &[]);
    let params = SwapParams { identity_weight: 1.5, ..mesh() };
    fails(engine().swap(&photo, &photo, &params), ErrorKind::InvalidParameter, &["identity_weight"]);
    let params = SwapParams { detect_every: 0, ..mesh() };
    fails(engine().swap(&photo, &photo, &params), ErrorKind::InvalidParameter, &["detect_every"]);
}
