//! Numbers of OpenCV, scikit-image, scipy and numpy, made by tests/reference/mesh.py.

use std::path::PathBuf;

use serde::de::DeserializeOwned;

fn read(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mesh");
    std::fs::read(folder.join(name)).unwrap()
}

pub fn cases<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_slice(&read(&format!("{name}.json"))).unwrap()
}

/// The results of a kernel, taken one after the other.
pub struct Results(std::vec::IntoIter<u8>);

impl Results {
    pub fn of(name: &str) -> Self {
        Self(read(&format!("{name}.bin")).into_iter())
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let bytes: Vec<u8> = self.0.by_ref().take(len).collect();
        assert_eq!(bytes.len(), len);
        bytes
    }

    pub fn floats(&mut self, len: usize) -> Vec<f32> {
        let bytes = self.bytes(len * 4);
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || self.0.len() == 0, "results are left over");
    }
}
