//! What facekit does with a picture, told in the nouns of the floors below.

mod animate;
mod detail;
mod detect;
mod embed;
mod landmarks;
mod masks;
mod metrics;
mod restore;
mod restorer;
mod stylize;
mod swap;
mod upscale;

pub use crate::face::embedding;
pub(crate) use detail::FileForm;
pub use detail::{DetailEngine, Detailed, detail, refine};
pub use detect::{Detection, detect};
pub use embed::{Comparison, Embedded, EmbeddedFace, compare, embed};
pub use landmarks::landmarks;
pub use masks::{FaceMask, face_mask, occlusion_mask, person_mask, region_mask};
pub use metrics::Metrics;
pub use restore::{Restored, restore};
pub use stylize::{Stylized, StylizedFile, stylize, stylize_file};
pub use swap::{SwapSource, Swapped, SwappedFile, swap, swap_file};
