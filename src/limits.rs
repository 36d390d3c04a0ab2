//! Bounds on what one call may cost, on by default.

use crate::error::{Error, ErrorKind, Result};

/// Bounds on what a picture may cost before it is refused with [`ErrorKind::LimitExceeded`].
///
/// They are checked from headers, before any pixel is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Encoded bytes of one input. Default: 256 MiB.
    pub bytes: u64,
    /// Pixels of one picture, width times height. Default: 200 million.
    pub pixels: u64,
    /// Frames of one animation. Default: 3000.
    pub frames: u32,
    /// Pixels of an animation, all frames together. Default: 2 billion.
    pub animation_pixels: u64,
    /// Faces of one picture. Default: 1000.
    pub faces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            pixels: 200_000_000,
            frames: 3000,
            animation_pixels: 2_000_000_000,
            faces: 1000,
        }
    }
}

impl Limits {
    /// Refuses an encoded input of `bytes` bytes when that is too many.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`].
    pub fn check_bytes(&self, bytes: u64) -> Result<()> {
        check("the input has", bytes, "bytes", self.bytes)
    }

    /// Refuses a picture of `width` × `height` pixels when that is too many.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`].
    pub fn check_size(&self, width: u32, height: u32) -> Result<()> {
        check(
            &format!("a picture of {width}×{height} has"),
            u64::from(width) * u64::from(height),
            "pixels",
            self.pixels,
        )
    }

    /// Refuses an animation of `frames` frames of `width` × `height` pixels when that is too much.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`].
    pub fn check_frames(&self, frames: u32, width: u32, height: u32) -> Result<()> {
        check("the animation has", frames.into(), "frames", self.frames.into())?;
        let pixels = (u64::from(width) * u64::from(height)).saturating_mul(frames.into());
        check("the frames of the animation have", pixels, "animation_pixels", self.animation_pixels)
    }
}

fn check(what: &str, value: u64, unit: &str, limit: u64) -> Result<()> {
    if value <= limit {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "{what} {value} {unit}, and at most {limit} are allowed: raise the limit `{unit}`, or use a smaller input"
        ),
    ))
}
