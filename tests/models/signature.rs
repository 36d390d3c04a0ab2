use std::time::{Duration, Instant};

use facekit::ErrorKind;
use facekit::models::{Dim, ElementType, Signature};

use crate::golden;

fn invalid(bytes: &[u8]) -> String {
    let error = Signature::of_bytes("thing.onnx", bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.to_string().starts_with("thing.onnx is not an ONNX model: "), "{error}");
    error.to_string()
}

/// A field of bytes, as protobuf writes it.
fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A model with this graph.
fn model(graph: &[u8]) -> Vec<u8> {
    [vec![0x08, 8], field(7, graph)].concat()
}

#[test]
fn names_types_sides_and_metadata_are_read() {
    let signature = Signature::of_file(&golden("codeformer_float64")).unwrap();
    assert_eq!((signature.ir_version, signature.opset), (8, 17));
    assert_eq!(signature.metadata["license"], "MIT OR Apache-2.0");
    let [input, weight] = signature.inputs.as_slice() else { panic!("{signature}") };
    assert_eq!((input.name.as_str(), input.element), ("input", ElementType::Float32));
    assert_eq!(input.dims.as_deref(), Some([1, 3, 512, 512].map(Dim::Fixed).as_slice()));
    assert_eq!((weight.name.as_str(), weight.element), ("weight", ElementType::Float64));
    let signature = Signature::of_file(&golden("realesrgan_x4")).unwrap();
    assert_eq!(
        signature.to_string(),
        "takes input float32 [1, 3, h, w] and gives output float32 [1, 3, oh, ow]"
    );
}

#[test]
fn weights_among_the_inputs_are_left_out() {
    let signature = Signature::of_file(&golden("weights_among_inputs")).unwrap();
    assert_eq!(signature.inputs.len(), 1);
    assert_eq!(signature.inputs[0].name, "input");
    assert!(signature.external_data.is_empty());
    assert_eq!(Signature::of_file(&golden("external_weights")).unwrap().external_data["outside.bin"], 0);
}

#[test]
fn what_is_not_onnx_is_refused() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
    let html = b"<!DOCTYPE html><html><head><title>404</title></head></html>";
    let lfs = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    for bytes in
        [&b""[..], b"\0", b"hello", png, html, lfs, &[0xff; 64], &[0; 64], b"PK\x03\x04\x14\0\0\0\x08\0"]
    {
        invalid(bytes);
    }
}

#[test]
fn a_truncated_file_is_refused_or_lacks_only_what_follows_the_graph() {
    for name in ["yunet", "scrfd_15", "codeformer_float64"] {
        let whole = std::fs::read(golden(name)).unwrap();
        let signature = Signature::of_bytes(name, &whole).unwrap();
        for len in 0..whole.len() {
            if let Ok(partial) = Signature::of_bytes(name, &whole[..len]) {
                assert_eq!(
                    (&partial.inputs, &partial.outputs),
                    (&signature.inputs, &signature.outputs),
                    "{name} {len}"
                );
            }
        }
        assert!(invalid(&whole[..whole.len() / 2]).contains("ends in the middle"));
    }
}

#[test]
fn changed_bytes_never_crash() {
    let whole = std::fs::read(golden("yunet")).unwrap();
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..=random() % 4 {
            let index = random() % bytes.len();
            bytes[index] = random() as u8;
        }
        let _ = Signature::of_bytes("thing.onnx", &bytes);
        let noise: Vec<u8> = (0..random() % 64).map(|_| random() as u8).collect();
        let _ = Signature::of_bytes("thing.onnx", &noise);
    }
}

#[test]
fn a_length_beyond_the_file_is_refused() {
    for len in [100, u64::from(u32::MAX), i64::MAX as u64, u64::MAX] {
        for inner in [vec![], vec![0x0a], vec![0x5a], vec![0x2a]] {
            let bomb = [vec![0x08, 8], varint(7 << 3 | 2), varint(len), inner.clone()].concat();
            assert!(invalid(&bomb).contains("ends in the middle"));
            let nested = model(&[inner, varint(len)].concat());
            invalid(&nested);
        }
    }
    assert!(invalid(&[vec![0x08], vec![0x80; 20]].concat()).contains("ten bytes"));
}

#[test]
fn a_flood_of_entries_costs_a_bounded_amount() {
    let start = Instant::now();
    for (number, entries) in [(1, 5_000_000), (5, 5_000_000), (11, 100_000), (12, 100_000)] {
        let flood = field(number, b"").repeat(entries);
        assert!(invalid(&model(&flood)).contains("too many"));
    }
    let long = field(11, &field(1, &vec![b'a'; 1 << 20]));
    assert!(invalid(&model(&long)).contains("too long"));
    let many = field(11, &field(1, &vec![b'a'; 60_000])).repeat(1000);
    assert!(invalid(&model(&many)).contains("too long"));
    let sides = field(1, b"").repeat(1000);
    let deep = field(11, &field(2, &field(1, &field(2, &sides))));
    assert!(invalid(&model(&deep)).contains("too many sides"));
    assert!(start.elapsed() < Duration::from_secs(20));
}

/// Writes 64 GiB of weights as a hole in a file: reading them would take far longer than the test allows.
#[cfg(unix)]
#[test]
fn weights_are_stepped_over_without_being_read() {
    use std::io::{Seek, SeekFrom, Write};
    const WEIGHTS: u64 = 64 << 30;
    let head = [field(8, b"w"), varint(9 << 3 | 2), varint(WEIGHTS)].concat();
    let tensor = [varint(5 << 3 | 2), varint(head.len() as u64 + WEIGHTS), head].concat();
    let output = field(12, &field(1, b"output"));
    let graph_len = tensor.len() as u64 + WEIGHTS + output.len() as u64;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[vec![0x08, 8], varint(7 << 3 | 2), varint(graph_len), tensor].concat()).unwrap();
    file.seek(SeekFrom::Current(WEIGHTS as i64)).unwrap();
    file.write_all(&output).unwrap();
    let start = Instant::now();
    let signature = Signature::of_file(file.path()).unwrap();
    assert_eq!(signature.outputs[0].name, "output");
    assert!(start.elapsed() < Duration::from_secs(2));
}
