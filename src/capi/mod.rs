//! The C boundary: the Rust nouns as opaque handles, plain structs and functions.
//!
//! `include/facekit.h` is generated from this folder, so what stands here in `///` is what C programmers read. The
//! rules that hold for every function are written once, at the top of the header: see `cbindgen.toml`.
#![allow(unsafe_code, reason = "a C boundary reads and hands out raw pointers")]
#![allow(non_camel_case_types, reason = "the names are those of the C header")]
#![allow(clippy::missing_safety_doc, reason = "the header states once what holds for the pointers of all")]

mod call;
mod choice;
mod detail;
mod detail_params;
mod detect;
mod diffusion_params;
mod embed;
mod engine;
mod engine_options;
mod enums;
mod error;
mod face;
mod growing;
mod image;
mod job;
mod job_result;
mod job_submit;
mod jobs;
mod json;
mod limits;
mod log;
mod mask;
mod models;
mod pointer;
mod restore;
mod stylize;
mod stylize_file;
mod stylize_params;
mod swap;
mod swap_params;
mod version;
