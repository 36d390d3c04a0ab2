//! The autoencoder: from pixels to latents and back.

use ndarray::{Array4, ArrayView4, Ix4, s};

use crate::diffusion::Generator;
use crate::diffusion::tiles::in_tiles;
use crate::error::{Error, ErrorKind, Result};
use crate::models::Model;
use crate::picture::{Image, ImageRef};
use crate::progress::CancelToken;
use crate::runtime::PixelCoding;

/// How a model's latents stand for pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LatentCoding {
    /// Channels of the latents.
    pub channels: usize,
    /// Pixels to a side of a latent.
    pub scale: usize,
    /// What the latents are multiplied by for the UNet.
    pub scaling_factor: f32,
    /// What is taken off them before.
    pub shift_factor: f32,
    /// The side of the tiles of a large picture, in pixels: that of the pictures that the VAE was made for.
    pub tile: usize,
    /// Whether the encoder gives the moments of the latents, and not latents drawn by itself.
    pub gives_moments: bool,
}

impl LatentCoding {
    /// The latents of a picture, drawn from the encoder's distribution, `[1, channels, height / 8, width / 8]`.
    pub fn encode(
        &self,
        encoder: &Model,
        picture: ImageRef<'_>,
        generator: &mut Generator,
        cancel: &CancelToken,
    ) -> Result<Array4<f32>> {
        let pixels = PixelCoding::SIGNED_RGB.encode(picture);
        self.encode_pixels(encoder, pixels.view(), generator, cancel)
    }

    /// As [`Self::encode`], of pixels from −1 to 1, `[1, 3, height, width]`.
    pub fn encode_pixels(
        &self,
        encoder: &Model,
        pixels: ArrayView4<'_, f32>,
        generator: &mut Generator,
        cancel: &CancelToken,
    ) -> Result<Array4<f32>> {
        let (output, channels) = match self.gives_moments {
            true => ("latent_parameters", 2 * self.channels),
            false => ("latent_sample", self.channels),
        };
        let run = |pixels: ArrayView4<'_, f32>| {
            run(encoder, ["sample", output], pixels, [channels, self.scale, 1], cancel)
        };
        let drawn = if self.is_large([pixels.dim().2, pixels.dim().3], self.tile) {
            in_tiles(pixels, [self.tile, self.tile / self.scale], run)?
        } else {
            run(pixels)?
        };
        let mut latents = if self.gives_moments { self.draw(&drawn, generator) } else { drawn };
        latents.mapv_inplace(|value| (value - self.shift_factor) * self.scaling_factor);
        Ok(latents)
    }

    /// The picture that latents of one sample stand for.
    pub fn decode(&self, decoder: &Model, latents: &Array4<f32>, cancel: &CancelToken) -> Result<Image> {
        let latents = latents.mapv(|value| value / self.scaling_factor + self.shift_factor);
        let run = |latents: ArrayView4<'_, f32>| {
            run(decoder, ["latent_sample", "sample"], latents, [3, 1, self.scale], cancel)
        };
        let tile = self.tile / self.scale;
        let pixels = if self.is_large([latents.dim().2, latents.dim().3], tile) {
            in_tiles(latents.view(), [tile, self.tile], run)?
        } else {
            run(latents.view())?
        };
        check_finite("the VAE decoder", pixels.iter())?;
        PixelCoding::SIGNED_RGB.decode(pixels.view().into_dyn())
    }

    /// A draw from the normal distributions whose means and logarithms of variances an encoder gave.
    fn draw(&self, moments: &Array4<f32>, generator: &mut Generator) -> Array4<f32> {
        let mean = moments.slice(s![.., ..self.channels, .., ..]);
        let log_variance = moments.slice(s![.., self.channels.., .., ..]);
        let mut latents = generator.normal(mean.shape());
        ndarray::Zip::from(&mut latents).and(mean.into_dyn()).and(log_variance.into_dyn()).for_each(
            |value, &mean, &log_variance| {
                *value = mean + (0.5 * log_variance.clamp(-30.0, 20.0)).exp() * *value;
            },
        );
        latents.into_dimensionality::<Ix4>().unwrap_or_else(|_| unreachable!("the shape has four sides"))
    }

    /// Whether sides are so long that the VAE works in tiles: twice those that it was made for, or more.
    fn is_large(&self, sides: [usize; 2], tile: usize) -> bool {
        sides.iter().any(|&side| side >= 2 * tile)
    }
}

/// One run of an encoder or decoder; `[channels, down, up]` is what it makes of a picture.
fn run(
    model: &Model,
    [input, output]: [&str; 2],
    values: ArrayView4<'_, f32>,
    [channels, down, up]: [usize; 3],
    cancel: &CancelToken,
) -> Result<Array4<f32>> {
    let (batch, _, height, width) = values.dim();
    let expected = [batch, channels, height / down * up, width / down * up];
    model.run(&[(input, values.into_dyn())], cancel, |outputs| {
        let made = outputs.get(output)?.values().to_owned();
        let made = made.into_dimensionality::<Ix4>().ok();
        made.filter(|made| made.shape() == expected).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "an autoencoder that takes {input} as {:?} gives {expected:?}, and this one does not",
                    values.shape()
                ),
            )
        })
    })
}

/// Refuses what is no number: it would be painted black.
pub(super) fn check_finite<'a>(part: &str, values: impl IntoIterator<Item = &'a f32>) -> Result<()> {
    if values.into_iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Inference,
        format!(
            "{part} gave what is no number: its half precision may overflow (export it in float32), or a LoRA may be \
             damaged"
        ),
    ))
}
