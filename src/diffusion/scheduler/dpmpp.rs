//! DPM-Solver++: a multistep solver of the clean sample.

use super::config::{SchedulerConfig, SolverType};
use super::schedule::Schedule;
use super::step::{NextSample, Solver, Step};
use crate::error::Result;

/// DPM-Solver++ (2M) and its SDE (algorithms 2 of Lu et al., 2022, and of its appendix).
#[derive(Debug)]
pub struct DpmPp {
    order: usize,
    heun: bool,
    euler_at_final: bool,
    lower_order_final: bool,
    sde: bool,
}

/// Below this many steps the last one is of first order, for stability.
const FEW_STEPS: usize = 15;

impl DpmPp {
    /// The solver of a configuration, with fresh noise or without.
    pub fn new(config: &SchedulerConfig, sde: bool) -> Result<Self> {
        Ok(Self {
            order: config.solver_order()?,
            heun: config.solver_type == Some(SolverType::Heun),
            euler_at_final: config.euler_at_final.unwrap_or(false),
            lower_order_final: config.lower_order_final.unwrap_or(true),
            sde,
        })
    }

    fn is_first_order(&self, schedule: &Schedule, index: usize, done: usize) -> bool {
        let ends_low = self.euler_at_final
            || (self.lower_order_final && schedule.len() < FEW_STEPS)
            || schedule.targets[index].noise == 0.0;
        self.order == 1 || done == 0 || (index + 1 == schedule.len() && ends_low)
    }
}

impl Solver for DpmPp {
    fn memory(&self) -> usize {
        self.order - 1
    }

    fn step(&self, schedule: &Schedule, index: usize, done: usize) -> Step {
        let (from, to) = (schedule.levels[index], schedule.targets[index]);
        let h = to.lambda() - from.lambda();
        let (decay, span) = if self.sde { ((-h).exp(), 2.0 * h) } else { (1.0, h) };
        let change = -(-span).exp_m1();
        let mut next = NextSample {
            sample: to.noise / from.noise * decay,
            clean: to.signal * change,
            noise: self.sde.then(|| to.noise * change.sqrt()),
            ..NextSample::default()
        };
        if !self.is_first_order(schedule, index, done) {
            let slope = to.signal * if self.heun { 1.0 - change / span } else { change / 2.0 };
            let ratio = h / (from.lambda() - schedule.levels[index - 1].lambda());
            next.clean += slope * ratio;
            next.earlier = -slope * ratio;
        }
        Step { clean: schedule.clean(index), clip: None, correction: None, next }
    }
}
