//! Styles by diffusion: InstantID, depths and LoRA together against diffusers, on tiny parts with random weights.
//!
//! tests/reference/instantid.py and tests/reference/keypoints.py make what is compared with.

mod depth;
mod engine;
#[path = "../support/golden_pack.rs"]
mod golden_pack;
#[path = "../support/graph.rs"]
#[allow(dead_code, reason = "the tests of models use all of it")]
mod graph;
mod keypoints;
#[path = "../support/places.rs"]
mod places;
mod runs;
mod stylizer;
mod tar_lora;
#[path = "../support/tiny_pack.rs"]
#[allow(dead_code, reason = "the tests of models use all of it")]
mod tiny_pack;

use std::path::{Path, PathBuf};

use facekit::models::{LicensePolicy, Models, Store};
use facekit::runtime::{Runtime, SessionOptions};
use facekit::{Image, Limits};
use serde::de::DeserializeOwned;

/// A path in tests/golden.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The same as text.
fn golden_path(name: &str) -> String {
    golden(name).to_str().unwrap().to_owned()
}

/// A JSON file of tests/golden.
fn read<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&std::fs::read_to_string(golden(name)).unwrap()).unwrap()
}

/// A picture of tests/golden.
fn picture(name: &str) -> Image {
    Image::open(golden(name), &Limits::default()).unwrap()
}

/// The models that are installed in a folder, or none: others are named by their paths.
fn models(folder: Option<&Path>) -> Models {
    let folders = folder.into_iter().map(PathBuf::from).collect();
    let store = Store::open(folders, LicensePolicy::Any).without_embedded();
    Models::new(Runtime::load(None).unwrap(), store, SessionOptions::default(), None)
}
