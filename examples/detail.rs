//! Repaints the faces of a picture with a diffusion model: `cargo run --example detail -- PICTURE RESULT [MODEL]`
//!
//! MODEL is the name of an installed one, or a folder; where none is installed the faces are restored instead.

use std::path::Path;
use std::process::ExitCode;

use facekit::params::{DetailParams, Fallback};
use facekit::picture::{FileFormat, write_atomic};
use facekit::{Control, Engine, Image, Limits, Request, Response, Result};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [picture, result, model @ ..] = arguments.as_slice() else {
        eprintln!("usage: detail PICTURE RESULT [MODEL]");
        return Ok(ExitCode::from(2));
    };
    let engine = Engine::builder().build()?;
    let photo = Image::open(picture, &Limits::default())?;
    let params = DetailParams {
        model: model.first().cloned(),
        fallback: Fallback::Restore,
        image_format: FileFormat::from_path(Path::new(result))?,
        ..DetailParams::default()
    };
    let control = Control::new().on_preview(|preview| {
        println!("step {} of {}, {} x {}", preview.step, preview.steps, preview.width, preview.height);
    });
    let request = Request::Detail { image: (&photo).into(), params };
    if let Response::Detail(detailed) = engine.run(&request, &control)? {
        println!("{} faces by {}", detailed.faces.len(), detailed.engine.name());
        write_atomic(result, &detailed.files()?[0])?;
    }
    Ok(ExitCode::SUCCESS)
}
