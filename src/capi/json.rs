//! Requests in JSON.

use std::ffi::{CString, c_char};
use std::path::Path;
use std::ptr;

use crate::capi::call::{control, facekit_call};
use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::job::facekit_job;
use crate::capi::jobs::facekit_jobs;
use crate::capi::pointer::{Out, borrow, free, handle, optional_text, text};
use crate::error::{Error, ErrorKind, Result};
use crate::hosted::{Api, HostedRequest};
use crate::job::JobOptions;
use crate::json::{self, JsonRequest};

/// A text that a call made.
///
/// Threads: any number may read it. Lifetime: it is the caller's, and independent of what made it.
pub struct facekit_text(CString);

/// A text of JSON, which escapes zero bytes.
fn json_text(json: String) -> Result<*mut facekit_text> {
    let text = CString::new(json);
    let text = text.map_err(|_| Error::new(ErrorKind::Internal, "an answer in JSON has a zero byte"))?;
    Ok(handle(facekit_text(text)))
}

/// The text, which lives as long as its handle; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_text_data(text: *const facekit_text) -> *const c_char {
    // SAFETY: the caller gives NULL or a live text.
    unsafe { text.as_ref() }.map_or(ptr::null(), |text| text.0.as_ptr())
}

/// How many bytes the text has, without the zero byte at its end; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_text_len(text: *const facekit_text) -> usize {
    // SAFETY: the caller gives NULL or a live text.
    unsafe { text.as_ref() }.map_or(0, |text| text.0.as_bytes().len())
}

/// Frees a text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_text_free(text: *mut facekit_text) {
    // SAFETY: the caller hands over NULL or a text that it owns.
    unsafe { free(text) };
}

/// Runs a request in JSON, which names the pipeline, its pictures, its parameters and its output, and gives the answer
/// in JSON, on one line. NULL `call` asks for nothing.
///
/// `{"pipeline": "restore", "image": "photo.jpg", "params": {"upscale": 2}, "output": "out.png"}`: pictures are
/// paths, file: URIs or data: URIs, and without `output` the answer holds the picture as a data: URI. docs/json.md
/// describes every field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_run_json(
    engine: *const facekit_engine,
    request: *const c_char,
    call: *const facekit_call,
    out_answer: *mut *mut facekit_text,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_answer, "out_answer")?;
            let engine = &borrow(engine, "engine")?.engine;
            let request = JsonRequest::read(None, text(request, "request")?, engine.limits())?;
            out.write(json_text(request.run(engine, &control(call)?)?)?);
            Ok(())
        })
    }
}

/// `facekit_run_json` as a job: the request is read, its pictures too, and put into the line. `facekit_job_take_json`
/// writes its output and gives the answer; the rest as `facekit_jobs_submit_detect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_jobs_submit_json(
    jobs: *const facekit_jobs,
    request: *const c_char,
    priority: i32,
    call: *const facekit_call,
    out_job: *mut *mut facekit_job,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_job, "out_job")?;
            let jobs = &borrow(jobs, "jobs")?.0;
            jobs.check_room()?;
            let request = JsonRequest::read(None, text(request, "request")?, jobs.engine().limits())?;
            let JsonRequest { request, output } = request;
            let options = JobOptions { priority, control: control(call)?, output };
            out.write(handle(facekit_job::new(jobs.submit(request, options)?)));
            Ok(())
        })
    }
}

/// Takes the result of any job as the answer of `facekit_run_json`, its output written; of a job that was not
/// submitted in JSON, the answer holds the pictures as data: URIs. The rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_json(
    job: *const facekit_job,
    out_answer: *mut *mut facekit_text,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_answer, "out_answer")?;
            out.write(json_text(borrow(job, "job")?.job.take_json()?)?);
            Ok(())
        })
    }
}

/// Answers the body of a hosted API, `api`: "face-detailer", "face-to-many", "face-refiner" or "faceswap".
///
/// The body is taken as it is written for that API, with paths, file: URIs or data: URIs in the place of URLs, and
/// the answer has the fields that the API answers with. The pictures of the result go into `folder`, or, where that is
/// NULL or the body asks for base64, into the answer. NULL `call` asks for nothing. docs/json.md describes every field.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_run_hosted(
    engine: *const facekit_engine,
    api: *const c_char,
    body: *const c_char,
    folder: *const c_char,
    call: *const facekit_call,
    out_answer: *mut *mut facekit_text,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_answer, "out_answer")?;
            let engine = &borrow(engine, "engine")?.engine;
            let api = text(api, "api")?.parse::<Api>().map_err(|error| error.context("api"))?;
            let folder = optional_text(folder, "folder")?;
            let folder = folder.as_deref().map(Path::new);
            let request = HostedRequest::read(api, text(body, "body")?, folder, engine)?;
            out.write(json_text(request.run(engine, &control(call)?)?)?);
            Ok(())
        })
    }
}

/// An error as JSON, on one line: what stands in the place of an answer when the call failed.
///
/// `{"status": "failed", "error": {"kind": "no-face", "code": 5, "status": 422, "message": "…"}}`: the status is
/// "canceled" for FACEKIT_STATUS_CANCELED, and that of the error the one that a hosted API answers with over HTTP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_error_json(
    error: *const facekit_error,
    out_answer: *mut *mut facekit_text,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_answer, "out_answer")?;
            out.write(json_text(json::failure(&borrow(error, "error")?.to_rust()))?);
            Ok(())
        })
    }
}
