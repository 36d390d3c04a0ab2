//! How pictures are stylized.

use crate::choice::choices;
use crate::params::parameter::parameters;
use crate::params::{DetectParams, DiffusionParams};
use crate::picture::FileFormat;
use crate::style::{ClassicOptions, Dither, Style};

choices! {
    /// What gives a picture its style.
    pub enum StylizeEngine {
        /// A network, where one or a style picture is given; else diffusion, where all its models are installed and
        /// allowed; else image processing.
        Auto = "auto",
        /// Stable Diffusion XL with InstantID, a depth ControlNet and the style's LoRA.
        Diffusion = "diffusion",
        /// A network that turns a picture into a picture; which look it has lies in its weights.
        Network = "network",
        /// Image processing around the faces and their landmarks: no model is needed.
        Classic = "classic",
    }
}

choices! {
    /// What of a picture is stylized.
    pub enum StylizeArea {
        /// All of it.
        Picture = "picture",
        /// The faces, each with what is around it; the rest stays.
        Face = "face",
    }
}

parameters! {
    /// The parameters of a stylization.
    pub struct StylizeParams {
        /// The style.
        style: Style = Style::ThreeD;
        /// What gives the picture its style.
        engine: StylizeEngine = StylizeEngine::Auto;
        /// What of the picture is stylized.
        area: StylizeArea = StylizeArea::Picture;
        /// With `area = face`, the side of the square that is stylized, in sides of the face's box.
        crop_factor: f32 = 2.0, in 1.0..=8.0;
        /// How much of the stylized picture shows: 0 for the input, 1 for the style alone.
        blend: f32 = 1.0, in 0.0..=1.0;
        /// What the picture shows, for diffusion; the style adds its own words.
        prompt: String = "a person".to_owned();
        /// What it shall not show; the style adds its own words.
        negative_prompt: String = String::new();
        /// How closely the prompt is followed: the scale of classifier-free guidance. At 1 and below the prompt alone
        /// counts, and the negative prompt has no part.
        prompt_strength: f32 = 4.5, in 0.0..=20.0;
        /// How far from the input diffusion may go: 0 leaves the picture as it is, 1 keeps nothing of it.
        denoising_strength: f32 = 0.65, in 0.0..=1.0;
        /// How strongly InstantID holds diffusion to the identity of the faces, and to where they are.
        instant_id_strength: f32 = 1.0, in 0.0..=1.0;
        /// How strongly the depth ControlNet holds diffusion to the shapes of the input.
        control_depth_strength: f32 = 0.8, in 0.0..=1.0;
        /// How much of the LoRA is added.
        lora_scale: f32 = 1.0, in 0.0..=1.0;
        /// A LoRA in place of the style's, by its name or by a path: a safetensors file, or a tar that holds one.
        /// The style's own words are then not added to the prompt.
        custom_lora: Option<String> = None;
        /// The seed of the noise; -1 draws one, which the result reports.
        seed: i64 = -1, in -1.0..=4_294_967_295.0;
        /// How many steps diffusion runs.
        num_inference_steps: u32 = 17, in 1.0..=150.0;
        /// The longer side that a model works at, in pixels, a multiple of 64; 0 for the model's own. What diffusion
        /// makes of a whole picture has that size.
        size: u32 = 0, in 0.0..=4096.0, multiple of 64;
        /// The diffusion model, by its name in the model store or by a path. Default: the best one installed.
        model: Option<String> = None;
        /// The network that makes InstantID's tokens of an identity, by its name or by a path. Default: the best one
        /// installed.
        adapter: Option<String> = None;
        /// InstantID's ControlNet, by its name or by a path. Default: the best one installed.
        face_controlnet: Option<String> = None;
        /// The depth ControlNet, by its name or by a path. Default: the best one installed.
        depth_controlnet: Option<String> = None;
        /// The network that estimates depth, by its name or by a path. Default: the best one installed.
        depth_model: Option<String> = None;
        /// The network of `engine = network`, by its name or by a path. Default: the best one installed.
        stylizer: Option<String> = None;
        /// The segmenter that tells people from the background, by its name or by a path. Default: the best one
        /// installed, else an estimate.
        segmenter: Option<String> = None;
        /// The side of a cell of `Pixels` and `Video game` made by image processing, in pixels; 0 for one that suits
        /// the faces.
        pixel_size: u32 = 0, in 0.0..=256.0;
        /// How many colours image processing keeps in `Pixels`, `Video game` and `Emoji`; 0 for the style's own.
        colors: u32 = 0, in 0.0..=256.0;
        /// How image processing shows the colours in between. Default: the style's own way.
        dither: Option<Dither> = None;
        /// In an animation, the most frames from one search for faces to the next; they are followed in between.
        detect_every: u32 = 10, in 1.0..=1000.0;
        /// In an animation, whether the points of a face are averaged over neighbouring frames, so that it does not
        /// jitter.
        smoothing: bool = true;
        /// The format that a file is written in. Default: the input's own.
        file_type: Option<FileFormat> = None;
        /// The quality of a JPEG or WebP file, 10 to 100; a WebP of 100 is lossless.
        image_quality: u32 = 95, in 10.0..=100.0;
        /// Whether the picture says, in its XMP packet, that a trained model changed it, where one did.
        provenance: bool = true;
        /// How the diffusion model works. DPM++ 2M SDE with Karras' noise levels, where nothing else is asked for.
        diffusion: DiffusionParams = DiffusionParams::default();
        /// Which faces are stylized, or, in a stylized picture, hold diffusion to an identity.
        detect: DetectParams = DetectParams::default();
    }
}

impl StylizeParams {
    /// What can be chosen of the styles made by image processing.
    pub(crate) fn classic(&self) -> ClassicOptions {
        ClassicOptions { pixel_size: self.pixel_size, colors: self.colors, dither: self.dither }
    }
}
