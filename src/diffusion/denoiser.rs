//! A UNet and its ControlNets at work, step by step.

use ndarray::{Array4, ArrayD, ArrayViewD, Ix4};

use crate::diffusion::guidance::{Asking, guide, halves};
use crate::diffusion::unet::{Question, Unet, join};
use crate::error::{Error, ErrorKind, Result};
use crate::models::Model;
use crate::progress::CancelToken;
use crate::runtime::{Binding, Place, Value};

/// A UNet and its ControlNets, with what stays the same from step to step bound to their sessions.
///
/// On a GPU the prompts, the control pictures and what the ControlNets say stay in its memory. The latents, a few
/// hundred kilobytes, cross over once a step.
pub(super) struct Denoiser<'a> {
    unet: &'a Unet,
    asked: Vec<Asked<'a>>,
}

/// A question that the networks are asked at every step.
struct Asked<'a> {
    question: &'a Question,
    unet: Binding<'a>,
    controls: Vec<Binding<'a>>,
    /// Whether the residuals that are bound are those of ControlNets, and not zeros.
    is_steered: bool,
}

impl<'a> Denoiser<'a> {
    pub fn new(unet: &'a Unet) -> Result<Self> {
        let asked = unet.questions.iter().map(|question| {
            let mut binding = unet.model.session.bind(Place::Host)?;
            for (name, values) in &question.inputs {
                binding.set(name, &values.view())?;
            }
            let controls = unet.controls.iter().map(|control| control.bind(question));
            let mut asked = Asked {
                question,
                unet: binding,
                controls: controls.collect::<Result<_>>()?,
                is_steered: true,
            };
            asked.release(unet)?;
            Ok(asked)
        });
        Ok(Self { unet, asked: asked.collect::<Result<_>>()? })
    }

    /// What the model says of a sample at a time; `part` is the part of the steps that this one is, from and to.
    pub fn predict(
        &mut self,
        sample: &ArrayD<f32>,
        timestep: f32,
        part: [f32; 2],
        cancel: &CancelToken,
    ) -> Result<ArrayD<f32>> {
        let unet = self.unet;
        let answers = self.asked.iter_mut().map(|asked| asked.ask(unet, sample, timestep, part, cancel));
        let answers = answers.collect::<Result<Vec<_>>>()?;
        let said = match (unet.asking, answers.as_slice()) {
            (Asking::Batched(scale), [both]) => {
                let (negative, positive) = halves(both);
                guide(negative, positive, scale)
            }
            (Asking::InTurn(scale), [negative, positive]) => guide(negative.view(), positive.view(), scale),
            _ => answers.into_iter().next().unwrap_or_default(),
        };
        Ok(said.into_dyn())
    }
}

impl Asked<'_> {
    fn ask(
        &mut self,
        unet: &Unet,
        sample: &ArrayD<f32>,
        timestep: f32,
        part: [f32; 2],
        cancel: &CancelToken,
    ) -> Result<Array4<f32>> {
        let batch = self.question.batch;
        let repeated = |sample: ArrayViewD<'_, f32>| join(&vec![sample; batch], 0);
        let plain = repeated(sample.view());
        self.steer(unet, &plain, timestep, part, cancel)?;
        let input = match &unet.mask {
            Some(mask) => {
                join(&[plain.view().into_dyn(), repeated(mask.view().into_dyn()).view().into_dyn()], 1)
            }
            None => plain,
        };
        self.unet.set("sample", &input.view().into_dyn())?;
        self.unet.set("timestep", &time(&unet.model, timestep).view())?;
        let expected = [&[batch], &sample.shape()[1..]].concat();
        let said = self.unet.run(cancel).map_err(|error| named(error, &unet.model))?;
        let said = said.first().map(Value::to_array).transpose()?;
        let said = said.and_then(|said| said.into_dimensionality::<Ix4>().ok());
        said.filter(|said| said.shape() == expected).ok_or_else(|| {
            let message =
                format!("a UNet that takes such a sample gives {expected:?}, and this one does not");
            Error::new(ErrorKind::InvalidModel, message)
        })
    }

    /// Binds what the ControlNets that steer now add to the UNet's own values.
    fn steer(
        &mut self,
        unet: &Unet,
        sample: &Array4<f32>,
        timestep: f32,
        [from, to]: [f32; 2],
        cancel: &CancelToken,
    ) -> Result<()> {
        let mut said: Vec<Vec<Value>> = Vec::new();
        for (control, binding) in unet.controls.iter().zip(&mut self.controls) {
            if control.steers(from, to) {
                binding.set("sample", &sample.view().into_dyn())?;
                binding.set("timestep", &time(&control.model, timestep).view())?;
                said.push(binding.run(cancel).map_err(|error| named(error, &control.model))?);
            }
        }
        if let Some(other) = said.iter().find(|said| said.len() != unet.residuals.len()) {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "a ControlNet gives {} tensors, and the UNet takes {}: they were made for different models",
                    other.len(),
                    unet.residuals.len()
                ),
            ));
        }
        match said.as_slice() {
            [] => return self.release(unet),
            [only] => {
                for (name, value) in unet.residuals.iter().zip(only) {
                    self.unet.set_value(name, value)?;
                }
            }
            [first, others @ ..] => {
                for (i, name) in unet.residuals.iter().enumerate() {
                    let add = |sum: ArrayD<f32>, other: &Vec<Value>| Ok(sum + other[i].to_array()?);
                    let sum = others.iter().try_fold(first[i].to_array()?, add)?;
                    self.unet.set(name, &sum.view())?;
                }
            }
        }
        self.is_steered = true;
        Ok(())
    }

    /// Binds zeros, which cost nothing, where ControlNets have nothing to say.
    fn release(&mut self, unet: &Unet) -> Result<()> {
        if self.is_steered {
            let zero = ArrayD::zeros(vec![1; 4]);
            unet.residuals.iter().try_for_each(|name| self.unet.set(name, &zero.view()))?;
            self.is_steered = false;
        }
        Ok(())
    }
}

/// The time of a step in the shape that a network takes.
fn time(model: &Model, timestep: f32) -> ArrayD<f32> {
    let sides = model.session.input("timestep").map_or(1, |info| info.dims.len());
    ArrayD::from_elem(vec![1; sides], timestep)
}

/// An error with the name of the model that made it.
fn named(error: Error, model: &Model) -> Error {
    match error.kind() {
        ErrorKind::Canceled => error,
        _ => error.context(model.name()),
    }
}
