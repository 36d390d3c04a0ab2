//! A folder of graphs that together make pictures by diffusion.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::models::diffusion::graph::{self, EXPORT, Graph, read_json, read_text};
use crate::models::diffusion::text_encoder::TextEncoder;
use crate::models::diffusion::unet::Unet;
use crate::models::diffusion::vae::Vae;
use crate::models::{Catalog, DiffusionKind, Family, ModelCard, ModelFile, ModelSource, Part};

/// The largest side in pixels of the pictures that a pack may say it was made for.
const MAX_SIZE: u32 = 8192;

/// A diffusion pack: the folder of a Stable Diffusion checkpoint as Optimum or `models/export/export.py` writes it.
///
/// ```text
/// model_index.json  facekit.json (licence, name; may be missing)
/// tokenizer/ [tokenizer_2/]  vocab.json  merges.txt  …
/// scheduler/                 scheduler_config.json
/// text_encoder/ [text_encoder_2/]  unet/  vae_encoder/  vae_decoder/   each config.json  model.onnx  [weights]
/// ```
///
/// `Send + Sync`; nothing of it changes after it was opened. No weight was read: what stands here comes from the
/// configurations and from the inputs and outputs of the graphs, which were held against each other.
#[derive(Debug)]
#[non_exhaustive]
pub struct DiffusionPack {
    /// The architecture.
    pub kind: DiffusionKind,
    /// The channels that the UNet takes: those of the latents, or for inpainting twice as many and 1 (4 or 9).
    pub unet_channels: usize,
    /// The channels of the latents, 4.
    pub latent_channels: usize,
    /// The width of the text embeddings that the UNet attends to: 768 for Stable Diffusion 1, 1024 for 2, 2048 for XL.
    pub cross_attention_dim: usize,
    /// The width of the pooled text embedding that the UNet takes; `None` where it takes none. 1280 for XL.
    pub pooled_dim: Option<usize>,
    /// The width of the embedded guidance scale that the UNet takes as `timestep_cond`, as latent consistency models
    /// do; `None` where it takes none.
    pub guidance_dim: Option<usize>,
    /// Pixels a latent, 8.
    pub vae_scale: u32,
    /// What latents are multiplied by once encoded, after the shift: 0.18215, or 0.13025 for XL.
    pub scaling_factor: f32,
    /// What is taken off latents once encoded, mostly 0.
    pub shift_factor: f32,
    /// Whether the VAE encoder gives the mean and the logarithm of the variance of the latents (`latent_parameters`),
    /// and not latents (`latent_sample`).
    pub vae_moments: bool,
    /// The side in pixels of the pictures that the model was made for: 512, 768 or 1024.
    pub guide_size: u32,
    /// How many residuals of ControlNets the UNet takes besides that of the middle block; 0 when it takes none.
    pub residuals: usize,
    /// Whether the UNet takes `image_tokens` of an image adapter, and their scale.
    pub image_tokens: bool,
    /// Whether an empty negative prompt conditions the UNet with zeros, as Stable Diffusion XL's checkpoints ask.
    pub zeros_for_empty_prompt: bool,
    card: ModelCard,
    folder: PathBuf,
    parts: Vec<Arc<ModelFile>>,
    scheduler_config: String,
}

/// `facekit.json` of a folder that our exporter wrote.
#[derive(Default, Deserialize)]
pub(super) struct Origin {
    license: Option<String>,
    name: Option<String>,
}

impl DiffusionPack {
    /// Looks at a folder, and holds its parts against each other.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`], with the file, what was found, what was expected and what to do,
    /// when a part is missing or is no graph, its weights are missing or truncated, or the parts do not fit together;
    /// [`ErrorKind::Unsupported`] for a pipeline that is no Stable Diffusion 1.x, 2.x or XL.
    pub fn open(folder: &Path) -> Result<Self> {
        let zeros_for_empty_prompt = check_index(&folder.join("model_index.json"))?;
        let unet_graph = Graph::open(&folder.join(Part::Unet.name()))?;
        let unet = Unet::of(&unet_graph)?;
        let (kind, mut graphs) = text_encoders(folder, &unet, &unet_graph)?;
        let (encoder, decoder) = (part(folder, Part::VaeEncoder)?, part(folder, Part::VaeDecoder)?);
        let (vae, vae_moments) = vae(&encoder.1, &decoder.1, &unet)?;
        graphs.extend([(Part::Unet, unet_graph), encoder, decoder]);
        let size = unet.sample_size.and_then(|size| u32::try_from(size).ok()?.checked_mul(vae.scale));
        let card = card(folder, kind.pack_family())?;
        let file = |(part, graph): PartGraph| Arc::new(graph.into_file(&card, Some(part)));
        Ok(Self {
            kind,
            unet_channels: length(unet.channels),
            latent_channels: length(unet.latent_channels),
            cross_attention_dim: length(unet.cross_attention_dim),
            pooled_dim: unet.pooled_width.map(length),
            guidance_dim: unet.guidance_width.map(length),
            vae_scale: vae.scale,
            scaling_factor: vae.scaling_factor,
            shift_factor: vae.shift_factor,
            vae_moments,
            guide_size: size.filter(|size| (1..=MAX_SIZE).contains(size)).unwrap_or(kind.native_size()),
            residuals: unet.residuals,
            image_tokens: unet.image_tokens,
            zeros_for_empty_prompt,
            scheduler_config: read_text(&folder.join("scheduler/scheduler_config.json"))?,
            parts: graphs.into_iter().map(file).collect(),
            folder: folder.to_owned(),
            card,
        })
    }

    /// What it is called, and on which terms it is used.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Its name in the catalogue, or else its folder's.
    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of its tokenizer, or of its second one.
    pub fn tokenizer(&self, part: Part) -> PathBuf {
        self.folder.join(if part == Part::TextEncoder2 { "tokenizer_2" } else { "tokenizer" })
    }

    /// Its `scheduler/scheduler_config.json`.
    pub fn scheduler_config(&self) -> &str {
        &self.scheduler_config
    }

    /// Its graphs, in the order in which a run needs them.
    pub fn parts(&self) -> &[Arc<ModelFile>] {
        &self.parts
    }

    /// One of its graphs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for the second text encoder of a pack that has one.
    pub fn part(&self, part: Part) -> Result<&Arc<ModelFile>> {
        self.parts.iter().find(|file| file.part() == Some(part)).ok_or_else(|| {
            let message = format!("{} is {} and has no {}", self.name(), self.kind.title(), part.name());
            Error::new(ErrorKind::InvalidModel, message)
        })
    }

    /// The bytes of its graphs and their weights.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |total, part| total.saturating_add(part.bytes()))
    }

    /// Whether the UNet is one for inpainting, which takes the mask and the masked picture beside the latents.
    pub fn is_inpainting(&self) -> bool {
        self.unet_channels != self.latent_channels
    }
}

/// The card of a folder: its name, and its licence as the catalogue or its `facekit.json` states it.
pub(super) fn card(folder: &Path, family: Family) -> Result<ModelCard> {
    let origin_file = folder.join("facekit.json");
    let origin: Origin = if origin_file.is_file() { read_json(&origin_file)? } else { Origin::default() };
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let stem = absolute.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let names = [Some(stem.as_str()), origin.name.as_deref()];
    let entry = names.into_iter().flatten().find_map(|name| Catalog::get().find_file(name));
    let entry = entry.filter(|entry| entry.family == family);
    let source = ModelSource::File(folder.to_owned());
    Ok(ModelCard::new(&stem, family, entry, origin.license.as_deref(), source))
}

type PartGraph = (Part, Graph);

fn part(folder: &Path, part: Part) -> Result<PartGraph> {
    Ok((part, Graph::open(&folder.join(part.name()))?))
}

/// The text encoders that a UNet attends to and the architecture that they make with it, their tokenizers being there.
fn text_encoders(folder: &Path, unet: &Unet, unet_graph: &Graph) -> Result<(DiffusionKind, Vec<PartGraph>)> {
    let mut graphs = vec![part(folder, Part::TextEncoder)?];
    let first = TextEncoder::of(&graphs[0].1)?;
    let (mut kind, mut width) = (DiffusionKind::Sd1, first.width);
    if first.is_openclip {
        kind = DiffusionKind::Sd2;
    }
    check_tokenizer(&folder.join("tokenizer"))?;
    if let Some(pooled_width) = unet.pooled_width {
        let (second_part, graph) = part(folder, Part::TextEncoder2)?;
        let second = TextEncoder::of(&graph)?;
        check_pooled(&graph, &second, pooled_width)?;
        check_hidden_states(&graphs[0].1, &first)?;
        check_hidden_states(&graph, &second)?;
        check_tokenizer(&folder.join("tokenizer_2"))?;
        (kind, width) = (DiffusionKind::Xl, width + second.width);
        graphs.push((second_part, graph));
    }
    if width == unet.cross_attention_dim {
        return Ok((kind, graphs));
    }
    let encoders = if graphs.len() == 1 { "text encoder gives" } else { "two text encoders give" };
    Err(unet_graph.invalid(format!(
        "its cross attention is {} wide, and the {encoders} {width}: they are of different models",
        unet.cross_attention_dim
    )))
}

/// The VAE of a UNet's latents, and whether its encoder gives moments.
fn vae(encoder: &Graph, decoder: &Graph, unet: &Unet) -> Result<(Vae, bool)> {
    let (vae, gives_moments) = Vae::of_encoder(encoder)?;
    if Vae::of_decoder(decoder)? != vae {
        let what = "its configuration is not that of vae_encoder: they are of different models";
        return Err(decoder.invalid(what));
    }
    if vae.channels != unet.latent_channels {
        return Err(decoder.invalid(format!(
            "it takes {} channels, and the UNet gives {}: they are of different models",
            vae.channels, unet.latent_channels
        )));
    }
    Ok((vae, gives_moments))
}

/// Refuses a pipeline that is no Stable Diffusion 1.x, 2.x or XL; tells whether it has zeros for an empty prompt.
fn check_index(path: &Path) -> Result<bool> {
    let index: BTreeMap<String, Value> = read_json(path)?;
    let class = index.get("_class_name").and_then(Value::as_str).unwrap_or_default();
    let plain = class.strip_prefix("ORT").or(class.strip_prefix("Onnx")).unwrap_or(class);
    let is_known = plain == "LatentConsistencyModelPipeline"
        || plain == "LatentConsistencyModelImg2ImgPipeline"
        || plain.strip_prefix("StableDiffusion").is_some_and(|rest| !rest.starts_with('3'));
    if is_known {
        return Ok(index.get("force_zeros_for_empty_prompt").and_then(Value::as_bool).unwrap_or(false));
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!(
            "{}: its pipeline is `{class:.80}`, and facekit runs Stable Diffusion 1.x, 2.x and XL: choose a checkpoint of \
             one of these, and {EXPORT}",
            path.display()
        ),
    ))
}

/// The second text encoder of Stable Diffusion XL gives the pooled embedding.
fn check_pooled(graph: &Graph, encoder: &TextEncoder, pooled_width: u64) -> Result<()> {
    match encoder.pooled_width {
        Some(width) if width == pooled_width => Ok(()),
        Some(width) => Err(graph.invalid(format!(
            "its pooled embedding is {width} wide, and the UNet takes {pooled_width}: they are of different models"
        ))),
        None => Err(graph.invalid("it gives no `text_embeds`, the pooled embedding that the UNet takes")),
    }
}

/// Stable Diffusion XL attends to the hidden state before the last.
fn check_hidden_states(graph: &Graph, encoder: &TextEncoder) -> Result<()> {
    match encoder.hidden_states {
        0 | 1 => Err(graph.invalid(
            "it does not give its hidden states, `hidden_states.0` and so on, and Stable Diffusion XL attends to the \
             one before the last",
        )),
        _ => Ok(()),
    }
}

fn check_tokenizer(folder: &Path) -> Result<()> {
    for name in ["vocab.json", "merges.txt"] {
        let path = folder.join(name);
        if !path.is_file() {
            return Err(graph::missing(folder, &path));
        }
    }
    Ok(())
}

fn length(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
