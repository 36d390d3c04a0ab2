//! The API `face-detailer`.

use crate::hosted::Meaning::{self, Parameter, Picture};

/// Its fields.
pub(super) const FIELDS: &[(&str, Meaning)] = &[
    ("image", Picture("image")),
    ("prompt", Parameter("prompt")),
    ("negative_prompt", Parameter("negative_prompt")),
    ("samples", Parameter("samples")),
    ("num_inference_steps", Parameter("num_inference_steps")),
    ("guidance_scale", Parameter("guidance_scale")),
    ("seed", Parameter("seed")),
    ("denoise", Parameter("denoise")),
    ("image_format", Parameter("image_format")),
    ("image_quality", Parameter("image_quality")),
    ("base64", Parameter("base64")),
];
