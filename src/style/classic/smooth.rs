//! Smoothing that keeps edges, and smoothing along strands.

use rayon::prelude::*;

use crate::style::classic::grid::{Grid, blend};
use crate::style::classic::scene::Scene;

/// How often [`within_edges`] goes over the rows and the columns.
const PASSES: i32 = 2;

/// How many columns are smoothed together.
const STRIP: usize = 64;

/// Smooths `values` but not across the edges of `guide`: over `reach` points where the guide is even, less the more
/// it changes against `contrast`.
///
/// Source: E. S. L. Gastal and M. M. Oliveira, "Domain Transform for Edge-Aware Image and Video Processing", 2011,
/// the recursive filter.
pub(super) fn within_edges<const N: usize, const M: usize>(
    mut values: Grid<N>,
    guide: &Grid<M>,
    reach: f32,
    contrast: f32,
) -> Grid<N> {
    let (width, height) = (values.width, values.height);
    let first = reach * 3f32.sqrt() * 2f32.powi(PASSES - 1) / (4f32.powi(PASSES) - 1.0).sqrt();
    let decay = -(2f32.sqrt()) / first.max(0.1);
    // How much of the point to the left, and of the one above, is kept.
    let mut kept = Grid::new(width, height, |x, y| {
        let (x, y) = (x as isize, y as isize);
        let here = guide.at(x, y);
        [guide.at(x - 1, y), guide.at(x, y - 1)].map(|other| {
            let change: f32 = here.iter().zip(other).map(|(a, b)| (a - b).abs()).sum();
            (decay * (1.0 + reach / contrast * change)).exp()
        })
    });
    for pass in 0..PASSES {
        if pass > 0 {
            kept.values.par_iter_mut().for_each(|kept| *kept = kept.map(|kept| kept * kept));
        }
        let rows = values.values.par_chunks_mut(width).zip(kept.values.par_chunks(width));
        rows.for_each(|(row, kept)| {
            for x in 1..width {
                row[x] = moved(row[x], row[x - 1], kept[x][0]);
            }
            for x in (1..width).rev() {
                row[x - 1] = moved(row[x - 1], row[x], kept[x][0]);
            }
        });
        let strips: Vec<Vec<[f32; N]>> = (0..width.div_ceil(STRIP))
            .into_par_iter()
            .map(|strip| column_strip(&values, &kept, strip * STRIP..((strip + 1) * STRIP).min(width)))
            .collect();
        values.values.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            for (part, strip) in row.chunks_mut(STRIP).zip(&strips) {
                part.copy_from_slice(&strip[y * part.len()..(y + 1) * part.len()]);
            }
        });
    }
    values
}

/// Some columns, smoothed down and up.
fn column_strip<const N: usize>(
    values: &Grid<N>,
    kept: &Grid<2>,
    columns: std::ops::Range<usize>,
) -> Vec<[f32; N]> {
    let (width, height, len) = (values.width, values.height, columns.len());
    let mut strip: Vec<[f32; N]> = Vec::with_capacity(len * height);
    for y in 0..height {
        strip.extend_from_slice(&values.values[y * width..][columns.clone()]);
    }
    let kept = |x: usize, y: usize| kept.values[y * width + columns.start + x][1];
    for y in 1..height {
        for x in 0..len {
            strip[y * len + x] = moved(strip[y * len + x], strip[(y - 1) * len + x], kept(x, y));
        }
    }
    for y in (1..height).rev() {
        for x in 0..len {
            strip[(y - 1) * len + x] = moved(strip[(y - 1) * len + x], strip[y * len + x], kept(x, y));
        }
    }
    strip
}

#[inline]
fn moved<const N: usize>(from: [f32; N], to: [f32; N], share: f32) -> [f32; N] {
    std::array::from_fn(|i| from[i] + share * (to[i] - from[i]))
}

/// The colours of a scene made of large even parts, finer where `details` is 1; `reach` and `strand` are how far it
/// is smoothed within edges and along strands, in units.
pub(super) fn simplified(scene: &Scene, details: &Grid<1>, reach: f32, strand: f32) -> Grid<3> {
    let unit = scene.unit;
    let colors = &scene.colors;
    let fine = within_edges(colors.clone(), colors, 0.025 * unit, 0.6);
    let even = within_edges(fine.clone(), &fine, reach * unit, 0.2);
    let even = fine.map(|i, color| blend(even.values[i], color, 0.85 * details.values[i][0]));
    let mut flow = strands(&even.brightness(), 0.02 * unit);
    flow.values.iter_mut().zip(&details.values).for_each(|(flow, [detail])| flow[2] *= 1.0 - detail);
    crisp(&along_strands(&even, &flow, strand * unit), 0.012 * unit, 1.5)
}

/// Which way the strands of a picture run: the direction, to the right and down, and how clear it is, 0 to 1.
///
/// `sigma` is how far around a point is looked, in points.
///
/// Source: the structure tensor, as in J. E. Kyprianidis and H. Kang, "Image and Video Abstraction by
/// Coherence-Enhancing Filtering", 2011.
pub(super) fn strands(brightness: &Grid<1>, sigma: f32) -> Grid<3> {
    let tensor = brightness.slope().map(|_, [x, y]| [x * x, x * y, y * y]).blurred(sigma);
    tensor.map(|_, [xx, xy, yy]| {
        let spread = ((xx - yy).powi(2) + 4.0 * xy * xy).sqrt();
        // The eigenvector of the smaller eigenvalue.
        let [x, y] = if xx > yy { [-2.0 * xy, xx - yy + spread] } else { [yy - xx + spread, -2.0 * xy] };
        let length = x.hypot(y);
        let clear = if length > 0.0 { spread / (xx + yy + 1e-4) } else { 0.0 };
        [x / length.max(1e-12), y / length.max(1e-12), clear]
    })
}

/// Averages values along strands, over `reach` points to both sides where their direction is clear.
pub(super) fn along_strands<const N: usize>(colors: &Grid<N>, strands: &Grid<3>, reach: f32) -> Grid<N> {
    Grid::new(colors.width, colors.height, |x, y| {
        let start = strands.at(x as isize, y as isize);
        let mut sum = colors.at(x as isize, y as isize);
        let mut count = 1.0;
        let steps = (reach * start[2]) as usize;
        for sign in [1.0, -1.0] {
            let mut ahead = [sign * start[0], sign * start[1]];
            let mut at = [x as f32, y as f32];
            for _ in 0..steps {
                at = [at[0] + ahead[0], at[1] + ahead[1]];
                let (x, y) = ((at[0] + 0.5) as isize, (at[1] + 0.5) as isize);
                let color = colors.at(x, y);
                (0..N).for_each(|i| sum[i] += color[i]);
                count += 1.0;
                let [across, down, _] = strands.at(x, y);
                let along = if across * ahead[0] + down * ahead[1] < 0.0 { -1.0 } else { 1.0 };
                ahead = [along * across, along * down];
            }
        }
        sum.map(|sum| sum / count)
    })
}

/// Colours whose soft edges are made steep: away from their surroundings by `amount`, but no farther than what lies
/// within `reach` points.
pub(super) fn crisp(colors: &Grid<3>, reach: f32, amount: f32) -> Grid<3> {
    let soft = colors.blurred(reach);
    let step = reach.round().max(1.0) as isize;
    Grid::new(colors.width, colors.height, |x, y| {
        let (x, y) = (x as isize, y as isize);
        let color = colors.at(x, y);
        let around = [[-1, 0], [1, 0], [0, -1], [0, 1]]
            .map(|[across, down]| colors.at(x + across * step, y + down * step));
        let soft = soft.at(x, y);
        std::array::from_fn(|i| {
            let low = around.iter().fold(color[i], |low, other| low.min(other[i]));
            let high = around.iter().fold(color[i], |high, other| high.max(other[i]));
            (color[i] + amount * (color[i] - soft[i])).clamp(low, high)
        })
    })
}
