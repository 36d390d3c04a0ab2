//! ControlNets: networks that steer a UNet by a control picture.

use std::sync::Arc;

use ndarray::{Array1, Array4, Axis, concatenate};

use crate::diffusion::unet::{Question, TEXT};
use crate::diffusion::{Attends, ControlImage};
use crate::error::Result;
use crate::models::Model;
use crate::runtime::{Binding, PixelCoding, Place};

/// A ControlNet at work on one picture.
pub(super) struct Control {
    pub model: Arc<Model>,
    pub attends: Attends,
    picture: Array4<f32>,
    scale: f32,
    start: f32,
    end: f32,
}

impl Control {
    pub fn new(model: Arc<Model>, control: &ControlImage<'_>) -> Self {
        let picture = PixelCoding::UNIT_RGB.encode(control.image);
        let &ControlImage { scale, start, end, attends, .. } = control;
        Self { model, attends, picture, scale, start, end }
    }

    /// Whether it steers a step that goes from one part of the steps to another, as diffusers decides it.
    pub fn steers(&self, from: f32, to: f32) -> bool {
        from >= self.start && to <= self.end
    }

    /// The session with all that stays the same, whoever is asked of; its outputs stay on the device.
    pub fn bind(&self, question: &Question) -> Result<Binding<'_>> {
        let session = &self.model.session;
        let mut binding = session.bind(Place::Device)?;
        let pictures = vec![self.picture.view(); question.batch];
        let pictures = concatenate(Axis(0), &pictures)
            .unwrap_or_else(|_| unreachable!("one picture has the same sides as itself"));
        binding.set("controlnet_cond", &pictures.view().into_dyn())?;
        binding.set("conditioning_scale", &Array1::from_elem(1, self.scale).view().into_dyn())?;
        let is_taken = |name: &str| match self.attends {
            Attends::ImageTokens if name == TEXT => false,
            _ => session.input(name).is_some(),
        };
        for (name, values) in question.inputs.iter().filter(|(name, _)| is_taken(name)) {
            binding.set(name, &values.view())?;
        }
        Ok(binding)
    }
}
