//! One job, and what its caller does with it.

use std::ffi::{CString, c_char};
use std::ptr;
use std::time::Duration;

use crate::capi::choice::number;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::pointer::{Out, borrow, c_string, free, handle};
use crate::error::{Error, Result};
use crate::job::{Job, JobState};

/// A job that was submitted.
///
/// Threads: any number may use it at once. Lifetime: it is the caller's, and independent of the queue; freeing it
/// leaves the job running, and `facekit_jobs_find` gives another handle of it.
pub struct facekit_job {
    pub(super) job: Job,
    id: CString,
}

impl facekit_job {
    pub(super) fn new(job: Job) -> Self {
        let id = c_string(&job.id().to_string());
        Self { job, id }
    }
}

/// A job as it was when it was asked.
///
/// Threads: any number may read it. Lifetime: it is independent of the job; what it hands out lives as long as it.
pub struct facekit_job_status {
    pipeline: CString,
    state: i32,
    priority: i32,
    stage: CString,
    fraction: f32,
    ahead: usize,
    error: Option<(facekit_status, CString)>,
    waited: f64,
    ran: f64,
    inference_time: f64,
    stages: Vec<(CString, f64)>,
}

impl facekit_job_status {
    fn of(job: &Job) -> Self {
        let status = job.status();
        let metrics = status.metrics.unwrap_or_default();
        let stages = metrics.stages.iter();
        Self {
            pipeline: c_string(status.pipeline),
            state: number(JobState::ALL, &status.state),
            priority: status.priority,
            stage: c_string(&status.stage),
            fraction: status.fraction,
            ahead: job.ahead(),
            error: status.error.map(|error| (error.kind().into(), c_string(&error.chain()))),
            waited: status.waited.as_secs_f64(),
            ran: status.ran.as_secs_f64(),
            inference_time: metrics.inference_time.as_secs_f64(),
            stages: stages.map(|(stage, time)| (c_string(stage), time.as_secs_f64())).collect(),
        }
    }
}

/// The id of a job, a UUID, which lives as long as this handle; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_id(job: *const facekit_job) -> *const c_char {
    // SAFETY: the caller gives NULL or a live job.
    unsafe { job.as_ref() }.map_or(ptr::null(), |job| job.id.as_ptr())
}

/// How far a job has come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_get_status(
    job: *const facekit_job,
    out_status: *mut *mut facekit_job_status,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks; so in every function below.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_status, "out_status")?;
            out.write(handle(facekit_job_status::of(&borrow(job, "job")?.job)));
            Ok(())
        })
    }
}

/// Waits until a job has ended, however that is, and its completion has returned, for at most `seconds`; for ever where that is negative.
///
/// FACEKIT_STATUS_TIMED_OUT when it has not; the job goes on. A wait of 0 seconds asks whether it has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_wait(
    job: *const facekit_job,
    seconds: f64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        guard(out_error, || {
            let job = borrow(job, "job")?;
            job.job.wait(timeout(seconds)?).map(drop)
        })
    }
}

/// Cancels a job: at once while it waits, else soon, also in the middle of a model run. One that has ended stays as
/// it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_cancel(
    job: *const facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        guard(out_error, || {
            borrow(job, "job")?.job.cancel();
            Ok(())
        })
    }
}

/// Frees a handle of a job, which goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_free(job: *mut facekit_job) {
    // SAFETY: the caller hands over NULL or a job that it owns.
    unsafe { free(job) };
}

/// Its pipeline, such as "restore", which tells what can be taken of it; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_pipeline(status: *const facekit_job_status) -> *const c_char {
    // SAFETY: the caller gives NULL or a live status; so in every function below.
    unsafe { status.as_ref() }.map_or(ptr::null(), |status| status.pipeline.as_ptr())
}

/// How far it has come, a facekit_job_state; -1 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_state(status: *const facekit_job_status) -> i32 {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(-1, |status| status.state)
}

/// Its priority; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_priority(status: *const facekit_job_status) -> i32 {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(0, |status| status.priority)
}

/// The stage that runs, or ran last, such as "detect"; empty while it waits, and NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_stage(status: *const facekit_job_status) -> *const c_char {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(ptr::null(), |status| status.stage.as_ptr())
}

/// The part of the job that is done, 0 to 1, which never falls; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_fraction(status: *const facekit_job_status) -> f32 {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(0.0, |status| status.fraction)
}

/// How many waiting jobs are before it; 0 for the next one, once it runs, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_ahead(status: *const facekit_job_status) -> usize {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(0, |status| status.ahead)
}

/// Why it failed or was canceled; FACEKIT_STATUS_OK where it did neither, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_error(status: *const facekit_job_status) -> facekit_status {
    // SAFETY: as above.
    let error = unsafe { status.as_ref() }.and_then(|status| status.error.as_ref());
    error.map_or(facekit_status::Ok, |(status, _)| *status)
}

/// Why it failed or was canceled, as an error says it; NULL where it did neither, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_message(status: *const facekit_job_status) -> *const c_char {
    // SAFETY: as above.
    let error = unsafe { status.as_ref() }.and_then(|status| status.error.as_ref());
    error.map_or(ptr::null(), |(_, message)| message.as_ptr())
}

/// How many seconds it waited for a thread, or has waited so far; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_waited(status: *const facekit_job_status) -> f64 {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(0.0, |status| status.waited)
}

/// How many seconds a thread ran it, or has run it so far; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_ran(status: *const facekit_job_status) -> f64 {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(0.0, |status| status.ran)
}

/// How many seconds the pipeline took; 0 until the job has completed, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_inference_time(status: *const facekit_job_status) -> f64 {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(0.0, |status| status.inference_time)
}

/// How many stages the pipeline had; 0 until the job has completed, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_stage_count(status: *const facekit_job_status) -> usize {
    // SAFETY: as above.
    unsafe { status.as_ref() }.map_or(0, |status| status.stages.len())
}

/// The name of the stage at `index`, from 0, in the order in which they first ran; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_stage_name(
    status: *const facekit_job_status,
    index: usize,
) -> *const c_char {
    // SAFETY: as above.
    let stage = unsafe { status.as_ref() }.and_then(|status| status.stages.get(index));
    stage.map_or(ptr::null(), |(name, _)| name.as_ptr())
}

/// How many seconds the stage at `index` took; 0 when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_stage_time(
    status: *const facekit_job_status,
    index: usize,
) -> f64 {
    // SAFETY: as above.
    let stage = unsafe { status.as_ref() }.and_then(|status| status.stages.get(index));
    stage.map_or(0.0, |(_, time)| *time)
}

/// Frees a status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_status_free(status: *mut facekit_job_status) {
    // SAFETY: the caller hands over NULL or a status that it owns.
    unsafe { free(status) };
}

/// A time to wait; none for a negative number, and for one that is as good as for ever.
fn timeout(seconds: f64) -> Result<Option<Duration>> {
    if seconds.is_nan() {
        return Err(Error::parameter("`seconds` is no number: give how long to wait, negative for ever"));
    }
    Ok(Duration::try_from_secs_f64(seconds).ok())
}
