//! Models that are loaded before they are needed, and dropped before they have to make room.

use crate::error::{Error, ErrorKind, Result};
use crate::models::{LoadedModel, Models, Role};

impl Models {
    /// Loads the model that serves a role, every graph of it, so that the first call does not wait for it.
    ///
    /// Like any model it stays while the budget lasts.
    ///
    /// # Errors
    /// Those of [`Models::get`], [`Models::diffusion`] and [`Models::controlnet`]; [`ErrorKind::Unsupported`] for a role
    /// whose models are not graphs.
    pub fn preload(&self, role: Role, choice: Option<&str>) -> Result<Vec<LoadedModel>> {
        match role {
            Role::Diffusion => {
                let pack = self.diffusion(choice)?;
                pack.parts().iter().map(|part| Ok(self.load(part)?.report())).collect()
            }
            Role::Controlnet => Ok(vec![self.load(self.controlnet(choice)?.file())?.report()]),
            Role::Lora | Role::TextualInversion => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "a {} is read when a diffusion model runs with it, and cannot be loaded alone",
                    role.noun()
                ),
            )),
            _ => Ok(vec![self.get(role, choice)?.report()]),
        }
    }

    /// Drops the models of this name, or all, that no call uses, and tells how many graphs have left memory.
    pub fn unload(&self, name: Option<&str>) -> usize {
        let loaded = self.sessions.loaded().into_iter();
        let named =
            loaded.filter(|(_, model)| name.is_none_or(|name| model.name().eq_ignore_ascii_case(name)));
        let keys: Vec<String> = named.map(|(key, _)| key).collect();
        let dropped = self.sessions.release(|key| keys.contains(key));
        dropped.iter().for_each(|key| self.log().info("models", || format!("{key} has left memory")));
        dropped.len()
    }
}
