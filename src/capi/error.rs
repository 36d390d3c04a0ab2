//! Errors in C: a status that every call returns, and an object that says more.

use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::capi::pointer::{c_string, free, handle};
use crate::error::{Error, ErrorKind, Result};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_status {
    /// It succeeded, and wrote its outputs.
    Ok = 0,
    /// A parameter, an option or an argument is out of range, unknown or missing.
    InvalidParameter = 1,
    /// A picture cannot be decoded: it is empty, truncated, damaged or of an unknown format.
    InvalidPicture = 2,
    /// The input is larger than a limit allows.
    LimitExceeded = 3,
    /// A file or folder cannot be read or written.
    Io = 4,
    /// The picture shows no face, or not the one that was asked for.
    NoFace = 5,
    /// No installed model has the name, or serves the role, that was asked for.
    ModelNotFound = 6,
    /// A model file is not ONNX, has another digest, or fits no family that the role accepts.
    InvalidModel = 7,
    /// The licence of a model is refused by the engine's policy.
    LicenseRefused = 8,
    /// ONNX Runtime is missing, too old, or not ONNX Runtime.
    RuntimeUnavailable = 9,
    /// An execution provider that was asked for cannot be used.
    ProviderUnavailable = 10,
    /// ONNX Runtime failed while it ran a model.
    Inference = 11,
    /// The caller canceled the call.
    Canceled = 12,
    /// The request is valid but not something that facekit does, such as opening an `https` URI.
    Unsupported = 13,
    /// A model does not fit the memory budget.
    OutOfMemory = 14,
    /// A defect in facekit: please report it.
    Internal = 15,
    /// The queue of jobs is full: submit again when one has ended.
    QueueFull = 16,
    /// No job has the id, or its result was taken or has expired.
    JobNotFound = 17,
    /// What was waited for has not happened in the given time; it goes on.
    TimedOut = 18,
}

impl From<ErrorKind> for facekit_status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidParameter => Self::InvalidParameter,
            ErrorKind::InvalidPicture => Self::InvalidPicture,
            ErrorKind::LimitExceeded => Self::LimitExceeded,
            ErrorKind::Io => Self::Io,
            ErrorKind::NoFace => Self::NoFace,
            ErrorKind::ModelNotFound => Self::ModelNotFound,
            ErrorKind::InvalidModel => Self::InvalidModel,
            ErrorKind::LicenseRefused => Self::LicenseRefused,
            ErrorKind::RuntimeUnavailable => Self::RuntimeUnavailable,
            ErrorKind::ProviderUnavailable => Self::ProviderUnavailable,
            ErrorKind::Inference => Self::Inference,
            ErrorKind::Canceled => Self::Canceled,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::OutOfMemory => Self::OutOfMemory,
            ErrorKind::Internal => Self::Internal,
            ErrorKind::QueueFull => Self::QueueFull,
            ErrorKind::JobNotFound => Self::JobNotFound,
            ErrorKind::TimedOut => Self::TimedOut,
        }
    }
}

/// What went wrong in a call.
///
/// Threads: any thread may read it. Lifetime: it is the caller's, and independent of what the call was given.
pub struct facekit_error {
    status: facekit_status,
    message: CString,
}

impl facekit_error {
    /// The same error in Rust, its causes in its message.
    pub(super) fn to_rust(&self) -> Error {
        let kind = ErrorKind::ALL.iter().find(|kind| **kind as i32 == self.status as i32);
        Error::new(kind.copied().unwrap_or(ErrorKind::Internal), self.message.to_string_lossy())
    }
}

/// The status that the call returned; `FACEKIT_STATUS_OK` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_error_status(error: *const facekit_error) -> facekit_status {
    // SAFETY: the caller gives NULL or a live error.
    unsafe { error.as_ref() }.map_or(facekit_status::Ok, |error| error.status)
}

/// What happened, to which thing, why, and what to do: a sentence that lives as long as the error; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_error_message(error: *const facekit_error) -> *const c_char {
    // SAFETY: the caller gives NULL or a live error.
    unsafe { error.as_ref() }.map_or(ptr::null(), |error| error.message.as_ptr())
}

/// Frees an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_error_free(error: *mut facekit_error) {
    // SAFETY: the caller hands over NULL or an error that it owns.
    unsafe { free(error) };
}

/// Runs the body of a C function: what it returns or panics with becomes a status and, unless `out_error` is NULL,
/// an error object.
///
/// `out_error` must be NULL or writable.
pub(super) unsafe fn guard(
    out_error: *mut *mut facekit_error,
    body: impl FnOnce() -> Result<()>,
) -> facekit_status {
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(Error::defect(&*panic)));
    let Err(error) = result else {
        return facekit_status::Ok;
    };
    let status = error.kind().into();
    if !out_error.is_null() {
        let message = c_string(&error.chain());
        // SAFETY: the caller gives a pointer that may be written.
        unsafe { out_error.write(handle(facekit_error { status, message })) };
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn run(body: impl FnOnce() -> Result<()>) -> (facekit_status, String) {
        let mut error = ptr::null_mut();
        // SAFETY: the error is written by `guard`, read once and freed once.
        unsafe {
            let status = guard(&mut error, body);
            let message = facekit_error_message(error);
            let text =
                if message.is_null() { "".into() } else { CStr::from_ptr(message).to_string_lossy().into() };
            assert_eq!(facekit_error_status(error), status);
            facekit_error_free(error);
            (status, text)
        }
    }

    #[test]
    fn an_error_becomes_its_status_and_its_chain() {
        let cause = std::io::Error::other("the disk is on fire");
        let error = Error::new(ErrorKind::Io, "cannot read a\0b").with_source(cause);
        assert_eq!(
            run(|| Err(error)),
            (facekit_status::Io, "cannot read a\u{fffd}b: the disk is on fire".into())
        );
        assert_eq!(run(|| Ok(())), (facekit_status::Ok, String::new()));
    }

    #[test]
    fn a_panic_becomes_an_internal_error_with_its_message() {
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let outcomes = [
            run(|| panic!("a fixed message")),
            run(|| panic!("message {}", 2)),
            run(|| std::panic::panic_any(3)),
        ];
        std::panic::set_hook(quiet);
        for ((status, message), expected) in
            outcomes.into_iter().zip(["a fixed message", "message 2", "no message"])
        {
            assert_eq!(status, facekit_status::Internal);
            assert!(message.ends_with(expected), "{message}");
        }
    }

    #[test]
    fn the_numbers_are_those_of_the_error_kinds() {
        for &kind in ErrorKind::ALL {
            assert_eq!(facekit_status::from(kind) as i32, kind as i32, "{kind:?}");
        }
    }
}
