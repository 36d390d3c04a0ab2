//! What is known of a model before its graph is looked into.

use std::fmt;
use std::path::PathBuf;

use crate::models::{CatalogEntry, Family, License, Role, catalog};

/// What a model is called, what it is for, on which terms, and where it is.
#[derive(Debug, Clone)]
pub struct ModelCard {
    /// Its name in the catalogue, or else that of its file or folder without `.onnx`, `.safetensors` or
    /// `.tar`.
    pub name: String,
    /// The contract that it keeps.
    pub family: Family,
    /// Its licence: the catalogue's word, or else its own.
    pub license: License,
    /// Where it is.
    pub source: ModelSource,
    /// What the catalogue says of it.
    pub entry: Option<&'static CatalogEntry>,
}

/// Where the bytes of a model are.
#[derive(Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// In a file, or in a folder of files.
    File(PathBuf),
    /// In facekit itself.
    Embedded(&'static [u8]),
}

impl ModelCard {
    /// The card of the model at `source`, called as the catalogue calls it or else `stem`.
    ///
    /// `license` is what the model says of its own licence, in the words of SPDX or of OpenRAIL.
    pub(super) fn new(
        stem: &str,
        family: Family,
        entry: Option<&'static CatalogEntry>,
        license: Option<&str>,
        source: ModelSource,
    ) -> Self {
        let license = match (entry, license) {
            (Some(entry), _) => entry.license(),
            (None, Some(license)) => License::from_spdx(license),
            (None, None) => License::unknown(),
        };
        Self { name: entry.map_or(stem, |entry| &entry.name).to_owned(), family, license, source, entry }
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.family.role()
    }

    /// Whether its name, or that of its file or folder without its ending, is this one, case aside.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
            || self.source.file_name().is_some_and(|file| catalog::stem(&file).eq_ignore_ascii_case(name))
    }
}

impl ModelSource {
    /// The name of its file or folder.
    pub(super) fn file_name(&self) -> Option<String> {
        match self {
            Self::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            Self::Embedded(_) => None,
        }
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
