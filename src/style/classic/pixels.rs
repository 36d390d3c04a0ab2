//! Pixels: pixel art.

use rayon::prelude::*;

use crate::error::Result;
use crate::geometry::linear_to_oklab;
use crate::picture::Image;
use crate::style::classic::cells::{Cells, Lab, distance2, linear_levels};
use crate::style::classic::features::salience;
use crate::style::classic::palette;
use crate::style::{ClassicOptions, Dither, Palette, Portrait};

/// How many cells a face is wide, and how many the shorter side of a picture may have at most.
const FACE: f32 = 26.0;
const SHORTER_SIDE: f32 = 170.0;

/// How many colours there are.
const COLORS: u32 = 28;

/// How far apart in Oklab the colours of two cells are that are no longer smoothed to one.
const EDGE: f32 = 0.06;

/// How much the differences of a cell from those around it are enlarged, in general and in the features of a face.
const SHARPEN: [f32; 2] = [0.6, 1.3];

/// How much more colour there is than in the picture.
const CHROMA: f32 = 1.18;

/// A portrait as pixel art.
pub(super) fn pixels(portrait: &Portrait, palette: &Palette, options: &ClassicOptions) -> Result<Image> {
    let (cells, colors) = prepare(portrait, options)?;
    let dither = options.dither.unwrap_or(Dither::Ordered);
    let indices = dither.apply(&colors, cells.columns(), palette);
    let colors: Vec<_> = indices.into_iter().map(|index| palette.colors()[index]).collect();
    cells.paint(&colors)
}

/// The palette for some pictures.
pub(super) fn choose(samples: &[Portrait], options: &ClassicOptions) -> Result<Palette> {
    let size = if options.colors > 0 { options.colors } else { COLORS };
    palette::from_samples(samples, size, |portrait| prepare(portrait, options))
}

/// The cells of a portrait and their colours, clear enough for few pixels.
fn prepare(portrait: &Portrait, options: &ClassicOptions) -> Result<(Cells, Vec<Lab>)> {
    let cells = Cells::of(portrait, options.pixel_size, FACE, SHORTER_SIDE);
    let mut colors: Vec<Lab> = cells.average(&portrait.image).into_par_iter().map(linear_to_oklab).collect();
    let salience = salience(portrait, &cells)?;
    deepen(&mut colors, &cells, &portrait.image, &salience);
    let smooth = smoothed(&colors, cells.columns(), &salience);
    let wide = blurred(&smooth, cells.columns());
    let columns = smooth.iter().zip(&wide).zip(&salience);
    let sharp = columns.map(|((&[l, a, b], wide), salience)| {
        let amount = SHARPEN[0] + salience * (SHARPEN[1] - SHARPEN[0]);
        let l = l + amount * (l - wide[0]);
        // A gentle curve that keeps black, the middle and white.
        let l = l + 0.35 * (l - 0.55) * (l * (1.0 - l)).max(0.0) * 2.0;
        [l.clamp(0.0, 1.0), CHROMA * a, CHROMA * b]
    });
    Ok((cells, sharp.collect()))
}

/// Draws the colours of salient cells towards that of their darker half, so that thin lines last.
fn deepen(colors: &mut [Lab], cells: &Cells, image: &Image, salience: &[f32]) {
    let linear = linear_levels();
    let [width, height] = [image.width(), image.height()].map(|side| side as usize);
    let side = cells.side() as usize;
    for (i, color) in colors.iter_mut().enumerate().filter(|(i, _)| salience[*i] > 0.0) {
        let [x, y] = [i % cells.columns() * side, i / cells.columns() * side];
        let mut pixels = Vec::with_capacity(side * side);
        for y in y..(y + side).min(height) {
            for pixel in
                image.pixels()[(y * width + x) * 3..(y * width + (x + side).min(width)) * 3].chunks_exact(3)
            {
                pixels.push([0, 1, 2].map(|c| linear[usize::from(pixel[c])]));
            }
        }
        pixels.sort_by(|a, b| (a[0] + 2.0 * a[1] + 0.5 * a[2]).total_cmp(&(b[0] + 2.0 * b[1] + 0.5 * b[2])));
        let darker = &pixels[..pixels.len().div_ceil(2)];
        let sum = darker.iter().fold([0.0; 3], |sum, p| [sum[0] + p[0], sum[1] + p[1], sum[2] + p[2]]);
        let dark = linear_to_oklab(sum.map(|sum| sum / darker.len() as f32));
        let share = 0.7 * salience[i];
        *color = std::array::from_fn(|c| color[c] + share * (dark[c] - color[c]));
    }
}

/// The colours smoothed where they differ little, the salient ones less.
fn smoothed(colors: &[Lab], columns: usize, salience: &[f32]) -> Vec<Lab> {
    let rows = (colors.len() / columns) as isize;
    let smooth = |at: usize| {
        let (x, y) = ((at % columns) as isize, (at / columns) as isize);
        let edge = EDGE * (1.0 - 0.7 * salience[at]);
        let mut sum = [0.0; 4];
        for (dy, dx) in (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dy, dx))) {
            if (0..columns as isize).contains(&(x + dx)) && (0..rows).contains(&(y + dy)) {
                let other = colors[(y + dy) as usize * columns + (x + dx) as usize];
                let near = (-((dx * dx + dy * dy) as f32) / 4.0).exp();
                let weight = near * (-distance2(colors[at], other) / (edge * edge)).exp();
                (0..3).for_each(|c| sum[c] += weight * other[c]);
                sum[3] += weight;
            }
        }
        [0, 1, 2].map(|c| sum[c] / sum[3])
    };
    (0..colors.len()).into_par_iter().map(smooth).collect()
}

/// The average of each colour and those within two cells of it.
fn blurred(colors: &[Lab], columns: usize) -> Vec<Lab> {
    let rows = colors.len() / columns;
    let blur = |at: usize| {
        let (x, y) = (at % columns, at / columns);
        let mut sum = [0.0; 4];
        for y in y.saturating_sub(2)..(y + 3).min(rows) {
            for other in &colors[y * columns + x.saturating_sub(2)..y * columns + (x + 3).min(columns)] {
                (0..3).for_each(|c| sum[c] += other[c]);
                sum[3] += 1.0;
            }
        }
        [0, 1, 2].map(|c| sum[c] / sum[3])
    };
    (0..colors.len()).into_par_iter().map(blur).collect()
}
