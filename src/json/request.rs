//! A request in JSON, read.

use std::time::Instant;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::json::fields::Fields;
use crate::json::output::Place;
use crate::json::pictures::{self, SourceFields};
use crate::json::{Output, Pipeline, answer};
use crate::limits::Limits;
use crate::params::{DetailParams, ParameterSet, RefineParams, StylizeParams, SwapParams};
use crate::picture::{EncodeOptions, FileFormat, ImageCow, Source, check_quality};
use crate::pipelines::SwapSource;
use crate::progress::Control;
use crate::request::{Request, Response};

/// A request and where its result goes.
#[derive(Debug, Clone)]
pub struct JsonRequest {
    /// The request, with its pictures read.
    pub request: Request<'static>,
    /// Where the pictures of the result go.
    pub output: Output,
}

impl JsonRequest {
    /// Reads a request in JSON and the pictures that it names. `pipeline` is the one that is asked for where the request
    /// names none.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for what is no JSON, and for a field that is unknown,
    /// missing, out of range, or has no meaning for the pipeline; and those of reading and decoding the pictures.
    pub fn read(pipeline: Option<Pipeline>, json: &str, limits: &Limits) -> Result<Self> {
        let mut fields = Fields::read("the request", json, Pipeline::FIELDS)?;
        let named = fields.text("pipeline")?.map(|word| word.parse::<Pipeline>()).transpose();
        let named = named.map_err(|error| error.context("pipeline"))?;
        let pipeline = match (pipeline, named) {
            (Some(asked), Some(named)) if asked != named => {
                return Err(Error::parameter(format!(
                    "the request names the pipeline {}, where {} was asked for: leave one of them out",
                    named.name(),
                    asked.name()
                )));
            }
            (asked, named) => asked.or(named).ok_or_else(|| fields.missing("pipeline"))?,
        };
        let known = pipeline.fields();
        if let Some(name) = fields.names().find(|name| *name != "params" && !known.contains(name)) {
            return Err(Error::parameter(format!(
                "`{name}` has no meaning for {}, which takes params, {}",
                pipeline.name(),
                known.join(", ")
            )));
        }
        Self::of(pipeline, fields, limits)
    }

    /// Reads the fields of a request for a pipeline.
    pub(crate) fn of(pipeline: Pipeline, fields: Fields<'_>, limits: &Limits) -> Result<Self> {
        Reader { fields, limits }.request(pipeline)
    }

    /// Runs the request, writes its output, and gives the answer in JSON, on one line.
    ///
    /// # Errors
    /// Those of [`Engine::run`] and of [`answer`](Self::answer).
    pub fn run(&self, engine: &Engine, control: &Control) -> Result<String> {
        let start = Instant::now();
        let result = engine.respond(&self.request, control).and_then(|response| self.answer(&response));
        control.complete(result.as_ref().err(), start);
        result
    }

    /// Writes the pictures of the result of the request, and gives the answer in JSON, on one line.
    ///
    /// # Errors
    /// Those of encoding, and [`Io`](crate::ErrorKind::Io) for a file or a folder that cannot be written.
    pub fn answer(&self, response: &Response) -> Result<String> {
        answer::completed(self.request.pipeline(), response, &self.output).map(|answer| answer.to_string())
    }
}

/// Reads what a pipeline needs: parameters before pictures, so that a wrong one costs nothing.
struct Reader<'a> {
    fields: Fields<'a>,
    limits: &'a Limits,
}

impl Reader<'_> {
    fn request(mut self, pipeline: Pipeline) -> Result<JsonRequest> {
        let mut output = Output::default();
        let request = match pipeline {
            Pipeline::Detect => {
                let params = self.params()?;
                Request::Detect { image: self.image("image")?, params }
            }
            Pipeline::Embed => {
                let params = self.params()?;
                Request::Embed { image: self.image("image")?, params }
            }
            Pipeline::Compare => {
                let params = self.params()?;
                Request::Compare { images: self.images()?, params }
            }
            Pipeline::Mask => {
                let params = self.params()?;
                output = self.output_of_pixels()?;
                let format = self.format_of_pixels(&output.place)?;
                output.encoding.format = format.unwrap_or(FileFormat::Png);
                Request::Mask { image: self.image("image")?, params }
            }
            Pipeline::Restore => {
                let params = self.params()?;
                output = self.output_of_pixels()?;
                let format = self.format_of_pixels(&output.place)?;
                let file = self.file("image")?;
                output.encoding.format = format.unwrap_or_else(|| own_format(&file));
                Request::Restore { image: pictures::decode("image", &file, self.limits)?, params }
            }
            Pipeline::Detail => {
                let (mut params, given) = self.fields.params::<DetailParams>("params")?;
                output.place = self.place()?;
                params.image_format =
                    format(&output.place, &given, "image_format")?.unwrap_or(params.image_format);
                Request::Detail { image: self.image("image")?, params }
            }
            Pipeline::Refine => {
                let (mut params, given) = self.fields.params::<RefineParams>("params")?;
                output.place = self.place()?;
                params.image_format =
                    format(&output.place, &given, "image_format")?.unwrap_or(params.image_format);
                Request::Refine { image: self.image("image")?, params }
            }
            Pipeline::Stylize => {
                let (mut params, given) = self.fields.params::<StylizeParams>("params")?;
                output.place = self.place()?;
                params.file_type = format(&output.place, &given, "file_type")?.or(params.file_type);
                let style_image = self.fields.text("style_image")?;
                let style_image =
                    style_image.map(|text| pictures::image("style_image", &text, self.limits)).transpose()?;
                Request::StylizeFile { file: self.file("image")?.into(), style_image, params }
            }
            Pipeline::Swap => {
                let (mut params, given) = self.fields.params::<SwapParams>("params")?;
                output.place = self.place()?;
                params.file_type = format(&output.place, &given, "file_type")?.or(params.file_type);
                Request::SwapFile { sources: self.sources()?, target: self.file("target")?.into(), params }
            }
        };
        Ok(JsonRequest { request, output })
    }

    fn params<P: ParameterSet>(&mut self) -> Result<P> {
        self.fields.params("params").map(|(params, _)| params)
    }

    fn file(&mut self, field: &'static str) -> Result<Vec<u8>> {
        pictures::file(self.fields.label(field), &self.fields.required(field)?, self.limits)
    }

    fn image(&mut self, field: &'static str) -> Result<ImageCow<'static>> {
        pictures::image(self.fields.label(field), &self.fields.required(field)?, self.limits)
    }

    fn images(&mut self) -> Result<[ImageCow<'static>; 2]> {
        let [a, b] =
            self.fields.get::<[String; 2]>("images")?.ok_or_else(|| self.fields.missing("images"))?;
        let image = |text: &str| pictures::image("images", text, self.limits);
        Ok([image(&a)?, image(&b)?])
    }

    /// The people to put in: `source` is one picture of one person.
    fn sources(&mut self) -> Result<Vec<SwapSource<'static>>> {
        let one = self.fields.text("source")?.map(|text| vec![SourceFields::one(text)]);
        let several = self.fields.get::<Vec<SourceFields>>("sources")?;
        match (one, several) {
            (Some(one), None) => pictures::sources(self.fields.label("source"), one, self.limits),
            (None, Some(several)) => pictures::sources("sources", several, self.limits),
            (None, None) => Err(self.fields.missing("source")),
            (Some(_), Some(_)) => Err(Error::parameter(
                "`source` and `sources` are both given: `source` is short for one of them",
            )),
        }
    }

    fn place(&mut self) -> Result<Place> {
        let Some(text) = self.fields.text("output")? else { return Ok(Place::Answer) };
        let source = Source::parse(&text).map_err(|error| error.context("output"))?;
        match source {
            Source::Path(path) if path.is_dir() => {
                Err(Error::parameter(format!("`output` is the folder {}: name a file", path.display())))
            }
            Source::Path(path) => Ok(Place::File(path)),
            Source::Data(_) | Source::Bytes(_) => Err(Error::parameter(
                "`output` is a data: URI: name a file, or leave it out for one in the answer",
            )),
        }
    }

    /// The output of a pipeline whose parameters do not say how pictures are written.
    fn output_of_pixels(&mut self) -> Result<Output> {
        let place = self.place()?;
        let mut encoding = EncodeOptions::default();
        if let Some(quality) = self.fields.get("image_quality")? {
            encoding.quality = quality;
            check_quality(quality).map_err(|error| error.context("image_quality"))?;
        }
        Ok(Output { place, encoding })
    }

    fn format_of_pixels(&mut self, place: &Place) -> Result<Option<FileFormat>> {
        match self.fields.text("image_format")? {
            Some(word) => word.parse().map(Some).map_err(|error: Error| error.context("image_format")),
            None => place.format(),
        }
    }
}

/// The format that the name of the output ends with, where the parameter `name` does not say another.
fn format(place: &Place, given: &Fields<'_>, name: &str) -> Result<Option<FileFormat>> {
    if given.names().any(|given| given == name) { Ok(None) } else { place.format() }
}

/// The format that a picture like this one is written in: its own, and PNG for the first frame of a GIF and for any
/// other.
fn own_format(file: &[u8]) -> FileFormat {
    FileFormat::of(file).filter(|format| *format != FileFormat::Gif).unwrap_or(FileFormat::Png)
}
