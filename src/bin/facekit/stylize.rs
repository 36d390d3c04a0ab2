//! `facekit stylize`: pictures and animations in one of six styles, or in all of them on one sheet.

use std::collections::BTreeSet;
use std::path::Path;

use clap::builder::PossibleValue;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use facekit::choice::Choice;
use facekit::params::StylizeParams;
use facekit::picture::{EncodeOptions, FileFormat, Source, is_animated};
use facekit::pipelines::StylizedFile;
use facekit::style::Style;
use facekit::{Control, Engine, Error, Image, Request, Response};
use serde_json::{Value, json};

use crate::engine_args::EngineArgs;
use crate::outputs::OutputPath;
use crate::{Failure, Outcome, parameter_args, run};

/// The word for every style at once.
const ALL: &str = "all";
/// How the styles stand on a sheet, and the pixels between them.
const SHEET: [[Style; 3]; 2] =
    [[Style::ThreeD, Style::Emoji, Style::VideoGame], [Style::Pixels, Style::Clay, Style::Toy]];
const GAP: u32 = 8;

pub fn command() -> Command {
    let style_image = Arg::new("style_image").long("style-image").value_name("PICTURE");
    let style_image = style_image.help("The picture whose style a network of two inputs takes over");
    let command = run::inputs(Command::new("stylize")).arg(style_image);
    let command = OutputPath::augment_args(EngineArgs::augment_args(command));
    parameter_args::add::<StylizeParams>(command.next_help_heading("Style"))
        .about("Make pictures, GIFs, and animated PNGs and WebPs into 3D, emoji, video game, pixels, clay or toy")
        .mut_arg("output", |output| output.required(true))
        .mut_arg("style", |style| {
            let all = PossibleValue::new(ALL).help("Every style of the picture, on one sheet");
            style.value_parser(parameter_args::one_of(Style::NAMES, [all]))
        })
}

pub fn run(matches: &ArgMatches) -> Outcome {
    let is_sheet = matches.get_one::<String>("style").is_some_and(|style| style.eq_ignore_ascii_case(ALL));
    let hidden: &[&str] = if is_sheet { &["style"] } else { &[] };
    let params: StylizeParams =
        parameter_args::read_without(matches, hidden).map_err(Failure::new(Failure::USAGE))?;
    let outputs = OutputPath::from_arg_matches(matches).map_err(|error| error.exit())?;
    let files = |inputs: &[_]| {
        let own = |input: &crate::inputs::Input| params.file_type.unwrap_or_else(|| own_format(&input.name));
        let files = outputs.files(inputs, own)?;
        files.iter().flatten().try_for_each(|file| format_of(file, &params).map(drop))?;
        Ok(files)
    };
    let mut style_image = None;
    run::over_inputs("stylize", matches, &files, &mut |engine, bytes, file| {
        let file = file.ok_or_else(|| Error::parameter("name an output with --output"))?;
        if let (None, Some(name)) = (&style_image, matches.get_one::<String>("style_image")) {
            let bytes = Source::parse(name)?.read(engine.limits())?;
            style_image = Some(Image::decode(&bytes, engine.limits()).map_err(|error| error.context(name))?);
        }
        let params = StylizeParams { file_type: Some(format_of(file, &params)?), ..params.clone() };
        match is_sheet {
            true => sheet(engine, bytes, style_image.as_ref(), &params, file),
            false => one(engine, bytes, style_image.as_ref(), params, file),
        }
    })
}

/// One style of one input.
fn one(
    engine: &Engine,
    bytes: &[u8],
    style_image: Option<&Image>,
    params: StylizeParams,
    file: &Path,
) -> Result<(Value, String), Error> {
    let request =
        Request::StylizeFile { file: bytes.into(), style_image: style_image.map(Into::into), params };
    let Response::StylizeFile(stylized) = engine.run(&request, &Control::new())? else {
        unreachable!("a request is answered in kind")
    };
    run::write(file, &stylized.bytes)?;
    let mut object = json!(stylized);
    object["output"] = json!(file);
    Ok((object, sentence(&stylized, file)))
}

/// Every style of one input, on a sheet.
fn sheet(
    engine: &Engine,
    bytes: &[u8],
    style_image: Option<&Image>,
    params: &StylizeParams,
    file: &Path,
) -> Result<(Value, String), Error> {
    if is_animated(bytes) {
        return Err(Error::parameter(
            "a sheet shows a still picture, and this is an animation: name one style",
        ));
    }
    let image = Image::decode(bytes, engine.limits())?;
    let mut told = Vec::new();
    let mut notes = BTreeSet::new();
    let mut metadata = None;
    let mut rows = Vec::new();
    for styles in SHEET {
        let mut row = Vec::new();
        for style in styles {
            let params = StylizeParams { style, ..params.clone() };
            let style_image = style_image.map(Into::into);
            let request = Request::Stylize { image: (&image).into(), style_image, params };
            let Response::Stylize(stylized) = engine.run(&request, &Control::new())? else {
                unreachable!("a request is answered in kind")
            };
            told.push(json!(stylized));
            notes.extend(stylized.notes);
            metadata.get_or_insert_with(|| stylized.image.metadata().clone());
            row.push(stylized.image);
        }
        rows.push(row);
    }
    let mut sheet = Image::sheet(&rows, GAP)?;
    *sheet.metadata_mut() = metadata.unwrap_or_default();
    let options = EncodeOptions { format: format_of(file, params)?, quality: params.image_quality as u8 };
    run::write(file, &sheet.encode(&options)?)?;
    let object = json!({
        "output": file, "width": sheet.width(), "height": sheet.height(), "pictures": told,
    });
    let notes: String = notes.iter().map(|note| format!("; {note}")).collect();
    Ok((object, format!("all styles on one sheet, written to {}{notes}", file.display())))
}

/// The format that an input's file name ends with, else PNG.
fn own_format(name: &str) -> FileFormat {
    FileFormat::from_path(Path::new(name)).unwrap_or(FileFormat::Png)
}

fn format_of(file: &Path, params: &StylizeParams) -> Result<FileFormat, Error> {
    params.file_type.map_or_else(|| FileFormat::from_path(file), Ok)
}

fn sentence(stylized: &StylizedFile, file: &Path) -> String {
    let milliseconds = stylized.metrics.inference_time.as_secs_f64() * 1e3;
    let what = match stylized.frames {
        1 => stylized.style.name().to_owned(),
        frames => format!("{} in all {frames} frames", stylized.style.name()),
    };
    let notes: String = stylized.notes.iter().map(|note| format!("; {note}")).collect();
    let seed = stylized.seed.map_or_else(String::new, |seed| format!(" with the seed {seed}"));
    format!(
        "{what} by {}{seed} in {milliseconds:.0} ms, written to {}{notes}",
        stylized.engine.name(),
        file.display()
    )
}
