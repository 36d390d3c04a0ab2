//! The queue of jobs.

use std::ffi::c_char;
use std::ptr;
use std::time::Duration;

use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::growing::{self, Growing};
use crate::capi::job::facekit_job;
use crate::capi::pointer::{Out, borrow, free, handle, text};
use crate::error::{Error, Result};
use crate::job::{Jobs, JobsOptions};

/// A queue of jobs, and the threads that run them on one engine.
///
/// Threads: any number may use it at once. Lifetime: it keeps what it needs of the engine, which may be freed before
/// it; freeing it cancels what waits and what runs, and returns when its threads have stopped. Jobs may be asked, and
/// must be freed, after that too.
pub struct facekit_jobs(pub(super) Jobs);

/// How many jobs run, wait and are kept.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_jobs_options {
    /// The size of this struct: `facekit_jobs_options_init` sets it.
    pub struct_size: usize,
    /// Jobs that run at once, each on a thread of its own, 1 to 256. Default: 1.
    pub workers: u32,
    /// The most jobs that wait, 1 to 1000000; one more is refused with FACEKIT_STATUS_QUEUE_FULL. Each holds
    /// its pictures, decoded: 3 or 4 bytes a pixel. Default: 64.
    pub capacity: u32,
    /// The most jobs that have ended and are kept, 1 to 1000000; of more, the oldest are forgotten, first those whose
    /// result was taken or which have none. A result holds its pictures, decoded. Default: 256.
    pub kept: u32,
    /// How many seconds a job that has ended can be found and asked for its result, from 0 on. Default: 3600.
    pub retention: f64,
}

// SAFETY: `repr(C)`, with its size first, and any bytes make numbers.
unsafe impl Growing for facekit_jobs_options {
    const NAME: &'static str = "facekit_jobs_options";

    fn defaults() -> Self {
        let JobsOptions { workers, capacity, retention, kept } = JobsOptions::default();
        Self {
            struct_size: size_of::<Self>(),
            workers: workers as u32,
            capacity: capacity as u32,
            retention: retention.as_secs_f64(),
            kept: kept as u32,
        }
    }
}

impl facekit_jobs_options {
    fn to_rust(self) -> Result<JobsOptions> {
        let retention = Duration::try_from_secs_f64(self.retention).map_err(|_| {
            Error::parameter(format!(
                "`retention` is {}, and must be a number of seconds from 0 on",
                self.retention
            ))
        })?;
        Ok(JobsOptions {
            workers: self.workers as usize,
            capacity: self.capacity as usize,
            retention,
            kept: self.kept as usize,
        })
    }
}

/// Fills `out_params`, which has `size` bytes (its sizeof), with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_options_init(
    out_params: *mut facekit_jobs_options,
    size: usize,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { guard(ptr::null_mut(), || growing::init(out_params, size)) }
}

/// Starts a queue and its threads; NULL `options` are the default ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_new(
    engine: *const facekit_engine,
    options: *const facekit_jobs_options,
    out_jobs: *mut *mut facekit_jobs,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_jobs, "out_jobs")?;
            let engine = borrow(engine, "engine")?;
            let jobs = Jobs::new(&engine.engine, growing::read(options)?.to_rust()?)?;
            out.write(handle(facekit_jobs(jobs)));
            Ok(())
        })
    }
}

/// The job with an id, as one more handle that is to be freed; FACEKIT_STATUS_JOB_NOT_FOUND for an id that was never
/// given, or a job that has expired.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_find(
    jobs: *const facekit_jobs,
    id: *const c_char,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_job, "out_job")?;
            let job = borrow(jobs, "jobs")?.0.get(text(id, "id")?.parse()?)?;
            out.write(handle(facekit_job::new(job)));
            Ok(())
        })
    }
}

/// How many jobs can be found: those that wait, run, or have ended and are kept; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_count(jobs: *const facekit_jobs) -> usize {
    // SAFETY: the caller gives NULL or a live queue.
    unsafe { jobs.as_ref() }.map_or(0, |jobs| jobs.0.count())
}

/// Cancels what waits and what runs, waits until the threads have stopped, and frees the queue, which no callback may
/// use from then on. On a thread of the queue itself, as in a callback, it does not wait for that one, which goes on
/// telling the log of the engine until the callback's job has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_free(jobs: *mut facekit_jobs) {
    // SAFETY: the caller hands over NULL or a queue that it owns.
    unsafe { free(jobs) };
}
