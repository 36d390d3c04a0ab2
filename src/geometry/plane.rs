//! Planes of values: their means over windows, and their sizes.

use crate::geometry::area::shrink_plane;
use crate::geometry::rows::for_each_row;

/// Rows that share their running sums: a fixed number, so that threads do not change the rounding.
const BAND: usize = 64;

/// The mean of each window of a plane of `size` = \[width, height\] finite values; the window reaches `radius` pixels
/// to the sides and up and down, as far as the plane does.
pub(crate) fn box_mean(values: &[f32], size: [u32; 2], radius: [usize; 2]) -> Vec<f32> {
    let [width, height] = size.map(|side| side as usize);
    let [across, down] = [radius[0].min(width - 1), radius[1].min(height - 1)];
    let window = |at: usize, reach: usize, len: usize| (at.saturating_sub(reach), (at + reach + 1).min(len));
    let mut means = vec![0.0; values.len()];
    let band = BAND.max(2 * down + 1);
    for_each_row(
        &mut means,
        band * width,
        values.len() * 4,
        || vec![0.0f64; width],
        |sums, i, rows| {
            let first = i * band;
            sums.fill(0.0);
            let (start, end) = window(first, down, height);
            (start..end).for_each(|y| add(sums, &values[y * width..][..width]));
            for (y, row) in (first..).zip(rows.chunks_exact_mut(width)) {
                let (start, end) = window(y, down, height);
                if y > first && start > 0 && y > down {
                    subtract(sums, &values[(start - 1) * width..][..width]);
                }
                if y > first && y + down < height {
                    add(sums, &values[(end - 1) * width..][..width]);
                }
                let rows_in = (end - start) as f64;
                let mut sum: f64 = sums[..across].iter().sum();
                for (x, mean) in row.iter_mut().enumerate() {
                    if x + across < width {
                        sum += sums[x + across];
                    }
                    if x > across {
                        sum -= sums[x - across - 1];
                    }
                    let (start, end) = window(x, across, width);
                    *mean = (sum / (rows_in * (end - start) as f64)) as f32;
                }
            }
        },
    );
    means
}

fn add(sums: &mut [f64], row: &[f32]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
}

fn subtract(sums: &mut [f64], row: &[f32]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum -= f64::from(*value));
}

/// A plane at another size: averaged where both sides shrink, bilinear otherwise.
pub(crate) fn resize_plane(values: &[f32], from: [u32; 2], to: [u32; 2]) -> Vec<f32> {
    if from == to {
        return values.to_vec();
    }
    if to[0] <= from[0] && to[1] <= from[1] {
        return shrink_plane(values, from, to);
    }
    let upscale = Upscale::new(from, to);
    let mut out = vec![0.0; to[0] as usize * to[1] as usize];
    let steps = out.len() * 2;
    for_each_row(
        &mut out,
        to[0] as usize,
        steps,
        || upscale.scratch(),
        |scratch, y, row| {
            upscale.row(values, y, scratch, row);
        },
    );
    out
}

/// How the rows of a plane are enlarged, bilinear, the border repeated.
pub(crate) struct Upscale {
    width: usize,
    columns: Vec<(usize, f32)>,
    rows: Vec<(usize, f32)>,
}

impl Upscale {
    /// From a plane of \[width, height\] to another.
    pub(crate) fn new(from: [u32; 2], to: [u32; 2]) -> Self {
        let [columns, rows] = [0, 1].map(|axis| places(from[axis], to[axis]));
        Self { width: from[0] as usize, columns, rows }
    }

    /// What [`Upscale::row`] needs to work in.
    pub(crate) fn scratch(&self) -> Vec<f32> {
        vec![0.0; self.width + 1]
    }

    /// Row `y` of the enlarged plane.
    pub(crate) fn row(&self, values: &[f32], y: usize, scratch: &mut [f32], out: &mut [f32]) {
        let (top, weight) = self.rows[y];
        let row = |y: usize| &values[y * self.width..][..self.width];
        let bottom = if weight > 0.0 { row(top + 1) } else { row(top) };
        for ((mixed, top), bottom) in scratch.iter_mut().zip(row(top)).zip(bottom) {
            *mixed = top + weight * (bottom - top);
        }
        scratch[self.width] = scratch[self.width - 1];
        for (value, (left, weight)) in out.iter_mut().zip(&self.columns) {
            *value = scratch[*left] + weight * (scratch[left + 1] - scratch[*left]);
        }
    }
}

/// For each of `to` pixels, the pixel before it among `from`, and the weight of the one after.
fn places(from: u32, to: u32) -> Vec<(usize, f32)> {
    let scale = f64::from(from) / f64::from(to);
    let place = |at: u32| {
        let at = ((f64::from(at) + 0.5) * scale - 0.5).clamp(0.0, f64::from(from - 1));
        (at as usize, at.fract() as f32)
    };
    (0..to).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_those_of_each_window() {
        for (width, height, radius) in [
            (1, 1, [3, 3]),
            (5, 1, [1, 1]),
            (9, 7, [2, 1]),
            (4, 6, [9, 2]),
            (3, 200, [1, 5]),
            (2, 300, [0, 99]),
        ] {
            let values: Vec<f32> = (0..width * height).map(|i| ((i * 37) % 101) as f32).collect();
            let means = box_mean(&values, [width, height], radius);
            for y in 0..height as i64 {
                for x in 0..width as i64 {
                    let (mut sum, mut count) = (0.0, 0.0);
                    for v in (y - radius[1] as i64).max(0)..=(y + radius[1] as i64).min(height as i64 - 1) {
                        for u in (x - radius[0] as i64).max(0)..=(x + radius[0] as i64).min(width as i64 - 1)
                        {
                            sum += values[(v * width as i64 + u) as usize];
                            count += 1.0;
                        }
                    }
                    let mean = means[(y * width as i64 + x) as usize];
                    assert!((mean - sum / count).abs() < 1e-3, "{width}×{height} {radius:?}: {x}, {y}");
                }
            }
        }
    }

    #[test]
    fn a_plane_is_enlarged_between_its_pixels() {
        let out = resize_plane(&[0.0, 1.0], [2, 1], [4, 1]);
        assert_eq!(out, [0.0, 0.25, 0.75, 1.0]);
        let out = resize_plane(&[0.0, 1.0], [1, 2], [2, 4]);
        assert_eq!(out, [0.0, 0.0, 0.25, 0.25, 0.75, 0.75, 1.0, 1.0]);
        assert_eq!(resize_plane(&[3.0], [1, 1], [3, 2]), [3.0; 6]);
        assert_eq!(resize_plane(&[1.0, 3.0], [2, 1], [1, 1]), [2.0]);
    }
}
