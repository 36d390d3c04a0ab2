//! How sessions are made.

use std::num::NonZero;
use std::path::PathBuf;

use crate::log::Log;
use crate::runtime::Provider;

/// How sessions are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// What may run the model, best first; the CPU runs it when no other can. Default: the CPU.
    pub providers: Vec<Provider>,
    /// Fails when a provider that stands before the CPU cannot be used. Default: false.
    pub strict: bool,
    /// Threads of one model run; 0 is one per processor core, and there are never more than cores. Default: 0.
    pub threads: usize,
    /// The most runs of one model at once; each beyond the first takes the memory of the model again, when it is first
    /// needed. 0 is as many as keep every core busy on the CPU, where `threads` leaves some idle, and one elsewhere.
    /// Default: 0.
    pub parallel_runs: usize,
    /// A folder that keeps optimised graphs, so that the next start is quicker. Default: none.
    pub graph_cache: Option<PathBuf>,
    /// Where ONNX Runtime's warnings and errors go, and what happens to the graphs. Default: nowhere.
    pub log: Log,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            providers: vec![Provider::Cpu],
            strict: false,
            threads: 0,
            parallel_runs: 0,
            graph_cache: None,
            log: Log::default(),
        }
    }
}

impl SessionOptions {
    /// The most runs of one model at once on a provider.
    pub(super) fn runs_on(&self, provider: Provider) -> usize {
        match self.parallel_runs {
            0 if provider == Provider::Cpu && self.threads > 0 => (usable_cores() / self.threads).max(1),
            runs => runs.max(1),
        }
    }

    /// The threads of one model run, as ONNX Runtime is told: 0 for one per core of the machine.
    ///
    /// It knows of no container's quota and no other bound on the process, and threads that share a core wait for each
    /// other.
    pub(super) fn run_threads(&self) -> usize {
        let usable = usable_cores();
        match self.threads {
            0 if usable >= num_cpus::get_physical() => 0,
            0 => usable,
            threads => threads.min(usable),
        }
    }
}

/// How many cores the process may use.
fn usable_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}
