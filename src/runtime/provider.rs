//! Execution providers: what may run a model, in order of preference.

use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProviderDispatch};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What runs a model.
///
/// Written `cpu`, `cuda`, `cuda:1` (a device by number) and `coreml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Provider {
    /// The processor; always there.
    Cpu,
    /// An NVIDIA GPU, by its number.
    Cuda(i32),
    /// Apple's Core ML.
    CoreMl,
}

/// A provider that was asked for and could not be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderRefusal {
    /// Which one.
    pub provider: Provider,
    /// ONNX Runtime's own words.
    pub reason: String,
}

impl Provider {
    /// Every kind that this build knows; of a kind that has devices, the first.
    pub const ALL: &[Self] = &[Self::Cpu, Self::Cuda(0), Self::CoreMl];

    /// What registers it, and fails loudly; the CPU needs no registration.
    pub(super) fn dispatch(self) -> Option<ExecutionProviderDispatch> {
        let dispatch = match self {
            Self::Cpu => return None,
            Self::Cuda(device) => ep::CUDA::default().with_device_id(device).build(),
            Self::CoreMl => ep::CoreML::default().build(),
        };
        Some(dispatch.error_on_failure())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.pad("cpu"),
            Self::Cuda(0) => f.pad("cuda"),
            Self::Cuda(device) => f.pad(&format!("cuda:{device}")),
            Self::CoreMl => f.pad("coreml"),
        }
    }
}

impl FromStr for Provider {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let lower = text.to_ascii_lowercase();
        let device = |number: &str| number.parse().ok().filter(|device| *device >= 0);
        match lower.as_str() {
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            "coreml" => Some(Self::CoreMl),
            other => other.strip_prefix("cuda:").and_then(device).map(Self::Cuda),
        }
        .ok_or_else(|| {
            Error::parameter(format!(
                "unknown provider `{text}`: choose cpu, cuda, cuda:N (device N) or coreml"
            ))
        })
    }
}

impl TryFrom<String> for Provider {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Provider> for String {
    fn from(provider: Provider) -> Self {
        provider.to_string()
    }
}
