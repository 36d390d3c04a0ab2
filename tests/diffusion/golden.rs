//! The golden cases that tests/reference/diffusion.py writes.

use std::path::Path;

use facekit::diffusion::{Identity, ImageTokens};
use facekit::{Image, Limits};
use serde::Deserialize;
use serde_json::Value;

use crate::places::{Bytes, Floats};

/// What diffusers was given, and where what it gave stands.
#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    /// The golden folder of a part, and by the empty name that of all others.
    pub pack: std::collections::BTreeMap<String, String>,
    pub prompt: String,
    pub negative_prompt: Option<String>,
    pub guidance_scale: f32,
    pub num_inference_steps: u32,
    pub seed: u64,
    pub image: String,
    pub mask: Option<String>,
    #[serde(default)]
    pub controlnets: Vec<ControlCase>,
    #[serde(default)]
    pub loras: Vec<LoraCase>,
    #[serde(default)]
    pub clip_skip: u32,
    /// For the negative prompt, then for the prompt.
    pub image_tokens: Option<Floats>,
    #[serde(default)]
    pub image_token_scale: f32,
    pub steps_run: u32,
    pub scheduler: Value,
    pub latents: Floats,
    pub picture: Option<Bytes>,
}

#[derive(Deserialize)]
pub struct ControlCase {
    pub folder: String,
    pub image: String,
    pub scale: f32,
    pub start: f32,
    pub end: f32,
}

#[derive(Deserialize)]
pub struct LoraCase {
    pub file: String,
    pub scale: f32,
}

impl Case {
    /// The part of the schedule that ran.
    pub fn denoise(&self) -> f32 {
        self.steps_run as f32 / self.num_inference_steps as f32
    }

    /// Who the UNet is told of, if anyone.
    pub fn identities(&self) -> Vec<Identity<'static>> {
        let identity = |tokens: &Floats| {
            let tokens = tokens.of(golden("latents.bin")).into_dimensionality::<ndarray::Ix3>().unwrap();
            let of = |batch: usize| tokens.slice(ndarray::s![batch..=batch, .., ..]).to_owned();
            let tokens = ImageTokens { negative: of(0), positive: of(1), scale: self.image_token_scale };
            Identity { tokens, mask: None }
        };
        self.image_tokens.iter().map(identity).collect()
    }
}

pub fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(golden("cases.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A path in the golden folder.
pub fn golden(name: &str) -> String {
    format!("{}/tests/golden/diffusion/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A golden picture by its name.
pub fn picture(name: &str) -> Image {
    Image::open(Path::new(&golden(&format!("images/{name}.png"))), &Limits::default()).unwrap()
}
