//! The schedulers: which noise levels a picture goes through, and how it steps from one to the next.

mod config;
mod ddim;
mod dpmpp;
mod lcm;
mod level;
mod schedule;
mod step;
mod unipc;

use std::ops::Range;

use ndarray::ArrayD;

pub use config::{Prediction, SchedulerConfig, SchedulerKind, Spacing};
pub use step::{Correction, NextSample, Step};

use super::noise::Generator;
use crate::error::{Error, ErrorKind, Result};
use ddim::{Ddim, EulerAncestral};
use dpmpp::DpmPp;
use lcm::Lcm;
use schedule::Schedule;
use step::{Memory, Solver, check_shapes, weighted_sum};
use unipc::UniPc;

/// A schedule and the solver that runs it, step by step as diffusers does.
///
/// Samples and outputs are float32 arrays of any shape, the same for a whole run. Steps are numbered from 0, the
/// noisiest.
#[derive(Debug)]
pub struct Scheduler {
    kind: SchedulerKind,
    schedule: Schedule,
    solver: Box<dyn Solver>,
    init_noise_sigma: f32,
    begin: usize,
    done: usize,
    memory: Memory,
}

impl Scheduler {
    /// The scheduler of a number of steps, ready at the first.
    ///
    /// Without a kind it is the checkpoint's own; another one takes over what the configuration says of noise,
    /// prediction and spacing. `karras` switches the spacing of Karras et al. (2022) on or off; without it the
    /// configuration decides. A number of steps that the training does not have, a kind that has no Karras spacing,
    /// and options that have no finite solution are errors.
    pub fn new(
        config: &SchedulerConfig,
        kind: Option<SchedulerKind>,
        karras: Option<bool>,
        steps: usize,
    ) -> Result<Self> {
        let kind = kind.map_or_else(|| config.kind(), Ok)?;
        let schedule = Schedule::new(config, kind, karras, steps)?;
        let solver: Box<dyn Solver> = match kind {
            SchedulerKind::Ddim => Box::new(Ddim { clip: config.clip(kind) }),
            SchedulerKind::Euler => Box::new(Ddim { clip: None }),
            SchedulerKind::EulerAncestral => Box::new(EulerAncestral),
            SchedulerKind::DpmPp2m => Box::new(DpmPp::new(config, false)?),
            SchedulerKind::DpmPp2mSde => Box::new(DpmPp::new(config, true)?),
            SchedulerKind::UniPc => Box::new(UniPc::new(config)?),
            SchedulerKind::Lcm => Box::new(Lcm {
                clip: config.clip(kind),
                timestep_scaling: config.timestep_scaling.unwrap_or(10.0),
            }),
        };
        for index in 0..steps {
            for done in 0..=index.min(solver.memory()) {
                if !solver.step(&schedule, index, done).is_finite() {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        format!(
                            "the scheduler {} has no finite step {index} of {steps} with the checkpoint's options: choose \
                             another scheduler or number of steps",
                            kind.name()
                        ),
                    ));
                }
            }
        }
        let init_noise_sigma = init_noise_sigma(config, kind, &schedule);
        let memory = Memory::new(solver.memory());
        Ok(Self { kind, schedule, solver, init_noise_sigma, begin: 0, done: 0, memory })
    }

    /// Which of the steps of a longer schedule run when `steps` of them run at a denoise of 0 to 1.
    ///
    /// The range ends with the number of steps that the schedule has, ⌊steps / denoise⌋ (ComfyUI's convention), and
    /// begins where the run does. Nothing runs at a denoise of 0, or one that is not a number.
    pub fn tail(steps: usize, denoise: f32) -> Range<usize> {
        if denoise.is_nan() || denoise <= 0.0 {
            return 0..0;
        }
        // A decimal denoise such as 0.09 is rounded to f32: what is a whole number but for that counts as one.
        let rounding = 1.0 + f64::from(f32::EPSILON);
        let total = (steps as f64 / f64::from(denoise.min(1.0)) * rounding) as usize;
        total.saturating_sub(steps)..total
    }

    /// Which solver it is.
    pub fn kind(&self) -> SchedulerKind {
        self.kind
    }

    /// What the model is told at each step: places in the training, not always whole.
    pub fn timesteps(&self) -> &[f32] {
        &self.schedule.timesteps
    }

    /// The deviation of the noise that a picture made from nothing starts as.
    pub fn init_noise_sigma(&self) -> f32 {
        self.init_noise_sigma
    }

    /// Makes `index` the next step, with nothing remembered of steps before.
    pub fn begin(&mut self, index: usize) -> Result<()> {
        self.check_index(index)?;
        self.begin = index;
        self.done = 0;
        self.memory = Memory::new(self.solver.memory());
        Ok(())
    }

    /// Puts a clean sample on the noise level at which a step starts; after the last step it stays clean.
    pub fn add_noise(&self, sample: &ArrayD<f32>, noise: &ArrayD<f32>, index: usize) -> Result<ArrayD<f32>> {
        check_shapes(sample, noise)?;
        if index == self.schedule.len() {
            return Ok(sample.clone());
        }
        self.check_index(index)?;
        let level = self.schedule.levels[index];
        Ok(weighted_sum(sample.shape(), [(level.signal, sample), (level.noise, noise)]))
    }

    /// Scales a sample at a step to the deviation that the model was trained on.
    pub fn scale_model_input(&self, sample: &ArrayD<f32>, index: usize) -> Result<ArrayD<f32>> {
        self.check_index(index)?;
        let deviation = self.schedule.levels[index].deviation() as f32;
        Ok(sample.mapv(|value| value / deviation))
    }

    /// The clean sample that the model's output at a step means, as a preview shows it.
    pub fn clean(&self, output: &ArrayD<f32>, index: usize, sample: &ArrayD<f32>) -> Result<ArrayD<f32>> {
        check_shapes(sample, output)?;
        self.check_index(index)?;
        Ok(self.solver.step(&self.schedule, index, 0).clean(sample, output))
    }

    /// The weights of the next step.
    pub fn next_step(&self) -> Result<Step> {
        self.check_index(self.begin + self.done)?;
        Ok(self.solver.step(&self.schedule, self.begin + self.done, self.done))
    }

    /// Steps from the sample at a step to the next, given the model's output.
    ///
    /// Steps run in order from where the run began. Noise is drawn from the generator as diffusers draws it, also
    /// where its weight is 0.
    pub fn step(
        &mut self,
        output: &ArrayD<f32>,
        index: usize,
        sample: &ArrayD<f32>,
        generator: &mut Generator,
    ) -> Result<ArrayD<f32>> {
        let expected = self.begin + self.done;
        if index != expected {
            return Err(Error::parameter(format!(
                "step {index} of the scheduler cannot run when step {expected} is the next: begin there first"
            )));
        }
        let step = self.next_step()?;
        let next = self.memory.step(&step, output, sample, generator)?;
        self.done += 1;
        Ok(next)
    }

    fn check_index(&self, index: usize) -> Result<()> {
        let steps = self.schedule.len();
        if index < steps {
            return Ok(());
        }
        Err(Error::parameter(format!("the scheduler has no step {index}, only 0 to {}", steps - 1)))
    }
}

/// The highest deviation of the run; as if it started from pure noise where the spacing begins below the last step.
fn init_noise_sigma(config: &SchedulerConfig, kind: SchedulerKind, schedule: &Schedule) -> f32 {
    let highest = schedule.levels.iter().map(|level| level.noise).fold(0.0, f64::max);
    match kind {
        SchedulerKind::Euler | SchedulerKind::EulerAncestral => match config.spacing(kind) {
            Spacing::Leading => highest.hypot(1.0) as f32,
            Spacing::Linspace | Spacing::Trailing => highest as f32,
        },
        _ => 1.0,
    }
}
