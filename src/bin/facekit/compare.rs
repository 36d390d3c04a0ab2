//! `facekit compare`: whether two pictures show one person.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Args, Command};
use facekit::params::EmbedParams;
use facekit::picture::Source;
use facekit::{Engine, Error, Image};
use serde_json::{Value, json};

use crate::engine_args::EngineArgs;
use crate::{Failure, Outcome, parameter_args, run};

pub fn command() -> Command {
    let picture = |name: &'static str| Arg::new(name).value_name(name).required(true).help("A picture");
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue);
    let command =
        Command::new("compare").arg(picture("A")).arg(picture("B")).arg(json.help("Print one JSON object"));
    parameter_args::add::<EmbedParams>(EngineArgs::augment_args(command).next_help_heading("Comparison"))
        .about("Tell whether two pictures show one person")
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let params: EmbedParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    let engine = run::engine(matches)?;
    let names = ["A", "B"].map(|name| matches.get_one::<String>(name).map_or("", String::as_str));
    let failed = Failure::new(Failure::INPUT);
    let [a, b] = names.map(|name| open(&engine, name));
    let compared = engine.compare(&a.map_err(&failed)?, &b.map_err(&failed)?, &params).map_err(&failed)?;
    if matches.get_flag("json") {
        let mut object = json!({"inputs": names});
        if let (Value::Object(object), Value::Object(fields)) = (&mut object, json!(compared)) {
            object.extend(fields);
        }
        say!("{object}");
    } else {
        let verdict = if compared.same { "the same person" } else { "different people" };
        let (similarity, threshold) = (compared.similarity, compared.threshold);
        say!("{verdict}: similarity {similarity:.3}, the same from {threshold}, {}", compared.recognizer);
    }
    Ok(ExitCode::SUCCESS)
}

fn open(engine: &Engine, name: &str) -> Result<Image, Error> {
    let bytes = Source::parse(name)?.read(engine.limits())?;
    Image::decode(&bytes, engine.limits()).map_err(|error| error.context(name))
}
