//! How faces are refined.

use crate::params::parameter::parameters;
use crate::params::{CropParams, DetailParams, DetectParams, DiffusionParams, Fallback};
use crate::picture::FileFormat;

parameters! {
    /// The parameters of the face refiner.
    pub struct RefineParams {
        /// The diffusion model, by its name in the model store or by a path. Default: the best one installed.
        model: Option<String> = None;
        /// How far the faces may go from the input, from 1, very subtle, to 5, extreme.
        denoising: u32 = 3, in 1.0..=5.0;
        /// What the faces shall look like, as for the detailer.
        prompt: String = DetailParams::default().prompt;
        /// What they shall not look like, as for the detailer.
        negative_prompt: String = DetailParams::default().negative_prompt;
        /// How many steps the model runs. Default: what `denoising` means; 4 to 8 for a distilled model (LCM,
        /// Lightning).
        num_inference_steps: Option<u32> = None, in 1.0..=150.0;
        /// How closely the prompt is followed: the scale of classifier-free guidance; 1 for a distilled model.
        guidance_scale: f32 = 6.0, in 0.0..=30.0;
        /// The seed of the noise; the n-th face of a picture, from 0, has `seed` + n.
        seed: u32 = DetailParams::default().seed, in 0.0..=4_294_967_295.0;
        /// What is done where no diffusion model is installed.
        fallback: Fallback = Fallback::None;
        /// The restorer that stands in for it, by its name or by a path. Default: the best one installed.
        restorer: Option<String> = None;
        /// The format that the result is encoded in.
        image_format: FileFormat = FileFormat::Jpeg;
        /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless.
        image_quality: u32 = 95, in 10.0..=100.0;
        /// Whether the encoded result is written in base64.
        base64: bool = false;
        /// Whether the picture says, in its XMP packet, that a trained model changed it.
        provenance: bool = true;
        /// How the diffusion model works.
        diffusion: DiffusionParams = DiffusionParams::default();
        /// The part of the picture that is repainted for a face.
        crop: CropParams = CropParams::default();
        /// Which faces are refined.
        detect: DetectParams = DetectParams::default();
    }
}

/// What the levels of `denoising` mean, 1 to 5: how far the faces may go, and the steps that run.
const LEVELS: [(f32, u32); 5] = [(0.15, 10), (0.25, 14), (0.4, 20), (0.55, 25), (0.75, 30)];

impl RefineParams {
    /// The detailer's parameters that do the same.
    ///
    /// The levels of `denoising` are a denoise of 0.15 in 10 steps, 0.25 in 14, 0.4 in 20, 0.55 in 25, and 0.75 in
    /// 30. Steps and guidance may lie outside the ranges that the detailer allows itself.
    pub fn to_detail(&self) -> DetailParams {
        let level = self.denoising.clamp(1, LEVELS.len() as u32) as usize - 1;
        let (denoise, steps) = LEVELS[level];
        DetailParams {
            prompt: self.prompt.clone(),
            negative_prompt: self.negative_prompt.clone(),
            num_inference_steps: self.num_inference_steps.unwrap_or(steps),
            guidance_scale: self.guidance_scale,
            seed: self.seed,
            denoise,
            image_format: self.image_format,
            image_quality: self.image_quality,
            base64: self.base64,
            model: self.model.clone(),
            fallback: self.fallback,
            restorer: self.restorer.clone(),
            provenance: self.provenance,
            diffusion: self.diffusion.clone(),
            crop: self.crop.clone(),
            detect: self.detect.clone(),
            ..DetailParams::default()
        }
    }
}
