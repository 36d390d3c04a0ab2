//! Masks of faces: which pixels are face, and which part of it is meant.

use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::face::{Face, FaceRegion, MaskType, SegmenterFamily, alignment, area_mask, soften};
use crate::geometry::{Border, Filter, Mask, Point, Template, crop_face, invert, paste, resize};
use crate::limits::Limits;
use crate::models::{Model, Models, Role};
use crate::params::{DetectParams, FaceMaskParams, MaskParams, ParameterSet};
use crate::picture::{Image, ImageRef, PixelFormat};
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::progress::Control;
use crate::runtime::Outputs;

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
            let face = face.clone().map(|point| to_crop.apply(point));
            let mask = least(models, [crop.view(); 2], &face, &params.mask, control)?;
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
/// The face is in pixels of the crop. The box and what hides it are told by the crop before, the regions by the one
/// after.
pub(super) fn least(
    models: &Models,
    [before, after]: [ImageRef<'_>; 2],
    face: &Face,
    params: &MaskParams,
    control: &Control,
) -> Result<Mask> {
    let (width, height) = (before.width(), before.height());
    let mut least = Mask::full(width, height)?;
    for kind in &params.masks.0 {
        let mask = match kind {
            MaskType::Box => Mask::face_box(width, height, params.mask_blur, params.mask_padding)?,
            MaskType::Occlusion => {
                occlusion_mask(models, before, face.five_points()?, params.occluder.as_deref(), control)?
            }
            MaskType::Region => {
                let (points, regions) = (face.five_points()?, &params.mask_regions.0);
                region_mask(models, after, points, regions, params.parser.as_deref(), control)?
            }
            MaskType::Area => {
                let landmarks = face.landmarks.as_ref().ok_or_else(|| {
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

/// The part of a crop that is face, and not something in front of it, as an XSeg network sees it, or the embedded
/// segmenter where none is installed.
///
/// `points` are the five points of the face in the crop. `model` names a segmenter, or is a path.
///
/// # Errors
/// Those of [`Models::get`] and of the model's run; [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a
/// model of another family; [`NoFace`](ErrorKind::NoFace) when the points coincide.
pub fn occlusion_mask(
    models: &Models,
    crop: ImageRef<'_>,
    points: &[Point; 5],
    model: Option<&str>,
    control: &Control,
) -> Result<Mask> {
    let families = [SegmenterFamily::Xseg, SegmenterFamily::Lite];
    segment_face(&*segmenter(models, &families, model)?, crop, points, &[], control)
}

/// The part of a crop that is one of the regions, as a BiSeNet network sees it; the rest as [`occlusion_mask`].
///
/// The embedded segmenter sees the face as a whole: it serves where all regions are asked for.
///
/// # Errors
/// As [`occlusion_mask`], and for no region.
pub fn region_mask(
    models: &Models,
    crop: ImageRef<'_>,
    points: &[Point; 5],
    regions: &[FaceRegion],
    model: Option<&str>,
    control: &Control,
) -> Result<Mask> {
    if regions.is_empty() {
        return Err(Error::parameter("a region mask needs at least one region"));
    }
    let all = FaceRegion::ALL.iter().all(|region| regions.contains(region));
    let families: &[_] = match all {
        true => &[SegmenterFamily::Bisenet, SegmenterFamily::Lite],
        false => &[SegmenterFamily::Bisenet],
    };
    segment_face(&*segmenter(models, families, model)?, crop, points, regions, control)
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
    segment(&*segmenter(models, &[SegmenterFamily::Selfie], model)?, picture, &[], control)
}

/// The segmenter of people that was asked for, or the best that is installed and allowed, if there is one.
pub(super) fn person_segmenter_if_any(models: &Models, model: Option<&str>) -> Result<Option<Arc<Model>>> {
    match segmenter(models, &[SegmenterFamily::Selfie], model) {
        Err(error) if model.is_none_or(str::is_empty) && error.is_missing_model() => Ok(None),
        found => found.map(Some),
    }
}

/// The segmenter of this name or path, else the best of the first family of which one is installed and allowed.
fn segmenter(models: &Models, families: &[SegmenterFamily], choice: Option<&str>) -> Result<Arc<Model>> {
    let store = models.store();
    let best = |family: &SegmenterFamily| {
        let of_family = store.allowed(Role::Segmenter).filter(|model| model.family() == family.family());
        of_family
            .min_by_key(|model| model.entry().map_or(u32::MAX, |entry| entry.rank))
            .map(|model| model.name())
    };
    let choice = choice.filter(|choice| !choice.is_empty());
    let name = choice.or_else(|| families.iter().find_map(best)).unwrap_or(families[0].name());
    let model = models.get(Role::Segmenter, Some(name))?;
    if families.iter().any(|family| family.family() == model.family()) {
        return Ok(model);
    }
    let names: Vec<_> = families.iter().map(|family| family.name()).collect();
    Err(Error::parameter(format!(
        "{} is a {} segmenter, and one of the family {} is needed here",
        model.name(),
        model.family(),
        names.join(" or ")
    )))
}

/// What a segmenter says of a crop of a face, which is aligned first where the family wants that.
fn segment_face(
    model: &Model,
    crop: ImageRef<'_>,
    points: &[Point; 5],
    regions: &[FaceRegion],
    control: &Control,
) -> Result<Mask> {
    let family = SegmenterFamily::of(model.family())?;
    let Some(template) = family.template() else { return segment(model, crop, regions, control) };
    let (width, height) = family.size();
    let to_face = alignment(points, template, width)?;
    let face = crop_face(crop, &to_face, width, height, Border::Replicate)?;
    let weights = run(model, face.view(), control, |outputs| family.weights(outputs, regions))?;
    soften(&weights.warp(&invert(&to_face)?, crop.width(), crop.height())?)
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
    let picture = resize(crop, width, height, filter)?;
    run(model, picture.view(), control, |outputs| family.mask(outputs, regions, crop.width(), crop.height()))
}

/// What a segmenter says of a picture of the size that it takes.
fn run(
    model: &Model,
    picture: ImageRef<'_>,
    control: &Control,
    read: impl FnOnce(&Outputs) -> Result<Mask>,
) -> Result<Mask> {
    let tensor = SegmenterFamily::of(model.family())?.coding().encode(picture);
    model.run(&[(model.input_name(), tensor.view().into_dyn())], control.cancel_token(), read)
}
