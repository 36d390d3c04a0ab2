//! A model file that was recognised.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::models::{
    Catalog, CatalogEntry, Family, License, ModelCard, ModelSource, Part, Recognized, Role, Signature,
    catalog, recognize,
};

/// A graph that can be loaded: where it is, what it is for, and on which terms.
///
/// `Send + Sync`; nothing of it changes after it was opened.
#[derive(Debug)]
pub struct ModelFile {
    card: ModelCard,
    part: Option<Part>,
    bytes: u64,
    signature: Signature,
    digest: OnceLock<String>,
}

impl ModelFile {
    /// Looks at a file and tells what it is; with a `role`, only as a model of that role.
    ///
    /// A file that has the name and the length of one in the catalogue is taken for that one without reading it
    /// whole: [`ModelFile::verify`] tells whether it is.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] when it is not ONNX, fits no family, or misses some of its weights.
    pub fn open(path: &Path, role: Option<Role>) -> Result<Self> {
        let signature = Signature::of_file(path)?;
        let bytes = bytes_of(path)?;
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let (digest, mut known) = (OnceLock::new(), None);
        if Catalog::get().needs_digest(&file_name, bytes) {
            let sha256 = sha256_of_file(path)?;
            known = Catalog::get().find_digest(&sha256);
            digest.get_or_init(|| sha256);
        }
        let Recognized { family, entry } =
            recognize(&signature, &file_name, known, role).map_err(|error| error.context(path.display()))?;
        let license = signature.metadata.get("license").map(String::as_str);
        let source = ModelSource::File(path.to_owned());
        let card = ModelCard::new(catalog::stem(&file_name), family, entry, license, source);
        let bytes = bytes.saturating_add(external_bytes(path, &signature)?);
        Ok(Self { card, part: None, bytes, signature, digest })
    }

    /// A model that is compiled in, by its name in the catalogue.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when it is not ONNX or fits no family.
    pub fn embedded(name: &str, model: &'static [u8]) -> Result<Self> {
        let signature = Signature::of_bytes(name, model)?;
        let Recognized { family, entry } = recognize(&signature, name, Catalog::get().find(name), None)?;
        let license = signature.metadata.get("license").map(String::as_str);
        let card = ModelCard::new(name, family, entry, license, ModelSource::Embedded(model));
        Ok(Self { card, part: None, bytes: model.len() as u64, signature, digest: OnceLock::new() })
    }

    /// A graph of a folder whose card this is, already looked at; `bytes` are those of its file and its weights.
    pub(super) fn of_folder(
        card: &ModelCard,
        part: Option<Part>,
        path: &Path,
        signature: Signature,
        bytes: u64,
    ) -> Self {
        let card = ModelCard { source: ModelSource::File(path.to_owned()), ..card.clone() };
        Self { card, part, bytes, signature, digest: OnceLock::new() }
    }

    /// What it is called, and on which terms it is used.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Its name in the catalogue, or else its file's name without `.onnx`.
    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// Which part it is of the diffusion pack of its name, if it is of one.
    pub fn part(&self) -> Option<Part> {
        self.part
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.card.role()
    }

    /// The contract that its graph keeps.
    pub fn family(&self) -> Family {
        self.card.family
    }

    /// Its licence: the catalogue's word, or else that of its metadata entry `license`, an SPDX expression.
    pub fn license(&self) -> &License {
        &self.card.license
    }

    /// Where its bytes are.
    pub fn source(&self) -> &ModelSource {
        &self.card.source
    }

    /// The length in bytes of its file and of the files beside it that hold its weights.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What its graph takes and gives.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// What the catalogue says of it.
    pub fn entry(&self) -> Option<&'static CatalogEntry> {
        self.card.entry
    }

    /// Whether a file's name without `.onnx`, or the model's name, is this one, case aside.
    pub fn is_called(&self, name: &str) -> bool {
        self.card.is_called(name)
    }

    /// The SHA-256 of its bytes in lower-case hexadecimal, computed when first asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn digest(&self) -> Result<&str> {
        if let Some(digest) = self.digest.get() {
            return Ok(digest);
        }
        let digest = match self.source() {
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
                self.source(),
                self.name()
            ),
        ))
    }

    /// The digest that the catalogue knows of a file of this name.
    pub fn expected_digest(&self) -> Option<&'static str> {
        let entry = self.entry()?;
        let is_measured = self.source().file_name().is_none_or(|name| entry.is_measured(&name));
        entry.sha256.as_deref().filter(|_| is_measured)
    }
}

/// Its name, and which part it is of the pack of that name: `dreamshaper_8 (unet)`.
impl fmt::Display for ModelFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Some(part) => write!(f, "{} ({})", self.name(), part.name()),
            None => f.write_str(self.name()),
        }
    }
}

/// The bytes of the files beside a graph that hold its weights, once each is known to be there and long enough.
///
/// # Errors
/// [`ErrorKind::InvalidModel`].
pub(super) fn external_bytes(path: &Path, signature: &Signature) -> Result<u64> {
    let mut total = 0_u64;
    for (location, &needed) in &signature.external_data {
        let invalid = |what: String| {
            let message = format!("{} keeps weights in {location:.200}, {what}", path.display());
            Error::new(ErrorKind::InvalidModel, message)
        };
        let relative = Path::new(location);
        let is_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || location.is_empty() {
            return Err(invalid("which does not lie in its folder: export it again".to_owned()));
        }
        let metadata = path.parent().unwrap_or(Path::new("")).join(relative).metadata().map_err(|error| {
            let what = format!("which cannot be read ({error}): put it beside the graph, under this name");
            invalid(what).with_source(error)
        })?;
        if !metadata.is_file() || metadata.len() < needed {
            return Err(invalid(format!(
                "which is {} bytes long where {needed} are needed: it is truncated or of another export; copy it again",
                metadata.len()
            )));
        }
        total = total.saturating_add(metadata.len());
    }
    Ok(total)
}

pub(super) fn bytes_of(path: &Path) -> Result<u64> {
    Ok(path.metadata().map_err(|error| Error::io("read", path, error))?.len())
}

pub(super) fn sha256_of_file(path: &Path) -> Result<String> {
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
