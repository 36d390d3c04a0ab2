//! How faces are given detail.

use crate::params::parameter::parameters;
use crate::params::{CropParams, DetectParams, DiffusionParams, Fallback, Outline};
use crate::picture::FileFormat;

parameters! {
    /// The parameters of the face detailer.
    pub struct DetailParams {
        /// What the faces shall look like. `[SEP]` begins the prompt of the next face, and a face whose prompt is
        /// `[SKIP]` is left as it is; the last prompt, or the hundredth, serves all faces that follow.
        prompt: String = "clear face and natural skin".to_owned();
        /// What they shall not look like; `[SEP]` as in `prompt`.
        negative_prompt: String = "bad quality, painting, blur".to_owned();
        /// How many pictures are made, with the seeds `seed`, `seed` + 1 and so on.
        samples: u32 = 1, in 1.0..=4.0;
        /// How many steps the model runs.
        num_inference_steps: u32 = 20, in 15.0..=75.0;
        /// How closely the prompt is followed: the scale of classifier-free guidance.
        guidance_scale: f32 = 6.0, in 5.0..=10.0;
        /// The seed of the noise; the n-th face of a picture, from 0, has `seed` + n.
        seed: u32 = 12467, in 0.0..=4_294_967_295.0;
        /// How far from the input the faces may go: 0 leaves them as they are, 1 keeps nothing of them.
        denoise: f32 = 0.5, in 0.0..=1.0;
        /// The format that the result is encoded in.
        image_format: FileFormat = FileFormat::Jpeg;
        /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless.
        image_quality: u32 = 95, in 10.0..=100.0;
        /// Whether the encoded result is written in base64.
        base64: bool = false;
        /// The diffusion model, by its name in the model store or by a path. Default: the best one installed.
        model: Option<String> = None;
        /// What is done where no diffusion model is installed.
        fallback: Fallback = Fallback::None;
        /// How often each face is repainted; 2 for badly damaged faces: first the outline, then the detail.
        passes: u32 = 1, in 1.0..=2.0;
        /// What makes the first of two passes.
        outline: Outline = Outline::Diffusion;
        /// How far from the input the first of two passes may go, where the diffusion model makes it.
        outline_denoise: f32 = 0.75, in 0.0..=1.0;
        /// The restorer, by its name or by a path. Default: the best one installed.
        restorer: Option<String> = None;
        /// How many times larger the picture becomes, before its faces are repainted.
        upscale: u32 = 1, in 1.0..=4.0;
        /// Whether an upscaler model enlarges the picture; otherwise it is resampled.
        upscale_background: bool = false;
        /// The upscaler, by its name or by a path. Default: the best one installed.
        upscaler: Option<String> = None;
        /// Whether the picture says, in its XMP packet, that a trained model changed it.
        provenance: bool = true;
        /// How the diffusion model works.
        diffusion: DiffusionParams = DiffusionParams::default();
        /// The part of the picture that is repainted for a face.
        crop: CropParams = CropParams::default();
        /// Which faces are repainted.
        detect: DetectParams = DetectParams::default();
    }
}
