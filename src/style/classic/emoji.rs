//! Emoji: flat colours within bold lines.

use rayon::prelude::*;

use crate::error::Result;
use crate::geometry::{box_mean, linear_to_oklab, oklab_to_rgb};
use crate::picture::{Image, PixelFormat};
use crate::style::classic::areas::Areas;
use crate::style::classic::cartoon::{Cartoon, INK, skin_of};
use crate::style::classic::cells::{Cells, Lab, distance2};
use crate::style::classic::features::Features;
use crate::style::classic::glasses::Glasses;
use crate::style::classic::grid::Grid;
use crate::style::classic::palette;
use crate::style::classic::shape::{mean, scaled, stroke};
use crate::style::classic::smooth::within_edges;
use crate::style::{ClassicOptions, Palette, Portrait};

/// How many cells a face is wide at most, and how many the shorter side of a picture may have.
const FACE: f32 = 110.0;
const SHORTER_SIDE: f32 = 400.0;

/// How many colours there are beside the features.
const COLORS: u32 = 16;

/// How far colours are smoothed, in widths of the largest face, and over which differences they are not.
const REACH: f32 = 0.12;
const EDGE: f32 = 0.12;

/// How much more colour there is than in the picture.
const CHROMA: f32 = 1.15;

/// How light the lightest colour is to be, and how much brighter colours may become for that.
const LIGHT: f32 = 0.95;
const GAIN: f32 = 1.3;

/// How far cells vote on their colour, in widths of the largest face.
const VOTE: f32 = 0.023;

/// The least width of an area, in widths of the largest face.
const LEAST: f32 = 0.1;

/// How far the outline of people is smoothed, in widths of the largest face.
const OUTLINE: f32 = 0.05;

/// The width of the line around people and of those within, in widths of the largest face.
const LINES: [f32; 2] = [0.045, 0.022];

/// How far two colours must be apart in Oklab for a line between them.
const CONTRAST: f32 = 0.2;

/// A portrait as an emoji.
pub(super) fn emoji(portrait: &Portrait, palette: &Palette) -> Result<Image> {
    let (cells, colors) = prepare(portrait)?;
    let unit = portrait.unit() / cells.side() as f32;
    let columns = cells.columns();
    let labels = colors.par_iter().map(|&color| palette.nearest(color) as u16).collect();
    let background = palette.colors().len() as u16;
    let mut areas = Areas { labels, columns, count: palette.colors().len() + 1 };
    for _ in 0..2 {
        areas.vote((VOTE * unit).round().max(1.0) as usize);
    }
    areas.absorb((LEAST * unit).powi(2).max(4.0) as usize);
    let outer = clear(&mut areas, portrait, &cells, background, unit);

    let faces: Vec<_> = portrait.faces.iter().filter_map(Features::of).collect();
    let mut within = vec![0.0f32; areas.labels.len()];
    for face in &faces {
        cells.cover(&face.outline(), |at, cover| within[at] = within[at].max(cover))?;
    }
    let labs = palette.labs();
    let reach = (LINES[1] * unit / 2.0) as usize + 3;
    let inner = areas.distances(reach, |a, b, at| {
        let apart =
            |a: u16, b: u16| distance2(labs[usize::from(a)], labs[usize::from(b)]) > CONTRAST * CONTRAST;
        a != background && b != background && within[at] < 0.5 && apart(a, b)
    });
    let gain = gain(palette);
    let mut image = paint(&areas, &cells, palette, [&outer, &inner], unit)?;
    for face in faces.iter().rev() {
        Cartoon::draw(&mut image, &portrait.image, face, gain)?;
    }
    Ok(image)
}

/// The palette for some pictures.
pub(super) fn choose(samples: &[Portrait], options: &ClassicOptions) -> Result<Palette> {
    let size = if options.colors > 0 { options.colors } else { COLORS };
    palette::from_samples(samples, size, prepare)
}

/// The cells of a portrait and their colours, smooth and vivid, faces without their features.
fn prepare(portrait: &Portrait) -> Result<(Cells, Vec<Lab>)> {
    let cells = Cells::of(portrait, 0, FACE, SHORTER_SIDE);
    let mut colors: Vec<Lab> = cells.average(&portrait.image).into_par_iter().map(linear_to_oklab).collect();
    for features in portrait.faces.iter().filter_map(Features::of) {
        erase(&mut colors, &cells, &portrait.image, &features)?;
    }
    let unit = portrait.unit() / cells.side() as f32;
    let grid = Grid { width: cells.columns(), height: colors.len() / cells.columns(), values: colors };
    let mut colors = within_edges(grid.clone(), &grid, (REACH * unit).max(1.0), EDGE).values;
    colors.par_iter_mut().for_each(|[l, a, b]| {
        *l = (*l + 0.02 + 0.5 * (*l - 0.5) * *l * (1.0 - *l)).clamp(0.0, 1.0);
        (*a, *b) = (CHROMA * *a, CHROMA * *b);
    });
    Ok((cells, colors))
}

/// Paints skin over the features of a face and evens the skin around them.
fn erase(colors: &mut [Lab], cells: &Cells, image: &Image, features: &Features) -> Result<()> {
    let skin = skin_of(image, features)?;
    let [left, right] = features.eyes.each_ref().map(|eye| scaled(eye, mean(eye), features.down, [1.4, 2.0]));
    let lips = scaled(&features.lips, mean(&features.lips), features.down, [1.06, 1.06]);
    let nose = scaled(&features.nose, mean(&features.nose), features.down, [1.4, 1.0]);
    let brows = features.brows.each_ref().map(|brow| stroke(brow, |_| 0.2 * features.size));
    let nose = stroke(&nose, |_| 0.13 * features.size);
    let frame = Glasses::of(image, features).map_or(Vec::new(), |glasses| {
        glasses
            .lenses
            .iter()
            .chain(&glasses.bars)
            .map(|line| stroke(line, |_| 0.22 * features.size))
            .collect()
    });
    for outline in [left, right, lips, nose].iter().chain(&brows).chain(&frame) {
        cells.cover(outline, |at, cover| {
            (0..3).for_each(|c| colors[at][c] += cover * (skin[c] - colors[at][c]));
        })?;
    }
    cells.cover(&features.outline(), |at, cover| {
        let color = &mut colors[at];
        let alike = 1.0 - ((distance2(*color, skin).sqrt() - 0.13) / 0.12).clamp(0.0, 1.0);
        (0..3).for_each(|c| color[c] += 0.8 * cover * alike * (skin[c] - color[c]));
    })
}

/// Labels what is no person as `background`, when some is and some is not; how far each cell is from the outline of
/// people.
fn clear(areas: &mut Areas, portrait: &Portrait, cells: &Cells, background: u16, unit: f32) -> Vec<f32> {
    let columns = areas.columns;
    let weight = |at: usize| cells.weight(&portrait.subject, [at % columns, at / columns]);
    let mut shares: Vec<_> =
        (0..areas.labels.len()).map(|at| if weight(at) >= 0.5 { 1.0 } else { 0.0 }).collect();
    let radius = (OUTLINE * unit).round().max(1.0) as usize;
    for _ in 0..2 {
        shares = box_mean(&shares, [columns as u32, cells.rows() as u32], [radius; 2]);
    }
    let labels = shares.iter().map(|share| u16::from(*share >= 0.5)).collect();
    let mut people = Areas { labels, columns, count: 2 };
    people.absorb((0.5 * unit).powi(2) as usize);
    if !people.labels.contains(&1) {
        people.labels.fill(1);
    }
    let reach = (LINES[0] * unit / 2.0) as usize + 3;
    let mut distances = people.distances(reach, |_, _, _| true);
    for (at, person) in people.labels.iter().enumerate() {
        if *person == 0 {
            areas.labels[at] = background;
        }
        // Near a straight edge the shares are a slope, which is smooth where the cells are steps.
        if distances[at] <= reach as f32 {
            distances[at] = (shares[at] - 0.5).abs() * (2 * radius + 1) as f32;
        }
    }
    distances
}

/// The picture of areas and lines, with smooth edges whatever the size of the cells.
fn paint(areas: &Areas, cells: &Cells, palette: &Palette, lines: [&[f32]; 2], unit: f32) -> Result<Image> {
    let [width, height] = cells.size();
    let (columns, rows) = (cells.columns(), cells.rows());
    let side = cells.side() as f32;
    let ink = oklab_to_rgb(INK).map(f32::from);
    let halves = LINES.map(|line| (line * unit / 2.0).max(0.6 / side));
    let ends = backdrop(palette);
    let gain = gain(palette);
    let bright = |lab: &Lab| oklab_to_rgb(lab.map(|part| gain * part)).map(f32::from);
    let colors: Vec<_> = palette.labs().iter().map(bright).collect();
    let mut pixels = vec![0; width as usize * height as usize * 3];
    pixels.par_chunks_mut(width as usize * 3).enumerate().for_each(|(y, row)| {
        let down = y as f32 / height as f32;
        let backdrop: [f32; 3] = std::array::from_fn(|c| ends[0][c] + down * (ends[1][c] - ends[0][c]));
        let color = |label: u16| colors.get(usize::from(label)).copied().unwrap_or(backdrop);
        let v = spline((y as f32 + 0.5) / side, rows);
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let u = spline((x as f32 + 0.5) / side, columns);
            let at = |i: usize, j: usize| v.0[j] * columns + u.0[i];
            let middle = areas.labels[at(1, 1)];
            let lone =
                v.0.iter().all(|row| u.0.iter().all(|column| areas.labels[row * columns + column] == middle));
            if lone && (0..2).all(|line| lines[line][at(1, 1)] > halves[line] + 3.0) {
                let flat = color(middle).map(|level| level.round_ties_even().clamp(0.0, 255.0) as u8);
                pixel.copy_from_slice(&flat);
                continue;
            }
            let mut votes = [(middle, 0.0f32); 9];
            let mut distances = [0.0; 2];
            for (j, weight_v) in v.1.iter().enumerate() {
                for (i, weight_u) in u.1.iter().enumerate() {
                    let (at, weight) = (at(i, j), weight_u * weight_v);
                    let label = areas.labels[at];
                    if let Some(vote) = votes.iter_mut().find(|vote| vote.0 == label || vote.1 == 0.0) {
                        *vote = (label, vote.1 + weight);
                    }
                    (0..2).for_each(|line| distances[line] += weight * lines[line][at]);
                }
            }
            votes.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let [(first, most), (second, less), ..] = votes;
            let share = (0.5 - (most - less) / (most + less) * side / 1.5).clamp(0.0, 0.5);
            let (front, behind) = (color(first), color(second));
            let alpha =
                (0..2).map(|line| (halves[line] - distances[line]) * side + 0.5).fold(0.0, f32::max).min(1.0);
            for c in 0..3 {
                let flat = front[c] + share * (behind[c] - front[c]);
                pixel[c] = (flat + alpha * (ink[c] - flat)).round_ties_even().clamp(0.0, 255.0) as u8;
            }
        }
    });
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels)
}

/// The three cells nearest to a place along an axis, and the weights of a quadratic B-spline there.
fn spline(at: f32, count: usize) -> ([usize; 3], [f32; 3]) {
    let middle = (at as usize).min(count - 1);
    let t = at - middle as f32 - 0.5;
    let weights = [0.5 * (0.5 - t).powi(2), 0.75 - t * t, 0.5 * (0.5 + t).powi(2)];
    ([middle.saturating_sub(1), middle, (middle + 1).min(count - 1)], weights)
}

/// How much brighter colours become, so that the lightest of a dark picture is light.
fn gain(palette: &Palette) -> f32 {
    let lightest = palette.labs().last().map_or(LIGHT, |lab| lab[0]);
    (LIGHT / lightest.max(f32::MIN_POSITIVE)).clamp(1.0, GAIN)
}

/// The colours of the background at the top and at the bottom: pale, and of the hue that the palette has least of.
fn backdrop(palette: &Palette) -> [[f32; 3]; 2] {
    let sum = palette.labs().iter().fold([0.0; 2], |sum, lab| [sum[0] + lab[1], sum[1] + lab[2]]);
    let length = sum[0].hypot(sum[1]);
    // A clear blue where the palette has no hue.
    let [a, b] = if length > 0.02 { sum.map(|part| -part / length) } else { [-0.35, -0.94] };
    // A picture without colours gets none.
    let most = palette.labs().iter().map(|lab| lab[1].hypot(lab[2])).fold(0.0, f32::max);
    let colorful = (most / 0.04).min(1.0);
    [[0.93, 0.045], [0.83, 0.085]]
        .map(|[l, chroma]| [l, colorful * chroma])
        .map(|[l, chroma]| oklab_to_rgb([l, chroma * a, chroma * b]).map(f32::from))
}
