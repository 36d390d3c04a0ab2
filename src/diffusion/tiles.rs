//! Large pictures in overlapping tiles, so that a VAE needs no more memory than for one tile.

use ndarray::{Array4, ArrayView4, ArrayViewMut4, s};

use crate::error::Result;

/// How far neighbouring tiles overlap: a quarter of their side.
const OVERLAP: usize = 4;

/// Runs a network over square tiles of the last two sides, and blends the results where they overlap.
///
/// `tile` is the side of an input tile and `made` the side of what the network makes of one. Each tile is blended
/// linearly with the finished ones above it and to its left, as `AutoencoderKL` of diffusers does.
pub(super) fn in_tiles(
    input: ArrayView4<'_, f32>,
    [tile, made]: [usize; 2],
    mut run: impl FnMut(ArrayView4<'_, f32>) -> Result<Array4<f32>>,
) -> Result<Array4<f32>> {
    let (batch, _, height, width) = input.dim();
    let (step, blend) = (tile - tile / OVERLAP, made / OVERLAP);
    let kept = made - blend;
    let (out_height, out_width) = (height * made / tile, width * made / tile);
    let mut whole = None;
    let mut above: Vec<Array4<f32>> = Vec::new();
    for (row, y) in (0..height).step_by(step).enumerate() {
        let mut tiles: Vec<Array4<f32>> = Vec::new();
        for (column, x) in (0..width).step_by(step).enumerate() {
            let [bottom, right] = [(y + tile).min(height), (x + tile).min(width)];
            let mut made = run(input.slice(s![.., .., y..bottom, x..right]))?;
            if let Some(upper) = above.get(column) {
                fade(upper.view(), made.view_mut(), blend);
            }
            if let Some(left) = tiles.last() {
                let left = left.view().permuted_axes([0, 1, 3, 2]);
                fade(left, made.view_mut().permuted_axes([0, 1, 3, 2]), blend);
            }
            let (top, start) = (row * kept, column * kept);
            let whole =
                whole.get_or_insert_with(|| Array4::zeros((batch, made.shape()[1], out_height, out_width)));
            let rows = kept.min(made.shape()[2]).min(out_height.saturating_sub(top));
            let columns = kept.min(made.shape()[3]).min(out_width.saturating_sub(start));
            whole.slice_mut(s![.., .., top..top + rows, start..start + columns]).assign(&made.slice(s![
                ..,
                ..,
                ..rows,
                ..columns
            ]));
            tiles.push(made);
        }
        above = tiles;
    }
    Ok(whole.unwrap_or_else(|| Array4::zeros((batch, 0, out_height, out_width))))
}

/// Goes from the last rows of one tile to the first rows of the tile below it.
fn fade(upper: ArrayView4<'_, f32>, mut lower: ArrayViewMut4<'_, f32>, rows: usize) {
    let rows = rows.min(upper.shape()[2]).min(lower.shape()[2]);
    let first = upper.shape()[2] - rows;
    for y in 0..rows {
        let weight = y as f32 / rows as f32;
        let mut line = lower.slice_mut(s![.., .., y, ..]);
        line.zip_mut_with(&upper.slice(s![.., .., first + y, ..]), |new, &old| {
            *new = old * (1.0 - weight) + *new * weight;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_whole_at_every_size() {
        for tile in [4, 8, 12, 48, 64] {
            for (height, width) in
                [(2 * tile, 2 * tile), (2 * tile + 1, 3 * tile + 3), (5 * tile - 1, tile + 1)]
            {
                let input =
                    Array4::from_shape_fn((1, 1, height, width), |(_, _, y, x)| (7 * y + x) as f32 / 16.0);
                let grown = |tile: ArrayView4<'_, f32>| {
                    let (_, _, height, width) = tile.dim();
                    Ok(Array4::from_shape_fn((1, 1, 8 * height, 8 * width), |(_, _, y, x)| {
                        tile[[0, 0, y / 8, x / 8]]
                    }))
                };
                let made = in_tiles(input.view(), [tile, 8 * tile], grown).unwrap();
                let expected = grown(input.view()).unwrap();
                let worst = made.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst <= 1e-3, "{tile} {height}×{width}: {worst}");
            }
        }
    }
}
