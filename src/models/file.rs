//! A model file that was recognised.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::models::{
    Catalog, CatalogEntry, Family, License, Recognized, Role, Signature, catalog, recognize,
};

/// A model that can be loaded: where it is, what it is for, and on which terms.
///
/// `Send + Sync`; nothing of it changes after it was opened.
#[derive(Debug)]
pub struct ModelFile {
    name: String,
    family: Family,
    license: License,
    source: ModelSource,
    bytes: u64,
    signature: Signature,
    entry: Option<&'static CatalogEntry>,
    digest: OnceLock<String>,
}

/// Where the bytes of a model are.
#[derive(Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// In a file.
    File(PathBuf),
    /// In facekit itself.
    Embedded(&'static [u8]),
}

impl ModelFile {
    /// Looks at a file and tells what it is; with a `role`, only as a model of that role.
    ///
    /// A file that has the name and the length of one in the catalogue is taken for that one without reading it
    /// whole: [`ModelFile::verify`] tells whether it is.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] when it is not ONNX or fits no family.
    pub fn open(path: &Path, role: Option<Role>) -> Result<Self> {
        let signature = Signature::of_file(path)?;
        let bytes = path.metadata().map_err(|error| Error::io("read", path, error))?.len();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let (digest, mut known) = (OnceLock::new(), None);
        if Catalog::get().needs_digest(&file_name, bytes) {
            let sha256 = sha256_of_file(path)?;
            known = Catalog::get().find_digest(&sha256);
            digest.get_or_init(|| sha256);
        }
        let recognized =
            recognize(&signature, &file_name, known, role).map_err(|error| error.context(path.display()))?;
        let source = ModelSource::File(path.to_owned());
        Ok(Self::new(catalog::stem(&file_name), recognized, source, bytes, signature, digest))
    }

    /// A model that is compiled in, by its name in the catalogue.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when it is not ONNX or fits no family.
    pub fn embedded(name: &str, model: &'static [u8]) -> Result<Self> {
        let signature = Signature::of_bytes(name, model)?;
        let recognized = recognize(&signature, name, Catalog::get().find(name), None)?;
        let (source, bytes) = (ModelSource::Embedded(model), model.len() as u64);
        Ok(Self::new(name, recognized, source, bytes, signature, OnceLock::new()))
    }

    fn new(
        stem: &str,
        recognized: Recognized,
        source: ModelSource,
        bytes: u64,
        signature: Signature,
        digest: OnceLock<String>,
    ) -> Self {
        let Recognized { family, entry } = recognized;
        let license = match (entry, signature.metadata.get("license")) {
            (Some(entry), _) => entry.license(),
            (None, Some(license)) => License::from_spdx(license),
            (None, None) => License::unknown(),
        };
        let name = entry.map_or(stem, |entry| &entry.name).to_owned();
        Self { name, family, license, source, bytes, signature, entry, digest }
    }

    /// Its name in the catalogue, or else its file's name without `.onnx`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.family.role()
    }

    /// The contract that its graph keeps.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Its licence: the catalogue's word, or else that of its metadata entry `license`, an SPDX expression.
    pub fn license(&self) -> &License {
        &self.license
    }

    /// Where its bytes are.
    pub fn source(&self) -> &ModelSource {
        &self.source
    }

    /// The length of its file in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What its graph takes and gives.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// What the catalogue says of it.
    pub fn entry(&self) -> Option<&'static CatalogEntry> {
        self.entry
    }

    /// Whether a file's name without `.onnx`, or the model's name, is this one, case aside.
    pub fn is_called(&self, name: &str) -> bool {
        let stem = match &self.source {
            ModelSource::File(path) => path.file_stem().map(|stem| stem.to_string_lossy()),
            ModelSource::Embedded(_) => None,
        };
        self.name.eq_ignore_ascii_case(name) || stem.is_some_and(|stem| stem.eq_ignore_ascii_case(name))
    }

    /// The SHA-256 of its bytes in lower-case hexadecimal, computed when first asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn digest(&self) -> Result<&str> {
        if let Some(digest) = self.digest.get() {
            return Ok(digest);
        }
        let digest = match &self.source {
            ModelSource::File(path) => sha256_of_file(path)?,
            ModelSource::Embedded(bytes) => hex(&Sha256::digest(bytes)),
        };
        Ok(self.digest.get_or_init(|| digest))
    }

    /// Holds the digest against the catalogue's, where that knows the digest of a file of this name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] when they differ.
    pub fn verify(&self) -> Result<()> {
        let Some(expected) = self.expected_digest() else {
            return Ok(());
        };
        let found = self.digest()?;
        if found == expected {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidModel,
            format!(
                "{} is not {} as the catalogue knows it: its SHA-256 is {found}, and {expected} was expected; the \
                 file is damaged or is another version: get it again, or give it another name",
                self.source, self.name
            ),
        ))
    }

    fn expected_digest(&self) -> Option<&'static str> {
        let entry = self.entry?;
        let is_measured = match &self.source {
            ModelSource::File(path) => {
                entry.is_measured(&path.file_name().unwrap_or_default().to_string_lossy())
            }
            ModelSource::Embedded(_) => true,
        };
        entry.sha256.as_deref().filter(|_| is_measured)
    }
}

impl fmt::Debug for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Embedded(bytes) => write!(f, "Embedded({} bytes)", bytes.len()),
        }
    }
}

impl fmt::Display for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Embedded(_) => f.write_str("the embedded pack"),
        }
    }
}

fn sha256_of_file(path: &Path) -> Result<String> {
    let hash = || {
        let mut hasher = Sha256::new();
        let mut file = File::open(path)?;
        io::copy(&mut file.by_ref(), &mut hasher)?;
        Ok(hex(&hasher.finalize()))
    };
    hash().map_err(|error| Error::io("read", path, error))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
