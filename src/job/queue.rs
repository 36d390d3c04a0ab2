//! The queue: where jobs are submitted, found and ended.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::job::entry::Entry;
use crate::job::handle::Job;
use crate::job::line::Line;
use crate::job::status::{JobId, JobStatus};
use crate::job::worker;
use crate::json::Output;
use crate::progress::Control;
use crate::request::{Request, Response};

/// How many jobs run, wait and are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsOptions {
    /// Jobs that run at once, each on a thread of its own, at least 1. Default: 1.
    pub workers: usize,
    /// The most jobs that wait; one more is refused with [`QueueFull`](ErrorKind::QueueFull). Each holds its pictures,
    /// decoded: 3 or 4 bytes a pixel. Default: 64.
    pub capacity: usize,
    /// How long a job that has ended can be asked for its result. Default: 3600 s.
    pub retention: Duration,
    /// The most jobs that have ended and are kept; of more, the oldest are forgotten, first those whose result was taken
    /// or which have none. A result holds its pictures, decoded. Default: 256.
    pub kept: usize,
}

impl Default for JobsOptions {
    fn default() -> Self {
        Self { workers: 1, capacity: 64, retention: Duration::from_secs(3600), kept: 256 }
    }
}

/// What a caller wants of one job, beside its result.
#[derive(Debug, Clone, Default)]
pub struct JobOptions {
    /// Of the jobs that wait, the one with the highest runs first, and of equal ones who came first. Default: 0.
    pub priority: i32,
    /// Callbacks, which a worker's thread calls, and a token that cancels the job beside [`Job::cancel`].
    ///
    /// The end of a job that is canceled while it waits is told on the thread that cancels it, that drops the queue, or
    /// that submits the next job. Waiting for a job ends after its end was told.
    pub control: Control,
    /// Where [`Job::take_json`] puts the pictures of the result. Default: into its answer.
    pub output: Output,
}

/// A queue of jobs and the threads that run them on one engine.
///
/// Cheap to clone, `Send + Sync`; clones are the same queue. Dropping the last one cancels what waits and what runs,
/// and returns when the workers have stopped; a [`Job`] that is kept can still be asked.
///
/// ```
/// use std::time::Duration;
///
/// use facekit::job::{Jobs, JobsOptions};
/// use facekit::{Engine, Image, Limits, Request, Response};
///
/// # fn main() -> facekit::Result<()> {
/// let engine = Engine::builder().build()?;
/// let jobs = Jobs::new(&engine, JobsOptions { workers: 2, ..JobsOptions::default() })?;
/// let photo = Image::open("examples/photos/astronaut.png", &Limits::default())?;
/// let job = jobs.submit(Request::Detect { image: photo.into(), params: Default::default() }, Default::default())?;
/// println!("{} is {}", job.id(), job.status().state.name());
/// job.wait(Some(Duration::from_secs(60)))?;
/// let Response::Detect(found) = job.take()? else { unreachable!("a request is answered in kind") };
/// assert_eq!(found.faces.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Jobs(Arc<Workers>);

impl Jobs {
    /// Starts the workers.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for no worker, no place to wait, or no job to keep, and
    /// [`Internal`](ErrorKind::Internal) when the system gives no thread.
    pub fn new(engine: &Engine, options: JobsOptions) -> Result<Self> {
        for (name, value, most) in [
            ("workers", options.workers, 256),
            ("capacity", options.capacity, 1_000_000),
            ("kept", options.kept, 1_000_000),
        ] {
            if !(1..=most).contains(&value) {
                return Err(Error::parameter(format!("`{name}` is {value}, and must be 1 to {most}")));
            }
        }
        let count = options.workers;
        let shared = Arc::new(Shared {
            engine: engine.clone(),
            options,
            line: Mutex::new(Line::default()),
            changed: Condvar::new(),
        });
        let mut workers = Workers { shared, threads: Vec::new() };
        for i in 0..count {
            let shared = workers.shared.clone();
            let thread = thread::Builder::new().name(format!("facekit-job-{i}"));
            let thread = thread.spawn(move || worker::work(&shared)).map_err(|error| {
                Error::new(ErrorKind::Internal, format!("the system gives no thread for a worker: {error}"))
            })?;
            workers.threads.push(thread);
        }
        Ok(Self(Arc::new(workers)))
    }

    /// Puts a request into the line and returns at once.
    ///
    /// Of a request that borrows, [`Request::into_owned`] makes one that can wait. Its parameters are checked when
    /// it runs.
    ///
    /// # Errors
    /// [`QueueFull`](ErrorKind::QueueFull).
    pub fn submit(&self, request: Request<'static>, options: JobOptions) -> Result<Job> {
        let shared = &self.0.shared;
        let entry = Arc::new(Entry::new(request, options));
        shared.end_canceled();
        shared.line().join(entry.clone(), shared.options.capacity)?;
        shared.changed.notify_one();
        shared
            .engine
            .log()
            .debug("jobs", || format!("job {} ({}) has joined the line", entry.id, entry.pipeline));
        Ok(Job::new(entry, Arc::downgrade(shared)))
    }

    /// Refuses one more job where [`submit`](Self::submit) would now, before its inputs are copied.
    ///
    /// # Errors
    /// [`QueueFull`](ErrorKind::QueueFull).
    pub fn check_room(&self) -> Result<()> {
        let shared = &self.0.shared;
        shared.end_canceled();
        shared.line().check_room(shared.options.capacity)
    }

    /// The job with an id.
    ///
    /// # Errors
    /// [`JobNotFound`](ErrorKind::JobNotFound) for an id that was never given, or a job that has expired.
    pub fn get(&self, id: JobId) -> Result<Job> {
        let shared = &self.0.shared;
        let entry = shared.kept().find(id).ok_or_else(|| {
            Error::new(
                ErrorKind::JobNotFound,
                format!(
                    "there is no job {id}: it was never submitted here, or ended over {} s ago and was forgotten",
                    shared.options.retention.as_secs()
                ),
            )
        })?;
        Ok(Job::new(entry, Arc::downgrade(shared)))
    }

    /// Every job that can be asked for, the first submitted first.
    pub fn list(&self) -> Vec<JobStatus> {
        let mut all: Vec<_> = self.0.shared.kept().all().cloned().collect();
        all.sort_by_key(|entry| entry.arrival());
        all.iter().map(|entry| entry.status()).collect()
    }

    /// How many jobs can be asked for.
    pub fn count(&self) -> usize {
        self.0.shared.kept().all().len()
    }

    /// The engine that the jobs run on.
    pub fn engine(&self) -> &Engine {
        &self.0.shared.engine
    }

    /// How many jobs run, wait and are kept.
    pub fn options(&self) -> &JobsOptions {
        &self.0.shared.options
    }
}

/// The line and what its workers work with.
pub(super) struct Shared {
    pub engine: Engine,
    options: JobsOptions,
    line: Mutex<Line>,
    /// Somebody has joined the line, or it was closed.
    changed: Condvar,
}

impl Shared {
    /// Waits for the next job; none when the line is closed.
    pub fn next(&self) -> Option<Arc<Entry>> {
        let mut line = self.line();
        loop {
            if line.closed {
                return None;
            }
            if let Some(entry) = line.next() {
                return Some(entry);
            }
            // Results expire also when nobody asks.
            let due = line.forget_expired(self.options.retention);
            line = match due {
                Some(due) => self.changed.wait_timeout(line, due).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(line).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Ends a job, and tells whoever waits for it.
    pub fn end(&self, entry: &Entry, result: Result<Response>) {
        let Some(control) = entry.end(result) else { return };
        self.kept().keep(entry.id, self.options.kept);
        self.tell_end(&entry.status());
        // A callback that panics must not take the worker with it.
        let _ = catch_unwind(AssertUnwindSafe(move || entry.tell(&control)));
        entry.told();
    }

    fn tell_end(&self, JobStatus { id, pipeline, error, ran, .. }: &JobStatus) {
        let log = self.engine.log();
        match error {
            None => {
                log.info("jobs", || format!("job {id} ({pipeline}) has completed in {} ms", ran.as_millis()))
            }
            Some(error) if error.kind() == ErrorKind::Canceled => {
                log.info("jobs", || format!("job {id} ({pipeline}) was canceled"));
            }
            Some(error) => {
                log.error("jobs", || format!("job {id} ({pipeline}) has failed: {}", error.chain()))
            }
        }
    }

    /// Cancels a job: at once where it waits, else soon.
    pub fn cancel(&self, entry: &Entry) {
        entry.cancel.cancel();
        let waited = self.line().leave(entry.id);
        if waited {
            self.end_waiting(entry);
        }
    }

    /// Ends those who wait and whose token was canceled.
    fn end_canceled(&self) {
        let left = self.line().leave_canceled();
        left.iter().for_each(|entry| self.end_waiting(entry));
    }

    fn end_waiting(&self, entry: &Entry) {
        self.end(entry, Err(Error::new(ErrorKind::Canceled, "the job was canceled while it waited")));
    }

    /// The line without those whose time is over.
    fn kept(&self) -> MutexGuard<'_, Line> {
        let mut line = self.line();
        line.forget_expired(self.options.retention);
        line
    }

    pub fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The threads, which stop when the last owner of the queue goes.
#[derive(Debug)]
struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Workers {
    fn drop(&mut self) {
        let open: Vec<_> = {
            let mut line = self.shared.line();
            line.closed = true;
            line.all().filter(|entry| !entry.state().is_final()).cloned().collect()
        };
        self.shared.changed.notify_all();
        open.iter().for_each(|entry| self.shared.cancel(entry));
        for thread in self.threads.drain(..) {
            // The last owner may be a callback on a worker, which cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}
