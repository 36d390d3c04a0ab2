//! Pictures drawn with the colours of a palette, mixed where it lacks one.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rayon::prelude::*;

use crate::picture::animation::palette::{Color, MOST, Palette, WEIGHTS, packed};

/// What the pixels of one colour are drawn with, by their places.
#[derive(Clone, Copy)]
pub(super) struct Mix([u8; PLACES.len()]);

/// Bayer's order of 4 × 4 places.
const PLACES: [usize; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

/// The bits of a level that tell a cell, whose colours are mixed of the same ones.
const CELL: u8 = !7;

impl Mix {
    /// The index for a pixel.
    pub(super) fn at(self, x: u32, y: u32) -> u8 {
        self.0[PLACES[(y % 4 * 4 + x % 4) as usize]]
    }

    /// Each of some colours once, with the indices for its pixels, and which of them each pixel has.
    ///
    /// Colours that the palette lacks are mixed, those that differ by the last bit of a level alike.
    pub(super) fn of_all(palette: &Palette, pixels: &[Option<Color>]) -> (Vec<Self>, Vec<Option<u32>>) {
        let (mut colors, mut cells) = (Distinct::default(), Distinct::default());
        let mut place = |color: Color| match palette.index(color) {
            Some(_) => colors.place(color),
            None => colors.place(color.map(|level| level & !1)),
        };
        let of_pixels = pixels.iter().map(|color| color.map(&mut place)).collect();
        let (colors, place) = (colors.colors, |color: &Color| cells.place(color.map(|level| level & CELL)));
        let cell_of: Vec<_> = colors.iter().map(place).collect();
        let shades = Shades::of(palette);
        let near: Vec<_> =
            cells.colors.par_iter().map(|cell| shades.near(cell.map(|level| level + !CELL / 2))).collect();
        let indices: Vec<_> = colors.iter().map(|&color| palette.index(color)).collect();
        let mut mixes: Vec<_> =
            indices.iter().map(|index| Self([index.unwrap_or(0); PLACES.len()])).collect();
        let lacking: Vec<_> = (0..colors.len()).filter(|&at| indices[at].is_none()).collect();
        let of = |at: usize| (colors[at], &near[cell_of[at] as usize]);
        let mixed: Vec<_> = lacking
            .par_chunks(2)
            .with_min_len(32)
            .flat_map_iter(|pair| {
                let both = [pair[0], pair[pair.len() - 1]];
                Near::mix(both.map(of)).into_iter().take(pair.len())
            })
            .collect();
        for (at, mix) in lacking.into_iter().zip(mixed) {
            mixes[at] = mix;
        }
        (mixes, of_pixels)
    }
}

/// Each of some colours once.
#[derive(Default)]
struct Distinct {
    colors: Vec<Color>,
    places: HashMap<u32, u32, RandomState>,
}

impl Distinct {
    /// Where a colour stands among them.
    fn place(&mut self, color: Color) -> u32 {
        *self.places.entry(packed(color)).or_insert_with(|| {
            self.colors.push(color);
            self.colors.len() as u32 - 1
        })
    }
}

/// The colours of a palette, dark ones first.
struct Shades {
    levels: [[f32; MOST]; 3],
    indices: Vec<u8>,
}

/// A level that is far from all others.
const NOWHERE: f32 = 8192.0;

impl Shades {
    fn of(palette: &Palette) -> Self {
        let colors = palette.colors();
        let mut indices: Vec<u8> = colors.iter().zip(0..=255).map(|(_, index)| index).collect();
        indices.sort_by_key(|&index| {
            let [r, g, b] = colors[usize::from(index)].map(u32::from);
            299 * r + 587 * g + 114 * b
        });
        let mut levels = [[NOWHERE; MOST]; 3];
        for (i, &index) in indices.iter().enumerate() {
            for (levels, level) in levels.iter_mut().zip(colors[usize::from(index)]) {
                levels[i] = level.into();
            }
        }
        Self { levels, indices }
    }

    /// The ones near to a colour.
    fn near(&self, color: Color) -> Near {
        let mut far = far(&self.levels, color.map(f32::from));
        let far = &mut far[..self.indices.len()];
        let count = far.len().min(CANDIDATES);
        if far.len() > CANDIDATES {
            far.select_nth_unstable(CANDIDATES);
        }
        let nearest = &mut far[..count];
        nearest.iter_mut().for_each(|far| *far %= MOST as i32);
        nearest.sort_unstable();
        let mut near = Near { levels: [[NOWHERE; CANDIDATES]; 3], indices: [0; CANDIDATES] };
        for (i, &shade) in nearest.iter().enumerate() {
            near.indices[i] = self.indices[shade as usize];
            for (levels, all) in near.levels.iter_mut().zip(&self.levels) {
                levels[i] = all[shade as usize];
            }
        }
        near
    }
}

/// The colours of a palette near to a place, dark ones first.
struct Near {
    levels: [[f32; CANDIDATES]; 3],
    indices: [u8; CANDIDATES],
}

const CANDIDATES: usize = 16;
/// How much of the error of the colours before is made up for.
const STRENGTH: f32 = 0.625;

impl Near {
    /// The indices for pixels of two colours: for each, those of colours that mix to it, dark ones first.
    ///
    /// Each step waits for the one before it, and those of two colours fill each other's waits.
    ///
    /// Source: Knoll's pattern dither (US patent 6606166, expired), 4 × 4 places. It depends on nothing but the
    /// colour and the place, so that what stands still does not crawl.
    fn mix(colors: [(Color, &Self); 2]) -> [Mix; 2] {
        let wanted = colors.map(|(color, _)| color.map(f32::from));
        let (mut error, mut shares) = ([[0.0; 3]; 2], [[0; CANDIDATES]; 2]);
        for _ in PLACES {
            for (k, (_, near)) in colors.iter().enumerate() {
                let aim: [f32; 3] = std::array::from_fn(|at| wanted[k][at] + error[k][at] * STRENGTH);
                let least = far(&near.levels, aim).into_iter().min().unwrap_or(0);
                let best = least as usize % CANDIDATES;
                shares[k][best] += 1;
                for at in 0..3 {
                    error[k][at] += wanted[k][at] - near.levels[at][best];
                }
            }
        }
        std::array::from_fn(|k| {
            let mut mix = [0; PLACES.len()];
            let shares = colors[k].1.indices.iter().zip(shares[k]);
            let indices = shares.flat_map(|(&index, share)| std::iter::repeat_n(index, share));
            mix.iter_mut().zip(indices).for_each(|(place, index)| *place = index);
            Mix(mix)
        })
    }
}

/// How far `N` colours, a power of two, are from one: the bits of a squared distance, which have its order, with the place
/// of the colour in the last ones.
fn far<const N: usize>(levels: &[[f32; N]; 3], [r, g, b]: [f32; 3]) -> [i32; N] {
    let weights = WEIGHTS.map(f32::from);
    let mut far = [0; N];
    for (i, far) in far.iter_mut().enumerate() {
        let (r, g, b) = (r - levels[0][i], g - levels[1][i], b - levels[2][i]);
        let distance = weights[0] * r * r + weights[1] * g * g + weights[2] * b * b;
        *far = distance.to_bits() as i32 & !(N as i32 - 1) | i as i32;
    }
    far
}
