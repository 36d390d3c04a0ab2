//! Pictures in another size, each pixel from the four around its place.

use crate::geometry::rows::make_rows;
use crate::geometry::wide;
use crate::picture::{ImageRef, PixelFormat};

/// The bits of a weight: two weights add up to one, and 255 times one, with half of its bits, fits in 16.
const WEIGHT_BITS: u32 = 14;
/// The bits that are left out of what is mixed across, so that 16 are enough.
pub(super) const ACROSS_BITS: u32 = 7;
/// The bits that are left out of what is then mixed down.
pub(super) const DOWN_BITS: u32 = 2 * WEIGHT_BITS - ACROSS_BITS;

/// Where an output pixel lies between two of its source along one axis, whose centres are mapped to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The first of the two: its index, in values of a row.
    pub(super) at: u32,
    /// How much of the first and of the next.
    pub(super) weights: [u16; 2],
}

impl Place {
    /// A place that is `share`, 0 to 1, of the way from the first pixel to the next.
    pub(super) fn new(at: u32, share: f64) -> Self {
        let one = 1 << WEIGHT_BITS;
        let next = (share * f64::from(one)).round() as u16;
        Self { at, weights: [one - next, next] }
    }

    /// The places of `len` pixels in `source` pixels of `step` values; the border is repeated.
    fn along(len: u32, source: u32, step: usize) -> Vec<Self> {
        let scale = f64::from(source) / f64::from(len);
        let last = f64::from(source - 1);
        let place = |i: u32| {
            let at = ((f64::from(i) + 0.5) * scale - 0.5).clamp(0.0, last);
            let first = at.floor().min((last - 1.0).max(0.0));
            Self::new(first as u32 * step as u32, at - first)
        };
        (0..len).map(place).collect()
    }

    /// The sum of two values by their weights.
    pub(super) fn mix(self, first: u32, next: u32) -> u32 {
        first * u32::from(self.weights[0]) + next * u32::from(self.weights[1])
    }
}

/// The RGB pixels of a picture in another size, in whole numbers and rounded at the end, half up; alpha is left out.
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
    let row_len = 3 * columns.len();
    make_rows(
        row_len,
        rows.len(),
        4 * row_len * rows.len(),
        || (),
        |(), y, out| {
            let place = rows[y];
            let below = (place.at + 1).min(source.height() - 1);
            let [top, bottom] = [place.at, below].map(|y| source.row(y));
            let out = out.as_chunks_mut::<3>().0;
            let done = wide::interpolate::<C>([top, bottom], place, &columns, out);
            for (pixel, column) in out[done..].iter_mut().zip(&columns[done..]) {
                for (c, value) in pixel.iter_mut().enumerate() {
                    let at = column.at as usize + c.min(C - 1);
                    let across =
                        |row: &[u8]| column.mix(row[at].into(), row[at + right].into()) >> ACROSS_BITS;
                    let sum = place.mix(across(top), across(bottom));
                    *value = ((sum + (1 << (DOWN_BITS - 1))) >> DOWN_BITS) as u8;
                }
            }
            if swap {
                out.iter_mut().for_each(|pixel| pixel.swap(0, 2));
            }
        },
    )
}
