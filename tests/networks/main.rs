//! Landmarkers, recognizers and segmenters against the same graphs run on OpenCV's crops; real ones from `../shared`
//! where that folder is there.

#![cfg(feature = "embedded")]

#[path = "../support/shared.rs"]
mod shared_folder;
mod shared_models;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use facekit::face::FaceRegion;
use facekit::geometry::{Mask, Template};
use facekit::models::{LicensePolicy, Models, Store};
use facekit::params::{DetectParams, EmbedParams};
use facekit::pipelines::{occlusion_mask, person_mask, region_mask};
use facekit::runtime::{Runtime, SessionOptions};
use facekit::{Control, Engine, ErrorKind, Image, Limits, PixelFormat};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    landmarks: Vec<GoldenLandmarks>,
    embeddings: Vec<GoldenEmbedding>,
    masks: Vec<GoldenMask>,
}

#[derive(Deserialize)]
struct GoldenLandmarks {
    model: String,
    score: Option<f32>,
    points: Vec<[f32; 2]>,
}

#[derive(Deserialize)]
struct GoldenEmbedding {
    model: String,
    raw: Vec<f32>,
}

#[derive(Deserialize)]
struct GoldenMask {
    model: String,
    every_8th: Vec<Vec<f32>>,
}

static GOLDEN: LazyLock<Golden> =
    LazyLock::new(|| serde_json::from_str(include_str!("../golden/networks/expected.json")).unwrap());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builder().build().unwrap());
    &ENGINE
}

fn golden(name: &str) -> Option<String> {
    let path: PathBuf = root().join("tests/golden").join(name);
    Some(path.to_str().unwrap().to_owned())
}

fn network(name: &str) -> Option<String> {
    golden(&format!("networks/{name}.onnx"))
}

/// The parameters that find the one face of the golden numbers.
fn one_face() -> DetectParams {
    DetectParams { detector: golden("pipelines/one_face.onnx"), ..Default::default() }
}

fn no_face() -> DetectParams {
    DetectParams { detector: golden("pipelines/no_face.onnx"), ..Default::default() }
}

/// Every second pixel of the astronaut.
fn picture() -> Image {
    let photo = Image::open(root().join("examples/photos/astronaut.png"), &Limits::default()).unwrap();
    let (width, height) = (photo.width() / 2, photo.height() / 2);
    let rows = (0..height).flat_map(|y| {
        photo.view().row(2 * y).chunks_exact(6).flat_map(|p| [p[0], p[1], p[2]]).collect::<Vec<_>>()
    });
    Image::from_pixels(width, height, PixelFormat::Rgb, rows.collect()).unwrap()
}

#[test]
fn landmarks_are_those_of_the_same_crop() {
    for expected in &GOLDEN.landmarks {
        let params = DetectParams { landmarks: true, landmarker: network(&expected.model), ..one_face() };
        let faces = engine().detect(&picture(), &params).unwrap().faces;
        let found = faces[0].landmarks.as_ref().unwrap();
        assert_eq!(found.points().len(), expected.points.len());
        for (i, (found, [x, y])) in found.points().iter().zip(&expected.points).enumerate() {
            let apart = (found.x - x).hypot(found.y - y);
            assert!(apart <= 0.05, "{}, point {i}: {found:?} is {apart} from {x}, {y}", expected.model);
        }
        match (found.score(), expected.score) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-3),
            (found, expected) => assert_eq!(found, expected),
        }
    }
}

#[test]
fn nonsense_landmarks_do_not_move_the_points() {
    let plain = engine().detect(&picture(), &one_face()).unwrap().faces;
    let params = DetectParams { landmarks: true, landmarker: network("pfld_68_means"), ..one_face() };
    let refined = engine().detect(&picture(), &params).unwrap().faces;
    assert_eq!(plain[0].points, refined[0].points);
    assert!(plain[0].landmarks.is_none() && refined[0].landmarks.is_some());
}

#[test]
fn embeddings_are_those_of_the_same_crop() {
    for expected in &GOLDEN.embeddings {
        let params = EmbedParams { recognizer: network(&expected.model), detect: one_face() };
        let embedded = engine().embed(&picture(), &params).unwrap();
        let raw = embedded.faces[0].embedding.raw();
        assert_eq!(raw.len(), expected.raw.len());
        let scale = expected.raw.iter().fold(1.0f32, |most, value| most.max(value.abs()));
        for (found, value) in raw.iter().zip(&expected.raw) {
            assert!((found - value).abs() <= 0.005 * scale, "{}: {found} is not {value}", expected.model);
        }
    }
}

#[test]
fn a_picture_compares_with_itself_and_with_no_other_recognizer() {
    let params = EmbedParams { recognizer: network("sface"), detect: one_face() };
    let comparison = engine().compare(&picture(), &picture(), &params).unwrap();
    assert!(comparison.same && comparison.similarity > 0.999_99 && comparison.distance < 1e-5);
    assert_eq!(comparison.threshold, 0.363);
    let params = EmbedParams { recognizer: network("sface"), detect: no_face() };
    let error = engine().compare(&picture(), &picture(), &params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
    assert!(error.to_string().contains("the first picture"), "{error}");
    assert!(engine().embed(&picture(), &params).unwrap().faces.is_empty());
    let params = EmbedParams { recognizer: network("pfld_98_means"), detect: one_face() };
    assert_eq!(engine().embed(&picture(), &params).unwrap_err().kind(), ErrorKind::InvalidModel);
}

#[test]
fn masks_are_those_of_the_same_picture() {
    let store = Store::open(Vec::new(), LicensePolicy::default());
    let models = Models::new(Runtime::load(None).unwrap(), store, SessionOptions::default(), None);
    let (picture, control) = (picture(), Control::new());
    let points = Template::Ffhq512.points(picture.width());
    for expected in &GOLDEN.masks {
        let network = network(&expected.model);
        let model = network.as_deref();
        let mask: Mask = match expected.model.as_str() {
            "xseg" => occlusion_mask(&models, picture.view(), &points, model, &control),
            "selfie" => person_mask(&models, picture.view(), model, &control),
            _ => region_mask(&models, picture.view(), &points, FaceRegion::ALL, model, &control),
        }
        .unwrap();
        let mut differing = 0;
        for (y, row) in expected.every_8th.iter().enumerate() {
            for (x, value) in row.iter().enumerate() {
                let found = mask.values()[8 * y * mask.width() as usize + 8 * x];
                differing += usize::from((found - value).abs() > 0.01);
            }
        }
        assert!(differing <= 2, "{}: {differing} of 1024 values differ", expected.model);
    }
    let wrong = network("xseg");
    let error = region_mask(&models, picture.view(), &points, FaceRegion::ALL, wrong.as_deref(), &control)
        .unwrap_err();
    assert!(error.to_string().contains("bisenet"), "{error}");
    let skin = region_mask(&models, picture.view(), &points, &[FaceRegion::Skin], None, &control);
    assert_eq!(skin.unwrap_err().kind(), ErrorKind::ModelNotFound);
    assert!(region_mask(&models, picture.view(), &points, &[], wrong.as_deref(), &control).is_err());
}
