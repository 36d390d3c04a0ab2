//! Pictures blended by their gradients.

use crate::error::{Error, Result};
use crate::geometry::Mask;
use crate::geometry::membrane::{Pixel, stretch_membrane};
use crate::geometry::rows::for_each_row;
use crate::geometry::sample::round_to_u8;
use crate::picture::{Image, ImageRef, PixelFormat};

/// Blends `source` into `target`, a picture of the same size, so that no seam is seen: within the region where the
/// mask is 0.5 or more the result has the gradients of the source, and the target's values along its edge.
///
/// What is added to the source is the smoothest surface that meets the difference of the two around the region;
/// `limit`, 0 to 255 levels, bounds that difference, so that hair or a shadow that the edge runs into does not bleed
/// into the region; 255 sets no bound. The border of the pictures is never in the region. The result is RGB, and
/// outside the region it is the target.
///
/// Source: P. Pérez, M. Gangnet and A. Blake, "Poisson image editing", 2003; the surface is within half a level
/// of the exact solution.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when the sizes differ or `limit` is out of range.
pub fn blend_gradients(target: ImageRef<'_>, source: ImageRef<'_>, mask: &Mask, limit: f32) -> Result<Image> {
    let size = [target.width(), target.height()];
    if [source.width(), source.height()] != size || [mask.width(), mask.height()] != size {
        return Err(Error::parameter(format!(
            "a source of {}×{} and a mask of {}×{} cannot be blended into a picture of {}×{}: all must be as large",
            source.width(),
            source.height(),
            mask.width(),
            mask.height(),
            size[0],
            size[1]
        )));
    }
    if !(0.0..=255.0).contains(&limit) {
        return Err(Error::parameter(format!(
            "a limit of {limit} for blending is out of range: use 0 to 255 levels"
        )));
    }
    let [width, height] = size.map(|side| side as usize);
    let inside: Vec<bool> = (0..height)
        .flat_map(|y| (0..width).map(move |x| [x, y]))
        .zip(mask.values())
        .map(|([x, y], &weight)| weight >= 0.5 && x > 0 && y > 0 && x + 1 < width && y + 1 < height)
        .collect();
    let mut added = differences(target, source, limit);
    stretch_membrane(&mut added, &inside, width);

    let mut pixels = vec![0; width * height * 3];
    let steps = pixels.len();
    for_each_row(
        &mut pixels,
        width * 3,
        steps,
        || (),
        |(), y, row| {
            let colors = rgb_row(target, y).zip(rgb_row(source, y));
            for (x, (pixel, (kept, color))) in row.chunks_exact_mut(3).zip(colors).enumerate() {
                let at = y * width + x;
                for c in 0..3 {
                    pixel[c] = if inside[at] {
                        round_to_u8((f32::from(color[c]) + added[at][c]).clamp(0.0, 255.0))
                    } else {
                        kept[c]
                    };
                }
            }
        },
    );
    Image::from_pixels(size[0], size[1], PixelFormat::Rgb, pixels)
}

fn rgb_row(picture: ImageRef<'_>, y: usize) -> impl Iterator<Item = [u8; 3]> {
    let offsets = picture.format().rgb_offsets();
    let pixels = picture.row(y as u32).chunks_exact(picture.format().channels());
    pixels.map(move |pixel| offsets.map(|offset| pixel[offset]))
}

/// What must be added to the source for the target, within a limit.
fn differences(target: ImageRef<'_>, source: ImageRef<'_>, limit: f32) -> Vec<Pixel> {
    let rows = (0..target.height() as usize).flat_map(|y| rgb_row(target, y).zip(rgb_row(source, y)));
    let lanes = |[r, g, b]: [u8; 3]| [r, g, b, 0].map(f32::from);
    rows.map(|(target, source)| {
        let (target, source) = (lanes(target), lanes(source));
        [0, 1, 2, 3].map(|c| (target[c] - source[c]).clamp(-limit, limit))
    })
    .collect()
}
