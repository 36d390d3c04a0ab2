//! Which parameters have no effect.

use crate::params::{ParameterSet, StylizeArea, StylizeEngine, StylizeParams};
use crate::style::Style;

const DIFFUSION: &[&str] = &[
    "prompt",
    "negative_prompt",
    "prompt_strength",
    "denoising_strength",
    "instant_id_strength",
    "control_depth_strength",
    "lora_scale",
    "custom_lora",
    "seed",
    "num_inference_steps",
    "model",
    "adapter",
    "face_controlnet",
    "depth_controlnet",
    "depth_model",
    "diffusion",
];
const CLASSIC: &[&str] = &["pixel_size", "colors", "dither", "segmenter"];

/// The parameters that were given, and have no effect with an engine; `has_styles` where a network was told the style.
pub(super) fn idle(params: &StylizeParams, engine: StylizeEngine, has_styles: bool) -> Vec<String> {
    let mut ignored: Vec<&str> = match engine {
        StylizeEngine::Classic => [DIFFUSION, &["stylizer", "size"]].concat(),
        StylizeEngine::Network if has_styles => [DIFFUSION, CLASSIC].concat(),
        StylizeEngine::Network => [DIFFUSION, CLASSIC, &["style"]].concat(),
        _ => [CLASSIC, &["stylizer"]].concat(),
    };
    match params.style {
        Style::Pixels | Style::VideoGame => {}
        Style::Emoji => ignored.extend(["pixel_size", "dither"]),
        Style::ThreeD | Style::Clay | Style::Toy => ignored.extend(["pixel_size", "dither", "colors"]),
    }
    if params.area == StylizeArea::Picture {
        ignored.push("crop_factor");
    }
    if params.custom_lora.as_deref().is_some_and(|lora| !lora.is_empty())
        && engine == StylizeEngine::Diffusion
    {
        ignored.push("style");
    }
    if params.prompt_strength <= 1.0 {
        ignored.push("negative_prompt");
    }
    let values = |params: &StylizeParams| serde_json::to_value(params).unwrap_or_default();
    let (given, defaults) = (values(params), values(&StylizeParams::default()));
    let names = StylizeParams::parameters().into_iter().map(|parameter| parameter.name);
    names.filter(|name| ignored.contains(name) && given[name] != defaults[name]).map(str::to_owned).collect()
}
