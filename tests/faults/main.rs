//! What goes wrong around facekit is an error, and the next call works.

#[path = "../support/check.rs"]
mod check;
#[cfg(all(target_os = "linux", feature = "cli"))]
mod disk;
#[cfg(all(target_os = "linux", feature = "cli"))]
#[path = "../support/noise.rs"]
mod noise;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use facekit::models::{LicensePolicy, Models, Role, Store};
use facekit::params::{DetectParams, RestoreParams};
use facekit::picture::write_atomic;
use facekit::runtime::{Provider, Runtime, SessionOptions};
use facekit::{CancelToken, Control, Engine, ErrorKind, Image, LogLevel, LogRecord, PixelFormat, Request};
use ndarray::ArrayD;
use tempfile::TempDir;

/// The detectors that fail in a bright picture.
const FAILING: [&str; 3] = ["gather", "reshape", "petabytes"];

fn golden(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).to_str().unwrap().to_owned()
}

fn one_face() -> String {
    golden("pipelines/one_face.onnx")
}

fn failing(name: &str) -> String {
    golden(&format!("faults/{name}.onnx"))
}

fn by(detector: &str) -> DetectParams {
    DetectParams { detector: Some(detector.to_owned()), ..DetectParams::default() }
}

fn dark() -> Image {
    Image::new(64, 64, PixelFormat::Rgb).unwrap()
}

fn bright() -> Image {
    Image::from_pixels(64, 64, PixelFormat::Rgb, vec![255; 64 * 64 * 3]).unwrap()
}

fn engine() -> Engine {
    Engine::builder().build().unwrap()
}

/// Fails unless the engine finds the one face that a detector finds in every dark picture.
#[track_caller]
fn works(engine: &Engine, detector: &str) {
    assert_eq!(engine.detect(&dark(), &by(detector)).unwrap().faces.len(), 1);
}

/// The error of a detector that must fail.
#[track_caller]
fn fails(engine: &Engine, image: &Image, detector: &str, kind: ErrorKind) -> String {
    let error = engine.detect(image, &by(detector)).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    error.to_string()
}

#[test]
fn a_run_that_fails_inside_onnx_runtime_leaves_the_engine_well() {
    let reloads = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&reloads);
    let log = move |record: LogRecord<'_>| {
        if record.message.contains("loaded anew") {
            told.lock().unwrap().push(record.message.to_owned());
        }
    };
    let engine = Engine::builder().on_log(LogLevel::Warning, log).build().unwrap();
    for name in FAILING {
        for _ in 0..2 {
            let said = fails(&engine, &bright(), &failing(name), ErrorKind::Inference);
            assert!(said.contains(name) && said.contains("provider cpu") && !said.ends_with('\n'), "{said}");
            works(&engine, &failing(name));
            works(&engine, &one_face());
        }
    }
    let reloads = reloads.lock().unwrap();
    assert_eq!(reloads.len(), 4, "{reloads:?}");
    assert!(reloads.iter().all(|told| told.contains("reshape") || told.contains("petabytes")), "{reloads:?}");
}

#[test]
fn threads_that_fail_do_not_disturb_those_that_work() {
    let engine = engine();
    std::thread::scope(|scope| {
        for name in FAILING {
            let engine = &engine;
            scope.spawn(move || {
                for _ in 0..20 {
                    fails(engine, &bright(), &failing(name), ErrorKind::Inference);
                }
            });
            scope.spawn(move || (0..20).for_each(|_| works(engine, &failing(name))));
        }
    });
}

#[test]
fn a_session_that_failed_by_more_than_its_input_is_loaded_anew() {
    let runtime = Runtime::load(None).unwrap();
    let store = Store::open(Vec::new(), LicensePolicy::default());
    let models = Models::new(runtime, store, SessionOptions::default(), None);
    for (name, is_spent) in [("gather", false), ("reshape", true), ("petabytes", true)] {
        let load = || models.get(Role::Detector, Some(&failing(name))).unwrap();
        let model = load();
        assert!(Arc::ptr_eq(&model, &load()), "{name}");
        let run = |value| {
            let input = ArrayD::from_elem(vec![1, 3, 64, 64], value);
            model.run(&[("input", input.view())], &CancelToken::new(), |_| Ok(()))
        };
        assert!(run(0.0).is_ok() && !model.session.is_spent());
        assert_eq!(run(1.0).unwrap_err().kind(), ErrorKind::Inference);
        assert_eq!(model.session.is_spent(), is_spent, "{name}");
        assert_eq!(!Arc::ptr_eq(&model, &load()), is_spent, "{name}");
        assert!(!load().session.is_spent() && Arc::ptr_eq(&load(), &load()), "{name}");
        assert!(run(0.0).is_ok(), "who holds it may still try it");
    }
}

#[test]
fn a_provider_that_is_not_there_is_told_of_or_refused() {
    let wanted = [Provider::CoreMl, Provider::Cuda(99)].map(|provider| (provider, engine().probe(provider)));
    let Some((provider, _)) = wanted.into_iter().find(|(_, probed)| probed.is_err()) else {
        check::say(format_args!("skipped: every provider is there"));
        return;
    };
    let engine = Engine::builder().providers([provider]).build().unwrap();
    works(&engine, &one_face());
    let [loaded] = &engine.loaded_models()[..] else { panic!("{:?}", engine.loaded_models()) };
    assert_eq!((loaded.provider, loaded.refusals[0].provider), (Provider::Cpu, provider));

    let strict = Engine::builder().providers([provider]).strict(true).build().unwrap();
    for _ in 0..2 {
        let said = fails(&strict, &dark(), &one_face(), ErrorKind::ProviderUnavailable);
        assert!(said.contains(&provider.to_string()) && said.contains("strict"), "{said}");
    }
    assert!(strict.loaded_models().is_empty());
    works(&engine, &one_face());
}

#[test]
fn a_callback_that_panics_takes_nothing_with_it() {
    let engine = engine();
    let photo = dark();
    let params = RestoreParams { detect: by(&one_face()), ..RestoreParams::default() };
    let request = Request::Restore { image: (&photo).into(), params };
    let loud = Control::new().on_progress(|_| std::panic::resume_unwind(Box::new("by the caller")));
    for _ in 0..3 {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| engine.run(&request, &loud)));
        assert!(caught.is_err(), "the callback was not called");
        assert!(engine.run(&request, &Control::new()).is_ok());
    }
}

#[test]
fn a_model_that_exceeds_the_budget_is_an_error_and_a_smaller_one_works() {
    let small = fs::metadata(golden("pipelines/brighter.onnx")).unwrap().len();
    let detector = fs::metadata(one_face()).unwrap().len();
    let engine = Engine::builder().memory_budget(detector + small).build().unwrap();
    let restore = |restorer: &str| {
        let restorer = Some(golden(restorer));
        let params = RestoreParams { detect: by(&one_face()), restorer, ..RestoreParams::default() };
        engine.restore(&dark(), &params)
    };
    let folder = TempDir::new().unwrap();
    let large = folder.path().join("large.onnx");
    // A field that ONNX does not know, of 16,384 zeros, makes the same graph longer than the budget.
    let mut bytes = fs::read(one_face()).unwrap();
    bytes.extend([0xFA, 0x3E, 0x80, 0x80, 0x01]);
    bytes.resize(bytes.len() + (1 << 14), 0);
    fs::write(&large, bytes).unwrap();
    for _ in 0..2 {
        let said = fails(&engine, &dark(), large.to_str().unwrap(), ErrorKind::OutOfMemory);
        assert!(said.contains("large") && said.contains("memory budget"), "{said}");
        works(&engine, &one_face());
        assert_eq!(restore("pipelines/brighter.onnx").unwrap().faces.len(), 1);
    }
}

#[test]
fn a_model_file_that_changes_under_the_engine_is_an_error_until_it_is_whole_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("detector.onnx");
    let whole = fs::read(one_face()).unwrap();
    fs::write(&path, &whole).unwrap();
    let open = || Engine::builder().models(folder.path()).build().unwrap();

    // Loaded, it no longer needs its file.
    let loaded = open();
    works(&loaded, "detector");
    for spoiled in [&whole[..whole.len() / 2], b"", b"no model at all"] {
        fs::write(&path, &whole).unwrap();
        let engine = open();
        fs::write(&path, spoiled).unwrap();
        let said = fails(&engine, &dark(), "detector", ErrorKind::InvalidModel);
        assert!(said.contains("detector.onnx"), "{said}");
        works(&loaded, "detector");
        works(&engine, &one_face());
        fs::write(&path, &whole).unwrap();
        works(&engine, "detector");
    }
    let engine = open();
    fs::remove_file(&path).unwrap();
    let error = engine.detect(&dark(), &by("detector")).unwrap_err();
    assert!(error.to_string().contains("detector.onnx"), "{error}");
    works(&loaded, "detector");
    fs::write(&path, &whole).unwrap();
    works(&engine, "detector");
}

#[test]
fn a_graph_cache_that_cannot_be_written_costs_nothing_but_time() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let mut places = vec![file.clone(), file.join("below")];
    if cfg!(target_os = "linux") {
        places.push("/proc/facekit".into());
    }
    for place in places {
        let engine = Engine::builder().graph_cache(&place).build().unwrap();
        works(&engine, &one_face());
        works(&engine, &failing("gather"));
    }
}

#[test]
fn a_folder_that_goes_away_is_an_error_and_another_takes_the_picture() {
    let folder = TempDir::new().unwrap();
    let gone: PathBuf = folder.path().join("gone");
    fs::create_dir(&gone).unwrap();
    write_atomic(gone.join("a.png"), b"first").unwrap();
    fs::remove_dir_all(&gone).unwrap();
    let error = write_atomic(gone.join("b.png"), b"second").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("b.png"), "{error}");
    write_atomic(folder.path().join("b.png"), b"second").unwrap();
}
