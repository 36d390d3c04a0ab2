//! Shrinking by averaging exactly the area that each output pixel covers.

use crate::geometry::rows::for_each_row;
use crate::geometry::sample::round_to_u8;
use crate::picture::{ImageRef, PixelFormat};

/// Shrinks `from` = \[width, height\] pixels of `C` interleaved values to `to`, neither side growing.
///
/// `add` adds a weighted row of the source, as `row` gives it, to a row of sums; `store` turns a row of averages
/// into a row of the output, of which `out` holds `to[1]`.
pub(super) fn shrink<const C: usize, R, T: Send>(
    [from, to]: [[u32; 2]; 2],
    row: impl Fn(u32) -> R + Send + Sync,
    add: impl Fn(R, f32, &mut [f32]) + Send + Sync,
    store: impl Fn(&[f32], &mut [T]) + Send + Sync,
    out: &mut [T],
) {
    let [width, height] = from.map(|side| side as usize);
    let columns = coverages(from[0], to[0]);
    let rows = coverages(from[1], to[1]);
    let scratch = || (vec![0.0; width * C], vec![0.0; columns.len() * C]);
    let row_len = out.len() / rows.len();
    for_each_row(out, row_len, width * height * C, scratch, |(sums, averages), y, out| {
        sums.fill(0.0);
        for (y, weight) in rows[y].weights() {
            add(row(y as u32), weight, sums);
        }
        for (average, column) in averages.chunks_exact_mut(C).zip(&columns) {
            let mut total = [0.0; C];
            let pixels = sums[column.first * C..=column.last * C + C - 1].chunks_exact(C);
            for (pixel, (_, weight)) in pixels.zip(column.weights()) {
                for c in 0..C {
                    total[c] += weight * pixel[c];
                }
            }
            average.copy_from_slice(&total);
        }
        store(averages, out);
    });
}

/// Shrinks a picture to RGB, alpha left out.
pub(super) fn shrink_to_rgb(source: ImageRef<'_>, to: [u32; 2]) -> Vec<u8> {
    match source.format().channels() {
        1 => shrink_channels::<1>(source, to),
        3 => shrink_channels::<3>(source, to),
        _ => shrink_channels::<4>(source, to),
    }
}

fn shrink_channels<const C: usize>(source: ImageRef<'_>, to: [u32; 2]) -> Vec<u8> {
    let mut out = vec![0; to[0] as usize * to[1] as usize * 3];
    let offsets = source.format().rgb_offsets();
    shrink::<C, _, _>(
        [[source.width(), source.height()], to],
        |y| source.row(y),
        add_row,
        |averages, out| {
            for (pixel, average) in out.chunks_exact_mut(3).zip(averages.chunks_exact(C)) {
                for (value, offset) in pixel.iter_mut().zip(offsets) {
                    *value = round_to_u8(average[offset]);
                }
            }
        },
        &mut out,
    );
    out
}

/// Shrinks a picture with alpha to RGBA, colours weighted by alpha.
pub(super) fn shrink_to_rgba(source: ImageRef<'_>, to: [u32; 2]) -> Vec<u8> {
    let mut out = vec![0; to[0] as usize * to[1] as usize * PixelFormat::Rgba.channels()];
    let offsets = source.format().rgb_offsets();
    shrink::<4, _, _>(
        [[source.width(), source.height()], to],
        |y| source.row(y),
        |row, weight, sums| {
            for (sum, pixel) in sums.chunks_exact_mut(4).zip(row.chunks_exact(4)) {
                let alpha = weight * f32::from(pixel[3]);
                for c in 0..3 {
                    sum[c] += alpha * f32::from(pixel[c]);
                }
                sum[3] += alpha;
            }
        },
        |averages, out| {
            for (pixel, average) in out.chunks_exact_mut(4).zip(averages.chunks_exact(4)) {
                let alpha = average[3];
                if alpha > 0.0 {
                    for (value, offset) in pixel.iter_mut().zip(offsets) {
                        *value = round_to_u8((average[offset] / alpha).min(255.0));
                    }
                    pixel[3] = round_to_u8(alpha.min(255.0));
                }
            }
        },
        &mut out,
    );
    out
}

/// Shrinks a plane of values.
pub(super) fn shrink_plane(values: &[f32], from: [u32; 2], to: [u32; 2]) -> Vec<f32> {
    let mut out = vec![0.0; to[0] as usize * to[1] as usize];
    let width = from[0] as usize;
    shrink::<1, _, _>(
        [from, to],
        |y| &values[y as usize * width..][..width],
        add_row,
        |averages, out| out.copy_from_slice(averages),
        &mut out,
    );
    out
}

fn add_row<T: Copy + Into<f32>>(row: &[T], weight: f32, sums: &mut [f32]) {
    for (sum, &value) in sums.iter_mut().zip(row) {
        *sum += weight * value.into();
    }
}

/// The source pixels that one output pixel covers along an axis, and their weights, which add up to 1.
struct Coverage {
    first: usize,
    last: usize,
    first_weight: f32,
    middle_weight: f32,
    last_weight: f32,
}

impl Coverage {
    fn weights(&self) -> impl Iterator<Item = (usize, f32)> {
        (self.first..=self.last).map(|i| {
            let weight = match i {
                i if i == self.first => self.first_weight,
                i if i == self.last => self.last_weight,
                _ => self.middle_weight,
            };
            (i, weight)
        })
    }
}

/// The coverages of `to` output pixels over `from` source pixels, `from` at least `to`.
fn coverages(from: u32, to: u32) -> Vec<Coverage> {
    let (from, to) = (u64::from(from), u64::from(to));
    let share = |parts: u64| (parts as f64 / from as f64) as f32;
    // In units of 1/to of a source pixel, output pixel i covers i·from to (i + 1)·from.
    (0..to)
        .map(|i| {
            let (start, end) = (i * from, (i + 1) * from);
            let (first, last) = (start / to, (end - 1) / to);
            Coverage {
                first: first as usize,
                last: last as usize,
                first_weight: share((first + 1) * to - start),
                middle_weight: share(to),
                last_weight: share(end - last * to),
            }
        })
        .collect()
}
