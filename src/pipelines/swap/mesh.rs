//! The mesh at work on one face.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::face::mesh::{self, MeshOptions};
use crate::face::{Face, Landmarks};
use crate::geometry::{Border, crop_face};
use crate::models::Model;
use crate::params::SwapParams;
use crate::picture::ImageRef;
use crate::pipelines::landmarks::landmarks;
use crate::pipelines::swap::Replacement;
use crate::pipelines::swap::cast::SourceFace;
use crate::progress::Control;

/// The first picture of each source, and the landmarks of the face in it.
pub(super) struct MeshEngine<'a> {
    sources: Vec<(ImageRef<'a>, Landmarks)>,
    options: MeshOptions,
}

impl<'a> MeshEngine<'a> {
    pub fn new(
        landmarker: Option<&Arc<Model>>,
        sources: &[Vec<SourceFace<'a>>],
        params: &SwapParams,
        control: &Control,
    ) -> Result<Self> {
        let landmarker = landmarker.ok_or_else(|| {
            Error::new(
                ErrorKind::ModelNotFound,
                "the mesh needs a landmarker, and none is installed: install one, such as pfld_98, or a swapper",
            )
        })?;
        let sources = sources.iter().filter_map(|faces| faces.first()).map(|source| {
            Ok((source.picture, landmarks(landmarker, source.picture, &source.face, control)?))
        });
        let options = MeshOptions { color: params.color_match, ..MeshOptions::default() };
        Ok(Self { sources: sources.collect::<Result<_>>()?, options })
    }

    /// The face of a picture with the pixels of a source bent over it.
    pub fn replace(&self, picture: ImageRef<'_>, face: &Face, source: usize) -> Result<Replacement> {
        let (source, source_face) = &self.sources[source];
        let target_face = face.landmarks.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Internal, "a target face came to the mesh without landmarks")
        })?;
        let swap = mesh::swap(*source, source_face, picture, target_face, &self.options)?;
        let (width, height) = (swap.crop.width(), swap.crop.height());
        let target = crop_face(picture, &swap.to_crop, width, height, Border::Replicate)?;
        Ok(Replacement { target, swapped: swap.crop, mask: Some(swap.mask), to_crop: swap.to_crop })
    }
}
