//! Prompts: their syntax, their tokens, and what text encoders make of them, beside transformers and diffusers.

use std::path::{Path, PathBuf};

mod encoder;
mod learned;
mod prompt;
#[path = "../support/shared.rs"]
mod shared;
mod tokenizer;
mod tokens;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/text").join(name)
}

fn json<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(golden(name)).unwrap()).unwrap()
}
