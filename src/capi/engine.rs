//! The engine and how it is made.

use std::ffi::{CString, c_char};
use std::mem;
use std::ptr;

use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::pointer::{Out, borrow, borrow_mut, c_string, free, handle, text};
use crate::engine::{Engine, EngineBuilder};
use crate::error::Result;
use crate::limits::Limits;
use crate::models::LicensePolicy;
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

/// How an engine is made.
///
/// Threads: one at a time. Lifetime: an engine copies what it needs, so it may be freed or used again at once.
#[derive(Default)]
pub struct facekit_engine_options {
    builder: EngineBuilder,
    providers: Vec<Provider>,
    licenses: Vec<String>,
    limits: Limits,
}

impl facekit_engine_options {
    fn build(&self) -> Result<Engine> {
        let mut builder = self.builder.clone().limits(self.limits.clone());
        if !self.providers.is_empty() {
            builder = builder.providers(self.providers.clone());
        }
        if !self.licenses.is_empty() {
            builder = builder.licenses(LicensePolicy::Allow(self.licenses.clone()));
        }
        builder.build()
    }

    fn change(&mut self, change: impl FnOnce(EngineBuilder) -> EngineBuilder) {
        self.builder = change(mem::take(&mut self.builder));
    }
}

/// The default options: the embedded models, the CPU, no strictness, only licences that permit commercial use.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_engine_options_new() -> *mut facekit_engine_options {
    handle(facekit_engine_options::default())
}

/// Loads ONNX Runtime from this library, or from the folder that holds it, and from nowhere else.
///
/// Default: what the environment variable `ORT_DYLIB_PATH` names, else beside facekit's library or the program, else
/// where the system finds it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_runtime(
    options: *mut facekit_engine_options,
    path: *const c_char,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks; so in every function below.
    unsafe {
        set(options, out_error, |options| {
            let path = text(path, "path")?;
            options.change(|builder| builder.runtime(path));
            Ok(())
        })
    }
}

/// Adds a folder of models. Those in folders stand before the embedded ones. Default: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_add_models(
    options: *mut facekit_engine_options,
    folder: *const c_char,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            let folder = text(folder, "folder")?;
            options.change(|builder| builder.models(folder));
            Ok(())
        })
    }
}

/// Whether the small models that are compiled in may be used. Default: true.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_embedded(
    options: *mut facekit_engine_options,
    embedded: bool,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.change(|builder| builder.embedded(embedded));
            Ok(())
        })
    }
}

/// Adds what may run the models, best first: "cpu", "cuda", "cuda:1" (a device by its number) or "coreml". The CPU
/// runs them when no other can. Default: the CPU alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_add_provider(
    options: *mut facekit_engine_options,
    provider: *const c_char,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.providers.push(text(provider, "provider")?.parse()?);
            Ok(())
        })
    }
}

/// Whether a provider that was asked for and cannot be used is an error. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_strict(
    options: *mut facekit_engine_options,
    strict: bool,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.change(|builder| builder.strict(strict));
            Ok(())
        })
    }
}

/// Threads of one model run; 0 is one per processor core. Default: 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_threads(
    options: *mut facekit_engine_options,
    threads: u32,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.change(|builder| builder.threads(threads as usize));
            Ok(())
        })
    }
}

/// The most bytes that the files of loaded models may take together; what is not in use makes room. Default: no
/// bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_memory_budget(
    options: *mut facekit_engine_options,
    bytes: u64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.change(|builder| builder.memory_budget(bytes));
            Ok(())
        })
    }
}

/// A folder that keeps optimised graphs, so that the next start is quicker. Default: none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_graph_cache(
    options: *mut facekit_engine_options,
    folder: *const c_char,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            let folder = text(folder, "folder")?;
            options.change(|builder| builder.graph_cache(folder));
            Ok(())
        })
    }
}

/// Allows a model, by its name or its licence, that the default policy refuses. Default: none; only models whose
/// licence permits commercial use and asks nothing of the product around it may run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_allow_license(
    options: *mut facekit_engine_options,
    name: *const c_char,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.licenses.push(text(name, "name")?.to_owned());
            Ok(())
        })
    }
}

/// The most encoded bytes of one input. Default: 256 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_bytes(
    options: *mut facekit_engine_options,
    bytes: u64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.bytes = bytes) }
}

/// The most pixels of one picture, width times height. Default: 200 million.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_pixels(
    options: *mut facekit_engine_options,
    pixels: u64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.pixels = pixels) }
}

/// The most frames of one animation. Default: 3000.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_frames(
    options: *mut facekit_engine_options,
    frames: u32,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.frames = frames) }
}

/// The most pixels of an animation, all frames together. Default: 2 billion.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_animation_pixels(
    options: *mut facekit_engine_options,
    pixels: u64,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.animation_pixels = pixels) }
}

/// The most faces of one picture. Default: 1000.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_max_faces(
    options: *mut facekit_engine_options,
    faces: u32,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe { set_limit(options, out_error, |limits| limits.faces = faces as usize) }
}

/// Frees options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_free(options: *mut facekit_engine_options) {
    // SAFETY: the caller hands over NULL or options that it owns.
    unsafe { free(options) };
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

/// Frees an engine; a model leaves memory with the last engine that uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_free(engine: *mut facekit_engine) {
    // SAFETY: the caller hands over NULL or an engine that it owns.
    unsafe { free(engine) };
}

/// The limits of an engine, or the default ones for NULL.
pub(super) unsafe fn limits(engine: *const facekit_engine) -> Limits {
    // SAFETY: the caller gives NULL or a live engine.
    unsafe { engine.as_ref() }.map_or_else(Limits::default, |engine| engine.engine.limits().clone())
}

/// Changes options, unless they are NULL.
unsafe fn set(
    options: *mut facekit_engine_options,
    out_error: *mut *mut facekit_error,
    change: impl FnOnce(&mut facekit_engine_options) -> Result<()>,
) -> facekit_status {
    // SAFETY: passed on.
    unsafe { guard(out_error, || change(borrow_mut(options, "options")?)) }
}

/// Changes one of the limits.
unsafe fn set_limit(
    options: *mut facekit_engine_options,
    out_error: *mut *mut facekit_error,
    change: impl FnOnce(&mut Limits),
) -> facekit_status {
    // SAFETY: passed on.
    unsafe {
        set(options, out_error, |options| {
            change(&mut options.limits);
            Ok(())
        })
    }
}
