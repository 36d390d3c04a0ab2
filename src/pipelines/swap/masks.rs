//! What of a swapped crop is shown, and in which colours.

use crate::error::Result;
use crate::face::{Face, MaskType};
use crate::geometry::{Mask, Similarity, match_color};
use crate::models::Models;
use crate::params::{MaskParams, SwapParams};
use crate::picture::Image;
use crate::pipelines::masks::least;
use crate::pipelines::swap::Replacement;
use crate::progress::Control;

/// A swapped crop, ready to be pasted.
pub(super) struct Finished {
    pub crop: Image,
    pub mask: Mask,
    pub to_crop: Similarity,
}

/// The crop in the colours of the target, and the least of all masks.
pub(super) fn finish(
    models: &Models,
    replacement: Replacement,
    face: &Face,
    params: &SwapParams,
    control: &Control,
) -> Result<Finished> {
    let Replacement { target, swapped, mask: edge, to_crop } = replacement;
    let face = face.clone().map(|point| to_crop.apply(point));
    let crops = [target.view(), swapped.view()];
    let asked = |params: &MaskParams| least(models, crops, &face, params, control);
    let Some(edge) = edge else {
        let mask = asked(&params.mask)?;
        let crop = match_color(swapped.view(), target.view(), &mask, params.color_match)?.image;
        return Ok(Finished { crop, mask, to_crop });
    };
    // The mesh has an edge of its own, and the colours of the target already.
    let mut inner = params.mask.clone();
    inner.masks.0.retain(|kind| *kind != MaskType::Box);
    let mask = edge.min(&asked(&inner)?)?;
    Ok(Finished { crop: swapped, mask, to_crop })
}
