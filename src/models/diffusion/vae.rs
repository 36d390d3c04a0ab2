//! What the graphs and the configurations of a VAE say.

use serde::Deserialize;
use serde_json::Value;

use crate::error::Result;
use crate::models::diffusion::graph::{Graph, MAX_LENGTH};

/// The factor of the first Stable Diffusion, which diffusers takes where a configuration names none.
const SCALING_FACTOR: f32 = 0.18215;
/// The most times that a VAE halves a picture.
const MAX_HALVINGS: usize = 6;

/// What a VAE takes and gives.
#[derive(Debug, PartialEq)]
pub(super) struct Vae {
    pub channels: u64,
    pub scale: u32,
    pub scaling_factor: f32,
    pub shift_factor: f32,
}

#[derive(Deserialize)]
struct Config {
    latent_channels: Option<u64>,
    block_out_channels: Option<Vec<u64>>,
    scaling_factor: Option<f32>,
    shift_factor: Option<f32>,
    latents_mean: Option<Value>,
}

impl Vae {
    /// The VAE of an encoder, and whether it gives moments to draw from and not latents that it drew itself.
    pub(super) fn of_encoder(graph: &Graph) -> Result<(Self, bool)> {
        let picture = graph.input("sample", 4)?;
        graph.expect(picture, 1, 3, "the number of a picture's channels")?;
        graph.free(picture, &[0, 2, 3])?;
        let vae = Self::of(graph)?;
        let gives_moments = graph.find_output("latent_parameters").is_some();
        if gives_moments {
            let moments = graph.output("latent_parameters", 4)?;
            graph.expect(moments, 1, 2 * vae.channels, "twice the number of latent channels")?;
        } else {
            graph.expect(
                graph.output("latent_sample", 4)?,
                1,
                vae.channels,
                "the number of latent channels",
            )?;
        }
        Ok((vae, gives_moments))
    }

    /// The VAE of a decoder.
    pub(super) fn of_decoder(graph: &Graph) -> Result<Self> {
        let vae = Self::of(graph)?;
        let latents = graph.input("latent_sample", 4)?;
        graph.expect(latents, 1, vae.channels, "the number of latent channels")?;
        graph.free(latents, &[0, 2, 3])?;
        graph.expect(graph.output("sample", 4)?, 1, 3, "the number of a picture's channels")?;
        Ok(vae)
    }

    fn of(graph: &Graph) -> Result<Self> {
        let config: Config = graph.config()?;
        let blocks = config.block_out_channels.as_ref().map_or(4, Vec::len);
        if !(1..=MAX_HALVINGS + 1).contains(&blocks) {
            return Err(graph.invalid(format!(
                "the config.json beside it lists {blocks} blocks in block_out_channels, and 1 to 7 were expected"
            )));
        }
        let scaling_factor = config.scaling_factor.unwrap_or(SCALING_FACTOR);
        if !(scaling_factor.is_finite() && scaling_factor > 0.0) {
            return Err(graph.invalid("the config.json beside it has a scaling_factor that is not above 0"));
        }
        if config.latents_mean.is_some_and(|mean| !mean.is_null()) {
            return Err(graph.invalid(
                "the config.json beside it has latents_mean, which facekit does not know: a VAE with one \
                 scaling_factor was expected",
            ));
        }
        Ok(Self {
            channels: config.latent_channels.unwrap_or(4).min(MAX_LENGTH),
            scale: 1 << (blocks - 1),
            scaling_factor,
            shift_factor: config.shift_factor.unwrap_or_default(),
        })
    }
}
