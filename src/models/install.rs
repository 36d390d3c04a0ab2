//! Adding models to a model folder.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::{Builder, NamedTempFile};
use walkdir::WalkDir;

use crate::error::{Error, ErrorKind, Result};
use crate::models::file::sha256_of_file;
use crate::models::store::{Form, is_hidden};
use crate::models::{Controlnet, DiffusionPack, ModelCard, ModelFile, Store, TensorFile};

/// How deep a folder is that is copied; packs have two levels.
const MAX_DEPTH: usize = 4;
/// The most files of a folder that is copied; packs have some thirty.
const MAX_FILES: usize = 4096;

impl Store {
    /// Copies a model into the first model folder, once it was recognised and its digest verified.
    ///
    /// A model is what [`Store::open`] takes for one, a file or a folder. It keeps its name and appears whole or not at
    /// all. Hidden folders in a folder are left out.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] when there is no model folder, something else of that name is in it, or it is
    /// neither a model file nor a folder of a model; [`ErrorKind::InvalidModel`] when it is no model that facekit knows, is
    /// damaged, or is one graph that keeps its weights in other files; [`ErrorKind::Io`].
    pub fn add(&mut self, path: &Path) -> Result<ModelCard> {
        let is_folder = path.is_dir();
        let form = Form::of(path, is_folder).ok_or_else(|| no_model(path, is_folder))?;
        let folder =
            self.folders.first().ok_or_else(|| Error::parameter("no model folder is set to add it to"))?;
        let target = folder.join(name_of(path)?);
        match form {
            Form::Graph => check_graph(path, folder)?,
            Form::Pack => DiffusionPack::open(path).map(drop)?,
            Form::Controlnet => Controlnet::open(path).map(drop)?,
            Form::Tensors => TensorFile::open(path).map(drop)?,
        }
        if !target.exists() {
            let copied =
                if is_folder { copy_folder(path, folder, &target) } else { copy_file(path, folder, &target) };
            copied.map_err(|error| Error::io("write", &target, error))?;
        } else if is_folder || sha256_of_file(path)? != sha256_of_file(&target)? {
            return Err(Error::parameter(format!(
                "something else is already at {}: remove it, or give the new one another name",
                target.display()
            )));
        }
        self.problems.retain(|(path, _)| *path != target);
        self.take_first(form, &target)
    }

    /// Takes a model that was added, in the place of what was known of its file or folder.
    fn take_first(&mut self, form: Form, path: &Path) -> Result<ModelCard> {
        match form {
            Form::Graph => Ok(first(&mut self.models, ModelFile::open(path, None)?, ModelFile::card)),
            Form::Pack => Ok(first(&mut self.packs, DiffusionPack::open(path)?, DiffusionPack::card)),
            Form::Controlnet => Ok(first(&mut self.controlnets, Controlnet::open(path)?, Controlnet::card)),
            Form::Tensors => Ok(first(&mut self.tensor_files, TensorFile::open(path)?, TensorFile::card)),
        }
    }
}

fn first<T>(models: &mut Vec<Arc<T>>, added: T, card: impl Fn(&T) -> &ModelCard) -> ModelCard {
    let its_card = card(&added).clone();
    models.retain(|model| card(model).source != its_card.source);
    models.insert(0, Arc::new(added));
    its_card
}

/// The name that a path ends in, also where it ends in `.` or `..`.
fn name_of(path: &Path) -> Result<OsString> {
    if let Some(name) = path.file_name() {
        return Ok(name.to_owned());
    }
    let real = path.canonicalize().map_err(|error| Error::io("read", path, error))?;
    let name = real.file_name().map(ToOwned::to_owned);
    name.ok_or_else(|| Error::parameter(format!("{} has no name to install it under", path.display())))
}

fn no_model(path: &Path, is_folder: bool) -> Error {
    let what = if is_folder {
        "has neither the model_index.json of a diffusion pack nor the config.json of a ControlNet: name a folder as \
         models/export/export.py writes it"
    } else if path.exists() {
        "does not end in .onnx, .safetensors or .tar: rename it"
    } else {
        "is not there"
    };
    Error::parameter(format!("{} {what}", path.display()))
}

fn check_graph(path: &Path, folder: &Path) -> Result<()> {
    let model = ModelFile::open(path, None)?;
    model.verify()?;
    if model.signature().external_data.is_empty() {
        return Ok(());
    }
    let (path, folder) = (path.display(), folder.display());
    let message = format!("{path} keeps its weights in other files: copy it with them into {folder}");
    Err(Error::new(ErrorKind::InvalidModel, message))
}

fn copy_file(path: &Path, folder: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut part = NamedTempFile::new_in(folder)?;
    copy_into(path, part.as_file_mut())?;
    part.persist_noclobber(target)?;
    Ok(())
}

/// Copies a folder under a hidden name first, which goes away when anything fails.
fn copy_folder(path: &Path, folder: &Path, target: &Path) -> io::Result<()> {
    let files = files_of(path)?;
    fs::create_dir_all(folder)?;
    let part = Builder::new().prefix(".adding-").tempdir_in(folder)?;
    for file in &files {
        let copy = part.path().join(file);
        copy.parent().map_or(Ok(()), fs::create_dir_all)?;
        copy_into(&path.join(file), &mut File::create_new(copy)?)?;
    }
    fs::set_permissions(part.path(), fs::metadata(path)?.permissions())?;
    fs::rename(part.path(), target)?;
    // It is where it belongs now: what is left to remove is gone.
    let _ = part.keep();
    Ok(())
}

/// The files in a folder, as paths below it.
fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let walk = WalkDir::new(folder).max_depth(MAX_DEPTH).follow_links(true).into_iter();
    let mut files = Vec::new();
    for entry in walk.filter_entry(|entry| !is_hidden(entry)) {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        if files.len() == MAX_FILES {
            return Err(io::Error::other(format!("{} holds more than {MAX_FILES} files", folder.display())));
        }
        files.push(entry.path().strip_prefix(folder).map_err(io::Error::other)?.to_owned());
    }
    Ok(files)
}

fn copy_into(path: &Path, target: &mut File) -> io::Result<()> {
    let source = File::open(path)?;
    io::copy(&mut &source, target)?;
    target.set_permissions(source.metadata()?.permissions())?;
    target.sync_all()
}
