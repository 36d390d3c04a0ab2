//! A LoRA file, and which layers it changes.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diffusion::SafeTensors;
use crate::error::{Error, ErrorKind, Result};
use crate::models::Part;

use super::alpha::Alphas;
use super::key::{BadKey, Key, Piece};
use super::ldm;

/// A LoRA: an open file and which layers it changes; its tensors are read when it is merged.
///
/// `Send + Sync`: threads may share it.
#[derive(Debug)]
pub struct Lora {
    pub(super) tensors: SafeTensors,
    layers: BTreeMap<(Part, String), LayerKeys>,
}

/// The names of the tensors that change one layer.
#[derive(Debug, Clone)]
pub(super) struct LayerKeys {
    pub down: String,
    pub up: String,
    pub mid: Option<String>,
    pub alpha: Option<Alpha>,
}

/// Where the strength of a layer stands.
#[derive(Debug, Clone)]
pub(super) enum Alpha {
    Tensor(String),
    Value(f32),
}

#[derive(Debug, Default)]
struct Found {
    down: Option<String>,
    up: Option<String>,
    mid: Option<String>,
    alpha: Option<String>,
}

impl Lora {
    /// Opens a safetensors file with the names of kohya's scripts, LyCORIS, peft or diffusers.
    ///
    /// # Errors
    /// Those of [`SafeTensors::open`]; [`ErrorKind::Unsupported`] for other methods than LoRA and LoCon, such as DoRA,
    /// LoHa and LoKr; [`ErrorKind::InvalidModel`] when it is no LoRA of Stable Diffusion, or a layer is incomplete.
    pub fn open(path: &Path) -> Result<Self> {
        let tensors = SafeTensors::open(path)?;
        let unsupported = |method: &str, what: &str| {
            let message = format!(
                "{}: {what}it is {method}, which facekit does not merge: use a LoRA or LoCon",
                path.display()
            );
            Error::new(ErrorKind::Unsupported, message)
        };
        let invalid =
            |what: String| Error::new(ErrorKind::InvalidModel, format!("{}: {what}", path.display()));

        let alphas = Alphas::of(tensors.metadata()).map_err(|method| unsupported(method, ""))?;
        let mut found: BTreeMap<(Part, String), Found> = BTreeMap::new();
        for name in tensors.names() {
            let key = Key::parse(name).map_err(|bad| match bad {
                BadKey::Unsupported(method) => unsupported(method, &format!("by its key `{name:.100}` ")),
                BadKey::Unknown => invalid(format!(
                    "it is no LoRA for Stable Diffusion 1.x, 2.x or XL: its key `{name:.100}` is unknown"
                )),
            })?;
            let layer = found.entry((key.part, key.layer)).or_default();
            let place = match key.piece {
                Piece::Down => &mut layer.down,
                Piece::Up => &mut layer.up,
                Piece::Mid => &mut layer.mid,
                Piece::Alpha => &mut layer.alpha,
            };
            if let Some(other) = place.replace(name.to_owned()) {
                return Err(invalid(format!("its keys `{other:.100}` and `{name:.100}` are the same")));
            }
        }
        drop_second_names(&mut found);
        let layers = found
            .into_iter()
            .map(|((part, layer), Found { down, up, mid, alpha })| {
                let alpha = alpha.map(Alpha::Tensor).or_else(|| alphas.get(part, &layer).map(Alpha::Value));
                match (down, up) {
                    (Some(down), Some(up)) => Ok(((part, layer), LayerKeys { down, up, mid, alpha })),
                    _ => Err(invalid(format!("its layer `{layer:.100}` has no `down`, or no `up`"))),
                }
            })
            .collect::<Result<BTreeMap<_, _>>>()?;
        if layers.is_empty() {
            return Err(invalid("it is no LoRA: it has no tensors".to_owned()));
        }
        Ok(Self { tensors, layers })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.tensors.path()
    }

    /// Whether it changes a part.
    pub fn changes(&self, part: Part) -> bool {
        self.layers(part).next().is_some()
    }

    /// The layers of a part that it changes, with underscores, and their tensors.
    pub(super) fn layers(&self, part: Part) -> impl Iterator<Item = (&str, &LayerKeys)> {
        let of_part = self.layers.iter().filter(move |((own, _), _)| *own == part);
        of_part.map(|((_, layer), keys)| (layer.as_str(), keys))
    }
}

/// Some files have each layer of the UNet twice, by its names in diffusers and in the original code: the former count.
fn drop_second_names(found: &mut BTreeMap<(Part, String), Found>) {
    let is_ldm = |part: Part, layer: &str| part == Part::Unet && ldm::is_ldm(layer);
    if found.keys().any(|(part, layer)| *part == Part::Unet && !ldm::is_ldm(layer)) {
        found.retain(|(part, layer), _| !is_ldm(*part, layer));
    }
}
