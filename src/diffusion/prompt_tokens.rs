//! Prompts as the tokens that text encoders take.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::{Array2, ArrayView1};

use crate::diffusion::text_layer::weight_name;
use crate::diffusion::textual_inversion::{self, Piece};
use crate::diffusion::{Prompt, TextualInversion, Tokenizer, WeightedText};
use crate::error::{Error, ErrorKind, Result};
use crate::models::{ElementType, Initializer, Initializers};
use crate::runtime::Weights;

/// Tokens of one run of a text encoder: the start, 75 of a prompt, the end.
pub const CHUNK_LEN: usize = 77;

/// The most chunks that a prompt may fill: 1200 tokens.
pub const MAX_CHUNKS: usize = 16;

/// Tokens of a prompt that a chunk has room for.
const ROOM: usize = CHUNK_LEN - 2;

/// What a text encoder takes at once: the tokens and how much each counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// The start token, up to 75 tokens of the prompt, the end token, and padding.
    pub ids: [u32; CHUNK_LEN],
    /// The weight of each token; 1 for all that are not the prompt's.
    pub weights: [f32; CHUNK_LEN],
}

/// A vector of a textual inversion that stands in a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedVector {
    /// The name of the textual inversion.
    pub name: String,
    /// The vector.
    pub values: Vec<f32>,
}

/// A prompt and a negative prompt as the tokens that one text encoder takes, chunk by chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptTokens {
    /// The chunks of the prompt, at least one.
    pub prompt: Vec<Chunk>,
    /// As many chunks of the negative prompt; none where it is empty and zeros stand for it.
    pub negative: Option<Vec<Chunk>>,
    /// The tokens that stand for vectors of textual inversions, and those vectors.
    pub learned: BTreeMap<u32, LearnedVector>,
}

impl PromptTokens {
    /// The tokens of a prompt and a negative prompt for each text encoder of a pack, in the order of its tokenizers.
    ///
    /// All have the same number of chunks: what is shorter is filled up with empty ones. With `zero_negative`, as a
    /// pack's `force_zeros_for_empty_prompt` says, an empty negative prompt has none. A textual inversion stands where
    /// a prompt has its name, in whatever case, as words of their own, with no letter, digit, `_` or `-` beside them;
    /// its vectors take numbers of tokens that neither prompt uses, and [`weights`](Self::weights) puts them there.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] for more than 16 chunks of 75 tokens, [`ErrorKind::InvalidParameter`] for a
    /// textual inversion that is made for another number of text encoders.
    pub fn new(
        tokenizers: &[&Tokenizer],
        prompt: &Prompt,
        negative: &Prompt,
        zero_negative: bool,
        inversions: &[TextualInversion],
    ) -> Result<Vec<Self>> {
        let negative = Some(negative).filter(|negative| !(zero_negative && negative.is_empty()));
        let mut all = Vec::with_capacity(tokenizers.len());
        for (encoder, &tokenizer) in tokenizers.iter().enumerate() {
            let reader = Reader { tokenizer, encoder, encoders: tokenizers.len(), inversions };
            all.push(reader.read(prompt, negative)?);
        }
        let len = all.iter().flat_map(Self::sides).map(|side| side.len()).max().unwrap_or_default();
        for (tokens, tokenizer) in all.iter_mut().zip(tokenizers) {
            tokens.prompt.resize_with(len, || chunk(tokenizer, &[]));
            if let Some(negative) = &mut tokens.negative {
                negative.resize_with(len, || chunk(tokenizer, &[]));
            }
        }
        Ok(all)
    }

    /// The embedding table of a text encoder with the vectors of the textual inversions in it, to load the graph with
    /// by [`load_with`](crate::models::load_with); nothing when the prompts use none.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for a textual inversion of another width; [`ErrorKind::InvalidModel`] for a
    /// graph that does not name its embedding table, or has one for fewer tokens than the tokenizer;
    /// [`ErrorKind::Io`].
    pub fn weights(&self, graph: &Initializers) -> Result<Weights> {
        let mut weights = Weights::new();
        if self.learned.is_empty() {
            return Ok(weights);
        }
        let name = weight_name(graph, "token_embedding.weight")?;
        let element = graph.get(name).map(|info| info.element);
        let Initializer { values, dims, .. } = graph.read(name)?;
        let [rows, width] = dims[..] else {
            return Err(invalid(graph, &format!("`{name}` has the sides {dims:?}, and two were expected")));
        };
        let shape = (rows as usize, width as usize);
        let mut table = Array2::from_shape_vec(shape, values)
            .map_err(|error| invalid(graph, "its embeddings are no table").with_source(error))?;
        for (&token, LearnedVector { name, values }) in &self.learned {
            if values.len() != table.ncols() {
                return Err(Error::parameter(format!(
                    "the textual inversion `{name}` has vectors of {} numbers, and the text encoder's have {width}: \
                     use one that was made for this base model",
                    values.len()
                )));
            }
            if token as usize >= table.nrows() {
                return Err(invalid(
                    graph,
                    &format!("it has embeddings of {rows} tokens, and its tokenizer more"),
                ));
            }
            table.row_mut(token as usize).assign(&ArrayView1::from(values));
        }
        match element {
            Some(ElementType::Float16) => weights.insert_half(name, &table.into_dyn()),
            _ => weights.insert(name, table.into_dyn()),
        }
        Ok(weights)
    }

    fn sides(&self) -> impl Iterator<Item = &Vec<Chunk>> {
        [&self.prompt].into_iter().chain(&self.negative)
    }
}

/// What turns prompts into the tokens of one text encoder.
struct Reader<'a> {
    tokenizer: &'a Tokenizer,
    /// Which of the text encoders it is, and how many there are.
    encoder: usize,
    encoders: usize,
    inversions: &'a [TextualInversion],
}

/// A token of the vocabulary, or a vector of a textual inversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Known(u32),
    Learned { inversion: usize, row: usize },
}

/// The tokens of a prompt and their weights, section by section.
type Sections = Vec<Vec<(Token, f32)>>;

impl Reader<'_> {
    fn read(&self, prompt: &Prompt, negative: Option<&Prompt>) -> Result<PromptTokens> {
        let prompt = self.sections(prompt)?;
        let negative = negative.map(|negative| self.sections(negative)).transpose()?;
        let numbers = self.numbers([&prompt].into_iter().chain(&negative))?;
        let mut learned = BTreeMap::new();
        for (&token, &number) in &numbers {
            if let Token::Learned { inversion, row } = token {
                let values = self.vectors(inversion)?.row(row).to_vec();
                learned
                    .insert(number, LearnedVector { name: self.inversions[inversion].name.clone(), values });
            }
        }
        let chunks = |sections| self.chunks(sections, &numbers);
        Ok(PromptTokens { prompt: chunks(&prompt), negative: negative.as_ref().map(chunks), learned })
    }

    fn sections(&self, prompt: &Prompt) -> Result<Sections> {
        let sections: Sections =
            prompt.sections.iter().map(|parts| self.tokens(parts)).collect::<Result<_>>()?;
        let chunks: usize = sections.iter().map(|tokens| tokens.len().div_ceil(ROOM).max(1)).sum();
        if chunks > MAX_CHUNKS {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the prompt fills {chunks} chunks of {ROOM} tokens, and at most {MAX_CHUNKS} are allowed: use \
                     fewer words"
                ),
            ));
        }
        Ok(sections)
    }

    fn tokens(&self, parts: &[WeightedText]) -> Result<Vec<(Token, f32)>> {
        let mut tokens = Vec::new();
        for WeightedText { text, weight } in parts {
            for piece in textual_inversion::pieces(text, self.inversions) {
                match piece {
                    Piece::Text(text) => {
                        let ids = self.tokenizer.encode(text)?;
                        tokens.extend(ids.into_iter().map(|id| (Token::Known(id), *weight)));
                    }
                    Piece::Inversion(inversion) => {
                        let rows = 0..self.vectors(inversion)?.nrows();
                        tokens.extend(rows.map(|row| (Token::Learned { inversion, row }, *weight)));
                    }
                }
            }
        }
        Ok(tokens)
    }

    /// The vectors of a textual inversion for this text encoder.
    fn vectors(&self, inversion: usize) -> Result<&Array2<f32>> {
        let TextualInversion { name, vectors } = &self.inversions[inversion];
        vectors.get(self.encoder).filter(|_| vectors.len() == self.encoders).ok_or_else(|| {
            Error::parameter(format!(
                "the textual inversion `{name}` is made for {} text encoder(s), and the model has {}: use one that \
                 was made for this base model",
                vectors.len(),
                self.encoders
            ))
        })
    }

    /// The number of every token of the prompts.
    ///
    /// A vector takes the largest number that no token has, below that of the end: some text encoders find the end by
    /// its being the largest.
    fn numbers<'a>(&self, prompts: impl Iterator<Item = &'a Sections>) -> Result<BTreeMap<Token, u32>> {
        let tokens: BTreeSet<Token> = prompts.flatten().flatten().map(|&(token, _)| token).collect();
        let Tokenizer { start, end, padding, .. } = *self.tokenizer;
        let taken =
            |number: &u32| [start, padding].contains(number) || tokens.contains(&Token::Known(*number));
        let mut free = (0..end).rev().filter(|number| !taken(number));
        let number = |token| match token {
            Token::Known(number) => Some((token, number)),
            Token::Learned { .. } => free.next().map(|number| (token, number)),
        };
        tokens.iter().copied().map(number).collect::<Option<_>>().ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                "the vocabulary of the text encoder is too small for the vectors of the textual inversions",
            )
        })
    }

    /// Cuts sections into chunks; an empty section is an empty chunk.
    fn chunks(&self, sections: &Sections, numbers: &BTreeMap<Token, u32>) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for section in sections {
            let tokens: Vec<_> = section.iter().map(|(token, weight)| (numbers[token], *weight)).collect();
            match tokens.as_slice() {
                [] => chunks.push(chunk(self.tokenizer, &[])),
                tokens => chunks.extend(tokens.chunks(ROOM).map(|part| chunk(self.tokenizer, part))),
            }
        }
        chunks
    }
}

fn chunk(tokenizer: &Tokenizer, tokens: &[(u32, f32)]) -> Chunk {
    let mut chunk = Chunk { ids: [tokenizer.padding; CHUNK_LEN], weights: [1.0; CHUNK_LEN] };
    chunk.ids[0] = tokenizer.start;
    for (at, &(id, weight)) in (1..).zip(tokens) {
        chunk.ids[at] = id;
        chunk.weights[at] = weight;
    }
    chunk.ids[tokens.len() + 1] = tokenizer.end;
    chunk
}

fn invalid(graph: &Initializers, what: &str) -> Error {
    Error::new(ErrorKind::InvalidModel, format!("{}: {what}", graph.path().display()))
}
