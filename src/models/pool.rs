//! Models in memory, ready to run.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ndarray::ArrayViewD;
use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind, Result};
use crate::geometry::Template;
use crate::log::Log;
use crate::models::{
    Budget, Contract, Controlnet, DiffusionPack, Family, Initializer, ModelChoice, ModelFile, ModelSource,
    Part, Role, Store, TensorFile, ValueRange, load_with,
};
use crate::progress::CancelToken;
use crate::runtime::{Outputs, Provider, ProviderRefusal, Runtime, Session, SessionOptions, Weights};

/// The installed models of an engine; each is loaded when it is first asked for and kept while the budget lasts.
///
/// `Send + Sync`.
#[derive(Debug)]
pub struct Models {
    runtime: Arc<Runtime>,
    store: Store,
    options: SessionOptions,
    resolved: Mutex<Resolved>,
    pub(super) sessions: Budget<String, Model>,
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
    /// Which part it is of the diffusion pack of that name, if it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// What it is for.
    pub role: Role,
    /// What runs it.
    pub provider: Provider,
    /// The providers that were preferred and could not be used.
    pub refusals: Vec<ProviderRefusal>,
    /// How often it ran since it is in memory.
    pub runs: u64,
    /// The time that ONNX Runtime took for that; in JSON, in seconds.
    #[serde(serialize_with = "seconds")]
    pub run_time: Duration,
}

impl Models {
    /// Takes a store; nothing is loaded yet. `budget` bounds the bytes of the files of the models in memory, each counted
    /// as often as it may run at once; within a budget that is once, unless the options say otherwise.
    pub fn new(runtime: Arc<Runtime>, store: Store, options: SessionOptions, budget: Option<u64>) -> Self {
        let parallel_runs = match budget {
            Some(_) => options.parallel_runs.max(1),
            None => options.parallel_runs,
        };
        let options = SessionOptions { parallel_runs, ..options };
        let log = options.log.clone();
        let sessions = Budget::new(budget.unwrap_or(u64::MAX))
            .on_drop(move |key| log.info("models", || format!("{key} leaves memory, to make room")));
        Self { runtime, store, options, resolved: Mutex::default(), sessions }
    }

    /// The model that serves a role: the one of this name or path, else the best that is installed.
    ///
    /// # Errors
    /// Those of [`Store::get`] and of loading the model;
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) when it does not fit the budget.
    pub fn get(&self, role: Role, choice: Option<&str>) -> Result<Arc<Model>> {
        let file = self.resolve(role, choice.filter(|choice| !choice.is_empty()))?;
        self.load(&file)
    }

    /// The model that serves a role, as [`get`](Self::get) gives it; none where none was asked for, and none is installed
    /// and allowed.
    ///
    /// # Errors
    /// Those of [`get`](Self::get), but for a model that nobody asked for and that is missing or refused.
    pub fn get_if_any(&self, role: Role, choice: Option<&str>) -> Result<Option<Arc<Model>>> {
        match self.get(role, choice) {
            Err(error) if choice.is_none_or(str::is_empty) && error.is_missing_model() => Ok(None),
            found => found.map(Some),
        }
    }

    /// A diffusion pack: the one of this name or path, else the best that is installed. No weight is loaded yet.
    ///
    /// # Errors
    /// Those of [`Store::diffusion`]; [`OutOfMemory`](crate::ErrorKind::OutOfMemory) when one of its parts alone does
    /// not fit the budget.
    pub fn diffusion(&self, choice: Option<&str>) -> Result<Arc<DiffusionPack>> {
        self.with_room(self.store.diffusion(chosen(choice).as_ref())?)
    }

    /// The best diffusion pack of those that fit, as [`Store::diffusion_that`] gives it. No weight is loaded yet.
    ///
    /// # Errors
    /// Those of [`Store::diffusion_that`], and [`OutOfMemory`](crate::ErrorKind::OutOfMemory) as
    /// [`diffusion`](Self::diffusion).
    pub fn diffusion_that(
        &self,
        what: &str,
        fits: impl Fn(&DiffusionPack) -> bool,
    ) -> Result<Arc<DiffusionPack>> {
        self.with_room(self.store.diffusion_that(what, fits)?)
    }

    fn with_room(&self, pack: Arc<DiffusionPack>) -> Result<Arc<DiffusionPack>> {
        pack.parts().iter().try_for_each(|part| self.sessions.check(part, part.bytes()))?;
        Ok(pack)
    }

    /// A ControlNet: the one of this name or path, else the best that is installed. No weight is loaded yet.
    ///
    /// # Errors
    /// Those of [`Store::controlnet`]; [`OutOfMemory`](crate::ErrorKind::OutOfMemory) when it does not fit the budget.
    pub fn controlnet(&self, choice: Option<&str>) -> Result<Arc<Controlnet>> {
        let controlnet = self.store.controlnet(chosen(choice).as_ref())?;
        self.sessions.check(controlnet.file(), controlnet.file().bytes())?;
        Ok(controlnet)
    }

    /// A LoRA: the one of this name or path, else the best that is installed.
    ///
    /// # Errors
    /// Those of [`Store::lora`].
    pub fn lora(&self, choice: Option<&str>) -> Result<Arc<TensorFile>> {
        self.store.lora(chosen(choice).as_ref())
    }

    /// A graph in memory: a part of a diffusion pack, a ControlNet, or any other model.
    ///
    /// It stays while anyone holds it; once nobody does, it makes room when the budget needs it. After a run that failed
    /// by more than its inputs, as when the provider's device is lost, the next call loads it anew.
    ///
    /// # Errors
    /// Those of loading the model; [`OutOfMemory`](crate::ErrorKind::OutOfMemory) when it does not fit the budget.
    pub fn load(&self, file: &Arc<ModelFile>) -> Result<Arc<Model>> {
        let key = format!("{file} ({})", file.source());
        self.get_or_load(&key, file, || match file.source() {
            ModelSource::File(path) => Session::from_file(&self.runtime, path, &self.options),
            ModelSource::Embedded(bytes) => Session::from_memory(&self.runtime, *bytes, &self.options),
        })
    }

    /// A graph in memory as [`Models::load`] gives it, with some of its weights replaced.
    ///
    /// `change` tells one set of weights from another, such as the LoRAs and their scales: `weights` is asked for them
    /// only when the graph is not in memory with that change. One set of a graph stays in memory: another that nobody
    /// holds any more makes room.
    ///
    /// # Errors
    /// Those of [`Models::load`] and of `weights`; [`InvalidModel`](ErrorKind::InvalidModel) for weights of a name, shape
    /// or type that the graph does not have, or for a model that is compiled in.
    pub fn load_with(
        &self,
        file: &Arc<ModelFile>,
        change: &str,
        weights: impl FnOnce() -> Result<Weights>,
    ) -> Result<Arc<Model>> {
        let ModelSource::File(path) = file.source() else {
            let message = format!("{file} is compiled in, and its weights cannot be replaced");
            return Err(Error::new(ErrorKind::InvalidModel, message));
        };
        let variants = format!("{file} ({}) with ", file.source());
        let key = format!("{variants}{change}");
        self.sessions.release(|other| other.starts_with(&variants) && *other != key);
        self.get_or_load(&key, file, || load_with(&self.runtime, path, weights()?, &self.options))
    }

    /// The session of a key in memory, or a new one where there is none, or none that can still run; it tells of a new one.
    fn get_or_load(
        &self,
        key: &String,
        file: &Arc<ModelFile>,
        load: impl FnOnce() -> Result<Session>,
    ) -> Result<Arc<Model>> {
        if self.sessions.forget(key, |model| model.session.is_spent()) {
            self.log().warning("models", || format!("{key} failed in its last run, and is loaded anew"));
        }
        let mut took = None;
        let bytes = file.bytes().saturating_mul(self.options.parallel_runs.max(1) as u64);
        let model = self.sessions.get_or_load(key, bytes, || {
            let start = Instant::now();
            let model = Model::new(load()?, file);
            took = Some(start.elapsed());
            Ok(model)
        })?;
        if let Some(took) = took {
            self.tell_loaded(key, &model, took);
        }
        Ok(model)
    }

    fn tell_loaded(&self, key: &str, model: &Model, took: Duration) {
        for ProviderRefusal { provider, reason } in model.session.refusals() {
            self.log().warning("providers", || format!("{key} cannot run on {provider}: {reason}"));
        }
        self.log().info("models", || {
            let (role, family, provider) = (model.file.role(), model.family(), model.session.provider());
            format!("{key} was loaded: {role}, {family}, on {provider}, in {} ms", took.as_millis())
        });
    }

    /// Whether the memory budget, if there is one, has room for so many bytes when nothing else is loaded.
    pub fn has_room(&self, bytes: u64) -> bool {
        self.sessions.limit() >= bytes
    }

    /// The models that are installed.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where is told what happens to the models.
    pub fn log(&self) -> &Log {
        &self.options.log
    }

    /// What runs the models.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The models that are in memory now, by name.
    pub fn loaded(&self) -> Vec<LoadedModel> {
        let mut models = self.sessions.loaded();
        models.sort_by(|(a, _), (b, _)| a.cmp(b));
        models.iter().map(|(_, model)| model.report()).collect()
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
    fn new(session: Session, file: &Arc<ModelFile>) -> Self {
        Self { session, file: Arc::clone(file), last_initializer: OnceLock::new() }
    }

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
            _ => error.context(&self.file),
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
        self.contract()?.template.as_deref()?.parse().ok()
    }

    /// What the numbers of the picture that it gives are, where the end of its graph tells; the file is read for it.
    pub fn output_range(&self) -> Option<ValueRange> {
        ValueRange::of_output(self.file.source(), self.file.signature())
    }

    /// What its file says of itself under a name, such as `range`.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.file.signature().metadata.get(name).map(String::as_str)
    }

    /// What the catalogue says of its contract beyond its family's.
    pub fn contract(&self) -> Option<&'static Contract> {
        self.file.entry().map(|entry| &entry.contract)
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
        self.metadata(name)?.parse().ok()
    }

    pub(super) fn report(&self) -> LoadedModel {
        LoadedModel {
            name: self.name().to_owned(),
            part: self.file.part(),
            role: self.file.role(),
            provider: self.session.provider(),
            refusals: self.session.refusals().to_vec(),
            runs: self.session.runs(),
            run_time: self.session.run_time(),
        }
    }
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

/// The choice that a name or path makes; none when it is empty.
fn chosen(choice: Option<&str>) -> Option<ModelChoice> {
    choice.filter(|choice| !choice.is_empty()).map(ModelChoice::from)
}
