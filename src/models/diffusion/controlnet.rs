//! A graph that steers diffusion by a control picture.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::models::diffusion::graph::{Graph, read_json};
use crate::models::diffusion::pack::card;
use crate::models::diffusion::unet::{Config, Denoising};
use crate::models::{DiffusionKind, DiffusionPack, ModelCard, ModelFile, Steers};

/// A ControlNet: a folder with `config.json` and `model.onnx`.
///
/// `Send + Sync`; nothing of it changes after it was opened, and no weight was read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Controlnet {
    /// The architecture of the packs that it steers.
    pub kind: DiffusionKind,
    /// The width of the embeddings that it attends to, which is that of its packs.
    pub cross_attention_dim: usize,
    /// How many residuals it gives besides that of the middle block.
    pub residuals: usize,
    card: ModelCard,
    file: Arc<ModelFile>,
}

impl Controlnet {
    /// The class that `config.json` names.
    const CLASS: &str = "ControlNetModel";

    /// Whether a folder has the configuration of a ControlNet, whatever else is in it.
    pub(in crate::models) fn is_one(folder: &Path) -> bool {
        let path = folder.join("config.json");
        path.is_file()
            && read_json::<Config>(&path)
                .is_ok_and(|config| config.class_name.as_deref() == Some(Self::CLASS))
    }

    /// Looks at a folder.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`], with the file, what was found, what was expected and what to do,
    /// when the graph is missing or is no ControlNet.
    pub fn open(folder: &Path) -> Result<Self> {
        let graph = Graph::open(folder)?;
        let config: Config = graph.config()?;
        let class = config.class_name.as_deref().unwrap_or_default();
        if class != Self::CLASS {
            let what =
                format!("the config.json beside it is of a `{class:.80}`, and {} was expected", Self::CLASS);
            return Err(graph.invalid(what));
        }
        let Denoising { cross_attention_dim, pooled_width, .. } = Denoising::of(&graph, &config)?;
        let picture = graph.input("controlnet_cond", 4)?;
        graph.expect(picture, 1, 3, "the number of a control picture's channels")?;
        graph.free(picture, &[0, 2, 3])?;
        graph.input("conditioning_scale", 1)?;
        graph.output("mid_block_res_sample", 4)?;
        let residuals = graph.numbered_outputs("down_block_res_samples_");
        if residuals == 0 {
            return Err(graph.invalid("it gives no `down_block_res_samples_0`"));
        }
        let kind = match (pooled_width, cross_attention_dim) {
            (Some(_), _) => DiffusionKind::Xl,
            (None, 1024) => DiffusionKind::Sd2,
            (None, _) => DiffusionKind::Sd1,
        };
        let card = card(folder, kind.controlnet_family())?;
        let file = Arc::new(graph.into_file(&card, None));
        let cross_attention_dim = usize::try_from(cross_attention_dim).unwrap_or(usize::MAX);
        Ok(Self { kind, cross_attention_dim, residuals, card, file })
    }

    /// What it is called, and on which terms it is used.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Its name in the catalogue, or else its folder's.
    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// What its control picture shows: the catalogue's word, or else what its name hints at.
    pub fn steers(&self) -> Option<Steers> {
        let known = self.card.entry.and_then(|entry| entry.contract.steers);
        known.or_else(|| Steers::hint(self.name()))
    }

    /// Its graph.
    pub fn file(&self) -> &Arc<ModelFile> {
        &self.file
    }

    /// Whether it can steer a pack.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when it is of another architecture, or the pack's UNet takes no residuals.
    pub fn check_fits(&self, pack: &DiffusionPack) -> Result<()> {
        let is_xl = |kind| kind == DiffusionKind::Xl;
        let what = if is_xl(self.kind) != is_xl(pack.kind)
            || self.cross_attention_dim != pack.cross_attention_dim
        {
            format!(
                "it steers {} that attends to embeddings {} wide, and {} is {} of {}: choose a ControlNet for {3}",
                self.kind.title(),
                self.cross_attention_dim,
                pack.name(),
                pack.kind.title(),
                pack.cross_attention_dim,
            )
        } else if pack.residuals == 0 {
            format!(
                "the UNet of {} takes no residuals of ControlNets: export the pack again, with ControlNet inputs",
                pack.name()
            )
        } else if self.residuals != pack.residuals {
            format!(
                "it gives {} residuals, and the UNet of {} takes {}: they are of different architectures",
                self.residuals,
                pack.name(),
                pack.residuals
            )
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidModel, format!("the ControlNet {}: {what}", self.name())))
    }
}
