//! Golden numbers and pixels, by their places in a file of them.

use std::path::Path;

use ndarray::ArrayD;
use serde::Deserialize;

/// Little-endian floats in a file.
#[derive(Deserialize)]
pub struct Floats {
    offset: usize,
    shape: Vec<usize>,
}

/// Bytes in a file.
#[derive(Deserialize)]
pub struct Bytes {
    offset: usize,
    shape: Vec<usize>,
}

impl Floats {
    pub fn of(&self, file: impl AsRef<Path>) -> ArrayD<f32> {
        let bytes = std::fs::read(file).unwrap();
        let count: usize = self.shape.iter().product();
        let bytes = &bytes[self.offset..self.offset + 4 * count];
        let values = bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect();
        ArrayD::from_shape_vec(self.shape.clone(), values).unwrap()
    }
}

impl Bytes {
    pub fn of(&self, file: impl AsRef<Path>) -> Vec<u8> {
        let bytes = std::fs::read(file).unwrap();
        bytes[self.offset..self.offset + self.shape.iter().product::<usize>()].to_vec()
    }
}
