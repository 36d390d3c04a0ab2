//! What a call gave, without how long it took.

use facekit::Response;
use serde::Serialize;
use serde_json::Value;

/// What a call gave, without how long it took.
pub struct Outcome {
    told: Value,
    bytes: Vec<u8>,
}

impl Outcome {
    pub fn of(response: &Response) -> Self {
        match response {
            Response::Detect(it) => Self::new(it, &[]),
            Response::Embed(it) => Self::new(it, &[]),
            Response::Compare(it) => Self::new(it, &[]),
            Response::Mask(it) => Self::new(it, &[it.image.pixels()]),
            Response::Restore(it) => Self::new(it, &[it.image.pixels()]),
            Response::Detail(it) | Response::Refine(it) => {
                Self::new(it, &it.images.iter().map(|image| image.pixels()).collect::<Vec<_>>())
            }
            Response::Stylize(it) => Self::new(it, &[it.image.pixels()]),
            Response::StylizeFile(it) => Self::new(it, &[&it.bytes]),
            Response::Swap(it) => Self::new(it, &[it.image.pixels()]),
            Response::SwapFile(it) => Self::new(it, &[&it.bytes]),
        }
    }

    fn new(it: &impl Serialize, bytes: &[&[u8]]) -> Self {
        let mut told = serde_json::to_value(it).unwrap();
        told.as_object_mut().unwrap().remove("metrics").unwrap();
        Self { told, bytes: bytes.concat() }
    }

    /// Fails unless everything is the same, byte for byte.
    pub fn assert_is(&self, expected: &Self, name: &str) {
        assert_eq!(self.told, expected.told, "{name}");
        let differing = self.bytes.iter().zip(&expected.bytes).filter(|(a, b)| a != b).count();
        assert_eq!((self.bytes.len(), differing), (expected.bytes.len(), 0), "{name}");
    }
}
