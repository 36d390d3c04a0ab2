//! Every pipeline as a job.

use crate::capi::call::{control, facekit_call};
use crate::capi::detail::{detail_request, refine_request};
use crate::capi::detail_params::{facekit_detail_params, facekit_refine_params};
use crate::capi::detect::{detect_request, facekit_detect_params};
use crate::capi::embed::{compare_request, embed_request, facekit_embed_params};
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::image::facekit_image;
use crate::capi::job::facekit_job;
use crate::capi::jobs::facekit_jobs;
use crate::capi::mask::{facekit_face_mask_params, mask_request};
use crate::capi::pointer::{Out, borrow, elements, handle};
use crate::capi::restore::{facekit_restore_params, restore_request};
use crate::capi::stylize::stylize_request;
use crate::capi::stylize_file::stylize_file_request;
use crate::capi::stylize_params::facekit_stylize_params;
use crate::capi::swap::{facekit_swap_sources, swap_file_request, swap_request};
use crate::capi::swap_params::facekit_swap_params;
use crate::error::Result;
use crate::job::JobOptions;
use crate::request::Request;

/// `facekit_detect` as a job: it is put into the line, and the call returns at once.
///
/// Of the jobs that wait, the one with the highest `priority` runs first, and of equal ones who came first. The
/// picture is copied, and its copy freed when the job has run. The callbacks of `call` are called on the threads of the
/// queue, until the job has ended; its token may be freed before. The completion of a job that is canceled while it waits
/// is called on the thread that cancels it, frees the queue or submits the next job. `facekit_job_wait` returns after the
/// completion has. FACEKIT_STATUS_QUEUE_FULL when as many jobs wait as
/// may. What holds here holds for every job.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_detect(
    jobs: *const facekit_jobs,
    image: *const facekit_image,
    params: *const facekit_detect_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks; so in every function below.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            detect_request(&borrow(image, "image")?.0, params)
        })
    }
}

/// `facekit_embed` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_embed(
    jobs: *const facekit_jobs,
    image: *const facekit_image,
    params: *const facekit_embed_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || embed_request(&borrow(image, "image")?.0, params))
    }
}

/// `facekit_compare` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_compare(
    jobs: *const facekit_jobs,
    a: *const facekit_image,
    b: *const facekit_image,
    params: *const facekit_embed_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            compare_request([&borrow(a, "a")?.0, &borrow(b, "b")?.0], params)
        })
    }
}

/// `facekit_mask` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_mask(
    jobs: *const facekit_jobs,
    image: *const facekit_image,
    params: *const facekit_face_mask_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || mask_request(&borrow(image, "image")?.0, params))
    }
}

/// `facekit_restore` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_restore(
    jobs: *const facekit_jobs,
    image: *const facekit_image,
    params: *const facekit_restore_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            restore_request(&borrow(image, "image")?.0, params)
        })
    }
}

/// `facekit_detail` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_detail(
    jobs: *const facekit_jobs,
    image: *const facekit_image,
    params: *const facekit_detail_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            detail_request(&borrow(image, "image")?.0, params)
        })
    }
}

/// `facekit_refine` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_refine(
    jobs: *const facekit_jobs,
    image: *const facekit_image,
    params: *const facekit_refine_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            refine_request(&borrow(image, "image")?.0, params)
        })
    }
}

/// `facekit_stylize` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_stylize(
    jobs: *const facekit_jobs,
    image: *const facekit_image,
    style_image: *const facekit_image,
    params: *const facekit_stylize_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            stylize_request(&borrow(image, "image")?.0, style_image, params)
        })
    }
}

/// `facekit_stylize_file` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_stylize_file(
    jobs: *const facekit_jobs,
    file: *const u8,
    len: usize,
    style_image: *const facekit_image,
    params: *const facekit_stylize_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            stylize_file_request(elements(file, len, "file")?, style_image, params)
        })
    }
}

/// `facekit_swap` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_swap(
    jobs: *const facekit_jobs,
    sources: *const facekit_swap_sources,
    target: *const facekit_image,
    params: *const facekit_swap_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            swap_request(borrow(sources, "sources")?, &borrow(target, "target")?.0, params)
        })
    }
}

/// `facekit_swap_file` as a job; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_swap_file(
    jobs: *const facekit_jobs,
    sources: *const facekit_swap_sources,
    target: *const u8,
    len: usize,
    params: *const facekit_swap_params,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        submit(jobs, priority, call, out_job, out_error, || {
            swap_file_request(borrow(sources, "sources")?, elements(target, len, "target")?, params)
        })
    }
}

unsafe fn submit<'a>(
    jobs: *const facekit_jobs,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
    request: impl FnOnce() -> Result<Request<'a>>,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_job, "out_job")?;
            let jobs = borrow(jobs, "jobs")?;
            jobs.0.check_room()?;
            let options = JobOptions { priority, control: control(call)?, ..JobOptions::default() };
            out.write(handle(facekit_job::new(jobs.0.submit(request()?.into_owned(), options)?)));
            Ok(())
        })
    }
}
