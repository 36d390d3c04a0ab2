//! A style by diffusion: the size that the model works at, its words, and its seed.

use crate::diffusion::SchedulerKind;
use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::geometry::{Filter, Point, resize};
use crate::models::Models;
use crate::params::StylizeParams;
use crate::picture::Image;
use crate::progress::Control;
use crate::style::{DiffusionOptions, DiffusionStylizer, PictureControl, Style};

/// The sides of the picture that the model sees are multiples of this, in pixels.
const MULTIPLE: u32 = 64;
/// How much longer than the other a side may be.
const MOST_STRETCHED: u32 = 8;

/// A diffusion model, opened for a style.
pub(super) struct Diffusion<'a> {
    stylizer: DiffusionStylizer<'a>,
    prompt: String,
    negative_prompt: String,
    seed: u32,
    /// The longer side that the model works at.
    size: u32,
    holds_faces: bool,
}

impl<'a> Diffusion<'a> {
    /// Opens and checks the models; no weight is loaded.
    pub fn open(models: &'a Models, params: &StylizeParams) -> Result<Self> {
        let custom_lora = named(&params.custom_lora);
        let style = custom_lora.is_none().then_some(params.style);
        let lora = custom_lora.or_else(|| style.map(|style| style.lora().to_owned()));
        let defaults = DiffusionOptions::default();
        let used = &params.diffusion;
        let more_controlnets = used.controlnets.iter().map(|each| PictureControl {
            controlnet: each.controlnet.clone(),
            scale: each.scale,
            start: each.start,
            end: each.end,
        });
        let stylizer = DiffusionStylizer::open(
            models,
            DiffusionOptions {
                model: named(&params.model),
                lora,
                lora_scale: params.lora_scale,
                more_loras: used.loras.iter().map(|each| (each.lora.clone(), each.scale)).collect(),
                instant_id_strength: params.instant_id_strength,
                control_depth_strength: params.control_depth_strength,
                adapter: named(&params.adapter),
                // What InstantID's tokens are made of has nothing to do with what tells faces apart.
                recognizer: None,
                keypoint_controlnet: named(&params.face_controlnet),
                depth: named(&params.depth_model),
                depth_controlnet: named(&params.depth_controlnet),
                more_controlnets: more_controlnets.collect(),
                steps: params.num_inference_steps,
                denoise: params.denoising_strength,
                guidance_scale: params.prompt_strength,
                scheduler: used.scheduler.or(defaults.scheduler),
                karras: used.karras.or(defaults.karras),
                clip_skip: used.clip_skip,
            },
        )?;
        let prompt = style.map_or_else(|| params.prompt.clone(), |style| style.prompt(&params.prompt));
        let negative_prompt = Style::negative_prompt(style, &params.negative_prompt);
        let diffuser = stylizer.diffuser();
        diffuser.check_prompts(&prompt, Some(&negative_prompt))?;
        let size = match params.size {
            0 => (diffuser.guide_size() / MULTIPLE * MULTIPLE).max(MULTIPLE),
            size => size,
        };
        diffuser.check_room(size)?;
        let holds_faces = params.instant_id_strength > 0.0 && params.denoising_strength > 0.0;
        Ok(Self { seed: seed(params.seed)?, stylizer, prompt, negative_prompt, size, holds_faces })
    }

    /// Whether InstantID holds it to faces, so that it needs one.
    pub fn holds_faces(&self) -> bool {
        self.holds_faces
    }

    /// The seed of the noise: the one that was asked for, or the one that was drawn.
    pub fn seed(&self) -> u32 {
        self.seed
    }

    /// The scheduler that steps.
    pub fn scheduler(&self) -> SchedulerKind {
        self.stylizer.diffuser().scheduler()
    }

    /// The names of the models.
    pub fn models(&self) -> impl Iterator<Item = String> {
        self.stylizer.models()
    }

    /// The picture in the style, its longer side as long as the model works.
    ///
    /// The model sees it with each side brought to the nearest multiple of 64.
    pub fn paint(&self, picture: &Image, faces: &[Face], control: &Control) -> Result<Image> {
        let (width, height) = (picture.width(), picture.height());
        let longer = width.max(height);
        let side = |side: u32| u64::from(side) * u64::from(self.size) / u64::from(longer);
        let fitted = [width, height].map(|pixels| (side(pixels) as u32).max(1));
        if longer > MOST_STRETCHED * width.min(height) {
            return Err(Error::parameter(format!(
                "the picture has {width}×{height} pixels, and diffusion works on pictures whose longer side is at most \
                 {MOST_STRETCHED} times the other: cut it"
            )));
        }
        let seen =
            fitted.map(|side| (side + MULTIPLE / 2) / MULTIPLE * MULTIPLE).map(|side| side.max(MULTIPLE));
        let filter = if longer > 2 * self.size { Filter::Area } else { Filter::Lanczos3 };
        let resized = resize(picture.view(), seen[0], seen[1], filter)?;
        let scale = [seen[0] as f32 / width as f32, seen[1] as f32 / height as f32];
        let place =
            |point: Point| Point::new((point.x + 0.5) * scale[0] - 0.5, (point.y + 0.5) * scale[1] - 0.5);
        let faces: Vec<_> = faces.iter().map(|face| face.clone().map(place)).collect();
        let (prompt, negative) = (self.prompt.as_str(), Some(self.negative_prompt.as_str()));
        let remade =
            self.stylizer.paint(resized.view(), &faces, prompt, negative, self.seed.into(), control)?;
        if seen == fitted {
            return Ok(remade.image);
        }
        resize(remade.image.view(), fitted[0], fitted[1], Filter::Lanczos3)
    }
}

/// Whether a model of the engine diffusion was asked for by its name.
pub(super) fn names_a_part(params: &StylizeParams) -> bool {
    let StylizeParams { model, custom_lora, adapter, face_controlnet, depth_controlnet, depth_model, .. } =
        params;
    let parts = [model, custom_lora, adapter, face_controlnet, depth_controlnet, depth_model];
    parts.into_iter().any(|part| named(part).is_some())
}

/// A name that was given; an empty one is none.
fn named(name: &Option<String>) -> Option<String> {
    name.clone().filter(|name| !name.is_empty())
}

/// A seed, drawn where −1 was given.
fn seed(wanted: i64) -> Result<u32> {
    if let Ok(seed) = u32::try_from(wanted) {
        return Ok(seed);
    }
    getrandom::u32().map_err(|error| {
        Error::new(ErrorKind::Internal, format!("no seed could be drawn: {error}; give one as `seed`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_kept_or_drawn() {
        assert_eq!([0, 7, 4_294_967_295].map(|wanted| seed(wanted).unwrap()), [0, 7, u32::MAX]);
        let drawn: std::collections::HashSet<_> = (0..8).map(|_| seed(-1).unwrap()).collect();
        assert!(drawn.len() > 6);
    }
}
