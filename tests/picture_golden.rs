//! Decoded pixels and metadata against what Pillow reads, from `tests/reference/picture.py`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use facekit::picture::{Animation, AnimationReader, EncodeOptions, FileFormat, is_animated};
use facekit::{Image, Limits, PixelFormat};

#[derive(serde::Deserialize)]
struct Expected {
    width: u32,
    height: u32,
    channels: usize,
    #[serde(default)]
    delays: Vec<u64>,
    plays: Option<u32>,
    #[serde(default)]
    icc: bool,
    #[serde(default)]
    exif: bool,
    #[serde(default)]
    xmp: bool,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/picture")
}

fn expected() -> BTreeMap<String, Expected> {
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Levels that a decoder of a lossy format may differ.
fn tolerance(name: &str) -> u8 {
    match name {
        // Transforms may round one level apart in each of Y, Cb and Cr, and blue is Y + 1.77 Cb.
        "grey.jpg" => 1,
        name if name.ends_with(".jpg") => 3,
        // libwebp blends with 8 fractional bits, facekit exactly.
        "lossy_moving.webp" => 2,
        "lossy.webp" => 1,
        _ => 0,
    }
}

fn assert_close(name: &str, found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len(), "{name}: length");
    let (worst, at) =
        found.iter().zip(expected).enumerate().map(|(at, (a, b))| (a.abs_diff(*b), at)).max().unwrap();
    assert!(worst <= tolerance(name), "{name}: {worst} levels off at byte {at}");
}

/// Only what a decoder shows counts: the colour under a transparent pixel is free.
fn without_hidden_colour(mut pixels: Vec<u8>) -> Vec<u8> {
    for pixel in pixels.as_chunks_mut::<4>().0 {
        if pixel[3] == 0 {
            *pixel = [0; 4];
        }
    }
    pixels
}

#[test]
fn stills_decode_as_in_pillow() {
    for (name, expected) in expected().iter().filter(|(_, expected)| expected.plays.is_none()) {
        let path = folder().join(name);
        let image = Image::open(&path, &Limits::default()).unwrap();
        assert_eq!((image.width(), image.height()), (expected.width, expected.height), "{name}");
        let format = match expected.channels {
            4 => PixelFormat::Rgba,
            _ => PixelFormat::Rgb,
        };
        assert_eq!(image.format(), format, "{name}");
        let pixels = std::fs::read(folder().join(format!("{name}.raw"))).unwrap();
        assert_close(name, image.pixels(), &pixels);
        assert!(!is_animated(&std::fs::read(&path).unwrap()), "{name}");
        let metadata = image.metadata();
        if expected.icc {
            assert_eq!(&metadata.icc.as_ref().unwrap()[16..20], b"RGB ", "{name}");
        }
        if expected.exif {
            let exif = metadata.exif.as_ref().unwrap();
            assert!(exif.windows(7).any(|text| text == b"facekit"), "{name}");
            let orientation = image::metadata::Orientation::from_exif_chunk(exif).unwrap();
            assert_eq!(orientation.to_exif(), 1, "{name}");
        }
        if expected.xmp {
            let xmp = String::from_utf8(metadata.xmp.clone().unwrap()).unwrap();
            assert!(xmp.contains("dc:source=\"facekit\""), "{name}: {xmp}");
            assert!(xmp.contains("tiff:Orientation=\"1\""), "{name}: {xmp}");
        }
    }
}

#[test]
fn animations_decode_as_in_pillow() {
    for (name, expected) in expected() {
        let Some(plays) = expected.plays else { continue };
        let file = std::fs::read(folder().join(&name)).unwrap();
        assert!(is_animated(&file), "{name}");
        let animation = Animation::decode(&file, &Limits::default()).unwrap();
        assert_eq!(animation.plays, plays, "{name}");
        let delays: Vec<_> = animation.frames.iter().map(|frame| frame.delay).collect();
        let milliseconds: Vec<_> = expected.delays.iter().map(|&ms| Duration::from_millis(ms)).collect();
        assert_eq!(delays, milliseconds, "{name}");
        let pixels = std::fs::read(folder().join(format!("{name}.raw"))).unwrap();
        let size = expected.width as usize * expected.height as usize * expected.channels;
        for (frame, expected) in animation.frames.iter().zip(pixels.chunks_exact(size)) {
            let found = without_hidden_colour(frame.image.pixels().to_vec());
            assert_close(&name, &found, &without_hidden_colour(expected.to_vec()));
        }
    }
}

#[test]
fn the_first_frame_is_the_still_picture() {
    for name in ["disposal.gif", "moving.png", "opaque.webp", "moving.webp", "lossy_moving.webp"] {
        let file = std::fs::read(folder().join(name)).unwrap();
        let still = Image::decode(&file, &Limits::default()).unwrap();
        let reader = AnimationReader::new(&file, &Limits::default());
        let first = reader.unwrap().next().unwrap().unwrap().image;
        let rgb = |image: &Image| {
            let mut rgb = vec![0; (image.width() * image.height() * 3) as usize];
            let stride = image.width() as usize * 3;
            let mut view =
                facekit::ImageMut::new(&mut rgb, image.width(), image.height(), stride, PixelFormat::Rgb);
            image.copy_to(view.as_mut().unwrap()).unwrap();
            rgb
        };
        assert_eq!(rgb(&still), rgb(&first), "{name}");
    }
}

#[test]
fn a_still_picture_is_an_animation_of_one_frame() {
    let file = std::fs::read(folder().join("progressive.jpg")).unwrap();
    let animation = Animation::decode(&file, &Limits::default()).unwrap();
    assert_eq!((animation.frames.len(), animation.plays), (1, 1));
    let still = Image::decode(&file, &Limits::default()).unwrap();
    assert_eq!(animation.frames[0].image, still);
}

/// Pillow writes JPEG files with libjpeg-turbo.
#[test]
fn a_jpeg_is_the_file_that_libjpeg_turbo_writes() {
    let picture = Image::open(folder().join("rgb.bmp"), &Limits::default()).unwrap();
    for quality in [95, 70, 10] {
        let written = picture.encode(&EncodeOptions { format: FileFormat::Jpeg, quality }).unwrap();
        let expected = std::fs::read(folder().join(format!("quality_{quality}.jpg"))).unwrap();
        assert!(written == expected, "quality {quality}: {} bytes of {}", written.len(), expected.len());
    }
}
