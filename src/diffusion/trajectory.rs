//! The steps from noise to a picture.

use ndarray::{Array4, ArrayD, Zip};

use crate::diffusion::denoiser::Denoiser;
use crate::diffusion::preview::preview;
use crate::diffusion::unet::Unet;
use crate::diffusion::{Generator, Scheduler};
use crate::error::Result;
use crate::progress::Control;

/// The steps of a schedule from `begin` on, and what they need beside the model.
pub(super) struct Trajectory<'a> {
    pub scheduler: Scheduler,
    pub begin: usize,
    pub generator: Generator,
    /// The noise that the picture began with.
    pub noise: &'a ArrayD<f32>,
    /// A mask and the latents of the picture: what the mask leaves out is set to them after every step, with as much
    /// noise as the next one has.
    pub put_back: Option<(&'a Array4<f32>, &'a ArrayD<f32>)>,
    pub is_xl: bool,
}

impl Trajectory<'_> {
    /// Runs them.
    pub fn run(mut self, unet: &Unet, mut latents: ArrayD<f32>, control: &Control) -> Result<ArrayD<f32>> {
        let mut denoiser = Denoiser::new(unet)?;
        self.scheduler.begin(self.begin)?;
        let timesteps = self.scheduler.timesteps()[self.begin..].to_vec();
        let steps = timesteps.len();
        for (step, &timestep) in timesteps.iter().enumerate() {
            let part = [step, step + 1].map(|step| step as f32 / steps as f32);
            control.report("diffuse", 0.1 + 0.85 * part[0])?;
            let index = self.begin + step;
            let scaled = self.scheduler.scale_model_input(&latents, index)?;
            let output = denoiser.predict(&scaled, timestep, part, control.cancel_token())?;
            let mut next = self.scheduler.step(&output, index, &latents, &mut self.generator)?;
            if let Some((mask, picture)) = self.put_back {
                let original = self.scheduler.add_noise(picture, self.noise, index + 1)?;
                Zip::from(&mut next).and(&original).and_broadcast(mask).for_each(|new, &old, &mask| {
                    *new = (1.0 - mask) * old + mask * *new;
                });
            }
            let [height, width] = [2, 3].map(|side| next.shape()[side] as u32);
            control.preview(width, height, [step as u32 + 1, steps as u32], || {
                let clean = self.scheduler.clean(&output, index, &latents);
                preview(clean.as_ref().unwrap_or(&next), self.is_xl)
            });
            latents = next;
        }
        Ok(latents)
    }
}
