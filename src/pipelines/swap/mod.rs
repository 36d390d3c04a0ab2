//! Swapping: the face of one person in the place of another's.

mod cast;
mod frames;
mod masks;
mod mesh;
mod network;
mod swapping;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::geometry::{Mask, Similarity};
use crate::limits::Limits;
use crate::models::Models;
use crate::params::{ParameterSet, SwapEngine, SwapParams};
use crate::picture::{EncodeOptions, FileFormat, Image, ImageRef, Metadata, Provenance, is_animated};
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::progress::Control;

use frames::swap_frames;
use swapping::Swapping;

pub use cast::SwapSource;

/// A picture with swapped faces.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Swapped {
    /// The picture: RGBA when the target has alpha, else RGB.
    #[serde(skip)]
    pub image: Image,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// What swapped: a network, or the mesh.
    pub engine: SwapEngine,
    /// The models that made it.
    pub models: Vec<String>,
    /// The faces that were replaced.
    pub faces: Vec<Face>,
    /// How long it took.
    pub metrics: Metrics,
}

/// A file with swapped faces: a picture or an animation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwappedFile {
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
    /// How many of them show a face that was replaced.
    pub swapped_frames: u32,
    /// How many of them were searched for faces; in the others the faces were followed.
    pub searched_frames: u32,
    /// How many different faces were replaced.
    pub faces: usize,
    /// What swapped: a network, or the mesh.
    pub engine: SwapEngine,
    /// The models that made it.
    pub models: Vec<String>,
    /// How long it took.
    pub metrics: Metrics,
}

/// A face that was replaced in a crop of its picture.
struct Replacement {
    /// The crop as it was.
    target: Image,
    /// The crop with the other face.
    swapped: Image,
    /// How much of the crop the engine wants to be shown, where it has an edge of its own.
    mask: Option<Mask>,
    /// The transform from the picture to the crop.
    to_crop: Similarity,
}

/// Puts the faces of sources into a picture.
///
/// Every pixel outside the swapped faces is that of the target, bit for bit. A thumbnail in the EXIF block is
/// dropped, since it would still show the old face.
///
/// # Errors
/// [`InvalidParameter`](ErrorKind::InvalidParameter) for params out of range or sources that contradict one
/// another, [`NoFace`](ErrorKind::NoFace) when a source or the target shows none that is meant, or a source's is
/// cut by the border, [`Unsupported`](ErrorKind::Unsupported) when the detector gives no points or a swapper does
/// not take a size, and those of [`Models::get`] and of the models' runs.
pub fn swap(
    models: &Models,
    sources: &[SwapSource<'_>],
    target: ImageRef<'_>,
    params: &SwapParams,
    limits: &Limits,
    control: &Control,
) -> Result<Swapped> {
    params.validate()?;
    limits.check_size(target.width(), target.height())?;
    let mut clock = Clock::start();
    let swapping = clock
        .time("source", || Swapping::new(models, sources, params, false, limits, &control.part(0.0, 0.2)))?;
    let detection =
        clock.time("detect", || detect(models, target, &params.detect, limits, &control.part(0.2, 0.4)))?;
    let faces = clock.time("align", || swapping.cast_faces(target, detection.faces, control))?;
    if faces.is_empty() {
        return Err(Error::new(
            ErrorKind::NoFace,
            "the target shows no face that is to be replaced: use a picture that shows one, or lower the detector's \
             score threshold",
        ));
    }
    let mut image = Image::from_view(target);
    swapping.swap(&mut image, &faces, &mut clock, &control.part(0.4, 1.0))?;
    *image.metadata_mut() = changed(target.metadata().cloned().unwrap_or_default(), params);
    control.report("swap", 1.0)?;
    Ok(Swapped {
        width: image.width(),
        height: image.height(),
        image,
        engine: swapping.engine(),
        models: swapping.models(),
        faces: faces.into_iter().map(|(face, _)| face).collect(),
        metrics: clock.stop(),
    })
}

/// The metadata of a target whose faces were replaced.
fn changed(metadata: Metadata, params: &SwapParams) -> Metadata {
    let mut metadata = metadata.without_thumbnail();
    if params.provenance {
        metadata.set_provenance(Provenance::Composite);
    }
    metadata
}

/// Puts the faces of sources into an encoded picture or animation, and encodes the result.
///
/// The delays, the loop count and the frames without a face of an animation stay as they are. Its faces are
/// followed from frame to frame. The format is `file_type`, or the target's own; a BMP or TIFF becomes a PNG.
///
/// # Errors
/// Those of [`swap`], of decoding and of encoding;
/// [`InvalidParameter`](ErrorKind::InvalidParameter) for an animation that is to become a JPEG.
pub fn swap_file(
    models: &Models,
    sources: &[SwapSource<'_>],
    target: &[u8],
    params: &SwapParams,
    limits: &Limits,
    control: &Control,
) -> Result<SwappedFile> {
    params.validate()?;
    limits.check_bytes(target.len() as u64)?;
    let format = params.file_type.or_else(|| FileFormat::of(target)).unwrap_or(FileFormat::Png);
    if !is_animated(target) {
        return swap_still(models, sources, target, format, params, limits, control);
    }
    let mut clock = Clock::start();
    let swapping = clock
        .time("source", || Swapping::new(models, sources, params, true, limits, &control.part(0.0, 0.1)))?;
    let done = swap_frames(&swapping, target, format, limits, &mut clock, &control.part(0.1, 1.0))?;
    Ok(SwappedFile {
        bytes: done.film.bytes,
        format,
        width: done.film.width,
        height: done.film.height,
        frames: done.film.frames,
        swapped_frames: done.film.edited,
        searched_frames: done.searched_frames,
        faces: done.faces,
        engine: swapping.engine(),
        models: swapping.models(),
        metrics: clock.stop(),
    })
}

fn swap_still(
    models: &Models,
    sources: &[SwapSource<'_>],
    target: &[u8],
    format: FileFormat,
    params: &SwapParams,
    limits: &Limits,
    control: &Control,
) -> Result<SwappedFile> {
    let target = Image::decode(target, limits).map_err(|error| error.context("the target"))?;
    let swapped = swap(models, sources, target.view(), params, limits, control)?;
    let options = EncodeOptions { format, quality: params.image_quality as u8 };
    Ok(SwappedFile {
        bytes: swapped.image.encode(&options)?,
        format,
        width: swapped.width,
        height: swapped.height,
        frames: 1,
        swapped_frames: 1,
        searched_frames: 1,
        faces: swapped.faces.len(),
        engine: swapped.engine,
        models: swapped.models,
        metrics: swapped.metrics,
    })
}
