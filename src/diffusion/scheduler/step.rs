//! A step in numbers, and the weighted sums that carry it out.

use std::collections::VecDeque;
use std::fmt::Debug;

use ndarray::ArrayD;

use super::schedule::Schedule;
use crate::diffusion::noise::Generator;
use crate::error::{Error, Result};

/// A way to step through a schedule.
pub trait Solver: Debug + Send + Sync {
    /// How many clean samples of earlier steps the solver looks at.
    fn memory(&self) -> usize {
        0
    }

    /// A step, after so many of the same run.
    fn step(&self, schedule: &Schedule, index: usize, done: usize) -> Step;
}

/// A step as weights, from which it can be carried out wherever the tensors are.
///
/// The clean sample comes first, then UniPC's correction of the sample, then the next sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The clean sample that the model's output means: the weights of the sample and of the output.
    pub clean: [f64; 2],
    /// The bound that the clean sample is clipped to.
    pub clip: Option<f32>,
    /// What takes the place of the sample in the next one.
    pub correction: Option<Correction>,
    /// The next sample.
    pub next: NextSample,
}

/// The weights of a sample that is made anew once the clean sample is known.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Correction {
    /// The weight of the sample, corrected itself, that the step before started from.
    pub sample: f64,
    /// The weight of the clean sample.
    pub clean: f64,
    /// The weights of the clean samples of the last step and the one before.
    pub earlier: [f64; 2],
}

/// The weights of the next sample.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NextSample {
    /// The weight of the sample, or of the corrected one.
    pub sample: f64,
    /// The weight of the model's output.
    pub output: f64,
    /// The weight of the clean sample.
    pub clean: f64,
    /// The weight of the clean sample of the last step.
    pub earlier: f64,
    /// The weight of fresh noise; 0 where the noise is drawn but not used.
    pub noise: Option<f64>,
}

impl Step {
    /// A step that remembers nothing: the clean sample is made on its own only where it is clipped.
    pub fn alone(clean: [f64; 2], clip: Option<f32>, next: NextSample) -> Self {
        let next = match clip {
            Some(_) => next,
            None => NextSample {
                sample: next.sample + next.clean * clean[0],
                output: next.output + next.clean * clean[1],
                clean: 0.0,
                ..next
            },
        };
        Self { clean, clip, correction: None, next }
    }

    /// Whether every weight is a number.
    pub fn is_finite(&self) -> bool {
        let NextSample { sample, output, clean, earlier, noise } = self.next;
        let next = [sample, output, clean, earlier, noise.unwrap_or(0.0)];
        let correction = self.correction.unwrap_or_default();
        let correction = [correction.sample, correction.clean, correction.earlier[0], correction.earlier[1]];
        self.clean.iter().chain(&next).chain(&correction).all(|weight| weight.is_finite())
    }

    /// The clean sample.
    pub fn clean(&self, sample: &ArrayD<f32>, output: &ArrayD<f32>) -> ArrayD<f32> {
        let mut clean = weighted_sum(sample.shape(), [(self.clean[0], sample), (self.clean[1], output)]);
        if let Some(bound) = self.clip {
            clean.mapv_inplace(|value| value.clamp(-bound, bound));
        }
        clean
    }
}

/// What the steps of a run leave to those after them.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// How many clean samples are kept; with any, the sample is kept too.
    depth: usize,
    /// The clean samples of the last steps, from the last on.
    earlier: VecDeque<ArrayD<f32>>,
    /// The sample, corrected where it was, that the last step started from.
    sample: Option<ArrayD<f32>>,
}

impl Memory {
    /// A memory of a number of steps.
    pub fn new(depth: usize) -> Self {
        Self { depth, ..Self::default() }
    }

    /// Carries a step out, on arrays of the shape that the steps before had.
    pub fn step(
        &mut self,
        step: &Step,
        output: &ArrayD<f32>,
        sample: &ArrayD<f32>,
        generator: &mut Generator,
    ) -> Result<ArrayD<f32>> {
        check_shapes(sample, output)?;
        if let Some(before) = &self.sample {
            check_shapes(sample, before)?;
        }
        let clean = (self.depth > 0 || step.next.clean != 0.0).then(|| step.clean(sample, output));
        let corrected = step.correction.map(|correction| {
            let clean = clean.iter().map(|clean| (correction.clean, clean));
            let earlier = correction.earlier.into_iter().zip(&self.earlier);
            let before = self.sample.iter().map(|sample| (correction.sample, sample));
            weighted_sum(sample.shape(), before.chain(clean).chain(earlier))
        });
        let start = corrected.as_ref().unwrap_or(sample);
        let noise = step.next.noise.map(|weight| (weight, generator.normal(output.shape())));
        let next = weighted_sum(
            sample.shape(),
            [(step.next.sample, start), (step.next.output, output)]
                .into_iter()
                .chain(clean.iter().map(|clean| (step.next.clean, clean)))
                .chain(self.earlier.front().map(|earlier| (step.next.earlier, earlier)))
                .chain(noise.iter().map(|(weight, noise)| (*weight, noise))),
        );
        if let Some(clean) = clean
            && self.depth > 0
        {
            self.sample = Some(corrected.unwrap_or_else(|| sample.clone()));
            self.earlier.push_front(clean);
            self.earlier.truncate(self.depth);
        }
        Ok(next)
    }
}

/// The sum of arrays of one shape, each with its weight; those of weight 0 are not read.
pub fn weighted_sum<'a>(
    shape: &[usize],
    terms: impl IntoIterator<Item = (f64, &'a ArrayD<f32>)>,
) -> ArrayD<f32> {
    let mut sum = ArrayD::zeros(shape);
    for (weight, array) in terms {
        if weight != 0.0 {
            sum.scaled_add(weight as f32, array);
        }
    }
    sum
}

/// Refuses arrays that cannot be combined.
pub fn check_shapes(sample: &ArrayD<f32>, other: &ArrayD<f32>) -> Result<()> {
    if sample.shape() == other.shape() {
        return Ok(());
    }
    Err(Error::parameter(format!(
        "the scheduler was given a sample of shape {:?} and an array of shape {:?}: both must be the same",
        sample.shape(),
        other.shape()
    )))
}
