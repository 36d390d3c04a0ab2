//! The vocabulary of a tokenizer, read from the files of its folder.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokenizers::AddedToken;
use tokenizers::models::bpe::{Merges, Vocab};

use crate::error::{Error, ErrorKind, Result};

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Tokens lie below it, so that 32-bit floats tell them apart.
const MAX_TOKENS: u32 = 1 << 24;

/// What a tokenizer is made of.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// Every piece of a word and its number.
    pub tokens: Vocab,
    /// The pairs of pieces that become one, first things first.
    pub merges: Merges,
    /// What is taken out of a text before it is split into words.
    pub added: Vec<AddedToken>,
    /// What starts a text.
    pub start: String,
    /// What ends a text.
    pub end: String,
    /// What stands for a letter that has no number.
    pub unknown: String,
    /// What fills up the rest of a text's room.
    pub padding: String,
}

impl Vocabulary {
    /// Reads the files of a folder as transformers 5 does.
    pub fn open(folder: &Path) -> Result<Self> {
        let file = |name: &str| folder.join(name);
        let (tokens, merges, mut added) = match json::<BTreeMap<String, u32>>(&file("vocab.json"))? {
            Some(tokens) => (tokens, merges_of(&file("merges.txt"))?, Vec::new()),
            None => {
                let Whole { model, added_tokens } = json(&file("tokenizer.json"))?.ok_or_else(|| {
                    invalid(folder, "it has neither vocab.json and merges.txt nor tokenizer.json")
                })?;
                let merges = model.merges.into_iter().map(Merge::pair).collect::<Option<_>>();
                let wrong = || invalid(&file("tokenizer.json"), "a merge is not two tokens");
                (model.vocab, merges.ok_or_else(wrong)?, added_tokens)
            }
        };
        if let Some((token, number)) = tokens.iter().find(|(_, number)| **number >= MAX_TOKENS) {
            let what = format!("its vocabulary gives `{token:.40}` the number {number}, which is too large");
            return Err(invalid(folder, what));
        }
        let config: Config = json(&file("tokenizer_config.json"))?.unwrap_or_default();
        let mut special = config.special;
        match config.added_tokens_decoder {
            Some(tokens) => {
                let mut tokens: Vec<_> = tokens.into_iter().collect();
                tokens.sort_by_key(|(number, _)| number.parse::<u32>().unwrap_or(u32::MAX));
                added = tokens.into_iter().map(|(_, token)| token.into()).collect();
            }
            None => special.overlay(json(&file("special_tokens_map.json"))?.unwrap_or_default()),
        }
        let known = added.len();
        let [start, end, unknown, padding] = special.tokens();
        for token in [&start, &end, &unknown, &padding] {
            if added[..known].iter().all(|added| added.content != token.content) {
                added.push(token.clone());
            }
        }
        Ok(Self {
            tokens: tokens.into_iter().collect(),
            merges,
            added: last_of_each(added),
            start: start.content,
            end: end.content,
            unknown: unknown.content,
            padding: padding.content,
        })
    }
}

/// Of tokens with the same content, only the last.
fn last_of_each(tokens: Vec<AddedToken>) -> Vec<AddedToken> {
    let mut seen = HashSet::new();
    let mut last: Vec<_> =
        tokens.into_iter().rev().filter(|token| seen.insert(token.content.clone())).collect();
    last.reverse();
    last
}

/// What `tokenizer.json` holds of interest.
#[derive(Deserialize)]
struct Whole {
    model: Model,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
}

#[derive(Deserialize)]
struct Model {
    vocab: BTreeMap<String, u32>,
    merges: Vec<Merge>,
}

/// A merge, in the old and in the new way of writing it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Line(String),
    Pair(String, String),
}

impl Merge {
    fn pair(self) -> Option<(String, String)> {
        match self {
            Self::Line(line) => pair(&line),
            Self::Pair(left, right) => Some((left, right)),
        }
    }
}

/// What `tokenizer_config.json` holds of interest.
#[derive(Default, Deserialize)]
struct Config {
    added_tokens_decoder: Option<BTreeMap<String, Special>>,
    #[serde(flatten)]
    special: SpecialTokens,
}

/// What `special_tokens_map.json` holds, and `tokenizer_config.json` among other things.
#[derive(Default, Deserialize)]
struct SpecialTokens {
    bos_token: Option<Special>,
    eos_token: Option<Special>,
    unk_token: Option<Special>,
    pad_token: Option<Special>,
}

/// A special token, by its content alone or with how it is looked for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Special {
    Content(String),
    Token {
        content: String,
        #[serde(default)]
        single_word: bool,
        #[serde(default)]
        lstrip: bool,
        #[serde(default)]
        rstrip: bool,
        #[serde(default)]
        normalized: bool,
    },
}

impl SpecialTokens {
    /// Takes over what another file says.
    fn overlay(&mut self, other: Self) {
        self.bos_token = other.bos_token.or(self.bos_token.take());
        self.eos_token = other.eos_token.or(self.eos_token.take());
        self.unk_token = other.unk_token.or(self.unk_token.take());
        self.pad_token = other.pad_token.or(self.pad_token.take());
    }

    /// What starts a text, ends it, stands for an unknown letter and fills up; CLIP's own by default.
    fn tokens(self) -> [AddedToken; 4] {
        let end = "<|endoftext|>";
        [
            (self.bos_token, "<|startoftext|>"),
            (self.eos_token, end),
            (self.unk_token, end),
            (self.pad_token, end),
        ]
        .map(|(token, default)| token.unwrap_or_else(|| Special::Content(default.to_owned())).into())
    }
}

impl From<Special> for AddedToken {
    fn from(special: Special) -> Self {
        match special {
            Special::Content(content) => Self::from(content, true),
            Special::Token { content, single_word, lstrip, rstrip, normalized } => {
                Self { content, single_word, lstrip, rstrip, normalized, special: true }
            }
        }
    }
}

/// The merges of a `merges.txt`: two tokens a line, after a line with its version.
fn merges_of(path: &Path) -> Result<Merges> {
    let text = read(path)?.ok_or_else(|| invalid(path, "it is missing beside vocab.json"))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with("#version"))
        .map(|(index, line)| {
            pair(line).ok_or_else(|| invalid(path, format!("line {} is not two tokens", index + 1)))
        })
        .collect()
}

fn pair(line: &str) -> Option<(String, String)> {
    let (left, right) = line.split_once(' ')?;
    (!right.contains(' ')).then(|| (left.to_owned(), right.to_owned()))
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let parse = |text: String| {
        serde_json::from_str(&text).map_err(|error| {
            invalid(path, format!("it is not what a tokenizer needs: {error}")).with_source(error)
        })
    };
    read(path)?.map(parse).transpose()
}

/// A text file, if it is there.
fn read(path: &Path) -> Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("open", path, error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| Error::io("read", path, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(invalid(path, "it is longer than 16 MiB"));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| invalid(path, "it is not UTF-8").with_source(error))
}

fn invalid(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidModel, format!("{}: {what}", path.display()))
}
