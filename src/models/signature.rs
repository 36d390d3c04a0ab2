//! What a graph takes and gives, read out of the ONNX file itself.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::models::wire::{Value, WireReader, malformed};

/// The most inputs, outputs, weights or metadata entries of one graph.
const MAX_ENTRIES: usize = 1 << 16;
/// The most sides of one tensor.
const MAX_RANK: usize = 16;

/// What a graph takes and gives: the contract by which a model's family is recognised.
///
/// Weights are stepped over, whatever their size; a hostile file costs a bounded amount of memory and time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// What a caller feeds, in the order of the graph; weights that a graph lists among its inputs are left out.
    pub inputs: Vec<ValueInfo>,
    /// What the graph computes, in its order.
    pub outputs: Vec<ValueInfo>,
    /// What the exporter wrote beside the graph, such as `license` or `family`.
    pub metadata: BTreeMap<String, String>,
    /// The version of the file format.
    pub ir_version: u64,
    /// The version of the standard operators.
    pub opset: u64,
    /// Whether weights stand in other files beside this one.
    pub external_weights: bool,
}

/// A tensor that goes into or comes out of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueInfo {
    /// Its name.
    pub name: String,
    /// The type of its numbers.
    pub element: ElementType,
    /// Its sides; `None` when the graph does not say how many there are.
    pub dims: Option<Vec<Dim>>,
}

/// The type of the numbers of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ElementType {
    /// 32-bit floating point.
    Float32,
    /// 16-bit floating point.
    Float16,
    /// 64-bit floating point.
    Float64,
    /// Bytes.
    Uint8,
    /// 32-bit integers.
    Int32,
    /// 64-bit integers.
    Int64,
    /// Any other type, or none stated.
    #[default]
    Other,
}

/// A side of a tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dim {
    /// Always this long.
    Fixed(u64),
    /// Any length; sides of one graph with the same name are equally long.
    Named(String),
    /// Any length.
    Any,
}

impl Signature {
    /// Reads the signature of a file.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the file cannot be read; [`ErrorKind::InvalidModel`] when it is not ONNX.
    pub fn of_file(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        Self::read(file).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => not_onnx(&path.display().to_string(), error),
            _ => Error::io("read", path, error),
        })
    }

    /// Reads the signature of a model in memory, which errors call `name`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when it is not ONNX.
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Result<Self> {
        Self::read(Cursor::new(bytes)).map_err(|error| not_onnx(name, error))
    }

    /// The input of this name.
    pub fn input(&self, name: &str) -> Option<&ValueInfo> {
        self.inputs.iter().find(|input| input.name == name)
    }

    fn read(source: impl Read + Seek) -> io::Result<Self> {
        let mut wire = WireReader::new(source)?;
        let mut signature = Self::default();
        let mut weights = HashSet::new();
        wire.message(wire.len(), |wire, field, value| {
            match (field, value) {
                (1, Value::Varint(version)) => signature.ir_version = version,
                (7, Value::Bytes { end }) => signature.read_graph(wire, end, &mut weights)?,
                (8, Value::Bytes { end }) => signature.read_opset(wire, end)?,
                (14, Value::Bytes { end }) => signature.read_metadata(wire, end)?,
                _ => {}
            }
            Ok(())
        })?;
        if signature.ir_version == 0 || signature.outputs.is_empty() {
            return Err(malformed("it holds no graph"));
        }
        signature.inputs.retain(|input| !weights.contains(&input.name));
        Ok(signature)
    }

    fn read_graph<R: Read + Seek>(
        &mut self,
        wire: &mut WireReader<R>,
        end: u64,
        weights: &mut HashSet<String>,
    ) -> io::Result<()> {
        wire.message(end, |wire, field, value| {
            let Value::Bytes { end } = value else {
                return Ok(());
            };
            match field {
                5 => {
                    let name = self.read_weight(wire, end)?;
                    bounded(weights.len())?;
                    weights.insert(name);
                }
                11 => push(&mut self.inputs, ValueInfo::read(wire, end)?)?,
                12 => push(&mut self.outputs, ValueInfo::read(wire, end)?)?,
                15 => wire.message(end, |wire, field, value| {
                    if let (1, Value::Bytes { end }) = (field, value) {
                        let name = self.read_weight(wire, end)?;
                        bounded(weights.len())?;
                        weights.insert(name);
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })
    }

    /// The name of a weight.
    fn read_weight<R: Read + Seek>(&mut self, wire: &mut WireReader<R>, end: u64) -> io::Result<String> {
        let mut name = String::new();
        wire.message(end, |wire, field, value| {
            match (field, value) {
                (8, Value::Bytes { end }) => name = wire.text(end)?,
                (14, Value::Varint(1)) => self.external_weights = true,
                _ => {}
            }
            Ok(())
        })?;
        Ok(name)
    }

    fn read_opset<R: Read + Seek>(&mut self, wire: &mut WireReader<R>, end: u64) -> io::Result<()> {
        let (mut domain, mut version) = (String::new(), 0);
        wire.message(end, |wire, field, value| {
            match (field, value) {
                (1, Value::Bytes { end }) => domain = wire.text(end)?,
                (2, Value::Varint(number)) => version = number,
                _ => {}
            }
            Ok(())
        })?;
        if domain.is_empty() || domain == "ai.onnx" {
            self.opset = version;
        }
        Ok(())
    }

    fn read_metadata<R: Read + Seek>(&mut self, wire: &mut WireReader<R>, end: u64) -> io::Result<()> {
        let (mut key, mut text) = (String::new(), String::new());
        wire.message(end, |wire, field, value| {
            match (field, value) {
                (1, Value::Bytes { end }) if wire.is_short(end) => key = wire.text(end)?,
                (2, Value::Bytes { end }) if wire.is_short(end) => text = wire.text(end)?,
                _ => {}
            }
            Ok(())
        })?;
        bounded(self.metadata.len())?;
        self.metadata.insert(key, text);
        Ok(())
    }
}

impl ValueInfo {
    fn read<R: Read + Seek>(wire: &mut WireReader<R>, end: u64) -> io::Result<Self> {
        let mut info = Self::default();
        wire.message(end, |wire, field, value| match (field, value) {
            (1, Value::Bytes { end }) => {
                info.name = wire.text(end)?;
                Ok(())
            }
            (2, Value::Bytes { end }) => wire.message(end, |wire, field, value| match (field, value) {
                (1, Value::Bytes { end }) => info.read_tensor_type(wire, end),
                _ => Ok(()),
            }),
            _ => Ok(()),
        })?;
        Ok(info)
    }

    fn read_tensor_type<R: Read + Seek>(&mut self, wire: &mut WireReader<R>, end: u64) -> io::Result<()> {
        wire.message(end, |wire, field, value| {
            match (field, value) {
                (1, Value::Varint(code)) => self.element = ElementType::from_code(code),
                (2, Value::Bytes { end }) => self.dims = Some(read_dims(wire, end)?),
                _ => {}
            }
            Ok(())
        })
    }
}

fn read_dims<R: Read + Seek>(wire: &mut WireReader<R>, end: u64) -> io::Result<Vec<Dim>> {
    let mut dims = Vec::new();
    wire.message(end, |wire, field, value| {
        let (1, Value::Bytes { end }) = (field, value) else {
            return Ok(());
        };
        let mut dim = Dim::Any;
        wire.message(end, |wire, field, value| {
            match (field, value) {
                (1, Value::Varint(len)) if len <= i64::MAX as u64 => dim = Dim::Fixed(len),
                (2, Value::Bytes { end }) => dim = Dim::Named(wire.text(end)?),
                _ => {}
            }
            Ok(())
        })?;
        if dims.len() == MAX_RANK {
            return Err(malformed("a tensor has too many sides"));
        }
        dims.push(dim);
        Ok(())
    })?;
    Ok(dims)
}

impl ElementType {
    fn from_code(code: u64) -> Self {
        match code {
            1 => Self::Float32,
            2 => Self::Uint8,
            6 => Self::Int32,
            7 => Self::Int64,
            10 => Self::Float16,
            11 => Self::Float64,
            _ => Self::Other,
        }
    }

    /// Whether it is floating point.
    pub fn is_float(self) -> bool {
        matches!(self, Self::Float16 | Self::Float32 | Self::Float64)
    }
}

impl Dim {
    /// The length, where it is fixed.
    pub fn fixed(&self) -> Option<u64> {
        match self {
            Self::Fixed(len) => Some(*len),
            _ => None,
        }
    }
}

/// `input float32 [1, 3, h, w]; output float32 [1, 3, 512, 512]`, as error messages say it; long lists are cut.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, "takes ", &self.inputs)?;
        list(f, " and gives ", &self.outputs)
    }
}

impl fmt::Display for ValueInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.40} {}", self.name, format!("{:?}", self.element).to_lowercase())?;
        let Some(dims) = &self.dims else {
            return f.write_str(" of any shape");
        };
        let dims: Vec<String> = dims.iter().map(Dim::to_string).collect();
        write!(f, " [{}]", dims.join(", "))
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(len) => write!(f, "{len}"),
            Self::Named(name) => write!(f, "{name:.20}"),
            Self::Any => f.write_str("?"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, verb: &str, infos: &[ValueInfo]) -> fmt::Result {
    const SHOWN: usize = 12;
    let shown: Vec<String> = infos.iter().take(SHOWN).map(ValueInfo::to_string).collect();
    write!(f, "{verb}{}", if shown.is_empty() { "nothing".into() } else { shown.join("; ") })?;
    match infos.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, "; and {more} more"),
    }
}

fn push<T>(entries: &mut Vec<T>, entry: T) -> io::Result<()> {
    bounded(entries.len())?;
    entries.push(entry);
    Ok(())
}

fn bounded(entries: usize) -> io::Result<()> {
    if entries < MAX_ENTRIES {
        return Ok(());
    }
    Err(malformed("its graph has too many entries"))
}

fn not_onnx(name: &str, error: io::Error) -> Error {
    Error::new(
        ErrorKind::InvalidModel,
        format!("{name} is not an ONNX model: {error}; download or export it again"),
    )
    .with_source(error)
}
