//! The parameter sets of the pipelines, each declared once.
//!
//! A declaration makes the struct, its defaults, its checks, its JSON form, and the table that the command line
//! and the C header are held to. Every set is plain data: `Default`, [`validate`](ParameterSet::validate),
//! [`from_json`](ParameterSet::from_json).

mod detail;
mod detect;
mod diffusion;
mod embed;
mod mask;
mod model_use;
mod parameter;
mod refine;
mod restore;
mod stylize;
mod swap;

pub use detail::DetailParams;
pub use detect::{Angles, DetectParams, Select};
pub use diffusion::{CropParams, DiffusionParams, FaceShape, Fallback, Outline};
pub use embed::EmbedParams;
pub use mask::{FaceMaskParams, MaskParams};
pub use model_use::{ControlUse, LoraUse};
pub use parameter::{Kind, List, Parameter, ParameterSet, ParameterType};
pub use refine::RefineParams;
pub use restore::RestoreParams;
pub use stylize::{StylizeArea, StylizeEngine, StylizeParams};
pub use swap::{SwapEngine, SwapParams};
