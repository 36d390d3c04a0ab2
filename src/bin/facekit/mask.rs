//! `facekit mask`: the faces of pictures, or parts of them, as masks.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use facekit::params::FaceMaskParams;
use facekit::{Error, Image};
use serde_json::json;

use crate::engine_args::EngineArgs;
use crate::outputs::OutputArgs;
use crate::{Failure, Outcome, parameter_args, run};

pub fn command() -> Command {
    let command = run::inputs(Command::new("mask"));
    let command = OutputArgs::augment_args(EngineArgs::augment_args(command));
    parameter_args::add::<FaceMaskParams>(command.next_help_heading("Masks"))
        .about("Mask the faces of pictures: white where a face is, black elsewhere")
        .mut_arg("output", |output| output.required(true))
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let params: FaceMaskParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    let outputs = OutputArgs::from_arg_matches(matches).map_err(|error| error.exit())?;
    run::over_inputs("mask", matches, &|inputs| outputs.files(inputs), &mut |engine, bytes, file| {
        let image = Image::decode(bytes, engine.limits())?;
        let file = file.ok_or_else(|| Error::parameter("name an output with --output"))?;
        let mask = engine.mask(&image, &params)?;
        run::write(file, &mask.image.encode(&outputs.encoding(file)?)?)?;
        let sentence = format!("faces masked: {}, written to {}", mask.faces.len(), file.display());
        let mut object = json!(mask);
        object["output"] = json!(file);
        Ok((object, sentence))
    })
}
