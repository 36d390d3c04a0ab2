//! What the tests of swaps share.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use facekit::geometry::{Filter, resize};
use facekit::models::LicensePolicy;
use facekit::params::{DetectParams, SwapEngine, SwapParams};
use facekit::picture::{Animation, AnimationOptions, AnimationWriter, FileFormat, Frame};
use facekit::{Engine, Image, Limits, PixelFormat};

/// An engine with the embedded models alone.
pub fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::builder().build().unwrap());
    &ENGINE
}

/// An engine with the tiny models of `tests/golden/swappers` and `tests/golden/swap`, and nothing embedded.
pub fn tiny_engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        let builder = Engine::builder().embedded(false).licenses(LicensePolicy::Any);
        builder.models(golden("swappers")).models(golden("swap")).build().unwrap()
    });
    &ENGINE
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn golden(name: &str) -> PathBuf {
    root().join("tests/golden").join(name)
}

pub fn open(path: impl AsRef<Path>) -> Image {
    Image::open(path, &Limits::default()).unwrap()
}

pub fn astronaut() -> Image {
    open(root().join("examples/photos/astronaut.png"))
}

pub fn hopper() -> Image {
    open(root().join("examples/photos/grace_hopper.jpg"))
}

/// The mesh alone, with no restorer after it.
pub fn mesh() -> SwapParams {
    SwapParams { engine: SwapEngine::Mesh, face_restore: false, ..SwapParams::default() }
}

/// A tiny network on the face that `one_face.onnx` finds in every picture, with no restorer after it.
pub fn network(swapper: &str) -> SwapParams {
    let detector = Some(golden("pipelines/one_face.onnx").to_str().unwrap().to_owned());
    SwapParams {
        swapper: Some(swapper.into()),
        face_restore: false,
        detect: DetectParams { detector, recognizer: Some("arcface_tiny".into()), ..DetectParams::default() },
        ..SwapParams::default()
    }
}

/// A picture of one colour.
pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> Image {
    let pixels = colour.repeat(width as usize * height as usize);
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap()
}

/// The middle of the astronaut, moved by some pixels, as a frame of `side` × `side`.
pub fn frame(side: u32, dx: u32, dy: u32) -> Image {
    let photo = astronaut();
    let cut = photo.view().crop(90 + dx, dy, 260, 260).unwrap();
    resize(cut, side, side, Filter::Area).unwrap()
}

/// An animation of these frames with these delays.
pub fn animation(format: FileFormat, frames: &[(Image, u64)], plays: u32) -> Vec<u8> {
    let first = &frames[0].0;
    let options = AnimationOptions { plays, ..AnimationOptions::new(format) };
    let mut writer = AnimationWriter::new(first.width(), first.height(), &options).unwrap();
    for (image, delay) in frames {
        writer.push(&Frame::new(image.clone(), Duration::from_millis(*delay))).unwrap();
    }
    writer.finish().unwrap()
}

pub fn read(bytes: &[u8]) -> Animation {
    Animation::decode(bytes, &Limits::default()).unwrap()
}

pub fn encoded(image: &Image) -> Vec<u8> {
    let options = facekit::picture::EncodeOptions::new(FileFormat::Png);
    image.encode(&options).unwrap()
}

/// The box that holds every pixel in which two pictures differ, as left, top, right, bottom; none for the same.
pub fn changed(a: &Image, b: &Image) -> Option<[u32; 4]> {
    assert_eq!((a.width(), a.height(), a.format()), (b.width(), b.height(), b.format()));
    let channels = a.format().channels();
    let mut found: Option<[u32; 4]> = None;
    for y in 0..a.height() {
        let pairs = a.view().row(y).chunks(channels).zip(b.view().row(y).chunks(channels)).enumerate();
        for x in pairs.filter(|(_, (a, b))| a != b).map(|(x, _)| x as u32).collect::<Vec<_>>() {
            let [left, top, right, bottom] = found.unwrap_or([x, y, x + 1, y + 1]);
            found = Some([left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)]);
        }
    }
    found
}
