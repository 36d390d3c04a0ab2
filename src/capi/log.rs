//! What an engine tells of its work.
#![allow(dead_code, reason = "the enum names the numbers for C; Rust counts its own choices")]

use std::ffi::{c_char, c_void};

use crate::capi::pointer::c_string;
use crate::log::LogRecord;

/// How much a record matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_log_level {
    /// Something failed.
    Error = 0,
    /// Something goes on otherwise than was asked for, such as on another provider.
    Warning = 1,
    /// What an engine does now and then: a model was loaded, or left memory to make room.
    Info = 2,
    /// What only the hunt for a fault needs.
    Debug = 3,
}

/// One thing that an engine tells; it never holds what a picture shows, and lives until the callback returns.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct facekit_log_record {
    /// What tells it: "models", "providers", "graph_cache", "pipelines", "jobs", or "onnxruntime" for ONNX Runtime's own
    /// words.
    pub target: *const c_char,
    /// A sentence.
    pub message: *const c_char,
    /// How much it matters: a facekit_log_level.
    pub level: i32,
}

/// What is called with each record, on any thread and by several at once; it must not throw or jump out.
pub type facekit_log_callback =
    Option<unsafe extern "C" fn(record: *const facekit_log_record, user_data: *mut c_void)>;

/// A callback of C and what it is called with.
pub(super) struct Callback {
    pub function: unsafe extern "C" fn(*const facekit_log_record, *mut c_void),
    pub user_data: *mut c_void,
}

// SAFETY: the header says that it is called on any thread, by several at once.
unsafe impl Send for Callback {}
// SAFETY: as above.
unsafe impl Sync for Callback {}

impl Callback {
    pub fn tell(&self, LogRecord { level, target, message }: LogRecord<'_>) {
        let (target, message) = (c_string(target), c_string(message));
        let record =
            facekit_log_record { target: target.as_ptr(), message: message.as_ptr(), level: level as i32 };
        // SAFETY: the function and what it is called with are the caller's, and the record lives until it returns.
        unsafe { (self.function)(&record, self.user_data) }
    }
}
