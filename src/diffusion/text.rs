//! From a prompt to what the UNet attends to.

use ndarray::{Array2, Array3, Axis, concatenate};

use crate::diffusion::{CHUNK_LEN, Chunk, PromptTokens, TextLayer};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::CancelToken;
use crate::runtime::{Outputs, Session};

/// What a prompt makes the UNet attend to.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditioning {
    /// `[1, 77 · chunks, width]`: `encoder_hidden_states` of the UNet.
    pub embeddings: Array3<f32>,
    /// `[1, width]`: `text_embeds` of a Stable Diffusion XL UNet, from the first chunk; none where the text encoder
    /// gives no such thing.
    pub pooled: Option<Array2<f32>>,
}

/// What to make a picture show, and what to keep out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Guidance {
    /// What to show.
    pub prompt: Conditioning,
    /// What to keep out, of the same shape.
    pub negative: Conditioning,
}

/// A text encoder, ready to run.
#[derive(Debug)]
pub struct TextEncoder<'a> {
    /// The session: `input_ids` to `last_hidden_state`, `hidden_states.0` to `hidden_states.N` and `text_embeds`.
    pub session: &'a Session,
    /// The layer that conditions the UNet.
    pub layer: TextLayer,
}

impl TextEncoder<'_> {
    /// Runs a prompt and a negative prompt.
    ///
    /// A token's embedding is multiplied by its weight, and each chunk is then scaled so that the mean of its
    /// embeddings is what it was (the web UI's emphasis "Original"), unless that mean is 0 or changes its sign. The
    /// pooled embedding knows no weights. No negative prompt is zeros.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for a session that is not a text encoder, or lacks the hidden states that the layer
    /// asks for; [`ErrorKind::InvalidParameter`] when it has fewer layers than are left out; as [`Session::run`].
    pub fn encode(&self, tokens: &PromptTokens, cancel: &CancelToken) -> Result<Guidance> {
        let prompt = self.condition(&tokens.prompt, cancel)?;
        let negative = match &tokens.negative {
            Some(chunks) => self.condition(chunks, cancel)?,
            None => prompt.zeros(),
        };
        Ok(Guidance { prompt, negative })
    }

    fn condition(&self, chunks: &[Chunk], cancel: &CancelToken) -> Result<Conditioning> {
        let mut embeddings = Vec::with_capacity(chunks.len());
        let mut pooled = None;
        for (index, chunk) in chunks.iter().enumerate() {
            let ids = Array2::from_shape_fn((1, CHUNK_LEN), |(_, at)| chunk.ids[at] as f32);
            let inputs = [("input_ids", ids.view().into_dyn())];
            let (mut rows, first) = self.session.run(&inputs, cancel, |outputs| {
                let first = if index == 0 { pooled_embedding(outputs)? } else { None };
                Ok((self.layer.read(outputs)?, first))
            })?;
            emphasize(&mut rows, &chunk.weights);
            embeddings.push(rows);
            pooled = pooled.or(first);
        }
        let rows: Vec<_> = embeddings.iter().map(|rows| rows.view()).collect();
        let embeddings = concatenate(Axis(0), &rows).map_err(unequal)?.insert_axis(Axis(0));
        Ok(Conditioning { embeddings, pooled })
    }
}

impl Guidance {
    /// What two text encoders made of the same prompts, side by side: Stable Diffusion XL. The pooled embedding is the
    /// second's.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when they have different numbers of tokens.
    pub fn beside(self, second: Self) -> Result<Self> {
        Ok(Self {
            prompt: self.prompt.beside(second.prompt)?,
            negative: self.negative.beside(second.negative)?,
        })
    }
}

impl Conditioning {
    fn beside(self, second: Self) -> Result<Self> {
        let both = [self.embeddings.view(), second.embeddings.view()];
        let embeddings = concatenate(Axis(2), &both).map_err(unequal)?;
        Ok(Self { embeddings, pooled: second.pooled })
    }

    fn zeros(&self) -> Self {
        let pooled = self.pooled.as_ref().map(|pooled| Array2::zeros(pooled.dim()));
        Self { embeddings: Array3::zeros(self.embeddings.dim()), pooled }
    }
}

/// The pooled embedding, `[1, width]`, of a text encoder with a projection.
fn pooled_embedding(outputs: &Outputs<'_>) -> Result<Option<Array2<f32>>> {
    let Some(output) = outputs.iter().find(|output| output.name() == "text_embeds") else { return Ok(None) };
    let width = output.values().len();
    Ok(Some(output.matrix([1, width])?.to_owned()))
}

/// Multiplies each row by its weight, then all by what makes their mean what it was.
fn emphasize(rows: &mut Array2<f32>, weights: &[f32]) {
    if weights.iter().all(|&weight| weight == 1.0) {
        return;
    }
    let sum = |rows: &Array2<f32>| rows.iter().copied().map(f64::from).sum::<f64>();
    let before = sum(rows);
    for (mut row, &weight) in rows.rows_mut().into_iter().zip(weights) {
        row *= weight;
    }
    let scale = before / sum(rows);
    if scale.is_finite() && scale > 0.0 {
        *rows *= scale as f32;
    }
}

fn unequal(error: ndarray::ShapeError) -> Error {
    let what = "the outputs of the text encoders do not fit together";
    Error::new(ErrorKind::InvalidModel, what).with_source(error)
}
