//! The API `face-refiner`.

use crate::hosted::Meaning::{self, Nothing, Parameter, Picture};
use crate::models::Store;
use crate::params::RefineParams;

/// Its fields.
pub(super) const FIELDS: &[(&str, Meaning)] = &[
    ("imageUrl", Picture("image")),
    ("model", Parameter("model")),
    ("denoising", Parameter("denoising")),
    ("webhook", Nothing("facekit opens no network connection; a completion callback tells of the end")),
];

/// The models that the hosted API has, and nobody else.
const HOSTED_MODELS: [&str; 2] = ["tengrai-20231128-m-d.safetensors", "tengrai-20240423-m-f.safetensors"];

/// Lets the best diffusion pack that is installed stand in for a model of the hosted API, unless one is installed by
/// that name; gives the note that says so.
pub(super) fn find_model(params: &mut RefineParams, store: &Store) -> Option<String> {
    let hosted = HOSTED_MODELS.iter().find(|hosted| params.model.as_deref() == Some(hosted))?;
    let stem = hosted.trim_end_matches(".safetensors");
    let mut cards = store.packs().iter().map(|pack| pack.card());
    params.model =
        cards.find(|card| card.is_called(hosted) || card.is_called(stem)).map(|card| card.name.clone());
    params.model.is_none().then(|| {
        format!("`model` names {hosted}, which is not installed: the best diffusion model that is stands in for it")
    })
}
