//! Video game: a console game of the 1990s.

use rayon::prelude::*;

use crate::error::Result;
use crate::geometry::{Point, linear_to_oklab, oklab_to_rgb};
use crate::picture::Image;
use crate::style::classic::cells::{Cells, Lab, distance2};
use crate::style::classic::dither::diffuse;
use crate::style::classic::facets::Facets;
use crate::style::classic::features::{Features, salience};
use crate::style::classic::palette;
use crate::style::{ClassicOptions, Dither, Palette, Portrait};

/// How many cells a face is wide, and how many the shorter side of a picture may have at most.
const FACE: f32 = 60.0;
const SHORTER_SIDE: f32 = 256.0;

/// What the console's picture generator adds to levels before it drops their lowest three bits.
const PATTERN: [[f32; 4]; 4] =
    [[-4.0, 0.0, -3.0, 1.0], [2.0, -2.0, 3.0, -1.0], [-3.0, 1.0, -4.0, 0.0], [3.0, -1.0, 2.0, -2.0]];

/// How much of the texture is seen on a facet: in general, in a face, and in its eyes, brows and lips.
const TEXTURE: [f32; 3] = [0.2, 0.35, 0.9];

/// How far in Oklab a texel is from the mean of its facet when the texture begins to be seen, and when it wholly is.
const EDGE: [f32; 2] = [0.05, 0.17];

/// How much more colour and contrast there is than in the picture.
const CHROMA: f32 = 1.12;
const CONTRAST: f32 = 1.12;

/// Where the light comes from, of length 1, and how much it does.
const LIGHT: [f32; 3] = [-0.42, -0.5, 0.757];
const SHADING: f32 = 0.4;

/// A portrait as a console of the 1990s showed it.
pub(super) fn video_game(
    portrait: &Portrait,
    palette: Option<&Palette>,
    options: &ClassicOptions,
) -> Result<Image> {
    let (cells, colors) = prepare(portrait, options)?;
    let columns = cells.columns();
    let dither = options.dither.unwrap_or(Dither::Ordered);
    let painted: Vec<_> = match palette {
        Some(palette) => {
            let indices = dither.apply(&colors, columns, palette);
            indices.into_iter().map(|index| palette.colors()[index]).collect()
        }
        None => reduced(&colors, columns, dither),
    };
    cells.paint(&painted)
}

/// The palette for some pictures, of colours that the console has; none unless one is asked for.
pub(super) fn choose(samples: &[Portrait], options: &ClassicOptions) -> Result<Option<Palette>> {
    if options.colors == 0 {
        return Ok(None);
    }
    let chosen = palette::from_samples(samples, options.colors, |portrait| prepare(portrait, options))?;
    Ok(Some(Palette::of(
        chosen.colors().iter().map(|color| color.map(|level| fifteen_bit(f32::from(level)))),
    )))
}

/// The cells of a portrait and their colours, as facets.
fn prepare(portrait: &Portrait, options: &ClassicOptions) -> Result<(Cells, Vec<Lab>)> {
    let cells = Cells::of(portrait, options.pixel_size, FACE, SHORTER_SIDE);
    let texture: Vec<Lab> = cells.average(&portrait.image).into_par_iter().map(linear_to_oklab).collect();
    let facets = Facets::of(portrait, &cells, &texture);
    let seen = visibility(portrait, &cells)?;
    let mut colors = texture.clone();
    for triangle in &facets.triangles {
        draw(&facets, *triangle, &cells, portrait.unit(), &texture, &seen, &mut colors);
    }
    let toned = colors.into_iter().map(|[l, a, b]| {
        let l = l + (CONTRAST - 1.0) * 4.0 * (l - 0.52) * (l * (1.0 - l)).max(0.0);
        [l, CHROMA * a, CHROMA * b]
    });
    Ok((cells, toned.collect()))
}

/// How much of the texture is seen in each cell.
fn visibility(portrait: &Portrait, cells: &Cells) -> Result<Vec<f32>> {
    let mut seen: Vec<_> = salience(portrait, cells)?;
    let mut faces = vec![0.0f32; seen.len()];
    for features in portrait.faces.iter().filter_map(Features::of) {
        cells.cover(&features.outline(), |at, cover| faces[at] = faces[at].max(cover))?;
    }
    let [other, face, feature] = TEXTURE;
    for (seen, cover) in seen.iter_mut().zip(faces) {
        let plain = other + cover * (face - other);
        *seen = plain + *seen * (feature - plain);
    }
    Ok(seen)
}

/// Draws a facet: its corners at whole cells, its texture stretched over it without perspective.
fn draw(
    facets: &Facets,
    triangle: [usize; 3],
    cells: &Cells,
    unit: f32,
    texture: &[Lab],
    seen: &[f32],
    out: &mut [Lab],
) {
    let columns = cells.columns();
    let from = triangle.map(|i| facets.points[i]);
    let to = from.map(|point| Point::new(point.x.round(), point.y.round()));
    let limits = [columns as f32 - 1.0, cells.rows() as f32 - 1.0];
    let area = cross(to[0], to[1], to[2]);
    if area <= 0.0 {
        return;
    }
    let range = |values: [f32; 3], limit: f32| {
        let low = values.into_iter().fold(f32::INFINITY, f32::min).max(0.0);
        let high = values.into_iter().fold(f32::NEG_INFINITY, f32::max).min(limit);
        low as usize..(high + 1.0).max(0.0) as usize
    };
    let mut texels = Vec::new();
    let mut sum = [0.0; 3];
    for y in range(to.map(|p| p.y), limits[1]) {
        for x in range(to.map(|p| p.x), limits[0]) {
            let at = Point::new(x as f32, y as f32);
            let shares = [cross(to[1], to[2], at), cross(to[2], to[0], at), cross(to[0], to[1], at)]
                .map(|part| part / area);
            if shares.iter().any(|share| *share < 0.0) {
                continue;
            }
            let mix =
                |values: [f32; 3]| shares[0] * values[0] + shares[1] * values[1] + shares[2] * values[2];
            let u = mix(from.map(|p| p.x)).round().clamp(0.0, limits[0]) as usize;
            let v = mix(from.map(|p| p.y)).round().clamp(0.0, limits[1]) as usize;
            let texel = texture[v * columns + u];
            (0..3).for_each(|c| sum[c] += texel[c]);
            texels.push((y * columns + x, texel));
        }
    }
    let base = sum.map(|sum| sum / texels.len().max(1) as f32);
    let light = 1.0
        + SHADING
            * (brightness(from, triangle.map(|i| facets.heights[i] * unit / cells.side() as f32)) - LIGHT[2]);
    for (at, texel) in texels {
        let apart = ((distance2(texel, base).sqrt() - EDGE[0]) / (EDGE[1] - EDGE[0])).clamp(0.0, 1.0);
        let share = seen[at] + (1.0 - seen[at]) * apart;
        let [l, a, b]: Lab = std::array::from_fn(|c| base[c] + share * (texel[c] - base[c]));
        out[at] = [l * light, a * light, b * light];
    }
}

/// How much light falls on a facet, 0 to 1; one that lies in the picture gets the third part of [`LIGHT`].
fn brightness(corners: [Point; 3], heights: [f32; 3]) -> f32 {
    let edge = |i: usize| [corners[i].x - corners[0].x, corners[i].y - corners[0].y, heights[i] - heights[0]];
    let ([ax, ay, az], [bx, by, bz]) = (edge(1), edge(2));
    let normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let length = normal.iter().map(|part| part * part).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    (0..3).map(|c| normal[c] / length * LIGHT[c]).sum::<f32>().max(0.0)
}

fn cross(a: Point, b: Point, c: Point) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// The colours in the console's 15 bits.
fn reduced(colors: &[Lab], columns: usize, dither: Dither) -> Vec<[u8; 3]> {
    let levels = colors.par_iter().map(|&color| oklab_to_rgb(color).map(f32::from));
    match dither {
        Dither::None => levels.map(|levels| levels.map(fifteen_bit)).collect(),
        Dither::Ordered => {
            let pattern = |at: usize| PATTERN[at / columns % 4][at % columns % 4];
            let reduce = |(at, levels): (usize, [f32; 3])| levels.map(|level| truncated(level + pattern(at)));
            levels.enumerate().map(reduce).collect()
        }
        Dither::Diffusion => diffuse(levels.collect(), columns, |levels| {
            let reduced = levels.map(fifteen_bit);
            (reduced, reduced.map(f32::from))
        }),
    }
}

/// The nearest level of those that 5 bits have.
fn fifteen_bit(level: f32) -> u8 {
    expanded((level * 31.0 / 255.0).round_ties_even())
}

/// The level without its lowest three bits.
fn truncated(level: f32) -> u8 {
    expanded((level / 8.0).floor())
}

/// The level of 5 bits as one of 8.
fn expanded(level: f32) -> u8 {
    let level = level.clamp(0.0, 31.0) as u8;
    level << 3 | level >> 2
}
