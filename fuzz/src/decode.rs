//! Pictures: what can be decoded can be written and read again, and its metadata can be edited.

use facekit::picture::{EncodeOptions, FileFormat, Provenance, Source, is_animated};
use facekit::{Image, Limits, PixelFormat};

/// Limits that keep a case quick.
pub fn limits() -> Limits {
    Limits { bytes: 1 << 20, pixels: 1 << 16, frames: 64, animation_pixels: 1 << 18, ..Limits::default() }
}

pub fn run(data: &[u8]) {
    let text = std::str::from_utf8(data).ok().filter(|text| text.starts_with("data:"));
    let embedded = text.and_then(|text| Source::parse(text).and_then(|source| source.read(&limits())).ok());
    picture(embedded.as_deref().unwrap_or(data));
}

fn picture(file: &[u8]) {
    is_animated(file);
    FileFormat::of(file);
    let Ok(mut image) = Image::decode(file, &limits()) else { return };
    let (width, height) = (image.width(), image.height());
    assert!(u64::from(width) * u64::from(height) <= limits().pixels);
    assert!(matches!(image.format(), PixelFormat::Rgb | PixelFormat::Rgba));

    let mut metadata = std::mem::take(image.metadata_mut()).without_thumbnail();
    metadata.set_provenance(Provenance::Composite);
    assert_eq!(metadata.provenance(), Some(Provenance::Composite));
    *image.metadata_mut() = metadata;

    let choice = file.last().copied().unwrap_or_default();
    let format = FileFormat::ALL[usize::from(choice) % FileFormat::ALL.len()];
    let quality = if format == FileFormat::Webp { 100 } else { 10 + choice % 91 };
    let Ok(written) = image.encode(&EncodeOptions { format, quality }) else { return };
    let read = Image::decode(&written, &Limits::default()).expect("what was written is a picture");
    assert_eq!((read.width(), read.height()), (width, height));
    if matches!(format, FileFormat::Png | FileFormat::Webp) {
        assert_eq!(rgba(&read), rgba(&image), "{format} keeps every pixel");
        assert_eq!(read.metadata().provenance(), Some(Provenance::Composite), "{format} keeps the metadata");
    }
}

/// The pixels with alpha: a file of opaque ones may leave it out.
fn rgba(image: &Image) -> Vec<u8> {
    match image.format() {
        PixelFormat::Rgba => image.pixels().to_vec(),
        _ => image.pixels().as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, 255]).collect(),
    }
}
