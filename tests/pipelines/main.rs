//! The pipelines through [`facekit::Engine`]: what they find and make, what they refuse, and what they cost.
//!
//! Real models and photographs are used from `../shared` where that folder is there; a test that wants them says
//! so when it is not.

#![cfg(feature = "embedded")]
mod detect;
mod engine;
mod hostile;
mod params;
mod restore;
#[path = "../support/shared.rs"]
mod shared_folder;
mod shared_models;
mod support;
mod upscale;
