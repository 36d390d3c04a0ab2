//! `facekit detect`: the faces of pictures, as text, as JSON, or drawn on a copy.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use facekit::Image;
use facekit::params::DetectParams;
use facekit::pipelines::Detection;
use serde_json::json;

use crate::engine_args::EngineArgs;
use crate::outputs::OutputArgs;
use crate::{Failure, Outcome, parameter_args, run};

pub fn command() -> Command {
    let command = run::inputs(Command::new("detect"));
    let command = OutputArgs::augment_args(EngineArgs::augment_args(command));
    parameter_args::add::<DetectParams>(command.next_help_heading("Detection"))
        .about("Find the faces of pictures")
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let params: DetectParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    let outputs = OutputArgs::from_arg_matches(matches).map_err(|error| error.exit())?;
    run::over_inputs("detect", matches, &|inputs| outputs.files(inputs), &mut |engine, bytes, file| {
        let image = Image::decode(bytes, engine.limits())?;
        let detection = engine.detect(&image, &params)?;
        let mut object = json!(detection);
        if let Some(file) = file {
            let mut annotated = image;
            facekit::face::annotate(&mut annotated, &detection.faces);
            run::write(file, &annotated.encode(&outputs.encoding(file)?)?)?;
            object["output"] = json!(file);
        }
        Ok((object, sentence(&detection)))
    })
}

fn sentence(detection: &Detection) -> String {
    let Detection { width, height, model, faces, metrics } = detection;
    let milliseconds = metrics.inference_time.as_secs_f64() * 1e3;
    let count = match faces.len() {
        1 => "1 face".to_owned(),
        count => format!("{count} faces"),
    };
    let mut text = format!("{width}×{height}, {count}, {model}, {milliseconds:.1} ms");
    for (i, face) in faces.iter().enumerate() {
        let rect = face.rect;
        text += &format!(
            "\n  {i}: {:.0}×{:.0} at {:.0},{:.0}, score {:.3}",
            rect.width, rect.height, rect.x, rect.y, face.score
        );
    }
    text
}
