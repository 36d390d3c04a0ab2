//! Models in memory, ready to run.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ndarray::ArrayViewD;
use serde::Serialize;

use crate::error::{ErrorKind, Result};
use crate::geometry::Template;
use crate::models::{Budget, Family, Initializer, ModelChoice, ModelFile, ModelSource, Role, Store};
use crate::progress::CancelToken;
use crate::runtime::{Outputs, Provider, ProviderRefusal, Runtime, Session, SessionOptions};

/// The installed models of an engine; each is loaded when it is first asked for and kept while the budget lasts.
///
/// `Send + Sync`.
#[derive(Debug)]
pub struct Models {
    runtime: Arc<Runtime>,
    store: Store,
    options: SessionOptions,
    resolved: Mutex<Resolved>,
    sessions: Budget<String, Model>,
}

/// The file that each choice of a role meant.
type Resolved = HashMap<(Role, Option<String>), Arc<ModelFile>>;

/// A model in memory.
#[derive(Debug)]
pub struct Model {
    /// What runs it.
    pub session: Session,
    file: Arc<ModelFile>,
    last_initializer: OnceLock<Initializer>,
}

/// A model in memory, as an engine reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadedModel {
    /// Its name in the store.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// What runs it.
    pub provider: Provider,
    /// The providers that were preferred and could not be used.
    pub refusals: Vec<ProviderRefusal>,
}

impl Models {
    /// Takes a store; nothing is loaded yet. `budget` bounds the bytes of the files of the models in memory.
    pub fn new(runtime: Arc<Runtime>, store: Store, options: SessionOptions, budget: Option<u64>) -> Self {
        let sessions = Budget::new(budget.unwrap_or(u64::MAX));
        Self { runtime, store, options, resolved: Mutex::default(), sessions }
    }

    /// The model that serves a role: the one of this name or path, else the best that is installed.
    ///
    /// # Errors
    /// Those of [`Store::get`] and of loading the model;
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) when it does not fit the budget.
    pub fn get(&self, role: Role, choice: Option<&str>) -> Result<Arc<Model>> {
        let choice = choice.filter(|choice| !choice.is_empty());
        let file = self.resolve(role, choice)?;
        let key = format!("{} ({})", file.name(), file.source());
        self.sessions.get_or_load(&key, file.bytes(), || {
            let session = match file.source() {
                ModelSource::File(path) => Session::from_file(&self.runtime, path, &self.options)?,
                ModelSource::Embedded(bytes) => Session::from_memory(&self.runtime, bytes, &self.options)?,
            };
            Ok(Model { session, file: Arc::clone(&file), last_initializer: OnceLock::new() })
        })
    }

    /// The models that are installed.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What runs the models.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The models that are in memory now, by name.
    pub fn loaded(&self) -> Vec<LoadedModel> {
        let mut loaded: Vec<_> = self.sessions.loaded().iter().map(|(_, model)| model.report()).collect();
        loaded.sort_by(|a, b| a.name.cmp(&b.name));
        loaded
    }

    /// The file that a choice means; a file is looked at once.
    fn resolve(&self, role: Role, choice: Option<&str>) -> Result<Arc<ModelFile>> {
        let key = (role, choice.map(str::to_owned));
        let resolved = || self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = resolved().get(&key) {
            return Ok(Arc::clone(file));
        }
        let file = self.store.get(role, choice.map(ModelChoice::from).as_ref())?;
        resolved().insert(key, Arc::clone(&file));
        Ok(file)
    }
}

impl Model {
    /// Its name in the store.
    pub fn name(&self) -> &str {
        self.file.name()
    }

    /// Runs it, as [`Session::run`] does; errors name it.
    ///
    /// # Errors
    /// Those of [`Session::run`].
    pub fn run<R>(
        &self,
        inputs: &[(&str, ArrayViewD<'_, f32>)],
        cancel: &CancelToken,
        read: impl FnOnce(&Outputs<'_>) -> Result<R>,
    ) -> Result<R> {
        self.session.run(inputs, cancel, read).map_err(|error| match error.kind() {
            ErrorKind::Canceled => error,
            _ => error.context(self.name()),
        })
    }

    /// The contract that its graph keeps.
    pub fn family(&self) -> Family {
        self.file.family()
    }

    /// The name of the input that takes the picture.
    pub fn input_name(&self) -> &str {
        self.session.inputs().next().map_or("input", |info| &info.name)
    }

    /// Width and height of the picture that the graph takes, when it takes only one size.
    pub fn picture_size(&self) -> Option<(u32, u32)> {
        let info = self.session.inputs().next()?;
        let &[_, a, b, c] = info.dims.as_slice() else { return None };
        let (height, width) = if c == Some(3) { (a, b) } else { (b, c) };
        Some((u32::try_from(width?).ok()?, u32::try_from(height?).ok()?))
    }

    /// The template that its crops are aligned to, where it is not its family's own.
    pub fn template(&self) -> Option<Template> {
        self.file.entry()?.contract.template.as_deref()?.parse().ok()
    }

    /// The operators of its first eight nodes, such as `Sub`.
    pub fn first_operators(&self) -> &[String] {
        &self.file.signature().first_operators
    }

    /// The last initializer of its graph, read when first asked for.
    ///
    /// # Errors
    /// Those of [`Initializer::last_of_file`].
    pub fn last_initializer(&self) -> Result<&Initializer> {
        if let Some(initializer) = self.last_initializer.get() {
            return Ok(initializer);
        }
        let initializer = match self.file.source() {
            ModelSource::File(path) => Initializer::last_of_file(path)?,
            ModelSource::Embedded(bytes) => Initializer::last_of_bytes(self.name(), bytes)?,
        };
        Ok(self.last_initializer.get_or_init(|| initializer))
    }

    /// The score threshold that its file recommends, for a detector.
    pub fn score_threshold(&self) -> Option<f32> {
        self.recommended("default_threshold")
    }

    /// The cosine from which two faces are one person that its file recommends, for a recognizer.
    pub fn same_threshold(&self) -> Option<f32> {
        self.recommended("same_threshold")
    }

    /// The longest side of an input, in pixels, that its file recommends, for a detector.
    pub fn longest_side(&self) -> Option<u32> {
        self.recommended("longest_side")
    }

    fn recommended<T: FromStr>(&self, name: &str) -> Option<T> {
        self.file.signature().metadata.get(name)?.parse().ok()
    }

    fn report(&self) -> LoadedModel {
        LoadedModel {
            name: self.name().to_owned(),
            role: self.file.role(),
            provider: self.session.provider(),
            refusals: self.session.refusals().to_vec(),
        }
    }
}
