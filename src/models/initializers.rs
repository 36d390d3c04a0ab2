//! Which weights a graph carries, and each of them when it is asked for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use prost::bytes::Bytes;

use crate::error::{Error, ErrorKind, Result};
use crate::models::onnx::{self, number};
use crate::models::signature::not_onnx;
use crate::models::wire::{Span, WireReader, decode, malformed};
use crate::models::{ElementType, Initializer};

/// The longest tensor that is read, in bytes: four times the largest of Stable Diffusion XL.
const MAX_BYTES: u64 = 1 << 30;
/// The most initializers of one graph; the largest in the field have some thousand.
const MAX_ENTRIES: usize = 1 << 16;
/// The most sides of one tensor.
const MAX_RANK: usize = 16;

/// The parts of a tensor that say what it is; its numbers are stepped over.
const DESCRIPTION: &[u64] = &[
    number::TENSOR_DIMS,
    number::TENSOR_DATA_TYPE,
    number::TENSOR_NAME,
    number::TENSOR_EXTERNAL_DATA,
    number::TENSOR_DATA_LOCATION,
];

/// The weights of a graph by name; their numbers stay in the file until they are asked for.
#[derive(Debug, Clone)]
pub struct Initializers {
    path: PathBuf,
    entries: BTreeMap<String, InitializerInfo>,
}

/// What a graph says of one of its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitializerInfo {
    /// The type of its numbers.
    pub element: ElementType,
    /// Its sides.
    pub dims: Vec<u64>,
    /// Whether its numbers stand in another file than the graph.
    pub external: bool,
    /// Where its message stands in the file.
    pub(super) span: Span,
}

impl Initializers {
    /// Reads which weights the graph in a file has; their numbers are stepped over, whatever their size.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] when the file is not ONNX, or has two weights of one name.
    pub fn of_file(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        let entries = read_entries(file).map_err(|error| failed(path, error))?;
        Ok(Self { path: path.to_path_buf(), entries })
    }

    /// The file of the graph.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the graph says of the weight of a name, if it has one.
    pub fn get(&self, name: &str) -> Option<&InitializerInfo> {
        self.entries.get(name)
    }

    /// The names and what the graph says of each, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &InitializerInfo)> {
        self.entries.iter().map(|(name, info)| (name.as_str(), info))
    }

    /// Reads one weight, of at most 1 GiB, from the graph or from the file beside it that holds its numbers.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] when the graph has none of this name, or it is too long, truncated,
    /// or neither float32 nor float16.
    pub fn read(&self, name: &str) -> Result<Initializer> {
        let info = self.get(name).ok_or_else(|| self.unknown(name))?;
        if info.span.end - info.span.start > MAX_BYTES {
            let message = format!("{}: initializer `{name:.100}` is longer than 1 GiB", self.path.display());
            return Err(Error::new(ErrorKind::InvalidModel, message));
        }
        let tensor = self.message(info).map_err(|error| failed(&self.path, error))?;
        Initializer::decode(tensor, self.path.parent(), MAX_BYTES)
            .map_err(|error| error.context(self.path.display()))
    }

    /// The error that the graph has no weight of a name.
    pub(super) fn unknown(&self, name: &str) -> Error {
        Error::new(
            ErrorKind::InvalidModel,
            format!("{} has no initializer `{name:.100}`: is it of another model?", self.path.display()),
        )
    }

    fn message(&self, info: &InitializerInfo) -> io::Result<onnx::Tensor> {
        let mut wire = WireReader::new(File::open(&self.path)?)?;
        if info.span.end > wire.whole().end {
            return Err(malformed("it became shorter since it was opened"));
        }
        decode(Bytes::from(wire.read(info.span.clone())?))
    }
}

fn read_entries(file: File) -> io::Result<BTreeMap<String, InitializerInfo>> {
    let mut wire = WireReader::new(file)?;
    let mut entries = BTreeMap::new();
    wire.fields(wire.whole(), |wire, field| match field.bytes {
        Some(graph) if field.number == number::MODEL_GRAPH => wire.fields(graph, |wire, field| {
            let Some(span) = field.bytes.filter(|_| field.number == number::GRAPH_INITIALIZER) else {
                return Ok(());
            };
            let tensor: onnx::Tensor = wire.parts(span.clone(), DESCRIPTION)?;
            if entries.len() >= MAX_ENTRIES || tensor.dims.len() > MAX_RANK {
                return Err(malformed("its graph has too many initializers, or one with too many sides"));
            }
            let dims = tensor.dims.iter().map(|&side| u64::try_from(side));
            let info = InitializerInfo {
                element: ElementType::from_code(tensor.data_type),
                dims: dims.collect::<Result<_, _>>().map_err(|_| malformed("a side is below 0"))?,
                external: tensor.data_location == onnx::EXTERNAL,
                span,
            };
            match entries.insert(tensor.name, info) {
                None => Ok(()),
                Some(_) => Err(malformed("two of its initializers have the same name")),
            }
        }),
        _ => Ok(()),
    })?;
    Ok(entries)
}

/// The error of reading an ONNX file.
pub(super) fn failed(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => not_onnx(&path.display().to_string(), error),
        _ => Error::io("read", path, error),
    }
}
