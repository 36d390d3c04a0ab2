//! The catalogue, the store and the recognition of models.

mod budget;
mod catalog;
#[path = "../support/graph.rs"]
mod graph;
#[cfg(unix)]
#[path = "../support/hole.rs"]
mod hole;
mod initializer;
mod licence;
#[path = "../support/onnx.rs"]
mod onnx;
mod packs;
mod packs_hostile;
mod recognize;
mod signature;
mod store;
#[path = "../support/tiny_pack.rs"]
mod tiny_pack;
mod told;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A tiny model of `tests/golden/swappers`.
fn golden_swapper(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/swappers").join(format!("{name}.onnx"))
}

/// A tiny model of `tests/golden/models`.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models").join(format!("{name}.onnx"))
}

/// The folder of real models beside the checkout, when it is there.
fn real_models() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("shared/models");
    if !folder.is_dir() {
        let _ = writeln!(std::io::stderr(), "skipped: there are no real models at {}", folder.display());
        return None;
    }
    Some(folder)
}
