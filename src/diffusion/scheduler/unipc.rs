//! UniPC: a predictor, and a corrector that costs no run of the model.

use super::config::{SchedulerConfig, SolverType};
use super::level::Level;
use super::schedule::Schedule;
use super::step::{Correction, NextSample, Solver, Step};
use crate::error::Result;

/// The unified predictor and corrector for the clean sample, B(h) of either kind (Zhao et al., 2023).
#[derive(Debug)]
pub struct UniPc {
    order: usize,
    bh1: bool,
    lower_order_final: bool,
}

impl UniPc {
    /// The solver of a configuration.
    pub fn new(config: &SchedulerConfig) -> Result<Self> {
        Ok(Self {
            order: config.solver_order()?,
            bh1: config.solver_type == Some(SolverType::Bh1),
            lower_order_final: config.lower_order_final.unwrap_or(true),
        })
    }

    /// The order of a step, with which the next one corrects it.
    fn order_at(&self, schedule: &Schedule, index: usize, done: usize) -> usize {
        let left = if self.lower_order_final { schedule.len() - index } else { self.order };
        self.order.min(left).min(done + 1)
    }

    /// Makes the sample at a step anew, now that its clean sample is known.
    fn correct(&self, schedule: &Schedule, index: usize, order: usize) -> Correction {
        let span = Span::new(schedule.levels[index - 1], schedule.levels[index], self.bh1);
        let mut correction = Correction { sample: span.sample, ..Correction::default() };
        let (slope, curve) = match order {
            1 => (0.5, 0.0),
            _ => {
                let ratio = span.ratio(schedule.levels[index - 2]);
                let [first, second] = span.integrals();
                let curve = (first - second) / (1.0 - ratio);
                (first - curve, curve / ratio)
            }
        };
        correction.clean = span.slope * slope;
        correction.earlier = [span.clean - span.slope * (slope + curve), span.slope * curve];
        correction
    }

    fn predict(&self, schedule: &Schedule, index: usize, order: usize) -> NextSample {
        let span = Span::new(schedule.levels[index], schedule.targets[index], self.bh1);
        let mut next = NextSample { sample: span.sample, clean: span.clean, ..NextSample::default() };
        if order > 1 {
            next.earlier = span.slope * 0.5 / span.ratio(schedule.levels[index - 1]);
            next.clean -= next.earlier;
        }
        next
    }
}

impl Solver for UniPc {
    fn memory(&self) -> usize {
        self.order
    }

    fn step(&self, schedule: &Schedule, index: usize, done: usize) -> Step {
        let correction =
            (done > 0).then(|| self.correct(schedule, index, self.order_at(schedule, index - 1, done - 1)));
        let next = self.predict(schedule, index, self.order_at(schedule, index, done));
        Step { clean: schedule.clean(index), clip: None, correction, next }
    }
}

/// The way from one level to another.
struct Span {
    /// The level that it starts from.
    from: Level,
    /// Its length, negative as a solver of the clean sample measures it.
    length: f64,
    /// B(h).
    scale: f64,
    /// The weight of the sample.
    sample: f64,
    /// The weight of the clean sample.
    clean: f64,
    /// The weight of differences of clean samples.
    slope: f64,
}

impl Span {
    fn new(from: Level, to: Level, bh1: bool) -> Self {
        let length = from.lambda() - to.lambda();
        let scale = if bh1 { length } else { length.exp_m1() };
        Self {
            from,
            length,
            scale,
            sample: to.noise / from.noise,
            clean: -to.signal * length.exp_m1(),
            slope: -to.signal * scale,
        }
    }

    /// How far back an earlier level is, in lengths of this way: negative.
    fn ratio(&self, earlier: Level) -> f64 {
        (self.from.lambda() - earlier.lambda()) / self.length
    }

    /// The integrals that a corrector of second order matches.
    fn integrals(&self) -> [f64; 2] {
        let first = self.length.exp_m1() / self.length - 1.0;
        let second = first / self.length - 0.5;
        [first / self.scale, 2.0 * second / self.scale]
    }
}
