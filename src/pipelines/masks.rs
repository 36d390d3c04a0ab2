//! Masks that networks make: which pixels of a crop are face.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::face::{FaceRegion, SegmenterFamily};
use crate::geometry::{Filter, Mask, resize};
use crate::models::{Model, Models, Role};
use crate::picture::ImageRef;
use crate::progress::Control;

/// The part of a crop that is face, and not something in front of it, as an XSeg network sees it.
///
/// `model` names one, or is a path; without it, the best XSeg installed serves.
///
/// # Errors
/// Those of [`Models::get`] and of the model's run; [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a
/// model of another family.
pub fn occlusion_mask(
    models: &Models,
    crop: ImageRef<'_>,
    model: Option<&str>,
    control: &Control,
) -> Result<Mask> {
    segment(&*segmenter(models, SegmenterFamily::Xseg, model)?, crop, &[], control)
}

/// The part of a crop that is one of the regions, as a BiSeNet network sees it; the rest as [`occlusion_mask`].
///
/// # Errors
/// As [`occlusion_mask`], and for no region.
pub fn region_mask(
    models: &Models,
    crop: ImageRef<'_>,
    regions: &[FaceRegion],
    model: Option<&str>,
    control: &Control,
) -> Result<Mask> {
    if regions.is_empty() {
        return Err(Error::parameter("a region mask needs at least one region"));
    }
    segment(&*segmenter(models, SegmenterFamily::Bisenet, model)?, crop, regions, control)
}

/// The part of a picture that is person, as MediaPipe's selfie segmenter sees it; the rest as [`occlusion_mask`].
///
/// # Errors
/// As [`occlusion_mask`].
pub fn person_mask(
    models: &Models,
    picture: ImageRef<'_>,
    model: Option<&str>,
    control: &Control,
) -> Result<Mask> {
    segment(&*segmenter(models, SegmenterFamily::Selfie, model)?, picture, &[], control)
}

/// The segmenter of this name or path, else the best of the family that is installed and allowed.
fn segmenter(models: &Models, family: SegmenterFamily, choice: Option<&str>) -> Result<Arc<Model>> {
    let store = models.store();
    let best = || {
        let of_family = store.models().iter().filter(|model| model.family() == family.family());
        let allowed = of_family.filter(|model| store.policy().allows(model.name(), model.license()));
        allowed
            .min_by_key(|model| model.entry().map_or(u32::MAX, |entry| entry.rank))
            .map(|model| model.name())
    };
    let name = choice.filter(|choice| !choice.is_empty()).or_else(best).unwrap_or(family.name());
    let model = models.get(Role::Segmenter, Some(name))?;
    if model.family() != family.family() {
        return Err(Error::parameter(format!(
            "{} is a {} segmenter, and one of the family {} is needed here",
            model.name(),
            model.family(),
            family.name()
        )));
    }
    Ok(model)
}

fn segment(model: &Model, crop: ImageRef<'_>, regions: &[FaceRegion], control: &Control) -> Result<Mask> {
    let family = SegmenterFamily::of(model.family())?;
    let (width, height) = family.size();
    let shrinks_much = crop.width() > 2 * width || crop.height() > 2 * height;
    let filter = if shrinks_much { Filter::Area } else { Filter::Bilinear };
    let tensor = family.coding().encode(resize(crop, width, height, filter)?.view());
    model.run(&[(model.input_name(), tensor.view().into_dyn())], control.cancel_token(), |outputs| {
        family.mask(outputs, regions, crop.width(), crop.height())
    })
}
