//! An embedded, on-device face engine: detect and restore faces with ONNX Runtime, without a network.
//!
//! Start with [`Engine`]: build one, keep it, clone it into every thread.
//!
//! The modules stand in floors, and a module uses only those below it:
//! [`error`], [`limits`] and [`progress`]; [`picture`] and [`geometry`]; [`runtime`]; [`models`]; [`face`];
//! [`params`] and [`pipelines`]; [`engine`]; and on top the C boundary and the command line.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::exit),
    warn(clippy::print_stdout, clippy::print_stderr)
)]

pub mod engine;
pub mod error;
pub mod face;
pub mod geometry;
pub mod limits;
pub mod models;
pub mod params;
pub mod picture;
pub mod pipelines;
pub mod progress;
pub mod request;
pub mod runtime;

pub use engine::{Engine, EngineBuilder};
pub use error::{Error, ErrorKind, Result};
pub use face::Face;
pub use geometry::{Point, Rect};
pub use limits::Limits;
pub use picture::{Image, ImageMut, ImageRef, PixelFormat};
pub use progress::{CancelToken, Control, Progress};
pub use request::{Request, Response};
