//! XSeg: one weight for each pixel.
//!
//! Source: DeepFaceLab's XSeg, as facefusion runs it.

use crate::runtime::{ChannelOrder, Layout, PixelCoding};

pub(super) const SIZE: (u32, u32) = (256, 256);

pub(super) const CODING: PixelCoding =
    PixelCoding { layout: Layout::Nhwc, ..PixelCoding::planes(ChannelOrder::Bgr, 0.0, 255.0) };
