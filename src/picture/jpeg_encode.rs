//! JPEG files, encoded in strips on several threads.

use libjpeg_turbo_rs::{Encoder, JpegError, PixelFormat, Subsampling};
use rayon::prelude::*;

use crate::error::Result;
use crate::picture::encode::{encode_error, on_white};
use crate::picture::{FileFormat, Image, Metadata};

/// How many bytes of an EXIF block or an XMP packet fit a segment, behind its length and its name.
const LONGEST_EXIF: usize = 65_533 - b"Exif\0\0".len();
const LONGEST_XMP: usize = 65_533 - b"http://ns.adobe.com/xap/1.0/\0".len();

/// About how many pixels a strip has: whatever the number of threads, so that a picture has one file.
const STRIP_PIXELS: u32 = 1 << 18;

const START_OF_FRAME: u8 = 0xC0;
const START_OF_SCAN: u8 = 0xDA;
const FIRST_RESTART: u8 = 0xD0;
const END: [u8; 2] = [0xFF, 0xD9];

/// A picture as a baseline JPEG, without chroma subsampling from a quality of 90 on, and with half of it below.
///
/// A picture of several strips has a restart marker between them (ITU-T T.81, E.1.4): what follows one needs nothing that
/// was before, so that each strip is encoded by itself. A file of one strip is libjpeg-turbo's, byte for byte.
pub(super) fn encode_jpeg(image: &Image, quality: u8) -> Result<Vec<u8>> {
    let (pixels, width) = (on_white(image), image.width());
    let unit = unit(quality);
    let rows = (STRIP_PIXELS / width / unit).max(1) * unit;
    let interval = (width.div_ceil(unit) * (rows / unit)) as u16;
    let xmp = image.metadata().xmp_within(LONGEST_XMP);
    let strip = |(i, pixels): (usize, &[u8])| {
        let mut encoder = encoder(pixels, width, quality);
        if image.height() > rows {
            encoder = encoder.restart_blocks(interval);
        }
        if i == 0 {
            encoder = with_metadata(encoder, image.metadata(), xmp.as_deref());
        }
        encoder.encode()
    };
    let strips = pixels.par_chunks(3 * width as usize * rows as usize).enumerate().map(strip);
    let strips: Result<Vec<_>, JpegError> = strips.collect();
    let strips = strips.map_err(|error| encode_error(FileFormat::Jpeg, error))?;
    Ok(joined(strips, image.height() as u16))
}

/// The encoder of RGB rows.
fn encoder(pixels: &[u8], width: u32, quality: u8) -> Encoder<'_> {
    let subsampling = if unit(quality) == 8 { Subsampling::S444 } else { Subsampling::S420 };
    let height = pixels.len() / 3 / width as usize;
    let encoder = Encoder::new(pixels, width as usize, height, PixelFormat::Rgb);
    // Else the tables of a low quality need 16 bits, which a baseline file does not have.
    encoder.quality(quality).subsampling(subsampling).force_baseline(true)
}

/// The side of the squares that are encoded at once: chroma has full resolution at 8, and half of it at 16.
fn unit(quality: u8) -> u32 {
    if quality >= 90 { 8 } else { 16 }
}

fn with_metadata<'a>(mut encoder: Encoder<'a>, metadata: &'a Metadata, xmp: Option<&'a [u8]>) -> Encoder<'a> {
    if let Some(exif) = metadata.exif.as_deref().filter(|exif| exif.len() <= LONGEST_EXIF) {
        encoder = encoder.exif_data(exif);
    }
    if let Some(xmp) = xmp {
        encoder = encoder.xmp_data(xmp);
    }
    match &metadata.icc {
        Some(icc) => encoder.icc_profile(icc),
        None => encoder,
    }
}

/// The file of a picture out of those of its strips: the head of the first with the height of all, and every scan.
fn joined(strips: Vec<Vec<u8>>, height: u16) -> Vec<u8> {
    let mut strips = strips.into_iter();
    let mut file = strips.next().unwrap_or_default();
    let frame = segment(&file, START_OF_FRAME);
    // The marker, the length and the precision stand before the height.
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    for (i, strip) in strips.enumerate() {
        let scan = segment(&strip, START_OF_SCAN);
        let scan = scan + 2 + length(&strip, scan);
        file.truncate(file.len() - END.len());
        file.extend([0xFF, FIRST_RESTART + (i % 8) as u8]);
        file.extend(&strip[scan..]);
    }
    file
}

/// Where the segment of a marker begins in the head of a file.
fn segment(file: &[u8], marker: u8) -> usize {
    let mut at = 2;
    while file[at + 1] != marker {
        at += 2 + length(file, at);
    }
    at
}

/// The length of the segment that begins at a place, but for its marker.
fn length(file: &[u8], at: usize) -> usize {
    usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::picture::{EncodeOptions, PixelFormat};

    #[test]
    fn strips_make_the_picture_that_one_scan_makes() {
        for (width, height) in [(8, 8), (999, 1000), (4100, 300), (65_535, 9), (3, 65_535)] {
            let pixels = (0..width * height * 3).map(|i| (i % width / 5 + i / 977) as u8).collect();
            let image = Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap();
            for quality in [95, 70, 10] {
                let whole = encoder(image.pixels(), width, quality).encode().unwrap();
                let strips = image.encode(&EncodeOptions { format: FileFormat::Jpeg, quality }).unwrap();
                let decode = |file: &[u8]| Image::decode(file, &Limits::default()).unwrap();
                assert_eq!(
                    decode(&strips).pixels(),
                    decode(&whole).pixels(),
                    "{width}×{height} at {quality}"
                );
            }
        }
    }
}
