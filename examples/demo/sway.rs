//! A moving picture out of a photograph.

use std::time::Duration;

use facekit::geometry::{Border, Similarity, crop_face};
use facekit::picture::{AnimationOptions, AnimationWriter, FileFormat, Frame};
use facekit::{Image, Point, Result};

const FRAMES: u32 = 24;
/// The side of a frame in pixels.
const SIDE: u32 = 360;

/// A GIF in which the camera sways around a point of a photograph and comes back to where it began.
pub fn gif(photo: &Image, center: Point) -> Result<Vec<u8>> {
    let mut writer = AnimationWriter::new(SIDE, SIDE, &AnimationOptions::new(FileFormat::Gif))?;
    for i in 0..FRAMES {
        let image = frame(photo, center, f64::from(i) / f64::from(FRAMES) * std::f64::consts::TAU)?;
        writer.push(&Frame::new(image, Duration::from_millis(80)))?;
    }
    writer.finish()
}

/// What the camera sees at a phase of its sway, in radians.
fn frame(photo: &Image, center: Point, phase: f64) -> Result<Image> {
    let half = f64::from(SIDE) / 2.0;
    let scale = 1.0 + 0.12 * phase.sin();
    let centred = Similarity::from_parts(1.0, 0.0, [-f64::from(center.x), -f64::from(center.y)]);
    let moved = Similarity::from_parts(
        scale,
        0.14 * phase.sin(),
        [half + 22.0 * (2.0 * phase).sin(), half + 10.0 * phase.cos()],
    );
    crop_face(photo.view(), &centred.then(&moved), SIDE, SIDE, Border::Replicate)
}
