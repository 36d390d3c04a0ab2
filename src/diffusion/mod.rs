//! Diffusion: pictures made and remade by Stable Diffusion 1.x, 2.x and XL.

mod conditioner;
mod controlnet;
mod denoiser;
mod diffuser;
mod guidance;
mod identity;
mod img2img;
mod lora;
mod noise;
mod preview;
mod prompt;
mod prompt_tokens;
mod scheduler;
mod text;
mod text_layer;
mod textual_inversion;
mod tiles;
mod tokenizer;
mod trajectory;
mod unet;
mod vae;
mod vocabulary;

pub use self::diffuser::{Diffuser, DiffuserOptions};
pub(crate) use self::identity::MAX_IDENTITIES;
pub use self::identity::{Identity, ImageTokens};
pub use self::img2img::{Attends, ControlImage, Img2Img, Remade};
pub use self::lora::{Lora, check_loras, merge_loras};
pub use self::noise::Generator;
pub use self::prompt::{Prompt, WeightedText};
pub use self::prompt_tokens::{CHUNK_LEN, Chunk, LearnedVector, MAX_CHUNKS, PromptTokens};
pub use self::scheduler::{
    Correction, NextSample, Prediction, Scheduler, SchedulerConfig, SchedulerKind, Step,
};
pub use self::text::{Conditioning, Guidance, TextEncoder};
pub use self::text_layer::{LayerNorm, TextLayer};
pub use self::textual_inversion::TextualInversion;
pub use self::tokenizer::Tokenizer;
pub use crate::models::SafeTensors;
