//! A UNet and its ControlNets at work, step by step.

use ndarray::{Array4, ArrayD, ArrayViewD, Ix4};

use crate::diffusion::Attends;
use crate::diffusion::guidance::{Asking, guide, halves};
use crate::diffusion::unet::{Question, TEXT, Told, Unet, join};
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
            if let Some(only) = question.identities.first() {
                asked.tell(unet, only)?;
            }
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
    /// What the UNet says; where there are several people, what it says of each, blended by their shares.
    fn ask(
        &mut self,
        unet: &Unet,
        sample: &ArrayD<f32>,
        timestep: f32,
        part: [f32; 2],
        cancel: &CancelToken,
    ) -> Result<Array4<f32>> {
        self.show(unet, sample, timestep)?;
        let expected = [&[self.question.batch], &sample.shape()[1..]].concat();
        let mut said = vec![None; self.controls.len()];
        if unet.shares.is_empty() {
            self.consult(unet, part, &mut said, cancel)?;
            return self.answer(unet, &said, &expected, cancel);
        }
        let mut blended = Array4::zeros((1, 1, 1, 1));
        for (identity, share) in self.question.identities.iter().zip(&unet.shares) {
            self.tell(unet, identity)?;
            self.consult(unet, part, &mut said, cancel)?;
            blended = blended + self.answer(unet, &said, &expected, cancel)? * share;
        }
        Ok(blended)
    }

    /// Binds what the networks are asked about at this step.
    fn show(&mut self, unet: &Unet, sample: &ArrayD<f32>, timestep: f32) -> Result<()> {
        let repeated = |sample: ArrayViewD<'_, f32>| join(&vec![sample; self.question.batch], 0);
        let plain = repeated(sample.view());
        for (control, binding) in unet.controls.iter().zip(&mut self.controls) {
            binding.set("sample", &plain.view().into_dyn())?;
            binding.set("timestep", &time(&control.model, timestep).view())?;
        }
        let input = match &unet.mask {
            Some(mask) => {
                join(&[plain.view().into_dyn(), repeated(mask.view().into_dyn()).view().into_dyn()], 1)
            }
            None => plain,
        };
        self.unet.set("sample", &input.view().into_dyn())?;
        self.unet.set("timestep", &time(&unet.model, timestep).view())
    }

    /// Binds who is asked of.
    fn tell(&mut self, unet: &Unet, identity: &Told) -> Result<()> {
        let tokens = identity.tokens.view();
        self.unet.set("image_tokens", &tokens)?;
        self.unet.set("image_token_scale", &ArrayD::from_elem(vec![1], identity.scale).view())?;
        for (control, binding) in unet.controls.iter().zip(&mut self.controls) {
            if control.attends == Attends::ImageTokens {
                binding.set(TEXT, &tokens)?;
            }
        }
        Ok(())
    }

    /// Asks the ControlNets that steer now; one that attends to the text says the same of everyone, and is asked once.
    fn consult(
        &mut self,
        unet: &Unet,
        [from, to]: [f32; 2],
        said: &mut [Option<Vec<Value>>],
        cancel: &CancelToken,
    ) -> Result<()> {
        for ((control, binding), said) in unet.controls.iter().zip(&mut self.controls).zip(said) {
            let is_asked = said.is_none() || control.attends == Attends::ImageTokens;
            if is_asked && control.steers(from, to) {
                *said = Some(binding.run(cancel).map_err(|error| named(error, &control.model))?);
            }
        }
        Ok(())
    }

    /// Runs the UNet with what the ControlNets said; its answer has the sides that are expected.
    fn answer(
        &mut self,
        unet: &Unet,
        said: &[Option<Vec<Value>>],
        expected: &[usize],
        cancel: &CancelToken,
    ) -> Result<Array4<f32>> {
        self.steer(unet, &said.iter().flatten().collect::<Vec<_>>())?;
        let answer = self.unet.run(cancel).map_err(|error| named(error, &unet.model))?;
        let answer = answer.first().map(Value::to_array).transpose()?;
        let answer = answer.and_then(|answer| answer.into_dimensionality::<Ix4>().ok());
        answer.filter(|answer| answer.shape() == expected).ok_or_else(|| {
            let message =
                format!("a UNet that takes such a sample gives {expected:?}, and this one does not");
            Error::new(ErrorKind::InvalidModel, message)
        })
    }

    /// Binds what ControlNets add to the UNet's own values.
    fn steer(&mut self, unet: &Unet, said: &[&Vec<Value>]) -> Result<()> {
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
        match said {
            [] => return self.release(unet),
            [only] => {
                for (name, value) in unet.residuals.iter().zip(*only) {
                    self.unet.set_value(name, value)?;
                }
            }
            [first, others @ ..] => {
                for (i, name) in unet.residuals.iter().enumerate() {
                    let add = |sum: ArrayD<f32>, other: &&Vec<Value>| Ok(sum + other[i].to_array()?);
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
