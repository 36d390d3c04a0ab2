//! The parts of a diffusion pack, and the kinds of packs.

use crate::choice::choices;
use crate::models::Family;

choices! {
    /// A graph of a diffusion pack; its word is the folder that it is in.
    #[derive(PartialOrd, Ord)]
    pub enum Part {
        /// Turns the tokens of a prompt into what the UNet attends to.
        TextEncoder = "text_encoder",
        /// The second encoder of Stable Diffusion XL, which also gives the pooled embedding.
        TextEncoder2 = "text_encoder_2",
        /// Predicts the noise.
        Unet = "unet",
        /// Turns a picture into latents.
        VaeEncoder = "vae_encoder",
        /// Turns latents into a picture.
        VaeDecoder = "vae_decoder",
    }
}

choices! {
    /// The architecture of a diffusion pack, which its ControlNets and LoRAs must share.
    pub enum DiffusionKind {
        /// Stable Diffusion 1.x.
        Sd1 = "sd1",
        /// Stable Diffusion 2.x.
        Sd2 = "sd2",
        /// Stable Diffusion XL.
        Xl = "sdxl",
    }
}

impl DiffusionKind {
    /// The name that people know it by.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sd1 => "Stable Diffusion 1.x",
            Self::Sd2 => "Stable Diffusion 2.x",
            Self::Xl => "Stable Diffusion XL",
        }
    }

    /// The side in pixels of the pictures that its models were made for, where a model does not say.
    pub(super) fn native_size(self) -> u32 {
        match self {
            Self::Sd1 => 512,
            Self::Sd2 => 768,
            Self::Xl => 1024,
        }
    }

    /// The family of its packs.
    pub fn pack_family(self) -> Family {
        match self {
            Self::Sd1 => Family::Sd1,
            Self::Sd2 => Family::Sd2,
            Self::Xl => Family::Sdxl,
        }
    }

    /// The family of its ControlNets.
    pub fn controlnet_family(self) -> Family {
        match self {
            Self::Sd1 => Family::Sd1Controlnet,
            Self::Sd2 => Family::Sd2Controlnet,
            Self::Xl => Family::SdxlControlnet,
        }
    }

    /// The family of its LoRAs.
    pub fn lora_family(self) -> Family {
        match self {
            Self::Sd1 => Family::Sd1Lora,
            Self::Sd2 => Family::Sd2Lora,
            Self::Xl => Family::SdxlLora,
        }
    }
}
