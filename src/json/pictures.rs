//! The pictures that a text names: files and `data:` URIs.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::picture::{Image, ImageCow, Source};
use crate::pipelines::SwapSource;

/// A person to put in, as `sources` has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceFields {
    /// Pictures of the person.
    pictures: Vec<String>,
    /// A picture of the person to be replaced.
    replaces: Option<String>,
}

impl SourceFields {
    /// A person shown by one picture, who replaces everyone.
    pub fn one(picture: impl Into<String>) -> Self {
        Self { pictures: vec![picture.into()], replaces: None }
    }
}

/// The encoded bytes that `field` names: a path, a `file:` URI or a `data:` URI.
///
/// # Errors
/// Those of [`Source::parse`] and [`Source::read`], with the name of the field.
pub(crate) fn file(field: &str, text: &str, limits: &Limits) -> Result<Vec<u8>> {
    Source::parse(text).and_then(|source| source.read(limits)).map_err(|error| error.context(field))
}

/// The picture that `field` names.
///
/// # Errors
/// Those of [`file`] and of [`Image::decode`].
pub(crate) fn image(field: &str, text: &str, limits: &Limits) -> Result<ImageCow<'static>> {
    decode(field, &file(field, text, limits)?, limits)
}

/// The picture of a field's bytes.
///
/// # Errors
/// Those of [`Image::decode`], with the name of the field.
pub(crate) fn decode(field: &str, bytes: &[u8], limits: &Limits) -> Result<ImageCow<'static>> {
    Image::decode(bytes, limits).map(ImageCow::from).map_err(|error| error.context(field))
}

/// The people to put in, whose pictures together are held to the limits of one.
///
/// # Errors
/// Those of [`image`], and [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when there is none.
pub(crate) fn sources(
    field: &str,
    sources: Vec<SourceFields>,
    limits: &Limits,
) -> Result<Vec<SwapSource<'static>>> {
    if sources.is_empty() || sources.iter().any(|source| source.pictures.is_empty()) {
        return Err(Error::parameter(format!("`{field}` names no picture: a source has at least one")));
    }
    let mut left = limits.clone();
    let mut picture = |text: &String| {
        let bytes = file(field, text, &left)?;
        let image = decode(field, &bytes, &left)?;
        left.bytes -= bytes.len() as u64;
        left.pixels -= u64::from(image.view().width()) * u64::from(image.view().height());
        Ok(image)
    };
    let source = |source: &SourceFields| {
        Ok(SwapSource {
            pictures: source.pictures.iter().map(&mut picture).collect::<Result<_>>()?,
            replaces: source.replaces.as_ref().map(&mut picture).transpose()?,
        })
    };
    sources.iter().map(source).collect()
}
