//! Progress out of a running call, and cancellation into it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// The stage that runs now, such as `detect` or `restore`.
    pub stage: &'a str,
    /// The part of the whole call that is done, 0 to 1; it never falls.
    pub fraction: f32,
}

/// What a running call has made so far: small and rough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preview<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its pixels, RGB, row by row.
    pub rgb: &'a [u8],
    /// The steps that the model has run for it.
    pub step: u32,
    /// The steps that it will have run.
    pub steps: u32,
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub struct Completion<'a> {
    /// Why it failed or was canceled, if it did.
    pub error: Option<&'a Error>,
    /// How long it took.
    pub duration: Duration,
}

/// What a caller holds of one running call: callbacks and a cancel token.
///
/// The default reports nothing and cannot be canceled.
#[derive(Clone, Default)]
pub struct Control {
    progress: Option<Arc<ProgressFn>>,
    preview: Option<Arc<PreviewFn>>,
    completion: Option<Arc<CompletionFn>>,
    cancel: CancelToken,
}

type ProgressFn = dyn Fn(Progress<'_>) + Send + Sync;
type PreviewFn = dyn Fn(Preview<'_>) + Send + Sync;
type CompletionFn = dyn Fn(Completion<'_>) + Send + Sync;

impl Control {
    /// A control that reports nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Calls `callback` with each step of progress, on the thread that runs the call.
    pub fn on_progress(mut self, callback: impl Fn(Progress<'_>) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// Calls `callback` with a preview after each step of a diffusion model, on the thread that runs the call.
    pub fn on_preview(mut self, callback: impl Fn(Preview<'_>) + Send + Sync + 'static) -> Self {
        self.preview = Some(Arc::new(callback));
        self
    }

    /// Calls `callback` once when [`Engine::run`](crate::Engine::run) ends, however it ends.
    pub fn on_completion(mut self, callback: impl Fn(Completion<'_>) + Send + Sync + 'static) -> Self {
        self.completion = Some(Arc::new(callback));
        self
    }

    /// Stops the call soon after `token` is canceled, also in the middle of a model run.
    pub fn cancel_with(mut self, token: CancelToken) -> Self {
        self.cancel = token;
        self
    }

    /// The token that stops this call.
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// The same control for a call with a token of its own, whose progress `watch` is told before the caller is.
    pub(crate) fn watched(
        &self,
        cancel: CancelToken,
        watch: impl Fn(Progress<'_>) + Send + Sync + 'static,
    ) -> Self {
        let told = self.progress.clone();
        let progress = move |step: Progress<'_>| {
            watch(step);
            if let Some(told) = &told {
                told(step);
            }
        };
        Self { progress: Some(Arc::new(progress)), cancel, ..self.clone() }
    }

    /// A control for a part of the call: the same token, and progress that goes from `start` to `end`.
    pub(crate) fn part(&self, start: f32, end: f32) -> Self {
        let progress = self.progress.clone().map(|whole| -> Arc<ProgressFn> {
            Arc::new(move |part| {
                whole(Progress { fraction: start + (end - start) * part.fraction, ..part });
            })
        });
        Self { progress, ..self.clone() }
    }

    /// Shows what there is so far; the pixels are made only where somebody looks.
    pub(crate) fn preview(
        &self,
        width: u32,
        height: u32,
        [step, steps]: [u32; 2],
        rgb: impl FnOnce() -> Vec<u8>,
    ) {
        if let Some(show) = &self.preview {
            show(Preview { width, height, rgb: &rgb(), step, steps });
        }
    }

    /// Tells that the call which began at `start` has ended.
    pub(crate) fn complete(&self, error: Option<&Error>, start: Instant) {
        if let Some(complete) = &self.completion {
            complete(Completion { error, duration: start.elapsed() });
        }
    }

    /// Reports that `fraction` of the whole call is done, then stops it if it was canceled.
    ///
    /// # Errors
    /// [`ErrorKind::Canceled`].
    pub fn report(&self, stage: &str, fraction: f32) -> Result<()> {
        if let Some(progress) = &self.progress {
            progress(Progress { stage, fraction: fraction.clamp(0.0, 1.0) });
        }
        self.cancel.check()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("cancel", &self.cancel).finish_non_exhaustive()
    }
}

/// A switch that cancels every call it was given to; clones are the same switch.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<TokenState>);

#[derive(Default)]
struct TokenState {
    parent: Option<CancelToken>,
    canceled: AtomicBool,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    next: u64,
    stops: Vec<(u64, Arc<dyn Fn() + Send + Sync>)>,
}

impl CancelToken {
    /// A token that is not canceled.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that is canceled with this one, and can be canceled alone.
    pub fn child(&self) -> Self {
        Self(Arc::new(TokenState { parent: Some(self.clone()), ..TokenState::default() }))
    }

    /// Cancels, for good. Any thread may call this, any number of times.
    pub fn cancel(&self) {
        let running = self.running();
        self.0.canceled.store(true, Ordering::SeqCst);
        for (_, stop) in &running.stops {
            stop();
        }
    }

    /// Whether it was canceled.
    pub fn is_canceled(&self) -> bool {
        self.lineage().any(|token| token.0.canceled.load(Ordering::SeqCst))
    }

    /// Stops the call that asks, if it was canceled.
    ///
    /// # Errors
    /// [`ErrorKind::Canceled`].
    pub fn check(&self) -> Result<()> {
        if self.is_canceled() {
            return Err(Error::new(ErrorKind::Canceled, "the call was canceled"));
        }
        Ok(())
    }

    /// Calls `stop` when the token is canceled, at once if it already is, until the guard is dropped.
    ///
    /// `stop` runs on the thread that cancels, may run twice, and must not touch this token.
    pub fn on_cancel(&self, stop: impl Fn() + Send + Sync + 'static) -> CancelGuard<'_> {
        let stop: Arc<dyn Fn() + Send + Sync> = Arc::new(stop);
        let register = |token: &Self| {
            let mut running = token.running();
            let id = running.next;
            running.next += 1;
            running.stops.push((id, stop.clone()));
            id
        };
        let ids = self.lineage().map(register).collect();
        if self.is_canceled() {
            stop();
        }
        CancelGuard { token: self, ids }
    }

    /// The token, its parent, and so on.
    fn lineage(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |token| token.0.parent.as_ref())
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelToken").field(&self.is_canceled()).finish()
    }
}

/// Keeps a stop function of [`CancelToken::on_cancel`] registered while it lives.
#[derive(Debug)]
pub struct CancelGuard<'a> {
    token: &'a CancelToken,
    /// Where it is registered in the token, its parent, and so on.
    ids: Vec<u64>,
}

impl Drop for CancelGuard<'_> {
    fn drop(&mut self) {
        for (token, own) in self.token.lineage().zip(&self.ids) {
            token.running().stops.retain(|(id, _)| id != own);
        }
    }
}
