//! Jobs: requests that run in the background, in the order of their priority.
//!
//! Floors of the folder, ground first: `status` (what is known of a job), `entry` (one job, shared by its handle, the
//! line and a worker), `line` (who waits, and whose result is kept), `worker`, and on top [`Jobs`] and [`Job`].

mod entry;
mod handle;
mod line;
mod queue;
mod status;
mod worker;

pub use handle::Job;
pub use queue::{JobOptions, Jobs, JobsOptions};
pub use status::{JobId, JobState, JobStatus};
