//! What an engine tells of its work, to whom wants to know.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::choice::choices;

choices! {
    /// How much a record matters.
    #[derive(PartialOrd, Ord)]
    pub enum LogLevel {
        /// Something failed.
        Error = "error",
        /// Something goes on otherwise than was asked for, such as on another provider.
        Warning = "warning",
        /// What an engine does now and then: a model was loaded, or left memory to make room.
        Info = "info",
        /// What only the hunt for a fault needs.
        Debug = "debug",
    }
}

/// One thing that an engine tells.
///
/// It never holds what a picture shows: no pixels, no landmarks, no embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRecord<'a> {
    /// How much it matters.
    pub level: LogLevel,
    /// What tells it: `models`, `providers`, `graph_cache`, `pipelines`, `jobs`, or `onnxruntime` for ONNX Runtime's own
    /// words.
    pub target: &'a str,
    /// A sentence.
    pub message: &'a str,
}

/// Where the records of an engine go: nowhere by default, and never to the terminal.
#[derive(Clone, Default)]
pub struct Log(Option<Arc<Sink>>);

struct Sink {
    level: LogLevel,
    callback: Box<dyn Fn(LogRecord<'_>) + Send + Sync>,
}

impl Log {
    /// Hands every record that matters as much as `level`, or more, to `callback`, on whichever thread it comes from.
    pub fn new(level: LogLevel, callback: impl Fn(LogRecord<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Sink { level, callback: Box::new(callback) })))
    }

    /// How much a record has to matter to be told; `None` when nobody listens.
    pub fn level(&self) -> Option<LogLevel> {
        self.0.as_ref().map(|sink| sink.level)
    }

    /// Tells that something failed.
    pub fn error(&self, target: &str, message: impl FnOnce() -> String) {
        self.tell(LogLevel::Error, target, message);
    }

    /// Tells that something goes on otherwise than was asked for.
    pub fn warning(&self, target: &str, message: impl FnOnce() -> String) {
        self.tell(LogLevel::Warning, target, message);
    }

    /// Tells what the engine does.
    pub fn info(&self, target: &str, message: impl FnOnce() -> String) {
        self.tell(LogLevel::Info, target, message);
    }

    /// Tells what the hunt for a fault needs.
    pub fn debug(&self, target: &str, message: impl FnOnce() -> String) {
        self.tell(LogLevel::Debug, target, message);
    }

    /// Tells a record, whose message is made only where somebody listens; a callback that panics disturbs nothing.
    fn tell(&self, level: LogLevel, target: &str, message: impl FnOnce() -> String) {
        if let Some(sink) = self.0.as_ref().filter(|sink| level <= sink.level) {
            let message = message();
            let record = LogRecord { level, target, message: &message };
            let _ = catch_unwind(AssertUnwindSafe(|| (sink.callback)(record)));
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Log").field(&self.level()).finish()
    }
}

/// Two logs are one when they are clones.
impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().map(Arc::as_ptr) == other.0.as_ref().map(Arc::as_ptr)
    }
}

impl Eq for Log {}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What a log of a level takes of a record of each.
    fn told(level: LogLevel) -> Vec<String> {
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        let log = Log::new(level, move |record| {
            kept.lock().unwrap().push(format!(
                "{} {} {}",
                record.level.name(),
                record.target,
                record.message
            ));
        });
        log.error("jobs", || "a".into());
        log.warning("jobs", || "b".into());
        log.info("models", || "c".into());
        log.debug("models", || "d".into());
        told.lock().unwrap().clone()
    }

    #[test]
    fn a_level_takes_what_matters_as_much_or_more() {
        assert_eq!(told(LogLevel::Error), ["error jobs a"]);
        assert_eq!(told(LogLevel::Warning), ["error jobs a", "warning jobs b"]);
        assert_eq!(told(LogLevel::Info)[2..], ["info models c"]);
        assert_eq!(told(LogLevel::Debug)[3..], ["debug models d"]);
    }

    #[test]
    fn no_message_is_made_for_nobody() {
        Log::default().error("jobs", || panic!("nobody listens"));
        Log::new(LogLevel::Warning, |_| ()).info("jobs", || panic!("nobody listens to this"));
    }

    #[test]
    fn a_callback_that_panics_disturbs_nothing() {
        Log::new(LogLevel::Debug, |_| std::panic::resume_unwind(Box::new("no"))).debug("jobs", String::new);
    }

    #[test]
    fn a_log_equals_its_clones() {
        let log = Log::new(LogLevel::Info, |_| ());
        assert_eq!(log, log.clone());
        assert_ne!(log, Log::new(LogLevel::Info, |_| ()));
        assert_eq!(Log::default(), Log::default());
    }
}
