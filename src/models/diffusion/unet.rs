//! What a UNet's graph and configuration say, and those of a ControlNet, which are alike.

use serde::Deserialize;
use serde_json::Value;

use crate::error::Result;
use crate::models::diffusion::graph::Graph;

/// How many numbers tell a UNet of Stable Diffusion XL the sizes of the picture and of its crop.
const TIME_IDS: u64 = 6;

/// What a UNet takes.
#[derive(Debug)]
pub(super) struct Unet {
    pub channels: u64,
    pub latent_channels: u64,
    pub cross_attention_dim: u64,
    /// The width of the pooled text embedding, for Stable Diffusion XL.
    pub pooled_width: Option<u64>,
    pub guidance_width: Option<u64>,
    pub sample_size: Option<u64>,
    pub residuals: usize,
    pub image_tokens: bool,
}

/// `config.json` of a UNet or of a ControlNet, as diffusers writes it.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    #[serde(rename = "_class_name")]
    pub class_name: Option<String>,
    pub in_channels: Option<u64>,
    pub out_channels: Option<u64>,
    cross_attention_dim: Option<Value>,
    sample_size: Option<Value>,
    time_cond_proj_dim: Option<u64>,
    addition_time_embed_dim: Option<u64>,
    projection_class_embeddings_input_dim: Option<u64>,
}

/// What the UNet and the ControlNets of one pack take alike.
#[derive(Debug)]
pub(super) struct Denoising {
    pub channels: u64,
    pub cross_attention_dim: u64,
    pub pooled_width: Option<u64>,
}

impl Unet {
    pub(super) fn of(graph: &Graph) -> Result<Self> {
        let config: Config = graph.config()?;
        let Denoising { channels, cross_attention_dim, pooled_width } = Denoising::of(graph, &config)?;
        let output = graph.output("out_sample", 4)?;
        let latent_channels = graph.side(output, 1, "out_channels", config.out_channels)?;
        if channels != latent_channels && channels != 2 * latent_channels + 1 {
            return Err(graph.invalid(format!(
                "it takes {channels} channels: a UNet that takes {latent_channels}, or {} with a mask and the masked \
                 picture for inpainting, was expected",
                2 * latent_channels + 1
            )));
        }
        let guidance = graph.has_input("timestep_cond").then(|| {
            let input = graph.input("timestep_cond", 2)?;
            graph.side(input, 1, "time_cond_proj_dim", config.time_cond_proj_dim)
        });
        let residuals = graph.numbered_inputs("down_block_additional_residual_");
        if graph.has_input("mid_block_additional_residual") != (residuals > 0) {
            return Err(graph.invalid("it takes some of the residuals of a ControlNet, and not all"));
        }
        let image_tokens = graph.has_input("image_tokens");
        if image_tokens {
            graph.expect(graph.input("image_tokens", 3)?, 2, cross_attention_dim, "its cross attention")?;
            graph.input("image_token_scale", 1)?;
        }
        let unknown = graph.input_names().find(|name| !is_known(name));
        if let Some(name) = unknown {
            return Err(graph.invalid(format!("it takes `{name}`, which facekit cannot give")));
        }
        Ok(Self {
            channels,
            latent_channels,
            cross_attention_dim,
            pooled_width,
            guidance_width: guidance.transpose()?,
            sample_size: first_integer(config.sample_size.as_ref()),
            residuals,
            image_tokens,
        })
    }
}

impl Denoising {
    pub(super) fn of(graph: &Graph, config: &Config) -> Result<Self> {
        let sample = graph.input("sample", 4)?;
        graph.free(sample, &[0, 2, 3])?;
        let channels = graph.side(sample, 1, "in_channels", config.in_channels)?;
        if !graph.has_input("timestep") {
            return Err(graph.invalid("it takes no `timestep`"));
        }
        let text = graph.input("encoder_hidden_states", 3)?;
        graph.free(text, &[0, 1])?;
        let configured = first_integer(config.cross_attention_dim.as_ref());
        let cross_attention_dim = graph.side(text, 2, "cross_attention_dim", configured)?;
        let pooled = graph.has_input("text_embeds").then(|| {
            graph.expect(graph.input("time_ids", 2)?, 1, TIME_IDS, "what Stable Diffusion XL takes")?;
            graph.side(graph.input("text_embeds", 2)?, 1, "the width of `text_embeds`", config.pooled_width())
        });
        Ok(Self { channels, cross_attention_dim, pooled_width: pooled.transpose()? })
    }
}

impl Config {
    /// The width of the pooled embedding: what is left of the added embedding once the sizes were put in.
    fn pooled_width(&self) -> Option<u64> {
        let sizes = self.addition_time_embed_dim?.checked_mul(TIME_IDS)?;
        self.projection_class_embeddings_input_dim?.checked_sub(sizes)
    }
}

fn is_known(name: &str) -> bool {
    const KNOWN: [&str; 9] = [
        "sample",
        "timestep",
        "encoder_hidden_states",
        "text_embeds",
        "time_ids",
        "timestep_cond",
        "mid_block_additional_residual",
        "image_tokens",
        "image_token_scale",
    ];
    KNOWN.contains(&name) || name.starts_with("down_block_additional_residual_")
}

/// An integer, or the first of a list: diffusers writes one a block where they may differ.
fn first_integer(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    value.as_u64().or_else(|| value.as_array()?.first()?.as_u64())
}
