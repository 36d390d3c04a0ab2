//! A picture remade: what is asked for, and the steps that make it.

use ndarray::{Array4, Axis, Ix4};

use crate::diffusion::diffuser::Diffuser;
use crate::diffusion::identity::{check_identities, shares};
use crate::diffusion::trajectory::Trajectory;
use crate::diffusion::unet::Unet;
use crate::diffusion::vae::check_finite;
use crate::diffusion::{Generator, Identity};
use crate::error::{Error, Result};
use crate::geometry::Mask;
use crate::picture::{Image, ImageRef, PixelFormat};
use crate::progress::Control;
use crate::runtime::PixelCoding;

/// A picture to be remade.
#[derive(Debug, Clone)]
pub struct Img2Img<'a> {
    /// The picture; its sides are multiples of the VAE's 8.
    pub image: ImageRef<'a>,
    /// What is remade: 1 within, 0 where the picture stays, as large as the picture. All of it without a mask.
    pub mask: Option<&'a Mask>,
    /// What it shall show, in the syntax of [`Prompt`](crate::diffusion::Prompt).
    pub prompt: &'a str,
    /// What it shall not show; `None` for nothing of the sort, which Stable Diffusion XL tells from an empty text.
    pub negative_prompt: Option<&'a str>,
    /// How many steps run: the last ones of a schedule of ⌊`steps` / `denoise`⌋.
    pub steps: u32,
    /// How far from the picture the result may go, 0 to 1; at 0 nothing runs but the VAE encoder.
    pub denoise: f32,
    /// The scale of classifier-free guidance; at 1 and below the negative prompt has no part.
    pub guidance_scale: f32,
    /// The seed of the noise.
    pub seed: u64,
    /// What the ControlNets see, one for each that the [`Diffuser`] was opened with.
    pub controls: Vec<ControlImage<'a>>,
    /// The people that an image adapter tells the UNet of; none for a UNet that takes no image tokens.
    ///
    /// Of several, each step asks the UNet once for each, and blends what it says by their masks. Source: O. Bar-Tal et
    /// al., "MultiDiffusion: Fusing Diffusion Paths for Controlled Image Generation", 2023.
    pub identities: Vec<Identity<'a>>,
}

/// What a ControlNet sees, and when it steers.
#[derive(Debug, Clone, Copy)]
pub struct ControlImage<'a> {
    /// The control picture, as large as the picture.
    pub image: ImageRef<'a>,
    /// How strongly it steers.
    pub scale: f32,
    /// The part of the steps before it starts, 0 to 1.
    pub start: f32,
    /// The part of the steps after which it ends, 0 to 1.
    pub end: f32,
    /// What it attends to.
    pub attends: Attends,
}

/// What a ControlNet attends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attends {
    /// The prompt, as most do.
    #[default]
    Text,
    /// The tokens of the image adapter, as InstantID's does.
    ImageTokens,
}

/// A picture that was remade.
#[derive(Debug, Clone, PartialEq)]
pub struct Remade {
    /// The picture, RGB, as large as the one before.
    pub image: Image,
    /// Its latents as the UNet left them, `[1, channels, height / 8, width / 8]`.
    pub latents: Array4<f32>,
}

impl Diffuser<'_> {
    /// Remakes a picture.
    ///
    /// The noise is drawn in the order of diffusers' pipelines: for the latents of the picture, the noise that is
    /// added, the masked picture, then what the scheduler needs; so the same seed gives the same picture. With a mask
    /// and a UNet of 4 channels, what is not masked is put back after every step; a UNet of 9 channels sees the mask.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a value out of its range or pictures of other
    /// sizes, and those of loading and running the parts of the model.
    pub fn img2img(&self, request: &Img2Img<'_>, control: &Control) -> Result<Remade> {
        request.check(self)?;
        let cancel = control.cancel_token();
        if request.denoise == 0.0 {
            let mut generator = Generator::new(request.seed);
            let encoder = self.vae_encoder()?;
            let latents = self.coding().encode(&encoder, request.image, &mut generator, cancel)?;
            let mut image = Image::new(request.image.width(), request.image.height(), PixelFormat::Rgb)?;
            Image::from_view(request.image).copy_to(&mut image.view_mut())?;
            return Ok(Remade { image, latents });
        }
        let asking = self.asking(request);
        control.report("prompt", 0.0)?;
        let guidance = self.conditioning(request.prompt, request.negative_prompt, cancel)?;

        control.report("encode", 0.02)?;
        let coding = self.coding();
        let (scheduler, begin) = self.schedule(request.steps, request.denoise)?;
        let mut generator = Generator::new(request.seed);
        let sees_mask = self.sees_mask();
        let full = Mask::full(request.image.width(), request.image.height())?;
        let mask = request.mask.or(sees_mask.then_some(&full));
        let whole = mask.is_some() && request.denoise >= 1.0;
        let encoder = self.vae_encoder()?;
        let picture = if sees_mask && whole {
            None
        } else {
            Some(coding.encode(&encoder, request.image, &mut generator, cancel)?.into_dyn())
        };
        let shape = self.latent_shape(request.image);
        let noise = generator.normal(&shape);
        let latents = match &picture {
            Some(picture) if !whole => scheduler.add_noise(picture, &noise, begin)?,
            _ => noise.mapv(|value| value * scheduler.init_noise_sigma()),
        };
        let masked = match mask {
            Some(mask) if sees_mask => {
                let pixels = without(request.image, mask);
                Some(coding.encode_pixels(&encoder, pixels.view(), &mut generator, cancel)?)
            }
            Some(_) => {
                // diffusers encodes the masked picture here too, only to draw it and leave it.
                generator.normal(&shape);
                None
            }
            None => None,
        };
        drop(encoder);

        let mask = mask.map(|mask| latent_mask(mask, [shape[2], shape[3]]));
        let mut unet = Unet::load(self, asking, &guidance, request, cancel)?;
        if let Some((mask, masked)) = mask.as_ref().zip(masked.as_ref()) {
            unet.show(mask, masked);
        }
        let trajectory = Trajectory {
            put_back: mask.as_ref().filter(|_| !sees_mask).zip(picture.as_ref()),
            scheduler,
            begin,
            noise: &noise,
            generator,
            is_xl: self.is_xl(),
        };
        let latents = trajectory.run(&unet, latents, control)?;
        check_finite("the UNet", latents.iter())?;
        drop(unet);

        control.report("decode", 0.95)?;
        let latents = latents
            .into_dimensionality::<Ix4>()
            .unwrap_or_else(|_| unreachable!("the latents have four sides"));
        let image = coding.decode(&*self.vae_decoder()?, &latents, cancel)?;
        control.report("decode", 1.0)?;
        Ok(Remade { image, latents })
    }
}

impl Img2Img<'_> {
    /// Checks what can be checked before any long work.
    fn check(&self, diffuser: &Diffuser<'_>) -> Result<()> {
        let [width, height] = [self.image.width(), self.image.height()];
        let scale = diffuser.coding().scale as u32;
        if width == 0 || height == 0 || width % scale != 0 || height % scale != 0 {
            return Err(Error::parameter(format!(
                "the picture has {width}×{height} pixels, and both sides must be multiples of {scale}: resize it"
            )));
        }
        let same = |what: &str, other: [u32; 2]| {
            (other == [width, height]).then_some(()).ok_or_else(|| {
                Error::parameter(format!(
                    "{what} has {}×{} pixels, and the picture {width}×{height}: resize it",
                    other[0], other[1]
                ))
            })
        };
        if let Some(mask) = self.mask {
            same("the mask", [mask.width(), mask.height()])?;
        }
        for control in &self.controls {
            same("a control picture", [control.image.width(), control.image.height()])?;
        }
        let nets = diffuser.controlnet_count();
        if self.controls.len() != nets {
            return Err(Error::parameter(format!(
                "there are {} control pictures, and {nets} ControlNets were opened: give each its own",
                self.controls.len()
            )));
        }
        check_identities(&self.identities, diffuser)?;
        let [_, _, rows, columns] = diffuser.latent_shape(self.image);
        shares(&self.identities, [rows, columns])?;
        let attends = |attends| self.controls.iter().any(|control| control.attends == attends);
        if self.identities.is_empty() && attends(Attends::ImageTokens) {
            return Err(Error::parameter(
                "a ControlNet attends to image tokens, and there are none: give an identity, or let it attend to the text",
            ));
        }
        let range = |name: &str, value: f32, low: f32, high: f32| {
            (low..=high)
                .contains(&value)
                .then_some(())
                .ok_or_else(|| Error::parameter(format!("`{name}` is {value}, and must be {low} to {high}")))
        };
        for control in &self.controls {
            range("scale", control.scale, 0.0, 2.0)?;
            range("start", control.start, 0.0, 1.0)?;
            range("end", control.end, 0.0, 1.0)?;
        }
        range("steps", self.steps as f32, 1.0, 1000.0)?;
        range("denoise", self.denoise, 0.0, 1.0)?;
        range("guidance_scale", self.guidance_scale, 0.0, 100.0)
    }
}

/// A mask at the size of latents: the weight of each latent's first pixel, as diffusers takes it.
fn latent_mask(mask: &Mask, [height, width]: [usize; 2]) -> Array4<f32> {
    let step = [mask.height() as usize / height, mask.width() as usize / width];
    let values = mask.values();
    Array4::from_shape_fn((1, 1, height, width), |(_, _, y, x)| {
        values[y * step[0] * mask.width() as usize + x * step[1]]
    })
}

/// The pixels of a picture, grey where the mask says that they are remade.
fn without(picture: ImageRef<'_>, mask: &Mask) -> Array4<f32> {
    let mut pixels = PixelCoding::SIGNED_RGB.encode(picture);
    for mut channel in pixels.index_axis_mut(Axis(0), 0).outer_iter_mut() {
        for (value, &weight) in channel.iter_mut().zip(mask.values()) {
            if weight >= 0.5 {
                *value = 0.0;
            }
        }
    }
    pixels
}
