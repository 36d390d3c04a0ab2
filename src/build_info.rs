//! Which facekit this is.

use serde::Serialize;

use crate::runtime;

/// What was built, for what, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildInfo {
    /// The version, such as `0.1.0`.
    pub version: &'static str,
    /// What it runs on, such as `x86_64-unknown-linux-gnu`.
    pub target: &'static str,
    /// `release`, or `debug`.
    pub profile: &'static str,
    /// The features of the crate that are in it.
    pub features: Vec<&'static str>,
    /// The compiler, such as `rustc 1.95.0 (…)`.
    pub rustc: &'static str,
    /// The oldest ONNX Runtime that it runs with, such as `1.22`.
    pub onnxruntime: String,
}

/// What was built, for what, and by what.
pub fn build_info() -> BuildInfo {
    let features = [("cli", cfg!(feature = "cli")), ("embedded", cfg!(feature = "embedded"))];
    BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        target: env!("FACEKIT_TARGET"),
        profile: env!("FACEKIT_PROFILE"),
        features: features.into_iter().filter_map(|(name, is_in)| is_in.then_some(name)).collect(),
        rustc: env!("FACEKIT_RUSTC"),
        onnxruntime: runtime::oldest_version(),
    }
}
