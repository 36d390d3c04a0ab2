//! Stylization: a picture, or the faces in it, made into 3D, emoji, video game, pixels, clay or toy.

mod area;
mod diffusion;
mod frames;
mod notes;
mod stylist;

use std::sync::Arc;

use serde::Serialize;

use crate::diffusion::SchedulerKind;
use crate::error::Result;
use crate::face::Face;
use crate::limits::Limits;
use crate::models::{Model, Models, Role};
use crate::params::{DetectParams, ParameterSet, StylizeEngine, StylizeParams};
use crate::picture::{EncodeOptions, FileFormat, Image, ImageRef, is_animated};
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::progress::Control;
use crate::style::Style;

use frames::stylize_frames;
use stylist::Stylist;

/// A picture in a style.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stylized {
    /// The picture: RGBA when the input has alpha, else RGB.
    #[serde(skip)]
    pub image: Image,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// Its style.
    pub style: Style,
    /// What gave it its style.
    pub engine: StylizeEngine,
    /// The seed of the noise, where diffusion ran: the one asked for, or the one that was drawn.
    pub seed: Option<u32>,
    /// The scheduler that stepped, where diffusion ran.
    pub scheduler: Option<SchedulerKind>,
    /// The models that made it.
    pub models: Vec<String>,
    /// The faces that were chosen, in pixels of the input, with their landmarks.
    pub faces: Vec<Face>,
    /// What the caller should know: parameters without effect, and why `auto` chose as it did.
    pub notes: Vec<String>,
    /// How long it took.
    pub metrics: Metrics,
}

/// A file in a style: a picture or an animation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StylizedFile {
    /// The file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: FileFormat,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// How many frames it has; 1 for a still picture.
    pub frames: u32,
    /// How many of them were searched for faces; in the others the faces were followed.
    pub searched_frames: u32,
    /// How many different faces were chosen.
    pub faces: usize,
    /// Its style.
    pub style: Style,
    /// What gave it its style.
    pub engine: StylizeEngine,
    /// The seed of the noise, where diffusion ran.
    pub seed: Option<u32>,
    /// The scheduler that stepped, where diffusion ran.
    pub scheduler: Option<SchedulerKind>,
    /// The models that made it.
    pub models: Vec<String>,
    /// What the caller should know: parameters without effect, and why `auto` chose as it did.
    pub notes: Vec<String>,
    /// How long it took.
    pub metrics: Metrics,
}

/// Gives a picture a style.
///
/// `style_image` is the picture whose style a network of two inputs takes over. The result is as large as the input,
/// but for a whole picture that diffusion made: that has the size the model worked at. Alpha stays. With
/// `area = face`, every pixel outside the squares of the faces is that of the input, bit for bit. Image processing and
/// networks stylize a picture without a face too; diffusion, and `area = face`, need one.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for params out of range, or a style picture that the
/// network does not take or misses, [`NoFace`](crate::ErrorKind::NoFace) where a face is needed or a selection finds
/// none, [`ModelNotFound`](crate::ErrorKind::ModelNotFound) when a model of the engine that was asked for is not
/// installed, and those of [`Models::get`] and of the models' runs.
pub fn stylize(
    models: &Models,
    image: ImageRef<'_>,
    style_image: Option<ImageRef<'_>>,
    params: &StylizeParams,
    limits: &Limits,
    control: &Control,
) -> Result<Stylized> {
    params.validate()?;
    limits.check_size(image.width(), image.height())?;
    let mut clock = Clock::start();
    let opened = control.part(0.0, 0.05);
    let stylist = clock.time("load", || Stylist::open(models, style_image, params, &opened))?;
    let finders = clock.time("load", || Finders::open(models, params))?;
    let found =
        clock.time("detect", || detect(models, image, &finders.search, limits, &control.part(0.05, 0.15)))?;
    stylist.check_faces(&found.faces)?;
    let picture = Image::from_view(image);
    let metadata = stylist.metadata(picture.metadata().clone());
    let mut image =
        clock.time("stylize", || stylist.paint(picture, &found.faces, &control.part(0.15, 1.0)))?;
    *image.metadata_mut() = metadata;
    control.report("stylize", 1.0)?;
    Ok(Stylized {
        width: image.width(),
        height: image.height(),
        image,
        style: params.style,
        engine: stylist.engine(),
        seed: stylist.seed(),
        scheduler: stylist.scheduler(),
        models: stylist.models(finders.names()),
        notes: stylist.notes(found.faces.len()),
        faces: found.faces,
        metrics: clock.stop(),
    })
}

/// Gives an encoded picture or animation a style, and encodes the result.
///
/// Every frame of an animation is stylized, with one palette for all; its delays and loop count stay, and its frames
/// have the size of the input. The format is `file_type`, or the input's own; a BMP or TIFF becomes a PNG.
///
/// # Errors
/// Those of [`stylize`], of decoding and of encoding;
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an animation that is to become a JPEG.
pub fn stylize_file(
    models: &Models,
    file: &[u8],
    style_image: Option<ImageRef<'_>>,
    params: &StylizeParams,
    limits: &Limits,
    control: &Control,
) -> Result<StylizedFile> {
    params.validate()?;
    limits.check_bytes(file.len() as u64)?;
    let format = params.file_type.or_else(|| FileFormat::of(file)).unwrap_or(FileFormat::Png);
    if is_animated(file) {
        return stylize_frames(models, file, style_image, format, params, limits, control);
    }
    let image = Image::decode(file, limits)?;
    let stylized = stylize(models, image.view(), style_image, params, limits, control)?;
    let options = EncodeOptions { format, quality: params.image_quality as u8 };
    Ok(StylizedFile {
        bytes: stylized.image.encode(&options)?,
        format,
        width: stylized.width,
        height: stylized.height,
        frames: 1,
        searched_frames: 1,
        faces: stylized.faces.len(),
        style: stylized.style,
        engine: stylized.engine,
        seed: stylized.seed,
        scheduler: stylized.scheduler,
        models: stylized.models,
        notes: stylized.notes,
        metrics: stylized.metrics,
    })
}

/// What finds the faces, and how.
struct Finders {
    detector: Arc<Model>,
    /// Finds their landmarks, where one is installed.
    landmarker: Option<Arc<Model>>,
    search: DetectParams,
}

impl Finders {
    fn open(models: &Models, params: &StylizeParams) -> Result<Self> {
        let detector = models.get(Role::Detector, params.detect.detector.as_deref())?;
        let landmarker = models.get_if_any(Role::Landmarker, params.detect.landmarker.as_deref())?;
        let landmarks = params.detect.landmarks || landmarker.is_some();
        let search = DetectParams { landmarks, ..params.detect.clone() };
        Ok(Self { detector, landmarker, search })
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let models = [Some(&self.detector), self.landmarker.as_ref()];
        models.into_iter().flatten().map(|model| model.name().to_owned())
    }
}
