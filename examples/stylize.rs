//! Gives a picture or an animation a style: `cargo run --example stylize -- INPUT RESULT [STYLE]`
//!
//! STYLE is 3d, emoji, video-game, pixels, clay or toy.

use std::path::Path;
use std::process::ExitCode;

use facekit::params::StylizeParams;
use facekit::picture::{FileFormat, Source, write_atomic};
use facekit::{Engine, Result};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, result, style @ ..] = arguments.as_slice() else {
        eprintln!("usage: stylize INPUT RESULT [STYLE]");
        return Ok(ExitCode::from(2));
    };
    let engine = Engine::builder().build()?;
    let file = Source::parse(input)?.read(engine.limits())?;
    let mut params = StylizeParams {
        file_type: Some(FileFormat::from_path(Path::new(result))?),
        ..StylizeParams::default()
    };
    if let [style, ..] = style {
        params.style = style.parse()?;
    }
    let stylized = engine.stylize_file(&file, &params)?;
    write_atomic(result, &stylized.bytes)?;
    println!("{} by {} in {} frames", stylized.style.name(), stylized.engine.name(), stylized.frames);
    stylized.notes.iter().for_each(|note| println!("{note}"));
    Ok(ExitCode::SUCCESS)
}
