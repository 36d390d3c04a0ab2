//! `facekit run`: a request in JSON, of facekit's own form or that of a hosted API.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Args, Command, value_parser};
use facekit::choice::Choice;
use facekit::hosted::{self, Api};
use facekit::json::{self, JsonRequest, Pipeline};
use facekit::{Control, Engine, Error, ErrorKind};

use crate::engine_args::EngineArgs;
use crate::{Failure, Outcome, run};

pub fn command() -> Command {
    let names = Api::NAMES.iter().chain(Pipeline::NAMES).copied();
    let api = Arg::new("api").value_name("API").value_parser(PossibleValuesParser::new(names)).help(
        "The hosted API whose body it is, or the pipeline that it is a request for; \
         left out, the request names the pipeline",
    );
    let json = Arg::new("json").long("json").value_name("FILE").required(true);
    let folder = Arg::new("output_dir").short('o').long("output-dir").value_name("DIR");
    let folder = folder.value_parser(value_parser!(PathBuf)).default_value(".");
    let command = Command::new("run").arg(api).arg(json.help("The body or request; - for standard input")).arg(
        folder.help("Where the pictures for the body of a hosted API go, named by the id of the answer; a request names its own `output`"),
    );
    EngineArgs::augment_args(command).about(
        "Run a request in JSON, or a body of face-detailer, face-to-many, face-refiner or faceswap, and print the answer",
    )
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let form = Form::of(matches.get_one::<String>("api").map(String::as_str));
    let file = matches.get_one::<String>("json").map_or("-", String::as_str);
    let folder = matches.get_one::<PathBuf>("output_dir").map_or(Path::new("."), PathBuf::as_path);
    let engine = run::engine(matches)?;
    match read(file, &engine).and_then(|text| form.run(&engine, &text, folder)) {
        Ok(answer) => {
            say!("{answer}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!("error: {}", error.chain());
            say!("{}", form.failure(&error));
            Ok(ExitCode::from(Failure::INPUT))
        }
    }
}

/// Whose form a request has.
enum Form {
    Hosted(Api),
    Own(Option<Pipeline>),
}

impl Form {
    /// The form that a word of the command line names.
    fn of(word: Option<&str>) -> Self {
        match word.and_then(|word| word.parse().ok()) {
            Some(api) => Self::Hosted(api),
            None => Self::Own(word.and_then(|word| word.parse().ok())),
        }
    }

    fn run(&self, engine: &Engine, text: &str, folder: &Path) -> Result<String, Error> {
        match self {
            Self::Hosted(api) => hosted::run(engine, *api, text, Some(folder), &Control::new()),
            Self::Own(pipeline) => {
                JsonRequest::read(*pipeline, text, engine.limits())?.run(engine, &Control::new())
            }
        }
    }

    fn failure(&self, error: &Error) -> String {
        match self {
            Self::Hosted(api) => hosted::failure(*api, error),
            Self::Own(_) => json::failure(error),
        }
    }
}

/// The text of a file, or of standard input, that is not longer than the limit on the bytes of an input.
fn read(file: &str, engine: &Engine) -> Result<String, Error> {
    let unread = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData => Error::parameter(format!("{file} is not UTF-8: {error}")),
        _ => Error::new(ErrorKind::Io, format!("cannot read {file}: {error}")),
    };
    let reader: Box<dyn Read> = match file {
        "-" => Box::new(io::stdin()),
        file => Box::new(File::open(file).map_err(unread)?),
    };
    let mut text = String::new();
    let most = engine.limits().bytes;
    reader.take(most.saturating_add(1)).read_to_string(&mut text).map_err(unread)?;
    engine.limits().check_bytes(text.len() as u64).map_err(|error| error.context(file))?;
    Ok(text)
}
