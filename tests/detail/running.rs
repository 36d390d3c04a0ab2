//! Progress, previews, cancellation, completion and memory.

use std::sync::{Arc, Mutex};

use facekit::params::DetailParams;
use facekit::{CancelToken, Control, Engine, ErrorKind, Request, Response};

use super::{astronaut, engine, only, params};

#[test]
fn progress_rises_and_every_step_has_a_preview() {
    let photo = astronaut();
    let seen = Arc::new(Mutex::new((Vec::new(), Vec::new(), Vec::new())));
    let (on_progress, on_preview, on_completion) = (seen.clone(), seen.clone(), seen.clone());
    let control = Control::new()
        .on_progress(move |step| on_progress.lock().unwrap().0.push((step.stage.to_owned(), step.fraction)))
        .on_preview(move |preview| {
            assert_eq!(preview.rgb.len(), 3 * (preview.width * preview.height) as usize);
            on_preview.lock().unwrap().1.push((preview.width, preview.step, preview.steps));
        })
        .on_completion(move |completion| on_completion.lock().unwrap().2.push(completion.error.is_none()));
    let request = Request::Detail { image: (&photo).into(), params: params() };
    let response = engine().run(&request, &control).unwrap();
    assert!(matches!(response, Response::Detail(_)));
    let (progress, previews, completions) = &*seen.lock().unwrap();
    assert!(progress.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{progress:?}");
    assert_eq!(progress.last().unwrap().1, 1.0);
    assert!(progress.iter().filter(|(stage, _)| stage == "diffuse").count() >= 15);
    let expected: Vec<_> = (1..=15).map(|step| (16, step, 15)).collect();
    assert_eq!(previews, &expected);
    assert_eq!(completions, &[true]);
}

#[test]
fn a_call_is_canceled_between_steps_and_says_so_once() {
    let photo = astronaut();
    let stop = CancelToken::new();
    let canceled = stop.clone();
    let ends = Arc::new(Mutex::new(Vec::new()));
    let on_completion = ends.clone();
    let control = Control::new()
        .cancel_with(stop)
        .on_preview(move |preview| {
            assert!(preview.step <= 3, "canceled after step 3");
            if preview.step == 3 {
                canceled.cancel();
            }
        })
        .on_completion(move |end| on_completion.lock().unwrap().push(end.error.map(facekit::Error::kind)));
    let request = Request::Detail { image: (&photo).into(), params: params() };
    let error = engine().run(&request, &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Canceled);
    assert_eq!(*ends.lock().unwrap(), [Some(ErrorKind::Canceled)]);
}

#[test]
fn a_call_is_canceled_inside_a_step() {
    let photo = astronaut();
    let mut params = params();
    params.crop.guide_size = 1024;
    let stop = CancelToken::new();
    let (armed, arm) = std::sync::mpsc::channel();
    let canceled = stop.clone();
    let canceler = std::thread::spawn(move || {
        arm.recv().unwrap();
        // The first step of this size runs much longer than that.
        std::thread::sleep(std::time::Duration::from_millis(50));
        canceled.cancel();
        std::time::Instant::now()
    });
    let armed = Mutex::new(Some(armed));
    let control = Control::new().cancel_with(stop).on_progress(move |step| {
        if step.stage == "diffuse"
            && let Some(armed) = armed.lock().unwrap().take()
        {
            armed.send(()).unwrap();
        }
    });
    let request = Request::Detail { image: (&photo).into(), params };
    let error = engine().run(&request, &control).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Canceled);
    let waited = canceler.join().unwrap().elapsed();
    assert!(waited.as_secs_f64() < 5.0, "{waited:?} after the cancellation");
}

#[test]
fn a_small_memory_budget_releases_parts_in_turn_and_changes_nothing() {
    let photo = astronaut();
    // The landmarker alone takes 665 kB, and all models together 1.8 MB.
    let tight = Engine::builder().memory_budget(1_400_000).build().unwrap();
    let mut small = params();
    small.crop.guide_size = 64;
    let bound = tight.detail(&photo, &small).unwrap();
    let free = engine();
    assert_eq!(only(&free.detail(&photo, &small).unwrap()).pixels(), only(&bound).pixels());
    assert!(tight.loaded_models().len() < free.loaded_models().len(), "{:?}", tight.loaded_models());
    // The prompts one after another, for want of room for a batch.
    let tight = Engine::builder().memory_budget(5 << 20).build().unwrap();
    assert_eq!(
        only(&free.detail(&photo, &params()).unwrap()).pixels(),
        only(&tight.detail(&photo, &params()).unwrap()).pixels()
    );
    let none = Engine::builder().memory_budget(1 << 10).build().unwrap();
    let error = none.detail(&photo, &DetailParams { ..params() }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory, "{error}");
}
