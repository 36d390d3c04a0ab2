//! Outlines to be filled: strokes along lines, and smooth curves through points.

use std::f32::consts::PI;

use crate::error::Result;
use crate::geometry::{Mask, Point};

/// Steps of a curve between two of its points, and of the half circle at the end of a stroke.
const STEPS: usize = 6;

/// The point between two others, `share` of the way from `a` to `b`.
pub(super) fn between(a: Point, b: Point, share: f32) -> Point {
    Point::new(a.x + share * (b.x - a.x), a.y + share * (b.y - a.y))
}

/// The mean of points; the origin where there are none.
pub(super) fn mean(points: &[Point]) -> Point {
    let count = points.len().max(1) as f32;
    let sum = points.iter().fold(Point::default(), |sum, p| Point::new(sum.x + p.x, sum.y + p.y));
    Point::new(sum.x / count, sum.y / count)
}

/// A smooth curve through points, open or closed.
///
/// Source: E. Catmull and R. Rom, "A class of local interpolating splines", 1974.
pub(super) fn curve(points: &[Point], closed: bool) -> Vec<Point> {
    let count = points.len();
    if count < 3 {
        return points.to_vec();
    }
    let at = |i: isize| {
        let i = if closed { i.rem_euclid(count as isize) } else { i.clamp(0, count as isize - 1) };
        points[i as usize]
    };
    let segments = if closed { count } else { count - 1 } as isize;
    let mut curve = Vec::with_capacity(segments as usize * STEPS + 1);
    for i in 0..segments {
        let [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            let spline = |a: f32, b: f32, c: f32, d: f32| {
                b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            };
            curve.push(Point::new(spline(a.x, b.x, c.x, d.x), spline(a.y, b.y, c.y, d.y)));
        }
    }
    if !closed {
        curve.push(points[count - 1]);
    }
    curve
}

/// The outline of a stroke along a line with round ends; `width` gives its whole width at 0, the start, to 1, the end.
pub(super) fn stroke(line: &[Point], width: impl Fn(f32) -> f32) -> Vec<Point> {
    let [first, .., last] = line else { return Vec::new() };
    let count = line.len();
    let normal = |i: usize| {
        let (a, b) = (line[i.saturating_sub(1)], line[(i + 1).min(count - 1)]);
        let length = a.distance(b).max(f32::MIN_POSITIVE);
        Point::new((a.y - b.y) / length, (b.x - a.x) / length)
    };
    let half = |i: usize| width(i as f32 / (count - 1) as f32) / 2.0;
    let side = |i: usize, sign: f32| {
        let (normal, half) = (normal(i), sign * half(i));
        Point::new(line[i].x + half * normal.x, line[i].y + half * normal.y)
    };
    let cap = |center: Point, i: usize, start: f32| {
        let (normal, half) = (normal(i), half(i));
        (1..STEPS).map(move |step| {
            let (sin, cos) = (start + PI * step as f32 / STEPS as f32).sin_cos();
            // From the normal, turned by the angle.
            Point::new(
                center.x + half * (cos * normal.x + sin * normal.y),
                center.y + half * (cos * normal.y - sin * normal.x),
            )
        })
    };
    let there = (0..count).map(|i| side(i, 1.0));
    let back = (0..count).rev().map(|i| side(i, -1.0));
    there.chain(cap(*last, count - 1, 0.0)).chain(back).chain(cap(*first, 0, PI)).collect()
}

/// An ellipse with half axes along `across`, of length 1, and at right angles to it.
pub(super) fn ellipse(center: Point, across: Point, [width, height]: [f32; 2]) -> Vec<Point> {
    let place = |i: usize| {
        let (sin, cos) = (2.0 * PI * i as f32 / 32.0).sin_cos();
        let (x, y) = (width * cos, height * sin);
        Point::new(center.x + x * across.x - y * across.y, center.y + x * across.y + y * across.x)
    };
    (0..32).map(place).collect()
}

/// An outline made wider and higher from a centre on, in a face where `down` is down.
pub(super) fn scaled(outline: &[Point], center: Point, down: Point, [width, height]: [f32; 2]) -> Vec<Point> {
    let scale = |point: &Point| {
        let (dx, dy) = (point.x - center.x, point.y - center.y);
        let (across, along) = (width * (dx * down.y - dy * down.x), height * (dx * down.x + dy * down.y));
        Point::new(center.x + across * down.y + along * down.x, center.y - across * down.x + along * down.y)
    };
    outline.iter().map(scale).collect()
}

/// The mask of the part of a picture of some size around an outline, and the top left corner of that part; none when they do not
/// meet.
pub(super) fn local_mask([width, height]: [u32; 2], outline: &[Point]) -> Result<Option<([usize; 2], Mask)>> {
    let range = |of: fn(&Point) -> f32, side: u32| {
        let low = outline.iter().map(of).fold(f32::INFINITY, f32::min).floor().max(0.0);
        let high = (outline.iter().map(of).fold(f32::NEG_INFINITY, f32::max).ceil() + 1.0).min(side as f32);
        (high > low).then_some((low as usize, (high - low) as u32))
    };
    let (Some((left, width)), Some((top, height))) =
        (range(|point| point.x, width), range(|point| point.y, height))
    else {
        return Ok(None);
    };
    let moved: Vec<_> = outline.iter().map(|p| Point::new(p.x - left as f32, p.y - top as f32)).collect();
    Ok(Some(([left, top], Mask::polygon(width, height, &moved)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(outline: &[Point]) -> f32 {
        local_mask([100, 100], outline).unwrap().map_or(0.0, |(_, mask)| mask.values().iter().sum())
    }

    #[test]
    fn a_stroke_is_as_wide_as_asked_for_with_round_ends() {
        let line = [Point::new(20.0, 50.0), Point::new(50.0, 50.0), Point::new(80.0, 50.0)];
        let expected = 60.0 * 10.0 + 25.0 * PI;
        assert!((area(&stroke(&line, |_| 10.0)) - expected).abs() < 0.02 * expected);
        assert!(stroke(&line[..1], |_| 10.0).is_empty());
    }

    #[test]
    fn a_curve_goes_through_its_points() {
        let points =
            [Point::new(1.0, 2.0), Point::new(5.0, 9.0), Point::new(12.0, 3.0), Point::new(4.0, -2.0)];
        for closed in [false, true] {
            let curve = curve(&points, closed);
            assert!(points.iter().all(|point| curve.contains(point)), "{curve:?}");
        }
    }

    #[test]
    fn an_outline_is_scaled_along_the_face() {
        let center = Point::new(50.0, 50.0);
        let circle = ellipse(center, Point::new(0.6, 0.8), [10.0, 10.0]);
        let wider = scaled(&circle, center, Point::new(-0.8, 0.6), [2.0, 1.0]);
        assert!((area(&wider) / area(&circle) - 2.0).abs() < 0.02);
        let across =
            wider.iter().map(|p| ((p.x - 50.0) * 0.6 + (p.y - 50.0) * 0.8).abs()).fold(0.0, f32::max);
        assert!((across - 20.0).abs() < 0.1, "{across}");
    }

    #[test]
    fn what_lies_outside_a_picture_has_no_mask() {
        let far = ellipse(Point::new(-50.0, 50.0), Point::new(1.0, 0.0), [10.0, 10.0]);
        assert!(local_mask([100, 100], &far).unwrap().is_none());
        assert!(local_mask([100, 100], &[]).unwrap().is_none());
    }
}
