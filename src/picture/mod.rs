//! Pixels: owned pictures, borrowed views, decoding and encoding.

mod image;
mod view;

pub use image::{Image, Metadata};
pub use view::{ImageMut, ImageRef, PixelFormat};
