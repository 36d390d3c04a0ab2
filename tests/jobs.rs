//! Jobs: their line, their states, their ends, and what is kept of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use facekit::job::{Job, JobId, JobOptions, JobState, Jobs, JobsOptions};
use facekit::params::{DetectParams, RestoreParams};
use facekit::pipelines::{Detection, Restored};
use facekit::{CancelToken, Control, Engine, ErrorKind, Image, Limits, PixelFormat, Request, Response};

const LONG: Option<Duration> = Some(Duration::from_secs(120));

fn engine() -> Engine {
    Engine::builder().threads(1).build().unwrap()
}

fn jobs(options: JobsOptions) -> Jobs {
    Jobs::new(&engine(), options).unwrap()
}

fn small() -> Image {
    Image::new(64, 48, PixelFormat::Rgb).unwrap()
}

fn detect() -> Request<'static> {
    Request::Detect { image: small().into(), params: DetectParams::default() }
}

fn restore_portrait() -> Request<'static> {
    let portrait = Image::open("examples/photos/astronaut.png", &Limits::default()).unwrap();
    Request::Restore { image: portrait.into(), params: RestoreParams::default() }
}

/// What a pipeline refuses when it runs.
fn refused() -> Request<'static> {
    let params = DetectParams { score_threshold: Some(7.0), ..DetectParams::default() };
    Request::Detect { image: small().into(), params }
}

/// A job that says when it runs, and goes on when it is told to.
fn gated() -> (JobOptions, Receiver<()>, Sender<()>) {
    let (runs, running) = channel();
    let (go, gate) = channel();
    let gate = Mutex::new(gate);
    let control = Control::new().on_progress(move |step| {
        if step.fraction < 1.0 && runs.send(()).is_ok() {
            let _ = gate.lock().unwrap_or_else(PoisonError::into_inner).recv();
        }
    });
    (JobOptions { control, ..JobOptions::default() }, running, go)
}

/// Fills the only worker of a queue until the sender is dropped.
fn occupy(jobs: &Jobs) -> (Job, Sender<()>) {
    let (options, running, go) = gated();
    let job = jobs.submit(detect(), options).unwrap();
    running.recv_timeout(Duration::from_secs(60)).unwrap();
    (job, go)
}

#[test]
fn a_job_gives_what_the_call_gives() {
    let engine = engine();
    let jobs = Jobs::new(&engine, JobsOptions::default()).unwrap();
    let Request::Restore { image, params } = restore_portrait() else { unreachable!() };
    let direct = engine.restore(image.view(), &params).unwrap();
    let job = jobs.submit(Request::Restore { image, params }, JobOptions::default()).unwrap();
    assert_eq!(job.wait(LONG).unwrap(), JobState::Completed);
    let status = job.status();
    assert_eq!((status.pipeline, status.fraction, status.stage.as_str()), ("restore", 1.0, "restore"));
    let metrics = status.metrics.unwrap();
    assert!(metrics.stages.iter().any(|(stage, _)| *stage == "detect"), "{metrics:?}");
    assert!(status.ran >= metrics.inference_time && status.error.is_none());
    let restored: Restored = job.take_as().unwrap();
    assert!(restored.image == direct.image);
}

#[test]
fn a_job_goes_from_queued_through_processing_to_its_end() {
    let jobs = jobs(JobsOptions::default());
    let (first, go) = occupy(&jobs);
    let second = jobs.submit(detect(), JobOptions::default()).unwrap();
    let third = jobs.submit(refused(), JobOptions::default()).unwrap();
    let state = |job: &Job| job.status().state;
    assert_eq!(
        [&first, &second, &third].map(state),
        [JobState::Processing, JobState::Queued, JobState::Queued]
    );
    assert_eq!([&first, &second, &third].map(Job::ahead), [0, 0, 1]);
    let error = second.take().unwrap_err();
    assert!(error.to_string().contains("queued and has no result yet"), "{error}");
    let error = first.wait(Some(Duration::from_millis(20))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(state(&first), JobState::Processing, "a wait that ends does not end the job");
    drop(go);
    assert_eq!(first.wait(LONG).unwrap(), JobState::Completed);
    assert_eq!(second.wait(LONG).unwrap(), JobState::Completed);
    assert_eq!(third.wait(None).unwrap(), JobState::Failed);
    let error = third.take().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("score_threshold"), "{error}");
    assert_eq!(third.status().error.unwrap().kind(), ErrorKind::InvalidParameter);
}

#[test]
fn the_highest_priority_runs_first_and_of_equal_ones_who_came_first() {
    let jobs = jobs(JobsOptions::default());
    let (_first, go) = occupy(&jobs);
    let order = Arc::new(Mutex::new(Vec::new()));
    let submit = |(name, priority): (&'static str, i32)| {
        let order = order.clone();
        let control = Control::new().on_completion(move |_| order.lock().unwrap().push(name));
        jobs.submit(detect(), JobOptions { priority, control, ..JobOptions::default() }).unwrap()
    };
    let names =
        [("low", -5), ("first", 0), ("second", 0), ("urgent", i32::MAX), ("high", 3), ("last", i32::MIN)];
    let waiting = names.map(submit);
    assert_eq!(waiting.each_ref().map(Job::ahead), [4, 2, 3, 0, 1, 5]);
    drop(go);
    waiting.iter().for_each(|job| assert_eq!(job.wait(LONG).unwrap(), JobState::Completed));
    drop(jobs);
    assert_eq!(*order.lock().unwrap(), ["urgent", "high", "first", "second", "low", "last"]);
}

#[test]
fn a_full_queue_refuses_and_takes_again_when_there_is_room() {
    let jobs = jobs(JobsOptions { capacity: 2, ..JobsOptions::default() });
    let (_first, go) = occupy(&jobs);
    let second = jobs.submit(detect(), JobOptions::default()).unwrap();
    jobs.submit(detect(), JobOptions::default()).unwrap();
    let error = jobs.submit(detect(), JobOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QueueFull);
    assert!(error.to_string().contains("2 jobs wait already"), "{error}");
    second.cancel();
    assert_eq!(second.status().state, JobState::Canceled, "one that waits is canceled at once");
    let fourth = jobs.submit(detect(), JobOptions::default()).unwrap();
    drop(go);
    assert_eq!(fourth.wait(LONG).unwrap(), JobState::Completed);
}

#[test]
fn cancel_stops_a_job_that_runs_and_leaves_the_worker_healthy() {
    let jobs = jobs(JobsOptions::default());
    let (first, go) = occupy(&jobs);
    first.cancel();
    drop(go);
    assert_eq!(first.wait(LONG).unwrap(), JobState::Canceled);
    assert_eq!(first.take().unwrap_err().kind(), ErrorKind::Canceled);
    let next = jobs.submit(detect(), JobOptions::default()).unwrap();
    assert_eq!(next.wait(LONG).unwrap(), JobState::Completed);
    next.cancel();
    assert_eq!(next.status().state, JobState::Completed, "what has ended stays so");
}

#[test]
fn the_callers_token_cancels_all_its_jobs_and_a_job_only_itself() {
    let jobs = jobs(JobsOptions::default());
    let (_first, go) = occupy(&jobs);
    let token = CancelToken::new();
    let options =
        || JobOptions { control: Control::new().cancel_with(token.clone()), ..JobOptions::default() };
    let [alone, a, b] = [(); 3].map(|()| jobs.submit(detect(), options()).unwrap());
    alone.cancel();
    assert!(!token.is_canceled(), "a job does not cancel what shares its token");
    token.cancel();
    drop(go);
    for job in [alone, a, b] {
        assert_eq!(job.wait(LONG).unwrap(), JobState::Canceled);
    }
}

#[test]
fn a_job_that_panics_fails_and_the_next_one_runs() {
    let jobs = jobs(JobsOptions::default());
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let control = Control::new().on_progress(|_| panic!("a callback of the host"));
    let bad = jobs.submit(detect(), JobOptions { control, ..JobOptions::default() }).unwrap();
    assert_eq!(bad.wait(LONG).unwrap(), JobState::Failed);
    let control = Control::new().on_completion(|_| panic!("at the end"));
    let told = jobs.submit(detect(), JobOptions { control, ..JobOptions::default() }).unwrap();
    assert_eq!(told.wait(LONG).unwrap(), JobState::Completed);
    let next = jobs.submit(detect(), JobOptions::default()).unwrap();
    assert_eq!(next.wait(LONG).unwrap(), JobState::Completed);
    std::panic::set_hook(quiet);
    let error = bad.take().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(error.to_string().contains("a callback of the host"), "{error}");
}

#[test]
fn progress_and_the_end_are_told_once_and_in_order() {
    let jobs = jobs(JobsOptions::default());
    let steps = Arc::new(Mutex::new(Vec::new()));
    let ends = Arc::new(AtomicUsize::new(0));
    let (told, count) = (steps.clone(), ends.clone());
    let control = Control::new()
        .on_progress(move |step| told.lock().unwrap().push(step.fraction))
        .on_completion(move |end| {
            assert!(end.error.is_none());
            count.fetch_add(1, Ordering::SeqCst);
        });
    let job = jobs.submit(restore_portrait(), JobOptions { control, ..JobOptions::default() }).unwrap();
    job.wait(LONG).unwrap();
    drop(jobs);
    let steps = steps.lock().unwrap();
    assert!(steps.len() > 2 && steps.is_sorted(), "{steps:?}");
    assert_eq!(ends.load(Ordering::SeqCst), 1);
}

#[test]
fn a_result_is_taken_once_and_only_as_what_it_is() {
    let jobs = jobs(JobsOptions::default());
    let job = jobs.submit(detect(), JobOptions::default()).unwrap();
    job.wait(LONG).unwrap();
    let error = job.take_as::<Restored>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    let found: Detection = jobs.get(job.id()).unwrap().take_as().unwrap();
    assert_eq!((found.width, found.height), (64, 48));
    let error = job.take().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JobNotFound);
    assert!(error.to_string().contains("was taken before"), "{error}");
}

#[test]
fn what_has_ended_is_kept_for_a_time_and_forgotten_also_when_nobody_asks() {
    let jobs = jobs(JobsOptions { retention: Duration::from_secs(2), ..JobsOptions::default() });
    let job = jobs.submit(detect(), JobOptions::default()).unwrap();
    job.wait(LONG).unwrap();
    assert_eq!(jobs.list().len(), 1);
    let start = Instant::now();
    while !jobs.list().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "the worker forgets what has expired");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(jobs.get(job.id()).unwrap_err().kind(), ErrorKind::JobNotFound);
    assert_eq!(job.take().unwrap_err().kind(), ErrorKind::JobNotFound);
    assert_eq!(job.status().state, JobState::Completed, "a handle still knows how it ended");
}

#[test]
fn of_more_than_are_kept_the_oldest_is_forgotten() {
    let jobs = jobs(JobsOptions { kept: 2, ..JobsOptions::default() });
    let ended = [(); 3].map(|()| {
        let job = jobs.submit(detect(), JobOptions::default()).unwrap();
        job.wait(LONG).unwrap();
        job
    });
    let start = Instant::now();
    while jobs.list().len() > 2 && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(jobs.get(ended[0].id()).is_err());
    assert!(matches!(ended[2].take().unwrap(), Response::Detect(_)));
}

#[test]
fn dropping_the_queue_cancels_what_waits_and_what_runs() {
    let jobs = jobs(JobsOptions::default());
    let (first, go) = occupy(&jobs);
    let second = jobs.submit(detect(), JobOptions::default()).unwrap();
    let release = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        drop(go);
    });
    drop(jobs);
    release.join().unwrap();
    assert_eq!([first.status().state, second.status().state], [JobState::Canceled; 2]);
}

#[test]
fn a_completion_callback_may_drop_the_queue() {
    let jobs = jobs(JobsOptions::default());
    let last = Arc::new(Mutex::new(Some(jobs.clone())));
    let (told, end) = channel();
    let control = Control::new().on_completion(move |_| {
        drop(last.lock().unwrap().take());
        let _ = told.send(());
    });
    let (_first, go) = occupy(&jobs);
    jobs.submit(detect(), JobOptions { control, ..JobOptions::default() }).unwrap();
    drop(go);
    let wait = thread::spawn(move || end.recv_timeout(Duration::from_secs(60)));
    thread::sleep(Duration::from_millis(5));
    drop(jobs);
    wait.join().unwrap().unwrap();
}

#[test]
fn several_workers_and_many_submitters_lose_nothing() {
    let jobs = jobs(JobsOptions { workers: 3, capacity: 1000, kept: 1000, ..JobsOptions::default() });
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (jobs, done) = (&jobs, &done);
            scope.spawn(move || {
                for i in 0..12 {
                    let job = jobs.submit(detect(), JobOptions { priority: i % 3, ..JobOptions::default() });
                    let job = job.unwrap();
                    if (thread + i) % 4 == 0 {
                        job.cancel();
                    }
                    let state = job.wait(LONG).unwrap();
                    assert!(matches!(state, JobState::Completed | JobState::Canceled), "{state:?}");
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(done.load(Ordering::SeqCst), 96);
    assert!(jobs.list().iter().all(|status| status.state.is_final()));
}

#[test]
fn wrong_options_and_ids_are_refused_by_name() {
    for (options, name) in [
        (JobsOptions { workers: 0, ..JobsOptions::default() }, "workers"),
        (JobsOptions { capacity: 0, ..JobsOptions::default() }, "capacity"),
        (JobsOptions { kept: usize::MAX, ..JobsOptions::default() }, "kept"),
    ] {
        let error = Jobs::new(&engine(), options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().starts_with(&format!("`{name}` is ")), "{error}");
    }
    for text in ["", "7", "not an id", "00000000-0000-0000-0000-00000000000g"] {
        assert_eq!(text.parse::<JobId>().unwrap_err().kind(), ErrorKind::InvalidParameter, "{text}");
    }
    let unknown: JobId = "00000000-0000-4000-8000-000000000000".parse().unwrap();
    let error = jobs(JobsOptions::default()).get(unknown).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JobNotFound);
}
