//! How a diffusion model works on a face.

use crate::choice::choices;
use crate::diffusion::SchedulerKind;
use crate::params::parameter::parameters;
use crate::params::{ControlUse, LoraUse};

choices! {
    /// What bounds the repainted part of a face's crop.
    pub enum FaceShape {
        /// The outline of the face by its landmarks.
        Contour = "contour",
        /// The box of the detector.
        Box = "box",
    }
}

choices! {
    /// What makes the first of two passes.
    pub enum Outline {
        /// The diffusion model, at the strength `outline_denoise`.
        Diffusion = "diffusion",
        /// A restorer.
        Restorer = "restorer",
    }
}

choices! {
    /// What is done where no diffusion model is installed.
    pub enum Fallback {
        /// An error that says which models would serve, and how to get one.
        None = "none",
        /// The faces are restored instead, and the result says so.
        Restore = "restore",
    }
}

parameters! {
    /// The parameters of the diffusion model, the same for every pipeline that repaints faces.
    pub struct DiffusionParams {
        /// The scheduler. Default: the model's own, or `dpmpp_2m` where that is one that facekit does not run, such as
        /// PNDM.
        scheduler: Option<SchedulerKind> = None;
        /// Whether the noise levels are spaced as Karras et al. (2022) space them. Default: as the model says.
        karras: Option<bool> = None;
        /// How many of the text encoder's last layers are left out; 0 for the model's own.
        clip_skip: u32 = 0, in 0.0..=12.0;
        /// LoRAs that change the model, each by its name or by a path, and its scale: `NAME:SCALE`.
        loras: Vec<LoraUse> = Vec::new();
        /// ControlNets that hold the result to the face's crop (such as a tile ControlNet), each by its name or by
        /// a path: `NAME:SCALE:START:END`.
        controlnets: Vec<ControlUse> = Vec::new();
    }
}

parameters! {
    /// The part of the picture that is repainted for a face.
    pub struct CropParams {
        /// The side of the square around a face, in sides of its box.
        crop_factor: f32 = 1.6, in 1.0..=8.0;
        /// The side that the square is enlarged or reduced to for the model, in pixels, a multiple of 64; 0 for the
        /// model's own: 512, 768 or 1024.
        guide_size: u32 = 0, in 0.0..=2048.0, multiple of 64;
        /// What bounds the repainted part.
        mask_shape: FaceShape = FaceShape::Contour;
        /// How far the mask is grown beyond that, as a part of the box's longer side.
        mask_dilation: f32 = 0.05, in 0.0..=1.0;
        /// How soft the edge of the mask is: the sigma of a Gaussian, as a part of the box's longer side.
        mask_feather: f32 = 0.04, in 0.0..=0.5;
    }
}
