//! Rotation, uniform scale and translation of the plane.

use crate::geometry::Point;

/// A similarity transform of the plane, without reflection: the matrix `[[a, -b, tx], [b, a, ty]]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    a: f64,
    b: f64,
    tx: f64,
    ty: f64,
}

impl Similarity {
    /// The transform that leaves every point where it is.
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, tx: 0.0, ty: 0.0 };

    /// The transform that scales by `scale` and turns by `angle` radians about the origin, then moves by
    /// `translation`.
    ///
    /// A positive angle turns the x axis towards the y axis: clockwise in a picture.
    pub fn from_parts(scale: f64, angle: f64, translation: [f64; 2]) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self { a: scale * cos, b: scale * sin, tx: translation[0], ty: translation[1] }
    }

    /// The transform that takes the points `from` closest to the points `to` in the least-squares sense.
    ///
    /// `None` when fewer than two points are given, the counts differ, a coordinate is not finite, or all points
    /// of one side coincide.
    ///
    /// Source: S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    /// 1991; in two dimensions the solution has this closed form.
    pub fn estimate(from: &[Point], to: &[Point]) -> Option<Self> {
        if from.len() != to.len() || from.len() < 2 {
            return None;
        }
        let (from, to) = (Centred::new(from)?, Centred::new(to)?);
        let (mut dot, mut cross) = (0.0, 0.0);
        for (p, q) in from.points.iter().zip(&to.points) {
            dot += p[0] * q[0] + p[1] * q[1];
            cross += p[0] * q[1] - p[1] * q[0];
        }
        let (a, b) = (dot / from.variation, cross / from.variation);
        let [x, y] = from.mean;
        let found = Self { a, b, tx: to.mean[0] - (a * x - b * y), ty: to.mean[1] - (b * x + a * y) };
        found.is_invertible().then_some(found)
    }

    /// Where a point goes.
    pub fn apply(&self, point: Point) -> Point {
        let [x, y] = self.apply_f64([point.x.into(), point.y.into()]);
        Point::new(x as f32, y as f32)
    }

    /// The transform that undoes this one; `None` when the scale is 0 or a number is not finite.
    pub fn inverse(&self) -> Option<Self> {
        if !self.is_invertible() {
            return None;
        }
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        let inverse = Self { a, b, tx: -(a * self.tx - b * self.ty), ty: -(b * self.tx + a * self.ty) };
        inverse.is_invertible().then_some(inverse)
    }

    /// The transform that does this one first and `next` second.
    pub fn then(&self, next: &Self) -> Self {
        let [tx, ty] = next.apply_f64([self.tx, self.ty]);
        Self { a: next.a * self.a - next.b * self.b, b: next.b * self.a + next.a * self.b, tx, ty }
    }

    /// How much longer lines become.
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    /// The angle that the x axis turns by, in radians from -π to π; clockwise in a picture.
    pub fn rotation(&self) -> f64 {
        self.b.atan2(self.a)
    }

    /// Where the origin goes.
    pub fn translation(&self) -> [f64; 2] {
        [self.tx, self.ty]
    }

    /// The matrix, row by row.
    pub fn matrix(&self) -> [[f64; 3]; 2] {
        [[self.a, -self.b, self.tx], [self.b, self.a, self.ty]]
    }

    pub(super) fn apply_f64(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.a * x - self.b * y + self.tx, self.b * x + self.a * y + self.ty]
    }

    fn is_invertible(&self) -> bool {
        let square = self.a * self.a + self.b * self.b;
        square.is_normal() && self.tx.is_finite() && self.ty.is_finite()
    }
}

/// Points about their mean.
struct Centred {
    mean: [f64; 2],
    points: Vec<[f64; 2]>,
    /// The sum of the squared distances to the mean.
    variation: f64,
}

impl Centred {
    /// `None` when a coordinate is not finite, or the points differ by no more than single precision resolves.
    fn new(points: &[Point]) -> Option<Self> {
        let count = points.len() as f64;
        let mean = [
            points.iter().map(|p| f64::from(p.x)).sum::<f64>() / count,
            points.iter().map(|p| f64::from(p.y)).sum::<f64>() / count,
        ];
        let points: Vec<_> =
            points.iter().map(|p| [f64::from(p.x) - mean[0], f64::from(p.y) - mean[1]]).collect();
        let variation = points.iter().map(|[x, y]| x * x + y * y).sum::<f64>();
        let resolution = f64::from(f32::EPSILON) * mean[0].hypot(mean[1]);
        (variation.is_finite() && variation > count * resolution * resolution).then_some(Self {
            mean,
            points,
            variation,
        })
    }
}
