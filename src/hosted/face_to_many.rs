//! The API `face-to-many`.

use crate::hosted::Meaning::{self, File, Parameter, Picture};

/// Its fields.
pub(super) const FIELDS: &[(&str, Meaning)] = &[
    ("image", Picture("image")),
    ("style", Parameter("style")),
    ("prompt", Parameter("prompt")),
    ("negative_prompt", Parameter("negative_prompt")),
    ("prompt_strength", Parameter("prompt_strength")),
    ("denoising_strength", Parameter("denoising_strength")),
    ("instant_id_strength", Parameter("instant_id_strength")),
    ("control_depth_strength", Parameter("control_depth_strength")),
    ("lora_scale", Parameter("lora_scale")),
    ("custom_lora_url", File("custom_lora")),
    ("seed", Parameter("seed")),
];
