//! MediaPipe's face mesh: 468 or 478 vertices in pixels of the crop; their depth is not kept.
//!
//! Source: MediaPipe's face landmark graphs: half as large again as the box, turned by the eyes.

use super::family::{Framing, from_edge};
use super::{LandmarkScheme, Landmarks};
use crate::error::Result;
use crate::geometry::Border;
use crate::runtime::{Outputs, PixelCoding};

pub(super) const FRAMING: Framing = Framing {
    coding: PixelCoding::UNIT_RGB,
    scale: 1.5,
    drop: 0.0,
    border: Border::Replicate,
    default_size: 192,
};

pub(super) fn decode(outputs: &Outputs, _size: u32) -> Result<Landmarks> {
    let output = outputs.at(0)?;
    let scheme = match output.values().len() {
        len if len == 3 * LandmarkScheme::Mesh478.len() => LandmarkScheme::Mesh478,
        _ => LandmarkScheme::Mesh468,
    };
    let values = output.matrix([1, 3 * scheme.len()])?;
    let points = (0..scheme.len()).map(|i| from_edge(values[[0, 3 * i]], values[[0, 3 * i + 1]])).collect();
    let presence = outputs.at(1).ok().and_then(|output| output.values().first().copied());
    Landmarks::new(scheme, points, presence.map(|logit| 1.0 / (1.0 + (-logit).exp())))
}
