//! What went wrong, whose fault it is, and what to do about it.

use std::error::Error as StdError;

/// The result of every fallible call of the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: its kind, a message that names the thing and the fix, and the cause below it.
///
/// `Display` prints the message alone; walk [`source`](StdError::source), or call [`Error::chain`], for the
/// causes.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of thing went wrong.
///
/// The numbers are the status codes of the C API and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// A parameter, an option or an argument is out of range, unknown or missing.
    InvalidParameter = 1,
    /// A picture cannot be decoded: it is empty, truncated, damaged or of an unknown format.
    InvalidPicture = 2,
    /// The input is larger than a limit allows.
    LimitExceeded = 3,
    /// A file or folder cannot be read or written.
    Io = 4,
    /// The picture shows no face, or not the one that was asked for.
    NoFace = 5,
    /// No installed model has the name, or serves the role, that was asked for.
    ModelNotFound = 6,
    /// A model file is not ONNX, has another digest, or fits no family that the role accepts.
    InvalidModel = 7,
    /// The licence of a model is refused by the engine's policy.
    LicenseRefused = 8,
    /// ONNX Runtime is missing, too old, or not ONNX Runtime.
    RuntimeUnavailable = 9,
    /// An execution provider that was asked for cannot be used.
    ProviderUnavailable = 10,
    /// ONNX Runtime failed while it ran a model.
    Inference = 11,
    /// The caller canceled the call.
    Canceled = 12,
    /// The request is valid but not something that facekit does, such as opening an `https` URI.
    Unsupported = 13,
    /// A model does not fit the memory budget.
    OutOfMemory = 14,
    /// A defect in facekit: please report it.
    Internal = 15,
}

impl Error {
    /// An error of a kind, with the message that its reader sees.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same error with the cause below it.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error with words put before its message, such as the name of the file at fault.
    pub fn context(mut self, prefix: impl std::fmt::Display) -> Self {
        self.message = format!("{prefix}: {}", self.message);
        self
    }

    /// An [`ErrorKind::InvalidParameter`] error.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidParameter, message)
    }

    /// An [`ErrorKind::Io`] error: what was being done to which path, and the system's reason.
    pub fn io(action: &str, path: &std::path::Path, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("cannot {action} {}: {source}", path.display())).with_source(source)
    }

    /// Whether a model is missing, or not allowed.
    pub(crate) fn is_missing_model(&self) -> bool {
        matches!(self.kind, ErrorKind::ModelNotFound | ErrorKind::LicenseRefused)
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The message and every cause below it, joined by `: `, without repeating a cause that a message quotes.
    pub fn chain(&self) -> String {
        let mut text = self.message.clone();
        let mut cause = self.source();
        while let Some(error) = cause {
            let message = error.to_string();
            if !text.contains(&message) {
                text = format!("{text}: {message}");
            }
            cause = error.source();
        }
        text
    }
}
