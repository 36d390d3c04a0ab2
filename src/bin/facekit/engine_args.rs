//! Options of the engine, the same for every command.

use std::path::PathBuf;

use clap::Args;
use facekit::models::{LicensePolicy, Store};
use facekit::runtime::Provider;
use facekit::{Engine, Error, Limits};

/// How the engine is made.
#[derive(Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// A folder of models, besides those that are built in; may be given again.
    #[arg(long = "models", value_name = "DIR")]
    models: Vec<PathBuf>,
    /// What runs the models: cpu, cuda, cuda:N or coreml; may be given again, best first.
    #[arg(long = "provider", value_name = "NAME")]
    providers: Vec<Provider>,
    /// Fail when a provider that was asked for cannot be used.
    #[arg(long)]
    strict: bool,
    /// Threads of one model run; 0 is one per processor core, and there are never more than cores.
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// The most runs of one model at once, each with the memory of the model; 0 is as many as keep every core busy.
    #[arg(long, value_name = "N", default_value_t = 0)]
    parallel_runs: usize,
    /// The ONNX Runtime library, or the folder that holds it.
    #[arg(long, value_name = "PATH")]
    runtime: Option<PathBuf>,
    /// Allow a model, by its name or its licence, that the default policy refuses; may be given again.
    #[arg(long, value_name = "NAME")]
    allow_license: Vec<String>,
    /// A folder that keeps optimised graphs for a quicker start.
    #[arg(long, value_name = "DIR")]
    graph_cache: Option<PathBuf>,
    /// The most memory that loaded models may take, in MiB.
    #[arg(long, value_name = "MIB")]
    memory_budget: Option<u64>,
    /// The most pixels of a picture.
    #[arg(long, value_name = "N", default_value_t = Limits::default().pixels)]
    max_pixels: u64,
}

impl EngineArgs {
    /// The models that the options name, without an engine to run them.
    pub fn store(self) -> Store {
        let policy = self.policy();
        Store::open(self.models, policy)
    }

    /// An engine made as the options say.
    pub fn build(self) -> Result<Engine, Error> {
        let mut builder = Engine::builder()
            .strict(self.strict)
            .threads(self.threads)
            .parallel_runs(self.parallel_runs)
            .licenses(self.policy())
            .limits(Limits { pixels: self.max_pixels, ..Limits::default() });
        for folder in self.models {
            builder = builder.models(folder);
        }
        if !self.providers.is_empty() {
            builder = builder.providers(self.providers);
        }
        if let Some(path) = self.runtime {
            builder = builder.runtime(path);
        }
        if let Some(folder) = self.graph_cache {
            builder = builder.graph_cache(folder);
        }
        if let Some(mebibytes) = self.memory_budget {
            builder = builder.memory_budget(mebibytes << 20);
        }
        builder.build()
    }

    fn policy(&self) -> LicensePolicy {
        match self.allow_license.as_slice() {
            [] => LicensePolicy::Commercial,
            names => LicensePolicy::Allow(names.to_vec()),
        }
    }
}
