//! Restoration: damaged faces repaired in place, and the picture enlarged around them.

use serde::Serialize;

use crate::error::Result;
use crate::face::{Face, align, alignment};
use crate::geometry::{Point, paste};
use crate::limits::Limits;
use crate::models::{Models, Role};
use crate::params::{ParameterSet, RestoreParams};
use crate::picture::{Image, ImageRef, Provenance};
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::pipelines::restorer::Restorer;
use crate::pipelines::upscale::enlarge;
use crate::progress::Control;

/// A restored picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Restored {
    /// The picture: RGBA when the input has alpha, else RGB.
    #[serde(skip)]
    pub image: Image,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// The models that made it: detector, restorer, and upscaler if one was used.
    pub models: Vec<String>,
    /// The faces that were restored, in pixels of the input.
    pub faces: Vec<Face>,
    /// How long it took.
    pub metrics: Metrics,
}

/// Restores the faces of a picture.
///
/// At `upscale` 1 every pixel outside the pasted faces is that of the input, bit for bit. A picture without a
/// face comes back as it is, or enlarged.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for params out of range,
/// [`NoFace`](crate::ErrorKind::NoFace) when a selection by index or by reference finds nothing,
/// [`Unsupported`](crate::ErrorKind::Unsupported) when the detector gives no points,
/// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) when the enlarged picture is too large, and those of
/// [`Models::get`] and of the models' runs.
pub fn restore(
    models: &Models,
    image: ImageRef<'_>,
    params: &RestoreParams,
    limits: &Limits,
    control: &Control,
) -> Result<Restored> {
    params.validate()?;
    let [width, height] = [image.width(), image.height()].map(|side| side.saturating_mul(params.upscale));
    limits.check_size(width, height)?;
    let mut clock = Clock::start();
    let restorer = Restorer::new(models.get(Role::Restorer, params.restorer.as_deref())?, params)?;
    let detection =
        clock.time("detect", || detect(models, image, &params.detect, limits, &control.part(0.0, 0.1)))?;
    let mut used = vec![detection.model, restorer.model.name().to_owned()];

    control.report("background", 0.1)?;
    let (mut picture, upscaler) = clock.time("background", || {
        let (by_model, upscaler) = (params.upscale_background, params.upscaler.as_deref());
        enlarge(models, image, params.upscale, by_model, upscaler, &control.part(0.1, 0.5))
    })?;
    used.extend(upscaler);

    let faces = &detection.faces;
    let start = if params.upscale_background && params.upscale > 1 { 0.5 } else { 0.1 };
    for (i, face) in faces.iter().enumerate() {
        control.report("restore", start + (1.0 - start) * i as f32 / faces.len() as f32)?;
        let points = face.five_points()?;
        let crop = clock.time("align", || align(image, points, restorer.template, restorer.size))?;
        let restored = clock.time("restore", || restorer.run(&crop, control))?;
        let enlarged = points.map(|point| enlarged(point, params.upscale));
        clock.time("paste", || {
            let to_crop = alignment(&enlarged, restorer.template, restorer.size)?;
            paste(&mut picture.view_mut(), restored.view(), &restorer.mask, &to_crop)
        })?;
    }
    if params.provenance && (!faces.is_empty() || used.len() > 2) {
        picture.metadata_mut().set_provenance(Provenance::Composite);
    }
    control.report("restore", 1.0)?;
    Ok(Restored {
        image: picture,
        width,
        height,
        models: used,
        faces: detection.faces,
        metrics: clock.stop(),
    })
}

/// A pixel centre of the input in the enlarged picture.
pub(super) fn enlarged(point: Point, factor: u32) -> Point {
    let factor = factor as f32;
    Point::new((point.x + 0.5) * factor - 0.5, (point.y + 0.5) * factor - 0.5)
}
