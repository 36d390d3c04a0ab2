//! The embedded segmenter: four classes for each pixel, background, face, hair and occluder.

use ndarray::{Axis, s};

use super::shaped;
use crate::error::Result;
use crate::runtime::{Outputs, PixelCoding};

const CLASSES: usize = 4;
/// The place of the face among the classes.
const FACE: usize = 1;

pub(super) const SIZE: (u32, u32) = (256, 256);

pub(super) const CODING: PixelCoding = PixelCoding::SIGNED_RGB;

/// How likely each pixel is face: the softmax of its classes.
pub(super) fn weights(outputs: &Outputs) -> Result<Vec<f32>> {
    let [output] = outputs.exactly(["logits"])?;
    shaped(output, &[1, CLASSES, SIZE.1 as usize, SIZE.0 as usize])?;
    let values = output.values();
    let logits = values.slice(s![0, .., .., ..]);
    let face = logits.index_axis(Axis(0), FACE);
    let shares = logits.lanes(Axis(0)).into_iter().zip(face).map(|(classes, face)| {
        let sum: f32 = classes.iter().map(|class| (class - face).exp()).sum();
        1.0 / sum
    });
    Ok(shares.collect())
}
