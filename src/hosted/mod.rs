//! The bodies of hosted face APIs, answered on this device.
//!
//! A body that is written for [one of these APIs](Api) is taken as it is, with paths, `file:` URIs or `data:` URIs in
//! the place of URLs, and answered with the fields that the API answers with:
//!
//! ```
//! use facekit::{Control, Engine, hosted};
//!
//! # fn main() -> facekit::Result<()> {
//! let engine = Engine::builder().build()?;
//! let body = r#"{"image": "examples/photos/astronaut.png", "style": "Clay", "denoising_strength": 0.65}"#;
//! let answer = hosted::run(&engine, hosted::Api::FaceToMany, body, None, &Control::new())?;
//! assert!(answer.contains(r#""status":"COMPLETED","output":["data:image/png;base64,"#));
//! # Ok(())
//! # }
//! ```
//!
//! Defaults and ranges are those of the parameter sets. What no hosted API has a field for goes into an object called
//! `facekit`: in a body, parameters of the pipeline beside those of the API; in an answer, what the result says beyond
//! the API's fields, such as the models that made it, and `notes` on what had no effect. `docs/json.md` has the fields,
//! the states and the errors of each API in one table.

mod answer;
mod api;
mod body;
mod face_detailer;
mod face_refiner;
mod face_to_many;
mod faceswap;

use std::path::Path;

use crate::engine::Engine;
use crate::error::Result;
use crate::progress::Control;

pub use answer::failure;
pub use api::{Api, Meaning};
pub use body::HostedRequest;

/// Answers the body of a hosted API: runs it, writes its pictures into `folder`, or else into the answer, and gives the
/// answer in JSON, on one line.
///
/// # Errors
/// Those of [`HostedRequest::read`], of [`Engine::run`] and of [`HostedRequest::answer`]; [`failure`] puts them into the
/// form of the API.
pub fn run(
    engine: &Engine,
    api: Api,
    body: &str,
    folder: Option<&Path>,
    control: &Control,
) -> Result<String> {
    HostedRequest::read(api, body, folder, engine)?.run(engine, control)
}
