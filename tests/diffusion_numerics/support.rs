//! Golden numbers: cases in JSON, and their values one after the other in a file of floats.

use std::path::PathBuf;

use serde::de::DeserializeOwned;

fn read(path: &str) -> Vec<u8> {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    std::fs::read(golden.join(path)).unwrap()
}

/// The cases of a file.
pub fn cases<T: DeserializeOwned>(path: &str) -> Vec<T> {
    serde_json::from_slice(&read(path)).unwrap()
}

/// The values of all cases, taken one after the other.
pub struct Values(std::vec::IntoIter<f32>);

impl Values {
    pub fn of(path: &str) -> Self {
        let floats =
            read(path).chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect::<Vec<_>>();
        Self(floats.into_iter())
    }

    pub fn take(&mut self, len: usize) -> Vec<f32> {
        let values: Vec<f32> = self.0.by_ref().take(len).collect();
        assert_eq!(values.len(), len);
        values
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || self.0.len() == 0, "values are left over");
    }
}

/// The largest difference of two lists of the same length, which neither a NaN nor an infinity may be in.
pub fn largest_difference(actual: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(actual.len(), expected.len());
    assert!(actual.iter().chain(expected).all(|value| value.is_finite()));
    actual.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
