//! What the tests of the pipelines share: an engine, pictures, models and comparisons.

use std::path::Path;
use std::sync::LazyLock;

pub use crate::shared_folder::shared;
use facekit::geometry::{Filter, resize};
use facekit::params::{DetectParams, RestoreParams};
use facekit::{Engine, Face, Image, ImageRef, Limits, PixelFormat, Point};

/// One engine for all tests: they may run at once, as a caller's threads may.
pub fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builder().build().unwrap());
    &ENGINE
}

/// One of the two portraits of `examples/photos`.
pub fn photo(name: &str) -> Image {
    Image::open(root().join("examples/photos").join(name), &Limits::default()).unwrap()
}

pub fn astronaut() -> Image {
    photo("astronaut.png")
}

/// The path of a file below `tests/golden`, as a parameter takes it.
pub fn golden(name: &str) -> String {
    root().join("tests/golden").join(name).to_str().unwrap().to_owned()
}

/// The parameters that restore with a model below `tests/golden`.
pub fn restorer(name: &str) -> RestoreParams {
    RestoreParams { restorer: Some(golden(name)), ..Default::default() }
}

/// The same, on the face that `pipelines/one_face.onnx` finds in every picture.
pub fn restorer_of_one_face(name: &str) -> RestoreParams {
    RestoreParams { detect: detector("pipelines/one_face.onnx"), ..restorer(name) }
}

/// The parameters that detect with a model below `tests/golden`.
pub fn detector(name: &str) -> DetectParams {
    DetectParams { detector: Some(golden(name)), ..Default::default() }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A picture of one colour.
pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> Image {
    let pixels = colour.repeat(width as usize * height as usize);
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap()
}

/// A picture with a pattern that no two tiles share.
pub fn pattern(width: u32, height: u32) -> Image {
    let pixel = |x: u32, y: u32| [(x * 7 + y * 3) % 251, (x * x / 5 + y) % 256, (x ^ (y * 5)) % 256];
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y).map(|v| v as u8)));
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels.collect()).unwrap()
}

/// A picture of `side` × `side` pixels.
pub fn square(image: &Image, side: u32) -> Image {
    resize(image.view(), side, side, Filter::Area).unwrap()
}

/// Lays an RGB picture on an RGB canvas.
pub fn lay(canvas: &mut Image, picture: ImageRef<'_>, x: u32, y: u32) {
    let mut view = canvas.view_mut();
    for row in 0..picture.height() {
        let pixels = picture.row(row);
        view.row_mut(y + row)[3 * x as usize..][..pixels.len()].copy_from_slice(pixels);
    }
}

/// The same colours with another alpha for each pixel.
pub fn with_alpha(image: &Image, alpha: impl Fn(usize) -> u8) -> Image {
    let pixels = image.pixels().chunks_exact(3).enumerate();
    let pixels = pixels.flat_map(|(i, p)| [p[0], p[1], p[2], alpha(i)]).collect();
    Image::from_pixels(image.width(), image.height(), PixelFormat::Rgba, pixels).unwrap()
}

/// Fails unless the faces are the same within `tolerance` pixels.
pub fn assert_same_faces(found: &[Face], expected: &[Face], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{found:?}\n{expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.score - expected.score).abs() <= tolerance / 100.0, "{found:?}\n{expected:?}");
        for (a, b) in corners(found).into_iter().zip(corners(expected)).chain(points(found, expected)) {
            assert!(a.distance(b) <= tolerance, "{found:?}\n{expected:?}");
        }
    }
}

pub fn corners(face: &Face) -> [Point; 2] {
    [Point::new(face.rect.x, face.rect.y), Point::new(face.rect.right(), face.rect.bottom())]
}

fn points<'a>(a: &'a Face, b: &'a Face) -> impl Iterator<Item = (Point, Point)> + 'a {
    a.points.into_iter().flatten().zip(b.points.into_iter().flatten())
}

/// How many of the bytes of two pictures of one size differ by more than `levels`.
pub fn differences(a: &Image, b: &Image, levels: u8) -> usize {
    assert_eq!((a.width(), a.height(), a.format()), (b.width(), b.height(), b.format()));
    a.pixels().iter().zip(b.pixels()).filter(|(a, b)| a.abs_diff(**b) > levels).count()
}
