//! `facekit restore`: pictures with their faces repaired.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use facekit::params::RestoreParams;
use facekit::{Error, Image};
use serde_json::json;

use crate::engine_args::EngineArgs;
use crate::outputs::OutputArgs;
use crate::{Failure, Outcome, parameter_args, run};

pub fn command() -> Command {
    let command = run::inputs(Command::new("restore"));
    let command = OutputArgs::augment_args(EngineArgs::augment_args(command));
    parameter_args::add::<RestoreParams>(command.next_help_heading("Restoration"))
        .about("Restore the faces of pictures")
        .mut_arg("output", |output| output.required(true))
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let params: RestoreParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    let outputs = OutputArgs::from_arg_matches(matches).map_err(|error| error.exit())?;
    run::over_inputs("restore", matches, &|inputs| outputs.files(inputs), &mut |engine, bytes, file| {
        let image = Image::decode(bytes, engine.limits())?;
        let file = file.ok_or_else(|| Error::parameter("name an output with --output"))?;
        let restored = engine.restore(&image, &params)?;
        run::write(file, &restored.image.encode(&outputs.encoding(file)?)?)?;
        let milliseconds = restored.metrics.inference_time.as_secs_f64() * 1e3;
        let sentence = match restored.faces.len() {
            0 => format!("no face found, written to {}", file.display()),
            1 => format!("1 face restored in {milliseconds:.0} ms, written to {}", file.display()),
            count => format!("{count} faces restored in {milliseconds:.0} ms, written to {}", file.display()),
        };
        let mut object = json!(restored);
        object["output"] = json!(file);
        Ok((object, sentence))
    })
}
