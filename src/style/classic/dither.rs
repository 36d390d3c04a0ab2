//! How few colours stand for many.

use crate::choice::choices;
use crate::style::Palette;
use crate::style::classic::cells::{Lab, distance2};

choices! {
    /// How colours between those of a palette are shown.
    pub enum Dither {
        /// Not: each pixel has the nearest colour.
        None = "none",
        /// By a regular pattern (Bayer's matrix), which stands still in an animation.
        Ordered = "ordered",
        /// By spreading each pixel's error to its neighbours (Floyd and Steinberg).
        Diffusion = "diffusion",
    }
}

/// Bayer's order of 4 × 4 places.
const BAYER: [[u8; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// Two colours that are farther apart than this in Oklab, in lightness or in hue, are never mixed: their pattern
/// would stand out.
const FAR: [f32; 2] = [0.14, 0.045];

/// The least share of the second of two mixed colours: less of it is a speck.
const LEAST: f32 = 0.2;

/// How much of an error is passed on, so that it dies away in areas that the palette has no colours for.
const PASSED: f32 = 0.8;

impl Dither {
    /// The index of a palette's colour for each of the colours of Oklab, which stand in rows of `columns`.
    pub(super) fn apply(self, colors: &[Lab], columns: usize, palette: &Palette) -> Vec<usize> {
        match self {
            Self::None => colors.iter().map(|&color| palette.nearest(color)).collect(),
            Self::Ordered => {
                let at = |(i, &color): (usize, &Lab)| ordered(color, palette, [i % columns, i / columns]);
                colors.iter().enumerate().map(at).collect()
            }
            Self::Diffusion => diffuse(colors.to_vec(), columns, |color| {
                let index = palette.nearest(color);
                (index, palette.labs()[index])
            }),
        }
    }
}

/// The nearest colour, or the one of the others that mixes with it best where it is the other's turn.
fn ordered(color: Lab, palette: &Palette, [x, y]: [usize; 2]) -> usize {
    let labs = palette.labs();
    let first = palette.nearest(color);
    let mut best = (first, distance2(color, labs[first]), 0.0);
    for (i, &other) in labs.iter().enumerate() {
        let length = distance2(labs[first], other);
        let hue = (labs[first][1] - other[1]).hypot(labs[first][2] - other[2]);
        if length > 0.0 && (labs[first][0] - other[0]).abs() < FAR[0] && hue < FAR[1] {
            let along: f32 = (0..3).map(|c| (color[c] - labs[first][c]) * (other[c] - labs[first][c])).sum();
            let share = (along / length).clamp(0.0, 0.5);
            let mixed = std::array::from_fn(|c| labs[first][c] + share * (other[c] - labs[first][c]));
            // Of mixtures about as good, the one of the nearer colours is the calmer.
            let error = distance2(color, mixed) + 0.05 * share * length;
            if share > LEAST && error < best.1 {
                best = (i, error, share);
            }
        }
    }
    let (second, _, share) = best;
    // The lighter of two colours always has the same places, so that the pattern goes on where they swap roles.
    let turn = (f32::from(BAYER[y % 4][x % 4]) + 0.5) / 16.0;
    let others_turn = if second > first { turn < share } else { 1.0 - turn < share };
    if others_turn { second } else { first }
}

/// What `quantise` makes of each of the colours, which stand in rows of `columns`, when its error is spread to those
/// after it; `quantise` gives what it makes and the colour that this is.
///
/// Source: R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial greyscale", 1976, every second row from
/// right to left.
pub(super) fn diffuse<T: Clone + Default>(
    mut colors: Vec<[f32; 3]>,
    columns: usize,
    quantise: impl Fn([f32; 3]) -> (T, [f32; 3]),
) -> Vec<T> {
    let rows = colors.len() / columns;
    let mut quantised = vec![T::default(); colors.len()];
    for y in 0..rows {
        let step: isize = if y % 2 == 0 { 1 } else { -1 };
        for i in 0..columns {
            let x = if step > 0 { i } else { columns - 1 - i };
            let at = y * columns + x;
            let (value, found) = quantise(colors[at]);
            quantised[at] = value;
            let error: [f32; 3] = std::array::from_fn(|c| PASSED * (colors[at][c] - found[c]));
            for (dx, dy, sixteenths) in [(step, 0, 7.0), (-step, 1, 3.0), (0, 1, 5.0), (step, 1, 1.0)] {
                let Some(x) = x.checked_add_signed(dx).filter(|&x| x < columns && y + dy < rows) else {
                    continue;
                };
                let to = &mut colors[(y + dy) * columns + x];
                (0..3).for_each(|c| to[c] += error[c] * sixteenths / 16.0);
            }
        }
    }
    quantised
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean lightness of a flat area of `lightness` between two greys that are 0.1 apart.
    fn mean(dither: Dither, lightness: f32) -> f32 {
        let palette = Palette::of([[99; 3], [128; 3]]);
        let indices = dither.apply(&[[lightness, 0.0, 0.0]; 64 * 64], 64, &palette);
        indices.iter().map(|&index| palette.labs()[index][0]).sum::<f32>() / indices.len() as f32
    }

    #[test]
    fn patterns_have_the_lightness_in_between() {
        let palette = Palette::of([[99; 3], [128; 3]]);
        let [dark, light] = [palette.labs()[0][0], palette.labs()[1][0]];
        for share in [0.3, 0.5, 0.7] {
            let wanted = dark + share * (light - dark);
            let step = light - dark;
            assert!((mean(Dither::Ordered, wanted) - wanted).abs() < 0.07 * step, "{share}");
            assert!((mean(Dither::Diffusion, wanted) - wanted).abs() < 0.12 * step, "{share}");
            let nearest = if share > 0.5 { light } else { dark };
            assert!((mean(Dither::None, wanted) - nearest).abs() < 1e-3 || share == 0.5);
        }
        assert!((mean(Dither::Ordered, dark) - dark).abs() < 1e-3);
    }

    #[test]
    fn colours_far_apart_are_not_mixed() {
        let palette = Palette::of([[0; 3], [255; 3]]);
        let indices = Dither::Ordered.apply(&[[0.45, 0.0, 0.0]; 64], 8, &palette);
        assert!(indices.iter().all(|&index| index == 0));
    }
}
