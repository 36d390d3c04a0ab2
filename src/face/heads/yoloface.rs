//! YOLO-face v8: one column an anchor, decoded in the graph: centre, size, score, and five times x, y, visibility.
//!
//! Source: the export of Ultralytics' pose head with one class and five points, over strides 8, 16 and 32.

use super::{Preprocess, SizeRule, candidate, centered};
use crate::error::Result;
use crate::face::{Face, heads::Input};
use crate::geometry::Point;
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

pub(super) const PREPROCESS: Preprocess = Preprocess {
    coding: PixelCoding::planes(ChannelOrder::Rgb, 0.0, 255.0),
    fill: [114.0; 3],
    size: SizeRule::Multiple(32),
    default_size: (640, 640),
    threshold: 0.5,
    nms_threshold: 0.4,
};

pub(super) fn decode(outputs: &Outputs, input: Input, threshold: f32) -> Result<Vec<Face>> {
    let [output] = outputs.exactly(["boxes, scores and points"])?;
    let len = input.anchors(&[(8, 1), (16, 1), (32, 1)]);
    let mut faces = Vec::new();
    for column in output.matrix([20, len])?.columns() {
        let score = column[4];
        if score >= threshold {
            let rect = centered(Point::new(column[0], column[1]), column[2], column[3]);
            let points = std::array::from_fn(|i| Point::new(column[5 + 3 * i], column[6 + 3 * i]));
            faces.extend(candidate(rect, score, Some(points)));
        }
    }
    Ok(faces)
}
