//! The face alignment network (2DFAN4): 68 points in cells of its heat maps.
//!
//! Source: A. Bulat and G. Tzimiropoulos, "How far are we from solving the 2D & 3D face alignment problem?", 2017;
//! the scale of the crop and of the score are facefusion's, which also lifts the contrast of a very dark face, and
//! turns the crop by quarters only.

use ndarray::Axis;

use super::family::{Framing, from_edge};
use super::{LandmarkScheme, Landmarks};
use crate::error::Result;
use crate::geometry::Border;
use crate::runtime::{ChannelOrder, Outputs, PixelCoding};

/// The cells of a heat map along each side; outputs of another shape are no heat maps, and give no score.
const CELLS: usize = 64;

/// The mean of the heat maps' peaks that counts as certainty.
const SURE: f32 = 0.9;

pub(super) const FRAMING: Framing = Framing {
    coding: PixelCoding::planes(ChannelOrder::Bgr, 0.0, 255.0),
    scale: 256.0 / 195.0,
    drop: 0.0,
    border: Border::Constant([0; 3]),
    default_size: 256,
};

pub(super) fn decode(outputs: &Outputs, size: u32) -> Result<Landmarks> {
    let scheme = LandmarkScheme::Ibug68;
    let cells = outputs.at(0)?.matrix([scheme.len(), 3])?;
    let scale = size as f32 / CELLS as f32;
    let points = cells.outer_iter().map(|cell| from_edge(cell[0] * scale, cell[1] * scale)).collect();
    let score = outputs
        .at(1)
        .ok()
        .filter(|maps| maps.values().shape() == [1, scheme.len(), CELLS, CELLS])
        .map(|maps| {
            let peaks = maps.values().axis_iter(Axis(1)).map(|map| map.iter().copied().fold(0.0, f32::max));
            (peaks.sum::<f32>() / scheme.len() as f32 / SURE).clamp(0.0, 1.0)
        });
    Landmarks::new(scheme, points, score)
}
