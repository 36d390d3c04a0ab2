//! What the submitter of a job holds.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::error::Result;
use crate::job::entry::Entry;
use crate::job::queue::Shared;
use crate::job::status::{JobId, JobState, JobStatus};
use crate::json;
use crate::request::Response;

/// A job that was submitted.
///
/// Cheap to clone, `Send + Sync`; clones are the same job, and dropping them leaves it running.
#[derive(Debug, Clone)]
pub struct Job {
    entry: Arc<Entry>,
    /// Where it waits; its end does not depend on it.
    shared: Weak<Shared>,
}

impl Job {
    pub(super) fn new(entry: Arc<Entry>, shared: Weak<Shared>) -> Self {
        Self { entry, shared }
    }

    /// Its id, by which [`Jobs::get`](crate::job::Jobs::get) finds it.
    pub fn id(&self) -> JobId {
        self.entry.id
    }

    /// How far it has come.
    pub fn status(&self) -> JobStatus {
        self.entry.status()
    }

    /// How many waiting jobs are before it; 0 for the next one, and once it runs.
    pub fn ahead(&self) -> usize {
        self.shared.upgrade().map_or(0, |shared| shared.line().ahead_of(self.entry.id))
    }

    /// Waits until it has ended, however that is, and its completion callback has returned; for ever without `timeout`.
    ///
    /// # Errors
    /// [`TimedOut`](crate::ErrorKind::TimedOut); the job goes on.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<JobState> {
        self.entry.wait(timeout)?;
        Ok(self.entry.state())
    }

    /// Takes the result, which then is no longer kept.
    ///
    /// # Errors
    /// That of the pipeline where it failed, [`Canceled`](crate::ErrorKind::Canceled) where it was canceled,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) while it has not ended, and
    /// [`JobNotFound`](crate::ErrorKind::JobNotFound) when the result was taken or has expired.
    pub fn take(&self) -> Result<Response> {
        self.entry.take(Ok)
    }

    /// Takes the result as what the pipeline gives, such as a [`Detection`](crate::pipelines::Detection).
    ///
    /// # Errors
    /// Those of [`take`](Self::take), and [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for the result of
    /// another pipeline, which stays.
    pub fn take_as<T: TryFrom<Response, Error = Box<Response>>>(&self) -> Result<T> {
        self.entry.take(T::try_from)
    }

    /// Takes the result, writes its pictures as [`JobOptions::output`](crate::job::JobOptions::output) says, and gives
    /// the answer to a [request in JSON](crate::json), on one line.
    ///
    /// # Errors
    /// Those of [`take`](Self::take), and [`Io`](crate::ErrorKind::Io) for a file that cannot be written; then the result stays.
    pub fn take_json(&self) -> Result<String> {
        let response = self.take()?;
        let answer = json::completed(self.entry.pipeline, &response, &self.entry.output);
        if answer.is_err() {
            self.entry.give_back(response);
        }
        answer.map(|answer| answer.to_string())
    }

    /// Cancels it: at once while it waits, else soon, also in the middle of a model run. One that has ended stays as
    /// it is.
    pub fn cancel(&self) {
        match self.shared.upgrade() {
            Some(shared) => shared.cancel(&self.entry),
            None => self.entry.cancel.cancel(),
        }
    }
}
