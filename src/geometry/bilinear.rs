//! Pictures in another size, each pixel from the four around its place.

use crate::geometry::rows::for_each_row;
use crate::geometry::sample::round_to_u8;
use crate::geometry::wide;
use crate::picture::{ImageRef, PixelFormat};

/// Where an output pixel lies between two of its source along one axis, whose centres are mapped to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The first of the two: its index, in values of a row.
    pub(super) at: usize,
    /// How far from it towards the next, 0 to 1.
    pub(super) share: f32,
}

impl Place {
    /// The places of `len` pixels in `source` pixels of `step` values; the border is repeated.
    fn along(len: u32, source: u32, step: usize) -> Vec<Self> {
        let scale = f64::from(source) / f64::from(len);
        let last = f64::from(source - 1);
        let place = |i: u32| {
            let at = ((f64::from(i) + 0.5) * scale - 0.5).clamp(0.0, last);
            let first = at.floor().min((last - 1.0).max(0.0));
            Self { at: first as usize * step, share: (at - first) as f32 }
        };
        (0..len).map(place).collect()
    }
}

/// The RGB pixels of a picture in another size, rounded once, half to even; alpha is left out.
///
/// OpenCV's `resize` with `INTER_LINEAR`, within 1 level.
pub(super) fn interpolate(source: ImageRef<'_>, width: u32, height: u32) -> Vec<u8> {
    match source.format().channels() {
        1 => interpolate_channels::<1>(source, width, height),
        3 => interpolate_channels::<3>(source, width, height),
        _ => interpolate_channels::<4>(source, width, height),
    }
}

fn interpolate_channels<const C: usize>(source: ImageRef<'_>, width: u32, height: u32) -> Vec<u8> {
    let columns = Place::along(width, source.width(), C);
    let rows = Place::along(height, source.height(), 1);
    let swap = matches!(source.format(), PixelFormat::Bgr | PixelFormat::Bgra);
    let right = if source.width() > 1 { C } else { 0 };
    let mut pixels = vec![0; 3 * columns.len() * rows.len()];
    let steps = 4 * pixels.len();
    for_each_row(
        &mut pixels,
        3 * columns.len(),
        steps,
        || (),
        |(), y, out| {
            let Place { at, share } = rows[y];
            let below = (at + 1).min(source.height() as usize - 1);
            let [top, bottom] = [at, below].map(|y| source.row(y as u32));
            let out = out.as_chunks_mut::<3>().0;
            let done = wide::interpolate::<C>([top, bottom], share, &columns, out);
            for (pixel, column) in out[done..].iter_mut().zip(&columns[done..]) {
                for (c, value) in pixel.iter_mut().enumerate() {
                    let level = |at: usize| {
                        let (top, bottom) = (f32::from(top[at]), f32::from(bottom[at]));
                        top + share * (bottom - top)
                    };
                    let at = column.at + c.min(C - 1);
                    let (left, right) = (level(at), level(at + right));
                    *value = round_to_u8(left + column.share * (right - left));
                }
            }
            if swap {
                out.iter_mut().for_each(|pixel| pixel.swap(0, 2));
            }
        },
    );
    pixels
}
