//! Optimised graphs on disk, so that a model is optimised once and not at every start.

use std::fs::File;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::{Builder, TempPath};

use crate::error::{Error, Result};

/// The place of one model's optimised graph in a cache folder.
///
/// The name holds the model's digest, the version of ONNX Runtime and what the processor can do, since a graph
/// is optimised for all three.
#[derive(Debug)]
pub struct GraphCache {
    folder: PathBuf,
    digest: Sha256,
}

/// An optimised graph that is being written.
#[derive(Debug)]
pub struct Unfinished(TempPath);

impl GraphCache {
    /// The place for the graph of a model file.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) when the file cannot be read.
    pub fn of_file(folder: &Path, path: &Path) -> Result<Self> {
        let mut digest = Sha256::new();
        let mut file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        std::io::copy(&mut file, &mut digest).map_err(|error| Error::io("read", path, error))?;
        Ok(Self { folder: folder.to_path_buf(), digest })
    }

    /// The place for the graph of a model in memory.
    pub fn of_bytes(folder: &Path, model: &[u8]) -> Self {
        Self { folder: folder.to_path_buf(), digest: Sha256::new_with_prefix(model) }
    }

    /// The file of the graph for one version of ONNX Runtime.
    pub fn file(&self, runtime_version: &str) -> PathBuf {
        let mut digest = self.digest.clone();
        digest.update(runtime_version);
        digest.update(std::env::consts::ARCH);
        digest.update(processor());
        let name: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name).with_extension("onnx")
    }

    /// A new file in the same folder; it is removed unless it is persisted.
    pub fn unfinished(&self) -> std::io::Result<Unfinished> {
        std::fs::create_dir_all(&self.folder)?;
        let file = Builder::new().prefix(".unfinished-").suffix(".onnx").tempfile_in(&self.folder)?;
        Ok(Unfinished(file.into_temp_path()))
    }
}

impl Unfinished {
    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Moves the whole file to its place.
    pub fn persist(self, file: &Path) -> std::io::Result<()> {
        self.0.persist(file).map_err(|error| error.error)
    }
}

/// The vector instructions that ONNX Runtime chooses layouts by.
fn processor() -> [u8; 3] {
    #[cfg(target_arch = "x86_64")]
    return [
        u8::from(is_x86_feature_detected!("avx2")),
        u8::from(is_x86_feature_detected!("avx512f")),
        u8::from(is_x86_feature_detected!("avx512vnni")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    return [0; 3];
}
