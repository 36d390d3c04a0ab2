//! Many inputs, one after another, with a progress bar; one that fails does not stop the rest.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use facekit::picture::Source;
use facekit::{Engine, Error, ErrorKind};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::engine_args::EngineArgs;
use crate::inputs::{self, Input};
use crate::resume::Resume;
use crate::{Failure, Outcome};

/// What a command does with the bytes of one input: its result as JSON, and as a sentence.
pub type Each<'a> = dyn FnMut(&Engine, &[u8], Option<&Path>) -> Result<(Value, String), Error> + 'a;
/// Where the outputs of the inputs go.
pub type Files<'a> = dyn Fn(&[Input]) -> Result<Vec<Option<PathBuf>>, Error> + 'a;

/// Adds the arguments of a command over pictures.
pub fn inputs(command: Command) -> Command {
    let inputs = Arg::new("inputs").value_name("IN").required(true).num_args(1..);
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue);
    command
        .arg(inputs.help("Pictures, folders of pictures, and data: or file:// URIs"))
        .arg(json.help("Print one JSON object an input, each on one line"))
}

/// Runs `each` over every input of the command.
///
/// A batch is written down as it goes, for `--resume`.
pub fn over_inputs(command: &str, matches: &ArgMatches, files: &Files<'_>, each: &mut Each<'_>) -> Outcome {
    let words: Vec<String> = matches.get_many("inputs").into_iter().flatten().cloned().collect();
    let inputs = inputs::expand(&words).map_err(Failure::new(Failure::INPUT))?;
    let files = files(&inputs).map_err(Failure::new(Failure::USAGE))?;
    let engine = engine(matches)?;
    let resume = Resume::start(command, matches, &engine, &files);
    let mut resume = resume.map_err(Failure::new(Failure::INPUT))?;
    let json = matches.get_flag("json");
    let bar = progress_bar(inputs.len());
    let mut failed = 0;
    for (input, file) in inputs.iter().zip(&files) {
        match one(&engine, input, file.as_deref(), resume.as_mut(), each) {
            Ok((object, sentence)) => {
                bar.suspend(|| if json { say!("{object}") } else { say!("{}: {sentence}", input.name) });
            }
            Err(error) => {
                failed += 1;
                let error = error.chain();
                bar.suspend(|| {
                    eprintln!("error: {}: {error}", input.name);
                    if json {
                        say!("{}", json!({"input": input.name, "error": error}));
                    }
                });
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if let Some(resume) = resume.filter(|_| failed == 0) {
        resume.finish();
    }
    if failed > 0 && inputs.len() > 1 {
        eprintln!("{failed} of {} inputs failed", inputs.len());
    }
    Ok(ExitCode::from(if failed > 0 { Failure::INPUT } else { 0 }))
}

/// The engine that the options describe.
pub fn engine(matches: &ArgMatches) -> Result<Engine, Failure> {
    let args = EngineArgs::from_arg_matches(matches).map_err(|error| error.exit())?;
    args.build().map_err(Failure::new(Failure::ENGINE))
}

fn one(
    engine: &Engine,
    input: &Input,
    file: Option<&Path>,
    resume: Option<&mut Resume>,
    each: &mut Each<'_>,
) -> Result<(Value, String), Error> {
    let bytes = Source::parse(&input.name)?.read(engine.limits())?;
    let named = |object| {
        let mut named = json!({"input": input.name});
        if let (Value::Object(named), Value::Object(fields)) = (&mut named, object) {
            named.extend(fields);
        }
        named
    };
    let mut resume = resume.zip(file);
    if let Some((resume, file)) = &resume
        && let Some(output) = resume.made(file, &bytes)
    {
        let sentence = format!("made before, left as it is in {}", file.display());
        return Ok((named(json!({"output": output, "resumed": true})), sentence));
    }
    let (object, sentence) = each(engine, &bytes, file)?;
    if let Some((resume, file)) = &mut resume
        && let Err(error) = resume.record(file, &bytes, &object["output"])
    {
        eprintln!("note: {}: --resume will make it again, since it could not be noted: {error}", input.name);
    }
    Ok((named(object), sentence))
}

/// Writes an encoded picture, making its folder first.
pub fn write(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot make the folder {}: {error}", folder.display()))
        })?;
    }
    facekit::picture::write_atomic(file, bytes)
}

fn progress_bar(inputs: usize) -> ProgressBar {
    if inputs < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}");
    ProgressBar::new(inputs as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
