//! What the jobs of every pipeline gave.

use crate::capi::detail::facekit_detailed;
use crate::capi::detect::facekit_detection;
use crate::capi::embed::{facekit_comparison, facekit_embedded};
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::job::facekit_job;
use crate::capi::mask::facekit_face_mask;
use crate::capi::pointer::{Out, borrow, handle};
use crate::capi::restore::facekit_restored;
use crate::capi::stylize::facekit_stylized;
use crate::capi::stylize_file::facekit_stylized_file;
use crate::capi::swap::{facekit_swapped, facekit_swapped_file};
use crate::pipelines::{
    Comparison, Detailed, Detection, Embedded, FaceMask, Restored, Stylized, StylizedFile, Swapped,
    SwappedFile,
};
use crate::request::Response;

/// Takes the result of a detection, which then is no longer kept.
///
/// The status and the error are those of the pipeline where the job failed, and FACEKIT_STATUS_CANCELED where it was
/// canceled. FACEKIT_STATUS_INVALID_PARAMETER while it has not ended, and for the job of another pipeline, whose result
/// stays; FACEKIT_STATUS_JOB_NOT_FOUND when the result was taken before or has expired.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_detection(
    job: *const facekit_job,
    out_detection: *mut *mut facekit_detection,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks; so in every function below.
    unsafe { take::<Detection, _>(job, out_detection, "out_detection", out_error) }
}

/// Takes the result of an embedding; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_embedded(
    job: *const facekit_job,
    out_embedded: *mut *mut facekit_embedded,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<Embedded, _>(job, out_embedded, "out_embedded", out_error) }
}

/// Takes the result of a comparison; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_comparison(
    job: *const facekit_job,
    out_comparison: *mut *mut facekit_comparison,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<Comparison, _>(job, out_comparison, "out_comparison", out_error) }
}

/// Takes the result of a mask; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_mask(
    job: *const facekit_job,
    out_mask: *mut *mut facekit_face_mask,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<FaceMask, _>(job, out_mask, "out_mask", out_error) }
}

/// Takes the result of a restoration; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_restored(
    job: *const facekit_job,
    out_restored: *mut *mut facekit_restored,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<Restored, _>(job, out_restored, "out_restored", out_error) }
}

/// Takes the result of a repainting or a refinement; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_detailed(
    job: *const facekit_job,
    out_detailed: *mut *mut facekit_detailed,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<Detailed, _>(job, out_detailed, "out_detailed", out_error) }
}

/// Takes the result of a stylization; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_stylized(
    job: *const facekit_job,
    out_stylized: *mut *mut facekit_stylized,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<Stylized, _>(job, out_stylized, "out_stylized", out_error) }
}

/// Takes the result of a stylization of a file; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_stylized_file(
    job: *const facekit_job,
    out_stylized_file: *mut *mut facekit_stylized_file,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<StylizedFile, _>(job, out_stylized_file, "out_stylized_file", out_error) }
}

/// Takes the result of a swap; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_swapped(
    job: *const facekit_job,
    out_swapped: *mut *mut facekit_swapped,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<Swapped, _>(job, out_swapped, "out_swapped", out_error) }
}

/// Takes the result of a swap in a file; the rest as `facekit_job_take_detection`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_job_take_swapped_file(
    job: *const facekit_job,
    out_swapped_file: *mut *mut facekit_swapped_file,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe { take::<SwappedFile, _>(job, out_swapped_file, "out_swapped_file", out_error) }
}

unsafe fn take<Answer, Handle>(
    job: *const facekit_job,
    out: *mut *mut Handle,
    out_name: &str,
    out_error: *mut *mut facekit_error,
) -> facekit_status
where
    Answer: TryFrom<Response, Error = Box<Response>>,
    Handle: From<Answer>,
{
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out, out_name)?;
            out.write(handle(borrow(job, "job")?.job.take_as::<Answer>()?.into()));
            Ok(())
        })
    }
}
