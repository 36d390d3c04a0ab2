//! Detail and refinement: each face of a picture repainted by a diffusion model, larger than it is in the picture.

mod crop;
mod prompts;
mod repaint;

use std::path::Path;

use serde::Serialize;

use crate::choice::choices;
use crate::diffusion::SchedulerKind;
use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::limits::Limits;
use crate::models::Models;
use crate::params::{
    DetailParams, DetectParams, FaceShape, Fallback, ParameterSet, RefineParams, RestoreParams,
};
use crate::picture::{EncodeOptions, FileFormat, Image, ImageRef, Provenance, to_base64};
use crate::pipelines::detail::repaint::Repainter;
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::pipelines::restore::{enlarged, restore};
use crate::pipelines::upscale::enlarge;
use crate::progress::Control;

/// The file that makes a folder a diffusion pack.
const INDEX: &str = "model_index.json";

choices! {
    /// What repainted the faces.
    pub enum DetailEngine {
        /// A diffusion model.
        Diffusion = "diffusion",
        /// A restorer, in place of a diffusion model that is not installed.
        Restore = "restore",
    }
}

/// Pictures whose faces were given detail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detailed {
    /// The pictures, one for each sample: RGBA when the input has alpha, else RGB. A restorer makes one alone, since
    /// it would make the same again.
    #[serde(skip)]
    pub images: Vec<Image>,
    /// Width of the pictures in pixels.
    pub width: u32,
    /// Height of the pictures in pixels.
    pub height: u32,
    /// What repainted the faces.
    pub engine: DetailEngine,
    /// The scheduler that stepped, where a diffusion model repainted them.
    pub scheduler: Option<SchedulerKind>,
    /// The seed of each picture; empty where no seed was used.
    pub seeds: Vec<u32>,
    /// The models that were opened for them: detector, then those that paint, and an upscaler if one was used.
    pub models: Vec<String>,
    /// The faces that were repainted, in pixels of the input.
    pub faces: Vec<Face>,
    /// How long it took.
    pub metrics: Metrics,
    #[serde(skip)]
    pub(crate) form: FileForm,
}

/// How a result is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileForm {
    options: EncodeOptions,
    base64: bool,
}

impl Detailed {
    /// The pictures as files, in the format and quality that the parameters ask for; in base64 where they do.
    ///
    /// # Errors
    /// Those of [`Image::encode`].
    pub fn files(&self) -> Result<Vec<Vec<u8>>> {
        self.images.iter().map(|image| self.form.write(image)).collect()
    }
}

impl FileForm {
    fn of(params: &DetailParams) -> Self {
        let options = EncodeOptions { format: params.image_format, quality: params.image_quality as u8 };
        Self { options, base64: params.base64 }
    }

    /// The format of the files, and whether they are in base64.
    pub fn written(&self) -> (FileFormat, bool) {
        (self.options.format, self.base64)
    }

    /// A picture as a file, in base64 where that is asked for.
    pub fn write(&self, image: &Image) -> Result<Vec<u8>> {
        let bytes = image.encode(&self.options)?;
        Ok(if self.base64 { to_base64(&bytes).into_bytes() } else { bytes })
    }
}

/// Gives the faces of a picture detail.
///
/// Each face is cut out with what is around it, brought to the size that the model works at, repainted within the
/// outline of the face, and put back; faces follow one another on the changed picture. At `upscale` 1 every pixel
/// outside the masks of the faces is that of the input, bit for bit. A picture without a face comes back as it is.
///
/// Source: the crop, the order of faces and the prompts follow ADetailer and the Impact Pack's FaceDetailer.
///
/// # Errors
/// [`InvalidParameter`](ErrorKind::InvalidParameter) for params out of range,
/// [`ModelNotFound`](ErrorKind::ModelNotFound) when no diffusion model is installed and none may stand in for it,
/// [`NoFace`](ErrorKind::NoFace) when a selection by index or by reference finds nothing,
/// [`LimitExceeded`](ErrorKind::LimitExceeded) when the enlarged picture is too large, and those of
/// [`Diffuser::open`](crate::diffusion::Diffuser::open), of [`Models::get`] and of the models' runs.
pub fn detail(
    models: &Models,
    image: ImageRef<'_>,
    params: &DetailParams,
    limits: &Limits,
    control: &Control,
) -> Result<Detailed> {
    params.validate()?;
    run(models, image, params, limits, control)
}

/// Refines the faces of a picture whose composition is good: [`detail`], with one number for its strength.
///
/// # Errors
/// Those of [`detail`].
pub fn refine(
    models: &Models,
    image: ImageRef<'_>,
    params: &RefineParams,
    limits: &Limits,
    control: &Control,
) -> Result<Detailed> {
    params.validate()?;
    run(models, image, &params.to_detail(), limits, control)
}

fn run(
    models: &Models,
    image: ImageRef<'_>,
    params: &DetailParams,
    limits: &Limits,
    control: &Control,
) -> Result<Detailed> {
    let [width, height] = [image.width(), image.height()].map(|side| side.saturating_mul(params.upscale));
    limits.check_size(width, height)?;
    let mut clock = Clock::start();
    let opened = clock.time("load", || Repainter::open(models, params));
    let repainter = match opened {
        Err(error) if is_missing(models, params) => match params.fallback {
            Fallback::Restore => {
                let why = "no diffusion model is installed: faces are restored instead";
                models.log().info("pipelines", || why.to_owned());
                return restored(models, image, params, limits, control);
            }
            Fallback::None => {
                let hint = "or let a restorer stand in for it: `fallback` = `restore`";
                return Err(Error::new(error.kind(), format!("{error}\n{hint}")));
            }
        },
        opened => opened?,
    };
    let search = DetectParams {
        landmarks: params.detect.landmarks || params.crop.mask_shape == FaceShape::Contour,
        ..params.detect.clone()
    };
    let found = clock.time("detect", || detect(models, image, &search, limits, &control.part(0.0, 0.05)))?;
    let mut used = vec![found.model];
    used.extend(repainter.models());

    let (base, upscaler) = clock.time("background", || {
        let (by_model, upscaler) = (params.upscale_background, params.upscaler.as_deref());
        enlarge(models, image, params.upscale, by_model, upscaler, &control.part(0.05, 0.2))
    })?;
    let is_upscaled = upscaler.is_some();
    used.extend(upscaler);
    let start = if is_upscaled { 0.2 } else { 0.05 };

    let faces: Vec<_> =
        found.faces.iter().map(|face| face.clone().map(|point| enlarged(point, params.upscale))).collect();
    let seeds: Vec<_> = (0..params.samples).map(|sample| params.seed.wrapping_add(sample)).collect();
    let mut images = Vec::with_capacity(seeds.len());
    let mut repainted = Vec::new();
    for (sample, &seed) in seeds.iter().enumerate() {
        let mut picture = base.clone();
        let share = (1.0 - start) / seeds.len() as f32;
        let part = control.part(start + share * sample as f32, start + share * (sample + 1) as f32);
        repainted = clock.time("repaint", || repainter.repaint(&mut picture, &faces, seed, &part))?;
        if params.provenance && (is_upscaled || !repainted.is_empty()) {
            picture.metadata_mut().set_provenance(Provenance::Composite);
        }
        images.push(picture);
    }
    control.report("repaint", 1.0)?;
    Ok(Detailed {
        images,
        width,
        height,
        engine: DetailEngine::Diffusion,
        scheduler: Some(repainter.scheduler()),
        seeds,
        models: used,
        faces: repainted.iter().map(|&face| found.faces[face].clone()).collect(),
        metrics: clock.stop(),
        form: FileForm::of(params),
    })
}

/// Whether no model was asked for, and none is installed, not even a broken one: what a restorer may stand in for.
fn is_missing(models: &Models, params: &DetailParams) -> bool {
    let is_missing = |error: Error| error.kind() == ErrorKind::ModelNotFound;
    let is_broken = |path: &Path| path.join(INDEX).is_file() || path.ends_with(INDEX);
    let has_broken = models.store().problems().iter().any(|(path, _)| is_broken(path));
    let is_named = params.model.as_deref().is_some_and(|model| !model.is_empty());
    !is_named && !has_broken && models.diffusion(None).is_err_and(is_missing)
}

/// All faces restored instead, as strongly as `denoise` says: from 0.5 on, the restorer's output alone shows. The
/// prompts have no part in it.
fn restored(
    models: &Models,
    image: ImageRef<'_>,
    params: &DetailParams,
    limits: &Limits,
    control: &Control,
) -> Result<Detailed> {
    let restoration = RestoreParams {
        restorer: params.restorer.clone(),
        blend: (2.0 * params.denoise).min(1.0),
        upscale: params.upscale,
        passes: params.passes,
        upscale_background: params.upscale_background,
        upscaler: params.upscaler.clone(),
        provenance: params.provenance,
        detect: params.detect.clone(),
        ..RestoreParams::default()
    };
    let restored = restore(models, image, &restoration, limits, control)?;
    Ok(Detailed {
        images: vec![restored.image],
        width: restored.width,
        height: restored.height,
        engine: DetailEngine::Restore,
        scheduler: None,
        seeds: Vec::new(),
        models: restored.models,
        faces: restored.faces,
        metrics: restored.metrics,
        form: FileForm::of(params),
    })
}
