//! Triangles between points.

use crate::geometry::Point;

/// The Delaunay triangulation of points: the indices of the corners of each triangle, clockwise as seen in a picture.
///
/// No corner lies within the circle through those of a triangle. Points that are not finite, and all but one of
/// points that coincide, are in no triangle; there is none when all points lie on a line.
///
/// Source: the `delaunator` crate, a sweep with robust predicates.
pub fn triangulate(points: &[Point]) -> Vec<[usize; 3]> {
    let finite: Vec<usize> =
        (0..points.len()).filter(|&i| points[i].x.is_finite() && points[i].y.is_finite()).collect();
    let sites: Vec<_> =
        finite.iter().map(|&i| delaunator::Point { x: points[i].x.into(), y: points[i].y.into() }).collect();
    let triangles = delaunator::triangulate(&sites).triangles;
    let corners = triangles.chunks_exact(3).map(|corners| [0, 1, 2].map(|i| finite[corners[i]]));
    corners.filter_map(|[a, b, c]| clockwise(points, [a, b, c])).collect()
}

/// The triangle with its corners in clockwise order, or none when it has no area.
fn clockwise(points: &[Point], [a, b, c]: [usize; 3]) -> Option<[usize; 3]> {
    let area = signed_area([a, b, c].map(|i| points[i]));
    match area {
        area if area > 0.0 => Some([a, b, c]),
        area if area < 0.0 => Some([a, c, b]),
        _ => None,
    }
}

/// The area of a triangle, positive when its corners run clockwise as seen in a picture.
pub(crate) fn signed_area([a, b, c]: [Point; 3]) -> f64 {
    let [ax, ay, bx, by, cx, cy] = [a.x, a.y, b.x, b.y, c.x, c.y].map(f64::from);
    ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2.0
}
