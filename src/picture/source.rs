//! Where the bytes of a picture come from.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_url::DataUrl;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::picture::FileFormat;

/// Where the encoded bytes of a picture come from: never from a network.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// A `data:` URI, base64 or percent-encoded.
    Data(String),
    /// The bytes themselves.
    Bytes(Vec<u8>),
}

impl Source {
    /// Takes a path, a `file:` URI or a `data:` URI.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) for a URI with another scheme or another host, and
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for an empty text or a `file:` URI without a path.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::parameter(
                "the source of the picture is empty: give a path, a file: URI or a data: URI",
            ));
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return Ok(Self::Path(text.into()));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "data" => Ok(Self::Data(text.to_owned())),
            "file" => file_path(text, rest).map(Self::Path),
            scheme => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "facekit opens no network connection and reads no {scheme}: URI: \
                     fetch the picture first, and give its path or bytes"
                ),
            )),
        }
    }

    /// Reads the bytes, and not more than `limits.bytes` of them.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) for a file that cannot be read, [`InvalidParameter`](ErrorKind::InvalidParameter) for
    /// a `data:` URI that cannot be decoded, and [`LimitExceeded`](ErrorKind::LimitExceeded).
    pub fn read(&self, limits: &Limits) -> Result<Vec<u8>> {
        match self {
            Self::Path(path) => read_file(path, limits),
            Self::Data(uri) => read_data(uri, limits),
            Self::Bytes(bytes) => {
                limits.check_bytes(bytes.len() as u64)?;
                Ok(bytes.clone())
            }
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Data(uri) => write!(f, "Data({} characters)", uri.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// The bytes as base64 with padding, on one line.
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a picture as a `data:` URI.
pub fn to_data_uri(bytes: &[u8], format: FileFormat) -> String {
    let mut uri = format!("data:{};base64,", format.media_type());
    STANDARD.encode_string(bytes, &mut uri);
    uri
}

/// Splits a URI at its scheme. A text is a path unless it starts with `data:`, `file:` or any scheme and `//`; a
/// single letter is a Windows drive.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c));
    let is_local = ["data", "file"].iter().any(|local| scheme.eq_ignore_ascii_case(local));
    (is_scheme && (is_local || rest.starts_with("//"))).then_some((scheme, rest))
}

/// The path of a `file:` URI (RFC 8089).
fn file_path(uri: &str, rest: &str) -> Result<PathBuf> {
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => {
            let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "{uri} names the host {host}, and facekit opens no network connection: use file:///"
                    ),
                ));
            }
            &rest[host.len()..]
        }
    };
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    let path = match bytes.as_slice() {
        [b'/', drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => &bytes[1..],
        path => path,
    };
    // Two slashes begin the name of a server there.
    if cfg!(windows) && matches!(path, [b'/' | b'\\', b'/' | b'\\', ..]) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("{uri} names a server, and facekit opens no network connection: use file:///"),
        ));
    }
    if path.is_empty() || path == b"/" {
        return Err(Error::parameter(format!("{uri} names no file: write file:///folder/picture.png")));
    }
    os_path(path).ok_or_else(|| Error::parameter(format!("{uri} is no path in UTF-8: give the path itself")))
}

#[cfg(unix)]
fn os_path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn os_path(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let fail = |error| Error::io("read", path, error);
    let file = File::open(path).map_err(fail)?;
    let len = file.metadata().map_err(fail)?.len();
    let too_large = |error: Error| error.context(path.display());
    limits.check_bytes(len).map_err(too_large)?;
    let mut bytes = Vec::with_capacity(len as usize);
    // A device or a growing file has more bytes than its length says.
    let mut bounded = file.take(limits.bytes.saturating_add(1));
    bounded.read_to_end(&mut bytes).map_err(fail)?;
    limits.check_bytes(bytes.len() as u64).map_err(too_large)?;
    Ok(bytes)
}

fn read_data(uri: &str, limits: &Limits) -> Result<Vec<u8>> {
    let invalid = |cause: String| {
        Error::parameter(format!(
            "the data: URI cannot be decoded ({cause}): write data:image/png;base64, and then the base64 text"
        ))
    };
    let data = DataUrl::process(uri).map_err(|error| invalid(format!("{error:?}")))?;
    let mut bytes = Vec::new();
    let decoded = data.decode(|part| {
        limits.check_bytes((bytes.len() + part.len()) as u64)?;
        bytes.extend_from_slice(part);
        Ok(())
    });
    match decoded {
        Ok(_) => Ok(bytes),
        Err(data_url::forgiving_base64::DecodeError::WriteError(limit)) => Err(limit),
        Err(data_url::forgiving_base64::DecodeError::InvalidBase64(error)) => Err(invalid(error.to_string())),
    }
}
