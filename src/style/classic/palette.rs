//! A small set of colours.

use quantette::PaletteSize;
use quantette::deps::palette::Oklab;
use quantette::wu::{BinnerF32x3, WuF32x3};

use crate::error::Result;
use crate::geometry::{oklab_to_rgb, rgb_to_oklab};
use crate::style::Portrait;
use crate::style::classic::cells::{Cells, Lab, distance2};

/// How often the colours are moved to the middle of what they stand for.
const ROUNDS: usize = 12;

/// The colours that a picture is painted with.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    colors: Vec<[u8; 3]>,
    labs: Vec<Lab>,
}

impl Palette {
    /// At most `size` colours, 1 to 256, that stand best for `samples`, colours of Oklab.
    ///
    /// Source: X. Wu, "Efficient statistical computations for optimal color quantization", 1991, and from there on
    /// S. Lloyd, "Least squares quantization in PCM", 1982.
    pub(super) fn choose(samples: &[Lab], size: u32) -> Self {
        let colors: Vec<_> = samples.iter().map(|&[l, a, b]| Oklab::new(l, a, b)).collect();
        let size = PaletteSize::from_u16_clamped(size.clamp(1, 256) as u16);
        let histogram = WuF32x3::run_slice(&colors, BinnerF32x3::oklab_from_srgb8());
        let mut middles: Vec<Lab> = match &histogram {
            Ok(histogram) => {
                histogram.palette(size).iter().map(|color| [color.l, color.a, color.b]).collect()
            }
            Err(_) => Vec::new(),
        };
        for _ in 0..ROUNDS {
            let mut sums = vec![[0.0f64; 4]; middles.len()];
            for &sample in samples {
                let sum = &mut sums[nearest(&middles, sample)];
                (0..3).for_each(|c| sum[c] += f64::from(sample[c]));
                sum[3] += 1.0;
            }
            for (middle, [l, a, b, count]) in middles.iter_mut().zip(sums) {
                if count > 0.0 {
                    *middle = [l, a, b].map(|sum| (sum / count) as f32);
                }
            }
        }
        Self::of(middles.into_iter().map(oklab_to_rgb))
    }

    /// The colours, each once, from dark to light; black where there are none.
    pub(super) fn of(colors: impl IntoIterator<Item = [u8; 3]>) -> Self {
        let mut colors: Vec<_> = colors.into_iter().collect();
        if colors.is_empty() {
            colors.push([0; 3]);
        }
        colors.sort_by(|a, b| rgb_to_oklab(*a)[0].total_cmp(&rgb_to_oklab(*b)[0]).then(a.cmp(b)));
        colors.dedup();
        Self { labs: colors.iter().copied().map(rgb_to_oklab).collect(), colors }
    }

    /// The colours, red, green and blue, from dark to light.
    pub fn colors(&self) -> &[[u8; 3]] {
        &self.colors
    }

    /// The colours in Oklab, in the same order.
    pub(super) fn labs(&self) -> &[Lab] {
        &self.labs
    }

    /// The index of the colour that is nearest to one of Oklab.
    pub(super) fn nearest(&self, color: Lab) -> usize {
        nearest(&self.labs, color)
    }
}

/// How many pictures a palette is chosen from at most, and how many colours of each.
const PICTURES: usize = 16;
const COLORS: usize = 4096;

/// How many times the colours of faces count.
const FACES: usize = 3;

/// A palette of at most `size` colours for pictures, of which `colors` gives cells and their colours.
pub(super) fn from_samples(
    samples: &[Portrait],
    size: u32,
    colors: impl Fn(&Portrait) -> Result<(Cells, Vec<Lab>)>,
) -> Result<Palette> {
    let mut chosen = Vec::new();
    for portrait in samples.iter().step_by(samples.len().div_ceil(PICTURES).max(1)) {
        let (cells, colors) = colors(portrait)?;
        let step = colors.len().div_ceil(COLORS);
        chosen.extend(colors.iter().step_by(step));
        for face in &portrait.faces {
            let inside: Vec<_> = cells.within(&face.rect).map(|at| colors[at]).collect();
            let step = inside.len().div_ceil(COLORS / portrait.faces.len().min(COLORS)).max(1);
            chosen.extend(inside.into_iter().step_by(step).flat_map(|color| [color; FACES - 1]));
        }
    }
    Ok(Palette::choose(&chosen, size))
}

/// The first of the nearest colours; 0 where there is none.
fn nearest(colors: &[Lab], color: Lab) -> usize {
    let (mut best, mut least) = (0, f32::INFINITY);
    for (i, &other) in colors.iter().enumerate() {
        let distance = distance2(color, other);
        if distance < least {
            (best, least) = (i, distance);
        }
    }
    best
}
