//! Restores pictures in the background, two at a time: `cargo run --release --example jobs -- PHOTO...`
use std::time::Duration;

use facekit::job::{JobOptions, Jobs, JobsOptions};
use facekit::pipelines::Restored;
use facekit::{Engine, ErrorKind, Image, Limits, Request, Result};

fn main() -> Result<()> {
    let engine = Engine::builder().build()?;
    let jobs = Jobs::new(&engine, JobsOptions { workers: 2, ..JobsOptions::default() })?;
    let mut submitted = Vec::new();
    for path in std::env::args().skip(1) {
        let image = Image::open(&path, &Limits::default())?.into();
        let job =
            jobs.submit(Request::Restore { image, params: Default::default() }, JobOptions::default())?;
        submitted.push((path, job));
    }
    for (path, job) in submitted {
        while let Err(error) = job.wait(Some(Duration::from_millis(200))) {
            if error.kind() != ErrorKind::TimedOut {
                return Err(error);
            }
            let status = job.status();
            println!("{path}: {:.0} % {}", 100.0 * status.fraction, status.stage);
        }
        let restored: Restored = job.take_as()?;
        println!("{path}: {} face(s) in {:?}", restored.faces.len(), restored.metrics.inference_time);
    }
    Ok(())
}
