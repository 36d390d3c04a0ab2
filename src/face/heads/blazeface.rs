//! MediaPipe's BlazeFace: offsets in pixels from the centres of cells.
//!
//! Source: MediaPipe's SSD anchor options for the front camera (short range), the back camera and the full range,
//! all with anchors of one fixed size. A face has six points: eyes, nose, centre of the mouth, and the two
//! tragions, which are not kept. The mouth corners are derived: they lie 0.41 of the vector between the eyes to
//! either side of the centre, as they do in ArcFace's template.

use super::{Preprocess, SizeRule, candidate, centered};
use crate::error::{Error, ErrorKind, Result};
use crate::face::{Face, heads::Input};
use crate::geometry::Point;
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

/// The three layouts: strides, each with the anchors of its cells.
const LAYOUTS: [&[(u32, usize)]; 3] = [&[(8, 2), (16, 6)], &[(16, 2), (32, 6)], &[(4, 1)]];

/// From the centre of the mouth to a corner, in vectors between the eyes.
const HALF_MOUTH: f32 = 0.41;

/// The score before the sigmoid is kept within this, either side of 0.
const MAX_LOGIT: f32 = 100.0;

pub(super) const PREPROCESS: Preprocess = Preprocess {
    coding: PixelCoding::planes(ChannelOrder::Rgb, 127.5, 127.5),
    fill: [0.0; 3],
    size: SizeRule::Fixed,
    default_size: (192, 192),
    threshold: 0.5,
    nms_threshold: 0.3,
};

pub(super) fn decode(outputs: &Outputs, input: Input, threshold: f32) -> Result<Vec<Face>> {
    let [regressors, classifiers] = outputs.exactly(["regressors", "classifiers"])?;
    let layout = LAYOUTS
        .into_iter()
        .find(|layout| regressors.matrix([input.anchors(layout), 16]).is_ok())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "output `{}` has the shape {:?}, and [1, n, 16] was expected with an n of {} (front), {} (back) or \
                     {} (full range)",
                    regressors.name(),
                    regressors.values().shape(),
                    input.anchors(LAYOUTS[0]),
                    input.anchors(LAYOUTS[1]),
                    input.anchors(LAYOUTS[2])
                ),
            )
        })?;
    let regressors = regressors.matrix([input.anchors(layout), 16])?;
    let classifiers = classifiers.matrix([input.anchors(layout), 1])?;

    let anchors = layout.iter().flat_map(|&(stride, anchors)| {
        let centers = input.grid(stride).centers();
        centers.flat_map(move |center| std::iter::repeat_n(center, anchors))
    });
    let mut faces = Vec::new();
    for (i, anchor) in anchors.enumerate() {
        let score = sigmoid(classifiers[[i, 0]]);
        if score >= threshold {
            let row = regressors.row(i);
            let place = |at: usize| Point::new(anchor.x + row[at], anchor.y + row[at + 1]);
            let rect = centered(place(0), row[2], row[3]);
            let [left_eye, right_eye, nose, mouth] = [4, 6, 8, 10].map(place);
            let (x, y) = ((right_eye.x - left_eye.x) * HALF_MOUTH, (right_eye.y - left_eye.y) * HALF_MOUTH);
            let left_mouth = Point::new(mouth.x - x, mouth.y - y);
            let right_mouth = Point::new(mouth.x + x, mouth.y + y);
            let points = [left_eye, right_eye, nose, left_mouth, right_mouth];
            faces.extend(candidate(rect, score, Some(points)));
        }
    }
    Ok(faces)
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit.clamp(-MAX_LOGIT, MAX_LOGIT)).exp())
}
