//! RetinaFace: offsets from prior boxes of two sizes in each cell of strides 8, 16 and 32.
//!
//! Source: facexlib's `PriorBox`, `decode` and `decode_landm`. Their sizes relative to the picture cancel out, so
//! all of it is done in pixels.

use ndarray::ArrayView2;

use super::{Preprocess, SizeRule, candidate, centered, five_points};
use crate::error::Result;
use crate::face::{Face, heads::Input};
use crate::geometry::Point;
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

/// The strides, each with the sides of its prior boxes in pixels.
const PRIORS: [(u32, [f32; 2]); 3] = [(8, [16.0, 32.0]), (16, [64.0, 128.0]), (32, [256.0, 512.0])];

/// What offsets of places and of logarithmic sizes are multiplied by.
const VARIANCES: [f32; 2] = [0.1, 0.2];

pub(super) const PREPROCESS: Preprocess = Preprocess {
    coding: PixelCoding { mean: [104.0, 117.0, 123.0], ..PixelCoding::planes(ChannelOrder::Bgr, 0.0, 1.0) },
    fill: [104.0, 117.0, 123.0],
    size: SizeRule::Multiple(32),
    default_size: (640, 640),
    threshold: 0.8,
    nms_threshold: 0.4,
};

pub(super) fn decode(outputs: &Outputs, input: Input, threshold: f32) -> Result<Vec<Face>> {
    let [locations, confidences, landmarks] = outputs.exactly(["location", "confidence", "landmarks"])?;
    let priors = PRIORS.iter().flat_map(|&(stride, sides)| {
        let centers = input.grid(stride).centers();
        centers.flat_map(move |center| sides.map(|side| (center, side)))
    });
    let len = input.anchors(&PRIORS.map(|(stride, sides)| (stride, sides.len())));
    let locations = locations.matrix([len, 4])?;
    let confidences = confidences.matrix([len, 2])?;
    let landmarks = landmarks.matrix([len, 10])?;

    let logits = !are_probabilities(confidences);
    let mut faces = Vec::new();
    for (i, (center, side)) in priors.enumerate() {
        let (background, face) = (confidences[[i, 0]], confidences[[i, 1]]);
        // The softmax of two.
        let score = if logits { 1.0 / (1.0 + (background - face).exp()) } else { face };
        if score >= threshold {
            let step = VARIANCES[0] * side;
            let place = |x: f32, y: f32| Point::new(center.x + x * step, center.y + y * step);
            let size = |offset: f32| side * (offset * VARIANCES[1]).exp();
            let row = locations.row(i);
            let rect = centered(place(row[0], row[1]), size(row[2]), size(row[3]));
            faces.extend(candidate(rect, score, Some(five_points(landmarks.row(i), place))));
        }
    }
    Ok(faces)
}

/// Whether the graph has its own softmax: every pair lies in 0 to 1 and adds up to 1, within half precision.
fn are_probabilities(confidences: ArrayView2<f32>) -> bool {
    confidences.rows().into_iter().all(|pair| {
        let inside = pair.iter().all(|value| (0.0..=1.0).contains(value));
        let not_a_number = pair.iter().any(|value| value.is_nan());
        not_a_number || inside && (pair.sum() - 1.0).abs() < 0.01
    })
}
