//! The embedded pack: each of its models serves its role where nothing else is installed.
#![cfg(feature = "embedded")]

use std::path::PathBuf;

use facekit::face::{FaceRegion, MaskType};
use facekit::geometry::{Filter, gaussian_blur, resize};
use facekit::models::{Catalog, CatalogEntry};
use facekit::params::{
    EmbedParams, FaceMaskParams, List, MaskParams, RestoreParams, StylizeArea, StylizeEngine, StylizeParams,
    SwapEngine, SwapParams,
};
use facekit::style::Style;
use facekit::{Engine, ErrorKind, Image, Limits};

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn photo(name: &str) -> Image {
    Image::open(root().join("examples/photos").join(name), &Limits::default()).unwrap()
}

fn portraits() -> [Image; 2] {
    ["astronaut.png", "grace_hopper.jpg"].map(photo)
}

fn file(entry: &CatalogEntry) -> PathBuf {
    let stem = entry.name.trim_start_matches("facekit-lite-");
    root().join("models/lite").join(format!("{stem}.onnx"))
}

fn pack() -> impl Iterator<Item = &'static CatalogEntry> {
    Catalog::get().entries().iter().filter(|entry| entry.embedded)
}

/// The mean difference of two pictures, in levels.
fn difference(a: &Image, b: &Image) -> f64 {
    let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.pixels().len() as f64
}

fn psnr(a: &Image, b: &Image) -> f64 {
    let squares = a.pixels().iter().zip(b.pixels()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
    10.0 * (255.0_f64.powi(2) * a.pixels().len() as f64 / squares.sum::<f64>()).log10()
}

#[test]
fn it_is_small_and_every_model_has_a_card_with_its_digest() {
    let bytes: u64 = pack().map(|entry| std::fs::metadata(file(entry)).unwrap().len()).sum();
    assert!(bytes < 16_000_000, "{bytes} bytes");
    for entry in pack() {
        let stem = entry.name.trim_start_matches("facekit-lite-").split('-').next().unwrap();
        let card = std::fs::read_to_string(root().join(format!("models/lite/{stem}.md"))).unwrap();
        for fact in
            [entry.sha256.as_deref().unwrap(), entry.family.name(), entry.license_id.as_str(), "## Limits"]
        {
            assert!(card.contains(fact), "models/lite/{stem}.md does not say `{fact}`");
        }
    }
}

#[test]
fn the_embedder_tells_people_apart() {
    let (engine, [first, second]) = (engine(), portraits());
    let worn = gaussian_blur(first.view(), 1.5).unwrap();
    let own = engine.compare(&first, &worn, &EmbedParams::default()).unwrap();
    assert_eq!(own.recognizer, "facekit-lite-embed");
    assert!(own.same && own.similarity > 0.6, "{}", own.similarity);
    let other = engine.compare(&first, &second, &EmbedParams::default()).unwrap();
    assert!(!other.same && other.similarity < own.similarity - 0.3, "{}", other.similarity);
}

#[test]
fn the_swapper_has_to_be_asked_for_and_brings_the_source_nearer() {
    let (engine, [source, target]) = (engine(), portraits());
    let swap = |params: &SwapParams| engine.swap(&source, &target, params).unwrap();
    assert_eq!(swap(&SwapParams::default()).engine, SwapEngine::Mesh);
    let swapped = swap(&SwapParams { engine: SwapEngine::Network, ..SwapParams::default() });
    for name in ["facekit-lite-swap", "facekit-lite-embed"] {
        assert!(swapped.models.iter().any(|model| model == name), "{:?}", swapped.models);
    }
    let like =
        |picture: &Image| engine.compare(&source, picture, &EmbedParams::default()).unwrap().similarity;
    let (before, after) = (like(&target), like(&swapped.image));
    assert!(after > before + 0.2, "{before} and {after}");
}

#[test]
fn the_upscaler_for_the_factor_is_taken_and_is_better_than_resampling() {
    let engine = engine();
    let photo = photo("astronaut.png");
    for (factor, name) in
        [(2, "facekit-lite-upscale-x2"), (3, "facekit-lite-upscale-x4"), (4, "facekit-lite-upscale-x4")]
    {
        let side = 504 / factor;
        let truth = resize(photo.view(), 504, 504, Filter::Area).unwrap();
        let small = resize(truth.view(), side, side, Filter::CatmullRom).unwrap();
        let enlarge = |upscale_background| {
            let params =
                RestoreParams { upscale: factor, upscale_background, blend: 0.0, ..RestoreParams::default() };
            engine.restore(&small, &params).unwrap()
        };
        let (resampled, enlarged) = (enlarge(false), enlarge(true));
        assert!(enlarged.models.iter().any(|model| model == name), "{:?}", enlarged.models);
        let (worse, better) = (psnr(&truth, &resampled.image), psnr(&truth, &enlarged.image));
        assert!(better > worse + 0.3, "{factor} times: {worse:.2} and {better:.2} dB");
    }
}

#[test]
fn the_segmenter_leaves_out_what_is_in_front_of_the_face() {
    let (engine, photo) = (engine(), photo("astronaut.png"));
    let mask = |picture: &Image, kind| {
        let mask = MaskParams { masks: List(vec![kind]), ..MaskParams::default() };
        engine.mask(picture, &FaceMaskParams { mask, ..FaceMaskParams::default() }).unwrap()
    };
    let plain = mask(&photo, MaskType::Occlusion);
    let [.., nose, left, right] = *plain.faces[0].five_points().unwrap();
    let white = |found: &Image, x: f32, y: f32| found.view().row(y as u32)[3 * x as usize];
    let mouth = ((left.x + right.x) / 2.0, (left.y + right.y) / 2.0);
    assert!(white(&plain.image, nose.x, nose.y) > 200 && white(&plain.image, mouth.0, mouth.1) > 200);
    assert_eq!(white(&plain.image, 20.0, 20.0), 0);
    assert_eq!(mask(&photo, MaskType::Region).image, plain.image);

    let mut covered = photo.clone();
    let (top, bottom) = ((nose.y * 0.4 + mouth.1 * 0.6) as u32, mouth.1 as u32 + 30);
    for y in top..bottom {
        let row = &mut covered.view_mut();
        row.row_mut(y)[3 * (left.x as usize - 30)..3 * (right.x as usize + 30)].fill(230);
    }
    let covered = mask(&covered, MaskType::Occlusion);
    assert!(white(&covered.image, mouth.0, mouth.1) < 100, "{}", white(&covered.image, mouth.0, mouth.1));
    assert!(white(&covered.image, nose.x, nose.y - 10.0) > 150);

    let some = MaskParams {
        masks: List(vec![MaskType::Region]),
        mask_regions: List(vec![FaceRegion::Nose]),
        ..MaskParams::default()
    };
    let error = engine.mask(&photo, &FaceMaskParams { mask: some, ..FaceMaskParams::default() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound, "{error}");
}

#[test]
fn the_stylizer_paints_six_styles_and_blend_mixes_them() {
    let (engine, photo) = (engine(), photo("astronaut.png"));
    let paint = |style, blend| {
        let params =
            StylizeParams { style, blend, engine: StylizeEngine::Network, ..StylizeParams::default() };
        engine.stylize(&photo, &params).unwrap()
    };
    let painted: Vec<_> = Style::ALL.iter().map(|&style| paint(style, 1.0)).collect();
    assert!(painted[0].models.iter().any(|model| model == "facekit-lite-stylize"));
    assert!(painted[3].notes.is_empty(), "{:?}", painted[3].notes);
    for (i, a) in painted.iter().enumerate() {
        for b in &painted[..i] {
            let apart = difference(&a.image, &b.image);
            assert!(apart > 3.0, "{:?} and {:?} are {apart:.2} levels apart", a.style, b.style);
        }
        let whole = difference(&photo, &a.image);
        let half = difference(&photo, &paint(a.style, 0.5).image);
        assert!(half > 0.25 * whole && half < 0.75 * whole, "{:?}: {half:.2} of {whole:.2}", a.style);
    }
    assert_eq!(difference(&photo, &paint(Style::Clay, 0.0).image), 0.0);
    let face = StylizeParams {
        style: Style::Emoji,
        engine: StylizeEngine::Network,
        area: StylizeArea::Face,
        ..StylizeParams::default()
    };
    let face = engine.stylize(&photo, &face).unwrap();
    let last = photo.height() - 1;
    assert!(face.image.view().row(last) == photo.view().row(last) && face.image != photo);
}
