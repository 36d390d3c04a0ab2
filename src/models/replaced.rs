//! Loading a graph with some of its weights replaced, wherever they stand.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint};

use crate::error::{Error, ErrorKind, Result};
use crate::models::Initializers;
use crate::models::initializers::failed;
use crate::models::onnx::{self, number};
use crate::models::wire::{Span, WireReader};
use crate::runtime::{Runtime, Session, SessionOptions, Weights};

/// The longest graph that ONNX Runtime takes from memory, in bytes.
const MAX_GRAPH: u64 = (2 << 30) - 1;

/// Loads a model from a file, with some of its weights replaced.
///
/// ONNX Runtime replaces only weights whose numbers stand in another file. A graph that holds them itself is read into
/// memory without those that are replaced.
///
/// # Errors
/// Those of [`Session::from_file`]; [`ErrorKind::InvalidModel`] for weights of a name, shape or type that the graph does
/// not have, and for graphs over 2 GiB that hold what is to be replaced.
pub fn load_with(
    runtime: &Arc<Runtime>,
    path: &Path,
    weights: Weights,
    options: &SessionOptions,
) -> Result<Session> {
    if weights.is_empty() {
        return Session::from_file(runtime, path, options);
    }
    let own = Initializers::of_file(path)?;
    let mut held = HashMap::new();
    for name in weights.names() {
        let info = own.get(name).ok_or_else(|| own.unknown(name))?;
        if !info.external {
            held.insert(info.span.start, info.span.clone());
        }
    }
    if held.is_empty() {
        return Session::from_file_with(runtime, path, weights, options);
    }
    let graph = without(path, &held).map_err(|error| failed(path, error))?;
    let graph = graph.ok_or_else(|| {
        let message = format!(
            "{}: its weights cannot be replaced, since it is longer than 2 GiB: export it with its weights in another \
             file",
            path.display()
        );
        Error::new(ErrorKind::InvalidModel, message)
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Session::from_memory_with(runtime, &graph, folder, weights, options)
        .map_err(|error| error.context(path.display()))
}

/// A piece of the model that is made: bytes of the file, or new ones.
enum Piece {
    Copied(Span),
    New(Vec<u8>),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Copied(span) => span.end - span.start,
            Self::New(bytes) => bytes.len() as u64,
        }
    }
}

/// The model of a file, with the numbers of some initializers, given by where they begin, left out as if they stood in
/// another file; `None` when it is too long.
fn without(path: &Path, held: &HashMap<u64, Span>) -> io::Result<Option<Vec<u8>>> {
    let mut wire = WireReader::new(File::open(path)?)?;
    let mut pieces = Vec::new();
    wire.fields(wire.whole(), |wire, field| {
        let Some(graph) = field.bytes.filter(|_| field.number == number::MODEL_GRAPH) else {
            pieces.push(Piece::Copied(field.whole));
            return Ok(());
        };
        let mut inner = Vec::new();
        wire.fields(graph, |wire, field| {
            inner.push(match field.bytes {
                Some(span) if held.get(&span.start) == Some(&span) => Piece::New(stand_in(wire, span)?),
                _ => Piece::Copied(field.whole),
            });
            Ok(())
        })?;
        pieces.push(Piece::New(head(number::MODEL_GRAPH, inner.iter().map(Piece::len).sum())));
        pieces.append(&mut inner);
        Ok(())
    })?;
    let len: u64 = pieces.iter().map(Piece::len).sum();
    if len > MAX_GRAPH {
        return Ok(None);
    }
    let mut model = Vec::with_capacity(len as usize);
    for piece in pieces {
        match piece {
            Piece::Copied(span) => model.extend(wire.read(span)?),
            Piece::New(bytes) => model.extend(bytes),
        }
    }
    Ok(Some(model))
}

/// The field of an initializer without its numbers: they are said to stand in a file, which nobody opens.
fn stand_in(wire: &mut WireReader<File>, tensor: Span) -> io::Result<Vec<u8>> {
    let described: onnx::Tensor =
        wire.parts(tensor, &[number::TENSOR_DIMS, number::TENSOR_DATA_TYPE, number::TENSOR_NAME])?;
    let place = onnx::Entry { key: "location".into(), value: "replaced".into() };
    let bytes = onnx::Tensor { data_location: onnx::EXTERNAL, external_data: vec![place], ..described }
        .encode_to_vec();
    let mut field = head(number::GRAPH_INITIALIZER, bytes.len() as u64);
    field.extend(bytes);
    Ok(field)
}

/// What stands before a message of a number and a length.
fn head(number: u64, len: u64) -> Vec<u8> {
    let mut head = Vec::new();
    encode_key(number as u32, WireType::LengthDelimited, &mut head);
    encode_varint(len, &mut head);
    head
}
