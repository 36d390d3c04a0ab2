//! The features of a face as lines that a style can draw.

use crate::error::Result;
use crate::face::{Face, Landmarks};
use crate::geometry::Point;
use crate::style::Portrait;
use crate::style::classic::cells::Cells;
use crate::style::classic::shape::stroke;

/// A face's features, in pixels of the picture; left and right are the viewer's.
#[derive(Debug, Clone)]
pub(super) struct Features {
    /// The closed outlines of the eyes, each from its left corner over the upper lid.
    pub eyes: [Vec<Point>; 2],
    /// The middle lines of the brows, from left to right.
    pub brows: [Vec<Point>; 2],
    /// The base of the nose, from left to right.
    pub nose: Vec<Point>,
    /// The closed outline of the lips, from the left corner over the upper lip.
    pub lips: Vec<Point>,
    /// The closed outline of what is between the lips, from the left corner over the upper lip.
    pub mouth: Vec<Point>,
    /// The line of the jaw, from the left over the chin to the right.
    pub jaw: Vec<Point>,
    /// From the right end of the jaw over the forehead to the left one, without the ends.
    pub forehead: Vec<Point>,
    /// The distance between the eyes.
    pub size: f32,
    /// Where down is in the face, of length 1.
    pub down: Point,
}

impl Features {
    /// The features of a face as its landmarks tell; where there are none, those of a usual face around its five
    /// points; without points, or where they coincide, none.
    pub(super) fn of(face: &Face) -> Option<Self> {
        match &face.landmarks {
            Some(landmarks) => Self::of_landmarks(landmarks),
            None => Self::of_points(&face.points?),
        }
    }

    /// The closed outline of the face.
    pub(super) fn outline(&self) -> Vec<Point> {
        [&self.jaw[..], &self.forehead].concat()
    }

    fn of_landmarks(landmarks: &Landmarks) -> Option<Self> {
        let scheme = landmarks.scheme();
        let frame = Frame::of(&landmarks.five_points())?;
        let brows = scheme.brows().map(|table| middle_line(&landmarks.at(table)));
        let ends = landmarks.at(&scheme.brows().concat());
        let jaw: Vec<_> = scheme.contour().iter().map(|&index| landmarks.points()[index]).collect();
        let jaw: Vec<_> =
            jaw.into_iter().filter(|&point| frame.see(point).y > 0.0 && !ends.contains(&point)).collect();
        if jaw.len() < 3 {
            return Self::of_points(&landmarks.five_points());
        }
        let highest = brows.iter().flatten().map(|&point| frame.see(point).y).fold(0.0, f32::min);
        let forehead = frame.forehead(&jaw, highest - 0.65);
        Some(Self {
            eyes: scheme.eyes().map(|table| landmarks.at(table)),
            brows,
            nose: landmarks.at(scheme.nose_base()),
            lips: landmarks.at(scheme.outer_lips()),
            mouth: landmarks.at(scheme.inner_lips()),
            jaw,
            forehead,
            size: frame.size,
            down: frame.down,
        })
    }

    fn of_points(points: &[Point; 5]) -> Option<Self> {
        let frame = Frame::of(points)?;
        let [nose, left, right] = [points[2], points[3], points[4]].map(|point| frame.see(point));
        let middle = Point::new((left.x + right.x) / 2.0, (left.y + right.y) / 2.0);
        let half = Point::new((right.x - left.x) / 2.0, (right.y - left.y) / 2.0);
        let around = |center: Point, [width, height]: [f32; 2]| {
            let angles = (0..12).map(|i| std::f32::consts::TAU * i as f32 / 12.0);
            angles.map(move |a| Point::new(center.x - width * a.cos(), center.y - height * a.sin())).collect()
        };
        // A lip is a parabola between the corners that hangs down by a part of their distance.
        let lip = |sag: f32| {
            (0..=8).map(move |i| {
                let t = i as f32 / 4.0 - 1.0;
                Point::new(middle.x + t * half.x, middle.y + t * half.y + sag * half.x.abs() * (1.0 - t * t))
            })
        };
        let closed = |upper: f32, lower: f32| {
            lip(upper).chain(lip(lower).skip(1).take(7).collect::<Vec<_>>().into_iter().rev())
        };
        let brow = |side: f32| {
            (0..5).map(move |i| {
                let t = i as f32 / 2.0 - 1.0;
                Point::new(side * 0.5 + 0.3 * t, -0.36 - 0.06 * (1.0 - t * t) + 0.03 * side * t)
            })
        };
        let chin = middle.y + 0.75;
        let jaw = (0..=16).map(|i| {
            let angle = std::f32::consts::PI * i as f32 / 16.0;
            Point::new(-angle.cos(), 0.1 + (chin - 0.1) * angle.sin())
        });
        let place = |line: Vec<Point>| line.into_iter().map(|point| frame.place(point)).collect::<Vec<_>>();
        let jaw = place(jaw.collect());
        Some(Self {
            eyes: [-0.5, 0.5].map(|x| place(around(Point::new(x, 0.0), [0.22, 0.1]))),
            brows: [-1.0, 1.0].map(|side| place(brow(side).collect())),
            nose: place(
                (0..5)
                    .map(|i| {
                        Point::new(
                            nose.x + 0.12 * (i as f32 - 2.0),
                            nose.y + 0.16 - 0.03 * (i as f32 - 2.0).abs(),
                        )
                    })
                    .collect(),
            ),
            lips: place(closed(-0.12, 0.42).collect()),
            mouth: place(closed(0.12, 0.14).collect()),
            forehead: frame.forehead(&jaw, -1.05),
            jaw,
            size: frame.size,
            down: frame.down,
        })
    }
}

/// How much each cell belongs to the eyes, brows and lips of a portrait.
pub(super) fn salience(portrait: &Portrait, cells: &Cells) -> Result<Vec<f32>> {
    let mut salience = vec![0.0f32; cells.columns() * cells.rows()];
    for features in portrait.faces.iter().filter_map(Features::of) {
        let brows = features.brows.iter().map(|brow| stroke(brow, |_| 0.14 * features.size));
        for outline in brows.chain(features.eyes.iter().cloned()).chain([features.lips.clone()]) {
            cells.cover(&outline, |at, cover| salience[at] = salience[at].max(cover))?;
        }
    }
    Ok(salience)
}

/// Coordinates of a face: from between the eyes, to the right and down, in distances between the eyes.
struct Frame {
    origin: Point,
    across: Point,
    down: Point,
    size: f32,
}

impl Frame {
    fn of([left, right, _, left_mouth, right_mouth]: &[Point; 5]) -> Option<Self> {
        let size = left.distance(*right);
        let origin = Point::new((left.x + right.x) / 2.0, (left.y + right.y) / 2.0);
        let mouth = Point::new((left_mouth.x + right_mouth.x) / 2.0, (left_mouth.y + right_mouth.y) / 2.0);
        // Seen from the side, the eyes are nearly one above the other, but the mouth is still below.
        let size = size.max(0.8 * origin.distance(mouth));
        if !(size.is_finite() && size > 0.5) {
            return None;
        }
        let across =
            Point::new(right.x - left.x + (mouth.y - origin.y), right.y - left.y - (mouth.x - origin.x));
        let length = across.x.hypot(across.y);
        if length.is_nan() || length <= 0.0 {
            return None;
        }
        let across = Point::new(across.x / length, across.y / length);
        Some(Self { origin, across, down: Point::new(-across.y, across.x), size })
    }

    fn see(&self, point: Point) -> Point {
        let (x, y) = ((point.x - self.origin.x) / self.size, (point.y - self.origin.y) / self.size);
        Point::new(x * self.across.x + y * self.across.y, x * self.down.x + y * self.down.y)
    }

    fn place(&self, point: Point) -> Point {
        let along =
            |origin: f32, across: f32, down: f32| origin + self.size * (point.x * across + point.y * down);
        Point::new(
            along(self.origin.x, self.across.x, self.down.x),
            along(self.origin.y, self.across.y, self.down.y),
        )
    }

    /// Half of a rounded box over the ends of a jaw, as high as `top`.
    fn forehead(&self, jaw: &[Point], top: f32) -> Vec<Point> {
        let [left, right] = [jaw[0], jaw[jaw.len() - 1]].map(|point| self.see(point));
        let half = (right.x - left.x) / 2.0;
        let arc = (1..=9).map(|i| {
            let angle = std::f32::consts::PI * i as f32 / 10.0;
            let t = (1.0 - angle.cos()) / 2.0;
            let base = right.y + t * (left.y - right.y);
            Point::new(
                (left.x + right.x) / 2.0 + half * angle.cos(),
                base + (top - base) * angle.sin().powf(0.6),
            )
        });
        arc.map(|point| self.place(point)).collect()
    }
}

/// The line between the upper and the lower edge of a brow; the upper edge where there is no lower one.
fn middle_line(brow: &[Point]) -> Vec<Point> {
    let (upper, lower) = brow.split_at(brow.len().min(5));
    let Some(last) = lower.len().checked_sub(1) else { return upper.to_vec() };
    upper
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let q = lower[last - (i * last + upper.len() / 2) / (upper.len() - 1).max(1)];
            Point::new((p.x + q.x) / 2.0, (p.y + q.y) / 2.0)
        })
        .collect()
}
