//! PFLD: 68 or 98 points in parts of the crop's side.
//!
//! Source: X. Guo et al., "PFLD: A Practical Facial Landmark Detector", 2019. The networks learned on crops around
//! the landmarks, which begin at the brows; a detector's box begins at the hairline, so the crop lies lower.

use super::family::{Framing, from_edge};
use super::{LandmarkScheme, Landmarks};
use crate::error::Result;
use crate::geometry::Border;
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

pub(super) const FRAMING: Framing = Framing {
    coding: PixelCoding::planes(ChannelOrder::Bgr, 0.0, 255.0),
    scale: 1.0,
    drop: 0.1,
    border: Border::Constant([0; 3]),
    default_size: 112,
};

pub(super) fn decode(outputs: &Outputs, size: u32) -> Result<Landmarks> {
    let output = outputs.at(0)?;
    let scheme = match output.values().len() {
        len if len == 2 * LandmarkScheme::Ibug68.len() => LandmarkScheme::Ibug68,
        _ => LandmarkScheme::Wflw98,
    };
    let values = output.matrix([1, 2 * scheme.len()])?;
    let side = size as f32;
    let point = |i: usize| from_edge(values[[0, 2 * i]] * side, values[[0, 2 * i + 1]] * side);
    Landmarks::new(scheme, (0..scheme.len()).map(point).collect(), None)
}
