//! A diffusion model, opened and checked: what stays the same from picture to picture.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::diffusion::guidance::Asking;
use crate::diffusion::img2img::Img2Img;
use crate::diffusion::vae::LatentCoding;
use crate::diffusion::{
    Lora, PromptTokens, Scheduler, SchedulerConfig, SchedulerKind, TextualInversion, Tokenizer, check_loras,
    merge_loras,
};
use crate::error::{Error, ErrorKind, Result};
use crate::models::{
    Controlnet, DiffusionKind, DiffusionPack, Initializers, Model, ModelSource, Models, Part,
};
use crate::picture::ImageRef;
use crate::progress::CancelToken;
use crate::runtime::Weights;

/// How a diffusion model is used.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiffuserOptions {
    /// The scheduler. Default: the model's own, or DPM++ 2M where that is one that facekit does not run, such as PNDM.
    pub scheduler: Option<SchedulerKind>,
    /// Whether the noise levels are spaced as Karras et al. space them. Default: as the model says.
    pub karras: Option<bool>,
    /// How many of the text encoder's last layers are left out; 0 for the model's own.
    pub clip_skip: u32,
    /// LoRAs, each by its name or path, and their scales.
    pub loras: Vec<(String, f32)>,
    /// ControlNets, by their names or paths.
    pub controlnets: Vec<String>,
}

/// A diffusion model, opened and checked; its parts are loaded when they are first needed, and released in turn
/// where the memory budget is small.
#[derive(Debug)]
pub struct Diffuser<'a> {
    models: &'a Models,
    controlnets: Vec<Arc<Controlnet>>,
    config: SchedulerConfig,
    kind: SchedulerKind,
    pub(super) pack: Arc<DiffusionPack>,
    pub(super) tokenizers: Vec<Tokenizer>,
    loras: Vec<(Lora, f32)>,
    lora_names: Vec<String>,
    pub(super) options: DiffuserOptions,
}

impl<'a> Diffuser<'a> {
    /// Opens the model of this name or path, else the best that is installed. No weight is loaded.
    ///
    /// # Errors
    /// Those of [`Models::diffusion`] and [`Models::controlnet`];
    /// [`InvalidModel`](ErrorKind::InvalidModel) for a ControlNet or LoRA of another architecture,
    /// [`Unsupported`](ErrorKind::Unsupported) for a scheduler that facekit does not know.
    pub fn open(models: &'a Models, model: Option<&str>, options: DiffuserOptions) -> Result<Self> {
        Self::with_pack(models, models.diffusion(model)?, options)
    }

    /// Opens a pack. No weight is loaded.
    ///
    /// # Errors
    /// Those of [`Diffuser::open`].
    pub fn with_pack(models: &'a Models, pack: Arc<DiffusionPack>, options: DiffuserOptions) -> Result<Self> {
        let config =
            SchedulerConfig::of_json(pack.scheduler_config()).map_err(|error| error.context(pack.name()))?;
        let mut loras = Vec::with_capacity(options.loras.len());
        let mut lora_names = Vec::with_capacity(options.loras.len());
        for (name, scale) in &options.loras {
            let file = models.lora(Some(name))?;
            file.check_fits(&pack)?;
            loras.push((Lora::open(file.path())?, *scale));
            lora_names.push(file.name().to_owned());
        }
        let controlnets = options.controlnets.iter().map(|name| {
            let controlnet = models.controlnet(Some(name))?;
            controlnet.check_fits(&pack)?;
            Ok(controlnet)
        });
        let controlnets = controlnets.collect::<Result<_>>()?;
        let mut diffuser = Self {
            models,
            controlnets,
            kind: options.scheduler.or(config.kind().ok()).unwrap_or(SchedulerKind::DpmPp2m),
            config,
            tokenizers: Vec::new(),
            loras,
            lora_names,
            options,
            pack,
        };
        for part in diffuser.text_parts().chain([Part::Unet]) {
            check_loras(&diffuser.scaled_loras(), diffuser.graph(part)?, part)?;
        }
        diffuser.check_clip_skip()?;
        let tokenizers = diffuser.text_parts().map(|part| Tokenizer::open(&diffuser.pack.tokenizer(part)));
        diffuser.tokenizers = tokenizers.collect::<Result<_>>()?;
        Ok(diffuser)
    }

    /// The names of the models that it runs: the pack, its LoRAs, and its ControlNets.
    pub fn models(&self) -> impl Iterator<Item = String> {
        let controlnets = self.controlnets.iter().map(|controlnet| controlnet.name().to_owned());
        let pack = std::iter::once(self.pack.name().to_owned());
        pack.chain(self.lora_names.iter().cloned()).chain(controlnets)
    }

    /// The side of the pictures that it was made for, in pixels: 512, 768 or 1024.
    pub fn guide_size(&self) -> u32 {
        self.pack.guide_size
    }

    /// The scheduler that steps.
    pub fn scheduler(&self) -> SchedulerKind {
        self.kind
    }

    /// Checks that its scheduler can run the last `steps` of a schedule of ⌊`steps` / `denoise`⌋.
    ///
    /// # Errors
    /// Those of [`Scheduler::new`].
    pub fn check_steps(&self, steps: u32, denoise: f32) -> Result<()> {
        if denoise > 0.0 { self.schedule(steps, denoise).map(drop) } else { Ok(()) }
    }

    /// Checks that the memory budget has room for a picture of a side in pixels.
    ///
    /// # Errors
    /// [`OutOfMemory`](ErrorKind::OutOfMemory).
    pub fn check_room(&self, side: u32) -> Result<()> {
        // The features of one level of the UNet: 320 channels, and ten of them at once.
        const BYTES: u64 = 10 * 320 * size_of::<f32>() as u64;
        let latents = u64::from(side / self.pack.vae_scale).pow(2);
        let bytes = self.weights().saturating_add(latents.saturating_mul(BYTES));
        if self.models.has_room(bytes) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::OutOfMemory,
            format!(
                "{} takes about {} MiB at {side}×{side} pixels, which is more than the memory budget: raise the budget, \
                 or lower the size",
                self.pack.name(),
                bytes >> 20
            ),
        ))
    }

    /// Whether it is of Stable Diffusion XL.
    pub(super) fn is_xl(&self) -> bool {
        self.pack.kind == DiffusionKind::Xl
    }

    /// Whether its UNet sees a mask: one of 9 channels.
    pub(super) fn sees_mask(&self) -> bool {
        self.pack.is_inpainting()
    }

    /// The width of the embedded guidance scale, for a distilled model.
    pub(super) fn guidance_width(&self) -> usize {
        self.pack.guidance_dim.unwrap_or(0)
    }

    pub(super) fn coding(&self) -> LatentCoding {
        let pack = &self.pack;
        LatentCoding {
            channels: pack.latent_channels,
            scale: pack.vae_scale as usize,
            scaling_factor: pack.scaling_factor,
            shift_factor: pack.shift_factor,
            // A quarter of a tile is whole in latents, and so in pixels.
            tile: (pack.guide_size / pack.vae_scale / 4 * 4).max(4) as usize * pack.vae_scale as usize,
            gives_moments: pack.vae_moments,
        }
    }

    pub(super) fn latent_shape(&self, picture: ImageRef<'_>) -> [usize; 4] {
        let side = |pixels: u32| (pixels / self.pack.vae_scale) as usize;
        [1, self.pack.latent_channels, side(picture.height()), side(picture.width())]
    }

    /// The schedule of which the last `steps` run, and where they begin.
    pub(super) fn schedule(&self, steps: u32, denoise: f32) -> Result<(Scheduler, usize)> {
        let tail = Scheduler::tail(steps as usize, denoise);
        let scheduler = Scheduler::new(&self.config, Some(self.kind), self.options.karras, tail.end)?;
        Ok((scheduler, tail.start))
    }

    /// How the negative prompt is asked: with the prompt in one run, where the memory budget has room for it.
    pub(super) fn asking(&self, request: &Img2Img<'_>) -> Asking {
        let scale = request.guidance_scale;
        let [_, _, height, width] = self.latent_shape(request.image);
        match self.pack.guidance_dim {
            Some(_) => Asking::Embedded(scale),
            None if scale <= 1.0 => Asking::None,
            None if self.models.has_room(self.unet_bytes(2, height * width)) => Asking::Batched(scale),
            None => Asking::InTurn(scale),
        }
    }

    /// What the UNet takes with a batch of samples of `latents` positions each: the weights, and the largest of its
    /// tensors, the attention of 8 heads between all positions.
    fn unet_bytes(&self, batch: u64, latents: usize) -> u64 {
        let latents = latents as u64;
        self.weights().saturating_add(batch * 8 * latents.saturating_mul(latents) * size_of::<f32>() as u64)
    }

    /// The weights of the UNet and of the ControlNets, which stay in memory beside it, in bytes.
    fn weights(&self) -> u64 {
        let unet = self.pack.part(Part::Unet).map_or(0, |part| part.bytes());
        self.controlnets.iter().fold(unet, |sum, controlnet| sum.saturating_add(controlnet.file().bytes()))
    }

    /// The textual inversions that are installed and named in one of some texts.
    pub(super) fn inversions(&self, texts: &[&str]) -> Result<Vec<TextualInversion>> {
        let texts: Vec<_> = texts.iter().map(|text| text.to_lowercase()).collect();
        let installed = self.models.store().textual_inversions();
        let named =
            installed.filter(|file| texts.iter().any(|text| text.contains(&file.name().to_lowercase())));
        named.map(|file| TextualInversion::open(file.path())).collect()
    }

    /// A text encoder, with its LoRAs, and the vectors of learned words in its table.
    pub(super) fn text_encoder(
        &self,
        part: Part,
        tokens: &PromptTokens,
        cancel: &CancelToken,
    ) -> Result<Arc<Model>> {
        let words = tokens.learned.iter().map(|(token, vector)| format!("{token}={}", vector.name));
        let words = words.collect::<Vec<_>>().join(",");
        self.changed(part, &words, cancel, |path| match words.as_str() {
            "" => Ok(Weights::new()),
            _ => tokens.weights(&Initializers::of_file(path)?),
        })
    }

    /// Checks that the text encoders have more layers than are left out.
    fn check_clip_skip(&self) -> Result<()> {
        let left_out = self.options.clip_skip as usize + usize::from(self.is_xl());
        for part in self.text_parts().filter(|_| left_out > 0) {
            let outputs = &self.pack.part(part)?.signature().outputs;
            let states = outputs.iter().filter(|output| output.name.starts_with("hidden_states.")).count();
            if states <= left_out {
                return Err(Error::parameter(format!(
                    "`clip_skip` is {}, and the {} of {} gives {} layers: lower it, or export the model with its \
                     hidden states",
                    self.options.clip_skip,
                    part.name(),
                    self.pack.name(),
                    states.saturating_sub(1)
                )));
            }
        }
        Ok(())
    }

    fn scaled_loras(&self) -> Vec<(&Lora, f32)> {
        self.loras.iter().map(|(lora, scale)| (lora, *scale)).collect()
    }

    /// Where the graph of a part is.
    pub(super) fn graph(&self, part: Part) -> Result<&Path> {
        match self.pack.part(part)?.source() {
            ModelSource::File(path) => Ok(path),
            ModelSource::Embedded(_) => unreachable!("a pack is a folder"),
        }
    }

    /// A part with its LoRAs merged in, and what else is to change; `what` tells that apart from other changes.
    fn changed(
        &self,
        part: Part,
        what: &str,
        cancel: &CancelToken,
        change: impl FnOnce(&Path) -> Result<Weights>,
    ) -> Result<Arc<Model>> {
        let file = self.pack.part(part)?;
        let loras = self.scaled_loras();
        if loras.is_empty() && what.is_empty() {
            return self.models.load(file);
        }
        let names =
            loras.iter().map(|(lora, scale)| format!("{:?}:{scale}:{:?}", lora.path(), changed_at(lora)));
        let key = format!("{} {what}", names.collect::<Vec<_>>().join(" "));
        self.models.load_with(file, &key, || {
            let path = self.graph(part)?;
            let mut weights = merge_loras(&loras, path, part, cancel)?;
            weights.extend(change(path)?);
            Ok(weights)
        })
    }

    pub(super) fn vae_encoder(&self) -> Result<Arc<Model>> {
        self.models.load(self.pack.part(Part::VaeEncoder)?)
    }

    pub(super) fn vae_decoder(&self) -> Result<Arc<Model>> {
        self.models.load(self.pack.part(Part::VaeDecoder)?)
    }

    /// The UNet, with its LoRAs.
    pub(super) fn unet(&self, cancel: &CancelToken) -> Result<Arc<Model>> {
        self.changed(Part::Unet, "", cancel, |_| Ok(Weights::new()))
    }

    pub(super) fn controlnet_count(&self) -> usize {
        self.controlnets.len()
    }

    pub(super) fn controlnets(&self) -> Result<Vec<Arc<Model>>> {
        self.controlnets.iter().map(|controlnet| self.models.load(controlnet.file())).collect()
    }
}

/// When a LoRA's file was last changed, so that a new one of its name is not taken for it.
fn changed_at(lora: &Lora) -> Option<SystemTime> {
    lora.path().metadata().and_then(|metadata| metadata.modified()).ok()
}
