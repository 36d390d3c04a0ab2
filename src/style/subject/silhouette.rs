//! The outline that people are expected to have, from their faces alone.

use crate::face::Face;
use crate::geometry::Point;

/// The odds of what is far from every face.
const FAR: f32 = -5.0;

/// The most that is known of a pixel without looking at it.
const SURE: f32 = 4.0;

/// A head with its neck and shoulders, upright below it.
///
/// Lengths are in widths of the face's box. The numbers are those of the median outline of 220 official portraits.
struct Silhouette {
    center: Point,
    /// The width of the face's box in pixels.
    unit: f32,
    /// The sine and the cosine of the angle that the head is turned by.
    turn: (f32, f32),
}

/// The log odds that each pixel of a picture of `size` = \[width, height\] belongs to one of the faces' people.
pub(super) fn silhouettes(faces: &[Face], size: [u32; 2]) -> Vec<f32> {
    let [width, height] = size.map(|side| side as usize);
    let mut odds = vec![FAR; width * height];
    for figure in faces.iter().map(Silhouette::new) {
        let [left, right] = [-2.8, 2.8].map(|u: f32| column(figure.center.x + u * figure.unit, width));
        let top = column(figure.center.y - 2.0 * figure.unit, height);
        for y in top..height {
            for x in left..right {
                let odd = &mut odds[y * width + x];
                *odd = odd.max(figure.log_odds(Point::new(x as f32, y as f32)));
            }
        }
    }
    odds
}

/// How much each pixel is on or near a head, 0 to 1; the rest as [`silhouettes`].
pub(super) fn heads(faces: &[Face], size: [u32; 2]) -> Vec<f32> {
    let [width, height] = size.map(|side| side as usize);
    let mut heads = vec![0.0f32; width * height];
    for figure in faces.iter().map(Silhouette::new) {
        let [left, right] = [-1.6, 1.6].map(|u: f32| column(figure.center.x + u * figure.unit, width));
        let [top, bottom] = [-2.1, 1.6].map(|u: f32| column(figure.center.y + u * figure.unit, height));
        for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
            let head = &mut heads[y * width + x];
            *head = head.max(figure.nearness(Point::new(x as f32, y as f32)));
        }
    }
    heads
}

/// The pixel of a coordinate, within `len`.
fn column(at: f32, len: usize) -> usize {
    at.round().clamp(0.0, len as f32) as usize
}

impl Silhouette {
    fn new(face: &Face) -> Self {
        let center = face.rect.center();
        let turn = face.points.map_or(0.0, |[left, right, ..]| (right.y - left.y).atan2(right.x - left.x));
        Self { center, unit: face.rect.width.max(1.0), turn: turn.clamp(-0.8, 0.8).sin_cos() }
    }

    fn log_odds(&self, at: Point) -> f32 {
        let (dx, dy) = ((at.x - self.center.x) / self.unit, (at.y - self.center.y) / self.unit);
        let (across, down) = self.upright(at);
        head(across, down).max(body(dx + 0.6 * self.turn.0, dy)).clamp(FAR, SURE)
    }

    /// How much a place is on or near the head: fading out one head away from it, and at the neck.
    fn nearness(&self, at: Point) -> f32 {
        let (across, down) = self.upright(at);
        let around = (1.7 - (across / 0.9).hypot((down + 0.2) / 1.1)) / 0.5;
        let above_the_neck = (0.75 - down) / 0.25;
        around.clamp(0.0, 1.0) * above_the_neck.clamp(0.0, 1.0)
    }

    /// A place from the centre of the face along its own axes, in widths of its box.
    fn upright(&self, at: Point) -> (f32, f32) {
        let (dx, dy) = ((at.x - self.center.x) / self.unit, (at.y - self.center.y) / self.unit);
        let (sin, cos) = self.turn;
        (cos * dx + sin * dy, cos * dy - sin * dx)
    }
}

/// The log odds of the head, hair included, at a place from the centre of the face, in widths of its box.
fn head(across: f32, down: f32) -> f32 {
    let distance = (across / 0.6).hypot((down + 0.2) / 0.83) - 1.0;
    if distance < 0.0 { -distance * 16.0 } else { -distance * 4.9 }
}

/// The log odds of neck, shoulders and trunk, as [`head`].
fn body(across: f32, down: f32) -> f32 {
    if down < 0.3 {
        return FAR;
    }
    let rise = ((down - 0.45) / 0.55).clamp(0.0, 1.0);
    let rise = rise * rise * (3.0 - 2.0 * rise);
    let (half, soft) = (0.36 + 1.1 * rise, 0.14 + 0.38 * rise + 0.03 * down);
    (half - across.abs()) / soft
}
