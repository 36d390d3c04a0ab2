//! The parameters of detail and of refinement.

use std::ffi::{CStr, c_char};
use std::ptr;

use crate::capi::choice::{choice, number};
use crate::capi::detect::facekit_detect_params;
use crate::capi::diffusion_params::{facekit_crop_params, facekit_diffusion_params};
use crate::capi::error::{facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::pointer::{optional_text, text};
use crate::error::Result;
use crate::params::{DetailParams, Fallback, Outline, RefineParams};
use crate::picture::FileFormat;

/// The default prompt, for C.
const PROMPT: &CStr = c"clear face and natural skin";
/// The default negative prompt, for C.
const NEGATIVE_PROMPT: &CStr = c"bad quality, painting, blur";

/// The parameters of the face detailer.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_detail_params {
    /// The size of this struct: `facekit_detail_params_init` sets it.
    pub struct_size: usize,
    /// What the faces shall look like. "[SEP]" begins the prompt of the next face, and a face whose prompt is "[SKIP]"
    /// is left as it is; the last prompt, or the
    /// hundredth, serves all faces that follow. Default: "clear face and natural skin".
    pub prompt: *const c_char,
    /// What they shall not look like; "[SEP]" as in `prompt`. Default: "bad quality, painting, blur".
    pub negative_prompt: *const c_char,
    /// How many pictures are made, 1 to 4, with the seeds `seed`, `seed` + 1 and so on. Default: 1.
    pub samples: u32,
    /// How many steps the model runs, 15 to 75. Default: 20.
    pub num_inference_steps: u32,
    /// How closely the prompt is followed, 5 to 10: the scale of classifier-free guidance. Default: 6.
    pub guidance_scale: f32,
    /// The seed of the noise, 0 to 4294967295; the n-th face of a picture, from 0, has `seed` + n. Default: 12467.
    pub seed: u32,
    /// How far from the input the faces may go, 0 to 1: 0 leaves them as they are, 1 keeps nothing of them.
    /// Default: 0.5.
    pub denoise: f32,
    /// The format of the result as a file, a facekit_file_format. Default: FACEKIT_FILE_FORMAT_JPEG.
    pub image_format: i32,
    /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
    pub image_quality: u32,
    /// Whether the result as a file is in base64. Default: false.
    pub base64: bool,
    /// The diffusion model, by its name in the model store or by a path; NULL for the best one installed.
    /// Default: NULL.
    pub model: *const c_char,
    /// What is done where no diffusion model is installed, a facekit_fallback. Default: FACEKIT_FALLBACK_NONE.
    pub fallback: i32,
    /// How often each face is repainted, 1 to 2; 2 for badly damaged faces: first the outline, then the detail.
    /// Default: 1.
    pub passes: u32,
    /// What makes the first of two passes, a facekit_outline. Default: FACEKIT_OUTLINE_DIFFUSION.
    pub outline: i32,
    /// How far from the input the first of two passes may go, 0 to 1, where the diffusion model makes it.
    /// Default: 0.75.
    pub outline_denoise: f32,
    /// The restorer, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub restorer: *const c_char,
    /// How many times larger the picture becomes, 1 to 4, before its faces are repainted. Default: 1.
    pub upscale: u32,
    /// Whether an upscaler model enlarges the picture; otherwise it is resampled. Default: false.
    pub upscale_background: bool,
    /// The upscaler, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub upscaler: *const c_char,
    /// Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
    pub provenance: bool,
    /// How the diffusion model works; NULL for the defaults. Default: NULL.
    pub diffusion: *const facekit_diffusion_params,
    /// The part of the picture that is repainted for a face; NULL for the defaults. Default: NULL.
    pub crop: *const facekit_crop_params,
    /// Which faces are repainted; NULL for the defaults. Default: NULL.
    pub detect: *const facekit_detect_params,
}

/// The parameters of the face refiner.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_refine_params {
    /// The size of this struct: `facekit_refine_params_init` sets it.
    pub struct_size: usize,
    /// The diffusion model, by its name in the model store or by a path; NULL for the best one installed.
    /// Default: NULL.
    pub model: *const c_char,
    /// How far the faces may go from the input, 1 to 5: from very subtle to extreme. Default: 3.
    pub denoising: u32,
    /// What the faces shall look like, as for the detailer. Default: "clear face and natural skin".
    pub prompt: *const c_char,
    /// What they shall not look like, as for the detailer. Default: "bad quality, painting, blur".
    pub negative_prompt: *const c_char,
    /// How many steps the model runs, 1 to 150; 0 for what `denoising` means. 4 to 8 for a distilled model (LCM,
    /// Lightning). Default: 0.
    pub num_inference_steps: u32,
    /// How closely the prompt is followed, 0 to 30: the scale of classifier-free guidance; 1 for a distilled model.
    /// Default: 6.
    pub guidance_scale: f32,
    /// The seed of the noise, 0 to 4294967295; the n-th face of a picture, from 0, has `seed` + n. Default: 12467.
    pub seed: u32,
    /// What is done where no diffusion model is installed, a facekit_fallback. Default: FACEKIT_FALLBACK_NONE.
    pub fallback: i32,
    /// The restorer that stands in for it, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub restorer: *const c_char,
    /// The format of the result as a file, a facekit_file_format. Default: FACEKIT_FILE_FORMAT_JPEG.
    pub image_format: i32,
    /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
    pub image_quality: u32,
    /// Whether the result as a file is in base64. Default: false.
    pub base64: bool,
    /// Whether the picture says, in its XMP packet, that a trained model changed it. Default: true.
    pub provenance: bool,
    /// How the diffusion model works; NULL for the defaults. Default: NULL.
    pub diffusion: *const facekit_diffusion_params,
    /// The part of the picture that is repainted for a face; NULL for the defaults. Default: NULL.
    pub crop: *const facekit_crop_params,
    /// Which faces are refined; NULL for the defaults. Default: NULL.
    pub detect: *const facekit_detect_params,
}

// SAFETY: `repr(C)`, with its size first, and what C stores in it is valid.
unsafe impl Growing for facekit_detail_params {
    const NAME: &'static str = "facekit_detail_params";

    fn defaults() -> Self {
        // What is optional has no value in C that is not "not given", and a text of Rust's does not end with a zero.
        let DetailParams {
            prompt: _,
            negative_prompt: _,
            samples,
            num_inference_steps,
            guidance_scale,
            seed,
            denoise,
            image_format,
            image_quality,
            base64,
            model: _,
            fallback,
            passes,
            outline,
            outline_denoise,
            restorer: _,
            upscale,
            upscale_background,
            upscaler: _,
            provenance,
            diffusion: _,
            crop: _,
            detect: _,
        } = DetailParams::default();
        Self {
            struct_size: size_of::<Self>(),
            prompt: PROMPT.as_ptr(),
            negative_prompt: NEGATIVE_PROMPT.as_ptr(),
            samples,
            num_inference_steps,
            guidance_scale,
            seed,
            denoise,
            image_format: number(FileFormat::ALL, &image_format),
            image_quality,
            base64,
            model: ptr::null(),
            fallback: number(Fallback::ALL, &fallback),
            passes,
            outline: number(Outline::ALL, &outline),
            outline_denoise,
            restorer: ptr::null(),
            upscale,
            upscale_background,
            upscaler: ptr::null(),
            provenance,
            diffusion: ptr::null(),
            crop: ptr::null(),
            detect: ptr::null(),
        }
    }
}

// SAFETY: `repr(C)`, with its size first, and what C stores in it is valid.
unsafe impl Growing for facekit_refine_params {
    const NAME: &'static str = "facekit_refine_params";

    fn defaults() -> Self {
        let RefineParams {
            model: _,
            denoising,
            prompt: _,
            negative_prompt: _,
            num_inference_steps: _,
            guidance_scale,
            seed,
            fallback,
            restorer: _,
            image_format,
            image_quality,
            base64,
            provenance,
            diffusion: _,
            crop: _,
            detect: _,
        } = RefineParams::default();
        Self {
            struct_size: size_of::<Self>(),
            model: ptr::null(),
            denoising,
            prompt: PROMPT.as_ptr(),
            negative_prompt: NEGATIVE_PROMPT.as_ptr(),
            num_inference_steps: 0,
            guidance_scale,
            seed,
            fallback: number(Fallback::ALL, &fallback),
            restorer: ptr::null(),
            image_format: number(FileFormat::ALL, &image_format),
            image_quality,
            base64,
            provenance,
            diffusion: ptr::null(),
            crop: ptr::null(),
            detect: ptr::null(),
        }
    }
}

impl facekit_detail_params {
    pub(super) unsafe fn to_rust(self) -> Result<DetailParams> {
        // SAFETY: the caller gives texts, NULL where that is allowed, and NULL or initialised structs.
        unsafe {
            Ok(DetailParams {
                prompt: text(self.prompt, "prompt")?.to_owned(),
                negative_prompt: text(self.negative_prompt, "negative_prompt")?.to_owned(),
                samples: self.samples,
                num_inference_steps: self.num_inference_steps,
                guidance_scale: self.guidance_scale,
                seed: self.seed,
                denoise: self.denoise,
                image_format: format(self.image_format)?,
                image_quality: self.image_quality,
                base64: self.base64,
                model: optional_text(self.model, "model")?,
                fallback: fallback(self.fallback)?,
                passes: self.passes,
                outline: choice(Outline::ALL, self.outline, "outline", "facekit_outline")?,
                outline_denoise: self.outline_denoise,
                restorer: optional_text(self.restorer, "restorer")?,
                upscale: self.upscale,
                upscale_background: self.upscale_background,
                upscaler: optional_text(self.upscaler, "upscaler")?,
                provenance: self.provenance,
                diffusion: growing::read(self.diffusion)?.to_rust().map_err(|e| e.context("diffusion"))?,
                crop: growing::read(self.crop)?.to_rust().map_err(|e| e.context("crop"))?,
                detect: growing::read(self.detect)?.to_rust().map_err(|e| e.context("detect"))?,
            })
        }
    }
}

impl facekit_refine_params {
    pub(super) unsafe fn to_rust(self) -> Result<RefineParams> {
        // SAFETY: the caller gives texts, NULL where that is allowed, and NULL or initialised structs.
        unsafe {
            Ok(RefineParams {
                model: optional_text(self.model, "model")?,
                denoising: self.denoising,
                prompt: text(self.prompt, "prompt")?.to_owned(),
                negative_prompt: text(self.negative_prompt, "negative_prompt")?.to_owned(),
                num_inference_steps: (self.num_inference_steps > 0).then_some(self.num_inference_steps),
                guidance_scale: self.guidance_scale,
                seed: self.seed,
                fallback: fallback(self.fallback)?,
                restorer: optional_text(self.restorer, "restorer")?,
                image_format: format(self.image_format)?,
                image_quality: self.image_quality,
                base64: self.base64,
                provenance: self.provenance,
                diffusion: growing::read(self.diffusion)?.to_rust().map_err(|e| e.context("diffusion"))?,
                crop: growing::read(self.crop)?.to_rust().map_err(|e| e.context("crop"))?,
                detect: growing::read(self.detect)?.to_rust().map_err(|e| e.context("detect"))?,
            })
        }
    }
}

fn format(value: i32) -> Result<FileFormat> {
    choice(FileFormat::ALL, value, "image_format", "facekit_file_format")
}

fn fallback(value: i32) -> Result<Fallback> {
    choice(Fallback::ALL, value, "fallback", "facekit_fallback")
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_detail_params_init(
    out_params: *mut facekit_detail_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_refine_params_init(
    out_params: *mut facekit_refine_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::choice::{facekit_fallback, facekit_outline};
    use crate::params::{CropParams, DetectParams, DiffusionParams};

    #[test]
    fn the_defaults_are_those_of_rust() {
        // SAFETY: the defaults point to texts that live on.
        let detail = unsafe { facekit_detail_params::defaults().to_rust() }.unwrap();
        assert_eq!(detail, DetailParams::default());
        // SAFETY: as above.
        let refine = unsafe { facekit_refine_params::defaults().to_rust() }.unwrap();
        assert_eq!(refine, RefineParams::default());
    }

    #[test]
    fn every_parameter_arrives() {
        let parts = Parts::new();
        let detail = facekit_detail_params {
            struct_size: size_of::<facekit_detail_params>(),
            prompt: c"a".as_ptr(),
            negative_prompt: c"b".as_ptr(),
            samples: 2,
            num_inference_steps: 30,
            guidance_scale: 7.0,
            seed: 4_294_967_295,
            denoise: 0.25,
            image_format: FileFormat::Webp as i32,
            image_quality: 10,
            base64: true,
            model: c"c".as_ptr(),
            fallback: facekit_fallback::Restore as i32,
            passes: 2,
            outline: facekit_outline::Restorer as i32,
            outline_denoise: 0.5,
            restorer: c"d".as_ptr(),
            upscale: 3,
            upscale_background: true,
            upscaler: c"e".as_ptr(),
            provenance: false,
            diffusion: &parts.diffusion,
            crop: &parts.crop,
            detect: &parts.detect,
        };
        let expected = DetailParams {
            prompt: "a".into(),
            negative_prompt: "b".into(),
            samples: 2,
            num_inference_steps: 30,
            guidance_scale: 7.0,
            seed: 4_294_967_295,
            denoise: 0.25,
            image_format: FileFormat::Webp,
            image_quality: 10,
            base64: true,
            model: Some("c".into()),
            fallback: Fallback::Restore,
            passes: 2,
            outline: Outline::Restorer,
            outline_denoise: 0.5,
            restorer: Some("d".into()),
            upscale: 3,
            upscale_background: true,
            upscaler: Some("e".into()),
            provenance: false,
            diffusion: DiffusionParams { clip_skip: 2, ..DiffusionParams::default() },
            crop: CropParams { guide_size: 640, ..CropParams::default() },
            detect: DetectParams { index: 7, ..DetectParams::default() },
        };
        // SAFETY: the texts and parameters live to the end of the test.
        assert_eq!(unsafe { detail.to_rust() }.unwrap(), expected);

        let refine = facekit_refine_params {
            struct_size: size_of::<facekit_refine_params>(),
            model: c"a".as_ptr(),
            denoising: 5,
            prompt: c"b".as_ptr(),
            negative_prompt: c"".as_ptr(),
            num_inference_steps: 4,
            guidance_scale: 1.0,
            seed: 3,
            fallback: facekit_fallback::Restore as i32,
            restorer: c"c".as_ptr(),
            image_format: FileFormat::Png as i32,
            image_quality: 20,
            base64: true,
            provenance: false,
            diffusion: &parts.diffusion,
            crop: &parts.crop,
            detect: &parts.detect,
        };
        let expected = RefineParams {
            model: Some("a".into()),
            denoising: 5,
            prompt: "b".into(),
            negative_prompt: String::new(),
            num_inference_steps: Some(4),
            guidance_scale: 1.0,
            seed: 3,
            fallback: Fallback::Restore,
            restorer: Some("c".into()),
            image_format: FileFormat::Png,
            image_quality: 20,
            base64: true,
            provenance: false,
            diffusion: expected.diffusion,
            crop: expected.crop,
            detect: expected.detect,
        };
        // SAFETY: as above.
        assert_eq!(unsafe { refine.to_rust() }.unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let defaults = facekit_detail_params::defaults();
        let parts = Parts::new();
        let crop = facekit_crop_params { mask_shape: 2, ..parts.crop };
        for (params, words) in [
            (facekit_detail_params { prompt: ptr::null(), ..defaults }, "`prompt` is NULL"),
            (facekit_detail_params { image_format: 9, ..defaults }, "`image_format` is 9"),
            (facekit_detail_params { fallback: -1, ..defaults }, "`fallback` is -1"),
            (facekit_detail_params { outline: 2, ..defaults }, "`outline` is 2"),
            (facekit_detail_params { model: c"\xff".as_ptr(), ..defaults }, "`model`"),
            (facekit_detail_params { crop: &crop, ..defaults }, "crop: `mask_shape` is 2"),
        ] {
            // SAFETY: the texts and parameters live to the end of the test.
            let error = unsafe { params.to_rust() }.unwrap_err().chain();
            assert!(error.contains(words), "{error}");
        }
    }

    /// The inner sets, each with one value that is not the default.
    struct Parts {
        diffusion: facekit_diffusion_params,
        crop: facekit_crop_params,
        detect: facekit_detect_params,
    }

    impl Parts {
        fn new() -> Self {
            Self {
                diffusion: facekit_diffusion_params { clip_skip: 2, ..facekit_diffusion_params::defaults() },
                crop: facekit_crop_params { guide_size: 640, ..facekit_crop_params::defaults() },
                detect: facekit_detect_params { index: 7, ..facekit_detect_params::defaults() },
            }
        }
    }
}
