//! How an engine is made.

use std::path::{Path, PathBuf};

use crate::engine::Engine;
use crate::error::Result;
use crate::limits::Limits;
use crate::log::{Log, LogLevel, LogRecord};
use crate::models::{LicensePolicy, Models, Role, Store};
use crate::runtime::{Provider, Runtime, RuntimeInfo, SessionOptions};

/// How an engine is made.
#[derive(Debug, Clone, Default)]
pub struct EngineBuilder {
    runtime: Option<PathBuf>,
    folders: Vec<PathBuf>,
    without_embedded: bool,
    licenses: LicensePolicy,
    memory_budget: Option<u64>,
    session: SessionOptions,
    limits: Limits,
}

impl EngineBuilder {
    /// Loads ONNX Runtime from this library, or from the folder that holds it, and from nowhere else.
    pub fn runtime(mut self, path: impl AsRef<Path>) -> Self {
        self.runtime = Some(path.as_ref().to_path_buf());
        self
    }

    /// Adds a folder of models. Those in folders stand before the embedded ones.
    pub fn models(mut self, folder: impl AsRef<Path>) -> Self {
        self.folders.push(folder.as_ref().to_path_buf());
        self
    }

    /// Whether the small models that are compiled in may be used. Default: true.
    pub fn embedded(mut self, embedded: bool) -> Self {
        self.without_embedded = !embedded;
        self
    }

    /// What may run the models, best first; the CPU runs them when no other can. Default: the CPU.
    pub fn providers(mut self, providers: impl Into<Vec<Provider>>) -> Self {
        self.session.providers = providers.into();
        self
    }

    /// Whether a provider that was asked for and cannot be used is an error. Default: false.
    pub fn strict(mut self, strict: bool) -> Self {
        self.session.strict = strict;
        self
    }

    /// Threads of one model run; 0 is one per processor core, and there are never more than cores. Default: 0.
    pub fn threads(mut self, threads: usize) -> Self {
        self.session.threads = threads;
        self
    }

    /// The most runs of one model at once; each beyond the first takes the memory of the model again, when it is first
    /// needed, and counts in the memory budget. 0 is as many as keep every core busy, where [`threads`](Self::threads)
    /// leaves some idle, no memory budget is set and the CPU runs the model, and one elsewhere. Default: 0.
    pub fn parallel_runs(mut self, runs: usize) -> Self {
        self.session.parallel_runs = runs;
        self
    }

    /// A folder that keeps optimised graphs, so that the next start is quicker. Default: none.
    pub fn graph_cache(mut self, folder: impl AsRef<Path>) -> Self {
        self.session.graph_cache = Some(folder.as_ref().to_path_buf());
        self
    }

    /// The most bytes that the files of loaded models may take together; what is not in use makes room. Default:
    /// no bound.
    pub fn memory_budget(mut self, bytes: u64) -> Self {
        self.memory_budget = Some(bytes);
        self
    }

    /// Which licenses of models are accepted. Default: those that permit commercial use.
    pub fn licenses(mut self, policy: LicensePolicy) -> Self {
        self.licenses = policy;
        self
    }

    /// Bounds on what a call may cost.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Hands what the engine tells of its work, where it matters as much as `level` or more, to `callback`. Default:
    /// nobody is told.
    ///
    /// A record comes on the thread that does the work, any number at once, and the work waits until `callback` returns;
    /// it must not call the engine. What ONNX Runtime warns of while it loads or runs a model comes too, of the target
    /// `onnxruntime`; what it says outside of a model belongs to no engine of the process, and is the reason of an error.
    ///
    /// ```
    /// use facekit::{Engine, LogLevel};
    ///
    /// # fn main() -> facekit::Result<()> {
    /// let engine = Engine::builder()
    ///     .on_log(LogLevel::Info, |record| eprintln!("{}: {}", record.target, record.message))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_log(
        mut self,
        level: LogLevel,
        callback: impl Fn(LogRecord<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.session.log = Log::new(level, callback);
        self
    }

    /// The models that the engine will have; no ONNX Runtime is needed to look at them.
    pub fn store(&self) -> Store {
        let store = Store::open(self.folders.clone(), self.licenses.clone());
        if self.without_embedded { store.without_embedded() } else { store }
    }

    /// Loads ONNX Runtime and looks through the model folders. No model is loaded yet.
    ///
    /// # Errors
    /// [`RuntimeUnavailable`](crate::ErrorKind::RuntimeUnavailable) when ONNX Runtime cannot be loaded. A folder
    /// or file that cannot be read is none: see [`Store::problems`].
    pub fn build(self) -> Result<Engine> {
        let store = self.store();
        let runtime = Runtime::load(self.runtime.as_deref())?;
        tell_of(&self.session.log, &store, runtime.info());
        let models = Models::new(runtime, store, self.session, self.memory_budget);
        Ok(Engine::new(models, self.limits))
    }
}

/// Tells what an engine begins with, and what of its models it cannot or must not use.
fn tell_of(log: &Log, store: &Store, runtime: &RuntimeInfo) {
    log.debug("onnxruntime", || format!("ONNX Runtime {} is {}", runtime.version, runtime.path.display()));
    for (path, error) in store.problems() {
        log.warning("models", || format!("{} cannot be used: {}", path.display(), error.chain()));
    }
    for role in Role::ALL {
        if let Some(card) = store.passed_over(role) {
            log.info("models", || {
                let (name, license) = (&card.name, &card.license);
                format!("{name} would be the default {role}, but its licence {license} is not allowed")
            });
        }
    }
}
