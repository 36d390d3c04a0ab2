//! YuNet: an anchor-free head over strides 8, 16 and 32.
//!
//! Source: OpenCV's `FaceDetectorYN`, whose score √(class · object), order of points and padding are kept.

use super::{Preprocess, SizeRule, candidate, centered, five_points};
use crate::error::Result;
use crate::face::{Face, heads::Input};
use crate::geometry::Point;
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

pub(super) const PREPROCESS: Preprocess = Preprocess {
    coding: PixelCoding::planes(ChannelOrder::Bgr, 0.0, 1.0),
    fill: [0.0; 3],
    size: SizeRule::Multiple(32),
    default_size: (640, 640),
    threshold: 0.75,
    nms_threshold: 0.3,
};

pub(super) fn decode(outputs: &Outputs, input: Input, threshold: f32) -> Result<Vec<Face>> {
    let mut faces = Vec::new();
    for stride in [8, 16, 32] {
        let grid = input.grid(stride);
        let output = |what: &str| outputs.get(&format!("{what}_{stride}"));
        let classes = output("cls")?.matrix([grid.len(), 1])?;
        let objects = output("obj")?.matrix([grid.len(), 1])?;
        let boxes = output("bbox")?.matrix([grid.len(), 4])?;
        let points = output("kps")?.matrix([grid.len(), 10])?;
        let stride = stride as f32;
        for (i, corner) in grid.corners().enumerate() {
            let score = (classes[[i, 0]].clamp(0.0, 1.0) * objects[[i, 0]].clamp(0.0, 1.0)).sqrt();
            if score >= threshold {
                let place = |x: f32, y: f32| Point::new(corner.x + x * stride, corner.y + y * stride);
                let row = boxes.row(i);
                let rect = centered(place(row[0], row[1]), row[2].exp() * stride, row[3].exp() * stride);
                faces.extend(candidate(rect, score, Some(five_points(points.row(i), place))));
            }
        }
    }
    Ok(faces)
}
