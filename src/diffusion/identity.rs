//! The people that an image adapter tells the UNet of, and where in the picture each is.

use ndarray::{Array3, Array4};

use crate::diffusion::diffuser::Diffuser;
use crate::error::{Error, Result};
use crate::geometry::Mask;

/// The most people of one picture: every step runs the UNet once for each.
pub(crate) const MAX_IDENTITIES: usize = 64;

/// A person that the picture shall show.
#[derive(Debug, Clone)]
pub struct Identity<'a> {
    /// What an image adapter made of the person.
    pub tokens: ImageTokens,
    /// Where the person is: a mask of any size, stretched over the picture; everywhere without one. Several share a pixel by
    /// their weights, and every pixel needs one.
    pub mask: Option<&'a Mask>,
}

/// The tokens of an image adapter.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageTokens {
    /// For the prompt, `[1, tokens, width]`.
    pub positive: Array3<f32>,
    /// For the negative prompt, of the same shape.
    pub negative: Array3<f32>,
    /// How strongly they work in the UNet.
    pub scale: f32,
}

impl ImageTokens {
    /// None: one token that does not work.
    pub(super) fn none(width: usize) -> Self {
        let token = Array3::zeros((1, 1, width));
        Self { positive: token.clone(), negative: token, scale: 0.0 }
    }
}

/// Checks that a model can be told of people, by their tokens alone.
pub(super) fn check_identities(identities: &[Identity<'_>], diffuser: &Diffuser<'_>) -> Result<()> {
    if identities.len() > MAX_IDENTITIES {
        return Err(Error::parameter(format!(
            "there are {} identities, and at most {MAX_IDENTITIES} are told apart: choose fewer faces",
            identities.len()
        )));
    }
    let pack = &diffuser.pack;
    for Identity { tokens, .. } in identities {
        if !pack.image_tokens {
            return Err(Error::parameter(format!(
                "the UNet of {} takes no `image_tokens`: export it with an image adapter",
                pack.name()
            )));
        }
        let (positive, negative) = (tokens.positive.dim(), tokens.negative.dim());
        if positive != negative || positive.0 != 1 || positive.2 != pack.cross_attention_dim {
            return Err(Error::parameter(format!(
                "`image_tokens` have the sides {positive:?} and {negative:?}, and both must be [1, tokens, {}]",
                pack.cross_attention_dim
            )));
        }
    }
    Ok(())
}

/// How much each latent, of `[height, width]`, is of each of several people: weights that add up to 1. None where there are
/// not several.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when the masks leave a part of the picture to nobody.
pub(super) fn shares(identities: &[Identity<'_>], [height, width]: [usize; 2]) -> Result<Vec<Array4<f32>>> {
    if identities.iter().all(|identity| identity.mask.is_none()) && identities.len() < 2 {
        return Ok(Vec::new());
    }
    let weights = identities.iter().map(|identity| match identity.mask {
        None => Ok(Array4::ones((1, 1, height, width))),
        Some(mask) => {
            let small = mask.resize(width as u32, height as u32)?;
            Ok(Array4::from_shape_fn((1, 1, height, width), |(_, _, y, x)| small.values()[y * width + x]))
        }
    });
    let mut weights = weights.collect::<Result<Vec<_>>>()?;
    let sum =
        weights.iter().fold(Array4::zeros((1, 1, height, width)), |sum: Array4<f32>, weight| sum + weight);
    if sum.iter().any(|&sum| sum < f32::EPSILON) {
        return Err(Error::parameter(
            "the masks of the identities leave a part of the picture to nobody: let them cover all of it together",
        ));
    }
    weights.iter_mut().for_each(|weight| *weight /= &sum);
    Ok(if identities.len() > 1 { weights } else { Vec::new() })
}
