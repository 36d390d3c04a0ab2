//! Words of the user's own, learned as embeddings.

use std::path::Path;

use ndarray::Array2;

use crate::diffusion::SafeTensors;
use crate::error::{Error, ErrorKind, Result};

/// The most vectors of a textual inversion that are read: what one chunk of a prompt holds.
const MAX_VECTORS: usize = 75;

/// The longest vector that is read.
const MAX_WIDTH: usize = 1 << 13;

/// A word of the user's own: vectors that stand where a prompt's tokens would have their embeddings.
#[derive(Debug, Clone, PartialEq)]
pub struct TextualInversion {
    /// The word that stands for it in a prompt: the name of its file.
    pub name: String,
    /// Its vectors, `[n, width]`, for the text encoder or, of Stable Diffusion XL, for the first and the second.
    pub vectors: Vec<Array2<f32>>,
}

impl TextualInversion {
    /// Opens a safetensors file: one tensor of whatever name, as diffusers and the web UI (`emb_params`) write it, or
    /// `clip_l` and `clip_g` for Stable Diffusion XL.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for a `.pt` or `.bin` file, which is a program as much as data;
    /// [`ErrorKind::InvalidModel`] for a file that holds anything else, or more than 75 vectors.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.file_stem().and_then(|name| name.to_str()).filter(|name| !name.trim().is_empty());
        let name = name.ok_or_else(|| {
            Error::parameter(format!(
                "{}: a textual inversion is used by the name of its file, and this one has none that a prompt can say",
                path.display()
            ))
        })?;
        if path
            .extension()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("pt") || kind.eq_ignore_ascii_case("bin"))
        {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "{}: a pickled textual inversion can run any program, and is not opened: convert it to safetensors",
                    path.display()
                ),
            ));
        }
        let file = SafeTensors::open(path)?;
        let mut names: Vec<&str> = file.names().collect();
        names.sort_unstable();
        let tensors = match names.as_slice() {
            ["clip_g", "clip_l"] => vec!["clip_l", "clip_g"],
            names if names.contains(&"emb_params") => vec!["emb_params"],
            [only] => vec![*only],
            names => {
                return Err(invalid(
                    path,
                    format!(
                        "a textual inversion has the tensor `emb_params`, or `clip_l` and `clip_g`, or one of any \
                         name, and this file has {}: {:.200}",
                        names.len(),
                        names.join(", ")
                    ),
                ));
            }
        };
        let vectors = tensors.into_iter().map(|tensor| vectors(&file, tensor)).collect::<Result<_>>()?;
        Ok(Self { name: name.to_owned(), vectors })
    }
}

/// A tensor of vectors, or of one.
fn vectors(file: &SafeTensors, tensor: &str) -> Result<Array2<f32>> {
    let dims = file.dims(tensor).unwrap_or_default();
    let (rows, width) = match *dims {
        [width] => (1, width),
        [rows, width] => (rows, width),
        _ => (0, 0),
    };
    if !(1..=MAX_VECTORS).contains(&rows) || !(1..=MAX_WIDTH).contains(&width) {
        return Err(invalid(
            file.path(),
            format!("`{tensor}` has the sides {dims:?}, and 1 to {MAX_VECTORS} vectors were expected"),
        ));
    }
    let values = file.tensor(tensor)?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err(invalid(file.path(), format!("`{tensor}` has numbers that are not finite")));
    }
    values.into_shape_with_order((rows, width)).map_err(|error| {
        invalid(file.path(), format!("`{tensor}` has the sides {dims:?}")).with_source(error)
    })
}

fn invalid(path: &Path, what: String) -> Error {
    Error::new(ErrorKind::InvalidModel, format!("{}: {what}", path.display()))
}

/// A piece of a prompt: text, or the name of a textual inversion, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Inversion(usize),
}

/// The pieces of a text in which textual inversions may stand; where several names fit, the longest.
pub(super) fn pieces<'a>(text: &'a str, inversions: &[TextualInversion]) -> Vec<Piece<'a>> {
    let mut names: Vec<(usize, Vec<char>)> = inversions
        .iter()
        .map(|inversion| inversion.name.chars().flat_map(char::to_lowercase).collect())
        .enumerate()
        .collect();
    names.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let found = (at >= start && !before.is_some_and(joins))
            .then(|| names.iter().find_map(|(index, name)| Some((*index, at + name_len(&text[at..], name)?))))
            .flatten();
        if let Some((index, end)) = found {
            pieces.extend([Piece::Text(&text[start..at]), Piece::Inversion(index)]);
            start = end;
        }
        before = Some(c);
    }
    pieces.push(Piece::Text(&text[start..]));
    pieces
}

/// How many bytes a name takes at the start of a text, if the text starts with it as words of their own.
fn name_len(text: &str, name: &[char]) -> Option<usize> {
    let mut name = name.iter();
    let mut chars = text.char_indices();
    while !name.as_slice().is_empty() {
        let (_, c) = chars.next()?;
        if !c.to_lowercase().all(|lower| name.next() == Some(&lower)) {
            return None;
        }
    }
    (!chars.as_str().starts_with(joins)).then(|| chars.offset())
}

/// Whether a letter makes one word with what stands beside it.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
