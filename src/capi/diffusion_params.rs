//! The parameters that every pipeline with a diffusion model has.

use std::ffi::c_char;
use std::ptr;

use crate::capi::choice::{choice, number, optional_choice};
use crate::capi::error::{facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::pointer::{elements, text};
use crate::diffusion::SchedulerKind;
use crate::error::{Error, Result};
use crate::params::{CropParams, DiffusionParams, FaceShape};

/// The most LoRAs, and the most ControlNets, of one call.
const MOST_MODELS: usize = 64;

/// How a diffusion model works.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_diffusion_params {
    /// The size of this struct: `facekit_diffusion_params_init` sets it.
    pub struct_size: usize,
    /// The scheduler, a facekit_scheduler; -1 for the model's own, or FACEKIT_SCHEDULER_DPMPP_2M where that is one
    /// that facekit does not run, such as PNDM. Default: -1.
    pub scheduler: i32,
    /// Whether the noise levels are spaced as Karras et al. (2022) space them: 0 or 1; -1 for as the model says.
    /// Default: -1.
    pub karras: i32,
    /// How many of the text encoder's last layers are left out, 0 to 12; 0 for the model's own. Default: 0.
    pub clip_skip: u32,
    /// LoRAs that change the model: `loras_count` texts "NAME:SCALE", each the name or path of one and its scale,
    /// -4 to 4, which may be left out. Default: NULL.
    pub loras: *const *const c_char,
    /// How many LoRAs there are. Default: 0.
    pub loras_count: usize,
    /// ControlNets that hold the result to the face's crop, such as a tile ControlNet: `controlnets_count` texts
    /// "NAME:SCALE:START:END", each the name or path of one, how strongly it steers, 0 to 2, and the part of the steps
    /// that it steers, 0 to 1; the numbers may be left out. Default: NULL.
    pub controlnets: *const *const c_char,
    /// How many ControlNets there are. Default: 0.
    pub controlnets_count: usize,
}

/// The part of the picture that is repainted for a face.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_crop_params {
    /// The size of this struct: `facekit_crop_params_init` sets it.
    pub struct_size: usize,
    /// The side of the square around a face, in sides of its box, 1 to 8. Default: 1.6.
    pub crop_factor: f32,
    /// The side that the square is enlarged or reduced to for the model, in pixels, a multiple of 64, 0 to 2048; 0 for
    /// the model's own: 512, 768 or 1024. Default: 0.
    pub guide_size: u32,
    /// What bounds the repainted part, a facekit_face_shape. Default: FACEKIT_FACE_SHAPE_CONTOUR.
    pub mask_shape: i32,
    /// How far the mask is grown beyond that, as a part of the box's longer side, 0 to 1. Default: 0.05.
    pub mask_dilation: f32,
    /// How soft the edge of the mask is: the sigma of a Gaussian, as a part of the box's longer side, 0 to 0.5.
    /// Default: 0.04.
    pub mask_feather: f32,
}

// SAFETY: `repr(C)`, with its size first, and any bytes make numbers and pointers.
unsafe impl Growing for facekit_diffusion_params {
    const NAME: &'static str = "facekit_diffusion_params";

    fn defaults() -> Self {
        // What is optional, and a list that may be NULL, has no value in C that is not "not given".
        let DiffusionParams { scheduler: _, karras: _, clip_skip, loras: _, controlnets: _ } =
            DiffusionParams::default();
        Self {
            struct_size: size_of::<Self>(),
            scheduler: -1,
            karras: -1,
            clip_skip,
            loras: ptr::null(),
            loras_count: 0,
            controlnets: ptr::null(),
            controlnets_count: 0,
        }
    }
}

// SAFETY: `repr(C)`, with its size first, and any bytes make numbers.
unsafe impl Growing for facekit_crop_params {
    const NAME: &'static str = "facekit_crop_params";

    fn defaults() -> Self {
        let CropParams { crop_factor, guide_size, mask_shape, mask_dilation, mask_feather } =
            CropParams::default();
        Self {
            struct_size: size_of::<Self>(),
            crop_factor,
            guide_size,
            mask_shape: number(FaceShape::ALL, &mask_shape),
            mask_dilation,
            mask_feather,
        }
    }
}

impl facekit_diffusion_params {
    pub(super) unsafe fn to_rust(self) -> Result<DiffusionParams> {
        let scheduler =
            optional_choice(SchedulerKind::ALL, self.scheduler, "scheduler", "facekit_scheduler")?;
        let karras = match self.karras {
            -1 => None,
            0 => Some(false),
            1 => Some(true),
            value => return Err(Error::parameter(format!("`karras` is {value}, and must be -1, 0 or 1"))),
        };
        // SAFETY: the caller gives lists of texts as long as it says.
        unsafe {
            Ok(DiffusionParams {
                scheduler,
                karras,
                clip_skip: self.clip_skip,
                loras: uses(self.loras, self.loras_count, "loras")?,
                controlnets: uses(self.controlnets, self.controlnets_count, "controlnets")?,
            })
        }
    }
}

impl facekit_crop_params {
    pub(super) fn to_rust(self) -> Result<CropParams> {
        Ok(CropParams {
            crop_factor: self.crop_factor,
            guide_size: self.guide_size,
            mask_shape: choice(FaceShape::ALL, self.mask_shape, "mask_shape", "facekit_face_shape")?,
            mask_dilation: self.mask_dilation,
            mask_feather: self.mask_feather,
        })
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_diffusion_params_init(
    out_params: *mut facekit_diffusion_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_crop_params_init(
    out_params: *mut facekit_crop_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// The models that a list of texts names.
unsafe fn uses<T: std::str::FromStr<Err = Error>>(
    list: *const *const c_char,
    count: usize,
    name: &str,
) -> Result<Vec<T>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if count > MOST_MODELS {
        return Err(Error::parameter(format!("`{name}_count` is {count}, and must be 0 to {MOST_MODELS}")));
    }
    // SAFETY: the caller gives `count` texts.
    let texts = unsafe { elements(list, count, name) }?;
    // SAFETY: as above.
    texts.iter().map(|&each| unsafe { text(each, name) }?.parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::choice::{facekit_face_shape, facekit_scheduler};
    use crate::params::{ControlUse, LoraUse};

    #[test]
    fn the_defaults_are_those_of_rust() {
        // SAFETY: the defaults point to nothing.
        let diffusion = unsafe { facekit_diffusion_params::defaults().to_rust() }.unwrap();
        assert_eq!(diffusion, DiffusionParams::default());
        assert_eq!(facekit_crop_params::defaults().to_rust().unwrap(), CropParams::default());
    }

    #[test]
    fn every_parameter_arrives() {
        let loras = [c"a:0.5".as_ptr(), c"C:\\b.safetensors".as_ptr()];
        let controlnets = [c"tile:0.75:0.25:0.5".as_ptr()];
        let diffusion = facekit_diffusion_params {
            struct_size: size_of::<facekit_diffusion_params>(),
            scheduler: facekit_scheduler::Unipc as i32,
            karras: 0,
            clip_skip: 2,
            loras: loras.as_ptr(),
            loras_count: 2,
            controlnets: controlnets.as_ptr(),
            controlnets_count: 1,
        };
        let expected = DiffusionParams {
            scheduler: Some(SchedulerKind::UniPc),
            karras: Some(false),
            clip_skip: 2,
            loras: vec![
                LoraUse { lora: "a".into(), scale: 0.5 },
                LoraUse { lora: r"C:\b.safetensors".into(), scale: 1.0 },
            ],
            controlnets: vec![ControlUse { controlnet: "tile".into(), scale: 0.75, start: 0.25, end: 0.5 }],
        };
        // SAFETY: the lists and their texts live to the end of the test.
        assert_eq!(unsafe { diffusion.to_rust() }.unwrap(), expected);

        let crop = facekit_crop_params {
            struct_size: size_of::<facekit_crop_params>(),
            crop_factor: 2.0,
            guide_size: 640,
            mask_shape: facekit_face_shape::Box as i32,
            mask_dilation: 0.25,
            mask_feather: 0.125,
        };
        let expected = CropParams {
            crop_factor: 2.0,
            guide_size: 640,
            mask_shape: FaceShape::Box,
            mask_dilation: 0.25,
            mask_feather: 0.125,
        };
        assert_eq!(crop.to_rust().unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let defaults = facekit_diffusion_params::defaults();
        let broken = [c"a:1:2".as_ptr(), ptr::null(), c"\xff".as_ptr()];
        let list = |from: usize, count| facekit_diffusion_params {
            loras: broken[from..].as_ptr(),
            loras_count: count,
            ..defaults
        };
        for (params, words) in [
            (facekit_diffusion_params { scheduler: 7, ..defaults }, "`scheduler` is 7"),
            (facekit_diffusion_params { scheduler: -2, ..defaults }, "facekit_scheduler"),
            (facekit_diffusion_params { karras: 2, ..defaults }, "`karras` is 2"),
            (facekit_diffusion_params { controlnets_count: 1, ..defaults }, "`controlnets` is NULL"),
            (facekit_diffusion_params { controlnets_count: 65, ..defaults }, "`controlnets_count` is 65"),
            (list(0, 1), "NAME:SCALE"),
            (list(1, 1), "`loras`"),
            (list(2, 1), "`loras`"),
        ] {
            // SAFETY: the lists and their texts live to the end of the test.
            let error = unsafe { params.to_rust() }.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
