//! Which family a graph belongs to.

use crate::error::{Error, ErrorKind, Result};
use crate::models::{Catalog, CatalogEntry, Family, Role, Signature};

/// What a graph was recognised as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recognized {
    /// The contract that it keeps.
    pub family: Family,
    /// The entry of the catalogue that describes it, when its digest or its file name says which.
    pub entry: Option<&'static CatalogEntry>,
}

/// Tells the family of a graph.
///
/// The first of these decides that names a family whose contract the graph keeps: the catalogue by `known`, the
/// entry of the file's digest; the metadata entry `family`; the catalogue by the file's name; the graph's inputs
/// and outputs, together with what the file's name hints at. Graphs that several families of one role share, such
/// as restorers of 512 pixels, are then taken for the most general of them. Not so swappers: those of one shape
/// differ in what they are fed, and one that was taken for another would give a broken face instead of an error. A
/// graph that could be a stylizer as any network is that makes a picture of a picture, and is not called one, is taken
/// for what else it could be.
///
/// # Errors
/// [`ErrorKind::InvalidModel`] when the graph keeps no contract of `role`, or of any role when that is not given,
/// with what was expected and what was found; also when it could be of several roles, or of several families of
/// swappers, and nothing tells which.
pub fn recognize(
    signature: &Signature,
    file_name: &str,
    known: Option<&'static CatalogEntry>,
    role: Option<Role>,
) -> Result<Recognized> {
    let accepts =
        |family: Family| role.is_none_or(|role| family.role() == role) && family.fits(signature).is_ok();
    let named = Catalog::get().find_file(file_name).filter(|entry| accepts(entry.family));
    if let Some(entry) = known.filter(|entry| accepts(entry.family)) {
        return Ok(Recognized { family: entry.family, entry: Some(entry) });
    }
    let declared = signature.metadata.get("family").and_then(|name| name.parse().ok());
    if let Some(family) = declared.filter(|family| accepts(*family)) {
        return Ok(Recognized { family, entry: named.filter(|entry| entry.family == family) });
    }
    if let Some(entry) = named {
        return Ok(Recognized { family: entry.family, entry: Some(entry) });
    }
    let accepted: Vec<Family> = Family::ALL.iter().copied().filter(|family| accepts(*family)).collect();
    if let [_, _, ..] = accepted.as_slice()
        && let Some(family) = Catalog::get().hint(file_name, |family| accepted.contains(&family))
    {
        return Ok(Recognized { family, entry: None });
    }
    let is_other = accepted.iter().any(|family| family.role() != Role::Stylizer);
    let candidates: Vec<Family> =
        accepted.into_iter().filter(|family| !(is_other && family.is_general())).collect();
    let family = match candidates.as_slice() {
        [] => return Err(misfit(signature, role)),
        [family] => *family,
        [general, others @ ..]
            if general.role() != Role::Swapper
                && others.iter().all(|other| other.role() == general.role()) =>
        {
            *general
        }
        candidates => return Err(ambiguous(candidates)),
    };
    Ok(Recognized { family, entry: None })
}

fn misfit(signature: &Signature, role: Option<Role>) -> Error {
    let expected = match role {
        Some(role) => {
            let contracts =
                Family::of_role(role).map(|family| format!("\n  {family}: {}", family.contract()));
            format!(
                "fits no family of the role {role}; one of these was expected:{}",
                contracts.collect::<String>()
            )
        }
        None => "fits no family; `facekit models` lists the models that are known".to_owned(),
    };
    Error::new(ErrorKind::InvalidModel, format!("the graph {signature}, and {expected}"))
}

fn ambiguous(candidates: &[Family]) -> Error {
    let names: Vec<String> =
        candidates.iter().map(|family| format!("{family} ({})", family.role())).collect();
    Error::new(
        ErrorKind::InvalidModel,
        format!(
            "the graph could be of several families, {}: put the family's name into the file's name, or into the \
             model's metadata as `family`",
            names.join(", ")
        ),
    )
}
