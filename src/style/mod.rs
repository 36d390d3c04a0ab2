//! Styles: pictures, and the faces in them, made into 3D, emoji, video game, pixels, clay and toy.

mod classic;
mod depth;
mod diffusion;
mod identity;
mod keypoints;
mod look;
mod portrait;
pub mod stylizers;
mod subject;

pub use classic::{Classic, ClassicOptions, Dither, Palette};
pub use depth::DepthNetwork;
pub use diffusion::{DiffusionOptions, DiffusionStylizer, PictureControl};
pub use identity::IdentityAdapter;
pub use keypoints::keypoint_picture;
pub use look::Style;
pub use portrait::Portrait;
