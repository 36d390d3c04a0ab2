//! The models that an engine knows.

use std::ffi::{CString, c_char};
use std::path::PathBuf;
use std::ptr;

use crate::capi::engine::facekit_engine;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::pointer::{Out, borrow, c_string, free, handle, optional_text, text, text_at};
use crate::error::Error;
use crate::models::{Availability, Listing, LoadedModel};

/// The models that an engine knows, as they were when it was asked.
///
/// Threads: any number may read it. Lifetime: it is independent of the engine; what it hands out lives as long as it.
pub struct facekit_models {
    // Its pointers point into `texts`, which stay where they are.
    rows: Vec<facekit_model>,
    problems: Vec<CString>,
    _texts: Vec<CString>,
}

/// Where a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_availability {
    /// Not on this device.
    Missing = 0,
    /// In a model folder.
    Installed = 1,
    /// In facekit itself.
    Embedded = 2,
}

/// A model: one that is installed, or one that facekit knows and that is not.
#[repr(C)]
pub struct facekit_model {
    /// The name by which it is chosen.
    pub name: *const c_char,
    /// What it is for, such as "detector" or "restorer".
    pub role: *const c_char,
    /// The contract that it keeps, such as "yunet".
    pub family: *const c_char,
    /// Its licence, an SPDX expression.
    pub license: *const c_char,
    /// Its file or folder; NULL unless it is installed.
    pub path: *const c_char,
    /// How to get it; NULL unless it is missing.
    pub how_to_get: *const c_char,
    /// What runs it, such as "cpu" or "cuda"; NULL when it is not in memory.
    pub provider: *const c_char,
    /// The providers that were preferred and could not be used, with the reason, a line each; NULL when there are
    /// none.
    pub refused_providers: *const c_char,
    /// Where it is.
    pub availability: facekit_availability,
    /// Whether the engine's policy lets it run.
    pub allowed: bool,
    /// Whether it is what a caller gets who asks for no model of its role.
    pub is_default: bool,
    /// What its graph takes and gives, in words.
    pub contract: *const c_char,
    /// How often its graphs ran since they are in memory.
    pub runs: u64,
    /// The time that ONNX Runtime took for that, in seconds; that of runs at once counts for each.
    pub run_time: f64,
}

/// The models that are installed, and those that facekit knows and that are not: by role and, in a role, best first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_models(
    engine: *const facekit_engine,
    out_models: *mut *mut facekit_models,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_models, "out_models")?;
            let engine = &borrow(engine, "engine")?.engine;
            let (store, loaded) = (engine.store(), engine.loaded_models());
            out.write(handle(facekit_models::new(store.listing(), &loaded, store.problems())));
            Ok(())
        })
    }
}

/// How many models there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_models_count(models: *const facekit_models) -> usize {
    // SAFETY: the caller gives NULL or live models.
    unsafe { models.as_ref() }.map_or(0, |models| models.rows.len())
}

/// The model at `index`, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_models_get(
    models: *const facekit_models,
    index: usize,
) -> *const facekit_model {
    // SAFETY: the caller gives NULL or live models.
    let model = unsafe { models.as_ref() }.and_then(|models| models.rows.get(index));
    model.map_or(ptr::null(), ptr::from_ref)
}

/// The first model of a name, whatever its case; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_models_find(
    models: *const facekit_models,
    name: *const c_char,
) -> *const facekit_model {
    // SAFETY: the caller gives NULL or live models, and NULL or a text.
    let (models, name) = unsafe { (models.as_ref(), text(name, "name")) };
    let (Some(models), Ok(name)) = (models, name) else {
        return ptr::null();
    };
    let is_called = |row: &&facekit_model| {
        // SAFETY: the names of rows are texts that the list keeps.
        unsafe { text(row.name, "name") }.is_ok_and(|row| row.eq_ignore_ascii_case(name))
    };
    models.rows.iter().find(is_called).map_or(ptr::null(), ptr::from_ref)
}

/// How many model folders and files could not be read; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_models_problem_count(models: *const facekit_models) -> usize {
    // SAFETY: the caller gives NULL or live models.
    unsafe { models.as_ref() }.map_or(0, |models| models.problems.len())
}

/// Which folder or file could not be read, and why, from 0; NULL when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_models_problem(
    models: *const facekit_models,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller gives NULL or live models.
    text_at(unsafe { models.as_ref() }.map(|models| &*models.problems), index)
}

/// Frees a list of models.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_models_free(models: *mut facekit_models) {
    // SAFETY: the caller hands over NULL or models that it owns.
    unsafe { free(models) };
}

/// Loads the model that serves a role, such as "detector", so that the first call does not wait for it: the one of the
/// name or path `model`, or for NULL the best that is installed; of a diffusion model, every graph.
///
/// Like any model it stays while the memory budget lasts. `FACEKIT_STATUS_UNSUPPORTED` for LoRAs and textual inversions,
/// which are read when a diffusion model runs with them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_load_model(
    engine: *const facekit_engine,
    role: *const c_char,
    model: *const c_char,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let engine = borrow(engine, "engine")?;
            let (role, model) = (text(role, "role")?.parse()?, optional_text(model, "model")?);
            engine.engine.load(role, model.as_deref()).map(drop)
        })
    }
}

/// Drops the models of the name `model`, or for NULL all, that no call uses; a call that needs one loads it again.
///
/// `out_count` gets how many graphs have left memory; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_unload_models(
    engine: *const facekit_engine,
    model: *const c_char,
    out_count: *mut usize,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let engine = borrow(engine, "engine")?;
            let count = engine.engine.unload(optional_text(model, "model")?.as_deref());
            if !out_count.is_null() {
                out_count.write(count);
            }
            Ok(())
        })
    }
}

/// Holds the digest of an installed model against the catalogue's: `FACEKIT_STATUS_INVALID_MODEL` when its file is
/// damaged or another version.
///
/// `out_known` gets whether the catalogue knows a digest of it, without which nothing was compared; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_engine_verify_model(
    engine: *const facekit_engine,
    model: *const c_char,
    out_known: *mut bool,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let known = borrow(engine, "engine")?.engine.store().verify(text(model, "model")?)?;
            if !out_known.is_null() {
                out_known.write(known);
            }
            Ok(())
        })
    }
}

impl facekit_models {
    /// A list of some models, of which those in memory are `loaded`.
    pub(super) fn new(
        rows: impl IntoIterator<Item = Listing>,
        loaded: &[LoadedModel],
        problems: &[(PathBuf, Error)],
    ) -> Self {
        let mut texts = Vec::new();
        let rows = rows.into_iter().map(|row| {
            let loaded = loaded.iter().filter(|model| model.name == row.name && model.role == row.role);
            facekit_model::new(&row, &loaded.collect::<Vec<_>>(), &mut texts)
        });
        let rows = rows.collect();
        let problems = problems.iter();
        let problems = problems.map(|(path, error)| format!("{}: {}", path.display(), error.chain()));
        Self { rows, problems: problems.map(|problem| c_string(&problem)).collect(), _texts: texts }
    }
}

impl facekit_model {
    /// A row whose texts `texts` keeps, of a model of which `graphs` are in memory.
    fn new(row: &Listing, graphs: &[&LoadedModel], texts: &mut Vec<CString>) -> Self {
        let mut keep = |text: Option<String>| {
            text.map_or(ptr::null(), |text| {
                let text = c_string(&text);
                let pointer = text.as_ptr();
                texts.push(text);
                pointer
            })
        };
        let (availability, path) = match &row.availability {
            Availability::Missing => (facekit_availability::Missing, None),
            Availability::Installed(path) => {
                (facekit_availability::Installed, Some(path.to_string_lossy().into_owned()))
            }
            Availability::Embedded => (facekit_availability::Embedded, None),
        };
        let missing = row.entry.filter(|_| row.availability == Availability::Missing);
        let loaded = graphs.first();
        let refusals = loaded.filter(|model| !model.refusals.is_empty()).map(|model| {
            let lines =
                model.refusals.iter().map(|refusal| format!("{}: {}", refusal.provider, refusal.reason));
            lines.collect::<Vec<_>>().join("\n")
        });
        Self {
            name: keep(Some(row.name.clone())),
            role: keep(Some(row.role.to_string())),
            family: keep(Some(row.family.to_string())),
            license: keep(Some(row.license.to_string())),
            path: keep(path),
            how_to_get: keep(missing.map(|entry| entry.how_to_get())),
            provider: keep(loaded.map(|model| model.provider.to_string())),
            refused_providers: keep(refusals),
            availability,
            allowed: row.allowed,
            is_default: row.is_default,
            contract: keep(Some(row.family.contract().to_owned())),
            runs: graphs.iter().map(|model| model.runs).sum(),
            run_time: graphs.iter().map(|model| model.run_time.as_secs_f64()).sum(),
        }
    }
}
