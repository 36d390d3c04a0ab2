//! How an engine is made.

use std::ffi::{c_char, c_void};
use std::mem;

use crate::capi::choice::choice;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::log::{Callback, facekit_log_callback};
use crate::capi::models::facekit_models;
use crate::capi::pointer::{Out, borrow, borrow_mut, free, handle, text};
use crate::engine::{Engine, EngineBuilder};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::log::LogLevel;
use crate::models::LicensePolicy;
use crate::runtime::Provider;

/// How an engine is made.
///
/// Threads: one at a time. Lifetime: an engine copies what it needs, so it may be freed or used again at once.
#[derive(Default)]
pub struct facekit_engine_options {
    builder: EngineBuilder,
    providers: Vec<Provider>,
    licenses: Vec<String>,
    any_license: bool,
    pub(super) limits: Limits,
}

impl facekit_engine_options {
    pub(super) fn build(&self) -> Result<Engine> {
        self.builder().build()
    }

    fn builder(&self) -> EngineBuilder {
        let mut builder = self.builder.clone().limits(self.limits.clone());
        if !self.providers.is_empty() {
            builder = builder.providers(self.providers.clone());
        }
        builder.licenses(match self.licenses.as_slice() {
            _ if self.any_license => LicensePolicy::Any,
            [] => LicensePolicy::Commercial,
            names => LicensePolicy::Allow(names.to_vec()),
        })
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

/// Threads of one model run; 0 is one per processor core, and there are never more than cores. Default: 0.
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

/// The most runs of one model at once; each beyond the first takes the memory of the model again, when it is first
/// needed, and counts in the memory budget. 0 is as many as keep every core busy, where the threads of a run leave some
/// idle, no memory budget is set and the CPU runs the model, and one elsewhere. Default: 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_parallel_runs(
    options: *mut facekit_engine_options,
    runs: u32,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.change(|builder| builder.parallel_runs(runs as usize));
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

/// Allows every model, whatever its licence: the caller answers for the licences. Default: false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_allow_any_license(
    options: *mut facekit_engine_options,
    any: bool,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            options.any_license = any;
            Ok(())
        })
    }
}

/// Calls `callback` with what an engine tells of its work, where it matters as much as `level`, a facekit_log_level, or
/// more. Default: nobody is told.
///
/// It is called on the thread that does the work, by several threads at once, and the work waits for it: it must not
/// throw or jump out, and not call the engine. `user_data`, untouched, is its last argument, and must live until every
/// engine that was made of the options, and every queue of jobs of those, is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_set_log(
    options: *mut facekit_engine_options,
    level: i32,
    callback: facekit_log_callback,
    user_data: *mut c_void,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        set(options, out_error, |options| {
            let level = choice(LogLevel::ALL, level, "level", "facekit_log_level")?;
            let function = callback.ok_or_else(|| Error::parameter("`callback` is NULL, and must not be"))?;
            let callback = Callback { function, user_data };
            options.change(|builder| builder.on_log(level, move |record| callback.tell(record)));
            Ok(())
        })
    }
}

/// Copies a model, a file or a folder, into the first model folder of the options, once it was recognised and its
/// digest verified: engines that are made afterwards have it. It appears there whole or not at all.
///
/// `out_models` gets a list of this one model; it may be NULL. `FACEKIT_STATUS_INVALID_PARAMETER` when the options have
/// no model folder, or there is something else of its name in it; `FACEKIT_STATUS_INVALID_MODEL` when it is no model
/// that facekit knows, or is damaged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_install_model(
    options: *const facekit_engine_options,
    path: *const c_char,
    out_models: *mut *mut facekit_models,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: as above.
    unsafe {
        guard(out_error, || {
            let mut store = borrow(options, "options")?.builder().store();
            let card = store.add(text(path, "path")?.as_ref())?;
            if !out_models.is_null() {
                let rows = store.listing().into_iter().filter(|row| row.is(&card));
                Out::new(out_models, "out_models")?.write(handle(facekit_models::new(rows, &[], &[])));
            }
            Ok(())
        })
    }
}

/// Frees options.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_options_free(options: *mut facekit_engine_options) {
    // SAFETY: the caller hands over NULL or options that it owns.
    unsafe { free(options) };
}

/// Changes options, unless they are NULL.
pub(super) unsafe fn set(
    options: *mut facekit_engine_options,
    out_error: *mut *mut facekit_error,
    change: impl FnOnce(&mut facekit_engine_options) -> Result<()>,
) -> facekit_status {
    // SAFETY: passed on.
    unsafe { guard(out_error, || change(borrow_mut(options, "options")?)) }
}
