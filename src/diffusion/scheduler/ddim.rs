//! DDIM and Euler's method: one step down, in two scales of the same noise.

use super::level::Level;
use super::schedule::Schedule;
use super::step::{NextSample, Solver, Step};

/// Denoising diffusion implicit models (Song et al., 2020) without added noise; on levels that keep the signal it is
/// Euler's method (algorithm 2 of Karras et al., 2022, without churn).
#[derive(Debug)]
pub struct Ddim {
    /// The bound that the clean sample is clipped to.
    pub clip: Option<f32>,
}

impl Solver for Ddim {
    fn step(&self, schedule: &Schedule, index: usize, _done: usize) -> Step {
        step_to(schedule.targets[index], schedule, index, self.clip, None)
    }
}

/// Euler's method to a level below the next, and fresh noise up to it.
#[derive(Debug)]
pub struct EulerAncestral;

impl Solver for EulerAncestral {
    fn step(&self, schedule: &Schedule, index: usize, _done: usize) -> Step {
        let (from, to) = (schedule.levels[index].noise, schedule.targets[index].noise);
        let down = Level { signal: 1.0, noise: to * to / from };
        let up = (to * to - down.noise * down.noise).max(0.0).sqrt();
        step_to(down, schedule, index, None, Some(up))
    }
}

/// Puts the clean sample and the noise in the sample together again on another level.
fn step_to(to: Level, schedule: &Schedule, index: usize, clip: Option<f32>, noise: Option<f64>) -> Step {
    let [sample, output] = schedule.levels[index].unit_noise(schedule.prediction);
    let next = NextSample {
        sample: to.noise * sample,
        output: to.noise * output,
        clean: to.signal,
        noise,
        ..NextSample::default()
    };
    Step::alone(schedule.clean(index), clip, next)
}
