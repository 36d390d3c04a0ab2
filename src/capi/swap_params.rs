//! The parameters of a swap.

use std::ffi::c_char;
use std::ptr;

use crate::capi::choice::{choice, file_type, number, order, select};
use crate::capi::detect::facekit_detect_params;
use crate::capi::error::{facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::mask::facekit_mask_params;
use crate::capi::pointer::optional_text;
use crate::error::Result;
use crate::face::Order;
use crate::geometry::ColorMatch;
use crate::params::{Select, SwapEngine, SwapParams};

/// The parameters of a swap.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_swap_params {
    /// The size of this struct: `facekit_swap_params_init` sets it.
    pub struct_size: usize,
    /// What swaps, a facekit_swap_engine. Default: FACEKIT_SWAP_ENGINE_AUTO.
    pub engine: i32,
    /// The swapper, by its name in the model store or by a path; NULL for the best one installed. Default: NULL.
    pub swapper: *const c_char,
    /// How far a network goes from the target's identity, 0 to 1: 0.5 is all the way to the source's, less stays
    /// nearer to the target, more exaggerates. Default: 0.5.
    pub identity_weight: f32,
    /// The side of the swapped crop in pixels, 0 to 2048, a multiple of the swapper's own; 0 for its own. Default: 0.
    pub pixel_boost: u32,
    /// Which face of a source picture is put in, a facekit_select: one, index or only. Default: FACEKIT_SELECT_ONE.
    pub source_select: i32,
    /// The order of the faces of a source picture, a facekit_order. Default: FACEKIT_ORDER_LARGE_SMALL.
    pub source_order: i32,
    /// The place in the order of the face that FACEKIT_SELECT_INDEX takes, from 0, 0 to 999. Default: 0.
    pub source_index: u32,
    /// Whether the colours of the swapped face are drawn to the target's, a facekit_color_match.
    /// Default: FACEKIT_COLOR_MATCH_AUTO.
    pub color_match: i32,
    /// Whether the swapped faces go through a restorer. Default: true.
    pub face_restore: bool,
    /// The restorer, by its name or by a path; NULL for CodeFormer where it is installed, else the best one.
    /// Default: NULL.
    pub restorer: *const c_char,
    /// How much of the restored face shows, 0 to 1: 0 for the swapped one, 1 for the restorer's output. Default: 0.8.
    pub restore_blend: f32,
    /// In an animation, the most frames from one search for faces to the next, 1 to 1000; they are followed in
    /// between. Default: 10.
    pub detect_every: u32,
    /// In an animation, whether the points of a face are averaged over neighbouring frames, so that it does not
    /// jitter. Default: true.
    pub smoothing: bool,
    /// The format that a file is written in, a facekit_file_format; -1 for the target's own. Default: -1.
    pub file_type: i32,
    /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
    pub image_quality: u32,
    /// Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
    pub provenance: bool,
    /// What limits the swapped area; NULL for the defaults. The mesh has an edge of its own in place of the box.
    /// Default: NULL.
    pub mask: *const facekit_mask_params,
    /// Which faces of the target are replaced; NULL for the defaults. Default: NULL.
    pub detect: *const facekit_detect_params,
}

// SAFETY: `repr(C)`, with its size first, and what C stores in it is valid.
unsafe impl Growing for facekit_swap_params {
    const NAME: &'static str = "facekit_swap_params";

    fn defaults() -> Self {
        // What is optional, and a list that may be NULL, has no value in C that is not "not given".
        let SwapParams {
            engine,
            swapper: _,
            identity_weight,
            pixel_boost,
            source_select,
            source_order,
            source_index,
            mask: _,
            color_match,
            face_restore,
            restorer: _,
            restore_blend,
            detect_every,
            smoothing,
            file_type: _,
            image_quality,
            provenance,
            detect: _,
        } = SwapParams::default();
        Self {
            struct_size: size_of::<Self>(),
            engine: number(SwapEngine::ALL, &engine),
            swapper: ptr::null(),
            identity_weight,
            pixel_boost,
            source_select: number(Select::ALL, &source_select),
            source_order: number(&Order::ALL, &source_order),
            source_index,
            color_match: number(ColorMatch::ALL, &color_match),
            face_restore,
            restorer: ptr::null(),
            restore_blend,
            detect_every,
            smoothing,
            file_type: -1,
            image_quality,
            provenance,
            mask: ptr::null(),
            detect: ptr::null(),
        }
    }
}

impl facekit_swap_params {
    pub(super) unsafe fn to_rust(self) -> Result<SwapParams> {
        // SAFETY: the caller gives NULL or texts, lists as long as it says, and NULL or an initialised struct.
        unsafe {
            Ok(SwapParams {
                engine: choice(SwapEngine::ALL, self.engine, "engine", "facekit_swap_engine")?,
                swapper: optional_text(self.swapper, "swapper")?,
                identity_weight: self.identity_weight,
                pixel_boost: self.pixel_boost,
                source_select: select(self.source_select, "source_select")?,
                source_order: order(self.source_order, "source_order")?,
                source_index: self.source_index,
                color_match: choice(ColorMatch::ALL, self.color_match, "color_match", "facekit_color_match")?,
                face_restore: self.face_restore,
                restorer: optional_text(self.restorer, "restorer")?,
                restore_blend: self.restore_blend,
                detect_every: self.detect_every,
                smoothing: self.smoothing,
                file_type: file_type(self.file_type)?,
                image_quality: self.image_quality,
                provenance: self.provenance,
                mask: growing::read(self.mask)?.to_rust().map_err(|error| error.context("mask"))?,
                detect: growing::read(self.detect)?.to_rust().map_err(|error| error.context("detect"))?,
            })
        }
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_swap_params_init(
    out_params: *mut facekit_swap_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{DetectParams, MaskParams};
    use crate::picture::FileFormat;

    #[test]
    fn the_defaults_are_those_of_rust() {
        // SAFETY: the defaults point to nothing but the library's own list.
        let params = unsafe { facekit_swap_params::defaults().to_rust() }.unwrap();
        assert_eq!(params, SwapParams::default());
    }

    #[test]
    fn every_parameter_arrives() {
        let detect = facekit_detect_params { index: 7, ..facekit_detect_params::defaults() };
        let [a, f] = [c"a", c"f"];
        let mask = facekit_mask_params { mask_blur: 0.125, ..facekit_mask_params::defaults() };
        let params = facekit_swap_params {
            struct_size: 0,
            engine: 2,
            swapper: a.as_ptr(),
            identity_weight: 0.25,
            pixel_boost: 512,
            source_select: 4,
            source_order: 2,
            source_index: 3,
            color_match: 2,
            face_restore: false,
            restorer: f.as_ptr(),
            restore_blend: 0.375,
            detect_every: 5,
            smoothing: false,
            file_type: 3,
            image_quality: 50,
            provenance: false,
            mask: &mask,
            detect: &detect,
        };
        let expected = SwapParams {
            engine: SwapEngine::Mesh,
            swapper: Some("a".into()),
            identity_weight: 0.25,
            pixel_boost: 512,
            source_select: Select::Only,
            source_order: Order::TopBottom,
            source_index: 3,
            color_match: ColorMatch::Always,
            face_restore: false,
            restorer: Some("f".into()),
            restore_blend: 0.375,
            detect_every: 5,
            smoothing: false,
            file_type: Some(FileFormat::Gif),
            image_quality: 50,
            provenance: false,
            mask: MaskParams { mask_blur: 0.125, ..MaskParams::default() },
            detect: DetectParams { index: 7, ..DetectParams::default() },
        };
        // SAFETY: the texts, lists and parameters live to the end of the test.
        assert_eq!(unsafe { params.to_rust() }.unwrap(), expected);
    }
}
