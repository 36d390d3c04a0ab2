//! `facekit swap`: the face of one person in the place of another's, in pictures and animations.

use std::path::Path;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches};
use facekit::params::SwapParams;
use facekit::picture::{FileFormat, Source};
use facekit::pipelines::{SwapSource, SwappedFile};
use facekit::{Engine, Error, Image};
use serde_json::json;

use crate::engine_args::EngineArgs;
use crate::outputs::OutputPath;
use crate::{Failure, Outcome, parameter_args, run};

pub fn command() -> Command {
    let source = Arg::new("source").long("source").value_name("PICTURE").action(ArgAction::Append);
    let source = source.help("A picture of the person to put in; given again, another of the same person");
    let replace = Arg::new("replace").long("replace").value_names(["WHOM", "PICTURE"]).num_args(2);
    let replace = replace.action(ArgAction::Append).help(
        "Put the person in PICTURE in the place of the person in the picture WHOM alone; may be given again",
    );
    let people = ArgGroup::new("people").args(["source", "replace"]).multiple(true).required(true);
    let command = run::inputs(Command::new("swap")).arg(source).arg(replace).group(people);
    let command = OutputPath::augment_args(EngineArgs::augment_args(command));
    parameter_args::add::<SwapParams>(command.next_help_heading("Swap"))
        .about("Put a face in the place of another, in pictures, GIFs, and animated PNGs and WebPs")
        .mut_arg("output", |output| output.required(true))
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let params: SwapParams = parameter_args::read(matches).map_err(Failure::new(Failure::USAGE))?;
    let outputs = OutputPath::from_arg_matches(matches).map_err(|error| error.exit())?;
    let files = |inputs: &[_]| {
        let own = |input: &crate::inputs::Input| params.file_type.unwrap_or_else(|| own_format(&input.name));
        let files = outputs.files(inputs, own)?;
        files.iter().flatten().try_for_each(|file| format_of(file, &params).map(drop))?;
        Ok(files)
    };
    let mut people = None;
    run::over_inputs("swap", matches, &files, &mut |engine, bytes, file| {
        let file = file.ok_or_else(|| Error::parameter("name an output with --output"))?;
        let people = match &mut people {
            Some(people) => people,
            none => none.insert(People::read(matches, engine)?),
        };
        let params = SwapParams { file_type: Some(format_of(file, &params)?), ..params.clone() };
        let swapped = engine.swap_file(&people.sources(), bytes, &params)?;
        run::write(file, &swapped.bytes)?;
        let sentence = sentence(&swapped, file);
        let mut object = json!(swapped);
        object["output"] = json!(file);
        Ok((object, sentence))
    })
}

/// The pictures of those who are put in, and of those whom they replace.
struct People {
    everywhere: Vec<Image>,
    replacements: Vec<(Image, Image)>,
}

impl People {
    fn read(matches: &ArgMatches, engine: &Engine) -> Result<Self, Error> {
        let read = |name: &String| {
            let bytes = Source::parse(name)?.read(engine.limits())?;
            Image::decode(&bytes, engine.limits()).map_err(|error| error.context(name))
        };
        let everywhere = matches.get_many("source").into_iter().flatten().map(read);
        let words: Vec<&String> = matches.get_many("replace").into_iter().flatten().collect();
        let replacements = words.chunks_exact(2).map(|pair| Ok((read(pair[0])?, read(pair[1])?)));
        Ok(Self {
            everywhere: everywhere.collect::<Result<_, _>>()?,
            replacements: replacements.collect::<Result<_, Error>>()?,
        })
    }

    fn sources(&self) -> Vec<SwapSource<'_>> {
        let replacements = self.replacements.iter().map(|(whom, picture)| SwapSource {
            pictures: vec![picture.into()],
            replaces: Some(whom.into()),
        });
        let everywhere = self.everywhere.iter().map(Into::into).collect::<Vec<_>>();
        let everywhere =
            (!everywhere.is_empty()).then_some(SwapSource { pictures: everywhere, replaces: None });
        replacements.chain(everywhere).collect()
    }
}

/// The format that an input's file name ends with, else PNG.
fn own_format(name: &str) -> FileFormat {
    FileFormat::from_path(Path::new(name)).unwrap_or(FileFormat::Png)
}

fn format_of(file: &Path, params: &SwapParams) -> Result<FileFormat, Error> {
    params.file_type.map_or_else(|| FileFormat::from_path(file), Ok)
}

fn sentence(swapped: &SwappedFile, file: &Path) -> String {
    let milliseconds = swapped.metrics.inference_time.as_secs_f64() * 1e3;
    let what = match (swapped.frames, swapped.faces) {
        (1, 1) => "1 face swapped".to_owned(),
        (1, faces) => format!("{faces} faces swapped"),
        (frames, _) => format!("faces swapped in {} of {frames} frames", swapped.swapped_frames),
    };
    format!("{what} with {} in {milliseconds:.0} ms, written to {}", swapped.engine.name(), file.display())
}
