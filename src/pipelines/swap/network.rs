//! A swapper network at work on one face.

use std::sync::Arc;

use crate::error::Result;
use crate::face::embedding;
use crate::face::swappers::{Source, SourceKind, Swapper};
use crate::face::{Embedding, Face, alignment};
use crate::geometry::{Border, crop_face};
use crate::models::{Model, Models, Role};
use crate::params::SwapParams;
use crate::picture::ImageRef;
use crate::pipelines::swap::Replacement;
use crate::pipelines::swap::cast::SourceFace;
use crate::progress::Control;

/// A swapper, and what it takes of each source.
pub(super) struct NetworkEngine {
    swapper: Swapper,
    /// The side of a target's crop in pixels.
    size: u32,
    /// Who a face is; absent when the swapper takes a picture of the source.
    recognizer: Option<Arc<Model>>,
    sources: Vec<Source>,
    identity_weight: f32,
}

impl NetworkEngine {
    pub fn new(
        models: &Models,
        sources: &[Vec<SourceFace<'_>>],
        params: &SwapParams,
        control: &Control,
    ) -> Result<Self> {
        let swapper = Swapper::of(models, models.get(Role::Swapper, params.swapper.as_deref())?)?;
        let size = swapper.size((params.pixel_boost > 0).then_some(params.pixel_boost))?;
        let recognizer = match swapper.source_kind() {
            SourceKind::Identity => Some(recognizer(models, &swapper, params.detect.recognizer.as_deref())?),
            SourceKind::Picture => None,
        };
        let source = |faces: &Vec<SourceFace<'_>>| match (&recognizer, faces.first()) {
            (None, Some(first)) => swapper.source_of_picture(first.picture, first.face.five_points()?),
            (Some(recognizer), _) => {
                let embeddings = faces.iter().map(|s| embedding(recognizer, s.picture, &s.face, control));
                let embeddings = embeddings.collect::<Result<Vec<_>>>()?;
                swapper.source_of_identity(&Embedding::average(&embeddings)?, control.cancel_token())
            }
            (None, None) => unreachable!("a source has a face"),
        };
        let sources = sources.iter().map(source).collect::<Result<_>>()?;
        Ok(Self { swapper, size, recognizer, sources, identity_weight: params.identity_weight })
    }

    /// The names of its models.
    pub fn models(&self) -> Vec<String> {
        let swapper = [Some(self.swapper.name()), self.swapper.converter()];
        let recognizer = self.recognizer.as_ref().map(|model| model.name());
        swapper.into_iter().chain([recognizer]).flatten().map(str::to_owned).collect()
    }

    /// The face of a picture with the identity of a source.
    pub fn replace(
        &self,
        picture: ImageRef<'_>,
        face: &Face,
        source: usize,
        control: &Control,
    ) -> Result<Replacement> {
        let to_crop = alignment(face.five_points()?, self.swapper.template(), self.size)?;
        let target = crop_face(picture, &to_crop, self.size, self.size, Border::Replicate)?;
        let source = &self.sources[source];
        let cancel = control.cancel_token();
        let balanced = match &self.recognizer {
            Some(recognizer) if self.identity_weight != 0.5 => {
                let target = embedding(recognizer, picture, face, control)?;
                Some(self.swapper.balance(source, &target, self.identity_weight, cancel)?)
            }
            _ => None,
        };
        let swapped = self.swapper.run(target.view(), balanced.as_ref().unwrap_or(source), cancel)?;
        Ok(Replacement { target, swapped, mask: None, to_crop })
    }
}

/// The recognizer that identifies sources: the one of whose embeddings the swapper was made, where none is asked for.
fn recognizer(models: &Models, swapper: &Swapper, choice: Option<&str>) -> Result<Arc<Model>> {
    let own = swapper.recognizer();
    let is_installed = models.store().models().iter().any(|model| model.name() == own);
    models.get(Role::Recognizer, choice.or(is_installed.then_some(own)))
}
