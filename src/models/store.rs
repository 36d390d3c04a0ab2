//! The models that are installed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use crate::error::{Error, ErrorKind, Result};
use crate::models::{
    Controlnet, DiffusionPack, LicensePolicy, ModelCard, ModelFile, ModelSource, TensorFile,
};

/// How deep below a model folder models are looked for.
const MAX_DEPTH: usize = 3;

/// The models that are compiled in, by their names in the catalogue.
#[cfg(feature = "embedded")]
const EMBEDDED: [(&str, &[u8]); 9] = [
    ("facekit-lite-detect", include_bytes!("../../models/lite/detect.onnx")),
    ("facekit-lite-landmark", include_bytes!("../../models/lite/landmark.onnx")),
    ("facekit-lite-embed", include_bytes!("../../models/lite/embed.onnx")),
    ("facekit-lite-swap", include_bytes!("../../models/lite/swap.onnx")),
    ("facekit-lite-restore", include_bytes!("../../models/lite/restore.onnx")),
    ("facekit-lite-upscale-x2", include_bytes!("../../models/lite/upscale-x2.onnx")),
    ("facekit-lite-upscale-x4", include_bytes!("../../models/lite/upscale-x4.onnx")),
    ("facekit-lite-segment", include_bytes!("../../models/lite/segment.onnx")),
    ("facekit-lite-stylize", include_bytes!("../../models/lite/stylize.onnx")),
];
#[cfg(not(feature = "embedded"))]
const EMBEDDED: [(&str, &[u8]); 0] = [];

/// The models in some folders and in the embedded pack, and the licences that may be used.
///
/// `Send + Sync`. The folders are read once, when the store is opened.
#[derive(Debug)]
pub struct Store {
    pub(super) folders: Vec<PathBuf>,
    pub(super) policy: LicensePolicy,
    pub(super) models: Vec<Arc<ModelFile>>,
    pub(super) packs: Vec<Arc<DiffusionPack>>,
    pub(super) controlnets: Vec<Arc<Controlnet>>,
    pub(super) tensor_files: Vec<Arc<TensorFile>>,
    pub(super) problems: Vec<(PathBuf, Error)>,
}

impl Store {
    /// Looks at every model in `folders`, three levels deep, and at the embedded pack.
    ///
    /// A model is an `.onnx` file; a `.safetensors` file, or a `.tar` that holds one, which is a LoRA or a textual
    /// inversion; a folder with `model_index.json`, which is a diffusion pack; or a folder whose `config.json` is that of
    /// a ControlNet. What is in such a folder is no model of its own. Hidden folders, whose names begin with a dot, are
    /// left out.
    ///
    /// What cannot be read or recognised does not stop it: see [`Store::problems`].
    pub fn open(folders: Vec<PathBuf>, policy: LicensePolicy) -> Self {
        let mut store = Self {
            folders,
            policy,
            models: Vec::new(),
            packs: Vec::new(),
            controlnets: Vec::new(),
            tensor_files: Vec::new(),
            problems: Vec::new(),
        };
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

    /// Every installed model of one graph: folder by folder, in the order of the paths, and the embedded pack last.
    pub fn models(&self) -> &[Arc<ModelFile>] {
        &self.models
    }

    /// The installed diffusion packs, in the order of [`Store::models`].
    pub fn packs(&self) -> &[Arc<DiffusionPack>] {
        &self.packs
    }

    /// The installed ControlNets, in the order of [`Store::models`].
    pub fn controlnets(&self) -> &[Arc<Controlnet>] {
        &self.controlnets
    }

    /// The installed LoRAs and textual inversions, in the order of [`Store::models`].
    pub fn tensor_files(&self) -> &[Arc<TensorFile>] {
        &self.tensor_files
    }

    /// The cards of everything that is installed.
    pub fn cards(&self) -> impl Iterator<Item = &ModelCard> {
        let models = self.models.iter().map(|model| model.card());
        let packs = self.packs.iter().map(|pack| pack.card());
        let controlnets = self.controlnets.iter().map(|controlnet| controlnet.card());
        models.chain(packs).chain(controlnets).chain(self.tensor_files.iter().map(|file| file.card()))
    }

    /// Holds the digest of the installed model of this name against the catalogue's, and tells whether that knows one.
    ///
    /// # Errors
    /// Those of [`ModelFile::verify`]; [`ErrorKind::ModelNotFound`] when no installed model is called so.
    pub fn verify(&self, name: &str) -> Result<bool> {
        let mut known = None;
        for model in self.models.iter().filter(|model| model.is_called(name)) {
            model.verify()?;
            known = known.max(Some(model.expected_digest().is_some()));
        }
        known.or_else(|| self.cards().any(|card| card.is_called(name)).then_some(false)).ok_or_else(|| {
            let message = format!("no installed model is called {name}: `facekit models` lists them");
            Error::new(ErrorKind::ModelNotFound, message)
        })
    }

    /// The folders that could not be read and the files that are no model that facekit knows, with the reason.
    pub fn problems(&self) -> &[(PathBuf, Error)] {
        &self.problems
    }

    fn scan(&mut self, folder: &Path) {
        let walk = WalkDir::new(folder).max_depth(MAX_DEPTH).follow_links(true).sort_by_file_name();
        let mut walk = walk.into_iter().filter_entry(|entry| !is_hidden(entry));
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) => {
                    let Some(form) = Form::of(entry.path(), entry.file_type().is_dir()) else { continue };
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                    if let Err(error) = self.take(form, entry.path()) {
                        self.problems.push((entry.into_path(), error));
                    }
                }
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    let error = Error::io("read", &path, io::Error::from(error));
                    self.problems.push((path, error));
                }
            }
        }
    }

    /// Looks at a model, and takes it.
    fn take(&mut self, form: Form, path: &Path) -> Result<()> {
        match form {
            Form::Graph => self.models.push(Arc::new(ModelFile::open(path, None)?)),
            Form::Pack => self.packs.push(Arc::new(DiffusionPack::open(path)?)),
            Form::Controlnet => self.controlnets.push(Arc::new(Controlnet::open(path)?)),
            Form::Tensors => self.tensor_files.push(Arc::new(TensorFile::open(path)?)),
        }
        Ok(())
    }
}

/// The forms in which models come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Graph,
    Pack,
    Controlnet,
    Tensors,
}

impl Form {
    /// The form of a file or a folder, by its name and by those of the files in it.
    pub(super) fn of(path: &Path, is_folder: bool) -> Option<Self> {
        let has_extension = |expected: &str| {
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(expected))
        };
        match is_folder {
            true if path.join("model_index.json").is_file() => Some(Self::Pack),
            true if Controlnet::is_one(path) => Some(Self::Controlnet),
            false if has_extension("onnx") => Some(Self::Graph),
            false if has_extension("safetensors") || has_extension("tar") => Some(Self::Tensors),
            _ => None,
        }
    }
}

/// Whether a folder, other than the first of a walk, has a name that begins with a dot.
pub(super) fn is_hidden(entry: &DirEntry) -> bool {
    let has_dot = entry.file_name().as_encoded_bytes().starts_with(b".");
    entry.depth() > 0 && entry.file_type().is_dir() && has_dot
}
