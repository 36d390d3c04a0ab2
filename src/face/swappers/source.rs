//! What a swapper is fed of the source.

use ndarray::{Array1, Array2, ArrayD, ArrayView2, ArrayViewD, Axis};

use crate::error::{Error, ErrorKind, Result};
use crate::face::swappers::Swapper;
use crate::face::swappers::contract::SourceInput;
use crate::face::{Embedding, align};
use crate::geometry::Point;
use crate::models::{Catalog, Family, Initializer, Model};
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

/// What the swappers of one family are fed of the source, made once for any number of targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    family: Family,
    tensor: ArrayD<f32>,
}

impl Source {
    /// The identity in the numbers of the family, `[1, 512]` or `[1, 128]`, or the face, `[1, 3, size, size]`, RGB 0 to 1.
    pub fn tensor(&self) -> ArrayViewD<'_, f32> {
        self.tensor.view()
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
    /// - hyperswap and the embedded swapper: the unit embedding;
    /// - ghost: the raw embedding through its converter; simswap and hififace: the same, divided by its norm.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for an embedding of another length than [`Swapper::embedding_len`], or for a
    /// swapper that takes a picture; [`ErrorKind::InvalidModel`] when the emap or the converter does not fit;
    /// those of the converter's run.
    pub fn source_of_identity(&self, identity: &Embedding, cancel: &CancelToken) -> Result<Source> {
        self.latent(identity, cancel).map(|latent| self.source(latent.into_dyn()))
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
        Ok(self.source(PixelCoding::UNIT_RGB.encode(face.view()).into_dyn()))
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
        target: &Embedding,
        weight: f32,
        cancel: &CancelToken,
    ) -> Result<Source> {
        if !(0.0..=1.0).contains(&weight) {
            return Err(Error::parameter(format!("the weight of the identity is {weight}: use 0 to 1")));
        }
        if self.source_kind() == SourceKind::Picture {
            return Err(self.takes_a_picture());
        }
        let share = 0.35 - 0.7 * weight;
        let mix = self.tensor_of(source)?.mapv(|value| value * (1.0 - share));
        let mix = mix + self.latent(target, cancel)? * share;
        match self.contract.source {
            SourceInput::Converted { unit: false, .. } => Ok(self.source(mix)),
            _ => self.unit(mix.iter().copied()).map(|mix| self.source(mix.into_dyn())),
        }
    }

    /// The tensor of a source, which must be one for this family.
    pub(super) fn tensor_of<'a>(&self, source: &'a Source) -> Result<ArrayViewD<'a, f32>> {
        if source.family == self.model.family() {
            return Ok(source.tensor());
        }
        Err(Error::parameter(format!(
            "the source was made for {}, and {} is of the family {}: make it with that swapper",
            source.family,
            self.name(),
            self.model.family()
        )))
    }

    fn source(&self, tensor: ArrayD<f32>) -> Source {
        Source { family: self.model.family(), tensor }
    }

    /// An identity in the numbers of the family.
    fn latent(&self, identity: &Embedding, cancel: &CancelToken) -> Result<Array2<f32>> {
        if let SourceInput::Picture { .. } = self.contract.source {
            return Err(self.takes_a_picture());
        }
        if identity.raw().len() != self.embedding_len {
            return Err(self.wrong_recognizer(identity));
        }
        match &self.converter {
            Some(converter) => self.converted(converter, identity.raw(), cancel),
            None if self.contract.source == SourceInput::Projected => self.projected(identity.unit()),
            None => Ok(row(identity.unit().to_vec())),
        }
    }

    /// An embedding times the emap, divided by its norm.
    fn projected(&self, embedding: &[f32]) -> Result<Array2<f32>> {
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
        self.unit(product.into_iter().map(|sum| sum as f32))
    }

    /// What the converter makes of an embedding, divided by its norm where the family wants that.
    fn converted(&self, converter: &Model, embedding: &[f32], cancel: &CancelToken) -> Result<Array2<f32>> {
        let input = ArrayView2::from_shape((1, embedding.len()), embedding)
            .unwrap_or_else(|_| unreachable!("the shape is that of the slice"));
        converter.run(&[(converter.input_name(), input.into_dyn())], cancel, |outputs| {
            let converted = outputs.at(0)?.matrix([1, self.embedding_len])?;
            match self.contract.source {
                SourceInput::Converted { unit: false, .. } => Ok(converted.to_owned()),
                _ => self.unit(converted.iter().copied()),
            }
        })
    }

    /// A latent divided by its norm.
    fn unit(&self, latent: impl Iterator<Item = f32>) -> Result<Array2<f32>> {
        let latent: Vec<f32> = latent.collect();
        let norm = latent.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if !(norm.is_finite() && norm > 0.0) {
            let message = format!("the identity has no direction left in the numbers of {}", self.name());
            return Err(Error::new(ErrorKind::Inference, message));
        }
        Ok(row(latent.into_iter().map(|value| (f64::from(value) / norm) as f32).collect()))
    }

    fn wrong_recognizer(&self, identity: &Embedding) -> Error {
        let wanted = self.recognizer();
        let file = Catalog::get().find(wanted).and_then(|entry| entry.files.first());
        Error::parameter(format!(
            "{} takes embeddings of {} numbers, and {} gives {}: install {wanted} ({}) and choose it as the recognizer",
            self.name(),
            self.embedding_len,
            identity.recognizer(),
            identity.raw().len(),
            file.map_or(wanted, String::as_str),
        ))
    }

    fn takes_a_picture(&self) -> Error {
        Error::parameter(format!("{} takes the source as a picture, and not as an identity", self.name()))
    }
}

fn row(values: Vec<f32>) -> Array2<f32> {
    Array1::from(values).insert_axis(Axis(0))
}
