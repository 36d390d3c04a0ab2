//! The engine.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::LazyLock;

use crate::capi::engine_options::facekit_engine_options;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::pointer::{Out, borrow, c_string, free, handle, text, text_at};
use crate::engine::Engine;
use crate::runtime::Provider;

/// The face engine: finds models, loads them when they are first needed, and runs the pipelines.
///
/// Threads: any number may use one engine at once. Lifetime: free it when no call that has it runs; what it made
/// lives on.
pub struct facekit_engine {
    pub(super) engine: Engine,
    runtime_version: CString,
    runtime_path: CString,
}

/// Loads ONNX Runtime and looks through the model folders; no model is loaded yet. NULL `options` are the default
/// ones.
///
/// The first engine of a process sets the environment variable `ORT_DISABLE_TELEMETRY`: make it before other threads
/// read the environment. `FACEKIT_STATUS_RUNTIME_UNAVAILABLE` when ONNX Runtime cannot be loaded. A folder or file
/// that cannot be read is no error: see `facekit_models_problem`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_new(
    options: *const facekit_engine_options,
    out_engine: *mut *mut facekit_engine,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_engine, "out_engine")?;
            let engine = match options.as_ref() {
                Some(options) => options.build(),
                None => facekit_engine_options::default().build(),
            }?;
            let runtime = engine.runtime();
            let runtime_version = c_string(&runtime.version);
            let runtime_path = c_string(&runtime.path.to_string_lossy());
            out.write(handle(facekit_engine { engine, runtime_version, runtime_path }));
            Ok(())
        })
    }
}

/// The version of ONNX Runtime, such as `1.28.0`, a text that lives as long as the engine; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_runtime_version(engine: *const facekit_engine) -> *const c_char {
    // SAFETY: the caller gives NULL or a live engine.
    unsafe { engine.as_ref() }.map_or(ptr::null(), |engine| engine.runtime_version.as_ptr())
}

/// The file of ONNX Runtime, or its bare name when the system found it, a text that lives as long as the engine;
/// NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_runtime_path(engine: *const facekit_engine) -> *const c_char {
    // SAFETY: the caller gives NULL or a live engine.
    unsafe { engine.as_ref() }.map_or(ptr::null(), |engine| engine.runtime_path.as_ptr())
}

/// Tries a provider, named as in `facekit_engine_options_add_provider`, on a graph of one node:
/// `FACEKIT_STATUS_PROVIDER_UNAVAILABLE` with ONNX Runtime's own reason when it cannot be used here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_probe(
    engine: *const facekit_engine,
    provider: *const c_char,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let engine = borrow(engine, "engine")?;
            engine.engine.probe(text(provider, "provider")?.parse()?)
        })
    }
}

/// How many kinds of providers there are.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_provider_count() -> usize {
    Provider::ALL.len()
}

/// The kind of provider at `index`, from 0, as `facekit_engine_options_add_provider` takes it, such as "cpu": a static
/// text; NULL when there is none. `facekit_engine_probe` tells whether it can be used here.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_provider_name(index: usize) -> *const c_char {
    static NAMES: LazyLock<Vec<CString>> =
        LazyLock::new(|| Provider::ALL.iter().map(|provider| c_string(&provider.to_string())).collect());
    text_at(Some(&NAMES), index)
}

/// Frees an engine; a model leaves memory with the last engine that uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_free(engine: *mut facekit_engine) {
    // SAFETY: the caller hands over NULL or an engine that it owns.
    unsafe { free(engine) };
}
