//! Pictures bent over triangles.

use crate::error::{Error, Result};
use crate::geometry::area::shrink_to_rgb;
use crate::geometry::rows::{check_output, for_each_row};
use crate::geometry::sample::{Matrix, Sampler, rescale, round_to_u8};
use crate::geometry::triangulation::signed_area;
use crate::geometry::{Mask, Point};
use crate::picture::{Image, ImageRef, PixelFormat};

/// A picture bent over triangles.
#[derive(Debug, Clone)]
pub struct Bent {
    /// The RGB pixels; black where no triangle lies.
    pub image: Image,
    /// 1 where a triangle lies and shows a part of the source, 0 elsewhere.
    pub covered: Mask,
}

/// Bends a picture so that each point of `from` comes to lie at the point of `to` with the same index.
///
/// Each of the `triangles`, three indices into both lists, is moved by the affine transform between its corners;
/// the result is `width` × `height` RGB pixels, bilinear, with the border of the source repeated. Where triangles
/// of `to` lie over one another the first is seen, and those without area are left out. Where most of the area
/// shrinks by more than 2 along a side, the source is first reduced, each pixel the average of its area. This is
/// scikit-image's `PiecewiseAffineTransform`, within 1 level.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0, lists of different lengths, an index
/// without a point or a point that is not finite, [`LimitExceeded`](crate::ErrorKind::LimitExceeded) for more
/// than 2^28 pixels.
pub fn bend(
    source: ImageRef<'_>,
    from: &[Point],
    to: &[Point],
    triangles: &[[usize; 3]],
    width: u32,
    height: u32,
) -> Result<Bent> {
    check_output(width, height)?;
    check_points(from, to, triangles)?;
    let corners = |points: &[Point], triangle: &[usize; 3]| triangle.map(|i| points[i]);
    let maps: Vec<Matrix> = triangles
        .iter()
        .map(|t| affine(corners(to, t), corners(from, t)).unwrap_or([[f64::NAN; 3]; 2]))
        .collect();
    let owners = owners(to, triangles, [width as usize, height as usize]);

    let area = |points| triangles.iter().map(|t| signed_area(corners(points, t)).abs()).sum::<f64>();
    let factor = (area(from) / area(to)).sqrt().floor();
    let reduced = if factor >= 2.0 && factor.is_finite() { Some(reduce(source, factor)?) } else { None };
    let (view, maps) = match &reduced {
        Some(image) => {
            let sizes = [[source.width(), source.height()], [image.width(), image.height()]];
            (image.view(), maps.iter().map(|map| rescale(map, [0, 0], sizes[0], sizes[1])).collect())
        }
        None => (source, maps),
    };
    let mut pixels = vec![0; owners.len() * 3];
    match view.format().channels() {
        1 => sample::<1>(view, &maps, &owners, width as usize, &mut pixels),
        3 => sample::<3>(view, &maps, &owners, width as usize, &mut pixels),
        _ => sample::<4>(view, &maps, &owners, width as usize, &mut pixels),
    }
    let shown = |(i, &owner): (usize, &u32)| {
        let Some(map) = maps.get(owner as usize) else { return 0.0 };
        let [x, y] = apply(map, (i % width as usize) as f64, (i / width as usize) as f64);
        let inside = x >= -0.5
            && y >= -0.5
            && x <= f64::from(view.width()) - 0.5
            && y <= f64::from(view.height()) - 0.5;
        f32::from(u8::from(inside))
    };
    let covered = owners.iter().enumerate().map(shown).collect();
    Ok(Bent {
        image: Image::from_pixels(width, height, PixelFormat::Rgb, pixels)?,
        covered: Mask::from_values(width, height, covered)?,
    })
}

fn check_points(from: &[Point], to: &[Point], triangles: &[[usize; 3]]) -> Result<()> {
    if from.len() != to.len() {
        return Err(Error::parameter(format!(
            "{} points cannot be moved to {} points: give as many",
            from.len(),
            to.len()
        )));
    }
    if let Some(point) = from.iter().chain(to).find(|point| !(point.x.is_finite() && point.y.is_finite())) {
        return Err(Error::parameter(format!(
            "a picture cannot be bent with a point at {}, {}: every coordinate must be a finite number",
            point.x, point.y
        )));
    }
    match triangles.iter().flatten().find(|&&i| i >= from.len()) {
        Some(i) => Err(Error::parameter(format!("a triangle has corner {i}, of {} points", from.len()))),
        None => Ok(()),
    }
}

/// The picture smaller by a factor, each pixel the average of its area.
fn reduce(source: ImageRef<'_>, factor: f64) -> Result<Image> {
    let [width, height] =
        [source.width(), source.height()].map(|side| (f64::from(side) / factor).ceil() as u32);
    Image::from_pixels(width, height, PixelFormat::Rgb, shrink_to_rgb(source, [width, height]))
}

/// The affine transform between the corners of two triangles; none when the first has no area.
fn affine(from: [Point; 3], to: [Point; 3]) -> Option<Matrix> {
    let doubled = 2.0 * signed_area(from);
    let [p, q, r] = from.map(|point| [f64::from(point.x), f64::from(point.y)]);
    let matrix = [to.map(|point| f64::from(point.x)), to.map(|point| f64::from(point.y))].map(|[a, b, c]| {
        let x = ((b - a) * (r[1] - p[1]) - (c - a) * (q[1] - p[1])) / doubled;
        let y = ((c - a) * (q[0] - p[0]) - (b - a) * (r[0] - p[0])) / doubled;
        [x, y, a - x * p[0] - y * p[1]]
    });
    matrix.concat().iter().all(|value| value.is_finite()).then_some(matrix)
}

#[inline]
fn apply(map: &Matrix, x: f64, y: f64) -> [f64; 2] {
    map.map(|row| row[0] * x + row[1] * y + row[2])
}

/// No triangle.
const NONE: u32 = u32::MAX;

/// Which triangle each pixel shows: the first that holds its centre.
fn owners(points: &[Point], triangles: &[[usize; 3]], [width, height]: [usize; 2]) -> Vec<u32> {
    let mut owners = vec![NONE; width * height];
    for (i, triangle) in triangles.iter().enumerate() {
        let corners = triangle.map(|i| points[i]);
        if signed_area(corners) == 0.0 {
            continue;
        }
        let [low, high] =
            [f32::min, f32::max].map(|pick| corners.map(|corner| corner.y).into_iter().reduce(pick));
        let (low, high) = (low.unwrap_or(0.0).ceil().max(0.0) as usize, high.unwrap_or(0.0).floor());
        if high < 0.0 {
            continue;
        }
        for y in low..(high.min(height as f32) as usize + 1).min(height) {
            let Some([left, right]) = span(corners, y as f64) else { continue };
            let end = ((right + SLACK).floor() + 1.0).clamp(0.0, width as f64) as usize;
            let start = ((left - SLACK).ceil().max(0.0) as usize).min(end);
            for owner in &mut owners[y * width..][start..end] {
                if *owner == NONE {
                    *owner = i as u32;
                }
            }
        }
    }
    owners
}

/// How far a centre may lie outside a triangle and still be held, so that rounding leaves no gap between two.
const SLACK: f64 = 1e-6;

/// Where a triangle begins and ends along the line at `y`.
fn span(corners: [Point; 3], y: f64) -> Option<[f64; 2]> {
    let mut ends: Option<[f64; 2]> = None;
    for i in 0..3 {
        let [[ax, ay], [bx, by]] =
            [corners[i], corners[(i + 1) % 3]].map(|corner| [f64::from(corner.x), f64::from(corner.y)]);
        if ay.min(by) <= y && y <= ay.max(by) {
            let crossings = if ay == by { [ax, bx] } else { [ax + (y - ay) / (by - ay) * (bx - ax); 2] };
            for x in crossings {
                ends = Some(ends.map_or([x, x], |[left, right]: [f64; 2]| [left.min(x), right.max(x)]));
            }
        }
    }
    ends
}

fn sample<const C: usize>(
    source: ImageRef<'_>,
    maps: &[Matrix],
    owners: &[u32],
    width: usize,
    pixels: &mut [u8],
) {
    let sampler = Sampler::<C>::new(source);
    let steps = pixels.len() * 4;
    for_each_row(
        pixels,
        width * 3,
        steps,
        || (),
        |(), y, row| {
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                if let Some(map) = maps.get(owners[y * width + x] as usize) {
                    let color = sampler.replicated(apply(map, x as f64, y as f64));
                    pixel.iter_mut().zip(color).for_each(|(value, color)| *value = round_to_u8(color));
                }
            }
        },
    );
}
