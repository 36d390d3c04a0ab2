//! Glasses: whether a face wears them, and where.

use crate::geometry::{Point, rgb_to_oklab};
use crate::picture::Image;
use crate::style::classic::cells::{Lab, distance2};
use crate::style::classic::features::Features;
use crate::style::classic::shape::{between, ellipse, mean};

/// How much a line must stand out from the skin above and below it, in Oklab: that over the nose, and a fifth of
/// those below the eyes, all of them together.
const STANDS_OUT: f32 = 0.135;

/// Half the width and half the height of a lens, and how far below the eye its centre is, in distances between the
/// eyes.
const LENS: [f32; 3] = [0.385, 0.32, 0.05];

/// The glasses of a face as lines.
pub(super) struct Glasses {
    /// The closed outlines of both lenses, from their right over their bottom.
    pub lenses: [Vec<Point>; 2],
    /// The bridge over the nose, and the temples from the lenses to the ends of the face.
    pub bars: [Vec<Point>; 3],
    /// The colour of the frame where it crosses the nose.
    pub color: Lab,
}

impl Glasses {
    /// The glasses that a face wears in a photograph, if it does: a thin line runs over the skin of the nose between
    /// the eyes, and others below the eyes.
    pub(super) fn of(photo: &Image, face: &Features) -> Option<Self> {
        let eyes = face.eyes.each_ref().map(|eye| mean(eye));
        let middle = between(eyes[0], eyes[1], 0.5);
        let strongest = |center: Point, from: i32, to: i32, reach: f32, measure: fn(Lab, Lab) -> f32| {
            let lines = (from..=to).map(|step| step as f32 * 0.02).map(|along| {
                let [above, line, below] =
                    [along - reach, along, along + reach].map(|along| across(photo, face, center, along));
                let skin = std::array::from_fn(|c| (above[c] + below[c]) / 2.0);
                (measure(skin, line), line)
            });
            lines.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default()
        };
        let (bridge, color) = strongest(middle, -6, 10, 0.1, |skin, line| distance2(skin, line).sqrt());
        let rims = eyes.map(|eye| strongest(eye, 8, 26, 0.07, |skin, line| skin[0] - line[0]).0);
        (bridge + 0.2 * (rims[0] + rims[1]) > STANDS_OUT).then(|| Self::around(face, eyes, color))
    }

    fn around(face: &Features, eyes: [Point; 2], color: Lab) -> Self {
        let right = Point::new(face.down.y, -face.down.x);
        let at = |from: Point, x: f32, y: f32| {
            let (x, y) = (x * face.size, y * face.size);
            Point::new(from.x + x * right.x + y * face.down.x, from.y + x * right.y + y * face.down.y)
        };
        let [width, height, below] = LENS;
        let centers = eyes.map(|eye| at(eye, 0.0, below));
        let lenses = centers.map(|center| ellipse(center, right, [width * face.size, height * face.size]));
        let [inner_left, inner_right] = [at(centers[0], width, -0.06), at(centers[1], -width, -0.06)];
        let temple = |center: Point, side: f32, end: Point| {
            let start = at(center, side * width, -0.08);
            vec![start, between(start, end, 0.5), end]
        };
        let bridge = vec![inner_left, at(between(inner_left, inner_right, 0.5), 0.0, -0.05), inner_right];
        let ends = [face.jaw[0], face.jaw[face.jaw.len() - 1]].map(|end| at(end, 0.0, -0.12));
        Self {
            lenses,
            bars: [bridge, temple(centers[0], -1.0, ends[0]), temple(centers[1], 1.0, ends[1])],
            color,
        }
    }
}

/// The mean colour of a short line across the face, `along` distances between the eyes below a point.
fn across(photo: &Image, face: &Features, center: Point, along: f32) -> Lab {
    let colors = (-3..=3).map(|step| {
        let (x, y) = (step as f32 * 0.025 * face.size, along * face.size);
        let at = |middle: f32, across: f32, down: f32, side: u32| {
            (middle + x * across + y * down).round().clamp(0.0, side as f32 - 1.0) as usize
        };
        let column = at(center.x, face.down.y, face.down.x, photo.width());
        let row = at(center.y, -face.down.x, face.down.y, photo.height());
        let pixel = &photo.pixels()[(row * photo.width() as usize + column) * 3..][..3];
        rgb_to_oklab([pixel[0], pixel[1], pixel[2]])
    });
    colors.fold([0.0; 3], |sum, color| std::array::from_fn(|c| sum[c] + color[c] / 7.0))
}
