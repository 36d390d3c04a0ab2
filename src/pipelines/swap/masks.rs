//! What of a swapped crop is shown, and in which colours.

use crate::error::{Error, ErrorKind, Result};
use crate::face::{Face, MaskType, area_mask};
use crate::geometry::{Mask, Similarity, match_color};
use crate::models::Models;
use crate::params::SwapParams;
use crate::picture::Image;
use crate::pipelines::masks::{occlusion_mask, region_mask};
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
    let Replacement { target, swapped, mask, to_crop } = replacement;
    let (width, height) = (swapped.width(), swapped.height());
    // The mesh has an edge of its own, and the colours of the target already.
    let is_mesh = mask.is_some();
    let mut mask = mask.map_or_else(|| Mask::full(width, height), Ok)?;
    for kind in &params.masks.0 {
        let other = match kind {
            MaskType::Box if is_mesh => continue,
            MaskType::Box => Mask::face_box(width, height, params.mask_blur, params.mask_padding)?,
            MaskType::Occlusion => {
                occlusion_mask(models, target.view(), params.occluder.as_deref(), control)?
            }
            MaskType::Region => {
                let (regions, parser) = (&params.mask_regions.0, params.parser.as_deref());
                region_mask(models, swapped.view(), regions, parser, control)?
            }
            MaskType::Area => {
                let landmarks = face.landmarks.clone().ok_or_else(|| {
                    Error::new(
                        ErrorKind::ModelNotFound,
                        "the mask `area` needs a landmarker, and none is installed: install one, such as pfld_98",
                    )
                })?;
                area_mask(width, height, &landmarks.map(|point| to_crop.apply(point)), &params.mask_areas.0)?
            }
        };
        mask = mask.min(&other)?;
    }
    let crop = match is_mesh {
        true => swapped,
        false => match_color(swapped.view(), target.view(), &mask, params.color_match)?.image,
    };
    Ok(Finished { crop, mask, to_crop })
}
