//! What `avx2` is elsewhere: functions that do nothing and tell that they did 0.

use std::ops::Range;

use crate::geometry::Mask;
use crate::geometry::bilinear::Place;
use crate::geometry::sample::Track;
use crate::picture::ImageRef;

pub(super) fn warp<const C: usize>(
    _: ImageRef<'_>,
    _: &Track,
    _: Range<usize>,
    _: &mut [u8],
    _: bool,
) -> usize {
    0
}

pub(super) fn blend<const C: usize, const T: usize>(
    _: ImageRef<'_>,
    _: &Mask,
    _: &Track,
    _: Range<usize>,
    _: &mut [u8],
    _: bool,
) -> usize {
    0
}

pub(super) fn interpolate<const C: usize>(_: [&[u8]; 2], _: Place, _: &[Place], _: &mut [[u8; 3]]) -> usize {
    0
}

pub(super) fn add_up_levels(_: &[[&[u8]; 2]], _: &[f32], _: &mut [f32]) -> usize {
    0
}

pub(super) fn add_up_numbers(_: &[[&[f32]; 2]], _: &[f32], _: &mut [f32]) -> usize {
    0
}
