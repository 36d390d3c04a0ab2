//! One job, shared by its handle, the line and the worker that runs it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant, SystemTime};

use crate::error::{Error, ErrorKind, Result};
use crate::job::queue::JobOptions;
use crate::job::status::{JobId, JobState, JobStatus};
use crate::json::Output;
use crate::progress::{CancelToken, Control, Progress};
use crate::request::{Request, Response};

/// A job.
#[derive(Debug)]
pub(super) struct Entry {
    pub id: JobId,
    pub pipeline: &'static str,
    pub priority: i32,
    /// Where the pictures of the result go, when it is taken as JSON.
    pub output: Output,
    /// Stops this job alone; a child of the caller's.
    pub cancel: CancelToken,
    created: (SystemTime, Instant),
    life: Mutex<Life>,
    ended: Condvar,
}

/// What of a job changes.
#[derive(Debug)]
struct Life {
    request: Option<Request<'static>>,
    /// What the caller wants to be told, until the job has ended.
    control: Option<Control>,
    /// The thread that tells the caller of the end; who waits waits for it too.
    telling: Option<ThreadId>,
    state: JobState,
    stage: String,
    fraction: f32,
    started: Option<Instant>,
    finished: Option<Instant>,
    metrics: Option<crate::pipelines::Metrics>,
    error: Option<Arc<Error>>,
    result: Option<Response>,
}

impl Entry {
    pub fn new(request: Request<'static>, options: JobOptions) -> Self {
        let JobOptions { priority, control, output } = options;
        Self {
            id: JobId::random(),
            pipeline: request.pipeline(),
            priority,
            cancel: control.cancel_token().child(),
            output,
            created: (SystemTime::now(), Instant::now()),
            life: Mutex::new(Life {
                request: Some(request),
                control: Some(control),
                telling: None,
                state: JobState::Queued,
                stage: String::new(),
                fraction: 0.0,
                started: None,
                finished: None,
                metrics: None,
                error: None,
                result: None,
            }),
            ended: Condvar::new(),
        }
    }

    /// Takes the request to run it, and what the caller wants of it; none where the job no longer waits.
    pub fn start(&self) -> Option<(Request<'static>, Control)> {
        let mut life = self.life();
        let (request, control) = (life.request.take()?, life.control.clone()?);
        life.state = JobState::Processing;
        life.started = Some(Instant::now());
        Some((request, control))
    }

    pub fn progress(&self, Progress { stage, fraction }: Progress<'_>) {
        let mut life = self.life();
        life.fraction = fraction;
        if life.stage != stage {
            life.stage.replace_range(.., stage);
        }
    }

    /// Ends the job, unless it has ended, and gives what the caller wants to be told; [`told`](Self::told) lets those
    /// go on who wait.
    pub fn end(&self, result: Result<Response>) -> Option<Control> {
        let mut life = self.life();
        if life.state.is_final() {
            return None;
        }
        life.request = None;
        life.telling = Some(thread::current().id());
        life.finished = Some(Instant::now());
        match result {
            Ok(response) => {
                life.state = JobState::Completed;
                life.fraction = 1.0;
                life.metrics = Some(response.metrics().clone());
                life.result = Some(response);
            }
            Err(error) => {
                life.state = match error.kind() {
                    ErrorKind::Canceled => JobState::Canceled,
                    _ => JobState::Failed,
                };
                life.error = Some(Arc::new(error));
            }
        }
        life.control.take()
    }

    /// Tells the caller of the end.
    pub fn tell(&self, control: &Control) {
        let error = self.life().error.clone();
        control.complete(error.as_deref(), self.created.1);
    }

    /// The caller was told of the end.
    pub fn told(&self) {
        self.life().telling = None;
        self.ended.notify_all();
    }

    /// Waits until the job has ended and the caller was told, for at most `timeout`.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<()> {
        let running = |life: &mut Life| !life.is_over();
        let life = self.life();
        let Some(timeout) = timeout else {
            drop(self.ended.wait_while(life, running).unwrap_or_else(PoisonError::into_inner));
            return Ok(());
        };
        let waited = self.ended.wait_timeout_while(life, timeout, running);
        let (life, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if life.is_over() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TimedOut,
            format!(
                "job {} is still {} after {} ms of waiting: wait longer, or cancel it",
                self.id,
                life.state.name(),
                timeout.as_millis()
            ),
        ))
    }

    /// Takes the result, once, as what `convert` makes of it; what it gives back stays.
    pub fn take<T>(&self, convert: impl FnOnce(Response) -> Result<T, Box<Response>>) -> Result<T> {
        let mut life = self.life();
        if let Some(error) = &life.error {
            return Err(Error::new(error.kind(), error.chain()));
        }
        if !life.state.is_final() {
            return Err(Error::parameter(format!(
                "job {} is {} and has no result yet: wait for it first",
                self.id,
                life.state.name()
            )));
        }
        let result = life.result.take().ok_or_else(|| {
            Error::new(
                ErrorKind::JobNotFound,
                format!("the result of job {} was taken before, or kept for its time and dropped", self.id),
            )
        })?;
        convert(result).map_err(|other| {
            life.result = Some(*other);
            Error::parameter(format!(
                "job {} ran {}, whose result is none of another pipeline: take it as what it is",
                self.id, self.pipeline
            ))
        })
    }

    /// Puts back a result that was taken and could not be used.
    pub fn give_back(&self, response: Response) {
        self.life().result.get_or_insert(response);
    }

    /// Whether there is a result to be taken.
    pub fn has_result(&self) -> bool {
        self.life().result.is_some()
    }

    /// When it was submitted, by a clock that nobody sets.
    pub fn arrival(&self) -> Instant {
        self.created.1
    }

    /// Drops the result, whose time is over.
    pub fn expire(&self) {
        self.life().result = None;
    }

    pub fn state(&self) -> JobState {
        self.life().state
    }

    pub fn status(&self) -> JobStatus {
        let life = self.life();
        let now = Instant::now();
        let started = life.started.or(life.finished).unwrap_or(now);
        JobStatus {
            id: self.id,
            pipeline: self.pipeline,
            state: life.state,
            priority: self.priority,
            stage: life.stage.clone(),
            fraction: life.fraction,
            error: life.error.clone(),
            metrics: life.metrics.clone(),
            created: self.created.0,
            waited: started - self.created.1,
            ran: life.finished.unwrap_or(now) - started,
        }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Life {
    /// Whether the job has ended and the caller was told, as far as this thread may wait for that.
    fn is_over(&self) -> bool {
        self.state.is_final() && self.telling.is_none_or(|thread| thread == thread::current().id())
    }
}
