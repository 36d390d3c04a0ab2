//! Who replaces whom.

use crate::error::{Error, ErrorKind, Result};
use crate::face::embedding;
use crate::face::{Embedding, Face, Order, Selection, select};
use crate::limits::Limits;
use crate::models::{Model, Models};
use crate::params::{DetectParams, Select, SwapParams};
use crate::picture::{ImageCow, ImageRef};
use crate::pipelines::detect::{find, of_any_size};
use crate::progress::Control;

/// A person to put into a picture.
#[derive(Debug, Clone)]
pub struct SwapSource<'a> {
    /// Pictures of the person, at least one. Networks take the mean identity of all; the mesh, and networks that
    /// want a picture, the first.
    pub pictures: Vec<ImageCow<'a>>,
    /// A picture of the person to be replaced; none replaces everyone whom no other source replaces.
    pub replaces: Option<ImageCow<'a>>,
}

impl<'a> SwapSource<'a> {
    /// A source that replaces every selected face.
    pub fn new(picture: impl Into<ImageCow<'a>>) -> Self {
        Self { pictures: vec![picture.into()], replaces: None }
    }

    /// The same source with pictures of its own.
    pub fn into_owned(self) -> SwapSource<'static> {
        SwapSource {
            pictures: self.pictures.into_iter().map(ImageCow::into_owned).collect(),
            replaces: self.replaces.map(ImageCow::into_owned),
        }
    }
}

/// A face that was found in a picture of a source.
#[derive(Debug, Clone)]
pub(super) struct SourceFace<'a> {
    pub picture: ImageRef<'a>,
    pub face: Face,
}

/// The faces of one source, the first picture's first.
pub(super) fn source_faces<'a>(
    models: &Models,
    source: &'a SwapSource<'_>,
    params: &SwapParams,
    limits: &Limits,
    control: &Control,
) -> Result<Vec<SourceFace<'a>>> {
    if source.pictures.is_empty() {
        return Err(Error::parameter("a source of a swap has no picture: give at least one"));
    }
    let selection = match params.source_select {
        Select::One => Selection::One,
        Select::Index => Selection::Index(params.source_index as usize),
        Select::Only => Selection::Only,
        Select::Many | Select::Reference => {
            return Err(Error::parameter(format!(
                "`source_select` is {}, and must be one, index or only: a source is one face",
                params.source_select.name()
            )));
        }
    };
    let face = |(i, picture): (usize, ImageRef<'a>)| {
        let one = || -> Result<Face> {
            limits.check_size(picture.width(), picture.height())?;
            let faces = find(models, picture, &of_any_size(&params.detect), limits, control)?;
            let mut faces = select(faces, &selection, params.source_order)?;
            let face = faces.swap_remove(0);
            check_whole(&face, picture)?;
            Ok(face)
        };
        let face = one().map_err(|error| match source.pictures.len() {
            1 => error.context("the source picture"),
            _ => error.context(format!("source picture {}", i + 1)),
        });
        Ok(SourceFace { picture, face: face? })
    };
    source.pictures.iter().map(ImageCow::view).enumerate().map(face).collect()
}

/// Refuses a source whose face lies partly outside its picture: what is not there cannot be put in.
fn check_whole(face: &Face, picture: ImageRef<'_>) -> Result<()> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let points = face.five_points()?;
    if points.iter().all(|p| (0.0..width).contains(&p.x) && (0.0..height).contains(&p.y)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::NoFace,
        "the border of the picture cuts the face, whose eyes, nose and mouth must all be in it: use a picture that \
         shows the whole face",
    ))
}

/// Which source replaces which face.
#[derive(Debug)]
pub(super) struct Cast {
    /// For each source, who is replaced.
    replaced: Vec<Option<Embedding>>,
    reference_distance: f32,
}

impl Cast {
    /// Reads the faces of those who are replaced.
    pub fn new(
        models: &Models,
        sources: &[SwapSource<'_>],
        recognizer: Option<&Model>,
        params: &DetectParams,
        limits: &Limits,
        control: &Control,
    ) -> Result<Self> {
        let open = sources.iter().filter(|source| source.replaces.is_none()).count();
        if sources.is_empty() || open > 1 {
            return Err(Error::parameter(match open {
                0 => "a swap has no source: give a picture of the person to put in".to_owned(),
                _ => format!("{open} sources replace everyone: say of all but one whom they replace"),
            }));
        }
        let one = |source: &SwapSource<'_>| {
            let Some(picture) = source.replaces.as_ref().map(ImageCow::view) else { return Ok(None) };
            let recognizer = recognizer.ok_or_else(|| {
                Error::new(
                    ErrorKind::ModelNotFound,
                    "no recognizer is installed that could tell who is to be replaced: install one, such as sface",
                )
            })?;
            limits.check_size(picture.width(), picture.height())?;
            let faces = find(models, picture, &of_any_size(params), limits, control)?;
            let face = select(faces, &Selection::One, Order::LargeSmall)?.swap_remove(0);
            embedding(recognizer, picture, &face, control).map(Some)
        };
        let replaced = sources.iter().map(|source| {
            one(source).map_err(|error| error.context("the picture of the person to be replaced"))
        });
        Ok(Self { replaced: replaced.collect::<Result<_>>()?, reference_distance: params.reference_distance })
    }

    /// The source that replaces a face: the one that replaces the person whom it is most like, else the one that
    /// replaces everyone.
    pub fn source_of(&self, face: &Face) -> Result<Option<usize>> {
        let mut nearest = (self.reference_distance, None);
        if let Some(embedding) = &face.embedding {
            for (i, replaced) in self.replaced.iter().enumerate() {
                let Some(replaced) = replaced else { continue };
                let distance = embedding.distance(replaced)?;
                if distance < nearest.0 {
                    nearest = (distance, Some(i));
                }
            }
        }
        Ok(nearest.1.or_else(|| self.replaced.iter().position(Option::is_none)))
    }
}
