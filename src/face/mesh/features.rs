//! Eyes, mouth and skin: whose are shown, and where they are.

use crate::error::Result;
use crate::face::landmarks::Landmarks;
use crate::face::mesh::{Feature, MeshOptions};
use crate::geometry::{ColorStats, Mask, Point, convex_hull, gaussian_blur, rgb_to_lab, signed_area};
use crate::picture::ImageRef;

/// A feature of the source is closed against the target's when it is open by less than this share of it.
const CLOSED: f32 = 0.4;

/// A feature that is open by less than this, its height in widths, is closed.
const OPEN: f32 = 0.08;

/// How far the lightness and the hues of skin may differ at least, in CIE L\*a\*b\*.
const SKIN: [f32; 3] = [12.0, 6.0, 7.0];

/// How many times more they may differ for hair.
const HAIR: [f32; 3] = [f32::INFINITY, 2.2, 2.2];

/// The part of the crop's side that is left around the features.
const MARGIN: f32 = 50.0;

/// The outlines in the target's picture of what is shown of the target: eyes, and the inside of the mouth.
pub(super) fn kept(source: &Landmarks, target: &Landmarks, options: &MeshOptions) -> Vec<Vec<Point>> {
    let scheme = target.scheme();
    let [left, right] = scheme.eyes();
    let eyes = [left, right];
    let keeps = |choice: Feature, tables: &[&[usize]]| match choice {
        Feature::Source => false,
        Feature::Target => true,
        Feature::Auto => tables.iter().any(|table| {
            let [source, target] = [source, target].map(|face| openness(&face.at(table)));
            target > OPEN && source < CLOSED * target
        }),
    };
    let mut kept = Vec::new();
    // Both eyes come from one face, so that they look the same way.
    if keeps(options.eyes, &eyes) {
        kept.extend(eyes.map(|table| target.at(table)));
    }
    if keeps(options.mouth, &[scheme.inner_lips()]) {
        kept.push(target.at(scheme.inner_lips()));
    }
    kept
}

/// The height of a closed outline, on average over its width, in widths; it begins at its left corner.
fn openness(outline: &[Point]) -> f32 {
    let width = outline[0].distance(outline[outline.len() / 2]).max(f32::MIN_POSITIVE);
    let fan = outline.windows(2).map(|edge| signed_area([outline[0], edge[0], edge[1]]));
    fan.sum::<f64>().abs() as f32 / (width * width)
}

/// Where a picture shows bare skin, 1 within the features and from there outwards up to the first hair, hat or
/// background, and 0 behind it.
///
/// `skin` tells where to look for the colours of skin, `core` is 1 over the features, and of the three `rows` the
/// first is where hair stops being told from skin, and only other hues are, as of a background; between the second and
/// the third the search fades out. The crop is upright.
pub(super) fn bare(crop: ImageRef<'_>, skin: &Mask, core: &Mask, rows: [f32; 3]) -> Result<Mask> {
    let side = crop.width() as usize;
    let Some(colors) = ColorStats::of(crop, skin)? else { return Mask::full(crop.width(), crop.height()) };
    let smooth = gaussian_blur(crop, side as f64 / 128.0)?;
    let mut bare = vec![1.0f32; side * side];
    let middle = side as i32 / 2;
    // Squares around the middle, from the inside out: each pixel follows the one before it on its way.
    for radius in 1..=middle {
        let ring = (-radius..=radius).flat_map(|i| [[i, -radius], [i, radius], [-radius, i], [radius, i]]);
        for offset in ring {
            let [x, y] = offset.map(|offset| offset + middle);
            if x >= side as i32 || y >= side as i32 {
                continue;
            }
            let [px, py] =
                offset.map(|offset| middle + offset - (2 * offset + radius).div_euclid(2 * radius));
            let at = y as usize * side + x as usize;
            if core.values()[at] < 0.5 {
                let pixel = &smooth.pixels()[at * 3..][..3];
                let free = ((y as f32 - rows[1]) / (rows[2] - rows[1]).max(1.0)).clamp(0.0, 1.0);
                let hair = y as f32 >= rows[0];
                let like = likeness([pixel[0], pixel[1], pixel[2]], &colors, hair).max(free);
                bare[at] = like.min(bare[py as usize * side + px as usize].max(free));
            }
        }
    }
    Mask::from_values(crop.width(), crop.height(), bare)
}

/// How much a colour is like one of some skin, 0 to 1, or, with `hair`, like one of skin or hair.
fn likeness(rgb: [u8; 3], skin: &ColorStats, hair: bool) -> f32 {
    let lab = rgb_to_lab(rgb);
    let tolerance = if hair { HAIR } else { [1.0; 3] };
    let distance =
        |i: usize| (lab[i] - skin.mean[i]) / (tolerance[i] * (2.0 * skin.deviation[i]).max(SKIN[i]));
    let square = [0, 1, 2].map(|i| distance(i) * distance(i)).iter().sum::<f32>();
    let beyond = ((square.sqrt() - 1.0) / 0.5).clamp(0.0, 1.0);
    1.0 - beyond * beyond * (3.0 - 2.0 * beyond)
}

/// The skin between eyes and mouth, without them and without the brows.
pub(super) fn skin(face: &Landmarks, side: u32) -> Result<Mask> {
    let scheme = face.scheme();
    let [left, right] = scheme.eyes();
    let middle = [left, right, scheme.nose(), scheme.outer_lips()].concat();
    let mut skin = Mask::polygon(side, side, &convex_hull(&face.at(&middle)))?;
    for table in [left, right, scheme.outer_lips()] {
        skin = skin.min(&without(side, &face.at(table))?)?;
    }
    Ok(skin)
}

/// 1 over brows, eyes, nose and mouth, where they are in the target and where they are moved to, and a little around.
pub(super) fn core(target: &Landmarks, moved: &[Point], side: u32) -> Result<Mask> {
    let scheme = target.scheme();
    let ([left_eye, right_eye], [left_brow, right_brow]) = (scheme.eyes(), scheme.brows());
    let tables = [left_brow, right_brow, left_eye, right_eye, scheme.nose(), scheme.outer_lips()].concat();
    let margin = side as f32 / MARGIN;
    let corners = [[-margin, -margin], [margin, -margin], [-margin, margin], [margin, margin]];
    let points = tables.iter().flat_map(|&index| [target.points()[index], moved[index]]);
    let around = points.flat_map(|point| corners.map(|[dx, dy]| Point::new(point.x + dx, point.y + dy)));
    Mask::polygon(side, side, &convex_hull(&around.collect::<Vec<_>>()))
}

/// 0 within an outline, 1 around it.
pub(super) fn without(side: u32, outline: &[Point]) -> Result<Mask> {
    let within = Mask::polygon(side, side, outline)?;
    Mask::from_values(side, side, within.values().iter().map(|value| 1.0 - value).collect())
}
