//! Animations: what was read and written shows the same when it is read again.

use std::time::Duration;

use facekit::picture::{Animation, AnimationOptions, AnimationReader, AnimationWriter, FileFormat, Frame};
use facekit::{Image, Limits, PixelFormat};

use super::decode::limits;

pub fn run(file: &[u8]) {
    let Ok(mut reader) = AnimationReader::new(file, &limits()) else { return };
    let Ok(frames) = reader.by_ref().collect::<Result<Vec<Frame>, _>>() else { return };
    let choice = usize::from(file.last().copied().unwrap_or_default());
    let format = [FileFormat::Gif, FileFormat::Png, FileFormat::Webp][choice % 3];
    let options = AnimationOptions::like(&reader, format);
    write(&reader, &frames, &options, |frame| frame.image.clone(), reader.format() == Some(format));
    if choice >= 128 {
        write(&reader, &frames, &options, |frame| edited(&frame.image), false);
    }
}

/// Writes the frames, each as `image` makes it, and holds what is read again against them.
fn write(
    reader: &AnimationReader<'_>,
    frames: &[Frame],
    options: &AnimationOptions,
    image: impl Fn(&Frame) -> Image,
    is_original: bool,
) {
    let mut writer =
        AnimationWriter::new(reader.width(), reader.height(), options).expect("its own size fits");
    for frame in frames {
        writer.push_edited(frame, &image(frame)).expect("its own size fits");
    }
    let file = writer.finish().expect("there are frames");
    let read = Animation::decode(&file, &Limits::default()).expect("what was written is an animation");
    assert_eq!(read.frames.len(), frames.len());
    for (read, frame) in read.frames.iter().zip(frames) {
        let wanted = image(frame);
        assert_eq!((read.image.width(), read.image.height()), (wanted.width(), wanted.height()));
        if is_original || options.format != FileFormat::Gif {
            assert!(shown(&read.image) == shown(&wanted), "{} shows every pixel", options.format);
        }
        if options.format == FileFormat::Webp && frame.delay < Duration::from_secs(16_000) {
            assert!(read.delay.abs_diff(frame.delay) <= Duration::from_millis(2));
        }
    }
}

/// The picture with its first pixels changed.
fn edited(image: &Image) -> Image {
    let mut image = image.clone();
    let row = image.view_mut().row_mut(0).len().min(16);
    image.view_mut().row_mut(0)[..row].fill(0x80);
    image
}

/// The pixels as they are seen: colour, and alpha.
fn shown(image: &Image) -> Vec<[u8; 4]> {
    match image.format() {
        PixelFormat::Rgba => image.pixels().as_chunks().0.to_vec(),
        _ => image.pixels().as_chunks::<3>().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect(),
    }
}
