//! The models that are installed, and which of them a caller gets.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;
use walkdir::WalkDir;

use crate::error::{Error, ErrorKind, Result};
use crate::models::{Catalog, LicensePolicy, ModelFile, ModelSource, Role, catalog};

/// How deep below a model folder models are looked for.
const MAX_DEPTH: usize = 3;

/// The models that are compiled in, by their names in the catalogue.
#[cfg(feature = "embedded")]
const EMBEDDED: [(&str, &[u8]); 3] = [
    ("facekit-lite-detect", include_bytes!("../../models/lite/detect.onnx")),
    ("facekit-lite-restore", include_bytes!("../../models/lite/restore.onnx")),
    ("facekit-lite-landmark", include_bytes!("../../models/lite/landmark.onnx")),
];
#[cfg(not(feature = "embedded"))]
const EMBEDDED: [(&str, &[u8]); 0] = [];

/// The models in some folders and in the embedded pack, and the licences that may be used.
///
/// `Send + Sync`. The folders are read once, when the store is opened.
#[derive(Debug)]
pub struct Store {
    folders: Vec<PathBuf>,
    policy: LicensePolicy,
    models: Vec<Arc<ModelFile>>,
    problems: Vec<(PathBuf, Error)>,
}

/// Which model a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// The installed model of this name: its name in the catalogue, or its file's name without `.onnx`.
    Name(String),
    /// The model in this file, installed or not.
    Path(PathBuf),
}

impl From<&str> for ModelChoice {
    /// A path when it has a folder in it or ends in `.onnx`, and a name otherwise.
    fn from(text: &str) -> Self {
        let is_path = text.contains(['/', std::path::MAIN_SEPARATOR]) || catalog::stem(text) != text;
        if is_path { Self::Path(text.into()) } else { Self::Name(text.into()) }
    }
}

impl Store {
    /// Looks at every `.onnx` file in `folders`, three levels deep, and at the embedded pack.
    ///
    /// What cannot be read or recognised does not stop it: see [`Store::problems`].
    pub fn open(folders: Vec<PathBuf>, policy: LicensePolicy) -> Self {
        let mut store = Self { folders, policy, models: Vec::new(), problems: Vec::new() };
        for folder in store.folders.clone() {
            store.scan(&folder);
        }
        for (name, bytes) in EMBEDDED {
            match ModelFile::embedded(name, bytes) {
                Ok(model) => store.models.push(Arc::new(model)),
                Err(error) => store.problems.push((name.into(), error)),
            }
        }
        store
    }

    /// The same store without the embedded pack.
    pub fn without_embedded(mut self) -> Self {
        self.models.retain(|model| !matches!(model.source(), ModelSource::Embedded(_)));
        self
    }

    /// The folders that were looked through.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The licences that may be used.
    pub fn policy(&self) -> &LicensePolicy {
        &self.policy
    }

    /// Every installed model: folder by folder, in the order of the paths, and the embedded pack last.
    pub fn models(&self) -> &[Arc<ModelFile>] {
        &self.models
    }

    /// The folders that could not be read and the files that are no model that facekit knows, with the reason.
    pub fn problems(&self) -> &[(PathBuf, Error)] {
        &self.problems
    }

    /// The model that serves a role: the one asked for, or else the best that is installed and allowed.
    ///
    /// Models in folders come before embedded ones, then the rank in the catalogue decides, then the name.
    ///
    /// # Errors
    /// [`ErrorKind::ModelNotFound`], with what is installed for the role; [`ErrorKind::LicenseRefused`] for a model
    /// that the policy does not allow; [`ErrorKind::InvalidModel`] for one of another role or with another digest
    /// than the catalogue's; [`ErrorKind::Io`].
    pub fn get(&self, role: Role, choice: Option<&ModelChoice>) -> Result<Arc<ModelFile>> {
        let model = match choice {
            None => self.best(role)?,
            Some(ModelChoice::Path(path)) => Arc::new(ModelFile::open(path, Some(role))?),
            Some(ModelChoice::Name(name)) => self.named(role, name)?,
        };
        self.policy.check(model.name(), model.license())?;
        model.verify()?;
        Ok(model)
    }

    /// Copies a model file into the first model folder, once it was recognised and its digest verified.
    ///
    /// The file keeps its name and appears whole or not at all.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] when there is no model folder, another file of that name is in it, or the
    /// name does not end in `.onnx`;
    /// [`ErrorKind::InvalidModel`] when it is no model that facekit knows, is damaged, or keeps its weights in
    /// other files; [`ErrorKind::Io`].
    pub fn add(&mut self, path: &Path) -> Result<Arc<ModelFile>> {
        if !is_onnx(path) {
            return Err(Error::parameter(format!("{} does not end in .onnx: rename it", path.display())));
        }
        let model = ModelFile::open(path, None)?;
        model.verify()?;
        let folder =
            self.folders.first().ok_or_else(|| Error::parameter("no model folder is set to add it to"))?;
        if model.signature().external_weights {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "{} keeps its weights in other files: copy it with them into {}",
                    path.display(),
                    folder.display()
                ),
            ));
        }
        let target = folder.join(path.file_name().unwrap_or_default());
        if target.exists() {
            let there = ModelFile::open(&target, None)?;
            if there.digest()? != model.digest()? {
                return Err(Error::parameter(format!(
                    "another file is already at {}: remove it, or give the new one another name",
                    target.display()
                )));
            }
        } else {
            copy_whole(path, folder, &target).map_err(|error| Error::io("write", &target, error))?;
        }
        let added = Arc::new(ModelFile::open(&target, None)?);
        self.models.retain(|model| model.source() != added.source());
        self.models.insert(0, Arc::clone(&added));
        Ok(added)
    }

    /// The installed model that a caller gets who asks for none.
    pub(super) fn best_allowed(&self, role: Role) -> Option<&Arc<ModelFile>> {
        let allowed = |model: &&Arc<ModelFile>| self.policy.allows(model.name(), model.license());
        self.of_role(role).filter(allowed).min_by(|a, b| preference(a).cmp(&preference(b)))
    }

    fn best(&self, role: Role) -> Result<Arc<ModelFile>> {
        if let Some(model) = self.best_allowed(role) {
            return Ok(Arc::clone(model));
        }
        if let Some(refused) = self.of_role(role).min_by(|a, b| preference(a).cmp(&preference(b))) {
            self.policy.check(refused.name(), refused.license())?;
        }
        Err(self.not_found(role, format!("no {role} is installed")))
    }

    fn named(&self, role: Role, name: &str) -> Result<Arc<ModelFile>> {
        let mut called = self.models.iter().filter(|model| model.is_called(name)).peekable();
        if let Some(other) = called.peek().copied() {
            return called.find(|model| model.role() == role).map(Arc::clone).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidModel,
                    format!(
                        "{name} has the role {}, and {role} is needed: {}",
                        other.role(),
                        self.installed(role)
                    ),
                )
            });
        }
        let is_called = |path: &Path| path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case(name));
        if let Some((path, _)) = self.problems.iter().find(|(path, _)| is_called(path)) {
            return ModelFile::open(path, Some(role)).map(Arc::new);
        }
        let missing = format!("no {role} called {name} is installed");
        Err(match Catalog::get().find_file(name) {
            Some(entry) => self.not_found(role, format!("{missing}; {}", entry.how_to_get())),
            None => self.not_found(role, missing),
        })
    }

    fn not_found(&self, role: Role, what: String) -> Error {
        let folders: Vec<_> = self.folders.iter().map(|folder| folder.display().to_string()).collect();
        let searched = if folders.is_empty() { "none is set".to_owned() } else { folders.join(", ") };
        Error::new(
            ErrorKind::ModelNotFound,
            format!(
                "{what}\n{}; model folders: {searched}; `facekit models` lists what can be had and how to get it",
                self.installed(role)
            ),
        )
    }

    fn installed(&self, role: Role) -> String {
        let names: Vec<_> = self.of_role(role).map(|model| model.name()).collect();
        match names.as_slice() {
            [] => format!("no {role} is installed"),
            names => format!("installed as {role}: {}", names.join(", ")),
        }
    }

    fn of_role(&self, role: Role) -> impl Iterator<Item = &Arc<ModelFile>> {
        self.models.iter().filter(move |model| model.role() == role)
    }

    fn scan(&mut self, folder: &Path) {
        let walk = WalkDir::new(folder).max_depth(MAX_DEPTH).follow_links(true).sort_by_file_name();
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_onnx(entry.path()) => {
                    match ModelFile::open(entry.path(), None) {
                        Ok(model) => self.models.push(Arc::new(model)),
                        Err(error) => self.problems.push((entry.into_path(), error)),
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    let error = Error::io("read", &path, io::Error::from(error));
                    self.problems.push((path, error));
                }
            }
        }
    }
}

/// Folders before the embedded pack, then the catalogue's rank, then the name.
fn preference(model: &ModelFile) -> (bool, u32, &str) {
    let embedded = matches!(model.source(), ModelSource::Embedded(_));
    (embedded, model.entry().map_or(u32::MAX, |entry| entry.rank), model.name())
}

fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx"))
}

fn copy_whole(path: &Path, folder: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut part = NamedTempFile::new_in(folder)?;
    let source = File::open(path)?;
    io::copy(&mut &source, part.as_file_mut())?;
    part.as_file().set_permissions(source.metadata()?.permissions())?;
    part.as_file().sync_all()?;
    part.persist_noclobber(target)?;
    Ok(())
}
