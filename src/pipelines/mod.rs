//! What facekit does with a picture, told in the nouns of the floors below.

mod detect;
mod embed;
mod metrics;
mod restore;
mod restorer;
mod upscale;

pub use detect::{Detection, detect};
pub use metrics::Metrics;
pub use restore::{Restored, restore};
