//! The denoiser: what it is told at every step, and what it says.

use std::sync::Arc;

use ndarray::{Array2, Array4, ArrayD, ArrayViewD, Axis, Ix4, concatenate};

use crate::diffusion::controlnet::Control;
use crate::diffusion::diffuser::Diffuser;
use crate::diffusion::guidance::{Asking, scale_embedding};
use crate::diffusion::identity::shares;
use crate::diffusion::{Conditioning, Guidance, ImageTokens, Img2Img};
use crate::error::{Error, ErrorKind, Result};
use crate::models::Model;
use crate::progress::CancelToken;

/// The input that takes what a network attends to.
pub(super) const TEXT: &str = "encoder_hidden_states";
/// The inputs that take what ControlNets say, one for each of their outputs but the last.
const RESIDUAL: &str = "down_block_additional_residual_";
/// The input that takes the last.
const MIDDLE_RESIDUAL: &str = "mid_block_additional_residual";

/// A UNet with everything that stays the same from step to step.
pub(super) struct Unet {
    pub model: Arc<Model>,
    pub asking: Asking,
    /// What one step asks, one after another: the prompt alone, both prompts in a batch, or first the negative one.
    pub questions: Vec<Question>,
    pub controls: Vec<Control>,
    /// How much each latent is of each identity, `[1, 1, height, width]`; empty unless there are several.
    pub shares: Vec<Array4<f32>>,
    /// The inputs that take what ControlNets say, in the order of their outputs.
    pub residuals: Vec<String>,
    /// What a UNet of 9 channels sees beside the sample, `[1, 5, height, width]`.
    pub mask: Option<Array4<f32>>,
}

/// What is told to the denoiser, and to the ControlNets, beside the sample and the time.
pub(super) struct Question {
    /// Samples in the batch.
    pub batch: usize,
    /// Inputs by name: what the network does not take is left out.
    pub inputs: Vec<(&'static str, ArrayD<f32>)>,
    /// Of whom it is asked, one after another; empty for a UNet that takes no image tokens.
    pub identities: Vec<Told>,
}

/// An identity as the networks are told of it.
pub(super) struct Told {
    /// Its tokens for each sample in the batch.
    pub tokens: ArrayD<f32>,
    pub scale: f32,
}

impl Unet {
    /// Loads the UNet and the ControlNets.
    pub fn load(
        diffuser: &Diffuser<'_>,
        asking: Asking,
        Guidance { prompt: positive, negative }: &Guidance,
        request: &Img2Img<'_>,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let model = diffuser.unet(cancel)?;
        let size = [request.image.height(), request.image.width()];
        let nobody = ImageTokens::none(diffuser.pack.cross_attention_dim);
        let mut identities: Vec<_> = request.identities.iter().map(|identity| &identity.tokens).collect();
        if identities.is_empty() && diffuser.pack.image_tokens {
            identities.push(&nobody);
        }
        let ask = |sides: &[(&Conditioning, bool)]| -> Result<Question> {
            let mut inputs =
                vec![(TEXT, stack(sides.iter().map(|(side, _)| side.embeddings.view().into_dyn())))];
            if diffuser.is_xl() {
                let pooled =
                    sides.iter().map(|(side, _)| side.pooled.as_ref().map(|pooled| pooled.view().into_dyn()));
                let pooled = pooled.collect::<Option<Vec<_>>>().ok_or_else(|| {
                    Error::new(
                        ErrorKind::InvalidModel,
                        "the second text encoder gives no text_embeds: export it with its projection",
                    )
                })?;
                inputs.push(("text_embeds", stack(pooled)));
                inputs.push(("time_ids", time_ids(sides.len(), size).into_dyn()));
            }
            if let Asking::Embedded(scale) = asking {
                inputs.push(("timestep_cond", scale_embedding(scale, diffuser.guidance_width()).into_dyn()));
            }
            let told = |tokens: &&ImageTokens| {
                let of = |&(_, is_positive): &(_, bool)| {
                    if is_positive { tokens.positive.view() } else { tokens.negative.view() }
                };
                Told { tokens: stack(sides.iter().map(|side| of(side).into_dyn())), scale: tokens.scale }
            };
            let identities = identities.iter().map(told).collect();
            Ok(Question { batch: sides.len(), inputs, identities })
        };
        let (with, without) = ((positive, true), (negative, false));
        let questions = match asking {
            Asking::None | Asking::Embedded(_) => vec![ask(&[with])?],
            Asking::Batched(_) => vec![ask(&[without, with])?],
            Asking::InTurn(_) => vec![ask(&[without])?, ask(&[with])?],
        };
        let count = model.session.inputs().filter(|input| input.name.starts_with(RESIDUAL)).count();
        let mut residuals: Vec<_> = (0..count).map(|i| format!("{RESIDUAL}{i}")).collect();
        residuals.extend(model.session.input(MIDDLE_RESIDUAL).map(|_| MIDDLE_RESIDUAL.to_owned()));
        let controls = request.controls.iter().zip(diffuser.controlnets()?);
        let controls = controls.map(|(control, model)| Control::new(model, control)).collect();
        let [_, _, height, width] = diffuser.latent_shape(request.image);
        let shares = shares(&request.identities, [height, width])?;
        Ok(Self { model, asking, questions, controls, shares, residuals, mask: None })
    }

    /// Shows a UNet of 9 channels what is remade, and the picture without that.
    pub fn show(&mut self, mask: &Array4<f32>, masked: &Array4<f32>) {
        self.mask = Some(join(&[mask.view().into_dyn(), masked.view().into_dyn()], 1));
    }
}

/// The sizes that SDXL is told, a row a sample: of the picture before it was resized and cropped, the corner of the
/// crop, and the size that is wanted.
fn time_ids(batch: usize, [height, width]: [u32; 2]) -> Array2<f32> {
    let row = [height, width, 0, 0, height, width].map(|side| side as f32);
    Array2::from_shape_fn((batch, row.len()), |(_, i)| row[i])
}

fn stack<'b>(samples: impl IntoIterator<Item = ArrayViewD<'b, f32>>) -> ArrayD<f32> {
    let samples: Vec<_> = samples.into_iter().collect();
    concatenate(Axis(0), &samples)
        .unwrap_or_else(|_| unreachable!("the prompts have the same number of chunks"))
}

pub(super) fn join(parts: &[ArrayViewD<'_, f32>], axis: usize) -> Array4<f32> {
    let joined =
        concatenate(Axis(axis), parts).ok().and_then(|joined| joined.into_dimensionality::<Ix4>().ok());
    joined.unwrap_or_else(|| unreachable!("the parts are latents of the same size"))
}
