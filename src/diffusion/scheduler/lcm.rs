//! Latent consistency models: from any level to a clean sample at once, and noise again for the next.

use super::schedule::Schedule;
use super::step::{NextSample, Solver, Step};

/// Multistep consistency sampling (algorithm 3 of Luo et al., 2023).
#[derive(Debug)]
pub struct Lcm {
    /// The bound that the clean sample is clipped to.
    pub clip: Option<f32>,
    /// How fast the boundary condition fades with the timestep.
    pub timestep_scaling: f64,
}

/// The deviation of the data that the boundary condition assumes.
const DATA_DEVIATION: f64 = 0.5;

impl Solver for Lcm {
    fn step(&self, schedule: &Schedule, index: usize, _done: usize) -> Step {
        let time = f64::from(schedule.timesteps[index]) * self.timestep_scaling;
        let skip = DATA_DEVIATION.powi(2) / (time.powi(2) + DATA_DEVIATION.powi(2));
        let out = time / time.hypot(DATA_DEVIATION);
        let to = schedule.targets[index];
        let noise = (index + 1 < schedule.len()).then_some(to.noise);
        let next =
            NextSample { sample: to.signal * skip, clean: to.signal * out, noise, ..NextSample::default() };
        Step::alone(schedule.clean(index), self.clip, next)
    }
}
