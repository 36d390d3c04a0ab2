//! What is fuzzed: functions that take any bytes, do with them what a caller could, and panic when what comes of it is
//! wrong.
//!
//! The programs in `fuzz_targets` give them to libFuzzer; `tests/corpora.rs` of facekit includes this file, and runs
//! them on the cases that are kept.

use std::path::Path;

mod animation;
mod capi;
mod capi_calls;
mod capi_image;
mod capi_json;
mod catalog;
mod decode;
mod onnx;
mod prompt;
mod tensors;

/// What is fuzzed: it takes any bytes, and panics when what comes of them is wrong.
pub type Target = fn(&[u8]);

/// The targets by name; a target's cases are in the folders of its name in `corpus` and `regressions`.
pub const TARGETS: &[(&str, Target)] = &[
    ("animation", animation::run),
    ("capi_calls", capi_calls::run),
    ("capi_image", capi_image::run),
    ("capi_json", capi_json::run),
    ("catalog", catalog::run),
    ("decode", decode::run),
    ("onnx", onnx::run),
    ("prompt", prompt::run),
    ("tensors", tensors::run),
];

/// Runs the target of a name on a case.
///
/// # Panics
/// When there is no such target, or the case shows a defect.
pub fn run(target: &str, case: &[u8]) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target of TARGETS");
    run(case);
}

/// The folder of the repository.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    if package.join("fuzz").is_dir() { package } else { package.parent().expect("the fuzz folder's parent") }
}

/// Calls `body` with the path of a file of this name that holds `bytes`, in a folder of its own.
fn with_file(name: &str, bytes: &[u8], body: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a temporary file");
    body(&path);
}
