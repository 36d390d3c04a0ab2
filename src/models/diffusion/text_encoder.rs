//! What a text encoder's graph and configuration say.

use serde::Deserialize;

use crate::error::Result;
use crate::models::diffusion::graph::Graph;

/// The tokens that CLIP reads at once, with the two that open and close them.
const TOKENS: u64 = 77;

/// What a text encoder gives.
#[derive(Debug)]
pub(super) struct TextEncoder {
    /// The width of its hidden states.
    pub width: u64,
    /// The width of its pooled embedding.
    pub pooled_width: Option<u64>,
    /// Whether it is OpenCLIP's, which Stable Diffusion 2 has, and not OpenAI's.
    pub is_openclip: bool,
    /// How many hidden states it gives one by one.
    pub hidden_states: usize,
}

#[derive(Deserialize)]
struct Config {
    hidden_size: Option<u64>,
    hidden_act: Option<String>,
    projection_dim: Option<u64>,
}

impl TextEncoder {
    pub(super) fn of(graph: &Graph) -> Result<Self> {
        let config: Config = graph.config()?;
        graph.expect(graph.tokens("input_ids")?, 1, TOKENS, "the length of a prompt")?;
        let states = graph.output("last_hidden_state", 3)?;
        let width = graph.side(states, 2, "hidden_size", config.hidden_size)?;
        let pooled = graph.find_output("text_embeds").map(|pooled| {
            graph.output(&pooled.name, 2)?;
            graph.side(pooled, 1, "projection_dim", config.projection_dim)
        });
        Ok(Self {
            width,
            pooled_width: pooled.transpose()?,
            is_openclip: config.hidden_act.as_deref() == Some("gelu"),
            hidden_states: graph.numbered_outputs("hidden_states."),
        })
    }
}
