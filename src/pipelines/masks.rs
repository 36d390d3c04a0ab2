//! Masks of faces: which pixels are face, and which part of it is meant.

use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::face::{Face, FaceRegion, Landmarks, MaskType, SegmenterFamily, alignment, area_mask};
use crate::geometry::{Border, Filter, Mask, Template, crop_face, paste, resize};
use crate::limits::Limits;
use crate::models::{Model, Models, Role};
use crate::params::{DetectParams, FaceMaskParams, MaskParams, ParameterSet};
use crate::picture::{Image, ImageRef, PixelFormat};
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::progress::Control;

/// The side of the crop that a face is masked in, in pixels.
const CROP: u32 = 512;

/// The masks of the faces of a picture, as a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaceMask {
    /// The picture's own size, RGB: white where a face is shown, black where not.
    #[serde(skip)]
    pub image: Image,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// The faces, with the landmarks that the mask `area` follows.
    pub faces: Vec<Face>,
    /// How long it took.
    pub metrics: Metrics,
}

/// Masks the faces of a picture: the least of the masks that the params name, and of several faces the most.
///
/// The masks are made in a crop of 512 × 512 pixels aligned to ffhq_512.
///
/// # Errors
/// Those of [`detect`](crate::pipelines::detect()), of [`Models::get`] and of the models' runs;
/// [`NoFace`](ErrorKind::NoFace) when there is no face, and [`Unsupported`](ErrorKind::Unsupported) when the
/// detector gives no points.
pub fn face_mask(
    models: &Models,
    image: ImageRef<'_>,
    params: &FaceMaskParams,
    limits: &Limits,
    control: &Control,
) -> Result<FaceMask> {
    params.validate()?;
    let mut clock = Clock::start();
    let landmarks = params.detect.landmarks || params.mask.masks.0.contains(&MaskType::Area);
    let search = DetectParams { landmarks, ..params.detect.clone() };
    let found = clock.time("detect", || detect(models, image, &search, limits, &control.part(0.0, 0.5)))?;
    if found.faces.is_empty() {
        return Err(Error::new(
            ErrorKind::NoFace,
            "the picture shows no face to mask: use one that does, or lower the detector's score threshold",
        ));
    }
    let (width, height) = (image.width(), image.height());
    let white = vec![u8::MAX; 3 * (CROP * CROP) as usize];
    let white = Image::from_pixels(CROP, CROP, PixelFormat::Rgb, white)?;
    let mut masked = Image::new(width, height, PixelFormat::Rgb)?;
    for (i, face) in found.faces.iter().enumerate() {
        control.report("mask", 0.5 + 0.5 * i as f32 / found.faces.len() as f32)?;
        clock.time("mask", || -> Result<()> {
            let to_crop = alignment(face.five_points()?, Template::Ffhq512, CROP)?;
            let crop = crop_face(image, &to_crop, CROP, CROP, Border::Replicate)?;
            let landmarks = face.landmarks.clone().map(|found| found.map(|point| to_crop.apply(point)));
            let crops = [crop.view(); 2];
            let mask = least(models, crops, landmarks.as_ref(), &params.mask, control)?;
            // White laid over what is there leaves the brighter of two masks nearly as it was, and never darkens.
            paste(&mut masked.view_mut(), white.view(), &mask, &to_crop)?;
            Ok(())
        })?;
    }
    control.report("mask", 1.0)?;
    Ok(FaceMask { image: masked, width, height, faces: found.faces, metrics: clock.stop() })
}

/// The least of the masks that the params name, for a crop of a face before and after it was changed.
///
/// The box and what hides the face are told by the crop before, the regions by the one after.
pub(super) fn least(
    models: &Models,
    [before, after]: [ImageRef<'_>; 2],
    landmarks: Option<&Landmarks>,
    params: &MaskParams,
    control: &Control,
) -> Result<Mask> {
    let (width, height) = (before.width(), before.height());
    let mut least = Mask::full(width, height)?;
    for kind in &params.masks.0 {
        let mask = match kind {
            MaskType::Box => Mask::face_box(width, height, params.mask_blur, params.mask_padding)?,
            MaskType::Occlusion => occlusion_mask(models, before, params.occluder.as_deref(), control)?,
            MaskType::Region => {
                region_mask(models, after, &params.mask_regions.0, params.parser.as_deref(), control)?
            }
            MaskType::Area => {
                let landmarks = landmarks.ok_or_else(|| {
                    Error::new(
                        ErrorKind::ModelNotFound,
                        "the mask `area` needs a landmarker, and none is installed: install one, such as pfld_98",
                    )
                })?;
                area_mask(width, height, landmarks, &params.mask_areas.0)?
            }
        };
        least = least.min(&mask)?;
    }
    Ok(least)
}

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

/// The segmenter of people that was asked for, or the best that is installed and allowed, if there is one.
pub(super) fn person_segmenter_if_any(models: &Models, model: Option<&str>) -> Result<Option<Arc<Model>>> {
    match segmenter(models, SegmenterFamily::Selfie, model) {
        Err(error) if model.is_none_or(str::is_empty) && error.is_missing_model() => Ok(None),
        found => found.map(Some),
    }
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

/// What a segmenter says of a picture: for [`SegmenterFamily::Bisenet`], where the regions are.
pub(super) fn segment(
    model: &Model,
    crop: ImageRef<'_>,
    regions: &[FaceRegion],
    control: &Control,
) -> Result<Mask> {
    let family = SegmenterFamily::of(model.family())?;
    let (width, height) = family.size();
    let shrinks_much = crop.width() > 2 * width || crop.height() > 2 * height;
    let filter = if shrinks_much { Filter::Area } else { Filter::Bilinear };
    let tensor = family.coding().encode(resize(crop, width, height, filter)?.view());
    model.run(&[(model.input_name(), tensor.view().into_dyn())], control.cancel_token(), |outputs| {
        family.mask(outputs, regions, crop.width(), crop.height())
    })
}
