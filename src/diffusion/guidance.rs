//! Classifier-free guidance: how the prompt pulls the picture away from the negative prompt.

use ndarray::{Array2, Array4, ArrayView4, Axis, Zip};

/// How the model is asked at each step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Asking {
    /// The prompt alone.
    None,
    /// The prompt alone, with the scale as an input of the UNet: a distilled model.
    Embedded(f32),
    /// Prompt and negative prompt, in one run of two samples.
    Batched(f32),
    /// Prompt and negative prompt, in two runs one after another.
    InTurn(f32),
}

/// What the model says without the prompt, moved `scale` times as far as the prompt moves it.
///
/// Source: J. Ho and T. Salimans, "Classifier-Free Diffusion Guidance", 2022.
pub(super) fn guide(negative: ArrayView4<'_, f32>, positive: ArrayView4<'_, f32>, scale: f32) -> Array4<f32> {
    Zip::from(negative).and(positive).map_collect(|&without, &with| without + scale * (with - without))
}

/// The two halves of a batch: the negative prompt's sample and the prompt's.
pub(super) fn halves(batch: &Array4<f32>) -> (ArrayView4<'_, f32>, ArrayView4<'_, f32>) {
    batch.view().split_at(Axis(0), batch.shape()[0] / 2)
}

/// A guidance scale as sines and cosines, `[1, length]`, for a distilled model.
///
/// Source: `get_guidance_scale_embedding` of diffusers' latent consistency pipelines.
pub(super) fn scale_embedding(scale: f32, length: usize) -> Array2<f32> {
    let half = length / 2;
    let frequency = |i: usize| (-(10000_f32.ln() / (half.max(2) - 1) as f32) * i as f32).exp();
    let angle = |i: usize| (scale - 1.0) * 1000.0 * frequency(i);
    Array2::from_shape_fn((1, length), |(_, i)| match i {
        i if i < half => angle(i).sin(),
        i if i < 2 * half => angle(i - half).cos(),
        _ => 0.0,
    })
}
