//! The weights of graphs: listed, read and replaced.

use std::fs;
use std::path::{Path, PathBuf};

use facekit::models::{ElementType, Initializers, load_with};
use facekit::runtime::{Runtime, Session, SessionOptions, Weights};
use facekit::{CancelToken, ErrorKind};
use ndarray::{Array2, ArrayD, arr2};
use tempfile::TempDir;

#[cfg(unix)]
#[path = "support/hole.rs"]
mod hole;
#[path = "support/onnx.rs"]
mod onnx;

use onnx::{Entry, Tensor, with_initializers};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/runtime").join(name)
}

fn invalid<T>(result: facekit::Result<T>, words: &[&str]) {
    let error = result.err().expect("it is refused");
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    for word in words {
        assert!(error.to_string().contains(word), "`{word}` is not in: {error}");
    }
}

#[test]
fn weights_are_listed_and_read_wherever_they_stand() {
    for (name, external) in [("linear.onnx", true), ("linear_inline.onnx", false)] {
        let weights = Initializers::of_file(&golden(name)).unwrap();
        let listed: Vec<_> = weights.iter().map(|(name, info)| (name, info.element, info.external)).collect();
        let expected = [
            ("float.weight", ElementType::Float32, external),
            ("half.weight", ElementType::Float16, external),
        ];
        assert_eq!(listed, expected);
        assert_eq!(weights.get("float.weight").unwrap().dims, [3, 3]);
        let float = weights.read("float.weight").unwrap();
        assert_eq!((float.name.as_str(), float.dims.as_slice()), ("float.weight", &[3, 3][..]));
        assert_eq!(float.values, [2., 0., 0., 0., 2., 0., 0., 0., 2.]);
        assert_eq!(weights.read("half.weight").unwrap().values, [1., 0., 0., 0., 1., 0., 0., 0., 1.]);
        invalid(weights.read("other"), &[name, "no initializer `other`"]);
    }
}

fn fourfold(names: &[&str]) -> Weights {
    let mut weights = Weights::new();
    for name in names {
        let values = Array2::eye(3).into_dyn() * 4.0;
        match *name {
            "half.weight" => weights.insert_half(*name, &values),
            name => weights.insert(name, values),
        }
    }
    weights
}

#[test]
fn weights_are_replaced_wherever_they_stand() {
    let runtime = Runtime::load(None).expect("`cargo xtask setup` fetches ONNX Runtime");
    let options = SessionOptions::default();
    let input = arr2(&[[0.5, -1.25, 3.0]]).into_dyn();
    let run = |session: Session| -> ArrayD<f32> {
        let inputs = [("input", input.view())];
        session.run(&inputs, &CancelToken::new(), |outputs| Ok(outputs.at(0)?.values().to_owned())).unwrap()
    };
    for name in ["linear.onnx", "linear_inline.onnx"] {
        for (replaced, factor) in [
            (&[][..], 2.0),
            (&["float.weight"], 4.0),
            (&["half.weight"], 8.0),
            (&["float.weight", "half.weight"], 16.0),
        ] {
            let session = load_with(&runtime, &golden(name), fourfold(replaced), &options).unwrap();
            assert_eq!(run(session), &input * factor, "{name} {replaced:?}");
        }
        invalid(load_with(&runtime, &golden(name), fourfold(&["other"]), &options), &[name, "`other`"]);
        let mut wide = Weights::new();
        wide.insert("float.weight", ArrayD::zeros(vec![3, 4]));
        invalid(load_with(&runtime, &golden(name), wide, &options), &[name, "dimensions"]);
    }
}

#[test]
fn damaged_graphs_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.onnx");
    let graph = fs::read(golden("linear.onnx")).unwrap();
    let weights = |tensors: &[Tensor]| {
        fs::write(&path, with_initializers(&graph, tensors)).unwrap();
        Initializers::of_file(&path)
    };
    let tensor = Tensor { name: "more".into(), dims: vec![2], data_type: 1, ..Tensor::default() };
    let twice = Tensor { name: "half.weight".into(), ..tensor.clone() };
    invalid(weights(&[twice]), &["model.onnx", "same name"]);
    invalid(weights(&[Tensor { dims: vec![-1], ..tensor.clone() }]), &["below 0"]);
    invalid(weights(&[Tensor { dims: vec![1; 17], ..tensor.clone() }]), &["too many sides"]);
    invalid(
        weights(std::slice::from_ref(&tensor)).unwrap().read("more"),
        &["model.onnx", "`more`", "[2] and 0 numbers"],
    );

    let entry = |(key, value): (&str, &str)| Entry { key: key.into(), value: value.into() };
    let external = |entries: &[(&str, &str)]| {
        let external_data = entries.iter().copied().map(entry).collect();
        weights(&[Tensor { data_location: 1, external_data, ..tensor.clone() }]).unwrap().read("more")
    };
    fs::write(folder.path().join("data"), [0; 16]).unwrap();
    assert_eq!(external(&[("location", "data"), ("offset", "8")]).unwrap().values, [0.0, 0.0]);
    invalid(external(&[("location", "data"), ("offset", "12"), ("length", "8")]), &["data ends before"]);
    invalid(external(&[("location", "data"), ("offset", "99"), ("length", "8")]), &["data ends before"]);
    invalid(external(&[("location", "data"), ("length", "9999999999")]), &["longer than 1024 MiB"]);
    invalid(external(&[("location", "none")]), &["another file"]);

    fs::write(&path, &graph[..graph.len() / 2]).unwrap();
    invalid(Initializers::of_file(&path), &["not an ONNX model"]);
    fs::write(&path, "this is not ONNX").unwrap();
    invalid(Initializers::of_file(&path), &["not an ONNX model"]);
    assert_eq!(Initializers::of_file(&folder.path().join("none")).unwrap_err().kind(), ErrorKind::Io);
}

/// Writes 64 GiB of weights as a hole in a file, in front of the one that is read.
#[cfg(unix)]
#[test]
fn weights_are_stepped_over() {
    use std::io::Write;
    let mut file = hole::graph_with_a_hole();
    let last = Tensor {
        name: "last".into(),
        dims: vec![1],
        data_type: 1,
        float_data: vec![7.0],
        ..Tensor::default()
    };
    file.write_all(&with_initializers(&[], [last])).unwrap();
    let start = std::time::Instant::now();
    let weights = Initializers::of_file(file.path()).unwrap();
    assert_eq!(weights.read("last").unwrap().values, [7.0]);
    invalid(weights.read(""), &["longer than 1 GiB"]);
    assert!(start.elapsed() < std::time::Duration::from_secs(2));
}
