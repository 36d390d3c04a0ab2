//! The sessions of one model that run side by side.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};

type Make = dyn Fn() -> ort::Result<ort::session::Session> + Send + Sync;

/// The sessions of one model: the first, and others that are made when a run would have to wait for one.
///
/// A session of ONNX Runtime bears one run at a time: not all that it keeps between runs is safe from two, as `ort` warns.
pub(super) struct Replicas {
    first: Mutex<ort::session::Session>,
    others: Box<[OnceLock<Mutex<ort::session::Session>>]>,
    make: Box<Make>,
    turn: AtomicUsize,
}

impl Replicas {
    /// One session, which all runs wait for.
    pub fn one(first: ort::session::Session) -> Self {
        Self::new(first, 0, || Err(ort::Error::new("there is one session only")))
    }

    /// A session, and at most so many others as `make` gives.
    pub fn new(
        first: ort::session::Session,
        others: usize,
        make: impl Fn() -> ort::Result<ort::session::Session> + Send + Sync + 'static,
    ) -> Self {
        let others = (0..others).map(|_| OnceLock::new()).collect();
        Self { first: Mutex::new(first), others, make: Box::new(make), turn: AtomicUsize::new(0) }
    }

    /// The first session; the others are dropped.
    pub fn into_first(self) -> ort::session::Session {
        self.first.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first session, once no run uses it.
    pub fn first(&self) -> MutexGuard<'_, ort::session::Session> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session that no run uses: one that there is, else a new one while there may be more, else one of them once it is
    /// free. One that cannot be made, as when memory is short, is done without.
    pub fn free(&self) -> MutexGuard<'_, ort::session::Session> {
        let made = || [&self.first].into_iter().chain(self.others.iter().filter_map(OnceLock::get));
        if let Some(session) = made().find_map(unused) {
            return session;
        }
        for place in self.others.iter().filter(|place| place.get().is_none()) {
            let Ok(session) = (self.make)() else { break };
            let session = place.get_or_init(|| Mutex::new(session));
            if let Some(session) = unused(session) {
                return session;
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % made().count();
        made().nth(turn).unwrap_or(&self.first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session, if no run uses it now.
fn unused(session: &Mutex<ort::session::Session>) -> Option<MutexGuard<'_, ort::session::Session>> {
    match session.try_lock() {
        Ok(session) => Some(session),
        Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl fmt::Debug for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.others.iter().filter(|place| place.get().is_some()).count();
        write!(f, "Replicas({} of {})", 1 + made, 1 + self.others.len())
    }
}
