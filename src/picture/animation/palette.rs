//! The colours of a GIF.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use foldhash::fast::RandomState;
use quantette::PaletteSize;
use quantette::deps::palette::Srgb;
use quantette::wu::{BinnerU8x3, WuU8x3};

/// A colour of red, green and blue.
pub(super) type Color = [u8; 3];

/// The most colours of a palette.
pub(super) const MOST: usize = 256;

/// How much a difference of red, green and blue counts, near to what the eye makes of it.
pub(super) const WEIGHTS: [u8; 3] = [2, 4, 1];

/// A squared distance by the weights that is not seen.
const NEAR: i32 = 48;

/// At most [`MOST`] colours.
pub(super) struct Palette {
    colors: Vec<Color>,
    indices: HashMap<u32, u8, RandomState>,
}

impl Palette {
    /// The colours as they are.
    pub(super) fn of(colors: &[Color]) -> Self {
        let mut palette = Self { colors: Vec::new(), indices: HashMap::default() };
        palette.extend(colors.iter().take(MOST).copied());
        palette
    }

    /// At most `size` colours: those of the pixels `kept`, as far as they go, the most frequent first; then those
    /// of `free`, or as many as there is room for to stand for them.
    ///
    /// Source: Wu, "Efficient statistical computations for optimal color quantization", 1991, on the pixels that
    /// no colour of `kept` comes near to.
    pub(super) fn new(kept: &[Color], free: &[Color], size: usize) -> Self {
        let kept: Vec<_> = by_frequency(frequencies(kept)).into_iter().take(size).collect();
        let mut palette = Self::of(&kept);
        let room = size - kept.len();
        let mut missing = frequencies(free);
        missing.retain(|color, _| !palette.indices.contains_key(color));
        if missing.len() <= room {
            palette.extend(by_frequency(missing));
        } else if let Ok(room) = PaletteSize::try_from(room) {
            let surroundings = Surroundings::of(&kept);
            let far = free.iter().filter(|&&color| !surroundings.have(color));
            let far: Vec<Srgb<u8>> = far.map(|&color| color.into()).collect();
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
}

/// What is near to some colours, kept by cells of the cube of colours.
struct Surroundings {
    cells: Vec<Vec<Color>>,
}

/// The bits of a level that tell its cell.
const CELL_BITS: u32 = 4;

impl Surroundings {
    fn of(colors: &[Color]) -> Self {
        let mut cells = vec![Vec::new(); 1 << (3 * CELL_BITS)];
        let side = |level: u8| usize::from(level >> (u8::BITS - CELL_BITS));
        for &color in colors {
            let reach: [RangeInclusive<usize>; 3] = std::array::from_fn(|at| {
                let reach = (NEAR / i32::from(WEIGHTS[at])).isqrt() as u8;
                side(color[at].saturating_sub(reach))..=side(color[at].saturating_add(reach))
            });
            for (r, g) in reach[0].clone().flat_map(|r| reach[1].clone().map(move |g| (r, g))) {
                for b in reach[2].clone() {
                    cells[((r << CELL_BITS | g) << CELL_BITS) | b].push(color);
                }
            }
        }
        Self { cells }
    }

    /// Whether a colour is so near to one of them that the difference is not seen.
    fn have(&self, color: Color) -> bool {
        let cell = color
            .iter()
            .fold(0, |cell, &level| cell << CELL_BITS | usize::from(level >> (u8::BITS - CELL_BITS)));
        self.cells[cell].iter().any(|&near| distance(color, near) <= NEAR)
    }
}

/// A squared distance by the weights.
fn distance(a: Color, b: Color) -> i32 {
    let part = |at: usize| i32::from(WEIGHTS[at]) * (i32::from(a[at]) - i32::from(b[at])).pow(2);
    part(0) + part(1) + part(2)
}

/// A colour as a number, which is hashed faster.
pub(super) fn packed([r, g, b]: Color) -> u32 {
    u32::from_be_bytes([0, r, g, b])
}

/// How many colours some pixels have.
pub(super) fn count(pixels: &[Color]) -> usize {
    pixels.iter().map(|&color| packed(color)).collect::<HashSet<_, RandomState>>().len()
}

/// How many of some pixels have each of their colours.
fn frequencies(pixels: &[Color]) -> HashMap<u32, u32, RandomState> {
    let mut frequencies = HashMap::default();
    for &color in pixels {
        *frequencies.entry(packed(color)).or_default() += 1;
    }
    frequencies
}

/// Colours, the most frequent first.
fn by_frequency(frequencies: HashMap<u32, u32, RandomState>) -> Vec<Color> {
    let mut colors: Vec<_> = frequencies.into_iter().collect();
    colors.sort_unstable_by_key(|&(color, frequency)| (std::cmp::Reverse(frequency), color));
    colors.into_iter().map(|(color, _)| color.to_be_bytes()).map(|[_, r, g, b]| [r, g, b]).collect()
}
