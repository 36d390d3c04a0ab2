//! UltraFace: corners relative to the input, decoded in the graph; no points.
//!
//! Source: Linzaer's Ultra-Light-Fast-Generic-Face-Detector-1MB, for slim and RFB alike.

use super::{Preprocess, SizeRule, candidate};
use crate::error::Result;
use crate::face::{Face, heads::Input};
use crate::geometry::Rect;
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

/// The strides, each with how many prior boxes its cells have.
const PRIORS: [(u32, usize); 4] = [(8, 3), (16, 2), (32, 2), (64, 3)];

pub(super) const PREPROCESS: Preprocess = Preprocess {
    coding: PixelCoding::planes(ChannelOrder::Rgb, 127.0, 128.0),
    fill: [127.0; 3],
    size: SizeRule::Fixed,
    default_size: (320, 240),
    threshold: 0.7,
    nms_threshold: 0.3,
};

pub(super) fn decode(outputs: &Outputs, input: Input, threshold: f32) -> Result<Vec<Face>> {
    let len = input.anchors(&PRIORS);
    let scores = outputs.get("scores")?.matrix([len, 2])?;
    let boxes = outputs.get("boxes")?.matrix([len, 4])?;
    let (width, height) = (input.width as f32, input.height as f32);
    let mut faces = Vec::new();
    for (score, row) in scores.column(1).iter().zip(boxes.rows()) {
        if *score >= threshold {
            let rect = Rect::from_corners(row[0] * width, row[1] * height, row[2] * width, row[3] * height);
            faces.extend(candidate(rect, *score, None));
        }
    }
    Ok(faces)
}
