//! The parameters of a stylization.

use std::ffi::{CStr, c_char};
use std::ptr;

use crate::capi::choice::{choice, file_type, number, optional_choice};
use crate::capi::detect::facekit_detect_params;
use crate::capi::diffusion_params::facekit_diffusion_params;
use crate::capi::error::{facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::pointer::{optional_text, text};
use crate::error::Result;
use crate::params::{StylizeArea, StylizeEngine, StylizeParams};
use crate::style::{Dither, Style};

/// The default prompt, for C.
const PROMPT: &CStr = c"a person";

/// The parameters of a stylization.
///
/// Lifetime: they are read when a call starts and not kept; what they point to lives until the call returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_stylize_params {
    /// The size of this struct: `facekit_stylize_params_init` sets it.
    pub struct_size: usize,
    /// The style, a facekit_style. Default: FACEKIT_STYLE_3D.
    pub style: i32,
    /// What gives the picture its style, a facekit_stylize_engine. Default: FACEKIT_STYLIZE_ENGINE_AUTO.
    pub engine: i32,
    /// What of the picture is stylized, a facekit_stylize_area. Default: FACEKIT_STYLIZE_AREA_PICTURE.
    pub area: i32,
    /// With FACEKIT_STYLIZE_AREA_FACE, the side of the square that is stylized, in sides of the face's box, 1 to 8.
    /// Default: 2.
    pub crop_factor: f32,
    /// How much of the stylized picture shows, 0 to 1: 0 for the input, 1 for the style alone. Default: 1.
    pub blend: f32,
    /// What the picture shows, for diffusion; the style adds its own words. Default: "a person".
    pub prompt: *const c_char,
    /// What it shall not show; the style adds its own words. Default: "".
    pub negative_prompt: *const c_char,
    /// How closely the prompt is followed, 0 to 20: the scale of classifier-free guidance. At 1 and below the prompt
    /// alone counts, and the negative prompt has no part. Default: 4.5.
    pub prompt_strength: f32,
    /// How far from the input diffusion may go, 0 to 1: 0 leaves the picture as it is, 1 keeps nothing of it.
    /// Default: 0.65.
    pub denoising_strength: f32,
    /// How strongly InstantID holds diffusion to the identity of the faces, and to where they are, 0 to 1. Default: 1.
    pub instant_id_strength: f32,
    /// How strongly the depth ControlNet holds diffusion to the shapes of the input, 0 to 1. Default: 0.8.
    pub control_depth_strength: f32,
    /// How much of the LoRA is added, 0 to 1. Default: 1.
    pub lora_scale: f32,
    /// A LoRA in place of the style's, by its name or by a path: a safetensors file, or a tar that holds one. The
    /// style's own words are then not added to the prompt. NULL for the style's. Default: NULL.
    pub custom_lora: *const c_char,
    /// The seed of the noise, -1 to 4294967295; -1 draws one, which the result reports. Default: -1.
    pub seed: i64,
    /// How many steps diffusion runs, 1 to 150. Default: 17.
    pub num_inference_steps: u32,
    /// The longer side that a model works at, in pixels, a multiple of 64, 0 to 4096; 0 for the model's own. What
    /// diffusion makes of a whole picture has that size. Default: 0.
    pub size: u32,
    /// The diffusion model, by its name in the model store or by a path; NULL for the best one installed.
    /// Default: NULL.
    pub model: *const c_char,
    /// The network that makes InstantID's tokens of an identity, by its name or by a path; NULL for the best one
    /// installed. Default: NULL.
    pub adapter: *const c_char,
    /// InstantID's ControlNet, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub face_controlnet: *const c_char,
    /// The depth ControlNet, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub depth_controlnet: *const c_char,
    /// The network that estimates depth, by its name or by a path; NULL for the best one installed. Default: NULL.
    pub depth_model: *const c_char,
    /// The network of FACEKIT_STYLIZE_ENGINE_NETWORK, by its name or by a path; NULL for the best one installed.
    /// Default: NULL.
    pub stylizer: *const c_char,
    /// The segmenter that tells people from the background, by its name or by a path; NULL for the best one
    /// installed, else an estimate. Default: NULL.
    pub segmenter: *const c_char,
    /// The side of a cell of FACEKIT_STYLE_PIXELS and FACEKIT_STYLE_VIDEO_GAME made by image processing, in pixels,
    /// 0 to 256; 0 for one that suits the faces. Default: 0.
    pub pixel_size: u32,
    /// How many colours image processing keeps in FACEKIT_STYLE_PIXELS, FACEKIT_STYLE_VIDEO_GAME and
    /// FACEKIT_STYLE_EMOJI, 0 to 256; 0 for the style's own. Default: 0.
    pub colors: u32,
    /// How image processing shows the colours in between, a facekit_dither; -1 for the style's own way. Default: -1.
    pub dither: i32,
    /// In an animation, the most frames from one search for faces to the next, 1 to 1000; they are followed in
    /// between. Default: 10.
    pub detect_every: u32,
    /// In an animation, whether the points of a face are averaged over neighbouring frames, so that it does not
    /// jitter. Default: true.
    pub smoothing: bool,
    /// The format that a file is written in, a facekit_file_format; -1 for the input's own. Default: -1.
    pub file_type: i32,
    /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless. Default: 95.
    pub image_quality: u32,
    /// Whether the picture says, in its XMP packet, that a trained model changed it, where one did. Default: true.
    pub provenance: bool,
    /// How the diffusion model works; NULL for the defaults: DPM++ 2M SDE with Karras' noise levels, where nothing
    /// else is asked for. Default: NULL.
    pub diffusion: *const facekit_diffusion_params,
    /// Which faces are stylized, or, in a stylized picture, hold diffusion to an identity; NULL for the defaults.
    /// Default: NULL.
    pub detect: *const facekit_detect_params,
}

// SAFETY: `repr(C)`, with its size first, and what C stores in it is valid.
unsafe impl Growing for facekit_stylize_params {
    const NAME: &'static str = "facekit_stylize_params";

    fn defaults() -> Self {
        // What is optional has no value in C that is not "not given", and a text of Rust's does not end with a zero.
        let StylizeParams {
            style,
            engine,
            area,
            crop_factor,
            blend,
            prompt: _,
            negative_prompt: _,
            prompt_strength,
            denoising_strength,
            instant_id_strength,
            control_depth_strength,
            lora_scale,
            custom_lora: _,
            seed,
            num_inference_steps,
            size,
            model: _,
            adapter: _,
            face_controlnet: _,
            depth_controlnet: _,
            depth_model: _,
            stylizer: _,
            segmenter: _,
            pixel_size,
            colors,
            dither: _,
            detect_every,
            smoothing,
            file_type: _,
            image_quality,
            provenance,
            diffusion: _,
            detect: _,
        } = StylizeParams::default();
        Self {
            struct_size: size_of::<Self>(),
            style: number(Style::ALL, &style),
            engine: number(StylizeEngine::ALL, &engine),
            area: number(StylizeArea::ALL, &area),
            crop_factor,
            blend,
            prompt: PROMPT.as_ptr(),
            negative_prompt: c"".as_ptr(),
            prompt_strength,
            denoising_strength,
            instant_id_strength,
            control_depth_strength,
            lora_scale,
            custom_lora: ptr::null(),
            seed,
            num_inference_steps,
            size,
            model: ptr::null(),
            adapter: ptr::null(),
            face_controlnet: ptr::null(),
            depth_controlnet: ptr::null(),
            depth_model: ptr::null(),
            stylizer: ptr::null(),
            segmenter: ptr::null(),
            pixel_size,
            colors,
            dither: -1,
            detect_every,
            smoothing,
            file_type: -1,
            image_quality,
            provenance,
            diffusion: ptr::null(),
            detect: ptr::null(),
        }
    }
}

impl facekit_stylize_params {
    pub(super) unsafe fn to_rust(self) -> Result<StylizeParams> {
        // SAFETY: the caller gives texts, NULL where that is allowed, and NULL or initialised structs.
        unsafe {
            Ok(StylizeParams {
                style: choice(Style::ALL, self.style, "style", "facekit_style")?,
                engine: choice(StylizeEngine::ALL, self.engine, "engine", "facekit_stylize_engine")?,
                area: choice(StylizeArea::ALL, self.area, "area", "facekit_stylize_area")?,
                crop_factor: self.crop_factor,
                blend: self.blend,
                prompt: text(self.prompt, "prompt")?.to_owned(),
                negative_prompt: text(self.negative_prompt, "negative_prompt")?.to_owned(),
                prompt_strength: self.prompt_strength,
                denoising_strength: self.denoising_strength,
                instant_id_strength: self.instant_id_strength,
                control_depth_strength: self.control_depth_strength,
                lora_scale: self.lora_scale,
                custom_lora: optional_text(self.custom_lora, "custom_lora")?,
                seed: self.seed,
                num_inference_steps: self.num_inference_steps,
                size: self.size,
                model: optional_text(self.model, "model")?,
                adapter: optional_text(self.adapter, "adapter")?,
                face_controlnet: optional_text(self.face_controlnet, "face_controlnet")?,
                depth_controlnet: optional_text(self.depth_controlnet, "depth_controlnet")?,
                depth_model: optional_text(self.depth_model, "depth_model")?,
                stylizer: optional_text(self.stylizer, "stylizer")?,
                segmenter: optional_text(self.segmenter, "segmenter")?,
                pixel_size: self.pixel_size,
                colors: self.colors,
                dither: optional_choice(Dither::ALL, self.dither, "dither", "facekit_dither")?,
                detect_every: self.detect_every,
                smoothing: self.smoothing,
                file_type: file_type(self.file_type)?,
                image_quality: self.image_quality,
                provenance: self.provenance,
                diffusion: growing::read(self.diffusion)?.to_rust().map_err(|e| e.context("diffusion"))?,
                detect: growing::read(self.detect)?.to_rust().map_err(|e| e.context("detect"))?,
            })
        }
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_stylize_params_init(
    out_params: *mut facekit_stylize_params,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::choice::{facekit_dither, facekit_style, facekit_stylize_area, facekit_stylize_engine};
    use crate::params::{DetectParams, DiffusionParams};
    use crate::picture::FileFormat;

    #[test]
    fn the_defaults_are_those_of_rust() {
        // SAFETY: the defaults point to texts that live on.
        let params = unsafe { facekit_stylize_params::defaults().to_rust() }.unwrap();
        assert_eq!(params, StylizeParams::default());
    }

    #[test]
    fn every_parameter_arrives() {
        let diffusion = facekit_diffusion_params { clip_skip: 2, ..facekit_diffusion_params::defaults() };
        let detect = facekit_detect_params { index: 7, ..facekit_detect_params::defaults() };
        let params = facekit_stylize_params {
            struct_size: size_of::<facekit_stylize_params>(),
            style: facekit_style::Toy as i32,
            engine: facekit_stylize_engine::Classic as i32,
            area: facekit_stylize_area::Face as i32,
            crop_factor: 3.0,
            blend: 0.25,
            prompt: c"a".as_ptr(),
            negative_prompt: c"b".as_ptr(),
            prompt_strength: 5.0,
            denoising_strength: 0.125,
            instant_id_strength: 0.375,
            control_depth_strength: 0.5,
            lora_scale: 0.75,
            custom_lora: c"c".as_ptr(),
            seed: 4_294_967_295,
            num_inference_steps: 30,
            size: 768,
            model: c"d".as_ptr(),
            adapter: c"e".as_ptr(),
            face_controlnet: c"f".as_ptr(),
            depth_controlnet: c"g".as_ptr(),
            depth_model: c"h".as_ptr(),
            stylizer: c"i".as_ptr(),
            segmenter: c"j".as_ptr(),
            pixel_size: 8,
            colors: 16,
            dither: facekit_dither::Ordered as i32,
            detect_every: 5,
            smoothing: false,
            file_type: FileFormat::Gif as i32,
            image_quality: 50,
            provenance: false,
            diffusion: &diffusion,
            detect: &detect,
        };
        let expected = StylizeParams {
            style: Style::Toy,
            engine: StylizeEngine::Classic,
            area: StylizeArea::Face,
            crop_factor: 3.0,
            blend: 0.25,
            prompt: "a".into(),
            negative_prompt: "b".into(),
            prompt_strength: 5.0,
            denoising_strength: 0.125,
            instant_id_strength: 0.375,
            control_depth_strength: 0.5,
            lora_scale: 0.75,
            custom_lora: Some("c".into()),
            seed: 4_294_967_295,
            num_inference_steps: 30,
            size: 768,
            model: Some("d".into()),
            adapter: Some("e".into()),
            face_controlnet: Some("f".into()),
            depth_controlnet: Some("g".into()),
            depth_model: Some("h".into()),
            stylizer: Some("i".into()),
            segmenter: Some("j".into()),
            pixel_size: 8,
            colors: 16,
            dither: Some(Dither::Ordered),
            detect_every: 5,
            smoothing: false,
            file_type: Some(FileFormat::Gif),
            image_quality: 50,
            provenance: false,
            diffusion: DiffusionParams { clip_skip: 2, ..DiffusionParams::default() },
            detect: DetectParams { index: 7, ..DetectParams::default() },
        };
        // SAFETY: the texts and parameters live to the end of the test.
        assert_eq!(unsafe { params.to_rust() }.unwrap(), expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let defaults = facekit_stylize_params::defaults();
        let diffusion = facekit_diffusion_params { karras: 2, ..facekit_diffusion_params::defaults() };
        for (params, words) in [
            (facekit_stylize_params { style: 6, ..defaults }, "`style` is 6, which is no facekit_style"),
            (facekit_stylize_params { engine: -1, ..defaults }, "`engine` is -1"),
            (facekit_stylize_params { area: 2, ..defaults }, "`area` is 2"),
            (facekit_stylize_params { dither: -2, ..defaults }, "`dither` is -2"),
            (facekit_stylize_params { file_type: 9, ..defaults }, "`file_type` is 9"),
            (
                facekit_stylize_params { negative_prompt: ptr::null(), ..defaults },
                "`negative_prompt` is NULL",
            ),
            (facekit_stylize_params { custom_lora: c"\xff".as_ptr(), ..defaults }, "`custom_lora`"),
            (facekit_stylize_params { diffusion: &diffusion, ..defaults }, "diffusion: `karras` is 2"),
        ] {
            // SAFETY: the texts and parameters live to the end of the test.
            let error = unsafe { params.to_rust() }.unwrap_err().chain();
            assert!(error.contains(words), "{error}");
        }
    }
}
