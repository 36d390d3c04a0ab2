//! Loading ONNX Runtime and running models on it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use facekit::runtime::{Outputs, Place, Provider, Runtime, Session, SessionOptions, Value, Weights};
use facekit::{CancelToken, ErrorKind};
use ndarray::{Array2, ArrayD, arr2};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/runtime").join(name)
}

fn runtime() -> Arc<Runtime> {
    Runtime::load(None).expect("`cargo xtask setup` fetches ONNX Runtime")
}

fn session(name: &str) -> Session {
    Session::from_file(&runtime(), &golden(name), &SessionOptions::default()).unwrap()
}

fn run(session: &Session, input: &ArrayD<f32>) -> facekit::Result<ArrayD<f32>> {
    session.run(&[("input", input.view())], &CancelToken::new(), |outputs| {
        Ok(outputs.at(0)?.values().to_owned())
    })
}

#[test]
fn every_float_type_is_converted_both_ways() {
    let input = arr2(&[[0.5, -1.25, 3.0], [4.0, 5.0, 6.0]]).into_dyn();
    for name in ["double_f32.onnx", "double_f16.onnx", "double_f64.onnx"] {
        assert_eq!(run(&session(name), &input).unwrap(), &input * 2.0, "{name}");
    }
    let transposed = arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).reversed_axes().into_dyn();
    assert_eq!(run(&session("double_f32.onnx"), &transposed).unwrap(), &transposed * 2.0);
}

#[test]
fn a_model_in_memory_is_the_model_in_its_file() {
    let bytes = std::fs::read(golden("double_f32.onnx")).unwrap();
    let session = Session::from_memory(&runtime(), bytes, &SessionOptions::default()).unwrap();
    let input = arr2(&[[1.0, 2.0, 3.0]]).into_dyn();
    assert_eq!(run(&session, &input).unwrap(), &input * 2.0);
    assert_eq!(session.inputs().next().unwrap().dims, [None, Some(3)]);
    assert_eq!(session.provider(), Provider::Cpu);
}

#[test]
fn wrong_inputs_are_refused_by_name() {
    let session = session("double_f32.onnx");
    let input = ArrayD::zeros(vec![1, 3]);
    let error = session.run(&[("x", input.view())], &CancelToken::new(), |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.to_string().contains("no input `x`; it has input"), "{error}");
    assert_eq!(run(&session, &ArrayD::zeros(vec![1, 4])).unwrap_err().kind(), ErrorKind::Inference);
}

#[test]
fn what_is_not_a_model_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "this is not ONNX").unwrap();
    let error = Session::from_file(&runtime(), file.path(), &SessionOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.to_string().starts_with(&file.path().display().to_string()), "{error}");
}

/// How many of three runs, each of which waits for a third, come together before they give up waiting.
fn runs_at_once(parallel_runs: usize) -> usize {
    let options = SessionOptions { parallel_runs, ..SessionOptions::default() };
    let session = Session::from_file(&runtime(), &golden("double_f32.onnx"), &options).unwrap();
    let (state, changed) = (Mutex::new((0, 0)), Condvar::new());
    let meet = || {
        let input = arr2(&[[1.0, 2.0, 3.0]]).into_dyn();
        let read = |outputs: &Outputs<'_>| {
            let mut counts = state.lock().unwrap();
            counts.0 += 1;
            counts.1 = counts.1.max(counts.0);
            changed.notify_all();
            let wait = Duration::from_millis(300);
            let (mut counts, _) = changed.wait_timeout_while(counts, wait, |(now, _)| *now < 3).unwrap();
            counts.0 -= 1;
            Ok(outputs.at(0)?.values().to_owned())
        };
        let output = session.run(&[("input", input.view())], &CancelToken::new(), read).unwrap();
        assert_eq!(output, &input * 2.0);
    };
    std::thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(meet))));
    state.into_inner().unwrap().1
}

#[test]
fn as_many_runs_go_on_at_once_as_are_allowed() {
    assert_eq!([1, 2, 3].map(runs_at_once), [1, 2, 3]);
}

#[test]
fn canceling_stops_a_run_in_the_middle() {
    let session = session("slow.onnx");
    let input = ArrayD::zeros(vec![1, 3, 256, 256]);
    let cancel = CancelToken::new();
    let started = Instant::now();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            cancel.cancel();
        });
        session.run(&[("input", input.view())], &cancel, |_| Ok(())).unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::Canceled);
    assert!(started.elapsed() >= Duration::from_millis(200), "it was stopped before it ran");
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?} to stop", started.elapsed());
    let error = session.run(&[("input", input.view())], &cancel, |_| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Canceled, "a canceled token starts nothing");
}

#[test]
fn a_provider_that_is_not_there_is_reported_or_refused() {
    if runtime().probe(Provider::CoreMl).is_ok() {
        let _ = writeln!(std::io::stderr(), "skipped: this machine has Core ML");
        return;
    }
    let mut options = SessionOptions { providers: vec![Provider::CoreMl], ..SessionOptions::default() };
    let session = Session::from_file(&runtime(), &golden("double_f32.onnx"), &options).unwrap();
    assert_eq!(session.provider(), Provider::Cpu);
    assert_eq!(session.refusals()[0].provider, Provider::CoreMl);
    assert!(!session.refusals()[0].reason.is_empty());

    options.strict = true;
    let error = Session::from_file(&runtime(), &golden("double_f32.onnx"), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderUnavailable);
    assert!(error.to_string().contains("coreml"), "{error}");
}

#[test]
fn optimised_graphs_are_kept_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        SessionOptions { graph_cache: Some(folder.path().join("graphs")), ..SessionOptions::default() };
    let input = arr2(&[[1.0, 2.0, 3.0]]).into_dyn();
    for _ in 0..2 {
        let session = Session::from_file(&runtime(), &golden("double_f32.onnx"), &options).unwrap();
        assert_eq!(run(&session, &input).unwrap(), &input * 2.0);
        let kept: Vec<_> = folder.path().join("graphs").read_dir().unwrap().flatten().collect();
        assert_eq!(kept.len(), 1, "{kept:?}");
    }
    let kept = folder.path().join("graphs").read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::write(&kept, "damaged").unwrap();
    let session = Session::from_file(&runtime(), &golden("double_f32.onnx"), &options).unwrap();
    assert_eq!(run(&session, &input).unwrap(), &input * 2.0, "a damaged cache is made again");
}

#[test]
fn threads_share_one_session() {
    let session = session("double_f32.onnx");
    std::thread::scope(|scope| {
        for i in 0..8 {
            let session = &session;
            scope.spawn(move || {
                let input = ArrayD::from_elem(vec![1, 3], i as f32);
                for _ in 0..50 {
                    assert_eq!(run(session, &input).unwrap(), &input * 2.0);
                }
            });
        }
    });
}

#[test]
fn another_library_cannot_be_loaded_beside_the_first() {
    runtime();
    let error = Runtime::load(Some(Path::new("elsewhere/libonnxruntime.so"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RuntimeUnavailable);
    assert!(error.to_string().contains("already uses"), "{error}");
}

#[test]
fn the_version_is_known() {
    let runtime = runtime();
    assert!(runtime.info().version.starts_with("1."), "{:?}", runtime.info());
}

/// Twice the identity in each layer, instead of in one.
fn fourfold() -> Weights {
    let mut weights = Weights::new();
    weights.insert("float.weight", Array2::eye(3).into_dyn() * 2.0);
    weights.insert_half("half.weight", &(Array2::eye(3).into_dyn() * 2.0));
    weights
}

#[test]
fn weights_take_the_place_of_a_graphs_own() {
    let input = arr2(&[[0.5, -1.25, 3.0]]).into_dyn();
    assert_eq!(run(&session("linear.onnx"), &input).unwrap(), &input * 2.0);
    let weights = fourfold();
    assert_eq!(weights.names().collect::<Vec<_>>(), ["float.weight", "half.weight"]);
    assert_eq!(weights.bytes(), 9 * 4 + 9 * 2);
    let folder = tempfile::tempdir().unwrap();
    let options =
        SessionOptions { graph_cache: Some(folder.path().join("graphs")), ..SessionOptions::default() };
    let session =
        Session::from_file_with(&runtime(), &golden("linear.onnx"), weights.clone(), &options).unwrap();
    assert_eq!(run(&session, &input).unwrap(), &input * 4.0);
    assert!(!folder.path().join("graphs").exists(), "the graph with other weights is not kept");

    let graph = std::fs::read(golden("linear.onnx")).unwrap();
    let folder = golden("linear.onnx").parent().unwrap().to_owned();
    let mut half = Weights::new();
    half.insert_half("half.weight", &(Array2::eye(3).into_dyn() * 4.0));
    let session = Session::from_memory_with(&runtime(), &graph, &folder, half, &options).unwrap();
    assert_eq!(run(&session, &input).unwrap(), &input * 8.0);
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let refused = |name: &str, values: ArrayD<f32>| {
        let mut weights = fourfold();
        weights.insert(name, values);
        let options = SessionOptions::default();
        let path = golden("linear.onnx");
        let error = Session::from_file_with(&runtime(), &path, weights, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidModel);
        assert!(error.to_string().contains("linear.onnx"), "{error}");
        error.to_string()
    };
    assert!(refused("other.weight", ArrayD::zeros(vec![3, 3])).contains("other.weight"));
    assert!(refused("float.weight", ArrayD::zeros(vec![3, 4])).contains("dimensions"));
    assert!(refused("half.weight", ArrayD::zeros(vec![3, 3])).contains("type"));
}

#[test]
fn bound_inputs_stay_and_outputs_go_to_other_sessions() {
    let (first, second) = (session("double_f32.onnx"), session("linear.onnx"));
    let input = arr2(&[[0.5, -1.25, 3.0], [4.0, 5.0, 6.0]]).into_dyn();
    let cancel = CancelToken::new();
    for place in [Place::Host, Place::Device] {
        let (mut one, mut two) = (first.bind(place).unwrap(), second.bind(place).unwrap());
        one.set("input", &input.view()).unwrap();
        let [twice]: [Value; 1] = one.run(&cancel).unwrap().try_into().unwrap();
        assert_eq!(twice.dims(), [2, 3]);
        two.set_value("input", &twice).unwrap();
        assert_eq!(two.run(&cancel).unwrap()[0].to_array().unwrap(), &input * 4.0);
        let again = one.run(&cancel).unwrap();
        assert_eq!(again[0].to_array().unwrap(), &input * 2.0, "the input is set once");

        let shorter = arr2(&[[1.0, 2.0, 3.0]]).into_dyn();
        one.set("input", &shorter.view()).unwrap();
        assert_eq!(one.run(&cancel).unwrap()[0].to_array().unwrap(), &shorter * 2.0);
        assert_eq!(twice.to_array().unwrap(), &input * 2.0, "a later run does not write over it");
        drop(one);
        assert_eq!(two.run(&cancel).unwrap()[0].to_array().unwrap(), &input * 4.0);
    }
}

#[test]
fn bound_values_are_converted_between_float_types() {
    let input = arr2(&[[0.5, -1.25, 3.0]]).into_dyn();
    let cancel = CancelToken::new();
    let sessions = ["double_f32.onnx", "double_f16.onnx", "double_f64.onnx"].map(session);
    let mut values: Vec<Value> = Vec::new();
    for session in &sessions {
        let mut binding = session.bind(Place::Device).unwrap();
        match values.last() {
            None => binding.set("input", &input.view()).unwrap(),
            Some(value) => binding.set_value("input", value).unwrap(),
        }
        values.extend(binding.run(&cancel).unwrap());
    }
    for (value, factor) in values.iter().zip([2.0, 4.0, 8.0]) {
        assert_eq!(value.to_array().unwrap(), &input * factor);
    }
}

#[test]
fn bindings_refuse_what_the_session_would() {
    let session = session("double_f32.onnx");
    let mut binding = session.bind(Place::Host).unwrap();
    let cancel = CancelToken::new();
    assert_eq!(binding.run(&cancel).unwrap_err().kind(), ErrorKind::Inference, "no input was set");
    let error = binding.set("x", &ArrayD::zeros(vec![1, 3]).view()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidModel);
    assert!(error.to_string().contains("no input `x`; it has input"), "{error}");
    let strange = ArrayD::zeros(vec![1, 4]);
    let set = binding.set("input", &strange.view());
    assert_eq!(set.and_then(|()| binding.run(&cancel)).unwrap_err().kind(), ErrorKind::Inference);
    binding.set("input", &ArrayD::zeros(vec![1, 3]).view()).unwrap();
    assert!(binding.run(&cancel).is_ok());
}

#[test]
fn canceling_stops_a_bound_run_in_the_middle() {
    let session = session("slow.onnx");
    let mut binding = session.bind(Place::Host).unwrap();
    binding.set("input", &ArrayD::zeros(vec![1, 3, 256, 256]).view()).unwrap();
    let cancel = CancelToken::new();
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            cancel.cancel();
        });
        assert_eq!(binding.run(&cancel).unwrap_err().kind(), ErrorKind::Canceled);
    });
    assert!(started.elapsed() >= Duration::from_millis(200), "it was stopped before it ran");
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?} to stop", started.elapsed());
}
