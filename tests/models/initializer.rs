use std::fs;

use facekit::ErrorKind;
use facekit::models::{Initializer, Signature};
use half::f16;
use tempfile::TempDir;

use crate::golden;
use crate::onnx::{Entry, Tensor, with_initializers};

const FLOAT: i32 = 1;
const INT64: i32 = 7;
const FLOAT16: i32 = 10;

fn tensor(dims: &[i64], data_type: i32) -> Tensor {
    Tensor { dims: dims.into(), data_type, name: "emap".into(), ..Tensor::default() }
}

fn last_of(tensors: &[Tensor]) -> facekit::Result<Initializer> {
    let model = fs::read(golden("weights_among_inputs")).unwrap();
    Initializer::last_of_bytes("thing.onnx", &with_initializers(&model, tensors))
}

fn invalid(tensors: &[Tensor], words: &[&str]) {
    let error = last_of(tensors).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    for word in words.iter().chain(&["thing.onnx"]) {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn the_last_of_several_is_read_in_every_form() {
    let values = [0.5_f32, -2.0, 0.125, 1.0, 3.0, -0.25];
    let halves = values.map(f16::from_f32);
    let floats = tensor(&[2, 3], FLOAT);
    let short = tensor(&[2, 3], FLOAT16);
    let forms = [
        Tensor { raw_data: values.map(f32::to_le_bytes).concat(), ..floats.clone() },
        Tensor { float_data: values.into(), ..floats },
        Tensor { raw_data: halves.map(f16::to_le_bytes).concat(), ..short.clone() },
        Tensor { int32_data: halves.map(|half| i32::from(half.to_bits())).into(), ..short },
    ];
    for form in forms {
        let initializer = last_of(&[tensor(&[0], INT64), form]).unwrap();
        assert_eq!((initializer.name.as_str(), initializer.dims.as_slice()), ("emap", [2, 3].as_slice()));
        assert_eq!(initializer.values, values);
    }
    let own = last_of(&[]).unwrap();
    assert_eq!(
        (own.name.as_str(), own.dims.as_slice(), own.values.as_slice()),
        ("tenth", &[][..], &[0.1][..])
    );
}

#[test]
fn what_is_no_matrix_of_floats_is_refused() {
    let floats = |dims: &[i64], len: usize| Tensor { raw_data: vec![0; len], ..tensor(dims, FLOAT) };
    invalid(&[floats(&[2, 3], 20)], &["`emap`", "[2, 3] and 5 numbers"]);
    invalid(&[floats(&[2, -3], 24)], &["a side below 0"]);
    invalid(&[floats(&[i64::MAX, i64::MAX], 24)], &["6 numbers"]);
    invalid(&[tensor(&[2], INT64)], &["neither float32 nor float16"]);
    invalid(&[floats(&[1 << 20, 2], 8 << 20)], &["longer than 4 MiB"]);
    let model = fs::read(golden("unknown")).unwrap();
    let error = Initializer::last_of_bytes("thing.onnx", &model).unwrap_err();
    assert!(error.to_string().contains("no initializer"), "{error}");
    for bytes in [&b"hello"[..], &[0x3a, 0x7f], &[]] {
        let error = Initializer::last_of_bytes("thing.onnx", bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
    }
}

#[test]
fn numbers_in_another_file_are_read_from_the_models_own_folder_only() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("weights.bin"), [[0; 8], [0, 0, 128, 63, 0, 0, 0, 64]].concat()).unwrap();
    let base = fs::read(golden("weights_among_inputs")).unwrap();
    let path = folder.path().join("model.onnx");
    let read = |entries: &[(&str, &str)]| {
        let entry = |(key, value): &(&str, &str)| Entry { key: (*key).into(), value: (*value).into() };
        let external_data = entries.iter().map(entry).collect();
        let tensor = Tensor { external_data, data_location: 1, ..tensor(&[2], FLOAT) };
        fs::write(&path, with_initializers(&base, [tensor])).unwrap();
        assert_eq!(Signature::of_file(&path).unwrap().external_data.len(), 1);
        Initializer::last_of_file(&path)
    };
    let place = ("location", "weights.bin");
    assert_eq!(read(&[place, ("offset", "8"), ("length", "8")]).unwrap().values, [1.0, 2.0]);
    assert_eq!(read(&[place, ("offset", "8")]).unwrap().values, [1.0, 2.0]);
    let outside = format!("../{}/weights.bin", folder.path().file_name().unwrap().display());
    let absolute = folder.path().join("weights.bin").display().to_string();
    for (entries, word) in [
        (vec![("location", outside.as_str())], "does not lie in the model's folder"),
        (vec![("location", absolute.as_str())], "does not lie in the model's folder"),
        (vec![("location", "missing.bin")], "stands in another file"),
        (vec![("offset", "8")], "does not say which"),
        (vec![place, ("offset", "x")], "offset"),
        (vec![place, ("length", "99999999999")], "longer than 4 MiB"),
        (vec![place, ("offset", "12"), ("length", "8")], "stands in another file"),
    ] {
        let error = read(&entries).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn the_first_operators_of_a_graph_are_listed() {
    let signature = Signature::of_file(&golden("codeformer_float64")).unwrap();
    assert_eq!(signature.first_operators, ["Cast", "Mul", "Add"]);
    assert_eq!(Signature::of_file(&golden("scrfd_15")).unwrap().first_operators.len(), 8);
}

/// Writes 64 GiB of weights as a hole in a file, before the last initializer and within it.
#[cfg(unix)]
#[test]
fn weights_before_the_last_are_not_read() {
    use std::io::Write;
    use std::time::{Duration, Instant};
    let mut file = crate::hole::graph_with_a_hole();
    let start = Instant::now();
    let error = Initializer::last_of_file(file.path()).unwrap_err();
    assert!(error.to_string().contains("longer than 4 MiB"), "{error}");
    let last = Tensor { float_data: vec![7.0], ..tensor(&[1], FLOAT) };
    file.write_all(&with_initializers(&[], [last])).unwrap();
    assert_eq!(Initializer::last_of_file(file.path()).unwrap().values, [7.0]);
    assert!(start.elapsed() < Duration::from_secs(2));
}
