//! What a swapper is fed of the source.

use ndarray::{Array4, ArrayView, ArrayViewD, IxDyn};

use crate::error::{Error, ErrorKind, Result};
use crate::face::align;
use crate::face::swappers::contract::SourceInput;
use crate::face::swappers::identity::unit;
use crate::face::swappers::{Identity, RECOGNIZER, Swapper};
use crate::geometry::Point;
use crate::models::{Catalog, Initializer};
use crate::picture::ImageRef;
use crate::progress::CancelToken;
use crate::runtime::PixelCoding;

/// What a swapper takes of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Who it is: [`Swapper::source_of_identity`].
    Identity,
    /// One picture of it: [`Swapper::source_of_picture`].
    Picture,
}

/// What a swapper is fed of the source, made once for any number of targets.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The identity, in the numbers of the swapper's own family.
    Latent(Vec<f32>),
    /// The face, `[1, 3, size, size]`, RGB 0 to 1.
    Picture(Array4<f32>),
}

impl Source {
    pub(super) fn view(&self) -> ArrayViewD<'_, f32> {
        match self {
            Self::Latent(latent) => ArrayView::from_shape(IxDyn(&[1, latent.len()]), latent)
                .unwrap_or_else(|_| unreachable!("the shape is that of the vector")),
            Self::Picture(picture) => picture.view().into_dyn(),
        }
    }
}

impl Swapper {
    /// What it takes of the source.
    pub fn source_kind(&self) -> SourceKind {
        match self.contract.source {
            SourceInput::Picture { .. } => SourceKind::Picture,
            _ => SourceKind::Identity,
        }
    }

    /// How many numbers the embedding of a recognizer must have.
    pub fn embedding_len(&self) -> usize {
        self.embedding_len
    }

    /// The source of a swapper that takes an identity.
    ///
    /// - inswapper: the unit embedding times the graph's emap, divided by its own norm, as InsightFace does;
    /// - hyperswap: the unit embedding;
    /// - ghost: the raw embedding through its converter; simswap and hififace: the same, divided by its norm.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for an embedding of another length than [`Swapper::embedding_len`], or for a
    /// swapper that takes a picture; [`ErrorKind::InvalidModel`] when the emap or the converter does not fit;
    /// those of the converter's run.
    pub fn source_of_identity(&self, identity: &Identity, cancel: &CancelToken) -> Result<Source> {
        self.latent(identity, cancel).map(Source::Latent)
    }

    /// The source of a swapper that takes a picture: the face at five points.
    ///
    /// # Errors
    /// [`ErrorKind::NoFace`] when the points coincide; [`ErrorKind::InvalidParameter`] for a swapper that takes an
    /// identity.
    pub fn source_of_picture(&self, image: ImageRef<'_>, points: &[Point; 5]) -> Result<Source> {
        let SourceInput::Picture { template, size } = self.contract.source else {
            return Err(Error::parameter(format!("{} takes an identity, and not a picture", self.name())));
        };
        let face = align(image, points, template, size)?;
        Ok(Source::Picture(PixelCoding::UNIT_RGB.encode(face.view())))
    }

    /// The source nearer to the target, or further from it.
    ///
    /// `weight` is that of the source's identity, 0 to 1: at 0.5 the source stays as it is, at 0 it is mixed with
    /// 35 % of the target, and at 1 it is led away from the target by as much. The range is facefusion's, which mixes
    /// the target's embedding as it is; here the target's goes the way of the source's first, so that both are
    /// vectors of one space, and the mix gets the length that the family expects.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for a weight outside 0 to 1, or for a swapper that takes a picture; those of
    /// [`Swapper::source_of_identity`].
    pub fn balance(
        &self,
        source: &Source,
        target: &Identity,
        weight: f32,
        cancel: &CancelToken,
    ) -> Result<Source> {
        if !(0.0..=1.0).contains(&weight) {
            return Err(Error::parameter(format!("the weight of the identity is {weight}: use 0 to 1")));
        }
        let Source::Latent(source) = source else {
            return Err(self.takes_a_picture());
        };
        let share = 0.35 - 0.7 * weight;
        let target = self.latent(target, cancel)?;
        if target.len() != source.len() {
            return Err(Error::parameter(format!(
                "the source was made for another swapper than {}",
                self.name()
            )));
        }
        let mix = source.iter().zip(&target).map(|(source, target)| source * (1.0 - share) + target * share);
        let mix: Vec<f32> = mix.collect();
        match self.contract.source {
            SourceInput::Converted { unit: false, .. } => Ok(Source::Latent(mix)),
            _ => self.unit(&mix).map(Source::Latent),
        }
    }

    /// An identity in the numbers of the family.
    fn latent(&self, identity: &Identity, cancel: &CancelToken) -> Result<Vec<f32>> {
        if identity.raw().len() != self.embedding_len {
            return Err(self.wrong_recognizer(identity));
        }
        match self.contract.source {
            SourceInput::Unit => Ok(identity.unit().to_vec()),
            SourceInput::Projected => self.unit(&self.projected(identity.unit())?),
            SourceInput::Converted { unit, .. } => {
                let converted = self.converted(identity.raw(), cancel)?;
                if unit { self.unit(&converted) } else { Ok(converted) }
            }
            SourceInput::Picture { .. } => Err(self.takes_a_picture()),
        }
    }

    /// An embedding times the emap.
    fn projected(&self, embedding: &[f32]) -> Result<Vec<f32>> {
        let Initializer { name, dims, values } = self.model.last_initializer()?;
        let len = self.embedding_len;
        if dims != &[len as u64; 2] {
            return Err(self.invalid(format!(
                "the last initializer of its graph, `{name:.40}`, has the sides {dims:?}, and an emap of [{len}, \
                 {len}] must stand there: a tool may have reordered the graph; get the model as it was published"
            )));
        }
        let mut product = vec![0.0_f64; len];
        for (value, row) in embedding.iter().zip(values.chunks_exact(len)) {
            for (sum, factor) in product.iter_mut().zip(row) {
                *sum += f64::from(*value) * f64::from(*factor);
            }
        }
        Ok(product.into_iter().map(|sum| sum as f32).collect())
    }

    /// What the converter makes of an embedding.
    fn converted(&self, embedding: &[f32], cancel: &CancelToken) -> Result<Vec<f32>> {
        let Some(converter) = &self.converter else {
            return Err(self.invalid("it has no converter".into()));
        };
        let input = ArrayView::from_shape(IxDyn(&[1, embedding.len()]), embedding)
            .unwrap_or_else(|_| unreachable!("the shape is that of the vector"));
        converter.run(&[(converter.input_name(), input)], cancel, |outputs| {
            let row = outputs.at(0)?.matrix([1, self.embedding_len])?;
            Ok(row.iter().copied().collect())
        })
    }

    fn unit(&self, latent: &[f32]) -> Result<Vec<f32>> {
        unit(latent).ok_or_else(|| {
            let message = format!("the identity has no direction left in the numbers of {}", self.name());
            Error::new(ErrorKind::Inference, message)
        })
    }

    fn wrong_recognizer(&self, identity: &Identity) -> Error {
        let file = Catalog::get().find(RECOGNIZER).and_then(|entry| entry.files.first());
        Error::parameter(format!(
            "{} takes embeddings of {} numbers, and {} gives {}: install {RECOGNIZER} ({}) and choose it as the \
             recognizer",
            self.name(),
            self.embedding_len,
            identity.recognizer(),
            identity.raw().len(),
            file.map_or("w600k_r50.onnx", String::as_str),
        ))
    }

    fn takes_a_picture(&self) -> Error {
        Error::parameter(format!("{} takes the source as a picture, and not as an identity", self.name()))
    }
}
