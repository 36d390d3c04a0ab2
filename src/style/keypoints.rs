//! The keypoint picture that InstantID's ControlNet sees.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::picture::{Image, PixelFormat};

/// The colours of the five points: both eyes, the nose, both corners of the mouth.
const COLORS: [[u8; 3]; 5] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255, 0, 255]];
/// The points that limbs join to the nose, each in its own colour.
const LIMBS: [usize; 4] = [0, 1, 3, 4];
const NOSE: usize = 2;
/// Half the width of a limb, in pixels.
const STICK: f64 = 4.0;
/// The radius of a point, in pixels.
const RADIUS: i64 = 10;
/// How much darker limbs are than points.
const DARKER: f64 = 0.6;
/// The farthest that a point may lie from the corner of the picture, in pixels.
const FARTHEST: f32 = 1e6;
/// The bits behind the point of OpenCV's fixed-point coordinates.
const SHIFT: u32 = 16;

/// The five points of each face, drawn as InstantID's ControlNet was taught to see them: RGB, on black.
///
/// The points are those of [`Face::points`](crate::Face::points), in pixels of the picture; they may lie outside it. The
/// limbs of all faces lie below the points of all. Limbs and points have fixed sizes, so that what is drawn depends on
/// the size of the picture.
///
/// Source: `draw_kps` of InstantID's pipeline, whose pictures it equals to the last bit; it draws with OpenCV's
/// `ellipse2Poly`, `fillConvexPoly` and `circle`.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0, or a point that is not finite or more than a
/// million pixels away.
pub fn keypoint_picture(width: u32, height: u32, faces: &[[Point; 5]]) -> Result<Image> {
    let is_far = |value: f32| !(-FARTHEST..=FARTHEST).contains(&value);
    if let Some(point) = faces.iter().flatten().find(|point| is_far(point.x) || is_far(point.y)) {
        return Err(Error::parameter(format!(
            "a face has a point at {}, {}, which lies in no picture: give points in pixels of the picture",
            point.x, point.y
        )));
    }
    let mut canvas = Canvas { image: Image::new(width, height, PixelFormat::Rgb)? };
    for points in faces {
        for limb in LIMBS {
            let color = COLORS[limb].map(|level| (f64::from(level) * DARKER) as u8);
            canvas.fill_convex(&limb_outline(points[limb], points[NOSE]), color);
        }
    }
    for (point, color) in faces.iter().flat_map(|points| points.iter().zip(COLORS)) {
        canvas.fill_disc([point.x as i64, point.y as i64], color);
    }
    Ok(canvas.image)
}

/// The outline of the ellipse between two points, in whole pixels.
///
/// As `ellipse2Poly`: a corner a degree, from a table of sines of seven digits. Whole numbers are cut off, as Python
/// does.
fn limb_outline(from: Point, to: Point) -> Vec<[i64; 2]> {
    let middle = [(from.x + to.x) / 2.0, (from.y + to.y) / 2.0].map(|value| f64::from(value.trunc()));
    let (dx, dy) = (from.x - to.x, from.y - to.y);
    let half_length = f64::from(((dx * dx + dy * dy).sqrt() / 2.0).trunc());
    let turn = f64::from(dy).atan2(f64::from(dx)).to_degrees() as i64;
    let (cos, sin) = (sine(turn + 90), sine(turn));
    let corner = |degrees: i64| {
        let (along, across) = (half_length * sine(degrees + 90), STICK * sine(degrees));
        let x = middle[0] + along * cos - across * sin;
        let y = middle[1] + along * sin + across * cos;
        [x, y].map(|value| value.round_ties_even() as i64)
    };
    let mut outline: Vec<_> = (0..=360).map(corner).collect();
    outline.dedup();
    outline
}

/// The sine of an angle in degrees, to seven digits and single precision.
fn sine(degrees: i64) -> f64 {
    let exact = (degrees.rem_euclid(360) as f64).to_radians().sin();
    f64::from(((exact * 1e7).round() / 1e7) as f32)
}

/// A picture that is drawn on.
struct Canvas {
    image: Image,
}

impl Canvas {
    /// Fills a convex polygon, and draws its edges, as `fillConvexPoly` does.
    fn fill_convex(&mut self, corners: &[[i64; 2]], color: [u8; 3]) {
        let edges = || corners.iter().zip(corners.iter().cycle().skip(1));
        for (&from, &to) in edges() {
            self.draw_line(from, to, color);
        }
        let rows = || corners.iter().map(|corner| corner[1]);
        let (Some(top), Some(bottom)) = (rows().min(), rows().max()) else { return };
        for y in top.max(0)..bottom.min(self.image.height().into()) {
            let crossings = || edges().filter_map(|(&a, &b)| crossing(a, b, y));
            if let (Some(left), Some(right)) = (crossings().min(), crossings().max()) {
                self.fill_row(y, nearest(left)..=nearest(right), color);
            }
        }
    }

    /// Draws the part of a line that is inside: Bresenham's, from the left end to the right.
    fn draw_line(&mut self, from: [i64; 2], to: [i64; 2], color: [u8; 3]) {
        let last = [self.image.width(), self.image.height()].map(|side| i64::from(side) - 1);
        let Some([from, to]) = clip(from, to, last) else { return };
        let [from, to] = if to[0] < from[0] { [to, from] } else { [from, to] };
        let [across, down] = [to[0] - from[0], to[1] - from[1]];
        let steps = across.max(down.abs());
        for step in 0..=steps {
            // The nearest pixel, and of two as near the one nearer to the start.
            let near = |length: i64| match steps {
                0 => 0,
                _ => length.signum() * (2 * length.abs() * step + steps - 1).div_euclid(2 * steps),
            };
            let x = from[0] + near(across);
            self.fill_row(from[1] + near(down), x..=x, color);
        }
    }

    /// Fills all pixels whose centres are within a circle.
    fn fill_disc(&mut self, [x, y]: [i64; 2], color: [u8; 3]) {
        for row in -RADIUS..=RADIUS {
            let half = (RADIUS * RADIUS - row * row).isqrt();
            self.fill_row(y + row, x - half..=x + half, color);
        }
    }

    /// Fills the pixels of a row that are inside.
    fn fill_row(&mut self, y: i64, columns: RangeInclusive<i64>, color: [u8; 3]) {
        let [width, height] = [self.image.width(), self.image.height()].map(i64::from);
        let (start, end) = ((*columns.start()).max(0), (*columns.end() + 1).min(width));
        if (0..height).contains(&y) && start < end {
            let mut pixels = self.image.view_mut();
            let row = pixels.row_mut(y as u32).as_chunks_mut().0;
            row[start as usize..end as usize].fill(color);
        }
    }
}

/// Where an edge crosses a row that it begins at or goes through, in fixed-point columns.
fn crossing(from: [i64; 2], to: [i64; 2], y: i64) -> Option<i64> {
    let [upper, lower] = if from[1] <= to[1] { [from, to] } else { [to, from] };
    let rows = lower[1] - upper[1];
    (upper[1]..lower[1]).contains(&y).then(|| {
        let slope = (((lower[0] - upper[0]) << (SHIFT + 1)) + rows) / (2 * rows);
        (upper[0] << SHIFT) + (y - upper[1]) * slope
    })
}

/// The column nearest to a fixed-point one.
fn nearest(column: i64) -> i64 {
    (column + (1 << (SHIFT - 1))) >> SHIFT
}

/// The part of a line within 0 and `last`, by cutting its ends off at the rows and then at the columns of the border.
///
/// Source: D. Cohen and I. Sutherland's algorithm, in whole numbers as OpenCV's `clipLine`.
fn clip(from: [i64; 2], to: [i64; 2], last: [i64; 2]) -> Option<[[i64; 2]; 2]> {
    let mut ends = [from, to];
    for axis in [1, 0] {
        let beyond = |end: [i64; 2]| end[axis].clamp(0, last[axis]) - end[axis];
        if beyond(ends[0]).signum() * beyond(ends[1]).signum() == 1 {
            return None;
        }
        for i in [0, 1] {
            let cut = beyond(ends[i]);
            if cut != 0 {
                let [a, b] = ends;
                let [along, across] = [axis, 1 - axis].map(|axis| (b[axis] - a[axis]) as f64);
                ends[i][1 - axis] += (cut as f64 * across / along) as i64;
                ends[i][axis] += cut;
            }
        }
    }
    Some(ends)
}
