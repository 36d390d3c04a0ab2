//! What a graph takes and gives, read out of the ONNX file itself.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::models::onnx::{self, number};
use crate::models::wire::{Span, WireReader, malformed};

/// The most inputs, outputs, weights or metadata entries of one graph.
const MAX_ENTRIES: usize = 1 << 16;
/// The most sides of one tensor.
const MAX_RANK: usize = 16;
/// How many operators are listed, as many as InsightFace looks at to tell whether a graph normalises its own input.
const FIRST_OPERATORS: usize = 8;

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
    /// The files beside it that hold weights, as the graph names them, and how many bytes of each it needs.
    pub external_data: BTreeMap<String, u64>,
    /// The operators of its first eight nodes, such as `Sub`.
    pub first_operators: Vec<String>,
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
        wire.fields(wire.whole(), |wire, field| {
            match (field.number, field.bytes) {
                (number::MODEL_IR_VERSION, _) => signature.ir_version = field.varint.unwrap_or_default(),
                (number::MODEL_GRAPH, Some(graph)) => signature.read_graph(wire, graph, &mut weights)?,
                (number::MODEL_OPSET_IMPORT, Some(import)) => {
                    let import: onnx::OperatorSet = wire.small(import)?;
                    if matches!(import.domain.as_str(), "" | "ai.onnx") {
                        signature.opset = import.version.max(0) as u64;
                    }
                }
                (number::MODEL_METADATA_PROPS, Some(entry)) => {
                    let onnx::Entry { key, value } = wire.parts(entry, &[1, 2])?;
                    bounded(signature.metadata.len())?;
                    signature.metadata.insert(key, value);
                }
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
        graph: Span,
        weights: &mut HashSet<String>,
    ) -> io::Result<()> {
        wire.fields(graph, |wire, field| {
            let Some(message) = field.bytes else {
                return Ok(());
            };
            match field.number {
                number::GRAPH_NODE if self.first_operators.len() < FIRST_OPERATORS => {
                    let node: onnx::Node = wire.parts(message, &[number::NODE_OP_TYPE])?;
                    self.first_operators.push(node.op_type);
                }
                number::GRAPH_INITIALIZER => self.read_weight(wire, message, weights)?,
                number::GRAPH_SPARSE_INITIALIZER => {
                    wire.fields(message, |wire, field| match field.bytes {
                        Some(values) if field.number == number::SPARSE_VALUES => {
                            self.read_weight(wire, values, weights)
                        }
                        _ => Ok(()),
                    })?
                }
                number::GRAPH_INPUT => push(&mut self.inputs, ValueInfo::of(wire.small(message)?)?)?,
                number::GRAPH_OUTPUT => push(&mut self.outputs, ValueInfo::of(wire.small(message)?)?)?,
                _ => {}
            }
            Ok(())
        })
    }

    /// Notes the name of a weight, and whether its numbers stand in another file.
    fn read_weight<R: Read + Seek>(
        &mut self,
        wire: &mut WireReader<R>,
        tensor: Span,
        weights: &mut HashSet<String>,
    ) -> io::Result<()> {
        let tensor: onnx::Tensor = wire.parts(
            tensor,
            &[number::TENSOR_NAME, number::TENSOR_EXTERNAL_DATA, number::TENSOR_DATA_LOCATION],
        )?;
        if tensor.data_location == onnx::EXTERNAL {
            let (location, end) = tensor.external_place();
            bounded(self.external_data.len())?;
            let needed = self.external_data.entry(location).or_default();
            *needed = end.max(*needed);
        }
        bounded(weights.len())?;
        weights.insert(tensor.name);
        Ok(())
    }
}

impl onnx::Tensor {
    /// The file that holds its numbers, and how long that must be; what is no number is longer than any file.
    fn external_place(&self) -> (String, u64) {
        let entry =
            |key: &str| self.external_data.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
        let number = |key: &str| entry(key).map_or(0, |text| text.parse().unwrap_or(u64::MAX));
        (
            entry("location").cloned().unwrap_or_default(),
            u64::saturating_add(number("offset"), number("length")),
        )
    }
}

impl ValueInfo {
    fn of(value: onnx::Value) -> io::Result<Self> {
        let Some(tensor) = value.kind.and_then(|kind| kind.tensor) else {
            return Ok(Self { name: value.name, ..Self::default() });
        };
        let dims = tensor.shape.map(|shape| match shape.sides.len() {
            0..=MAX_RANK => Ok(shape.sides.into_iter().map(Dim::of).collect()),
            _ => Err(malformed("a tensor has too many sides")),
        });
        let element = ElementType::from_code(tensor.element);
        Ok(Self { name: value.name, element, dims: dims.transpose()? })
    }
}

impl ElementType {
    pub(super) fn from_code(code: i32) -> Self {
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
    fn of(side: onnx::Side) -> Self {
        match side.length {
            Some(onnx::Length::Fixed(len)) => u64::try_from(len).map_or(Self::Any, Self::Fixed),
            Some(onnx::Length::Named(name)) => Self::Named(name),
            None => Self::Any,
        }
    }

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

pub(super) fn not_onnx(name: &str, error: io::Error) -> Error {
    Error::new(
        ErrorKind::InvalidModel,
        format!("{name} is not an ONNX model: {error}; download or export it again"),
    )
    .with_source(error)
}
