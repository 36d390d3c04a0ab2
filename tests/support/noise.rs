//! Pictures of noise, each another, which no format makes much smaller.

use std::path::Path;

use facekit::picture::{EncodeOptions, FileFormat};
use facekit::{Image, PixelFormat};
use rand_mt::Mt;

/// Writes a square PNG of noise.
pub fn write_noise(path: &Path, side: u32, seed: u32) {
    let mut pixels = vec![0; (side * side * 3) as usize];
    Mt::new(seed).fill_bytes(&mut pixels);
    let image = Image::from_pixels(side, side, PixelFormat::Rgb, pixels).unwrap();
    let options = EncodeOptions { format: FileFormat::Png, ..EncodeOptions::default() };
    image.save(path, &options).unwrap();
}
