//! What a diffusion run is made of: packs of graphs and ControlNets.

mod controlnet;
mod graph;
mod pack;
mod part;
mod text_encoder;
mod unet;
mod vae;

pub use controlnet::Controlnet;
pub use pack::DiffusionPack;
pub use part::{DiffusionKind, Part};
