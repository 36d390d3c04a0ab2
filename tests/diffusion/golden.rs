//! The golden cases that tests/reference/diffusion.py writes.

use std::path::Path;

use facekit::{Image, Limits};
use ndarray::Array3;
use serde::Deserialize;
use serde_json::Value;

use crate::pack::golden;

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

/// Numbers in latents.bin.
#[derive(Deserialize)]
pub struct Floats {
    offset: usize,
    shape: Vec<usize>,
}

/// Pixels in pictures.bin.
#[derive(Deserialize)]
pub struct Bytes {
    offset: usize,
    shape: Vec<usize>,
}

impl Case {
    /// The part of the schedule that ran.
    pub fn denoise(&self) -> f32 {
        self.steps_run as f32 / self.num_inference_steps as f32
    }
}

impl Floats {
    pub fn values(&self) -> Vec<f32> {
        let bytes = std::fs::read(golden("latents.bin")).unwrap();
        let count: usize = self.shape.iter().product();
        let bytes = &bytes[self.offset..self.offset + 4 * count];
        bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect()
    }

    pub fn values3(&self) -> Array3<f32> {
        let shape: [usize; 3] = self.shape.clone().try_into().unwrap();
        Array3::from_shape_vec(shape, self.values()).unwrap()
    }
}

impl Bytes {
    pub fn bytes(&self) -> Vec<u8> {
        let bytes = std::fs::read(golden("pictures.bin")).unwrap();
        bytes[self.offset..self.offset + self.shape.iter().product::<usize>()].to_vec()
    }
}

pub fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(golden("cases.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A golden picture by its name.
pub fn picture(name: &str) -> Image {
    Image::open(Path::new(&golden(&format!("images/{name}.png"))), &Limits::default()).unwrap()
}
