//! The parameter sets of the pipelines, each declared once.
//!
//! A declaration makes the struct, its defaults, its checks, its JSON form, and the table that the command line
//! and the C header are held to. Every set is plain data: `Default`, [`validate`](ParameterSet::validate),
//! [`from_json`](ParameterSet::from_json).

mod detect;
mod embed;
mod mask;
mod parameter;
mod restore;
mod swap;

pub use detect::{Angles, DetectParams, Select};
pub use embed::EmbedParams;
pub use mask::{FaceMaskParams, MaskParams};
pub use parameter::{Kind, List, Parameter, ParameterSet, ParameterType};
pub use restore::RestoreParams;
pub use swap::{SwapEngine, SwapParams};
