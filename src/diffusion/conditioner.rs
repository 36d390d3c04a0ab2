//! What a prompt makes a diffusion model attend to: its tokenizers, text encoders and learned words together.

use crate::diffusion::diffuser::Diffuser;
use crate::diffusion::{Guidance, Prompt, PromptTokens, TextEncoder, TextLayer};
use crate::error::Result;
use crate::models::Part;
use crate::progress::CancelToken;

impl Diffuser<'_> {
    /// Checks that texts can be prompts, without running anything.
    ///
    /// # Errors
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) for a prompt of more than 16 chunks of 75 tokens, and those
    /// of [`Prompt::parse`].
    pub fn check_prompts(&self, prompt: &str, negative_prompt: Option<&str>) -> Result<()> {
        self.tokens(prompt, negative_prompt).map(drop)
    }

    /// What the UNet attends to for a prompt and a negative prompt.
    pub(super) fn conditioning(
        &self,
        prompt: &str,
        negative_prompt: Option<&str>,
        cancel: &CancelToken,
    ) -> Result<Guidance> {
        let mut guidance: Option<Guidance> = None;
        for (part, tokens) in self.text_parts().zip(self.tokens(prompt, negative_prompt)?) {
            let model = self.text_encoder(part, &tokens, cancel)?;
            let encode = |skip| {
                let encoder = TextEncoder { session: &model.session, layer: self.text_layer(part, skip)? };
                encoder.encode(&tokens, cancel).map_err(|error| error.context(model.name()))
            };
            let mut side = encode(0)?;
            if self.options.clip_skip > 0 {
                // As in diffusers, the negative prompt has the model's own layer.
                side.prompt = encode(self.options.clip_skip as usize)?.prompt;
            }
            guidance = Some(match guidance {
                None => side,
                Some(first) => first.beside(side)?,
            });
        }
        Ok(guidance.unwrap_or_else(|| unreachable!("a pack has a text encoder")))
    }

    /// The text encoders, in the order of the tokenizers.
    pub(super) fn text_parts(&self) -> impl Iterator<Item = Part> + use<> {
        [Part::TextEncoder, Part::TextEncoder2].into_iter().take(if self.is_xl() { 2 } else { 1 })
    }

    fn tokens(&self, prompt: &str, negative_prompt: Option<&str>) -> Result<Vec<PromptTokens>> {
        let has_zeros = negative_prompt.is_none() && self.pack.zeros_for_empty_prompt;
        let negative_prompt = negative_prompt.unwrap_or_default();
        let tokenizers: Vec<_> = self.tokenizers.iter().collect();
        let inversions = self.inversions(&[prompt, negative_prompt])?;
        let [prompt, negative] = [Prompt::parse(prompt)?, Prompt::parse(negative_prompt)?];
        PromptTokens::new(&tokenizers, &prompt, &negative, has_zeros, &inversions)
    }

    /// Which layer of a text encoder conditions the UNet, `clip_skip` before its own.
    fn text_layer(&self, part: Part, clip_skip: usize) -> Result<TextLayer> {
        if self.is_xl() {
            return Ok(TextLayer::of_xl(clip_skip));
        }
        TextLayer::of_sd(clip_skip, self.graph(part)?)
    }
}
