//! A swap through all frames of an animation.

use crate::error::Result;
use crate::face::Face;
use crate::limits::Limits;
use crate::picture::{AnimationOptions, AnimationReader, FileFormat, Frame, Image};
use crate::pipelines::animate::{Edited, Editor, edit_frames};
use crate::pipelines::metrics::Clock;
use crate::pipelines::swap::changed;
use crate::pipelines::swap::swapping::Swapping;
use crate::progress::Control;

/// An animation with its faces swapped, and what happened to it.
pub(super) struct SwappedFrames {
    pub film: Edited,
    pub searched_frames: u32,
    pub faces: usize,
}

/// Swaps the faces of every frame; one without a face stays as it is.
pub(super) fn swap_frames(
    swapping: &Swapping<'_>,
    target: &[u8],
    format: FileFormat,
    limits: &Limits,
    clock: &mut Clock,
    control: &Control,
) -> Result<SwappedFrames> {
    let mut follower = swapping.follower();
    let mut wanted = swapping.wanted(control)?;
    let editor = FrameSwap { swapping, format };
    let follow = |frame: &Frame, control: &Control| {
        let faces = follower.next(frame.image.view(), control)?;
        wanted.cast(faces, |face| swapping.cast.source_of(face))
    };
    let film = edit_frames(target, &editor, follow, limits, clock, control)?;
    if film.edited == 0 {
        return Err(wanted.nobody(film.frames).context("the target"));
    }
    Ok(SwappedFrames { film, searched_frames: follower.searches(), faces: wanted.changed() })
}

/// The swap of one frame.
struct FrameSwap<'a> {
    swapping: &'a Swapping<'a>,
    format: FileFormat,
}

impl Editor for FrameSwap<'_> {
    /// The source that replaces a face.
    type Change = usize;

    fn smooths(&self) -> bool {
        self.swapping.params.smoothing
    }

    fn options(&self, reader: &AnimationReader<'_>) -> AnimationOptions {
        let mut options = AnimationOptions::like(reader, self.format);
        options.quality = self.swapping.params.image_quality as u8;
        options.metadata = changed(options.metadata, self.swapping.params);
        options
    }

    fn edit(&self, frame: &Image, faces: &[(Face, usize)], control: &Control) -> Result<Option<Image>> {
        if faces.is_empty() {
            return Ok(None);
        }
        let mut image = frame.clone();
        self.swapping.swap(&mut image, faces, &mut Clock::start(), control)?;
        Ok(Some(image))
    }
}
