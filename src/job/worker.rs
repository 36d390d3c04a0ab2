//! The threads that run jobs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::job::entry::Entry;
use crate::job::queue::Shared;
use crate::progress::Control;
use crate::request::{Request, Response};

/// Runs jobs until the line is closed.
pub(super) fn work(shared: &Shared) {
    while let Some(entry) = shared.next() {
        let Some((request, control)) = entry.start() else { continue };
        let result = catch_unwind(AssertUnwindSafe(|| run(shared, &entry, &request, control)));
        // The inputs are of no more use, while the result may be kept for long.
        drop(request);
        shared.end(&entry, result.unwrap_or_else(|panic| Err(Error::defect(&*panic))));
    }
}

fn run(
    shared: &Shared,
    entry: &Arc<Entry>,
    request: &Request<'static>,
    control: Control,
) -> Result<Response> {
    let watched = entry.clone();
    let control = control.watched(entry.cancel.clone(), move |step| watched.progress(step));
    control.cancel_token().check()?;
    shared.engine.respond(request, &control)
}
