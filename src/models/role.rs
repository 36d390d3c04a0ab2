//! What a model is for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Finds faces.
    Detector,
    /// Finds dense landmarks of a face.
    Landmarker,
    /// Turns a face into a vector that identifies the person.
    Recognizer,
    /// Turns the vector of one recognizer into that of another.
    Converter,
    /// Puts the identity of one face on another.
    Swapper,
    /// Restores a degraded face.
    Restorer,
    /// Enlarges a picture.
    Upscaler,
    /// Labels the pixels of a picture.
    Segmenter,
    /// Estimates how far away each pixel of a picture is.
    Depth,
    /// Repaints a picture in a style.
    Stylizer,
    /// Makes pictures by diffusion.
    Diffusion,
    /// Steers diffusion by a control picture.
    Controlnet,
    /// Steers diffusion by an identity.
    Adapter,
    /// Changes the weights of a diffusion model.
    Lora,
    /// Gives a word of a prompt a meaning of its own.
    TextualInversion,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 15] = [
        Self::Detector,
        Self::Landmarker,
        Self::Recognizer,
        Self::Converter,
        Self::Swapper,
        Self::Restorer,
        Self::Upscaler,
        Self::Segmenter,
        Self::Depth,
        Self::Stylizer,
        Self::Diffusion,
        Self::Controlnet,
        Self::Adapter,
        Self::Lora,
        Self::TextualInversion,
    ];

    /// Its name, as the catalogue and the command line write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detector => "detector",
            Self::Landmarker => "landmarker",
            Self::Recognizer => "recognizer",
            Self::Converter => "converter",
            Self::Swapper => "swapper",
            Self::Restorer => "restorer",
            Self::Upscaler => "upscaler",
            Self::Segmenter => "segmenter",
            Self::Depth => "depth",
            Self::Stylizer => "stylizer",
            Self::Diffusion => "diffusion",
            Self::Controlnet => "controlnet",
            Self::Adapter => "adapter",
            Self::Lora => "lora",
            Self::TextualInversion => "textual_inversion",
        }
    }

    /// What a model of the role is, in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Depth => "depth network",
            Self::Diffusion => "diffusion pack",
            Self::Controlnet => "ControlNet",
            Self::Lora => "LoRA",
            Self::TextualInversion => "textual inversion",
            Self::Adapter => "identity adapter",
            other => other.name(),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|role| role.name()).collect();
            Error::parameter(format!("there is no role `{name}`: use one of {}", names.join(", ")))
        })
    }
}
