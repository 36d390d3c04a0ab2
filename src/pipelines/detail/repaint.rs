//! The faces of a picture, repainted one after another.

use crate::diffusion::{Attends, ControlImage, Diffuser, DiffuserOptions, Img2Img, SchedulerKind};
use crate::error::Result;
use crate::face::{Face, align, alignment};
use crate::geometry::{Filter, Mask, paste, resize};
use crate::models::{Models, Role};
use crate::params::{DetailParams, Outline, RestoreParams};
use crate::picture::Image;
use crate::pipelines::detail::crop::FaceCrop;
use crate::pipelines::detail::prompts::Prompts;
use crate::pipelines::restorer::Restorer;
use crate::progress::Control;

/// The sides of the square that the model sees are multiples of this, in pixels.
const MULTIPLE: u32 = 64;
/// The largest side of that square where a model asks for its own, in pixels.
const LARGEST: u32 = 2048;
/// What is added to the seed for the first of two passes: the same noise twice would stay as grain.
const OUTLINE_SEED: u64 = 0x9E37_79B9;

/// The models that repaint faces, opened, and how they are used.
pub(super) struct Repainter<'a> {
    params: &'a DetailParams,
    diffuser: Diffuser<'a>,
    restorer: Option<Restorer>,
    guide: u32,
}

impl<'a> Repainter<'a> {
    /// Opens the models; all that can be checked without running them is.
    pub fn open(models: &'a Models, params: &'a DetailParams) -> Result<Self> {
        let diffusion = &params.diffusion;
        let options = DiffuserOptions {
            scheduler: diffusion.scheduler,
            karras: diffusion.karras,
            clip_skip: diffusion.clip_skip,
            loras: diffusion.loras.iter().map(|each| (each.lora.clone(), each.scale)).collect(),
            controlnets: diffusion.controlnets.iter().map(|each| each.controlnet.clone()).collect(),
        };
        let diffuser = Diffuser::open(models, params.model.as_deref(), options)?;
        diffuser.check_steps(params.num_inference_steps, params.denoise)?;
        if params.passes > 1 && params.outline == Outline::Diffusion {
            diffuser.check_steps(params.num_inference_steps, params.outline_denoise)?;
        }
        let guide = match params.crop.guide_size {
            0 => (diffuser.guide_size() / MULTIPLE * MULTIPLE).clamp(MULTIPLE, LARGEST),
            size => size,
        };
        diffuser.check_room(guide)?;
        Prompts::new(&params.prompt, &params.negative_prompt)
            .iter()
            .try_for_each(|(prompt, negative)| diffuser.check_prompts(prompt, negative))?;
        let restorer = (params.passes > 1 && params.outline == Outline::Restorer).then(|| {
            let model = models.get(Role::Restorer, params.restorer.as_deref())?;
            Restorer::new(model, &RestoreParams::default())
        });
        Ok(Self { params, diffuser, restorer: restorer.transpose()?, guide })
    }

    /// The scheduler that steps.
    pub fn scheduler(&self) -> SchedulerKind {
        self.diffuser.scheduler()
    }

    /// The names of the models.
    pub fn models(&self) -> impl Iterator<Item = String> {
        let restorer = self.restorer.iter().map(|restorer| restorer.model.name().to_owned());
        self.diffuser.models().chain(restorer)
    }

    /// Repaints faces with the seeds `seed`, `seed` + 1 and so on; tells which of them it was.
    pub fn repaint(
        &self,
        picture: &mut Image,
        faces: &[Face],
        seed: u32,
        control: &Control,
    ) -> Result<Vec<usize>> {
        let prompts = Prompts::new(&self.params.prompt, &self.params.negative_prompt);
        let mut repainted = Vec::new();
        for (i, face) in faces.iter().enumerate() {
            let part = |step: f32| (i as f32 + step) / faces.len() as f32;
            let Some(prompts) = prompts.of(i) else { continue };
            let seed = u64::from(seed) + i as u64;
            if self.face(picture, face, prompts, seed, &control.part(part(0.0), part(1.0)))? {
                repainted.push(i);
            }
        }
        Ok(repainted)
    }

    /// Repaints a face; `false` when there is nothing to do.
    fn face(
        &self,
        picture: &mut Image,
        face: &Face,
        prompts: (&str, Option<&str>),
        seed: u64,
        control: &Control,
    ) -> Result<bool> {
        let crop = FaceCrop::new(face, [picture.width(), picture.height()], &self.params.crop, self.guide);
        let Some(mask) = crop.repainted()? else { return Ok(false) };
        let outline = match &self.restorer {
            Some(restorer) => Some(crop.cut(restored(restorer, picture, face, control)?.view())?),
            None if self.params.passes > 1 && self.params.outline_denoise > 0.0 => {
                let half =
                    resize(crop.cut(picture.view())?.view(), self.guide / 2, self.guide / 2, Filter::Area)?;
                // At half its resolution noise and blocks are gone, and what is left is the outline.
                let smooth = resize(half.view(), self.guide, self.guide, Filter::CatmullRom)?;
                let denoise = self.params.outline_denoise;
                let seed = seed.wrapping_add(OUTLINE_SEED);
                Some(self.pass(&smooth, &mask, denoise, prompts, seed, &control.part(0.0, 0.5))?)
            }
            None => None,
        };
        if self.params.denoise == 0.0 && outline.is_none() {
            return Ok(false);
        }
        let start = if outline.is_some() && self.restorer.is_none() { 0.5 } else { 0.0 };
        let mut square = outline.map_or_else(|| crop.cut(picture.view()), Ok)?;
        if self.params.denoise > 0.0 {
            let rest = control.part(start, 1.0);
            square = self.pass(&square, &mask, self.params.denoise, prompts, seed, &rest)?;
        }
        crop.paste(picture, &square)?;
        Ok(true)
    }

    fn pass(
        &self,
        square: &Image,
        mask: &Mask,
        denoise: f32,
        (prompt, negative_prompt): (&str, Option<&str>),
        seed: u64,
        control: &Control,
    ) -> Result<Image> {
        let controls = self.params.diffusion.controlnets.iter().map(|used| ControlImage {
            image: square.view(),
            scale: used.scale,
            start: used.start,
            end: used.end,
            attends: Attends::Text,
        });
        let request = Img2Img {
            image: square.view(),
            mask: Some(mask),
            prompt,
            negative_prompt,
            steps: self.params.num_inference_steps,
            denoise,
            guidance_scale: self.params.guidance_scale,
            seed,
            controls: controls.collect(),
            identities: Vec::new(),
        };
        Ok(self.diffuser.img2img(&request, control)?.image)
    }
}

/// The picture with the face restored in its place.
fn restored(restorer: &Restorer, picture: &Image, face: &Face, control: &Control) -> Result<Image> {
    let points = face.five_points()?;
    let crop = align(picture.view(), points, restorer.template, restorer.size)?;
    let restored = restorer.run(&crop, control)?;
    let to_crop = alignment(points, restorer.template, restorer.size)?;
    let mut whole = picture.clone();
    paste(&mut whole.view_mut(), restored.view(), &restorer.mask, &to_crop)?;
    Ok(whole)
}
