//! Where the points of the source come to lie, and which triangles between them may be shown.

use crate::geometry::{Point, Similarity, signed_area};

/// How far from a fixed line a point moves all the way, in parts of the size of the face.
const REACH: f32 = 0.15;

/// How much more than most triangles one may be stretched along a side, or squeezed along the other.
const STRETCH: f64 = 4.0;

/// The points `to` moved by `amount` towards the proportions of `from`, those near one of the `fixed` lines less and
/// those on it not at all.
pub(super) fn towards_source(from: &[Point], to: &[Point], fixed: &[Vec<Point>], amount: f32) -> Vec<Point> {
    let Some(aligned) = Similarity::estimate(from, to) else { return to.to_vec() };
    let reach = REACH * size(to);
    let moved = from.iter().zip(to).map(|(from, to)| {
        let goal = aligned.apply(*from);
        let distance = fixed.iter().map(|line| distance(*to, line)).fold(f32::INFINITY, f32::min);
        let near = (distance / reach).clamp(0.0, 1.0);
        let share = amount * near * near * (3.0 - 2.0 * near);
        Point::new(to.x + share * (goal.x - to.x), to.y + share * (goal.y - to.y))
    });
    moved.collect()
}

/// The triangles that show the source as it is: not turned over and not stretched much more than the others.
///
/// Those that are too thin to be seen stay, so that closed lids and lips leave no gaps.
pub(super) fn reliable(from: &[Point], to: &[Point], mut triangles: Vec<[usize; 3]>) -> Vec<[usize; 3]> {
    let [source, target] = [from, to]
        .map(|points| triangles.iter().map(|t| signed_area(t.map(|i| points[i]))).sum::<f64>().abs().sqrt());
    let usual = target / source;
    triangles.retain(|triangle| {
        let [from, to] = [from, to].map(|points| triangle.map(|i| points[i]));
        if thickness(to) < 1.5 {
            return true;
        }
        let [high, low] = stretches(from, to);
        low > 0.0 && high < STRETCH * usual && low > usual / (2.0 * STRETCH)
    });
    triangles
}

/// The height of a triangle over its longest side.
fn thickness(corners: [Point; 3]) -> f64 {
    let longest = (0..3).map(|i| corners[i].distance(corners[(i + 1) % 3])).fold(0.0, f32::max);
    2.0 * signed_area(corners).abs() / f64::from(longest).max(f64::MIN_POSITIVE)
}

/// The most and the least that lines of a triangle become longer; the least is negative when it is turned over.
fn stretches(from: [Point; 3], to: [Point; 3]) -> [f64; 2] {
    let edges = |p: [Point; 3]| {
        [[p[1].x - p[0].x, p[2].x - p[0].x], [p[1].y - p[0].y, p[2].y - p[0].y]].map(|row| row.map(f64::from))
    };
    let ([[a, b], [c, d]], [[e, f], [g, h]]) = (edges(from), edges(to));
    let doubled = a * d - b * c;
    // The matrix that takes the edges of one to those of the other, and its singular values.
    let [[a, b], [c, d]] =
        [[e * d - f * c, f * a - e * b], [g * d - h * c, h * a - g * b]].map(|row| row.map(|v| v / doubled));
    let (same, mirrored) = ((a + d).hypot(c - b), (a - d).hypot(b + c));
    [(same + mirrored) / 2.0, (same - mirrored) / 2.0]
}

/// The side of a square of the area of the box around points.
fn size(points: &[Point]) -> f32 {
    let low = points.iter().fold([f32::INFINITY; 2], |low, p| [low[0].min(p.x), low[1].min(p.y)]);
    let high = points.iter().fold([f32::NEG_INFINITY; 2], |high, p| [high[0].max(p.x), high[1].max(p.y)]);
    ((high[0] - low[0]) * (high[1] - low[1])).max(0.0).sqrt().max(f32::MIN_POSITIVE)
}

/// The distance from a point to a closed line.
fn distance(point: Point, line: &[Point]) -> f32 {
    let edges = (0..line.len()).map(|i| (line[i], line[(i + 1) % line.len()]));
    let to_edge = |(a, b): (Point, Point)| {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let along =
            ((point.x - a.x) * dx + (point.y - a.y) * dy) / (dx * dx + dy * dy).max(f32::MIN_POSITIVE);
        let along = along.clamp(0.0, 1.0);
        point.distance(Point::new(a.x + along * dx, a.y + along * dy))
    };
    edges.map(to_edge).fold(f32::INFINITY, f32::min)
}
