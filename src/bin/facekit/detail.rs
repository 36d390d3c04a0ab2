//! `facekit detail` and `facekit refine`: the faces of pictures repainted by a diffusion model.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, Command, FromArgMatches};
use facekit::params::{DetailParams, ParameterSet, RefineParams};
use facekit::picture::FileFormat;
use facekit::pipelines::{DetailEngine, Detailed};
use facekit::{Engine, Error, Image};
use serde_json::json;

use crate::engine_args::EngineArgs;
use crate::inputs::Input;
use crate::outputs::OutputPath;
use crate::{Failure, Outcome, parameter_args, run};

pub fn detail_command() -> Command {
    command::<DetailParams>("detail", "Detail")
        .about("Give the faces of pictures detail, by a diffusion model")
}

pub fn refine_command() -> Command {
    let about = "Refine the faces of pictures, from very subtly to extremely, by a diffusion model";
    command::<RefineParams>("refine", "Refinement").about(about)
}

pub fn detail(matches: &ArgMatches) -> Outcome {
    let params: DetailParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    repaint("detail", matches, params.image_format, &|engine, image, format| {
        engine.detail(image, &DetailParams { image_format: format, ..params.clone() })
    })
}

pub fn refine(matches: &ArgMatches) -> Outcome {
    let params: RefineParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    repaint("refine", matches, params.image_format, &|engine, image, format| {
        engine.refine(image, &RefineParams { image_format: format, ..params.clone() })
    })
}

fn command<P: ParameterSet>(name: &'static str, heading: &'static str) -> Command {
    let command = OutputPath::augment_args(EngineArgs::augment_args(run::inputs(Command::new(name))));
    parameter_args::add::<P>(command.next_help_heading(heading))
        .mut_arg("output", |output| output.required(true))
}

fn repaint(
    command: &str,
    matches: &ArgMatches,
    default: FileFormat,
    detailed: &dyn Fn(&Engine, &Image, FileFormat) -> Result<Detailed, Error>,
) -> Outcome {
    let outputs = OutputPath::from_arg_matches(matches).map_err(|error| error.exit())?;
    let is_given = matches.contains_id("image_format");
    let format = |file: &Path| if is_given { Ok(default) } else { FileFormat::from_path(file) };
    let files = |inputs: &[Input]| {
        let files = outputs.files(inputs, |_| default)?;
        files.iter().flatten().try_for_each(|file| format(file).map(drop))?;
        Ok(files)
    };
    run::over_inputs(command, matches, &files, &mut |engine, bytes, file| {
        let image = Image::decode(bytes, engine.limits())?;
        let file = file.ok_or_else(|| Error::parameter("name an output with --output"))?;
        let detailed = detailed(engine, &image, format(file)?)?;
        let contents = detailed.files()?;
        let names: Vec<_> =
            (0..contents.len()).map(|sample| facekit::json::numbered(file, sample, contents.len())).collect();
        names.iter().zip(&contents).try_for_each(|(name, bytes)| run::write(name, bytes))?;
        let mut object = json!(detailed);
        object["output"] = json!(names);
        Ok((object, sentence(&detailed, &names)))
    })
}

fn sentence(detailed: &Detailed, names: &[PathBuf]) -> String {
    let how = match detailed.engine {
        DetailEngine::Diffusion => "repainted",
        DetailEngine::Restore => "restored, since no diffusion model is installed,",
    };
    let what = match detailed.faces.len() {
        0 => "no face found".to_owned(),
        1 => format!("1 face {how} in {:.1} s", detailed.metrics.inference_time.as_secs_f64()),
        count => format!("{count} faces {how} in {:.1} s", detailed.metrics.inference_time.as_secs_f64()),
    };
    let names: Vec<_> = names.iter().map(|name| name.display().to_string()).collect();
    format!("{what}, written to {}", names.join(", "))
}
