//! Pixels: owned pictures, borrowed views, decoding and encoding.

mod animation;
mod convert;
mod decode;
mod encode;
mod image;
mod image_cow;
mod jpeg;
mod jpeg_encode;
mod orientation;
mod provenance;
mod sheet;
mod source;
mod thumbnail;
mod view;
mod webp;
mod write;

pub(crate) use animation::frame_count;
pub use animation::{Animation, AnimationOptions, AnimationReader, AnimationWriter, Frame, is_animated};
pub(crate) use encode::check_quality;
pub use encode::{EncodeOptions, FileFormat};
pub use image::{Image, Metadata};
pub use image_cow::ImageCow;
pub use provenance::Provenance;
pub use source::{Source, to_base64, to_data_uri};
pub use view::{ImageMut, ImageRef, PixelFormat};
pub use write::{remove_unfinished, write_atomic};
