//! A graph in a folder of its own, with its configuration beside it, and the checks that all of them share.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::models::file::{bytes_of, external_bytes};
use crate::models::{ElementType, ModelCard, ModelFile, Part, Signature, ValueInfo};

/// The longest configuration that is read, in bytes; real ones have a few thousand.
const MAX_CONFIG: u64 = 1 << 20;

/// The most channels, or the widest embedding, of a graph.
pub(super) const MAX_LENGTH: u64 = 1 << 16;

/// What to do about a folder that is not what facekit runs.
pub(super) const EXPORT: &str = "export the checkpoint with models/export/export.py";

/// A graph `model.onnx`, its weights and its `config.json` in one folder.
#[derive(Debug)]
pub(super) struct Graph {
    path: PathBuf,
    config: PathBuf,
    signature: Signature,
    bytes: u64,
}

impl Graph {
    /// Looks at the graph in a folder, without reading its weights.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("model.onnx");
        if !path.is_file() {
            return Err(missing(folder, &path));
        }
        let signature = Signature::of_file(&path)?;
        let bytes = bytes_of(&path)?.saturating_add(external_bytes(&path, &signature)?);
        Ok(Self { path, config: folder.join("config.json"), signature, bytes })
    }

    /// Its configuration.
    pub(super) fn config<C: DeserializeOwned>(&self) -> Result<C> {
        read_json(&self.config)
    }

    /// The graph as a model of the folder whose card this is.
    pub(super) fn into_file(self, card: &ModelCard, part: Option<Part>) -> ModelFile {
        ModelFile::of_folder(card, part, &self.path, self.signature, self.bytes)
    }

    pub(super) fn has_input(&self, name: &str) -> bool {
        self.signature.input(name).is_some()
    }

    pub(super) fn input_names(&self) -> impl Iterator<Item = &str> {
        self.signature.inputs.iter().map(|input| input.name.as_str())
    }

    /// How many outputs have a name of this beginning and a number.
    pub(super) fn numbered_outputs(&self, beginning: &str) -> usize {
        count_numbered(self.signature.outputs.iter().map(|output| output.name.as_str()), beginning)
    }

    /// How many inputs have a name of this beginning and a number.
    pub(super) fn numbered_inputs(&self, beginning: &str) -> usize {
        count_numbered(self.input_names(), beginning)
    }

    /// The input of this name, which has floats on so many sides.
    pub(super) fn input(&self, name: &str, rank: usize) -> Result<&ValueInfo> {
        let input = self.signature.input(name);
        let input = input.ok_or_else(|| {
            let names: Vec<&str> = self.input_names().take(12).collect();
            self.invalid(format!("it takes no `{name}`, only {}", names.join(", ")))
        })?;
        self.floats(input, rank)
    }

    /// The output of this name, which has floats on so many sides.
    pub(super) fn output(&self, name: &str, rank: usize) -> Result<&ValueInfo> {
        let output = self.find_output(name).ok_or_else(|| {
            let names = self.signature.outputs.iter().map(|output| output.name.as_str());
            self.invalid(format!(
                "it gives no `{name}`, only {}",
                names.take(12).collect::<Vec<_>>().join(", ")
            ))
        })?;
        self.floats(output, rank)
    }

    pub(super) fn find_output(&self, name: &str) -> Option<&ValueInfo> {
        self.signature.outputs.iter().find(|output| output.name == name)
    }

    /// The input of this name, which has integers on two sides.
    pub(super) fn tokens(&self, name: &str) -> Result<&ValueInfo> {
        let input = self.signature.input(name);
        let input = input.ok_or_else(|| self.invalid(format!("it takes no `{name}`")))?;
        let is_integer = matches!(input.element, ElementType::Int32 | ElementType::Int64);
        if is_integer && has_rank(input, 2) {
            return Ok(input);
        }
        Err(self.invalid(format!("it takes {input}, and integers [batch, tokens] were expected")))
    }

    /// Refuses inputs or outputs whose sides of these numbers have a fixed length.
    pub(super) fn free(&self, value: &ValueInfo, sides: &[usize]) -> Result<()> {
        let dims = value.dims.as_deref().unwrap_or_default();
        match sides.iter().find_map(|&side| dims.get(side)?.fixed()) {
            None => Ok(()),
            Some(_) => Err(self.invalid(format!(
                "`{value}` has a fixed size where any was expected: only the channels may be fixed"
            ))),
        }
    }

    /// The length of a side: the graph's word, which must be the configuration's where both say.
    pub(super) fn side(
        &self,
        value: &ValueInfo,
        side: usize,
        key: &str,
        configured: Option<u64>,
    ) -> Result<u64> {
        let stated = value.dims.as_ref().and_then(|dims| dims.get(side)?.fixed());
        match (stated, configured) {
            (Some(stated), Some(configured)) if stated != configured => Err(self.invalid(format!(
                "it has {value}, and the config.json beside it says {key} = {configured}: graph and configuration \
                 are of different models"
            ))),
            (None, None) => {
                Err(self.invalid(format!("neither it nor the config.json beside it says {key}")))
            }
            (stated, configured) => {
                let len = stated.or(configured).unwrap_or_default();
                if (1..=MAX_LENGTH).contains(&len) {
                    return Ok(len);
                }
                Err(self.invalid(format!("{key} = {len} is not what a diffusion model has")))
            }
        }
    }

    /// Refuses an input or output whose side has another length than this.
    pub(super) fn expect(&self, value: &ValueInfo, side: usize, len: u64, why: &str) -> Result<()> {
        match value.dims.as_ref().and_then(|dims| dims.get(side)?.fixed()) {
            Some(found) if found != len => Err(self.invalid(format!("it has {value}, and {why} is {len}"))),
            _ => Ok(()),
        }
    }

    /// An error that names the graph, and says to export it again.
    pub(super) fn invalid(&self, what: impl fmt::Display) -> Error {
        invalid(&self.path, what)
    }

    fn floats<'a>(&self, value: &'a ValueInfo, rank: usize) -> Result<&'a ValueInfo> {
        if value.element.is_float() && has_rank(value, rank) {
            return Ok(value);
        }
        Err(self.invalid(format!("it has {value}, and floats of {rank} sides were expected")))
    }
}

/// Reads a JSON file of at most 1 MiB.
pub(super) fn read_json<C: DeserializeOwned>(path: &Path) -> Result<C> {
    let text = read_text(path)?;
    serde_json::from_str(&text).map_err(|error| {
        invalid(path, format!("it is not the JSON that was expected: {error}")).with_source(error)
    })
}

/// Reads a text file of at most 1 MiB.
pub(super) fn read_text(path: &Path) -> Result<String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    if !path.is_file() {
        return Err(missing(folder, path));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
    file.take(MAX_CONFIG + 1).read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => invalid(path, "it is no text"),
        _ => Error::io("read", path, error),
    })?;
    if text.len() as u64 > MAX_CONFIG {
        return Err(invalid(path, "it is longer than 1 MiB, which no configuration is"));
    }
    Ok(text)
}

/// A file that is needed is not there; PyTorch's weights in its place are recognised.
pub(super) fn missing(folder: &Path, path: &Path) -> Error {
    let is_weights = |name: &str| name.ends_with(".safetensors") || name.ends_with(".bin");
    let mut files = fs::read_dir(folder).into_iter().flatten().flatten();
    let what = match files.any(|file| file.file_name().to_str().is_some_and(is_weights)) {
        true => "the folder holds PyTorch's weights, and ONNX is needed",
        false => "it is missing",
    };
    invalid(path, what)
}

pub(super) fn invalid(path: &Path, what: impl fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidModel, format!("{}: {what}; {EXPORT}", path.display()))
}

/// Whether an input or output has so many sides, as far as the graph says.
fn has_rank(value: &ValueInfo, rank: usize) -> bool {
    value.dims.as_ref().is_none_or(|dims| dims.len() == rank)
}

fn count_numbered<'a>(names: impl Iterator<Item = &'a str>, beginning: &str) -> usize {
    let is_numbered =
        |name: &&str| name.strip_prefix(beginning).is_some_and(|number| number.parse::<u16>().is_ok());
    names.filter(is_numbered).count()
}
