//! LoRA: low-rank changes to the weights of a diffusion model, merged into them before the model is loaded.
//!
//! A LoRA changes a weight `W` to `W + scale · alpha / rank · up · down` (Hu et al., "LoRA: Low-Rank Adaptation of Large
//! Language Models", 2021). Convolutions are changed in the same way, with the kernel in `down` (LoCon), or in a `mid`
//! between the two (Yeh et al., "Navigating Text-To-Image Customization: From LyCORIS Fine-Tuning to Model Evaluation",
//! 2023).

mod alpha;
mod change;
mod file;
mod key;
mod ldm;
mod merge;
mod target;

pub use file::Lora;
pub use merge::{check_loras, merge_loras};
