//! SCRFD: distances from anchor points to the sides of the box, in strides.
//!
//! Source: InsightFace's `scrfd.py` (`distance2bbox`, `distance2kps`): anchors stand at the corners of the cells,
//! and the number of outputs tells the strides, the anchors of a cell, and whether there are points.

use super::{Preprocess, SizeRule, candidate, five_points};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{Face, heads::Input};
use crate::geometry::{Point, Rect};
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

pub(super) const PREPROCESS: Preprocess = Preprocess {
    coding: PixelCoding::planes(ChannelOrder::Rgb, 127.5, 128.0),
    fill: [0.0; 3],
    size: SizeRule::Multiple(32),
    default_size: (640, 640),
    threshold: 0.5,
    nms_threshold: 0.4,
};

pub(super) fn decode(outputs: &Outputs, input: Input, threshold: f32) -> Result<Vec<Face>> {
    let (strides, anchors, has_points): (&[u32], usize, bool) = match outputs.len() {
        6 => (&[8, 16, 32], 2, false),
        9 => (&[8, 16, 32], 2, true),
        10 => (&[8, 16, 32, 64, 128], 1, false),
        15 => (&[8, 16, 32, 64, 128], 1, true),
        len => {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!("6, 9, 10 or 15 outputs were expected, and the network has {len}"),
            ));
        }
    };
    let levels = strides.len();
    let mut faces = Vec::new();
    for (level, &stride) in strides.iter().enumerate() {
        let grid = input.grid(stride);
        let len = grid.len().saturating_mul(anchors);
        let scores = outputs.at(level)?.matrix([len, 1])?;
        let boxes = outputs.at(level + levels)?.matrix([len, 4])?;
        let points = match has_points {
            true => Some(outputs.at(level + 2 * levels)?.matrix([len, 10])?),
            false => None,
        };
        let stride = stride as f32;
        let anchor_points = grid.corners().flat_map(|corner| std::iter::repeat_n(corner, anchors));
        for (i, anchor) in anchor_points.enumerate() {
            let score = scores[[i, 0]];
            if score >= threshold {
                let place = |x: f32, y: f32| Point::new(anchor.x + x * stride, anchor.y + y * stride);
                let row = boxes.row(i);
                let (start, end) = (place(-row[0], -row[1]), place(row[2], row[3]));
                let rect = Rect::from_corners(start.x, start.y, end.x, end.y);
                let points = points.map(|points| five_points(points.row(i), place));
                faces.extend(candidate(rect, score, points));
            }
        }
    }
    Ok(faces)
}
