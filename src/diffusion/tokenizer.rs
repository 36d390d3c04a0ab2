//! CLIP's tokenizer.

use std::path::Path;

use tokenizers::models::bpe::{BPE, BpeBuilder};
use tokenizers::normalizers::replace::ReplacePattern;
use tokenizers::normalizers::{self, Lowercase, NFC, Replace};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as Splits;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{DecoderWrapper, PostProcessorWrapper, SplitDelimiterBehavior, TokenizerImpl};

use crate::diffusion::vocabulary::Vocabulary;
use crate::error::{Error, ErrorKind, Result};

/// What CLIP calls a word; what lies between words is dropped.
const WORD: &str =
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// What the last piece of a word ends with in the vocabulary.
const END_OF_WORD: &str = "</w>";

/// CLIP's tokenizer: text in, numbers of the vocabulary out.
///
/// Byte-level byte pair encoding of lowercase words, equal to `CLIPTokenizer` of transformers 5. Threads may share it.
#[derive(Debug)]
pub struct Tokenizer {
    encoder: TokenizerImpl<BPE, normalizers::Sequence, Splits, PostProcessorWrapper, DecoderWrapper>,
    /// What starts every text.
    pub(super) start: u32,
    /// What ends every text.
    pub(super) end: u32,
    /// What fills up the rest of a text's room.
    pub(super) padding: u32,
}

impl Tokenizer {
    /// Opens the folder of a tokenizer: `vocab.json` and `merges.txt`, or else `tokenizer.json`, which has both; the
    /// special tokens are those of `tokenizer_config.json` and `special_tokens_map.json` where they are there, and
    /// CLIP's otherwise.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::InvalidModel`] for a file that is not what its name says, merges or special
    /// tokens that the vocabulary lacks, and a file of more than 16 MiB.
    pub fn open(folder: &Path) -> Result<Self> {
        let vocabulary = Vocabulary::open(folder)?;
        Self::new(vocabulary).map_err(|error| error.context(format!("the tokenizer {}", folder.display())))
    }

    fn new(vocabulary: Vocabulary) -> Result<Self> {
        let id = |token: &str| {
            vocabulary.tokens.get(token).copied().ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidModel,
                    format!("its vocabulary lacks the special token `{token}`"),
                )
            })
        };
        let Vocabulary { start, end, unknown, padding, .. } = &vocabulary;
        let (start, end, padding) = (id(start)?, id(end)?, id(padding)?);
        id(unknown)?;
        let bpe = BpeBuilder::new()
            .vocab_and_merges(vocabulary.tokens, vocabulary.merges)
            .unk_token(vocabulary.unknown)
            .continuing_subword_prefix(String::new())
            .end_of_word_suffix(END_OF_WORD.to_owned())
            .build()
            .map_err(invalid)?;
        let spaces = Replace::new(ReplacePattern::Regex(r"\s+".to_owned()), " ").map_err(invalid)?;
        let words = SplitPattern::Regex(WORD.to_owned());
        let words = Split::new(words, SplitDelimiterBehavior::Removed, true).map_err(invalid)?;
        let mut encoder = TokenizerImpl::new(bpe);
        encoder
            .with_normalizer(Some(normalizers::Sequence::new(vec![
                NFC.into(),
                spaces.into(),
                Lowercase.into(),
            ])))
            .with_pre_tokenizer(Some(Splits::new(vec![
                words.into(),
                ByteLevel::default().add_prefix_space(false).into(),
            ])));
        encoder.add_special_tokens(&vocabulary.added);
        Ok(Self { encoder, start, end, padding })
    }

    /// The tokens of a text, without those that mark its start and end.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when the vocabulary cannot spell it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        Ok(self.encoder.encode_fast(text, false).map_err(invalid)?.get_ids().to_vec())
    }
}

fn invalid(error: tokenizers::Error) -> Error {
    Error::new(ErrorKind::InvalidModel, error.to_string()).with_source(error)
}
