//! Hostile, damaged and oversized pictures: an error that says why, at a bounded cost, and never a crash.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use facekit::picture::{Animation, AnimationReader, EncodeOptions, FileFormat, Source, is_animated};
use facekit::{Error, ErrorKind, Image, Limits, PixelFormat};

fn decode(bytes: &[u8]) -> Result<Image, Error> {
    Image::decode(bytes, &Limits::default())
}

/// The name and bytes of every picture of the golden folder.
fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/picture");
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".raw") && !name.ends_with(".json") {
            samples.push((name, std::fs::read(path).unwrap()));
        }
    }
    assert!(samples.len() > 25);
    samples
}

fn png_chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    let mut crc = u32::MAX;
    for byte in name.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    file.extend((data.len() as u32).to_be_bytes());
    file.extend(name);
    file.extend(data);
    file.extend((!crc).to_be_bytes());
}

/// A PNG of RGB pixels that claims a size and has next to no data.
fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    png_chunk(&mut file, b"IHDR", &header);
    png_chunk(&mut file, b"IDAT", &[0x78, 1, 3, 0, 0, 0, 0, 1]);
    png_chunk(&mut file, b"IEND", &[]);
    file
}

/// A GIF of `frames` frames of one pixel on a screen of `width` × `height`.
fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut file = b"GIF89a".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([0x80, 0, 0, 1, 2, 3, 4, 5, 6]);
    let frame = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
    file.extend(frame.repeat(frames));
    file.push(0x3B);
    file
}

#[test]
fn what_is_no_picture_is_named() {
    for (bytes, kind, words) in [
        (&b""[..], ErrorKind::InvalidPicture, "empty"),
        (b"\xFF", ErrorKind::InvalidPicture, "no picture of a known format"),
        (b"Dear Sir or Madam", ErrorKind::InvalidPicture, "JPEG, PNG, WebP, GIF, BMP and TIFF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", ErrorKind::Unsupported, "HEIF"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", ErrorKind::Unsupported, "AVIF"),
        (b"qoif\0\0\0\x01\0\0\0\x01\x03\0", ErrorKind::Unsupported, "QOI"),
    ] {
        let error = decode(bytes).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        let error = Animation::decode(bytes, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!is_animated(bytes));
    }
}

#[test]
fn a_name_does_not_matter_but_its_file_is_named() {
    let mut text = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    text.write_all(b"this is a text").unwrap();
    let error = Image::open(text.path(), &Limits::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPicture);
    assert!(error.to_string().contains(text.path().to_str().unwrap()), "{error}");

    let mut gif_in_jpg = tempfile::Builder::new().suffix(".jpg").tempfile().unwrap();
    gif_in_jpg.write_all(&gif(1, 1, 1)).unwrap();
    assert!(Image::open(gif_in_jpg.path(), &Limits::default()).is_ok());
    assert!(Animation::open(gif_in_jpg.path(), &Limits::default()).is_ok());
}

#[test]
fn every_cut_is_an_error_or_a_picture() {
    for (name, file) in samples() {
        let whole = decode(&file).unwrap();
        for length in 0..file.len() {
            match decode(&file[..length]) {
                Ok(image) => assert_eq!((image.width(), image.height()), (whole.width(), whole.height())),
                Err(error) => assert_ne!(error.kind(), ErrorKind::Internal, "{name} cut at {length}"),
            }
            _ = is_animated(&file[..length]);
            if let Ok(reader) = AnimationReader::new(&file[..length], &Limits::default()) {
                for frame in reader.flatten() {
                    assert_eq!(frame.image.width(), whole.width(), "{name} cut at {length}");
                }
            }
        }
    }
}

#[test]
fn every_cut_through_the_pixels_is_an_error() {
    for (name, file) in samples() {
        if name.contains("moving") || name == "disposal.gif" || name == "opaque.webp" {
            continue;
        }
        for length in 0..file.len() - 2 {
            // What follows the pixels of a PNG, a WebP or a GIF may be missing.
            if let Ok(cut) = decode(&file[..length]) {
                assert_eq!(cut.pixels(), decode(&file).unwrap().pixels(), "{name} cut at {length}");
            }
        }
    }
}

#[test]
fn a_jpeg_cut_in_half_is_not_half_a_picture() {
    let image = Image::from_pixels(64, 64, PixelFormat::Rgb, (0..64 * 64 * 3).map(|at| at as u8).collect());
    let file = image.unwrap().encode(&EncodeOptions::default()).unwrap();
    for length in [file.len() / 2, file.len() - 100, file.len() - 1] {
        let error = decode(&file[..length]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPicture);
        assert!(error.to_string().contains("cut short"), "{error}");
    }
    // Cameras put more behind the end.
    assert!(decode(&[file, vec![0; 1000]].concat()).is_ok());
}

#[test]
fn flipped_bytes_never_crash() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let limits = Limits { pixels: 1_000_000, animation_pixels: 5_000_000, frames: 20, ..Limits::default() };
    for (_, file) in samples() {
        for _ in 0..150 {
            let mut damaged = file.clone();
            for _ in 0..1 + random() % 4 {
                let at = random() % damaged.len();
                damaged[at] = random() as u8;
            }
            _ = Image::decode(&damaged, &limits);
            _ = Animation::decode(&damaged, &limits);
            _ = is_animated(&damaged);
        }
    }
}

#[test]
fn a_claimed_size_costs_nothing() {
    let start = Instant::now();
    let error = decode(&png_claiming(60_000, 60_000)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("raise the limit `pixels`"), "{error}");
    let largest = png_claiming(i32::MAX as u32, i32::MAX as u32);
    assert_eq!(decode(&largest).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!(decode(&gif(65_535, 65_535, 1)).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!(decode(&png_claiming(9000, 9000)).unwrap_err().kind(), ErrorKind::InvalidPicture);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn every_format_holds_to_the_limits() {
    for (name, file) in samples() {
        let whole = decode(&file).unwrap();
        let pixels = u64::from(whole.width()) * u64::from(whole.height());
        let exact = Limits { bytes: file.len() as u64, pixels, ..Limits::default() };
        assert!(Image::decode(&file, &exact).is_ok(), "{name}");
        let fewer_pixels = Limits { pixels: pixels - 1, ..exact.clone() };
        let fewer_bytes = Limits { bytes: exact.bytes - 1, ..exact.clone() };
        for limits in [fewer_pixels, fewer_bytes] {
            let error = Image::decode(&file, &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {error}");
            let error = Animation::decode(&file, &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {error}");
        }
    }
}

#[test]
fn a_gif_of_a_million_frames_stops_at_the_limit() {
    let file = gif(100, 100, 1_000_000);
    let start = Instant::now();
    let mut frames = 0;
    let mut last = None;
    for frame in AnimationReader::new(&file, &Limits::default()).unwrap() {
        match frame {
            Ok(_) => frames += 1,
            Err(error) => last = Some(error),
        }
    }
    assert_eq!(frames, 3000);
    let error = last.unwrap();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("`frames`"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn animations_hold_to_their_limits() {
    for (name, file) in samples() {
        if !is_animated(&file) {
            continue;
        }
        let whole = Animation::decode(&file, &Limits::default()).unwrap();
        let size = u64::from(whole.frames[0].image.width()) * u64::from(whole.frames[0].image.height());
        let exact = Limits {
            frames: whole.frames.len() as u32,
            animation_pixels: size * whole.frames.len() as u64,
            ..Limits::default()
        };
        assert_eq!(Animation::decode(&file, &exact).unwrap(), whole, "{name}");
        let fewer_frames = Limits { frames: exact.frames - 1, ..exact.clone() };
        let fewer_pixels = Limits { animation_pixels: exact.animation_pixels - 1, ..exact.clone() };
        for limits in [fewer_frames, fewer_pixels] {
            let error = Animation::decode(&file, &limits).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {error}");
        }
    }
}

#[test]
fn a_gif_frame_far_larger_than_its_screen_is_refused() {
    let mut file = gif(1, 1, 1);
    let frame = file.iter().position(|&byte| byte == 0x2C).unwrap();
    file[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF]);
    for result in [decode(&file).map(drop), Animation::decode(&file, &Limits::default()).map(drop)] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::LimitExceeded);
    }
}

#[test]
fn pictures_without_pixels_or_frames_are_errors() {
    for file in [gif(0, 0, 1), gif(1, 0, 1), gif(4, 4, 0), png_claiming(0, 4)] {
        assert_eq!(decode(&file).unwrap_err().kind(), ErrorKind::InvalidPicture);
        let error = Animation::decode(&file, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPicture, "{error}");
    }
}

#[test]
fn one_pixel_goes_through_every_format() {
    let image = Image::from_pixels(1, 1, PixelFormat::Rgb, vec![120, 130, 140]).unwrap();
    for format in [FileFormat::Jpeg, FileFormat::Png, FileFormat::Webp] {
        let file = image.encode(&EncodeOptions::new(format)).unwrap();
        let read = Source::Bytes(file).read(&Limits::default()).unwrap();
        let read = decode(&read).unwrap();
        for (found, expected) in read.pixels().iter().zip(image.pixels()) {
            assert!(found.abs_diff(*expected) <= 4, "{format}: {:?}", read.pixels());
        }
    }
}
