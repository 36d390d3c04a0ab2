//! What went wrong, whose fault it is, and what to do about it.

use std::any::Any;
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
    /// The queue of jobs is full: submit again when one has ended.
    QueueFull = 16,
    /// No job has the id, or its result was taken or has expired.
    JobNotFound = 17,
    /// What was waited for has not happened in the given time; it goes on.
    TimedOut = 18,
}

impl ErrorKind {
    /// Every kind, in the order of its number.
    pub const ALL: &'static [Self] = &[
        Self::InvalidParameter,
        Self::InvalidPicture,
        Self::LimitExceeded,
        Self::Io,
        Self::NoFace,
        Self::ModelNotFound,
        Self::InvalidModel,
        Self::LicenseRefused,
        Self::RuntimeUnavailable,
        Self::ProviderUnavailable,
        Self::Inference,
        Self::Canceled,
        Self::Unsupported,
        Self::OutOfMemory,
        Self::Internal,
        Self::QueueFull,
        Self::JobNotFound,
        Self::TimedOut,
    ];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidParameter => "invalid-parameter",
            Self::InvalidPicture => "invalid-picture",
            Self::LimitExceeded => "limit-exceeded",
            Self::Io => "io",
            Self::NoFace => "no-face",
            Self::ModelNotFound => "model-not-found",
            Self::InvalidModel => "invalid-model",
            Self::LicenseRefused => "license-refused",
            Self::RuntimeUnavailable => "runtime-unavailable",
            Self::ProviderUnavailable => "provider-unavailable",
            Self::Inference => "inference",
            Self::Canceled => "canceled",
            Self::Unsupported => "unsupported",
            Self::OutOfMemory => "out-of-memory",
            Self::Internal => "internal",
            Self::QueueFull => "queue-full",
            Self::JobNotFound => "job-not-found",
            Self::TimedOut => "timed-out",
        }
    }

    /// The status that a hosted face API answers with over HTTP when the same happens there.
    ///
    /// 400 for what is wrong with the request, 404 for a job or a model that is not there, 422 for a request that is
    /// right and failed, 429 for a full queue, 500 for the fault of the machine, and 504 for a timeout.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidParameter | Self::InvalidPicture | Self::LimitExceeded | Self::Unsupported => 400,
            Self::ModelNotFound | Self::JobNotFound => 404,
            Self::Io | Self::NoFace | Self::InvalidModel | Self::LicenseRefused | Self::Canceled => 422,
            Self::QueueFull => 429,
            Self::RuntimeUnavailable
            | Self::ProviderUnavailable
            | Self::Inference
            | Self::OutOfMemory
            | Self::Internal => 500,
            Self::TimedOut => 504,
        }
    }
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

    /// The [`ErrorKind::Internal`] error of a panic.
    pub(crate) fn defect(panic: &(dyn Any + Send)) -> Self {
        let words = panic.downcast_ref::<&str>().copied();
        let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let words = words.unwrap_or("no message");
        Self::new(ErrorKind::Internal, format!("facekit has a defect, please report it: {words}"))
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

#[cfg(test)]
mod tests {
    use super::ErrorKind;

    #[test]
    fn every_kind_has_its_number_and_its_name() {
        for (i, kind) in ErrorKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, i + 1);
            // The name is that of the variant, in lower case with hyphens.
            let variant = format!("{kind:?}");
            let words = variant.split_inclusive(|_: char| true).map(|letter| {
                let hyphen = if letter.chars().all(char::is_uppercase) { "-" } else { "" };
                format!("{hyphen}{}", letter.to_lowercase())
            });
            assert_eq!(kind.name(), words.collect::<String>().trim_start_matches('-'));
        }
        assert_eq!(ErrorKind::ALL.len(), ErrorKind::TimedOut as usize);
    }
}
