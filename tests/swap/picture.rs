//! Swaps in pictures.

use facekit::params::{DetectParams, Select, SwapEngine, SwapParams};
use facekit::picture::{EncodeOptions, FileFormat, Provenance};
use facekit::pipelines::SwapSource;
use facekit::{Control, Image, PixelFormat, Request, Response};

use crate::support::*;

#[test]
fn the_mesh_changes_the_face_and_nothing_else() {
    let (source, target) = (astronaut(), hopper());
    let swapped = engine().swap(&source, &target, &mesh()).unwrap();
    assert_eq!((swapped.engine, swapped.faces.len()), (SwapEngine::Mesh, 1));
    assert_eq!(swapped.models, ["facekit-lite-detect", "facekit-lite-landmark"]);
    let [left, top, right, bottom] = changed(&swapped.image, &target).unwrap().map(|side| side as f32);
    let rect = swapped.faces[0].rect;
    let (dx, dy) = (rect.width * 0.4, rect.height * 0.4);
    assert!(left > rect.x - dx && right < rect.right() + dx, "{left}..{right} of {rect:?}");
    assert!(top > rect.y - dy && bottom < rect.bottom() + dy, "{top}..{bottom} of {rect:?}");
    assert!(right - left > rect.width * 0.6 && bottom - top > rect.height * 0.6);
    assert_eq!(swapped.image.metadata().provenance(), Some(Provenance::Composite));
    assert!(swapped.metrics.stages.iter().any(|(stage, _)| *stage == "swap"));
}

#[test]
fn a_face_put_over_itself_hardly_changes() {
    let photo = astronaut();
    let swapped = engine().swap(&photo, &photo, &mesh()).unwrap();
    // What is left is the softness of a crop that is cut out and pasted back.
    let [left, top, right, bottom] = changed(&swapped.image, &photo).unwrap();
    let pairs = swapped.image.pixels().iter().zip(photo.pixels());
    let apart: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = apart as f32 / (3 * (right - left) * (bottom - top)) as f32;
    assert!(mean < 2.0, "{mean}");
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    let (source, target) = (hopper(), astronaut());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| engine().swap(&source, &target, &SwapParams::default()).unwrap().image)
    };
    assert!(on(1) == on(3));
}

#[test]
fn a_network_gives_what_the_formulas_of_facefusion_give() {
    let target = astronaut();
    let source = mirrored(&target);
    let params =
        SwapParams { color_match: facekit::geometry::ColorMatch::Never, ..network("hyperswap_1a_256") };
    let swapped = tiny_engine().swap(&source, &target, &params).unwrap();
    assert_eq!(swapped.engine, SwapEngine::Network);
    assert_eq!(swapped.models, ["one_face", "hyperswap_1a_256", "arcface_tiny"]);
    let expected = open(golden("swap/swapped.png"));
    let found = every_fourth(&swapped.image);
    let pairs = found.pixels().iter().zip(expected.pixels());
    let apart = pairs.filter(|(found, expected)| found.abs_diff(**expected) > 1).count();
    assert!(apart * 1000 <= found.pixels().len(), "{apart} of {} bytes differ", found.pixels().len());
    let [left, top, right, bottom] = changed(&swapped.image, &target).unwrap();
    assert!(right - left < 512 && bottom - top < 512, "{left} {top} {right} {bottom}");
}

#[test]
fn every_family_swaps_from_end_to_end() {
    let target = astronaut();
    for swapper in [
        "hyperswap_1a_256",
        "ghost_1_256",
        "hififace_unofficial_256",
        "simswap_256",
        "blendswap_256",
        "uniface_256",
    ] {
        let swapped = tiny_engine().swap(&hopper(), &target, &network(swapper)).unwrap();
        assert!(swapped.models[1].starts_with(&swapper[..5]), "{:?}", swapped.models);
        assert!(changed(&swapped.image, &target).is_some(), "{swapper}");
    }
    let boosted = SwapParams { pixel_boost: 512, identity_weight: 0.8, ..network("hyperswap_1a_256") };
    let plain = tiny_engine().swap(&hopper(), &target, &network("hyperswap_1a_256")).unwrap();
    assert!(tiny_engine().swap(&hopper(), &target, &boosted).unwrap().image != plain.image);
}

#[test]
fn several_pictures_of_a_person_are_averaged() {
    let (a, b, target) = (astronaut(), hopper(), encoded(&astronaut()));
    let swap = |pictures: &[&Image]| {
        let pictures = pictures.iter().map(|picture| (*picture).into()).collect();
        let sources = [SwapSource { pictures, replaces: None }];
        tiny_engine().swap_file(&sources, &target, &network("hyperswap_1a_256")).unwrap().bytes
    };
    assert!(swap(&[&a, &a]) == swap(&[&a]));
    let both = swap(&[&a, &b]);
    assert!(both == swap(&[&b, &a]) && both != swap(&[&a]) && both != swap(&[&b]));
}

#[test]
fn alpha_and_the_colours_of_a_profile_stay() {
    let target = with_alpha(&hopper());
    let swapped = engine().swap(&astronaut(), &target, &mesh()).unwrap().image;
    assert_eq!(swapped.format(), PixelFormat::Rgba);
    let alphas = |image: &Image| image.pixels().chunks_exact(4).map(|pixel| pixel[3]).collect::<Vec<_>>();
    assert_eq!(alphas(&swapped), alphas(&target));
}

#[test]
fn a_file_keeps_its_format_unless_another_is_asked_for() {
    let target = hopper().encode(&EncodeOptions::new(FileFormat::Webp)).unwrap();
    let source = astronaut();
    let sources = [SwapSource::new(&source)];
    let swapped = engine().swap_file(&sources, &target, &mesh()).unwrap();
    assert_eq!((swapped.format, swapped.frames, swapped.swapped_frames), (FileFormat::Webp, 1, 1));
    assert_eq!(FileFormat::of(&swapped.bytes), Some(FileFormat::Webp));
    let params = SwapParams { file_type: Some(FileFormat::Png), ..mesh() };
    let swapped = engine().swap_file(&sources, &target, &params).unwrap();
    assert_eq!(FileFormat::of(&swapped.bytes), Some(FileFormat::Png));
}

#[test]
fn a_request_swaps_with_progress_that_never_falls() {
    let (source, target) = (hopper(), astronaut());
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let list = std::sync::Arc::clone(&told);
    let control = Control::new().on_progress(move |step| list.lock().unwrap().push(step.fraction));
    let request = Request::Swap {
        sources: vec![SwapSource::new(&source)],
        target: (&target).into(),
        params: SwapParams::default(),
    };
    let Response::Swap(swapped) = engine().run(&request, &control).unwrap() else { panic!("not a swap") };
    assert!(swapped.models.contains(&"facekit-lite-restore".to_owned()));
    let told = told.lock().unwrap();
    assert!(told.is_sorted() && told.last() == Some(&1.0), "{told:?}");
}

#[test]
fn only_the_selected_face_is_replaced() {
    let two = beside(&astronaut(), &astronaut());
    let whole = engine().swap(&hopper(), &two, &mesh()).unwrap();
    assert_eq!(whole.faces.len(), 2);
    let detect = DetectParams {
        select: Select::Index,
        index: 1,
        order: facekit::face::Order::LeftRight,
        ..DetectParams::default()
    };
    let one = engine().swap(&hopper(), &two, &SwapParams { detect, ..mesh() }).unwrap();
    let [left, ..] = changed(&one.image, &two).unwrap();
    assert!(one.faces.len() == 1 && left > 512, "{left}");
}

fn mirrored(image: &Image) -> Image {
    let rows = (0..image.height()).flat_map(|y| image.view().row(y).chunks_exact(3).rev().flatten().copied());
    Image::from_pixels(image.width(), image.height(), PixelFormat::Rgb, rows.collect()).unwrap()
}

fn every_fourth(image: &Image) -> Image {
    let rows = (0..image.height()).step_by(4);
    let pixels = rows.flat_map(|y| image.view().row(y).chunks_exact(3).step_by(4).flatten().copied());
    Image::from_pixels(image.width() / 4, image.height() / 4, PixelFormat::Rgb, pixels.collect()).unwrap()
}

fn with_alpha(image: &Image) -> Image {
    let pixels = image.pixels().chunks_exact(3).enumerate().flat_map(|(i, p)| [p[0], p[1], p[2], i as u8]);
    Image::from_pixels(image.width(), image.height(), PixelFormat::Rgba, pixels.collect()).unwrap()
}

/// Two RGB pictures of one height, side by side.
fn beside(a: &Image, b: &Image) -> Image {
    let rows = (0..a.height()).flat_map(|y| [a.view().row(y), b.view().row(y)].concat());
    Image::from_pixels(a.width() + b.width(), a.height(), PixelFormat::Rgb, rows.collect()).unwrap()
}
