//! Which of the installed models a caller gets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::models::{
    Catalog, CatalogEntry, Controlnet, DiffusionKind, DiffusionPack, ModelCard, ModelFile, ModelSource, Role,
    Steers, Store, TensorFile, catalog,
};

/// Which model a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// The installed model of this name: its name in the catalogue, or that of its file or folder without its ending.
    Name(String),
    /// The model in this file or folder, installed or not.
    Path(PathBuf),
}

impl From<&str> for ModelChoice {
    /// A path when it has a folder in it or ends in `.onnx`, `.safetensors` or `.tar`, and a name otherwise.
    fn from(text: &str) -> Self {
        let is_path = text.contains(['/', std::path::MAIN_SEPARATOR]) || catalog::stem(text) != text;
        if is_path { Self::Path(text.into()) } else { Self::Name(text.into()) }
    }
}

/// What stands in a model folder and can be chosen.
trait Installed: Sized {
    fn card(&self) -> &ModelCard;

    /// Looks at what is at a path, as a model of this role.
    fn open(path: &Path, role: Role) -> Result<Self>;
}

impl Installed for ModelFile {
    fn card(&self) -> &ModelCard {
        self.card()
    }

    fn open(path: &Path, role: Role) -> Result<Self> {
        Self::open(path, Some(role))
    }
}

impl Installed for DiffusionPack {
    fn card(&self) -> &ModelCard {
        self.card()
    }

    fn open(path: &Path, _: Role) -> Result<Self> {
        Self::open(path)
    }
}

impl Installed for Controlnet {
    fn card(&self) -> &ModelCard {
        self.card()
    }

    fn open(path: &Path, _: Role) -> Result<Self> {
        Self::open(path)
    }
}

impl Installed for TensorFile {
    fn card(&self) -> &ModelCard {
        self.card()
    }

    fn open(path: &Path, role: Role) -> Result<Self> {
        let file = Self::open(path)?;
        if file.role() == role {
            return Ok(file);
        }
        let message = format!("{} has the role {}, and {role} is needed", path.display(), file.role());
        Err(Error::new(ErrorKind::InvalidModel, message))
    }
}

impl Store {
    /// The model that serves a role: the one asked for, or else the best that is installed and allowed.
    ///
    /// Models in folders come before embedded ones, then the rank in the catalogue decides, then the name.
    ///
    /// # Errors
    /// [`ErrorKind::ModelNotFound`], with what is installed for the role; [`ErrorKind::LicenseRefused`] for a model
    /// that the policy does not allow; [`ErrorKind::InvalidModel`] for one of another role or with another digest
    /// than the catalogue's; [`ErrorKind::Io`].
    pub fn get(&self, role: Role, choice: Option<&ModelChoice>) -> Result<Arc<ModelFile>> {
        let model = self.choose(&self.models, role, choice)?;
        model.verify()?;
        Ok(model)
    }

    /// The models of a role that are installed, or embedded, and allowed.
    pub fn allowed(&self, role: Role) -> impl Iterator<Item = &ModelFile> + Clone {
        let of_role = self.models().iter().map(|model| &**model).filter(move |model| model.role() == role);
        of_role.filter(|model| self.policy().allows(model.name(), model.license()))
    }

    /// A diffusion pack: the one asked for, or else the best that is installed and allowed.
    ///
    /// # Errors
    /// Those of [`Store::get`], and for a path those of [`DiffusionPack::open`].
    pub fn diffusion(&self, choice: Option<&ModelChoice>) -> Result<Arc<DiffusionPack>> {
        self.choose(&self.packs, Role::Diffusion, choice)
    }

    /// The best diffusion pack that is installed and allowed, of those that fit; `what` says what such a pack does.
    ///
    /// # Errors
    /// [`ErrorKind::ModelNotFound`] when none fits, and those of [`Store::get`].
    pub fn diffusion_that(
        &self,
        what: &str,
        fits: impl Fn(&DiffusionPack) -> bool,
    ) -> Result<Arc<DiffusionPack>> {
        let fitting: Vec<_> = self.packs.iter().filter(|pack| fits(pack)).cloned().collect();
        if !fitting.is_empty() {
            return self.best(&fitting, Role::Diffusion);
        }
        Err(self
            .missing(Role::Diffusion, &format!("no diffusion pack that {what} is installed\n"), |_| false))
    }

    /// A ControlNet: the one asked for, or else the best that is installed and allowed.
    ///
    /// # Errors
    /// Those of [`Store::get`], and for a path those of [`Controlnet::open`].
    pub fn controlnet(&self, choice: Option<&ModelChoice>) -> Result<Arc<Controlnet>> {
        self.choose(&self.controlnets, Role::Controlnet, choice)
    }

    /// The best ControlNet that is installed and allowed, for packs of a kind, whose control picture shows this.
    ///
    /// # Errors
    /// Those of [`Store::get`].
    pub fn controlnet_by(&self, kind: DiffusionKind, steers: Steers) -> Result<Arc<Controlnet>> {
        let fits =
            |controlnet: &&Arc<Controlnet>| controlnet.kind == kind && controlnet.steers() == Some(steers);
        let fitting: Vec<_> = self.controlnets.iter().filter(fits).cloned().collect();
        if !fitting.is_empty() {
            return self.best(&fitting, Role::Controlnet);
        }
        let asked = format!("no ControlNet for {} that sees {} is installed\n", kind.title(), steers.noun());
        let would_serve = |entry: &CatalogEntry| {
            entry.family == kind.controlnet_family() && entry.contract.steers == Some(steers)
        };
        Err(self.missing(Role::Controlnet, &asked, would_serve))
    }

    /// A LoRA: the one asked for, or else the best that is installed and allowed.
    ///
    /// # Errors
    /// Those of [`Store::get`], and for a path those of [`TensorFile::open`].
    pub fn lora(&self, choice: Option<&ModelChoice>) -> Result<Arc<TensorFile>> {
        self.choose(&self.tensor_files, Role::Lora, choice)
    }

    /// The textual inversions that are installed and allowed; a prompt uses one by its file's name.
    pub fn textual_inversions(&self) -> impl Iterator<Item = &Arc<TensorFile>> {
        let allowed = |card: &ModelCard| self.policy().allows(&card.name, &card.license);
        let files = self.tensor_files.iter().filter(|file| file.role() == Role::TextualInversion);
        files.filter(move |file| allowed(file.card()))
    }

    /// The card of the installed model that a caller gets who asks for none.
    pub(super) fn best_allowed(&self, role: Role) -> Option<&ModelCard> {
        let allowed = |card: &&ModelCard| self.policy().allows(&card.name, &card.license);
        self.of_role(role).filter(allowed).min_by(|a, b| preference(a).cmp(&preference(b)))
    }

    /// The card of the installed model that a caller who asks for none would get, were its licence allowed.
    pub fn passed_over(&self, role: Role) -> Option<&ModelCard> {
        let preferred = self.of_role(role).min_by(|a, b| preference(a).cmp(&preference(b)))?;
        (!self.policy().allows(&preferred.name, &preferred.license)).then_some(preferred)
    }

    fn choose<T: Installed>(
        &self,
        models: &[Arc<T>],
        role: Role,
        choice: Option<&ModelChoice>,
    ) -> Result<Arc<T>> {
        let model = match choice {
            None => self.best(models, role)?,
            Some(ModelChoice::Path(path)) => Arc::new(T::open(path, role)?),
            Some(ModelChoice::Name(name)) => self.named(models, role, name)?,
        };
        self.policy().check(&model.card().name, &model.card().license)?;
        Ok(model)
    }

    fn best<T: Installed>(&self, models: &[Arc<T>], role: Role) -> Result<Arc<T>> {
        let of_role = || models.iter().filter(|model| model.card().role() == role);
        let preferred = |a: &&Arc<T>, b: &&Arc<T>| preference(a.card()).cmp(&preference(b.card()));
        let allowed = |model: &&Arc<T>| self.policy().allows(&model.card().name, &model.card().license);
        if let Some(model) = of_role().filter(allowed).min_by(preferred) {
            return Ok(Arc::clone(model));
        }
        if let Some(refused) = of_role().min_by(preferred) {
            self.policy().check(&refused.card().name, &refused.card().license)?;
        }
        Err(self.not_found(role, ""))
    }

    fn named<T: Installed>(&self, models: &[Arc<T>], role: Role, name: &str) -> Result<Arc<T>> {
        let is_called = |model: &&Arc<T>| model.card().role() == role && model.card().is_called(name);
        if let Some(model) = models.iter().find(is_called) {
            return Ok(Arc::clone(model));
        }
        if let Some(other) = self.cards().find(|card| card.is_called(name)) {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "{name} has the role {}, and {role} is needed: {}",
                    other.role(),
                    self.installed(role)
                ),
            ));
        }
        let is_called = |path: &Path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            catalog::stem(&file).eq_ignore_ascii_case(name)
        };
        if let Some((path, _)) = self.problems().iter().find(|(path, _)| is_called(path)) {
            return T::open(path, role).map(Arc::new);
        }
        let missing = format!("no {} called {name} is installed", role.noun());
        Err(match Catalog::get().find_file(name) {
            Some(entry) => self.not_found(role, &format!("{missing}; {}\n", entry.how_to_get())),
            None => self.not_found(role, &format!("{missing}\n")),
        })
    }

    /// The error that no model serves a role, after a line on what was asked for, if anything was.
    fn not_found(&self, role: Role, asked: &str) -> Error {
        self.missing(role, asked, |_| true)
    }

    /// As [`Self::not_found`], where only some models of the catalogue would serve.
    fn missing(&self, role: Role, asked: &str, would_serve: impl Fn(&CatalogEntry) -> bool) -> Error {
        let folders: Vec<_> = self.folders().iter().map(|folder| folder.display().to_string()).collect();
        let searched = if folders.is_empty() { "none is set".to_owned() } else { folders.join(", ") };
        let problems = match self.problems() {
            [] => String::new(),
            [(path, error), rest @ ..] => {
                let more =
                    if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
                format!("; {} cannot be used: {error}{more}", path.display())
            }
        };
        let serving = match role {
            Role::Diffusion | Role::Controlnet | Role::Adapter | Role::Depth => {
                self.would_serve(role, would_serve)
            }
            _ => String::new(),
        };
        Error::new(
            ErrorKind::ModelNotFound,
            format!(
                "{asked}{}; model folders: {searched}{problems}\n{serving}`facekit models` lists what can be had and how to get it",
                self.installed(role)
            ),
        )
    }

    /// Which models of the catalogue the policy would let run, if any, for a role whose models are exported.
    fn would_serve(&self, role: Role, serves: impl Fn(&CatalogEntry) -> bool) -> String {
        let of_role = Catalog::get().entries().iter().filter(|entry| entry.role == role && serves(entry));
        let allowed = of_role.filter(|entry| self.policy().allows(&entry.name, &entry.license()));
        let names: Vec<&str> = allowed.map(|entry| entry.name.as_str()).collect();
        if names.is_empty() {
            return String::new();
        }
        let (checkpoint, script, installed) = match role {
            Role::Depth => ("a checkpoint", "depth.py", "FILE"),
            Role::Adapter => ("the adapter", "export.py", "FILE"),
            _ => ("a checkpoint", "export.py", "FOLDER"),
        };
        format!(
            "these would serve: {}; export {checkpoint} with models/export/{script} and install it with `facekit models \
             add {installed}`\n",
            names.join(", ")
        )
    }

    fn installed(&self, role: Role) -> String {
        let names: Vec<_> = self.of_role(role).map(|card| card.name.as_str()).collect();
        match names.as_slice() {
            [] => format!("no {} is installed", role.noun()),
            names => format!("installed as {}: {}", role.noun(), names.join(", ")),
        }
    }

    fn of_role(&self, role: Role) -> impl Iterator<Item = &ModelCard> {
        self.cards().filter(move |card| card.role() == role)
    }
}

/// Folders before the embedded pack, then the catalogue's rank, then the name.
fn preference(card: &ModelCard) -> (bool, u32, &str) {
    let embedded = matches!(card.source, ModelSource::Embedded(_));
    (embedded, card.entry.map_or(u32::MAX, |entry| entry.rank), &card.name)
}
