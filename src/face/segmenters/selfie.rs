//! MediaPipe's selfie segmenter for landscape pictures: one weight for each pixel.

use crate::runtime::{Layout, PixelCoding};

pub(super) const SIZE: (u32, u32) = (256, 144);

pub(super) const CODING: PixelCoding = PixelCoding { layout: Layout::Nhwc, ..PixelCoding::UNIT_RGB };
