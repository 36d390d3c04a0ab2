//! What the tests of swappers share: the tiny models of `tests/golden/swappers`, installed in folders of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use facekit::face::Embedding;
use facekit::face::swappers::Swapper;
use facekit::models::{LicensePolicy, Models, Role, Store};
use facekit::runtime::{Runtime, SessionOptions};
use facekit::{Image, Limits, PixelFormat, Result};
use half::f16;
use tempfile::TempDir;

use crate::onnx::{Tensor, with_initializers};

/// A recognizer of embeddings of 512 numbers.
pub const RECOGNIZER: &str = "arcface_w600k_r50";

/// Models in a folder that goes with them.
pub struct Installed {
    pub models: Models,
    _folder: TempDir,
}

impl Installed {
    /// The files of these names and bytes.
    pub fn new<N: AsRef<str>>(files: &[(N, Vec<u8>)], policy: LicensePolicy) -> Self {
        static RUNTIME: LazyLock<Arc<Runtime>> = LazyLock::new(|| Runtime::load(None).unwrap());
        let folder = TempDir::new().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(format!("{}.onnx", name.as_ref())), bytes).unwrap();
        }
        let store = Store::open(vec![folder.path().to_owned()], policy);
        let models = Models::new(Arc::clone(&RUNTIME), store, SessionOptions::default(), None);
        Self { models, _folder: folder }
    }

    /// Every tiny model, under any licence.
    pub fn all() -> Self {
        let files = fs::read_dir(golden("")).unwrap().map(|entry| entry.unwrap().path());
        let models = files.filter(|path| path.extension().is_some_and(|extension| extension == "onnx"));
        let names = models.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
        let files: Vec<_> = names.map(|name| (name.clone(), model(&name))).collect();
        Self::new(&files, LicensePolicy::Any)
    }

    pub fn swapper(&self, name: &str) -> Result<Swapper> {
        Swapper::of(&self.models, self.models.get(Role::Swapper, Some(name))?)
    }
}

pub fn golden(name: &str) -> PathBuf {
    root().join("tests/golden/swappers").join(name)
}

/// A tiny model, with its emap where its family has one.
pub fn model(name: &str) -> Vec<u8> {
    let bytes = fs::read(golden(&format!("{name}.onnx"))).unwrap();
    match name {
        "inswapper_128" => with_initializers(&bytes, [emap()]),
        "inswapper_128_fp16" => {
            let halves = emap_values().flat_map(|value| f16::from_f32(value).to_le_bytes()).collect();
            with_initializers(&bytes, [Tensor { data_type: 10, raw_data: halves, ..emap() }])
        }
        _ => bytes,
    }
}

/// `emap` of tests/reference/swappers.py.
pub fn emap() -> Tensor {
    let raw_data = emap_values().flat_map(f32::to_le_bytes).collect();
    Tensor { dims: vec![512, 512], data_type: 1, name: "emap".into(), raw_data, ..Tensor::default() }
}

fn emap_values() -> impl Iterator<Item = f32> {
    let value = |i: i32, j: i32| ((i * 37 + j * 101 + i * j * 7) % 257 - 128) as f32 / 1024.0;
    (0..512).flat_map(move |i| (0..512).map(move |j| value(i, j)))
}

/// `embedding` of tests/reference/swappers.py.
pub fn embedding(seed: i32) -> Vec<f32> {
    (0..512).map(|i| ((i * i * seed + i * 31 + seed * 17) % 193 - 96) as f32 / 64.0).collect()
}

pub fn identity(seed: i32) -> Embedding {
    Embedding::new(RECOGNIZER, embedding(seed)).unwrap()
}

/// Every second pixel of the astronaut.
pub fn half_size() -> Image {
    let path = root().join("examples/photos/astronaut.png");
    every(&Image::open(path, &Limits::default()).unwrap(), 2)
}

/// Every `step`-th pixel, across and down.
pub fn every(image: &Image, step: usize) -> Image {
    let rows = (0..image.height()).step_by(step).map(|y| image.view().row(y));
    let pixels: Vec<u8> = rows.flat_map(|row| row.chunks_exact(3).step_by(step)).flatten().copied().collect();
    let side = |len: u32| len.div_ceil(step as u32);
    Image::from_pixels(side(image.width()), side(image.height()), PixelFormat::Rgb, pixels).unwrap()
}

/// Fails unless the bytes of two pictures differ by at most one level, but for one in a thousand.
pub fn assert_same_picture(found: &Image, expected: &Image, what: &str) {
    assert_eq!((found.width(), found.height()), (expected.width(), expected.height()), "{what}");
    let pairs = found.pixels().iter().zip(expected.pixels());
    let apart = pairs.filter(|(found, expected)| found.abs_diff(**expected) > 1).count();
    assert!(apart * 1000 <= found.pixels().len(), "{what}: {apart} of {} bytes differ", found.pixels().len());
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
