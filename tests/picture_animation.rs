//! Animations written and read again, against the files and frames of `tests/reference/animation.py`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use facekit::picture::{
    Animation, AnimationOptions, AnimationReader, AnimationWriter, EncodeOptions, FileFormat, Frame,
    Metadata, Provenance,
};
use facekit::{ErrorKind, Image, Limits, PixelFormat};

const MOVING: [FileFormat; 3] = [FileFormat::Gif, FileFormat::Png, FileFormat::Webp];

fn golden(folder: &str, name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    std::fs::read(root.join(folder).join(name)).unwrap()
}

#[derive(serde::Deserialize)]
struct Expected {
    width: u32,
    height: u32,
    delays: Vec<u64>,
    plays: u32,
}

fn gifs() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&golden("animation", "expected.json")).unwrap()
}

fn decode(file: &[u8]) -> Animation {
    Animation::decode(file, &Limits::default()).unwrap()
}

/// Writes a file again, frame by frame, with some of its frames edited.
fn rewrite(file: &[u8], format: FileFormat, edit: impl Fn(usize, &mut Image)) -> Vec<u8> {
    let reader = AnimationReader::new(file, &Limits::default()).unwrap();
    let options = AnimationOptions::like(&reader, format);
    let mut writer = AnimationWriter::new(reader.width(), reader.height(), &options).unwrap();
    for (at, frame) in reader.enumerate() {
        let frame = frame.unwrap();
        let mut image = frame.image.clone();
        edit(at, &mut image);
        writer.push_edited(&frame, &image).unwrap();
    }
    writer.finish().unwrap()
}

fn pixels(image: &Image) -> &[[u8; 4]] {
    image.pixels().as_chunks().0
}

/// What is seen: the colour under a transparent pixel is free.
fn seen(image: &Image) -> Vec<[u8; 4]> {
    pixels(image).iter().map(|&pixel| if pixel[3] == 0 { [0; 4] } else { pixel }).collect()
}

/// Keeps what the tests write for `tests/reference/animation.py` to look at, where `FACEKIT_WRITTEN` names a folder.
fn keep(name: &str, file: &[u8]) {
    let Some(folder) = std::env::var_os("FACEKIT_WRITTEN").map(PathBuf::from) else { return };
    std::fs::write(folder.join(name), file).unwrap();
    let animation = decode(file);
    let raw: Vec<u8> = animation.frames.iter().flat_map(|frame| frame.image.pixels().to_vec()).collect();
    std::fs::write(folder.join(format!("{name}.raw")), raw).unwrap();
    let first = &animation.frames[0].image;
    let facts = serde_json::json!({
        "width": first.width(),
        "height": first.height(),
        "delays": animation.frames.iter().map(|frame| frame.delay.as_millis() as u64).collect::<Vec<_>>(),
        "plays": animation.plays,
    });
    std::fs::write(folder.join(format!("{name}.json")), facts.to_string()).unwrap();
}

/// Every frame of a GIF as it stands in the file, its pixels compressed.
fn blocks(file: &[u8]) -> Vec<gif::Frame<'static>> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    options.read_info(file).unwrap().into_iter().map(Result::unwrap).collect()
}

#[test]
fn gifs_read_as_browsers_and_pillow_read_them() {
    for (name, expected) in gifs() {
        let animation = decode(&golden("animation", &name));
        assert_eq!(animation.plays, expected.plays, "{name}");
        let delays: Vec<_> = animation.frames.iter().map(|frame| frame.delay.as_millis() as u64).collect();
        assert_eq!(delays, expected.delays, "{name}");
        let raw = golden("animation", &format!("{name}.raw"));
        let frames = raw.chunks_exact((expected.width * expected.height * 4) as usize);
        assert_eq!(frames.len(), animation.frames.len(), "{name}");
        for (at, (frame, expected)) in animation.frames.iter().zip(frames).enumerate() {
            assert_eq!(frame.image.pixels(), expected, "{name}, frame {at}");
        }
    }
}

#[test]
fn an_untouched_gif_keeps_every_block() {
    let more = [("picture".to_owned(), "disposal.gif".to_owned())];
    for (folder, name) in gifs().into_keys().map(|name| ("animation".to_owned(), name)).chain(more) {
        let file = golden(&folder, &name);
        let written = rewrite(&file, FileFormat::Gif, |_, _| {});
        keep(&format!("untouched_{name}"), &written);
        assert_eq!(decode(&written), decode(&file), "{name}");
        let (old, new) = (blocks(&file), blocks(&written));
        assert_eq!(old.len(), new.len(), "{name}");
        for (old, new) in old.into_iter().zip(new) {
            assert_eq!(format!("{old:?}"), format!("{new:?}"), "{name}");
        }
    }
}

#[test]
fn a_frame_pushed_without_its_block_shows_the_same() {
    for name in gifs().into_keys() {
        let file = golden("animation", &name);
        let bare = |frame: &Frame| Frame::new(frame.image.clone(), frame.delay);
        let animation = decode(&file);
        let frames = animation.frames.iter().map(bare).collect();
        let animation = Animation { frames, plays: animation.plays };
        let written = animation.encode(&AnimationOptions::default()).unwrap();
        keep(&format!("bare_{name}"), &written);
        assert_eq!(decode(&written), animation, "{name}");
    }
}

#[test]
fn an_edit_leaves_all_else_as_it_was() {
    for name in gifs().into_keys() {
        let file = golden("animation", &name);
        let original = decode(&file);
        // The few colours of the edit fit the palette: what is seen is exactly what was meant.
        for edited in [vec![0], vec![1], vec![0, 1, 2, 3], vec![4], vec![2, 5, 6], (0..99).collect()] {
            let mut meant: Vec<_> = original.frames.iter().map(|frame| frame.image.clone()).collect();
            let edit = |at: usize, image: &mut Image| {
                let mut view = image.view_mut();
                for (y, x) in
                    (5..9).flat_map(|y| (6..10).map(move |x| (y, x))).filter(|_| edited.contains(&at))
                {
                    let color = [(40 * x) as u8, (30 * y) as u8, at as u8, 255];
                    view.row_mut(y)[4 * x..4 * x + 4].copy_from_slice(&color);
                }
            };
            for (at, image) in meant.iter_mut().enumerate() {
                edit(at, image);
            }
            for format in MOVING {
                let written = rewrite(&file, format, edit);
                keep(&format!("edited_{}_{name}.{}", edited.len(), format.extension()), &written);
                let found = decode(&written);
                assert_eq!(found.plays, original.plays, "{name} {format}");
                for (at, (frame, meant)) in found.frames.iter().zip(&meant).enumerate() {
                    assert_eq!(seen(&frame.image), seen(meant), "{name} {format}, frame {at} of {edited:?}");
                    assert_eq!(frame.delay, original.frames[at].delay, "{name} {format}");
                }
            }
        }
    }
}

/// A photograph's worth of colours that moves: a full frame, then small ones drawn over it, or, with palettes of
/// their own, full ones.
fn photograph(is_local: bool) -> Vec<u8> {
    let palette: Vec<u8> = (0..=255u8).flat_map(|at| [at, at.wrapping_mul(3), 255 - at / 2]).collect();
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 64, 48, &palette).unwrap();
    for step in 0..6u16 {
        let is_full = is_local || step == 0;
        let (left, top, width, height) = if is_full { (0, 0, 64, 48) } else { (4 * step, 3 * step, 30, 20) };
        let at =
            |at: u16| (u32::from(at / width) * 5 + u32::from(at % width) * 3 + u32::from(step) * 11) as u8;
        let indices: Vec<u8> = (0..width * height).map(at).collect();
        let frame = gif::Frame::from_indexed_pixels(width, height, indices, None);
        let transparent = (!is_full).then_some(7);
        let local = is_local.then(|| palette.iter().map(|value| value / 8 * 7 + step as u8).collect());
        let frame = gif::Frame { transparent, palette: local, top, left, delay: 4, ..frame };
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

/// A smooth gradient of thousands of colours in a box, which moves on a little from frame to frame.
fn repaint(at: usize, image: &mut Image) {
    let mut view = image.view_mut();
    for y in 14..40 {
        for (x, pixel) in view.row_mut(y).as_chunks_mut().0[20..52].iter_mut().enumerate() {
            *pixel = [(90 + 5 * x) as u8, (40 + 4 * y) as u8, (120 + 3 * x + at) as u8, 255];
        }
    }
}

#[test]
fn more_colours_than_a_palette_holds_cost_only_the_edit() {
    for is_local in [false, true] {
        edit_photograph(&photograph(is_local), if is_local { 40 } else { 1 });
    }
}

/// Edits some frames of a photograph: all else is exact, and the edit is `bias` levels off on the whole.
fn edit_photograph(file: &[u8], bias: i32) {
    let original = decode(file);
    let is_edited = |at: usize| matches!(at, 1 | 2 | 4);
    let written = rewrite(file, FileFormat::Gif, |at, image| {
        if is_edited(at) {
            repaint(at, image);
        }
    });
    keep(&format!("photograph_{bias}.gif"), &written);
    let found = decode(&written);
    for (at, (frame, original)) in found.frames.iter().zip(&original.frames).enumerate() {
        let mut meant = original.image.clone();
        if is_edited(at) {
            repaint(at, &mut meant);
        }
        let (mut error, mut inside) = ([0i32; 3], 0);
        for (place, (&found, &meant)) in pixels(&frame.image).iter().zip(pixels(&meant)).enumerate() {
            let (x, y) = (place % 64, place / 64);
            if (20..52).contains(&x) && (14..40).contains(&y) && is_edited(at) {
                let apart: [i32; 3] = std::array::from_fn(|c| i32::from(found[c]) - i32::from(meant[c]));
                error = std::array::from_fn(|c| error[c] + apart[c]);
                inside += 1;
            } else {
                assert_eq!(found, meant, "frame {at} at {x}, {y}");
            }
        }
        // A dither is right on the whole, as far as there are colours to mix.
        assert!(error.iter().all(|error| error.abs() <= bias * inside), "frame {at}: {error:?} of {inside}");
    }
}

#[test]
fn what_stands_still_is_not_drawn_again() {
    let mut image = Image::new(64, 48, PixelFormat::Rgba).unwrap();
    repaint(0, &mut image);
    let mut moved = image.clone();
    moved.view_mut().row_mut(20)[4 * 30..4 * 32].fill(255);
    let delay = Duration::from_millis(50);
    let frames = [&image, &image, &moved].map(|image| Frame::new(image.clone(), delay)).to_vec();
    let written = Animation { frames, plays: 1 }.encode(&AnimationOptions::default()).unwrap();
    let boxes: Vec<_> = blocks(&written).iter().map(|b| (b.left, b.top, b.width, b.height)).collect();
    assert_eq!(boxes, [(0, 0, 64, 48), (0, 0, 1, 1), (30, 20, 2, 1)]);
    let found = decode(&written).frames;
    assert_eq!(found[0].image, found[1].image);
}

#[test]
fn every_format_becomes_every_other() {
    let names = ["disposal.gif", "moving.png", "opaque.webp", "moving.webp"];
    for (name, format) in names.into_iter().flat_map(|name| MOVING.map(|format| (name, format))) {
        let original = decode(&golden("picture", name));
        let written = rewrite(&golden("picture", name), format, |_, _| {});
        keep(&format!("{name}.{}", format.extension()), &written);
        let found = decode(&written);
        assert_eq!(found.plays, original.plays, "{name} {format}");
        assert_eq!(found.frames.len(), original.frames.len(), "{name} {format}");
        for (found, original) in found.frames.iter().zip(&original.frames) {
            assert_eq!(found.delay, original.delay, "{name} {format}");
            assert_eq!(seen(&found.image), seen(&original.image), "{name} {format}");
        }
    }
}

#[test]
fn half_transparency_survives_where_the_format_knows_it() {
    let file = golden("picture", "lossy_moving.webp");
    let original = decode(&file);
    for format in MOVING {
        let found = decode(&rewrite(&file, format, |_, _| {}));
        for (found, original) in found.frames.iter().zip(&original.frames) {
            let (found, original) = (seen(&found.image), seen(&original.image));
            if format == FileFormat::Gif {
                let is_there = |pixels: &[[u8; 4]]| pixels.iter().map(|p| p[3] >= 128).collect::<Vec<_>>();
                assert_eq!(is_there(&found), is_there(&original));
            } else {
                assert_eq!(found, original, "{format}");
            }
        }
    }
}

#[test]
fn a_lossy_webp_passes_through_and_an_edit_is_exact() {
    let file = golden("picture", "lossy_moving.webp");
    let frames = |file: &[u8]| {
        let start = file.windows(4).position(|name| name == b"ANMF").unwrap();
        file[start..].to_vec()
    };
    assert_eq!(frames(&rewrite(&file, FileFormat::Webp, |_, _| {})), frames(&file));

    let edit = |at: usize, image: &mut Image| {
        if at == 2 {
            image.view_mut().row_mut(3)[4 * 5..4 * 9].copy_from_slice(&[9, 8, 7, 255].repeat(4));
        }
    };
    let found = decode(&rewrite(&file, FileFormat::Webp, edit));
    for (at, (found, original)) in found.frames.iter().zip(decode(&file).frames).enumerate() {
        let mut meant = original.image;
        edit(at, &mut meant);
        assert_eq!(seen(&found.image), seen(&meant), "frame {at}");
    }
}

#[test]
fn delays_are_rounded_without_losing_time() {
    let image = Image::new(2, 2, PixelFormat::Rgb).unwrap();
    let frame = |micros| Frame::new(image.clone(), Duration::from_micros(micros));
    let thirtieths = Animation { frames: vec![frame(33_333); 30], plays: 2 };
    for (format, unit) in [(FileFormat::Gif, 10_000), (FileFormat::Webp, 1000), (FileFormat::Png, 30)] {
        let written = thirtieths.encode(&AnimationOptions::new(format)).unwrap();
        let found = decode(&written);
        let total: Duration = found.frames.iter().map(|frame| frame.delay).sum();
        let lost = total.abs_diff(Duration::from_micros(33_333 * 30)).as_micros();
        assert!(lost <= unit / 2, "{format}: {lost} µs");
        assert_eq!(found.plays, 2, "{format}");
    }
}

#[test]
fn plays_are_counted_as_far_as_the_format_counts() {
    let frames = vec![Frame::new(Image::new(1, 1, PixelFormat::Rgb).unwrap(), Duration::ZERO); 2];
    for (format, most) in
        [(FileFormat::Gif, 65_536), (FileFormat::Webp, 65_535), (FileFormat::Png, i32::MAX as u32)]
    {
        for plays in [0, 1, 2, 65_535, 65_536, u32::MAX] {
            let animation = Animation { frames: frames.clone(), plays };
            let found = decode(&animation.encode(&AnimationOptions::new(format)).unwrap());
            assert_eq!(found.plays, plays.min(most), "{format}");
            assert_eq!(found.frames[0].delay, Duration::ZERO, "{format}");
        }
    }
}

#[test]
fn metadata_stay_with_the_animation() {
    let mut icc: Vec<u8> = (0..700).map(|at| (at * 7) as u8).collect();
    icc[16..20].copy_from_slice(b"RGB ");
    let exif = golden("animation", "thumbnail.exif");
    let mut metadata = Metadata { icc: Some(icc), exif: Some(exif), xmp: None };
    metadata.set_provenance(Provenance::Composite);
    let frames = vec![Frame::new(Image::new(3, 2, PixelFormat::Rgb).unwrap(), Duration::from_millis(40)); 2];
    let animation = Animation { frames, plays: 0 };
    for format in MOVING {
        let options = AnimationOptions { metadata: metadata.clone(), ..AnimationOptions::new(format) };
        let written = animation.encode(&options).unwrap();
        keep(&format!("metadata.{}", format.extension()), &written);
        let reader = AnimationReader::new(&written, &Limits::default()).unwrap();
        let mut expected = metadata.clone();
        if format == FileFormat::Gif {
            expected.exif = None;
        }
        assert_eq!(reader.metadata(), &expected, "{format}");
        assert_eq!(reader.format(), Some(format));
        assert_eq!(reader.count(), 2, "{format}");
    }
}

#[test]
fn a_still_picture_is_written_as_a_gif() {
    let options = EncodeOptions::new(FileFormat::Gif);
    let mut clear = Image::new(9, 7, PixelFormat::Rgba).unwrap();
    clear.view_mut().row_mut(3)[..8].copy_from_slice(&[1, 2, 3, 255, 200, 100, 50, 127]);
    let read = Image::decode(&clear.encode(&options).unwrap(), &Limits::default()).unwrap();
    let (mut expected, at) = (vec![[0; 4]; 63], 27);
    expected[at] = [1, 2, 3, 255];
    assert_eq!(seen(&read), expected);

    let mut colorful = Image::new(64, 48, PixelFormat::Rgba).unwrap();
    repaint(0, &mut colorful);
    let written = colorful.encode(&options).unwrap();
    assert_eq!(decode(&written).plays, 1);
    assert_eq!(blocks(&written)[0].palette, None, "the one palette is the file's");
    let read = Image::decode(&written, &Limits::default()).unwrap();
    let pairs = read.pixels().iter().zip(colorful.pixels());
    let error: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    let mean = f64::from(error) / (32.0 * 26.0 * 3.0);
    assert!(mean < 5.0, "{mean}");
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let kind = |result: Result<AnimationWriter, facekit::Error>| result.unwrap_err().kind();
    let new = |width, height, format| AnimationWriter::new(width, height, &AnimationOptions::new(format));
    assert_eq!(kind(new(4, 4, FileFormat::Jpeg)), ErrorKind::InvalidParameter);
    assert_eq!(kind(new(0, 4, FileFormat::Gif)), ErrorKind::InvalidParameter);
    assert_eq!(kind(new(65_536, 1, FileFormat::Gif)), ErrorKind::Unsupported);
    assert_eq!(kind(new(1, 16_384, FileFormat::Webp)), ErrorKind::Unsupported);
    let options = AnimationOptions { quality: 9, ..AnimationOptions::new(FileFormat::Webp) };
    assert_eq!(kind(AnimationWriter::new(4, 4, &options)), ErrorKind::InvalidParameter);
    for format in MOVING {
        let mut writer = new(4, 4, format).unwrap();
        let small = Frame::new(Image::new(3, 4, PixelFormat::Rgb).unwrap(), Duration::ZERO);
        assert_eq!(writer.push(&small).unwrap_err().kind(), ErrorKind::InvalidParameter);
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::InvalidParameter, "{format}");
    }
}

#[test]
fn damaged_files_are_written_as_far_as_they_are_read() {
    let limits = Limits { pixels: 100_000, animation_pixels: 1_000_000, frames: 30, ..Limits::default() };
    let mut frames = 0;
    for name in ["mixed_interlaced.gif", "transparent_start.gif"] {
        let file = golden("animation", name);
        for (at, value) in (6..file.len()).flat_map(|at| [0, 1, 0x3F, 0xFF].map(|value| (at, value))) {
            let mut damaged = file.clone();
            damaged[at] = value;
            let Ok(reader) = AnimationReader::new(&damaged, &limits) else { continue };
            let (width, height) = (reader.width(), reader.height());
            if width * height > 1000 {
                continue;
            }
            let options = AnimationOptions::like(&reader, FileFormat::Gif);
            let mut writer = AnimationWriter::new(width, height, &options).unwrap();
            let read: Vec<_> = reader.map_while(Result::ok).collect();
            for frame in &read {
                writer.push(frame).unwrap();
            }
            if !read.is_empty() {
                assert_eq!(decode(&writer.finish().unwrap()).frames, read, "{name}: {value} at {at}");
                frames += read.len();
            }
        }
    }
    assert!(frames > 10_000, "{frames}");
}
