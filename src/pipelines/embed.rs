//! Embedding: from a face to the vector that tells people apart.

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::face::{Embedding, Face, RecognizerFamily, embedding};
use crate::limits::Limits;
use crate::models::{Models, Role};
use crate::params::{DetectParams, EmbedParams, ParameterSet};
use crate::picture::ImageRef;
use crate::pipelines::detect::detect;
use crate::pipelines::metrics::{Clock, Metrics};
use crate::progress::Control;

/// The faces of a picture, each with who it shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Embedded {
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// The detector that found the faces.
    pub detector: String,
    /// The recognizer that embedded them.
    pub recognizer: String,
    /// The faces that were selected, in the order asked for; empty when none was found.
    pub faces: Vec<EmbeddedFace>,
    /// How long it took.
    pub metrics: Metrics,
}

/// A face and who it shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmbeddedFace {
    /// Where it is.
    #[serde(flatten)]
    pub face: Face,
    /// Who it shows.
    pub embedding: Embedding,
}

/// Whether two pictures show one person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The recognizer that compared them.
    pub recognizer: String,
    /// The cosine of the angle between the embeddings, -1 to 1.
    pub similarity: f32,
    /// How far they are from each other, 0 to 1.
    pub distance: f32,
    /// The cosine from which the recognizer takes two faces for one person.
    pub threshold: f32,
    /// Whether they show one person, by that threshold.
    pub same: bool,
    /// The face of each picture.
    pub faces: [Face; 2],
    /// How long it took.
    pub metrics: Metrics,
}

/// Embeds the selected faces of a picture.
///
/// # Errors
/// Those of [`detect`](crate::pipelines::detect()), of the recognizer's run, and
/// [`ErrorKind::Unsupported`] for a detector without points.
pub fn embed(
    models: &Models,
    image: ImageRef<'_>,
    params: &EmbedParams,
    limits: &Limits,
    control: &Control,
) -> Result<Embedded> {
    params.validate()?;
    let mut clock = Clock::start();
    let selecting = params.detect.recognizer.as_ref().or(params.recognizer.as_ref());
    let selection = DetectParams { recognizer: selecting.cloned(), ..params.detect.clone() };
    let found =
        clock.time("detect", || detect(models, image, &selection, limits, &control.part(0.0, 0.5)))?;
    let recognizer = models.get(Role::Recognizer, params.recognizer.as_deref())?;
    let count = found.faces.len() as f32;
    let mut faces = Vec::new();
    for (i, face) in found.faces.into_iter().enumerate() {
        control.report("embed", 0.5 + 0.5 * i as f32 / count)?;
        let embedding = clock.time("embed", || embedding(&recognizer, image, &face, control))?;
        faces.push(EmbeddedFace { face, embedding });
    }
    control.report("embed", 1.0)?;
    Ok(Embedded {
        width: found.width,
        height: found.height,
        detector: found.model,
        recognizer: recognizer.name().to_owned(),
        faces,
        metrics: clock.stop(),
    })
}

/// Compares the first selected face of each of two pictures; as the params stand, the largest.
///
/// # Errors
/// Those of [`embed`], and [`ErrorKind::NoFace`] when one of the pictures shows none.
pub fn compare(
    models: &Models,
    images: [ImageRef<'_>; 2],
    params: &EmbedParams,
    limits: &Limits,
    control: &Control,
) -> Result<Comparison> {
    let mut clock = Clock::start();
    let mut person = |image: ImageRef<'_>, name: &str, part: &Control| {
        let embedded = clock
            .time("embed", || embed(models, image, params, limits, part))
            .map_err(|error| error.context(name))?;
        embedded.faces.into_iter().next().ok_or_else(|| {
            Error::new(
                ErrorKind::NoFace,
                format!("{name} shows no face: use one that does, or lower the detector's score threshold"),
            )
        })
    };
    let a = person(images[0], "the first picture", &control.part(0.0, 0.5))?;
    let b = person(images[1], "the second picture", &control.part(0.5, 1.0))?;
    let recognizer = models.get(Role::Recognizer, params.recognizer.as_deref())?;
    let family = RecognizerFamily::of(recognizer.family())?;
    let similarity = a.embedding.similarity(&b.embedding)?;
    let threshold = recognizer.same_threshold().unwrap_or(family.threshold());
    Ok(Comparison {
        recognizer: recognizer.name().to_owned(),
        similarity,
        distance: a.embedding.distance(&b.embedding)?,
        threshold,
        same: similarity >= threshold,
        faces: [a.face, b.face],
        metrics: clock.stop(),
    })
}
