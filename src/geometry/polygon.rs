//! Polygons: the convex hull of points, and masks filled within a contour.

use crate::error::{Error, Result};
use crate::geometry::rows::check_output;
use crate::geometry::triangulation::signed_area;
use crate::geometry::{Mask, Point};

/// The convex hull of points: its corners in clockwise order as seen in a picture, the leftmost first.
///
/// Points on an edge of the hull are left out, and so are points that are not finite. Fewer than three corners come
/// back when the points lie on a line.
///
/// Source: A. M. Andrew, "Another efficient algorithm for convex hulls in two dimensions", 1979.
pub fn convex_hull(points: &[Point]) -> Vec<Point> {
    let mut points: Vec<Point> =
        points.iter().copied().filter(|point| point.x.is_finite() && point.y.is_finite()).collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut hull = chain(points.iter().copied());
    hull.pop();
    hull.extend(chain(points.iter().rev().copied()));
    hull.pop();
    hull
}

/// The corners of one side of the hull of sorted points, from the first point to the last.
fn chain(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::new();
    for point in points {
        while let [.., a, b] = corners[..]
            && signed_area([a, b, point]) <= 0.0
        {
            corners.pop();
        }
        corners.push(point);
    }
    corners
}

impl Mask {
    /// A mask of `width` × `height` weights that is 1 within a polygon and 0 around it.
    ///
    /// The edge is antialiased: a pixel's weight is the share of its area that the polygon covers, the pixel
    /// reaching half a pixel to each side of its centre. It is the average of OpenCV's `fillPoly` on an ever finer
    /// grid; OpenCV itself gives 1 to every pixel that the contour touches. The last point is joined to the
    /// first, and where a contour winds around an area more than once, the area is within. Fewer than three points,
    /// or points on a line, give a mask of 0.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or a point that is not finite,
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) for more than 2^28 pixels.
    pub fn polygon(width: u32, height: u32, points: &[Point]) -> Result<Self> {
        check_output(width, height)?;
        if let Some(point) = points.iter().find(|point| !(point.x.is_finite() && point.y.is_finite())) {
            return Err(Error::parameter(format!(
                "a polygon has a corner at {}, {}: every coordinate must be a finite number",
                point.x, point.y
            )));
        }
        let corners = points.iter().map(|point| [f64::from(point.x) + 0.5, f64::from(point.y) + 0.5]);
        let corners = clip(corners.collect(), [f64::from(width), f64::from(height)]);
        let mut values = vec![0.0; width as usize * height as usize];
        for (i, &to) in corners.iter().enumerate() {
            let from = corners[i.checked_sub(1).unwrap_or(corners.len() - 1)];
            add_edge(&mut values, width as usize, from, to);
        }
        for row in values.chunks_exact_mut(width as usize) {
            let mut covered = 0.0f32;
            for value in row {
                covered += *value;
                *value = covered.abs();
            }
        }
        Self::from_values(width, height, values)
    }
}

/// The part of a polygon within a box from 0, 0 to `size`.
///
/// Source: I. E. Sutherland and G. W. Hodgman, "Reentrant polygon clipping", 1974.
fn clip(mut corners: Vec<[f64; 2]>, size: [f64; 2]) -> Vec<[f64; 2]> {
    for (axis, bound, sign) in [(0, 0.0, 1.0), (1, 0.0, 1.0), (0, size[0], -1.0), (1, size[1], -1.0)] {
        let depth = |corner: [f64; 2]| sign * (corner[axis] - bound);
        let mut clipped = Vec::with_capacity(corners.len() + 4);
        for (i, &to) in corners.iter().enumerate() {
            let from = corners[i.checked_sub(1).unwrap_or(corners.len() - 1)];
            if (depth(from) >= 0.0) != (depth(to) >= 0.0) {
                let share = depth(from) / (depth(from) - depth(to));
                let mut crossing = [0, 1].map(|i| from[i] + share * (to[i] - from[i]));
                crossing[axis] = bound;
                clipped.push(crossing);
            }
            if depth(to) >= 0.0 {
                clipped.push(to);
            }
        }
        corners = clipped;
    }
    corners
}

/// Adds an edge to the differences along the rows whose running sums are the covered shares.
fn add_edge(values: &mut [f32], width: usize, from: [f64; 2], to: [f64; 2]) {
    let (sign, [x0, y0], [x1, y1]) = if from[1] < to[1] { (1.0, from, to) } else { (-1.0, to, from) };
    if y0 == y1 {
        return;
    }
    let slope = (x1 - x0) / (y1 - y0);
    let x_at = |y: f64| (x0 + (y - y0) * slope).clamp(x0.min(x1), x0.max(x1));
    for (y, row) in values.chunks_exact_mut(width).enumerate().take(y1.ceil() as usize).skip(y0 as usize) {
        let (top, bottom) = (y0.max(y as f64), y1.min(y as f64 + 1.0));
        let (a, b) = (x_at(top), x_at(bottom));
        add_within_row(row, a.min(b), a.max(b), sign * (quantise(bottom) - quantise(top)));
    }
}

/// Adds the piece of an edge within one row: it runs from `left` to `right` and is `height` high, with a sign.
fn add_within_row(row: &mut [f32], left: f64, right: f64, height: f64) {
    let mut before = 0.0;
    for x in left as usize..(right.ceil() as usize).max(left as usize + 1) {
        let (start, end) = (left.max(x as f64), right.min(x as f64 + 1.0));
        let after = if end < right { quantise(height * (end - left) / (right - left)) } else { height };
        // All of the piece so far, and what lies to the right of it within this pixel.
        let covered = quantise(before + (after - before) * (x as f64 + 1.0 - (start + end) / 2.0));
        for (at, value) in [(x, covered - before), (x + 1, after - covered)] {
            if let Some(sum) = row.get_mut(at) {
                *sum += value as f32;
            }
        }
        before = after;
    }
}

/// Rounds to 2^-16, so that what the edges of a contour add to a row cancels exactly behind it.
fn quantise(value: f64) -> f64 {
    (value * 65536.0).round() / 65536.0
}
