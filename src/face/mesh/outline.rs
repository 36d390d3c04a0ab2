//! The outline of a face, with the part of the forehead that landmarks leave out.

use crate::face::landmarks::{LandmarkScheme, Landmarks};
use crate::geometry::{Point, convex_hull};

/// Points along the forehead, where the scheme has none.
const FOREHEAD: usize = 9;

/// How far the forehead is taken to reach above the brows, in distances from the brows to the base of the nose;
/// hairlines begin at about 1.
const HEIGHT: f32 = 0.45;

/// How far the outline of an upright face is drawn in towards the middle, across and down, so that it runs over skin and not over ears and background.
const INSET: [f32; 2] = [0.95, 0.985];

/// The landmarks, followed by points along the forehead where the scheme's outline runs over the brows.
///
/// The forehead is half of a rounded box over the ends of the jaw.
pub(super) fn with_forehead(face: &Landmarks) -> Vec<Point> {
    let scheme = face.scheme();
    let mut points = face.points().to_vec();
    let brows = scheme.brows().concat();
    let jaw: Vec<usize> = scheme.contour().iter().copied().filter(|index| !brows.contains(index)).collect();
    if jaw.len() == scheme.contour().len() {
        return points;
    }
    let ends = [points[jaw[0]], points[jaw[jaw.len() - 1]]];
    let middle = mean(&ends);
    let half = difference(ends[1], middle);
    let (brow, base) = (mean(&face.at(&brows)), mean(&face.at(scheme.nose_base())));
    let axis = difference(brow, base);
    let length = axis.x.hypot(axis.y).max(f32::MIN_POSITIVE);
    let up = Point::new(axis.x / length, axis.y / length);
    let above = |point: &Point| (point.x - middle.x) * up.x + (point.y - middle.y) * up.y;
    let highest = face.at(&brows).iter().map(above).fold(0.0, f32::max);
    let height = highest + HEIGHT * length;
    points.extend((1..=FOREHEAD).map(|i| {
        let angle = std::f32::consts::PI * i as f32 / (FOREHEAD + 1) as f32;
        let (across, along) = (-angle.cos(), height * angle.sin().sqrt());
        Point::new(middle.x + across * half.x + along * up.x, middle.y + across * half.y + along * up.y)
    }));
    points
}

/// The convex outline of a face with its forehead.
pub(super) fn outline(scheme: LandmarkScheme, points: &[Point]) -> Vec<Point> {
    let contour = scheme.contour().iter().map(|index| points[*index]);
    let hull = convex_hull(&contour.chain(points[scheme.len()..].iter().copied()).collect::<Vec<_>>());
    let middle = mean(&hull);
    let inwards = |at: f32, middle: f32, share: f32| middle + share * (at - middle);
    let drawn = |p: &Point| Point::new(inwards(p.x, middle.x, INSET[0]), inwards(p.y, middle.y, INSET[1]));
    hull.iter().map(drawn).collect()
}

pub(super) fn mean(points: &[Point]) -> Point {
    let count = points.len() as f32;
    let sum = points.iter().fold(Point::default(), |sum, point| Point::new(sum.x + point.x, sum.y + point.y));
    Point::new(sum.x / count, sum.y / count)
}

fn difference(a: Point, b: Point) -> Point {
    Point::new(a.x - b.x, a.y - b.y)
}
