//! Noise levels, and the training's own.

use super::config::{BetaSchedule, Prediction, SchedulerConfig, SchedulerKind};
use crate::error::{Error, ErrorKind, Result};

/// A noise level: a sample on it is `signal · clean sample + noise · unit noise`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub signal: f64,
    pub noise: f64,
}

impl Level {
    /// No noise.
    pub const CLEAN: Self = Self { signal: 1.0, noise: 0.0 };

    /// The level that keeps the variance, with a part of the variance left to the signal.
    pub fn of_alpha(alpha: f32) -> Self {
        let alpha = f64::from(alpha);
        Self { signal: alpha.sqrt(), noise: (1.0 - alpha).sqrt() }
    }

    /// The level that keeps the signal and adds noise of a deviation.
    pub fn of_sigma(sigma: f32) -> Self {
        Self { signal: 1.0, noise: f64::from(sigma) }
    }

    /// The same ratio of noise and signal at a variance of 1.
    pub fn normalized(self) -> Self {
        let deviation = self.deviation();
        Self { signal: self.signal / deviation, noise: self.noise / deviation }
    }

    /// The deviation of a sample whose clean sample has deviation 1.
    pub fn deviation(self) -> f64 {
        self.signal.hypot(self.noise)
    }

    /// Half the logarithm of the ratio of signal and noise, in which multistep solvers measure their steps.
    pub fn lambda(self) -> f64 {
        (self.signal / self.noise).ln()
    }

    /// The clean sample as weights of the sample and the model's output.
    pub fn clean(self, prediction: Prediction) -> [f64; 2] {
        let Self { signal, noise } = self;
        let deviation = self.deviation();
        match prediction {
            Prediction::Epsilon => [1.0 / signal, -noise / signal],
            Prediction::Velocity => [signal / deviation.powi(2), -noise / deviation],
            Prediction::Sample => [0.0, 1.0],
        }
    }

    /// The unit noise as weights of the sample and the model's output.
    pub fn unit_noise(self, prediction: Prediction) -> [f64; 2] {
        let Self { signal, noise } = self;
        let deviation = self.deviation();
        match prediction {
            Prediction::Epsilon => [0.0, 1.0],
            Prediction::Velocity => [noise / deviation.powi(2), signal / deviation],
            Prediction::Sample => [1.0 / noise, -signal / noise],
        }
    }
}

/// What part of the variance the signal keeps at each training step: the product of 1 − β so far.
///
/// Rounded to f32 where diffusers rounds.
pub fn alphas(config: &SchedulerConfig, kind: SchedulerKind) -> Result<Vec<f32>> {
    let betas = betas(config, kind);
    let mut alphas = product(betas.iter().map(|beta| 1.0 - beta));
    if config.rescale_betas_zero_snr == Some(true) {
        alphas = without_terminal_signal(&alphas);
        if let Some(last) = alphas.last_mut()
            && !matches!(kind, SchedulerKind::Ddim | SchedulerKind::Lcm)
        {
            // Almost no signal: the ratio of noise and signal stays finite.
            *last = 2f32.powi(-24);
        }
    }
    let falls = alphas.windows(2).all(|pair| pair[1] < pair[0]);
    if falls && alphas.iter().all(|alpha| (0.0..1.0).contains(alpha)) {
        Ok(alphas)
    } else {
        Err(Error::new(
            ErrorKind::InvalidModel,
            "the betas of the scheduler do not add noise at every training step",
        ))
    }
}

fn betas(config: &SchedulerConfig, kind: SchedulerKind) -> Vec<f32> {
    use BetaSchedule::{Cosine, Linear, ScaledLinear};
    let (start, end, schedule) = match kind {
        SchedulerKind::Lcm => (0.00085, 0.012, ScaledLinear),
        _ => (0.0001, 0.02, Linear),
    };
    let start = config.beta_start.unwrap_or(start);
    let end = config.beta_end.unwrap_or(end);
    let steps = config.training_steps();
    match config.beta_schedule.unwrap_or(schedule) {
        Linear => linspace(start, end, steps),
        ScaledLinear => {
            linspace(start.sqrt(), end.sqrt(), steps).into_iter().map(|root| root * root).collect()
        }
        Cosine => {
            let signal = |step: usize| {
                ((step as f64 / steps as f64 + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2)
            };
            (0..steps).map(|step| (1.0 - signal(step + 1) / signal(step)).min(0.999) as f32).collect()
        }
    }
}

/// At least two even steps in f32, counted from each end to the middle.
fn linspace(start: f64, end: f64, steps: usize) -> Vec<f32> {
    let (start, end) = (start as f32, end as f32);
    let step = (end - start) / (steps - 1) as f32;
    let value = |i| if i < steps / 2 { start + step * i as f32 } else { end - step * (steps - 1 - i) as f32 };
    (0..steps).map(value).collect()
}

/// Products so far, taken in f64.
fn product(factors: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut product = 1.0f64;
    factors
        .map(|factor| {
            product *= f64::from(factor);
            product as f32
        })
        .collect()
}

/// Shifts and scales the roots so that the last is 0 and the first stays (algorithm 1 of Lin et al., 2023).
///
/// The result goes through the betas, in f32 as in diffusers.
fn without_terminal_signal(alphas: &[f32]) -> Vec<f32> {
    let roots: Vec<f32> = alphas.iter().map(|alpha| alpha.sqrt()).collect();
    let (Some(first), Some(last)) = (roots.first(), roots.last()) else { return Vec::new() };
    let scale = first / (first - last);
    let alphas: Vec<f32> = roots.iter().map(|root| ((root - last) * scale).powi(2)).collect();
    let before = std::iter::once(&1.0).chain(&alphas);
    product(alphas.iter().zip(before).map(|(alpha, before)| 1.0 - (1.0 - alpha / before)))
}
