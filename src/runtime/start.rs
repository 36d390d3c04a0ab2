//! Sessions of ONNX Runtime, begun.

use std::sync::Arc;

use ort::logging::LoggerFunction;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

use crate::log::{Log, LogLevel};
use crate::runtime::graph_cache::GraphCache;
use crate::runtime::weights::LoadedWeights;
use crate::runtime::{Provider, Runtime, SessionOptions};

/// The option of ONNX Runtime by which a model's threads sleep once its run is over. Else they would for a while keep
/// the next model, and everything else, from the processor.
const STOP_SPINNING: &str = "session.force_spinning_stop";

/// Loads a model on a provider, from the cache of optimised graphs where it is there.
pub(super) fn start(
    runtime: &Runtime,
    options: &SessionOptions,
    provider: Provider,
    weights: &LoadedWeights,
    cache: Option<&GraphCache>,
    commit: impl Fn(SessionBuilder) -> ort::Result<ort::session::Session>,
) -> ort::Result<ort::session::Session> {
    let configure = |level| {
        let mut builder =
            ort::session::Session::builder(&runtime.environment)?.with_optimization_level(level)?;
        builder = builder.with_intra_threads(options.run_threads())?.with_config_entry(STOP_SPINNING, "1")?;
        if let Some(level) = options.log.level() {
            builder = builder.with_log_level(severity(level))?.with_logger(logger(options.log.clone()))?;
        }
        Ok::<_, ort::Error>(builder.with_execution_providers(provider.dispatch().as_slice())?)
    };
    let commit = |builder| weights.commit(builder, &commit);
    let level = GraphOptimizationLevel::All;
    let Some(cache) = cache.filter(|_| provider == Provider::Cpu) else {
        return commit(configure(level)?);
    };
    let file = cache.file(&runtime.info().version);
    if file.is_file()
        && let Ok(session) = configure(GraphOptimizationLevel::Disable)?.commit_from_file(&file)
    {
        options.log.debug("graph_cache", || format!("the optimised graph is that of {}", file.display()));
        return Ok(session);
    }
    // A graph that cannot be kept, as on a full disk, costs time at the next start, and nothing else.
    let unkept = |reason: &dyn std::fmt::Display| {
        options.log.warning("graph_cache", || {
            format!("the optimised graph cannot be kept in {}: {reason}", file.display())
        });
    };
    match cache.unfinished() {
        Err(error) => unkept(&error),
        Ok(unfinished) => match commit(configure(level)?.with_optimized_model_path(unfinished.path())?) {
            Err(error) => unkept(&error),
            Ok(session) => {
                match unfinished.persist(&file) {
                    Ok(()) => options.log.debug("graph_cache", || {
                        format!("the graph was optimised, and is kept in {}", file.display())
                    }),
                    Err(error) => unkept(&error),
                }
                return Ok(session);
            }
        },
    }
    commit(configure(level)?)
}

/// What ONNX Runtime is asked to tell a log: its warnings, where it takes them, and its errors.
fn severity(level: LogLevel) -> ort::logging::LogLevel {
    match level {
        LogLevel::Error => ort::logging::LogLevel::Error,
        LogLevel::Warning | LogLevel::Info | LogLevel::Debug => ort::logging::LogLevel::Warning,
    }
}

/// What takes the messages of a session over to a log.
fn logger(log: Log) -> LoggerFunction {
    Arc::new(move |level, _category, _id, _location, message| match level {
        ort::logging::LogLevel::Error | ort::logging::LogLevel::Fatal => {
            log.error("onnxruntime", || message.to_owned());
        }
        ort::logging::LogLevel::Warning => log.warning("onnxruntime", || message.to_owned()),
        ort::logging::LogLevel::Info | ort::logging::LogLevel::Verbose => {
            log.debug("onnxruntime", || message.to_owned());
        }
    })
}
