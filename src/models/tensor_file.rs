//! A safetensors file that adds to a diffusion pack: a LoRA or a textual inversion.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::models::{
    Catalog, DiffusionKind, DiffusionPack, Family, ModelCard, ModelSource, Role, SafeTensors, catalog,
};

/// A LoRA or a textual inversion: where it is, what it is for, and on which terms.
///
/// `Send + Sync`; nothing of it changes after it was opened, and no tensor was read.
#[derive(Debug)]
pub struct TensorFile {
    card: ModelCard,
    path: PathBuf,
    base: Option<Base>,
}

/// The packs that a LoRA is for, and the tensor that tells.
#[derive(Debug)]
struct Base {
    kind: DiffusionKind,
    tensor: String,
}

impl TensorFile {
    /// Looks at the header of a file, and tells by the names and sides of its tensors what it is.
    ///
    /// A LoRA has tensors in pairs, called so by kohya, diffusers or PEFT; which packs it is for is told by the width of
    /// what their cross attention or their text encoder takes. A textual inversion is one tensor of vectors, or
    /// `emb_params`, or `clip_l` and `clip_g`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] for a file that is truncated, or is neither.
    pub fn open(path: &Path) -> Result<Self> {
        let tensors = SafeTensors::open(path)?;
        let mut base = None;
        let family = if tensors.names().any(is_of_lora) {
            base = Base::of(&tensors);
            base.as_ref().map_or(Family::Lora, |base| base.kind.lora_family())
        } else if is_textual_inversion(&tensors) {
            Family::TextualInversion
        } else {
            return Err(neither(path, &tensors));
        };
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let entry = Catalog::get().find_file(&file_name).filter(|entry| entry.role == family.role());
        let metadata = tensors.metadata();
        let license = metadata.get("modelspec.license").or(metadata.get("license")).map(String::as_str);
        let source = ModelSource::File(path.to_owned());
        let card = ModelCard::new(catalog::stem(&file_name), family, entry, license, source);
        Ok(Self { card, path: path.to_owned(), base })
    }

    /// What it is called, and on which terms it is used.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Its name in the catalogue, or else its file's name without `.safetensors`.
    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// What it is for: [`Role::Lora`] or [`Role::TextualInversion`].
    pub fn role(&self) -> Role {
        self.card.role()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses a LoRA whose tensors tell that it is for packs of another architecture.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`], with the tensor that tells.
    pub fn check_fits(&self, pack: &DiffusionPack) -> Result<()> {
        let Some(Base { kind, tensor }) = self.base.as_ref().filter(|base| base.kind != pack.kind) else {
            return Ok(());
        };
        Err(Error::new(
            ErrorKind::InvalidModel,
            format!(
                "the LoRA {} is for {}, as its tensor `{tensor:.200}` tells, and {} is {}: choose a LoRA for {3}",
                self.name(),
                kind.title(),
                pack.name(),
                pack.kind.title(),
            ),
        ))
    }
}

/// Whether a tensor of this name is one of a LoRA, of whatever sort.
fn is_of_lora(name: &str) -> bool {
    ["lora_", ".lora.", "_lora.", ".hada_w", ".lokr_w"].iter().any(|part| name.contains(part))
}

impl Base {
    /// What the names of a LoRA's tensors and the widths that they take tell, if they do.
    fn of(tensors: &SafeTensors) -> Option<Self> {
        let of = |kind, tensor: &str| Some(Self { kind, tensor: tensor.to_owned() });
        let is_of_xl =
            |name: &&str| ["lora_te1_", "lora_te2_", "text_encoder_2."].iter().any(|of| name.starts_with(of));
        if let Some(name) = tensors.names().find(is_of_xl) {
            return of(DiffusionKind::Xl, name);
        }
        let takes = |name: &&str| {
            let is_down =
                ["lora_down", "lora_A", "lora.down", "_lora.down"].iter().any(|part| name.contains(part));
            let of_text = name.starts_with("lora_te") || name.starts_with("text_encoder");
            is_down && (name.contains("attn2") && name.contains("to_k") || of_text && name.contains("q_proj"))
        };
        tensors.names().filter(takes).find_map(|name| match tensors.dims(name)?.get(1)? {
            768 => of(DiffusionKind::Sd1, name),
            1024 => of(DiffusionKind::Sd2, name),
            2048 => of(DiffusionKind::Xl, name),
            _ => None,
        })
    }
}

fn is_textual_inversion(tensors: &SafeTensors) -> bool {
    let names: Vec<&str> = tensors.names().take(3).collect();
    let is_named = names == ["clip_g", "clip_l"] || tensors.dims("emb_params").is_some();
    let has_vectors = |name: &&str| matches!(tensors.dims(name), Some([_] | [_, _]));
    (is_named || names.len() == 1) && names.iter().all(has_vectors)
}

fn neither(path: &Path, tensors: &SafeTensors) -> Error {
    let has = |beginning: &str| tensors.names().any(|name| name.starts_with(beginning));
    let what = if has("model.diffusion_model.") || has("down_blocks.") {
        "holds the weights of a whole network, and facekit runs ONNX: export the checkpoint with \
         models/export/export.py"
            .to_owned()
    } else {
        let names: Vec<&str> = tensors.names().take(3).collect();
        format!(
            "is neither a LoRA nor a textual inversion: it has {} tensors such as {:.200}; use a LoRA with the tensor \
             names of kohya or diffusers",
            tensors.names().len(),
            names.join(", ")
        )
    };
    Error::new(ErrorKind::InvalidModel, format!("{} {what}", path.display()))
}
