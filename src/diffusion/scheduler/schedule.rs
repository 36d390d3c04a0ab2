//! Schedules: the training steps that are run, and the noise levels that they lead through.

use super::config::{FinalSigma, Prediction, SchedulerConfig, SchedulerKind, Spacing};
use super::level::{Level, alphas};
use crate::error::{Error, Result};

/// The steps of a run, from the noisiest on.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub prediction: Prediction,
    /// What the model is told at each step.
    pub timesteps: Vec<f32>,
    /// The noise level that each step leaves.
    pub levels: Vec<Level>,
    /// The noise level that each step reaches.
    pub targets: Vec<Level>,
}

impl Schedule {
    /// The schedule of as many steps, which the training must have had.
    pub fn new(
        config: &SchedulerConfig,
        kind: SchedulerKind,
        karras: Option<bool>,
        steps: usize,
    ) -> Result<Self> {
        let training_steps = config.training_steps();
        check_steps(steps, training_steps)?;
        let karras = config.karras(kind, karras)?;
        let alphas = alphas(config, kind)?;
        let mut timesteps = match kind {
            SchedulerKind::Lcm => consistency_timesteps(config, steps)?,
            _ => timesteps(config, kind, steps),
        };
        if timesteps.first().is_some_and(|first| *first > (training_steps - 1) as f64) {
            return Err(Error::parameter(format!(
                "{steps} steps and an offset of {} go beyond the {training_steps} steps of the training: run fewer steps",
                config.steps_offset()
            )));
        }
        let (levels, targets) = match kind {
            SchedulerKind::Ddim => strided_levels(config, &alphas, &timesteps),
            SchedulerKind::Lcm => {
                consecutive(timesteps.iter().map(|t| Level::of_alpha(alphas[*t as usize])), Level::CLEAN)
            }
            SchedulerKind::Euler | SchedulerKind::EulerAncestral => {
                let (sigmas, last) = sigmas(config, kind, karras, &alphas, &mut timesteps);
                consecutive(sigmas.into_iter().map(Level::of_sigma), Level::of_sigma(last))
            }
            SchedulerKind::DpmPp2m | SchedulerKind::DpmPp2mSde | SchedulerKind::UniPc => {
                let (sigmas, last) = sigmas(config, kind, karras, &alphas, &mut timesteps);
                let level = |sigma| Level::of_sigma(sigma).normalized();
                consecutive(sigmas.into_iter().map(level), level(last))
            }
        };
        let timesteps = timesteps.into_iter().map(|t| t as f32).collect();
        Ok(Self { prediction: config.prediction(), timesteps, levels, targets })
    }

    pub fn len(&self) -> usize {
        self.timesteps.len()
    }

    /// The clean sample at a step, as weights of the sample and the model's output.
    pub fn clean(&self, index: usize) -> [f64; 2] {
        self.levels[index].clean(self.prediction)
    }
}

fn check_steps(steps: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&steps) {
        return Ok(());
    }
    Err(Error::parameter(format!(
        "a schedule of {steps} steps is not possible, only of 1 to {most}: choose fewer steps or a higher denoise"
    )))
}

/// The training steps to run, from the last on: multistep solvers leave out the one that a step more would end on.
fn timesteps(config: &SchedulerConfig, kind: SchedulerKind, steps: usize) -> Vec<f64> {
    let training_steps = config.training_steps();
    let (points, whole) = match kind {
        SchedulerKind::DpmPp2m | SchedulerKind::DpmPp2mSde | SchedulerKind::UniPc => (steps + 1, true),
        SchedulerKind::Euler | SchedulerKind::EulerAncestral => (steps, false),
        SchedulerKind::Ddim | SchedulerKind::Lcm => (steps, true),
    };
    let descending = (0..points).rev().take(steps);
    match config.spacing(kind) {
        Spacing::Linspace => {
            let points = descending.map(|i| linspace(0.0, (training_steps - 1) as f64, points, i));
            if whole { points.map(f64::round_ties_even).collect() } else { points.collect() }
        }
        Spacing::Leading => {
            let stride = training_steps / points;
            descending.map(|i| (i * stride) as f64 + config.steps_offset() as f64).collect()
        }
        Spacing::Trailing => {
            // The stride is rounded as numpy's arange rounds it, which decides where a product ends on a half.
            let last = training_steps as f64;
            let stride = (last - last / steps as f64) - last;
            (0..steps).map(|i| (last + i as f64 * stride).round_ties_even() - 1.0).collect()
        }
    }
}

/// The training steps of a consistency model, out of those it was distilled on.
fn consistency_timesteps(config: &SchedulerConfig, steps: usize) -> Result<Vec<f64>> {
    let original = config.original_inference_steps.unwrap_or(50).min(config.training_steps());
    check_steps(steps, original)?;
    let stride = config.training_steps() / original;
    let skip = original as f64 / steps as f64;
    Ok((0..steps).map(|i| ((original - (i as f64 * skip) as usize) * stride - 1) as f64).collect())
}

/// Levels that each step leaves in turn, and those that it reaches: the next step's, and one after the last.
fn consecutive(levels: impl Iterator<Item = Level>, last: Level) -> (Vec<Level>, Vec<Level>) {
    let levels: Vec<Level> = levels.collect();
    let targets = levels.iter().skip(1).copied().chain([last]).collect();
    (levels, targets)
}

/// DDIM's levels: each step goes down by one stride of the training, whatever the next step is.
fn strided_levels(config: &SchedulerConfig, alphas: &[f32], timesteps: &[f64]) -> (Vec<Level>, Vec<Level>) {
    let stride = alphas.len() / timesteps.len();
    let last = if config.set_alpha_to_one == Some(false) { Level::of_alpha(alphas[0]) } else { Level::CLEAN };
    let steps = timesteps.iter().map(|t| *t as usize);
    let target = |step: usize| step.checked_sub(stride).map_or(last, |step| Level::of_alpha(alphas[step]));
    (steps.clone().map(|step| Level::of_alpha(alphas[step])).collect(), steps.map(target).collect())
}

/// The ratio of noise and signal at each step and after the last.
///
/// Karras spacing replaces the timesteps by those that the levels fall on.
fn sigmas(
    config: &SchedulerConfig,
    kind: SchedulerKind,
    karras: bool,
    alphas: &[f32],
    timesteps: &mut [f64],
) -> (Vec<f32>, f32) {
    let training: Vec<f32> = alphas.iter().map(|alpha| ((1.0 - alpha) / alpha).sqrt()).collect();
    let mut sigmas: Vec<f64> =
        timesteps.iter().map(|t| interpolate(&training, f64::from(*t as f32))).collect();
    if karras {
        let (highest, lowest) = match kind {
            SchedulerKind::Euler => (sigmas[0], sigmas[sigmas.len() - 1]),
            _ => (f64::from(training[training.len() - 1]), f64::from(training[0])),
        };
        sigmas = karras_sigmas(highest, lowest, timesteps.len());
        let logarithms: Vec<f32> = training.iter().map(|sigma| sigma.ln()).collect();
        for (timestep, sigma) in timesteps.iter_mut().zip(&sigmas) {
            *timestep = timestep_of(sigma.ln(), &logarithms);
            if kind != SchedulerKind::Euler {
                *timestep = timestep.round_ties_even();
            }
        }
    }
    let last = match config.final_sigmas_type {
        Some(FinalSigma::Lowest) if kind != SchedulerKind::EulerAncestral => training[0],
        _ => 0.0,
    };
    (sigmas.into_iter().map(|sigma| sigma as f32).collect(), last)
}

/// Levels evenly spaced in their seventh root (equation 5 of Karras et al., 2022).
fn karras_sigmas(highest: f64, lowest: f64, steps: usize) -> Vec<f64> {
    const RHO: f64 = 7.0;
    let (highest, lowest) = (highest.powf(1.0 / RHO), lowest.powf(1.0 / RHO));
    (0..steps).map(|i| (highest + linspace(0.0, 1.0, steps, i) * (lowest - highest)).powf(RHO)).collect()
}

/// The value of a table at a place between its indices.
fn interpolate(table: &[f32], place: f64) -> f64 {
    let below = (place as usize).min(table.len() - 1);
    let above = (below + 1).min(table.len() - 1);
    let (low, high) = (f64::from(table[below]), f64::from(table[above]));
    low + (high - low) * (place - below as f64)
}

/// The place in a growing table where a value would stand.
fn timestep_of(logarithm: f64, logarithms: &[f32]) -> f64 {
    let below = logarithms.partition_point(|log| f64::from(*log) <= logarithm).saturating_sub(1);
    let below = below.min(logarithms.len() - 2);
    let (low, high) = (logarithms[below], logarithms[below + 1]);
    let weight = ((f64::from(low) - logarithm) / f64::from(low - high)).clamp(0.0, 1.0);
    (1.0 - weight) * below as f64 + weight * (below + 1) as f64
}

/// A value of as many evenly spaced ones; only the first where there is one.
fn linspace(first: f64, last: f64, count: usize, index: usize) -> f64 {
    match count - 1 {
        intervals if index == intervals && intervals > 0 => last,
        intervals => first + index as f64 * ((last - first) / intervals.max(1) as f64),
    }
}
