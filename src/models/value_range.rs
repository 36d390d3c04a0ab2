//! What the numbers of a picture are, and how the end of a graph tells.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

use serde::Deserialize;

use crate::models::onnx::{self, number};
use crate::models::wire::{Span, WireReader};
use crate::models::{ModelSource, Signature};

/// How many of the last nodes of a graph are looked at.
const LAST_NODES: usize = 32;
/// The longest message of a weight that may be a single number, in bytes.
const MAX_SCALAR: u64 = 256;
/// The most single numbers that are kept of one graph.
const MAX_SCALARS: usize = 1 << 16;

/// What black and white are in the numbers of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum ValueRange {
    /// 0 and 1.
    #[serde(rename = "0 1")]
    Unit,
    /// -1 and 1.
    #[serde(rename = "-1 1")]
    Signed,
    /// 0 and 255.
    #[serde(rename = "0 255")]
    Levels,
}

impl ValueRange {
    /// What is taken off a level of 0 to 255, and what the difference is divided by.
    pub const fn mean_and_std(self) -> (f32, f32) {
        match self {
            Self::Unit => (0.0, 255.0),
            Self::Signed => (127.5, 127.5),
            Self::Levels => (0.0, 1.0),
        }
    }

    /// The range of what a graph gives, where its end tells: it ends in a `Tanh`, a `Sigmoid` or a `Clip`, and what
    /// follows only moves and scales the values or their places.
    pub(super) fn of_output(source: &ModelSource, signature: &Signature) -> Option<Self> {
        let output = &signature.outputs.first()?.name;
        // A file that cannot be read any more, or is too long to be walked, tells nothing.
        let end = match source {
            ModelSource::File(path) => File::open(path).and_then(GraphEnd::read).ok()?,
            ModelSource::Embedded(bytes) => GraphEnd::read(Cursor::new(bytes)).ok()?,
        };
        end.bounds(output).map(Self::around)
    }

    /// The range whose bounds these are about: a network may reach over them, and be meant to be clipped.
    fn around([low, high]: [f32; 2]) -> Self {
        if high > 2.0 {
            Self::Levels
        } else if low < -0.25 {
            Self::Signed
        } else {
            Self::Unit
        }
    }
}

/// The last nodes of a graph, and its weights that are single numbers.
#[derive(Default)]
struct GraphEnd {
    nodes: VecDeque<onnx::Node>,
    scalars: HashMap<String, f32>,
}

impl GraphEnd {
    fn read(source: impl Read + Seek) -> io::Result<Self> {
        let mut wire = WireReader::new(source)?;
        let mut end = Self::default();
        wire.fields(wire.whole(), |wire, field| match field.bytes {
            Some(graph) if field.number == number::MODEL_GRAPH => end.read_graph(wire, graph),
            _ => Ok(()),
        })?;
        Ok(end)
    }

    fn read_graph<R: Read + Seek>(&mut self, wire: &mut WireReader<R>, graph: Span) -> io::Result<()> {
        let mut nodes = VecDeque::new();
        let mut scalars = Vec::new();
        wire.fields(graph, |_, field| {
            match (field.number, field.bytes) {
                (number::GRAPH_NODE, Some(node)) => {
                    if nodes.len() == LAST_NODES {
                        nodes.pop_front();
                    }
                    nodes.push_back(node);
                }
                (number::GRAPH_INITIALIZER, Some(tensor))
                    if tensor.end - tensor.start <= MAX_SCALAR && scalars.len() < MAX_SCALARS =>
                {
                    scalars.push(tensor);
                }
                _ => {}
            }
            Ok(())
        })?;
        for tensor in scalars {
            let tensor: onnx::Tensor = wire.small(tensor)?;
            self.note(tensor.name.clone(), &tensor);
        }
        for node in nodes {
            let parts =
                [number::NODE_INPUT, number::NODE_OUTPUT, number::NODE_OP_TYPE, number::NODE_ATTRIBUTE];
            let node: onnx::Node = wire.parts(node, &parts)?;
            if let ("Constant", [output]) = (node.op_type.as_str(), node.outputs.as_slice()) {
                let value = node.attributes.iter().find(|attribute| attribute.name == "value");
                if let Some(tensor) = value.and_then(|attribute| attribute.tensor.as_ref()) {
                    self.note(output.clone(), tensor);
                }
            }
            self.nodes.push_back(node);
        }
        Ok(())
    }

    fn note(&mut self, name: String, tensor: &onnx::Tensor) {
        if let Some([value]) = tensor.floats().as_deref() {
            self.scalars.insert(name, *value);
        }
    }

    /// The bounds of a value, followed backwards to where it was bounded.
    fn bounds(&self, output: &str) -> Option<[f32; 2]> {
        let (mut name, mut scale, mut shift) = (output, 1.0, 0.0);
        for node in self.nodes.iter().rev() {
            if node.outputs.first().is_none_or(|output| output != name) {
                continue;
            }
            let bounds = match node.op_type.as_str() {
                "Transpose" | "Cast" | "Identity" | "Reshape" | "Squeeze" | "Unsqueeze" => None,
                "Add" | "Sub" | "Mul" | "Div" => {
                    let (value, [factor, term]) = self.line(node)?;
                    shift += scale * term;
                    scale *= factor;
                    name = value;
                    continue;
                }
                "Tanh" => Some([-1.0, 1.0]),
                "Sigmoid" | "HardSigmoid" => Some([0.0, 1.0]),
                "Clip" => Some(self.clip(node)?),
                _ => return None,
            };
            match bounds {
                Some(bounds) => {
                    let [a, b] = bounds.map(|bound| scale * bound + shift);
                    return Some([a.min(b), a.max(b)]).filter(|[low, high]| high - low > 0.5);
                }
                None => name = node.inputs.first()?,
            }
        }
        None
    }

    /// What a node with one number for an operand multiplies its other operand by, and then adds to it.
    fn line<'a>(&self, node: &'a onnx::Node) -> Option<(&'a str, [f32; 2])> {
        let [a, b] = node.inputs.as_slice() else { return None };
        let (value, number, is_second) = match (self.scalars.get(a), self.scalars.get(b)) {
            (None, Some(number)) => (a, *number, true),
            (Some(number), None) => (b, *number, false),
            _ => return None,
        };
        let line = match (node.op_type.as_str(), is_second) {
            ("Add", _) => [1.0, number],
            ("Mul", _) => [number, 0.0],
            ("Sub", true) => [1.0, -number],
            ("Sub", false) => [-1.0, number],
            ("Div", true) => [1.0 / number, 0.0],
            _ => return None,
        };
        Some((value, line))
    }

    /// The bounds of a `Clip`, which stand in its attributes or in its inputs.
    fn clip(&self, node: &onnx::Node) -> Option<[f32; 2]> {
        let bound = |name: &str, input: usize| {
            let attribute = node.attributes.iter().find(|attribute| attribute.name == name);
            let input = node.inputs.get(input).and_then(|input| self.scalars.get(input));
            attribute.map(|attribute| attribute.float).or(input.copied())
        };
        Some([bound("min", 1)?, bound("max", 2)?])
    }
}
