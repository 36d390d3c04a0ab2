//! The layer of a text encoder that conditions the UNet.

use std::path::Path;

use ndarray::{Array1, Array2};

use crate::diffusion::CHUNK_LEN;
use crate::error::{Error, ErrorKind, Result};
use crate::models::Initializers;
use crate::runtime::{Output, Outputs};

/// Which layer of a text encoder conditions the UNet.
#[derive(Debug, Clone, PartialEq)]
pub enum TextLayer {
    /// The last, through the final norm, as Stable Diffusion 1 and 2 have it.
    Last,
    /// One before the last, through the final norm: Stable Diffusion 1 and 2 with clip skip.
    Normalized {
        /// How many layers are left out; 1 is what the web UI calls clip skip 2.
        skip: usize,
        /// The final norm of the text encoder.
        norm: LayerNorm,
    },
    /// One before the last as it is: Stable Diffusion XL, which leaves out 1, and clip skip more.
    Plain {
        /// How many layers are left out.
        skip: usize,
    },
}

/// A layer norm over the last axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNorm {
    /// What the normalized numbers are multiplied by.
    pub weight: Array1<f32>,
    /// What is added to them.
    pub bias: Array1<f32>,
}

impl TextLayer {
    /// That of Stable Diffusion 1 and 2, from the graph of the text encoder.
    ///
    /// `clip_skip` layers are left out, as diffusers counts them: 0 is none, and 1 is the web UI's clip skip 2.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] for clip skip with a graph that does not name its weights.
    pub fn of_sd(clip_skip: usize, graph: &Path) -> Result<Self> {
        match clip_skip {
            0 => Ok(Self::Last),
            skip => Ok(Self::Normalized { skip, norm: LayerNorm::final_of(&Initializers::of_file(graph)?)? }),
        }
    }

    /// That of Stable Diffusion XL, which leaves out one layer more than `clip_skip`.
    pub fn of_xl(clip_skip: usize) -> Self {
        Self::Plain { skip: clip_skip.saturating_add(1) }
    }

    /// What of a text encoder's outputs it is, `[77, width]`.
    pub(super) fn read(&self, outputs: &Outputs<'_>) -> Result<Array2<f32>> {
        match self {
            Self::Last => token_rows(outputs.get("last_hidden_state")?),
            Self::Plain { skip } => hidden_state(outputs, *skip),
            Self::Normalized { skip, norm } => norm.apply(hidden_state(outputs, *skip)?),
        }
    }
}

/// The output of the layer that so many others follow.
fn hidden_state(outputs: &Outputs<'_>, skip: usize) -> Result<Array2<f32>> {
    let layers =
        outputs.iter().filter_map(|output| output.name().strip_prefix("hidden_states.")?.parse().ok());
    let last: usize = layers.max().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidModel,
            "the text encoder does not put out `hidden_states.0` and on, which Stable Diffusion XL and clip skip \
             need: export it with its hidden states",
        )
    })?;
    let layer = last.checked_sub(skip).ok_or_else(|| {
        Error::parameter(format!(
            "the text encoder has {last} layers, and {skip} cannot be left out: lower clip skip"
        ))
    })?;
    token_rows(outputs.get(&format!("hidden_states.{layer}"))?)
}

/// An output with a row for every token, `[1, 77, width]`.
fn token_rows(output: &Output<'_>) -> Result<Array2<f32>> {
    let width = output.values().shape().last().copied().unwrap_or_default();
    Ok(output.matrix([CHUNK_LEN, width])?.to_owned())
}

impl LayerNorm {
    /// PyTorch's and transformers' CLIP's.
    const EPSILON: f64 = 1e-5;

    /// The final norm of a text encoder.
    fn final_of(graph: &Initializers) -> Result<Self> {
        let read = |name: &str| Ok::<_, Error>(graph.read(weight_name(graph, name)?)?.values.into());
        Ok(Self { weight: read("final_layer_norm.weight")?, bias: read("final_layer_norm.bias")? })
    }

    fn apply(&self, mut rows: Array2<f32>) -> Result<Array2<f32>> {
        let width = rows.ncols();
        if self.weight.len() != width || self.bias.len() != width {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "the final norm of the text encoder has {} numbers, and its hidden states {width}",
                    self.weight.len()
                ),
            ));
        }
        for mut row in rows.rows_mut() {
            let mean = row.iter().copied().map(f64::from).sum::<f64>() / width as f64;
            let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / width as f64;
            let scale = (variance + Self::EPSILON).sqrt().recip();
            for ((x, &weight), &bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
                *x = ((f64::from(*x) - mean) * scale * f64::from(weight) + f64::from(bias)) as f32;
            }
        }
        Ok(rows)
    }
}

/// The name of a weight in a graph, whatever modules it stands in there.
pub(super) fn weight_name<'a>(graph: &'a Initializers, name: &str) -> Result<&'a str> {
    let inside =
        |full: &str| full.strip_suffix(name).is_some_and(|module| module.is_empty() || module.ends_with('.'));
    graph.iter().map(|(full, _)| full).find(|full| inside(full)).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidModel,
            format!(
                "{} has no weight `{name}`: export the text encoder with the names that PyTorch has for its weights",
                graph.path().display()
            ),
        )
    })
}
