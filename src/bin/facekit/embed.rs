//! `facekit embed`: the vectors that tell people apart.

use clap::{ArgMatches, Args, Command};
use facekit::Image;
use facekit::params::EmbedParams;
use serde_json::json;

use crate::engine_args::EngineArgs;
use crate::inputs::Input;
use crate::{Failure, Outcome, parameter_args, run};

pub fn command() -> Command {
    let command = EngineArgs::augment_args(run::inputs(Command::new("embed")));
    parameter_args::add::<EmbedParams>(command.next_help_heading("Embedding"))
        .about("Turn the faces of pictures into vectors that tell people apart; --json prints them")
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let params: EmbedParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    let no_files = |inputs: &[Input]| Ok(vec![None; inputs.len()]);
    run::over_inputs("embed", matches, &no_files, &mut |engine, bytes, _| {
        let image = Image::decode(bytes, engine.limits())?;
        let embedded = engine.embed(&image, &params)?;
        let numbers = embedded.faces.first().map_or(0, |face| face.embedding.raw().len());
        let sentence = format!(
            "faces: {}, each of {numbers} numbers from {}",
            embedded.faces.len(),
            embedded.recognizer
        );
        Ok((json!(embedded), sentence))
    })
}
