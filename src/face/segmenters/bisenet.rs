//! BiSeNet face parsing: of 19 classes, the one with the largest value is a pixel's.
//!
//! Source: C. Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic Segmentation", 2018, with
//! the classes of CelebAMask-HQ.

use ndarray::Axis;

use super::{FaceRegion, shaped};
use crate::error::Result;
use crate::runtime::{ChannelOrder, Layout, Outputs, PixelCoding};

const CLASSES: usize = 19;

pub(super) const SIZE: (u32, u32) = (512, 512);

/// The mean and deviation of ImageNet.
pub(super) const CODING: PixelCoding = PixelCoding {
    order: ChannelOrder::Rgb,
    layout: Layout::Nchw,
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
};

/// 1 where a pixel's class is one of the regions, 0 elsewhere.
pub(super) fn weights(outputs: &Outputs, regions: &[FaceRegion]) -> Result<Vec<f32>> {
    let output = outputs.at(0)?;
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    shaped(output, &[1, CLASSES, height, width])?;
    let kept: Vec<usize> = regions.iter().map(|region| class(*region)).collect();
    let mut largest = vec![(f32::NEG_INFINITY, 0); width * height];
    for (class, plane) in output.values().index_axis(Axis(0), 0).outer_iter().enumerate() {
        for (best, value) in largest.iter_mut().zip(plane) {
            if *value > best.0 {
                *best = (*value, class);
            }
        }
    }
    Ok(largest.iter().map(|(_, class)| if kept.contains(class) { 1.0 } else { 0.0 }).collect())
}

fn class(region: FaceRegion) -> usize {
    match region {
        FaceRegion::Skin => 1,
        FaceRegion::LeftEyebrow => 2,
        FaceRegion::RightEyebrow => 3,
        FaceRegion::LeftEye => 4,
        FaceRegion::RightEye => 5,
        FaceRegion::Glasses => 6,
        FaceRegion::Nose => 10,
        FaceRegion::Mouth => 11,
        FaceRegion::UpperLip => 12,
        FaceRegion::LowerLip => 13,
    }
}
