//! Swaps: pictures, animations, and what may go wrong.
#![cfg(feature = "embedded")]

mod animation;
mod hostile;
mod mask;
mod picture;
mod shared;
#[path = "../support/shared.rs"]
mod shared_folder;
mod support;
