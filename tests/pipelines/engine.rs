//! The engine: shared between threads, with progress, cancellation, a memory budget and a licence policy.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use facekit::models::{LicensePolicy, Role};
use facekit::params::{Angles, DetectParams, RestoreParams};
use facekit::runtime::Provider;
use facekit::{CancelToken, Control, Engine, ErrorKind, Image, Request, Response};

use crate::support::*;

#[test]
fn threads_share_an_engine() {
    let engine = Engine::builder().build().unwrap();
    let images = [square(&astronaut(), 200), square(&photo("grace_hopper.jpg"), 240)];
    let work = |engine: &Engine| {
        images.each_ref().map(|image| {
            let restored = engine.restore(image, &RestoreParams::default()).unwrap();
            (engine.detect(image, &DetectParams::default()).unwrap().faces, restored.image)
        })
    };
    // The threads come first, so that they also load the models at once.
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| engine.clone()).map(|engine| scope.spawn(move || work(&engine))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let expected = work(&engine);
    assert!(expected.iter().all(|(faces, _)| faces.len() == 1));
    assert!(all.iter().all(|found| *found == expected));
    assert_eq!(engine.loaded_models().len(), 2);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let image = square(&astronaut(), 300);
    let params = RestoreParams { upscale: 2, passes: 2, ..Default::default() };
    let run = |threads: usize, pool: usize| {
        let engine = Engine::builder().threads(threads).build().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(pool).build().unwrap();
        let restored = pool.install(|| engine.restore(&image, &params).unwrap());
        (restored.faces, restored.image)
    };
    let expected = run(1, 1);
    for (threads, pool) in [(1, 3), (2, 1)] {
        assert_eq!(run(threads, pool), expected, "{threads} threads of the runtime, {pool} of our own");
    }
}

#[test]
fn a_request_does_what_its_method_does() {
    let image = square(&astronaut(), 200);
    let control = Control::new();
    let Ok(Response::Detect(detection)) =
        engine().run(&Request::Detect { image: (&image).into(), params: DetectParams::default() }, &control)
    else {
        panic!("a detection")
    };
    assert_eq!(detection.faces, engine().detect(&image, &DetectParams::default()).unwrap().faces);
}

/// What a request reports, each with its stage, and whether it failed.
fn progress(request: &Request<'_>) -> Vec<(String, f32)> {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&steps);
    let control =
        Control::new().on_progress(move |p| sink.lock().unwrap().push((p.stage.to_owned(), p.fraction)));
    engine().run(request, &control).unwrap();
    steps.lock().unwrap().clone()
}

#[test]
fn progress_grows_to_the_end() {
    let image = pattern(400, 300);
    let params = DetectParams { tile_size: 200, angles: Angles(vec![0, 180]), ..Default::default() };
    let detect = Request::Detect { image: (&image).into(), params };
    let portrait = astronaut();
    let params = RestoreParams {
        upscale: 2,
        upscale_background: true,
        upscaler: Some(golden("pipelines/blur_x2.onnx")),
        ..restorer("models/gpen_256.onnx")
    };
    let restore = Request::Restore { image: (&portrait).into(), params };
    let mut requests =
        vec![(detect, &["detect"][..], 10), (restore, &["detect", "background", "restore"], 6)];
    if let Some(recognizer) = shared("models/recognize/mobilefacenet_128d.onnx") {
        let params = DetectParams {
            select: facekit::params::Select::Reference,
            reference: root().join("examples/photos/astronaut.png").to_str().map(str::to_owned),
            recognizer: recognizer.to_str().map(str::to_owned),
            tile_size: 150,
            ..Default::default()
        };
        requests.push((Request::Detect { image: (&portrait).into(), params }, &["detect"], 4));
    }
    for (request, stages, least) in requests {
        let steps = progress(&request);
        assert!(steps.len() >= least, "{steps:?}");
        assert!(steps.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{steps:?}");
        assert_eq!((steps[0].1, steps.last().unwrap().1), (0.0, 1.0), "{steps:?}");
        assert!(stages.iter().all(|stage| steps.iter().any(|(name, _)| name == stage)), "{steps:?}");
    }
}

#[test]
fn a_callback_may_cancel() {
    let image = astronaut();
    let request = Request::Restore { image: (&image).into(), params: restorer("models/gpen_256.onnx") };
    for stage in ["detect", "background", "restore"] {
        let token = CancelToken::new();
        let stop = token.clone();
        let control = Control::new().cancel_with(token).on_progress(move |p| {
            if p.stage == stage {
                stop.cancel();
            }
        });
        assert_eq!(engine().run(&request, &control).unwrap_err().kind(), ErrorKind::Canceled, "{stage}");
    }
    assert!(engine().run(&request, &Control::new()).is_ok());
}

#[test]
fn a_model_that_runs_for_minutes_can_be_canceled() {
    let engine = Engine::builder().licenses(LicensePolicy::Allow(vec!["slow".into()])).build().unwrap();
    let image = square(&astronaut(), 128);
    let params = restorer_of_one_face("runtime/slow.onnx");
    let request = Request::Restore { image: (&image).into(), params };
    let token = CancelToken::new();
    let control = Control::new().cancel_with(token.clone());
    let canceled = std::thread::scope(|scope| {
        let run = scope.spawn(|| engine.run(&request, &control));
        std::thread::sleep(Duration::from_millis(500));
        assert!(!run.is_finished());
        let asked = Instant::now();
        token.cancel();
        let error = run.join().unwrap().unwrap_err();
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        error
    });
    assert_eq!(canceled.kind(), ErrorKind::Canceled);
    assert_eq!(engine.detect(&astronaut(), &DetectParams::default()).unwrap().faces.len(), 1);
}

#[test]
fn a_model_beyond_the_memory_budget_is_refused() {
    let engine = Engine::builder().memory_budget(1000).build().unwrap();
    let error = engine.detect(&astronaut(), &DetectParams::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
    assert!(error.to_string().contains("the memory budget is 1000"), "{error}");
    // Models that fit take turns.
    let engine = Engine::builder().memory_budget(7200).build().unwrap();
    for name in ["models/gpen_256.onnx", "models/gfpgan.onnx", "models/gpen_1024.onnx"] {
        engine.restore(&square(&astronaut(), 64), &restorer_of_one_face(name)).unwrap();
    }
    let total: u64 = engine.loaded_models().len() as u64;
    assert!((1..4).contains(&total), "{:?}", engine.loaded_models());
}

#[test]
fn what_runs_each_model_is_told() {
    let engine = Engine::builder().providers([Provider::CoreMl]).build().unwrap();
    if engine.probe(Provider::CoreMl).is_ok() {
        let _ = writeln!(std::io::stderr(), "skipped: this machine has CoreML");
        return;
    }
    engine.detect(&astronaut(), &DetectParams::default()).unwrap();
    let [model] = engine.loaded_models().try_into().unwrap();
    assert_eq!((model.role, model.provider), (Role::Detector, Provider::Cpu));
    assert_eq!(model.refusals[0].provider, Provider::CoreMl);
    assert!(!model.refusals[0].reason.is_empty());

    let engine = Engine::builder().providers([Provider::CoreMl]).strict(true).build().unwrap();
    let error = engine.detect(&astronaut(), &DetectParams::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderUnavailable);
    assert!(error.to_string().contains("coreml"), "{error}");
}

#[test]
fn how_often_and_how_long_each_model_ran_is_told() {
    let engine = Engine::builder().build().unwrap();
    let started = Instant::now();
    for runs in 1..=2 {
        engine.detect(&astronaut(), &DetectParams::default()).unwrap();
        assert_eq!(engine.loaded_models()[0].runs, runs);
    }
    let time = engine.loaded_models()[0].run_time;
    assert!(!time.is_zero() && time < started.elapsed(), "{time:?}");
    let report = serde_json::to_value(engine.loaded_models()).unwrap();
    assert_eq!((&report[0]["runs"], &report[0]["run_time"]), (&2.into(), &time.as_secs_f64().into()));
}

#[test]
fn a_licence_without_commercial_use_has_to_be_named() {
    let Some(scrfd) = shared("models/detect/scrfd_500m_kps_NONCOMMERCIAL.onnx") else { return };
    let params = DetectParams { detector: scrfd.to_str().map(str::to_owned), ..Default::default() };
    let image: Image = astronaut();
    let error = engine().detect(&image, &params).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LicenseRefused);
    assert!(error.to_string().contains("scrfd_500m"), "{error}");
    for name in ["scrfd_500m", "LicenseRef-InsightFace-NonCommercial"] {
        let allow = LicensePolicy::Allow(vec![name.into()]);
        let engine = Engine::builder().licenses(allow).build().unwrap();
        assert_eq!(engine.detect(&image, &params).unwrap().faces.len(), 1);
    }
}

#[test]
fn without_the_embedded_models_there_is_none() {
    let engine = Engine::builder().embedded(false).build().unwrap();
    let error = engine.detect(&astronaut(), &DetectParams::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelNotFound);
    assert!(error.to_string().contains("facekit models"), "{error}");
}
