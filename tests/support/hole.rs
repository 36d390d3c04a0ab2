//! An ONNX file whose weights are a hole: as long as a large model, and without its blocks on the disk.

use std::io::{Seek, SeekFrom, Write};

use tempfile::NamedTempFile;

/// How many bytes of weights there are.
const WEIGHTS: u64 = 64 << 30;

/// A graph with one initializer of 64 GiB, to which another part of the same message may be appended.
pub fn graph_with_a_hole() -> NamedTempFile {
    let field = |number: u64, len: u64| {
        let mut head = vec![];
        prost::encode_length_delimiter((number << 3 | 2) as usize, &mut head).unwrap();
        prost::encode_length_delimiter(len as usize, &mut head).unwrap();
        head
    };
    let raw = field(9, WEIGHTS);
    let head = field(5, raw.len() as u64 + WEIGHTS);
    let graph = field(7, (head.len() + raw.len()) as u64 + WEIGHTS);
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(&[graph, head, raw].concat()).unwrap();
    file.seek(SeekFrom::Current(WEIGHTS as i64 - 1)).unwrap();
    file.write_all(&[0]).unwrap();
    file
}
