//! Pictures turned upright, as their EXIF orientation asks for.

use image::metadata::Orientation;
use rayon::prelude::*;

use crate::error::Result;
use crate::picture::Image;

/// Width and height of a picture once it is upright.
pub(super) fn upright_size(width: u32, height: u32, orientation: Orientation) -> (u32, u32) {
    let (transposes, ..) = flips(orientation);
    if transposes { (height, width) } else { (width, height) }
}

/// The pixels of a picture, turned and mirrored by `orientation`.
pub(super) fn upright(image: Image, orientation: Orientation) -> Result<Image> {
    if orientation == Orientation::NoTransforms {
        return Ok(image);
    }
    let (width, height) = upright_size(image.width(), image.height(), orientation);
    let mut pixels = vec![0; image.pixels().len()];
    if image.format().has_alpha() {
        turn::<4>(&image, &mut pixels, width as usize, orientation);
    } else {
        turn::<3>(&image, &mut pixels, width as usize, orientation);
    }
    Image::from_pixels(width, height, image.format(), pixels)
}

/// Whether `orientation` swaps rows and columns, and whether it reads the stored columns and rows backwards.
fn flips(orientation: Orientation) -> (bool, bool, bool) {
    match orientation {
        Orientation::NoTransforms => (false, false, false),
        Orientation::FlipHorizontal => (false, true, false),
        Orientation::Rotate180 => (false, true, true),
        Orientation::FlipVertical => (false, false, true),
        Orientation::Rotate90FlipH => (true, false, false),
        Orientation::Rotate90 => (true, false, true),
        Orientation::Rotate270FlipH => (true, true, true),
        Orientation::Rotate270 => (true, true, false),
    }
}

fn turn<const CHANNELS: usize>(image: &Image, to: &mut [u8], to_width: usize, orientation: Orientation) {
    /// Rows and columns that are filled together, so that a read down a column stays in the cache.
    const TILE: usize = 32;

    let (width, height) = (image.width() as isize, image.height() as isize);
    let (transposes, mirrors_x, mirrors_y) = flips(orientation);
    let (first_x, step_x) = if mirrors_x { (width - 1, -1) } else { (0, 1) };
    let (first_y, step_y) = if mirrors_y { ((height - 1) * width, -width) } else { (0, width) };
    let (right, down) = if transposes { (step_y, step_x) } else { (step_x, step_y) };

    let from = image.pixels().as_chunks::<CHANNELS>().0;
    let to = to.as_chunks_mut::<CHANNELS>().0;
    let bands = to.par_chunks_mut(to_width * TILE).enumerate();
    bands.for_each(|(band, rows)| {
        for left in (0..to_width).step_by(TILE) {
            for (y, row) in rows.chunks_exact_mut(to_width).enumerate() {
                let y = (band * TILE + y) as isize;
                let mut at = first_x + first_y + y * down + left as isize * right;
                for pixel in &mut row[left..to_width.min(left + TILE)] {
                    *pixel = from[at as usize];
                    at += right;
                }
            }
        }
    });
}
