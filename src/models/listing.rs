//! Every model there is to choose from, as a table.

use std::path::PathBuf;

use crate::models::{Catalog, CatalogEntry, Family, License, ModelCard, ModelSource, Role, Store};

/// A row of the table of models: an installed model, or one of the catalogue that is not installed.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The name by which it is chosen.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The contract that it keeps.
    pub family: Family,
    /// Its licence.
    pub license: License,
    /// Whether the store's policy lets it run.
    pub allowed: bool,
    /// Where it is.
    pub availability: Availability,
    /// Whether it is what a caller gets who asks for no model of its role.
    pub is_default: bool,
    /// What the catalogue says of it.
    pub entry: Option<&'static CatalogEntry>,
}

/// Where a model is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// In facekit itself.
    Embedded,
    /// In a model folder.
    Installed(PathBuf),
    /// Not on this device: [`CatalogEntry::how_to_get`] says how to change that.
    Missing,
}

impl Listing {
    /// Whether it is the row of an installed model.
    pub fn is(&self, card: &ModelCard) -> bool {
        let path = match &card.source {
            ModelSource::File(path) => Some(path),
            ModelSource::Embedded(_) => None,
        };
        match &self.availability {
            Availability::Installed(installed) => Some(installed) == path,
            Availability::Embedded => path.is_none() && self.name == card.name,
            Availability::Missing => false,
        }
    }
}

impl Store {
    /// Every installed model and every model of the catalogue, by role and, in a role, best first.
    pub fn listing(&self) -> Vec<Listing> {
        let installed = self.cards().map(|card| self.installed_row(card));
        let missing = Catalog::get().entries().iter().filter(|entry| {
            !self.cards().any(|card| card.entry.is_some_and(|known| known.name == entry.name))
        });
        let mut rows: Vec<Listing> = installed.chain(missing.map(|entry| self.missing_row(entry))).collect();
        rows.sort_by_key(|row| (row.role, row.entry.map_or(u32::MAX, |entry| entry.rank)));
        rows
    }

    fn installed_row(&self, card: &ModelCard) -> Listing {
        Listing {
            name: card.name.clone(),
            role: card.role(),
            family: card.family,
            license: card.license.clone(),
            allowed: self.policy().allows(&card.name, &card.license),
            availability: match &card.source {
                ModelSource::Embedded(_) => Availability::Embedded,
                ModelSource::File(path) => Availability::Installed(path.clone()),
            },
            is_default: self.best_allowed(card.role()).is_some_and(|best| std::ptr::eq(best, card)),
            entry: card.entry,
        }
    }

    fn missing_row(&self, entry: &'static CatalogEntry) -> Listing {
        let license = entry.license();
        Listing {
            name: entry.name.clone(),
            role: entry.role,
            family: entry.family,
            allowed: self.policy().allows(&entry.name, &license),
            license,
            availability: Availability::Missing,
            is_default: false,
            entry: Some(entry),
        }
    }
}
