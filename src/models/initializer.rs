//! The weights that a graph carries, read out of the file itself.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Component, Path};

use half::f16;
use prost::bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::models::onnx::{self, number};
use crate::models::signature::not_onnx;
use crate::models::wire::{Span, WireReader, decode, malformed};

/// The longest tensor that is read, in bytes: four times the largest that a known family needs.
const MAX_BYTES: u64 = 4 << 20;

/// A tensor of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Initializer {
    /// Its name.
    pub name: String,
    /// Its sides.
    pub dims: Vec<u64>,
    /// Its numbers, row by row; as many as its sides say.
    pub values: Vec<f32>,
}

impl Initializer {
    /// The last initializer of the graph in a file, of at most 4 MiB; the others are stepped over.
    ///
    /// Numbers in another file are read from there, when that lies in the model's own folder or below it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] when the file is not ONNX, or the graph has no initializer, or
    /// its last one is too long, truncated, or neither float32 nor float16.
    pub fn last_of_file(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        let tensor = last_tensor(file).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => not_onnx(&name, error),
            _ => Error::io("read", path, error),
        })?;
        Self::of(&name, tensor, path.parent())
    }

    /// The last initializer of a graph in memory, which errors call `name`.
    ///
    /// # Errors
    /// As [`Initializer::last_of_file`]; numbers in another file are an error too.
    pub fn last_of_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        let tensor = last_tensor(Cursor::new(bytes)).map_err(|error| not_onnx(name, error))?;
        Self::of(name, tensor, None)
    }

    fn of(model: &str, tensor: Option<onnx::Tensor>, folder: Option<&Path>) -> Result<Self> {
        let tensor = tensor.ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                format!("{model}: its graph has no initializer, and one is needed"),
            )
        })?;
        Self::decode(tensor, folder, MAX_BYTES)
            .map_err(|error| error.context(format!("{model}: its last initializer")))
    }

    /// The numbers of a tensor of a graph, of at most `max` bytes where they stand in another file.
    pub(super) fn decode(tensor: onnx::Tensor, folder: Option<&Path>, max: u64) -> Result<Self> {
        let wrong = |what: &str| {
            Error::new(ErrorKind::InvalidModel, format!("initializer `{:.100}` {what}", tensor.name))
        };
        let dims: Option<Vec<u64>> = tensor.dims.iter().map(|&len| u64::try_from(len).ok()).collect();
        let dims = dims.ok_or_else(|| wrong("has a side below 0"))?;
        let values = match tensor.data_location {
            onnx::EXTERNAL => {
                let folder =
                    folder.ok_or_else(|| wrong("stands in another file, and the model has no folder"))?;
                let bytes = external(&tensor, folder, max)
                    .map_err(|error| wrong(&format!("stands in another file: {error}")).with_source(error))?;
                floats(tensor.data_type, &bytes)
            }
            _ => tensor.floats(),
        };
        let values = values.ok_or_else(|| wrong("is neither float32 nor float16"))?;
        let len = dims.iter().try_fold(1_u64, |len, &side| len.checked_mul(side));
        if len != Some(values.len() as u64) {
            return Err(wrong(&format!("has the sides {dims:?} and {} numbers", values.len())));
        }
        Ok(Self { name: tensor.name, dims, values })
    }
}

impl onnx::Tensor {
    /// Its numbers, where they stand in the graph and are float32 or float16.
    pub(super) fn floats(&self) -> Option<Vec<f32>> {
        match self.data_type {
            onnx::FLOAT if self.raw_data.is_empty() => Some(self.float_data.clone()),
            onnx::FLOAT16 if self.raw_data.is_empty() => {
                Some(self.int32_data.iter().map(|&bits| f16::from_bits(bits as u16).to_f32()).collect())
            }
            data_type => floats(data_type, &self.raw_data),
        }
    }
}

/// Numbers as they stand in memory, where they are float32 or float16.
fn floats(data_type: i32, raw: &[u8]) -> Option<Vec<f32>> {
    match data_type {
        onnx::FLOAT => Some(raw.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect()),
        onnx::FLOAT16 => {
            Some(raw.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect())
        }
        _ => None,
    }
}

/// The last initializer of a model's graph, if it has any.
fn last_tensor(source: impl Read + Seek) -> io::Result<Option<onnx::Tensor>> {
    let mut wire = WireReader::new(source)?;
    let mut last: Option<Span> = None;
    wire.fields(wire.whole(), |wire, field| match field.bytes {
        Some(graph) if field.number == number::MODEL_GRAPH => wire.fields(graph, |_, field| {
            if field.number == number::GRAPH_INITIALIZER {
                last = field.bytes.or(last.take());
            }
            Ok(())
        }),
        _ => Ok(()),
    })?;
    let Some(span) = last else { return Ok(None) };
    if span.end - span.start > MAX_BYTES {
        return Err(malformed("its last initializer is longer than 4 MiB"));
    }
    wire.read(span).and_then(|bytes| decode(Bytes::from(bytes))).map(Some)
}

/// The bytes of a tensor that stand in another file, `location`, of the model's folder; at most `max` are read.
fn external(tensor: &onnx::Tensor, folder: &Path, max: u64) -> io::Result<Vec<u8>> {
    let entry = |key: &str| {
        let entry = tensor.external_data.iter().find(|entry| entry.key == key);
        entry.map(|entry| entry.value.as_str())
    };
    let number =
        |key: &str| entry(key).map(|text| text.parse::<u64>().map_err(|_| malformed(key))).transpose();
    let location = Path::new(entry("location").ok_or_else(|| malformed("it does not say which"))?);
    if !location.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(malformed("that does not lie in the model's folder"));
    }
    let mut file = File::open(folder.join(location))?;
    let offset = number("offset")?.unwrap_or_default();
    let rest = file.metadata()?.len().saturating_sub(offset);
    let len = number("length")?.unwrap_or(rest);
    if len > max {
        return Err(malformed(&format!("it is longer than {} MiB", max >> 20)));
    }
    if len > rest {
        return Err(malformed(&format!("{} ends before it does", location.display())));
    }
    let mut bytes = vec![0; len as usize];
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
