//! Faces drawn on a picture, to be looked at.

use crate::face::Face;
use crate::geometry::Point;
use crate::picture::Image;

const BOX: [u8; 3] = [64, 224, 96];
const POINTS: [[u8; 3]; 5] = [[255, 64, 64], [64, 160, 255], [255, 224, 64], [255, 96, 255], [64, 255, 255]];

/// Draws the box of each face, and its points in five colours: image-left eye red, image-right eye blue, nose
/// yellow, image-left mouth corner magenta, image-right mouth corner cyan.
pub fn annotate(image: &mut Image, faces: &[Face]) {
    let thickness = (image.width().max(image.height()) / 320).clamp(1, 16) as f32;
    for face in faces {
        let (rect, t) = (face.rect, thickness);
        fill(image, rect.x - t, rect.y - t, rect.right() + t, rect.y, BOX);
        fill(image, rect.x - t, rect.bottom(), rect.right() + t, rect.bottom() + t, BOX);
        fill(image, rect.x - t, rect.y, rect.x, rect.bottom(), BOX);
        fill(image, rect.right(), rect.y, rect.right() + t, rect.bottom(), BOX);
        for (point, colour) in face.points.iter().flatten().zip(POINTS) {
            disc(image, *point, 1.5 * thickness, colour);
        }
    }
}

fn fill(image: &mut Image, left: f32, top: f32, right: f32, bottom: f32, colour: [u8; 3]) {
    let side = |from: f32, to: f32, whole: u32| {
        from.round().clamp(0.0, whole as f32) as u32..to.round().clamp(0.0, whole as f32) as u32
    };
    let (columns, rows) = (side(left, right, image.width()), side(top, bottom, image.height()));
    for y in rows {
        for x in columns.clone() {
            set(image, x, y, colour);
        }
    }
}

fn disc(image: &mut Image, center: Point, radius: f32, colour: [u8; 3]) {
    let side = |at: f32, whole: u32| {
        (at - radius).max(0.0) as u32..=((at + radius).min(whole as f32 - 1.0).max(0.0)) as u32
    };
    for y in side(center.y, image.height()) {
        for x in side(center.x, image.width()) {
            if center.distance(Point::new(x as f32, y as f32)) <= radius {
                set(image, x, y, colour);
            }
        }
    }
}

fn set(image: &mut Image, x: u32, y: u32, colour: [u8; 3]) {
    let mut view = image.view_mut();
    let start = x as usize * view.format().channels();
    view.row_mut(y)[start..start + 3].copy_from_slice(&colour);
}
