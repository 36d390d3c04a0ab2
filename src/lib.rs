//! An embedded, on-device face engine: detect, compare, mask, restore, repaint, swap and stylize faces with ONNX
//! Runtime, without a network.
//!
//! Start with [`Engine`]: build one, keep it, clone it into every thread. A picture is an [`Image`], or an
//! [`ImageRef`] that borrows a caller's own pixels; what a pipeline does is set by its [`params`].
//!
//! ```
//! use facekit::{Engine, Image, Limits, params::RestoreParams};
//!
//! # fn main() -> facekit::Result<()> {
//! let engine = Engine::builder().build()?;
//! let photo = Image::open("examples/photos/grace_hopper.jpg", &Limits::default())?;
//! let restored = engine.restore(&photo, &RestoreParams::default())?;
//! println!("{} face(s), {:?}", restored.faces.len(), restored.metrics.inference_time);
//! # Ok(())
//! # }
//! ```
//!
//! ONNX Runtime is a shared library that is loaded when the first engine is built: see
//! [`Runtime::load`](runtime::Runtime::load) for where it is looked for. The small models of the `embedded` feature
//! serve until larger ones are installed: see [`Store`](models::Store). Every error says whose fault it is with its
//! [`ErrorKind`], and what to do with its message.
//!
//! The modules stand in floors, and a module uses only those below it:
//! [`error`], [`limits`], [`progress`], [`log`] and [`choice`]; [`picture`] and [`geometry`]; [`runtime`]; [`models`]; [`face`]
//! and [`diffusion`]; [`style`]; [`params`] and [`pipelines`]; [`request`] and [`engine`];
//! [`json`]; [`job`]; [`hosted`]; and on top the C boundary and the command line.

#![cfg_attr(
    not(test),
    warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::exit),
    warn(clippy::print_stdout, clippy::print_stderr)
)]

pub mod choice;
pub mod diffusion;
pub mod engine;
pub mod error;
pub mod face;
pub mod geometry;
pub mod hosted;
pub mod job;
pub mod json;
pub mod limits;
pub mod log;
pub mod models;
pub mod params;
pub mod picture;
pub mod pipelines;
pub mod progress;
pub mod request;
pub mod runtime;
pub mod style;

mod build_info;
mod capi;

pub use build_info::{BuildInfo, build_info};
pub use engine::{Engine, EngineBuilder};
pub use error::{Error, ErrorKind, Result};
pub use face::Face;
pub use geometry::{Point, Rect};
pub use limits::Limits;
pub use log::{LogLevel, LogRecord};
pub use picture::{Image, ImageCow, ImageMut, ImageRef, PixelFormat};
pub use progress::{CancelToken, Control, Progress};
pub use request::{Request, Response};
