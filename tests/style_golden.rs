//! The styles look as they did: golden pictures of two portraits.
//!
//! With `FACEKIT_ACCEPT=1` in the environment, `cargo test --test style_golden` writes them anew. Beside them lie the
//! faces that the embedded models find in the photographs, as `facekit detect --json --landmarks` prints them, so that
//! no model is run here.

use std::path::PathBuf;

use facekit::face::{LandmarkScheme, Landmarks};
use facekit::geometry::{Filter, resize};
use facekit::picture::{EncodeOptions, FileFormat};
use facekit::style::{Classic, ClassicOptions, Portrait, Style};
use facekit::{Face, Image, Limits, Point, Rect};
use rayon::ThreadPoolBuilder;
use serde_json::Value;

const PHOTOS: [&str; 2] = ["astronaut.png", "grace_hopper.jpg"];

/// The longer side of a golden picture.
const SIDE: u32 = 160;

/// How far a picture may be from its golden one in the mean, in levels: what another machine's rounding may change.
const MEAN: f64 = 0.5;

/// A level is off when it differs by more than this.
const OFF: u8 = 12;

/// The part of the levels that may be off: a cell of a grid or a pixel of a dither that fell the other way.
const SHARE_OFF: f64 = 0.005;

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn golden(name: &str) -> PathBuf {
    root().join("tests/golden/style").join(name)
}

fn stem(photo: &str) -> &str {
    photo.split('.').next().unwrap()
}

/// A photograph and its faces, shrunk.
fn portrait(photo: &str) -> Portrait {
    let image = Image::open(root().join("examples/photos").join(photo), &Limits::default()).unwrap();
    let longer = image.width().max(image.height());
    let scale = SIDE as f32 / longer as f32;
    let [width, height] = [image.width(), image.height()].map(|side| (side * SIDE + longer / 2) / longer);
    let small = resize(image.view(), width, height, Filter::Area).unwrap();
    let json = std::fs::read(golden(stem(photo)).with_extension("json")).unwrap();
    let found: Value = serde_json::from_slice(&json).unwrap();
    let shrink = |point: Point| Point::new((point.x + 0.5) * scale - 0.5, (point.y + 0.5) * scale - 0.5);
    let faces = found["faces"].as_array().unwrap().iter().map(|json| face(json).map(shrink)).collect();
    Portrait::new(small, faces, None).unwrap()
}

fn face(json: &Value) -> Face {
    let numbers = |json: &Value| -> Vec<f32> {
        json.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
    };
    let points = |json: &Value| -> Vec<Point> {
        json.as_array().unwrap().iter().map(numbers).map(|at| Point::new(at[0], at[1])).collect()
    };
    let [x, y, width, height] = numbers(&json["box"])[..] else { panic!("a box has four numbers") };
    let five = points(&json["points"]).try_into().unwrap();
    let mut face = Face::new(Rect::new(x, y, width, height), 1.0, Some(five));
    let scheme = serde_json::from_value::<LandmarkScheme>(json["landmarks"]["scheme"].clone()).unwrap();
    face.landmarks = Some(Landmarks::new(scheme, points(&json["landmarks"]["points"]), None).unwrap());
    face
}

fn paint(style: Style, portrait: &Portrait) -> Image {
    let classic = Classic::new(style, ClassicOptions::default(), std::slice::from_ref(portrait)).unwrap();
    classic.paint(portrait).unwrap()
}

#[test]
fn every_style_looks_as_it_did() {
    let mut changed = Vec::new();
    for photo in PHOTOS {
        let portrait = portrait(photo);
        for style in Style::ALL {
            let painted = paint(*style, &portrait);
            let name = format!("{}_{}.png", stem(photo), style.name().to_lowercase().replace(' ', "_"));
            let options = EncodeOptions { format: FileFormat::Png, ..EncodeOptions::default() };
            if std::env::var_os("FACEKIT_ACCEPT").is_some() {
                painted.save(golden(&name), &options).unwrap();
            }
            let expected = Image::open(golden(&name), &Limits::default()).unwrap();
            assert_eq!((painted.width(), painted.height()), (expected.width(), expected.height()), "{name}");
            let differences = || painted.pixels().iter().zip(expected.pixels()).map(|(a, b)| a.abs_diff(*b));
            let len = painted.pixels().len() as f64;
            let mean = differences().map(f64::from).sum::<f64>() / len;
            let share = differences().filter(|difference| *difference > OFF).count() as f64 / len;
            if mean > MEAN || share > SHARE_OFF {
                let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&name);
                painted.save(&path, &options).unwrap();
                changed.push(format!(
                    "{name}: {mean:.2} levels in the mean, {:.2} % off by more than {OFF}; see {}",
                    100.0 * share,
                    path.display()
                ));
            }
        }
    }
    assert!(changed.is_empty(), "changed looks, to be kept with FACEKIT_ACCEPT=1:\n{}", changed.join("\n"));
}

#[test]
fn threads_do_not_change_a_byte() {
    let run = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let portrait = portrait(PHOTOS[0]);
            let pictures: Vec<Image> = Style::ALL.iter().map(|style| paint(*style, &portrait)).collect();
            (portrait.subject, pictures)
        })
    };
    let (one, many) = (run(1), run(5));
    assert_eq!(one.0, many.0, "the subject");
    for ((style, one), many) in Style::ALL.iter().zip(one.1).zip(many.1) {
        assert!(one == many, "{}", style.name());
    }
}

#[test]
fn styles_differ_from_each_other_and_from_the_photograph() {
    let portrait = portrait(PHOTOS[1]);
    let mut pictures: Vec<Image> = Style::ALL.iter().map(|style| paint(*style, &portrait)).collect();
    pictures.push(portrait.image.clone());
    for (i, a) in pictures.iter().enumerate() {
        for (j, b) in pictures.iter().enumerate().take(i) {
            let differences = a.pixels().iter().zip(b.pixels()).map(|(a, b)| f64::from(a.abs_diff(*b)));
            let mean = differences.sum::<f64>() / a.pixels().len() as f64;
            assert!(mean > 3.0, "pictures {i} and {j}: {mean:.2} levels apart");
        }
    }
}
