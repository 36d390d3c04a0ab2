//! Moving pictures: their frames, read and written one at a time.

mod apng;
mod canvas;
mod clock;
mod dither;
mod gif;
mod gif_writer;
mod palette;
mod reader;
mod webp;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::limits::Limits;
use crate::picture::{Image, Source};

pub(crate) use reader::frame_count;
pub use reader::{AnimationReader, is_animated};
pub use writer::{AnimationOptions, AnimationWriter};

/// A moving picture with all of its frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Animation {
    /// The frames in the order of time, all of one size.
    pub frames: Vec<Frame>,
    /// How often it plays; 0 is for ever.
    pub plays: u32,
}

/// One frame of an animation, as it is seen: drawn over what the frames before it left.
///
/// A frame that was read keeps the block of its file, so that [`AnimationWriter`] can write that again. Two frames
/// are equal when they show the same for as long.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The whole picture, RGBA for a frame of an animation.
    pub image: Image,
    /// How long it is shown. Players show a frame of 0 for about 100 ms.
    pub delay: Duration,
    original: Option<Original>,
}

/// A frame as it stands in its file.
#[derive(Debug, Clone)]
enum Original {
    Gif(Arc<gif::Block>),
    Webp(Arc<webp::Block>),
}

impl Animation {
    /// Decodes a GIF, an animated PNG or an animated WebP; any other picture is an animation of one frame.
    ///
    /// # Errors
    /// Those of [`AnimationReader::new`] and of its frames.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let reader = AnimationReader::new(bytes, limits)?;
        let plays = reader.plays();
        let frames = reader.collect::<Result<_>>()?;
        Ok(Self { frames, plays })
    }

    /// Reads and decodes the file `path`, whatever its name ends with.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) when the file cannot be read, and those of [`Animation::decode`].
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        let path = path.as_ref();
        let bytes = Source::Path(path.to_owned()).read(limits)?;
        Self::decode(&bytes, limits).map_err(|error| error.context(path.display()))
    }
}

impl Frame {
    /// A frame that shows `image` for `delay`.
    pub fn new(image: Image, delay: Duration) -> Self {
        Self { image, delay, original: None }
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        (&self.image, self.delay) == (&other.image, other.delay)
    }
}

impl Eq for Frame {}
