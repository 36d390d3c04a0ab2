//! Which facekit this is.

use std::ffi::{CString, c_char};
use std::sync::LazyLock;

use crate::build_info::build_info;
use crate::capi::pointer::c_string;

/// What was built, for what, and by what; its texts are static.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_build {
    /// The version, as facekit_version() gives it.
    pub version: *const c_char,
    /// What it runs on, such as "x86_64-unknown-linux-gnu".
    pub target: *const c_char,
    /// "release", or "debug".
    pub profile: *const c_char,
    /// The features of the crate that are in it, with a space between two, such as "cli embedded".
    pub features: *const c_char,
    /// The compiler, such as "rustc 1.95.0".
    pub rustc: *const c_char,
    /// The oldest ONNX Runtime that it runs with, such as "1.22"; facekit_engine_runtime_version() tells which one runs.
    pub onnxruntime: *const c_char,
}

/// The build, and its texts.
struct Build {
    build: facekit_build,
    _texts: Vec<CString>,
}

// SAFETY: its pointers are to its own texts, and nothing of it changes.
unsafe impl Send for Build {}
// SAFETY: as above.
unsafe impl Sync for Build {}

/// The version of the library, such as `0.1.0`; `FACEKIT_VERSION` is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the library as a number that grows: major * 1000000 + minor * 1000 + patch;
/// `FACEKIT_VERSION_NUMBER` is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_version_number() -> u32 {
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

/// What was built, for what, and by what; it lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_build_info() -> *const facekit_build {
    static BUILD: LazyLock<Build> = LazyLock::new(|| {
        let info = build_info();
        let features = info.features.join(" ");
        let words = [info.version, info.target, info.profile, &features, info.rustc, &info.onnxruntime];
        let texts = words.map(c_string);
        let [version, target, profile, features, rustc, onnxruntime] =
            texts.each_ref().map(|text| text.as_ptr());
        let build = facekit_build { version, target, profile, features, rustc, onnxruntime };
        Build { build, _texts: texts.into() }
    });
    &BUILD.build
}

const fn number(digits: &str) -> u32 {
    let digits = digits.as_bytes();
    let (mut number, mut i) = (0, 0);
    while i < digits.len() {
        number = number * 10 + (digits[i] - b'0') as u32;
        i += 1;
    }
    number
}
