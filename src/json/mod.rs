//! Requests and their results as JSON, for the command line and for bindings that prefer it.
//!
//! A request names a pipeline, its pictures, its parameters, and where the result goes:
//!
//! ```json
//! {"pipeline": "restore", "image": "photo.jpg", "params": {"upscale": 2}, "output": "restored.png"}
//! ```
//!
//! Pictures are paths, `file:` URIs or `data:` URIs. The answer has the fields of the result, and in `output` the
//! file that was written; without an `output` in the request, the picture itself as a `data:` URI:
//!
//! ```json
//! {"status": "completed", "pipeline": "restore", "output": "restored.png", "width": 1024, "faces": []}
//! ```
//!
//! `docs/json.md` describes all fields. A field that is not known, or has no meaning for the pipeline, is an error
//! that names it. What a request costs is bounded by the engine's [`Limits`](crate::Limits).

mod answer;
mod fields;
mod output;
mod pictures;
mod pipeline;
mod request;

use crate::engine::Engine;
use crate::error::Result;
use crate::progress::Control;

pub use answer::failure;
pub(crate) use answer::{completed, error_object, result_fields};
pub(crate) use fields::Fields;
pub use output::{Output, Place, numbered};
pub use pipeline::Pipeline;
pub use request::JsonRequest;

/// Runs a request in JSON, writes its output, and gives the answer in JSON, on one line.
///
/// ```
/// use facekit::{Control, Engine, json};
///
/// # fn main() -> facekit::Result<()> {
/// let engine = Engine::builder().build()?;
/// let request = r#"{"pipeline": "detect", "image": "examples/photos/astronaut.png", "params": {"max_faces": 1}}"#;
/// let answer = json::run(&engine, request, &Control::new())?;
/// assert!(answer.starts_with(r#"{"status":"completed","pipeline":"detect","width":512"#));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`JsonRequest::read`], of [`Engine::run`] and of [`JsonRequest::answer`]; [`failure`] puts them into JSON.
pub fn run(engine: &Engine, request: &str, control: &Control) -> Result<String> {
    JsonRequest::read(None, request, engine.limits())?.run(engine, control)
}
