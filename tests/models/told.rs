//! What an engine tells of its models, and what it loads and drops when asked.

use std::sync::{Arc, Mutex};

use facekit::job::{Jobs, JobsOptions};
use facekit::models::Role;
use facekit::params::{DetectParams, SwapEngine, SwapParams};
use facekit::runtime::Provider;
use facekit::{Engine, EngineBuilder, ErrorKind, Image, Limits, LogLevel, Request};
use tempfile::TempDir;

use crate::golden_swapper;

const DETECTOR: &str = "facekit-lite-detect";
const RESTORER: &str = "facekit-lite-restore";

/// An engine, and what it has told: the level, the target and the message of each record.
fn listened(builder: EngineBuilder, level: LogLevel) -> (Engine, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    let builder = builder.on_log(level, move |record| {
        kept.lock().unwrap().push(format!("{} {}: {}", record.level.name(), record.target, record.message));
    });
    (builder.build().unwrap(), told)
}

fn has(told: &Mutex<Vec<String>>, start: &str, words: &str) -> bool {
    told.lock().unwrap().iter().any(|record| record.starts_with(start) && record.contains(words))
}

fn names(engine: &Engine) -> Vec<String> {
    engine.loaded_models().into_iter().map(|model| model.name).collect()
}

#[test]
fn a_model_is_told_of_when_it_comes_and_when_it_makes_room() {
    let bytes = |name| {
        let store = Engine::builder().store();
        store.models().iter().find(|model| model.name() == name).unwrap().bytes()
    };
    let budget = bytes(DETECTOR).max(bytes(RESTORER));
    let (engine, told) = listened(Engine::builder().memory_budget(budget), LogLevel::Info);
    engine.load(Role::Detector, None).unwrap();
    assert!(has(
        &told,
        "info models: facekit-lite-detect (the embedded pack) was loaded: detector",
        "on cpu"
    ));
    engine.load(Role::Restorer, Some(RESTORER)).unwrap();
    assert!(has(&told, "info models: facekit-lite-detect", "leaves memory"));
    assert_eq!(names(&engine), [RESTORER]);
}

#[test]
fn models_are_loaded_and_dropped_on_request() {
    let (engine, told) = listened(Engine::builder(), LogLevel::Info);
    let loaded = engine.load(Role::Detector, None).unwrap();
    assert_eq!((loaded.len(), loaded[0].name.as_str(), loaded[0].provider), (1, DETECTOR, Provider::Cpu));
    engine.load(Role::Restorer, None).unwrap();
    assert_eq!(engine.unload(Some("another")), 0);
    assert_eq!(engine.unload(Some("FACEKIT-LITE-DETECT")), 1);
    assert!(has(&told, "info models: facekit-lite-detect", "has left memory"));
    assert_eq!(names(&engine), [RESTORER]);
    assert_eq!((engine.unload(None), names(&engine).len()), (1, 0));
    let kind = |role| engine.load(role, None).unwrap_err().kind();
    assert_eq!([kind(Role::Lora), kind(Role::Depth)], [ErrorKind::Unsupported, ErrorKind::ModelNotFound]);
}

#[test]
fn the_graph_cache_and_onnx_runtime_are_told_of() {
    let folder = TempDir::new().unwrap();
    let start = || {
        let (engine, told) = listened(Engine::builder().graph_cache(folder.path()), LogLevel::Debug);
        engine.load(Role::Detector, None).unwrap();
        told
    };
    let told = start();
    assert!(has(&told, "debug graph_cache: the graph was optimised", "kept"));
    // ONNX Runtime warns of every graph that it keeps for one kind of processor.
    assert!(has(&told, "warning onnxruntime: ", "optimiz"), "{told:?}");
    assert!(has(&start(), "debug graph_cache: the optimised graph is that of", "onnx"));
}

#[test]
fn what_cannot_be_used_is_told_of_with_its_reason() {
    let folder = TempDir::new().unwrap();
    std::fs::copy(golden_swapper("inswapper_128"), folder.path().join("mine.onnx")).unwrap();
    std::fs::write(folder.path().join("broken.onnx"), "no graph").unwrap();
    let builder = Engine::builder().models(folder.path()).providers([Provider::Cuda(99), Provider::Cpu]);
    let (engine, told) = listened(builder, LogLevel::Info);
    assert!(has(&told, "warning models: ", "broken.onnx cannot be used"));
    assert!(has(&told, "info models: mine would be the default swapper", "its licence"));
    engine.load(Role::Detector, None).unwrap();
    assert!(has(&told, "warning providers: facekit-lite-detect", "cannot run on cuda:99"));

    let photo = photo();
    let swapped = engine.swap(&photo, &photo, &SwapParams::default()).unwrap();
    assert_eq!(swapped.engine, SwapEngine::Mesh);
    assert!(has(&told, "info pipelines: no swapper but the embedded one", "mesh"));
}

#[test]
fn the_life_of_a_job_is_told_of() {
    let (engine, told) = listened(Engine::builder(), LogLevel::Debug);
    let jobs = Jobs::new(&engine, JobsOptions::default()).unwrap();
    let submit = |params| {
        let job = jobs.submit(Request::Detect { image: photo().into(), params }, Default::default()).unwrap();
        job.wait(None).unwrap();
        job.id()
    };
    let good = submit(DetectParams::default());
    let bad = submit(DetectParams { tile_overlap: 2.0, ..DetectParams::default() });
    drop(jobs);
    assert!(has(&told, &format!("debug jobs: job {good} (detect) has joined"), ""));
    assert!(has(&told, &format!("info jobs: job {good} (detect) has completed in"), " ms"));
    assert!(has(&told, &format!("error jobs: job {bad} (detect) has failed: "), "tile_overlap"));
}

fn photo() -> Image {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
    Image::open(path, &Limits::default()).unwrap()
}
