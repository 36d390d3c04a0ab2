//! Who a face shows, as a vector.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What a recognizer says of a face: a vector that points the same way for every picture of one person.
///
/// It serialises as `{"recognizer": name, "raw": [numbers], "unit": [numbers]}`; without `unit` it is read too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Embedding {
    recognizer: String,
    raw: Vec<f32>,
    unit: Vec<f32>,
}

impl Embedding {
    /// The vector that a recognizer, called by its name in the model store, put out.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when it has no direction: it is empty, all zeros, or
    /// not finite.
    pub fn new(recognizer: impl Into<String>, raw: Vec<f32>) -> Result<Self> {
        let recognizer = recognizer.into();
        let length = raw.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if !(length.is_finite() && length > 0.0) {
            return Err(Error::parameter(format!(
                "{} numbers of length {length} from {recognizer} are no embedding: they have no direction",
                raw.len()
            )));
        }
        let unit = raw.iter().map(|value| (f64::from(*value) / length) as f32).collect();
        Ok(Self { recognizer, raw, unit })
    }

    /// The embedding of a person of whom there are several: the mean of the raw vectors, and the mean of the unit
    /// vectors, its length 1 again.
    ///
    /// A picture of which the recognizer is sure counts no more for the unit vector than another. facefusion leaves
    /// the mean shorter than 1, so that its swappers see a weaker face the more its sources differ.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for no embedding, for those of different
    /// recognizers, and for those that cancel each other out.
    pub fn average(embeddings: &[Self]) -> Result<Self> {
        let first = embeddings.first().ok_or_else(|| {
            Error::parameter("no embeddings were given, and at least one is needed for an average")
        })?;
        embeddings.iter().try_for_each(|embedding| first.comparable(embedding))?;
        let mean = |vector: fn(&Self) -> &[f32]| -> Vec<f32> {
            let sum = |i: usize| embeddings.iter().map(|e| f64::from(vector(e)[i])).sum::<f64>();
            (0..first.raw.len()).map(|i| (sum(i) / embeddings.len() as f64) as f32).collect()
        };
        let Self { recognizer, unit, .. } = Self::new(first.recognizer.clone(), mean(Self::unit))?;
        Ok(Self { recognizer, raw: mean(Self::raw), unit })
    }

    /// The recognizer that made it, by its name in the model store.
    pub fn recognizer(&self) -> &str {
        &self.recognizer
    }

    /// What the recognizer put out.
    pub fn raw(&self) -> &[f32] {
        &self.raw
    }

    /// The same direction with a length of 1.
    pub fn unit(&self) -> &[f32] {
        &self.unit
    }

    /// The cosine of the angle to another embedding: 1 for the same direction, around 0 for strangers, -1 for the
    /// opposite.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when another recognizer made it.
    pub fn similarity(&self, other: &Self) -> Result<f32> {
        self.comparable(other)?;
        let products = self.unit.iter().zip(&other.unit).map(|(a, b)| f64::from(*a) * f64::from(*b));
        Ok(products.sum::<f64>().clamp(-1.0, 1.0) as f32)
    }

    /// How far another embedding is: the cosine mapped from 1 … -1 to 0 … 1, as facefusion counts it.
    ///
    /// # Errors
    /// As [`similarity`](Self::similarity).
    pub fn distance(&self, other: &Self) -> Result<f32> {
        Ok((1.0 - self.similarity(other)?) / 2.0)
    }

    fn comparable(&self, other: &Self) -> Result<()> {
        if self.recognizer == other.recognizer && self.raw.len() == other.raw.len() {
            return Ok(());
        }
        Err(Error::parameter(format!(
            "an embedding of {} numbers from {} and one of {} from {} cannot be compared: make both with one recognizer",
            self.raw.len(),
            self.recognizer,
            other.raw.len(),
            other.recognizer
        )))
    }
}

/// An embedding as JSON has it.
#[derive(Serialize, Deserialize)]
struct Stored {
    recognizer: String,
    raw: Vec<f32>,
    #[serde(default)]
    unit: Vec<f32>,
}

impl TryFrom<Stored> for Embedding {
    type Error = Error;

    fn try_from(Stored { recognizer, raw, unit }: Stored) -> Result<Self> {
        let read = Self::new(recognizer, raw)?;
        match unit.len() {
            0 => Ok(read),
            // Of an average, it is not the direction of the raw vector.
            len if len == read.raw.len() => Ok(Self { unit: Self::new("", unit)?.unit, ..read }),
            len => Err(Error::parameter(format!(
                "{len} numbers are no unit vector of {} raw ones",
                read.raw.len()
            ))),
        }
    }
}

impl From<Embedding> for Stored {
    fn from(Embedding { recognizer, raw, unit }: Embedding) -> Self {
        Self { recognizer, raw, unit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedding(raw: &[f32]) -> Embedding {
        Embedding::new("a", raw.into()).unwrap()
    }

    #[test]
    fn similarity_is_the_cosine_and_distance_maps_it() {
        let cases = [([1.0, 0.0], 1.0), ([0.0, 9.0], 0.0), ([-3.0, 0.0], -1.0), ([3.0, 4.0], 0.6)];
        for (other, cosine) in cases {
            let (a, b) = (embedding(&[7.0, 0.0]), embedding(&other));
            assert!((a.similarity(&b).unwrap() - cosine).abs() < 1e-6, "{other:?}");
            assert!((a.distance(&b).unwrap() - (1.0 - cosine) / 2.0).abs() < 1e-6, "{other:?}");
        }
    }

    #[test]
    fn a_vector_without_direction_is_none() {
        for raw in [vec![], vec![0.0; 3], vec![f32::NAN, 1.0], vec![f32::INFINITY, 1.0]] {
            assert!(Embedding::new("a", raw).is_err());
        }
        assert!(serde_json::from_str::<Embedding>(r#"{"recognizer": "a", "raw": [0]}"#).is_err());
    }

    #[test]
    fn an_average_has_the_mean_direction_and_the_mean_of_the_raw_vectors() {
        let average = Embedding::average(&[embedding(&[5.0, 0.0]), embedding(&[0.0, 0.1])]).unwrap();
        assert!(average.unit().iter().all(|value| (value - 0.5f32.sqrt()).abs() < 1e-6));
        assert_eq!(average.raw(), [2.5, 0.05]);
        assert!(Embedding::average(&[]).is_err());
        assert!(Embedding::average(&[embedding(&[1.0, 0.0]), embedding(&[-1.0, 0.0])]).is_err());
    }

    #[test]
    fn only_embeddings_of_one_recognizer_compare() {
        let a = embedding(&[1.0, 0.0]);
        for other in [embedding(&[1.0, 0.0, 0.0]), Embedding::new("b", vec![1.0, 0.0]).unwrap()] {
            assert!(a.similarity(&other).unwrap_err().to_string().contains("one recognizer"));
            assert!(Embedding::average(&[a.clone(), other]).is_err());
        }
    }

    #[test]
    fn json_gives_it_back() {
        let a = embedding(&[3.0, 4.0]);
        let json = serde_json::to_string(&a).unwrap();
        assert_eq!(json, r#"{"recognizer":"a","raw":[3.0,4.0],"unit":[0.6,0.8]}"#);
        assert_eq!(serde_json::from_str::<Embedding>(&json).unwrap(), a);
        let average = Embedding::average(&[a.clone(), embedding(&[0.0, 1.0])]).unwrap();
        let json = serde_json::to_string(&average).unwrap();
        let read: Embedding = serde_json::from_str(&json).unwrap();
        assert!((read.similarity(&average).unwrap() - 1.0).abs() < 1e-6 && read.raw() == average.raw());
        assert!(
            serde_json::from_str::<Embedding>(r#"{"recognizer": "a", "raw": [1], "unit": [1, 2]}"#).is_err()
        );
    }
}
