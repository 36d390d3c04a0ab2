//! What is known of a job.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::choice::choices;
use crate::error::{Error, Result};
use crate::pipelines::Metrics;

choices! {
    /// How far a job has come.
    pub enum JobState {
        /// It waits for a worker.
        Queued = "queued",
        /// A worker runs it.
        Processing = "processing",
        /// It has ended well.
        Completed = "completed",
        /// It has ended with an error.
        Failed = "failed",
        /// It was canceled before its end.
        Canceled = "canceled",
    }
}

impl JobState {
    /// Whether it stays so.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }
}

/// The id of a job: 128 random bits, written as a UUID of version 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(Uuid);

impl JobId {
    pub(crate) fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let uuid = Uuid::parse_str(text);
        uuid.map(Self)
            .map_err(|_| Error::parameter(format!("`{text}` is no id of a job: give one as it was returned")))
    }
}

/// A job as it was when it was asked.
#[derive(Debug, Clone)]
pub struct JobStatus {
    /// Its id.
    pub id: JobId,
    /// Its pipeline, as [`Request::pipeline`](crate::Request::pipeline) names it.
    pub pipeline: &'static str,
    /// How far it has come.
    pub state: JobState,
    /// Its priority.
    pub priority: i32,
    /// The stage that runs, or ran last; empty while it waits.
    pub stage: String,
    /// The part of the job that is done, 0 to 1; it never falls.
    pub fraction: f32,
    /// Why it failed or was canceled, if it did.
    pub error: Option<Arc<Error>>,
    /// How long the pipeline took, and each of its stages, once it has completed.
    pub metrics: Option<Metrics>,
    /// When it was submitted.
    pub created: SystemTime,
    /// How long it waited for a worker, or has waited so far.
    pub waited: Duration,
    /// How long a worker ran it, or has run it so far.
    pub ran: Duration,
}
