//! The body of a hosted API, read.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Instant, SystemTime};

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::hosted::{Api, Meaning, answer, face_refiner, faceswap};
use crate::job::JobId;
use crate::json::{Fields, JsonRequest, Place};
use crate::picture::Source;
use crate::progress::Control;
use crate::request::{Request, Response};

/// The field for what the hosted APIs have no field for.
pub(super) const OWN: &str = "facekit";

/// A body of a hosted API as a request, and what its answer needs.
#[derive(Debug, Clone)]
pub struct HostedRequest {
    /// The API.
    pub api: Api,
    /// The id that the answer gives.
    pub id: JobId,
    /// When it was read.
    pub created: SystemTime,
    /// The request, and where its pictures go.
    pub request: JsonRequest,
    /// What of the body has no effect, or another than it says.
    pub notes: Vec<String>,
    pub(super) parameters: Map<String, Value>,
}

impl HostedRequest {
    /// Reads a body of an API and the pictures that it names.
    ///
    /// The pictures of the result go into `folder`, named by the id of the request and a number from 1; without a
    /// folder, or where the body asks for base64, they go into the answer.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for what is no JSON, and for a field that is unknown, missing or
    /// out of range; [`Unsupported`](ErrorKind::Unsupported) for a URL; and those of reading and decoding the pictures.
    pub fn read(api: Api, body: &str, folder: Option<&Path>, engine: &Engine) -> Result<Self> {
        let mut read = Body::read(api, body)?;
        let params = to_raw_value(&read.params).map_err(internal)?;
        read.request.push(("params", &params));
        let labels: Vec<_> = api.fields().iter().filter_map(label).chain([("params", api.name())]).collect();
        let fields = Fields::renamed(read.request, &labels);
        let mut request = JsonRequest::of(api.pipeline(), fields, engine.limits())?;
        let mut notes = read.notes;
        let mut is_base64 = false;
        match &mut request.request {
            Request::Detail { params, .. } => is_base64 = params.base64,
            Request::Refine { params, .. } => {
                is_base64 = params.base64;
                notes.extend(face_refiner::find_model(params, engine.store()));
            }
            Request::SwapFile { target, params, .. } => faceswap::choose_format(params, target),
            _ => {}
        }
        let id = JobId::random();
        if let (Some(folder), false) = (folder, is_base64) {
            request.output.place = Place::Folder(folder.to_owned(), id.to_string());
        }
        Ok(Self { api, id, created: SystemTime::now(), request, notes, parameters: read.parameters })
    }

    /// Runs the request, writes its pictures, and gives the answer in JSON, on one line.
    ///
    /// # Errors
    /// Those of [`Engine::run`] and of [`answer`](Self::answer).
    pub fn run(&self, engine: &Engine, control: &Control) -> Result<String> {
        let start = Instant::now();
        let result =
            engine.respond(&self.request.request, control).and_then(|response| self.answer(&response));
        control.complete(result.as_ref().err(), start);
        result
    }

    /// Writes the pictures of the result, and gives the answer of the API in JSON, on one line.
    ///
    /// # Errors
    /// Those of encoding, and [`Io`](ErrorKind::Io) for a file or a folder that cannot be written.
    pub fn answer(&self, response: &Response) -> Result<String> {
        answer::completed(self, response)
    }
}

/// A body in the words of a request in JSON.
struct Body<'a> {
    request: Vec<(&'static str, &'a RawValue)>,
    params: BTreeMap<&'static str, Box<RawValue>>,
    notes: Vec<String>,
    /// What the body says, as the answer repeats it.
    parameters: Map<String, Value>,
}

impl<'a> Body<'a> {
    fn read(api: Api, json: &'a str) -> Result<Self> {
        let names: Vec<_> = api.fields().iter().map(|(name, _)| *name).chain([OWN]).collect();
        let mut fields = Fields::read(&format!("the body of {}", api.name()), json, &names)?;
        let (request, params, notes, parameters) = Default::default();
        let mut body = Self { request, params, notes, parameters };
        for (name, meaning) in api.fields() {
            let Some(value) = fields.take(name) else { continue };
            body.parameters.insert((*name).to_owned(), shown(value));
            match meaning {
                Meaning::Picture(field) => body.request.push((field, value)),
                Meaning::Parameter(parameter) => {
                    body.params.insert(parameter, value.to_owned());
                }
                Meaning::File(parameter) => {
                    body.params.insert(parameter, path(name, value)?);
                }
                Meaning::Nothing(why) => body.notes.push(format!("`{name}` has no effect: {why}")),
            }
        }
        if let Some(own) = fields.take(OWN) {
            body.add_own(api, own)?;
        }
        Ok(body)
    }

    /// Adds parameters of the pipeline that the API has no field for.
    fn add_own(&mut self, api: Api, own: &'a RawValue) -> Result<()> {
        let has_field =
            |parameter: &str| api.fields().iter().any(|(_, meaning)| meaning.is_parameter(parameter));
        let known = api.pipeline().parameters().into_iter().map(|parameter| parameter.name);
        let known: Vec<_> = known.filter(|name| !has_field(name)).collect();
        let mut own = Fields::read(&format!("`{OWN}`"), own.get(), &known)?;
        for name in known {
            self.params.extend(own.take(name).map(|value| (name, value.to_owned())));
        }
        Ok(())
    }
}

impl Meaning {
    fn is_parameter(&self, name: &str) -> bool {
        matches!(self, Self::Parameter(parameter) | Self::File(parameter) if *parameter == name)
    }
}

/// What an error calls the field of a request in JSON that a field of the API means.
fn label((name, meaning): &(&'static str, Meaning)) -> Option<(&'static str, &'static str)> {
    match meaning {
        Meaning::Picture(field) => Some((field, name)),
        _ => None,
    }
}

/// The path that a text names.
fn path(name: &str, value: &RawValue) -> Result<Box<RawValue>> {
    let text = serde_json::from_str::<String>(value.get());
    let text = text.map_err(|error| Error::parameter(format!("`{name}` cannot be read: {error}")))?;
    match Source::parse(&text).map_err(|error| error.context(name))? {
        Source::Path(path) => to_raw_value(&path).map_err(internal),
        Source::Data(_) | Source::Bytes(_) => {
            Err(Error::parameter(format!("`{name}` is a data: URI, and must be the path of a file")))
        }
    }
}

/// A value as the answer repeats it: without what a `data:` URI holds.
fn shown(value: &RawValue) -> Value {
    // Nobody wants to see more of one, nor pay for it.
    const LONGEST: usize = 1 << 16;
    let text = value.get();
    if text.len() > LONGEST {
        let head = text.trim_start_matches('"').split_once(',').map_or("", |(head, _)| head);
        return if head.get(..5).is_some_and(is_data) {
            format!("{head:.80},…").into()
        } else {
            Value::Null
        };
    }
    match serde_json::from_str(text) {
        Ok(Value::String(text)) if text.get(..5).is_some_and(is_data) => {
            let head = text.split_once(',').map_or("data:", |(head, _)| head);
            format!("{head:.80},…").into()
        }
        Ok(value) => value,
        Err(_) => Value::Null,
    }
}

fn is_data(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("data:")
}

fn internal(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "a body cannot be written as JSON again: please report it")
        .with_source(error)
}
