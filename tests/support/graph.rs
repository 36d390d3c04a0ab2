//! Graphs with any inputs and outputs, which a test writes itself; what they give is zeros.

use std::fs;
use std::path::Path;

use prost::Message;

pub const FLOAT: i32 = 1;
pub const INT64: i32 = 7;

/// A graph that is being described. Sides are words: a number is fixed, any other word free.
#[derive(Clone)]
pub struct Graph(GraphProto);

impl Graph {
    pub fn new() -> Self {
        Self(GraphProto { name: "tiny".into(), ..GraphProto::default() })
    }

    /// With an input more.
    pub fn input(mut self, name: &str, element: i32, sides: &str) -> Self {
        self.0.inputs.push(value(name, element, sides));
        self
    }

    /// With an output more, of floats; a free side has one element.
    pub fn output(mut self, name: &str, sides: &str) -> Self {
        let lens: Vec<i64> = sides.split_whitespace().map(|side| side.parse().unwrap_or(1)).collect();
        let shape = format!("{name}.shape");
        self.0.nodes.push(Node {
            inputs: vec![shape.clone()],
            outputs: vec![name.into()],
            operator: "ConstantOfShape".into(),
        });
        self.0.initializers.push(Tensor {
            dims: vec![lens.len() as i64],
            data_type: INT64,
            int64_data: lens,
            name: shape,
            ..Tensor::default()
        });
        self.0.outputs.push(value(name, FLOAT, sides));
        self
    }

    /// With floats that stand in another file, and come out as `weight.out`.
    pub fn weight(mut self, location: &str, floats: i64) -> Self {
        let entry = |key: &str, value: String| Entry { key: key.into(), value };
        self.0.initializers.push(Tensor {
            dims: vec![floats],
            data_type: FLOAT,
            name: "weight".into(),
            external_data: vec![
                entry("location", location.into()),
                entry("offset", "0".into()),
                entry("length", (4 * floats).to_string()),
            ],
            data_location: 1,
            ..Tensor::default()
        });
        self.0.nodes.push(Node {
            inputs: vec!["weight".into()],
            outputs: vec!["weight.out".into()],
            operator: "Identity".into(),
        });
        self.0.outputs.push(value("weight.out", FLOAT, &floats.to_string()));
        self
    }

    /// Without the input or output of this name.
    pub fn without(mut self, name: &str) -> Self {
        self.0.inputs.retain(|input| input.name != name);
        self.0.outputs.retain(|output| output.name != name);
        self.0.nodes.retain(|node| node.outputs != [name]);
        self
    }

    pub fn write(&self, path: &Path) {
        let import = OperatorSet { domain: String::new(), version: 17 };
        let model = Model { ir_version: 8, graph: Some(self.0.clone()), opset_import: vec![import] };
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, model.encode_to_vec()).unwrap();
    }
}

fn value(name: &str, element: i32, sides: &str) -> Value {
    let side = |word: &str| Side {
        length: Some(word.parse().map_or_else(|_| Length::Named(word.into()), Length::Fixed)),
    };
    let shape = Shape { sides: sides.split_whitespace().map(side).collect() };
    let tensor = TensorType { element, shape: Some(shape) };
    Value { name: name.into(), kind: Some(Type { tensor: Some(tensor) }) }
}

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
}

#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    initializers: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    inputs: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    outputs: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    outputs: Vec<String>,
    #[prost(string, tag = "4")]
    operator: String,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(int64, repeated, tag = "7")]
    int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<Entry>,
    #[prost(int32, tag = "14")]
    data_location: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    kind: Option<Type>,
}

#[derive(Clone, PartialEq, Message)]
struct Type {
    #[prost(message, optional, tag = "1")]
    tensor: Option<TensorType>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorType {
    #[prost(int32, tag = "1")]
    element: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    sides: Vec<Side>,
}

#[derive(Clone, PartialEq, Message)]
struct Side {
    #[prost(oneof = "Length", tags = "1, 2")]
    length: Option<Length>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Length {
    #[prost(int64, tag = "1")]
    Fixed(i64),
    #[prost(string, tag = "2")]
    Named(String),
}
