//! The colours of a GIF, and pictures drawn with them.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use quantette::PaletteSize;
use quantette::deps::palette::Srgb;
use quantette::wu::{BinnerU8x3, WuU8x3};
use rayon::prelude::*;

/// A colour of red, green and blue.
pub(super) type Color = [u8; 3];

/// At most 256 colours.
pub(super) struct Palette {
    colors: Vec<Color>,
    indices: HashMap<u32, u8, RandomState>,
}

/// A colour as a number, which is hashed faster.
fn packed([r, g, b]: Color) -> u32 {
    u32::from_be_bytes([0, r, g, b])
}

impl Palette {
    /// The colours as they are.
    pub(super) fn of(colors: &[Color]) -> Self {
        let mut palette = Self { colors: Vec::new(), indices: HashMap::default() };
        palette.extend(colors.iter().take(256).copied());
        palette
    }

    /// At most `size` colours: those of the pixels `kept`, as far as they go, the most frequent first; then those
    /// of `free`, or as many as there is room for to stand for them.
    ///
    /// Source: Wu, "Efficient statistical computations for optimal color quantization", 1991, on the pixels that
    /// no colour of `kept` comes near to.
    pub(super) fn new(kept: &[Color], free: &[Color], size: usize) -> Self {
        let kept: Vec<_> = by_frequency(kept).into_iter().take(size).collect();
        let mut palette = Self::of(&kept);
        let room = size - kept.len();
        let missing: Vec<_> =
            by_frequency(free).into_iter().filter(|&color| palette.index(color).is_none()).collect();
        if missing.len() <= room {
            palette.extend(missing);
        } else if let Ok(room) = PaletteSize::try_from(room) {
            let is_far = |color: &&Color| palette.nearest(**color).is_none_or(|error| error > NEAR);
            let far: Vec<Srgb<u8>> = free.iter().filter(is_far).map(|&color| color.into()).collect();
            if let Ok(histogram) = WuU8x3::run_slice(&far, BinnerU8x3::rgb()) {
                palette.extend(histogram.palette(room).iter().map(|&color| color.into()));
            }
        }
        palette
    }

    fn extend(&mut self, colors: impl IntoIterator<Item = Color>) {
        for color in colors {
            let next = self.colors.len() as u8;
            self.indices.entry(packed(color)).or_insert(next);
            self.colors.push(color);
        }
    }

    pub(super) fn colors(&self) -> &[Color] {
        &self.colors
    }

    /// The index of a colour that is there.
    pub(super) fn index(&self, color: Color) -> Option<u8> {
        self.indices.get(&packed(color)).copied()
    }

    /// How far the nearest colour is.
    fn nearest(&self, color: Color) -> Option<i32> {
        let wanted = color.map(i32::from);
        self.colors.iter().map(|color| distance(wanted, color.map(i32::from))).min()
    }

    /// The indices for pixels of a colour: its own, or those of colours that mix to it, dark ones first.
    ///
    /// Source: Knoll's pattern dither (US patent 6606166, expired), 4 × 4 places. It depends on nothing but the
    /// colour and the place, so that what stands still does not crawl.
    pub(super) fn mix(&self, color: Color, near: &Near) -> Mix {
        let wanted = color.map(f32::from);
        let mut error = [0.0; 3];
        let mut mix = [0; PLACES.len()];
        for index in &mut mix {
            let aim: [f32; 3] = std::array::from_fn(|at| wanted[at] + error[at] * STRENGTH);
            let far: [f32; CANDIDATES] = std::array::from_fn(|i| {
                let [r, g, b] = std::array::from_fn(|at| aim[at] - near.levels[at][i]);
                2.0 * r * r + 4.0 * g * g + b * b
            });
            let least = far.iter().fold(f32::INFINITY, |least, &far| least.min(far));
            let best = far.iter().position(|&far| far == least).unwrap_or(0);
            *index = best as u8;
            error = std::array::from_fn(|at| error[at] + wanted[at] - near.levels[at][best]);
        }
        // Candidates stand in the order of their brightness.
        mix.sort_unstable();
        Mix(mix.map(|best| near.indices[usize::from(best)]))
    }

    /// The colours that colours around one are mixed of.
    pub(super) fn near(&self, color: Color) -> Near {
        let wanted = color.map(i32::from);
        let mut colors: Vec<(i32, Color, u8)> = self
            .colors
            .iter()
            .zip(0..=255)
            .map(|(&color, index)| (distance(wanted, color.map(i32::from)), color, index))
            .collect();
        if colors.len() > CANDIDATES {
            colors.select_nth_unstable(CANDIDATES);
            colors.truncate(CANDIDATES);
        }
        colors.sort_unstable_by_key(|&(_, [r, g, b], index)| {
            (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b), index)
        });
        let mut near = Near { levels: [[NOWHERE; CANDIDATES]; 3], indices: [0; CANDIDATES] };
        for (i, (_, color, index)) in colors.into_iter().enumerate() {
            near.indices[i] = index;
            for (levels, level) in near.levels.iter_mut().zip(color) {
                levels[i] = level.into();
            }
        }
        near
    }

    /// Each of some colours once, with the indices for its pixels, and which of them each pixel has.
    pub(super) fn mixes(&self, pixels: &[Option<Color>]) -> (Vec<Mix>, Vec<Option<u32>>) {
        let (colors, of_pixels) = distinct(pixels.iter().map(|color| {
            color.map(|color| match self.index(color) {
                Some(_) => color,
                None => color.map(|level| level & !1),
            })
        }));
        let (cells, cell_of) = distinct(colors.iter().map(|color| Some(color.map(|level| level & CELL))));
        let near: Vec<_> =
            cells.par_iter().map(|cell| self.near(cell.map(|level| level + !CELL / 2))).collect();
        let mix = |(&color, cell): (&Color, &Option<u32>)| match (self.index(color), cell) {
            (None, Some(cell)) => self.mix(color, &near[*cell as usize]),
            (index, _) => Mix([index.unwrap_or(0); PLACES.len()]),
        };
        (colors.par_iter().zip(&cell_of).with_min_len(64).map(mix).collect(), of_pixels)
    }
}

/// The colours of a palette near to a place, dark ones first.
pub(super) struct Near {
    levels: [[f32; CANDIDATES]; 3],
    indices: [u8; CANDIDATES],
}

/// What the pixels of one colour are drawn with, by their places.
#[derive(Clone, Copy)]
pub(super) struct Mix([u8; PLACES.len()]);

impl Mix {
    /// The index for a pixel.
    pub(super) fn at(self, x: u32, y: u32) -> u8 {
        self.0[PLACES[(y % 4 * 4 + x % 4) as usize]]
    }
}

/// A distance, as [`distance`] has it, that is not seen.
const NEAR: i32 = 48;
const CANDIDATES: usize = 16;
/// A level that is far from all others.
const NOWHERE: f32 = 8192.0;
/// How much of the error of the colours before is made up for.
const STRENGTH: f32 = 0.625;
/// The bits of a level that tell a cell, whose colours are mixed of the same ones.
const CELL: u8 = !7;
/// Bayer's order of 4 × 4 places.
const PLACES: [usize; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/// A squared distance with weights near those of the eye.
fn distance(a: [i32; 3], b: [i32; 3]) -> i32 {
    let [r, g, b] = std::array::from_fn(|at| (a[at] - b[at]) * (a[at] - b[at]));
    2 * r + 4 * g + b
}

/// How many colours some pixels have.
pub(super) fn count(pixels: &[Color]) -> usize {
    pixels.iter().map(|&color| packed(color)).collect::<HashSet<_, RandomState>>().len()
}

/// The colours of some pixels, the most frequent first.
fn by_frequency(pixels: &[Color]) -> Vec<Color> {
    let mut counts = HashMap::<u32, u32, RandomState>::default();
    for &color in pixels {
        *counts.entry(packed(color)).or_default() += 1;
    }
    let mut colors: Vec<_> = counts.into_iter().collect();
    colors.sort_unstable_by_key(|&(color, count)| (std::cmp::Reverse(count), color));
    colors.into_iter().map(|(color, _)| color.to_be_bytes()).map(|[_, r, g, b]| [r, g, b]).collect()
}

/// Each of some colours once, and which of them each pixel has.
fn distinct(pixels: impl Iterator<Item = Option<Color>>) -> (Vec<Color>, Vec<Option<u32>>) {
    let (mut colors, mut places) = (Vec::new(), HashMap::<u32, u32, RandomState>::default());
    let mut place = |color: Color| {
        *places.entry(packed(color)).or_insert_with(|| {
            colors.push(color);
            colors.len() as u32 - 1
        })
    };
    let of_pixels = pixels.map(|color| color.map(&mut place)).collect();
    (colors, of_pixels)
}
