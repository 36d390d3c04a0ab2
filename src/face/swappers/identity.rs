//! Who a face is, as a recognizer says.

use crate::error::{Error, ErrorKind, Result};

/// Who a face is, as a recognizer says: of one picture, or the average of several.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    recognizer: String,
    raw: Vec<f32>,
    unit: Vec<f32>,
}

impl Identity {
    /// The identity of a person of whom a recognizer made these raw embeddings, one a picture.
    ///
    /// `raw` is their mean. `unit` is the mean of their directions, brought back to length 1, so that a picture of
    /// which the recognizer is sure counts no more than another.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for no embedding, or for embeddings of different lengths;
    /// [`ErrorKind::Inference`] when one has no direction: it is 0 or not finite, or they cancel each other.
    pub fn of<E: AsRef<[f32]>>(recognizer: &str, embeddings: &[E]) -> Result<Self> {
        let embeddings: Vec<&[f32]> = embeddings.iter().map(AsRef::as_ref).collect();
        let Some(first) = embeddings.first() else {
            return Err(Error::parameter("an identity is made of one embedding or more, and there is none"));
        };
        if let Some(other) = embeddings.iter().find(|embedding| embedding.len() != first.len()) {
            return Err(Error::parameter(format!(
                "embeddings of {} and of {} numbers cannot be averaged: use one recognizer for all pictures",
                first.len(),
                other.len()
            )));
        }
        let no_direction = || {
            let message =
                format!("{recognizer} gave an embedding without a direction: all of it is 0 or not finite");
            Error::new(ErrorKind::Inference, message)
        };
        let units: Option<Vec<Vec<f32>>> = embeddings.iter().map(|embedding| unit(embedding)).collect();
        let units = units.ok_or_else(no_direction)?;
        Ok(Self {
            recognizer: recognizer.to_owned(),
            unit: unit(&mean(&units)).ok_or_else(no_direction)?,
            raw: mean(&embeddings),
        })
    }

    /// The name of the recognizer.
    pub fn recognizer(&self) -> &str {
        &self.recognizer
    }

    /// The embedding as the recognizer gives it.
    pub fn raw(&self) -> &[f32] {
        &self.raw
    }

    /// The embedding at length 1.
    pub fn unit(&self) -> &[f32] {
        &self.unit
    }
}

/// A vector divided by its norm; `None` when that is 0 or not finite.
pub(super) fn unit(vector: &[f32]) -> Option<Vec<f32>> {
    let norm = vector.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt();
    let is_length = norm.is_finite() && norm > 0.0;
    is_length.then(|| vector.iter().map(|&value| (f64::from(value) / norm) as f32).collect())
}

/// The mean of vectors of one length.
fn mean<V: AsRef<[f32]>>(vectors: &[V]) -> Vec<f32> {
    let len = vectors.first().map_or(0, |vector| vector.as_ref().len());
    let sum = |i: usize| vectors.iter().map(|vector| f64::from(vector.as_ref()[i])).sum::<f64>();
    (0..len).map(|i| (sum(i) / vectors.len() as f64) as f32).collect()
}
