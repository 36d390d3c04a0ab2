//! A swap through all frames of an animation.

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::face::track::{SMOOTHING_REACH, Tracked, smooth};
use crate::limits::Limits;
use crate::params::SwapParams;
use crate::picture::{
    AnimationOptions, AnimationReader, AnimationWriter, FileFormat, Frame, Image, frame_count,
};
use crate::pipelines::metrics::Clock;
use crate::pipelines::swap::changed;
use crate::pipelines::swap::swapping::Swapping;
use crate::progress::Control;

/// The most bytes of pixels that wait to be swapped, together.
const MOST_WAITING: usize = 256 << 20;

/// An animation with its faces swapped, and what happened to it.
pub(super) struct SwappedFrames {
    pub bytes: Vec<u8>,
    pub size: (u32, u32),
    pub frames: u32,
    pub swapped_frames: u32,
    pub searched_frames: u32,
    pub faces: usize,
}

/// Swaps the faces of every frame.
///
/// Frames are read and their faces followed one after another; a bounded number of them is swapped in parallel, and
/// they are written in order.
pub(super) fn swap_frames(
    swapping: &Swapping<'_>,
    target: &[u8],
    format: FileFormat,
    limits: &Limits,
    clock: &mut Clock,
    control: &Control,
) -> Result<SwappedFrames> {
    let total = frame_count(target);
    let mut reader = AnimationReader::new(target, limits)?;
    let (width, height) = (reader.width(), reader.height());
    let mut writer = AnimationWriter::new(width, height, &options(&reader, format, swapping.params))?;
    let mut follower = swapping.follower();
    let mut wanted = swapping.wanted(control)?;
    let mut film = Film::new(swapping, width, height);
    let mut written = 0;
    let mut swapped_frames = 0;
    // Workers tell nobody how far they are: progress is reported on the caller's thread.
    let silent = Control::new().cancel_with(control.cancel_token().clone());
    loop {
        while film.has_room()
            && let Some(frame) = clock.time("read", || reader.next()).transpose()?
        {
            silent.cancel_token().check()?;
            let faces = clock.time("follow", || follower.next(frame.image.view(), &silent))?;
            film.push(frame, wanted.cast(faces, &swapping.cast)?);
        }
        let swapped = clock.time("swap", || film.swap(&silent))?;
        if swapped.is_empty() {
            break;
        }
        for (frame, image) in swapped {
            clock.time("write", || match &image {
                Some(image) => writer.push_edited(&frame, image),
                None => writer.push(&frame),
            })?;
            written += 1;
            swapped_frames += u32::from(image.is_some());
            let total = total.max(written);
            control.report(&format!("frame {written} of {total}"), written as f32 / total as f32)?;
        }
    }
    if swapped_frames == 0 {
        return Err(Error::new(ErrorKind::NoFace, wanted.nobody(written)));
    }
    Ok(SwappedFrames {
        bytes: clock.time("write", || writer.finish())?,
        size: (width, height),
        frames: written,
        swapped_frames,
        searched_frames: follower.searches(),
        faces: wanted.swapped(),
    })
}

/// How the animation is written: as the target was, but for what the swap changes.
fn options(reader: &AnimationReader<'_>, format: FileFormat, params: &SwapParams) -> AnimationOptions {
    let mut options = AnimationOptions::like(reader, format);
    options.quality = params.image_quality as u8;
    options.metadata = changed(options.metadata, params);
    options
}

/// The faces of a frame that are replaced, and by which source.
type Faces = Vec<(Tracked, usize)>;

/// The frames between reading and writing: each waits for those after it, which its smoothing looks at.
struct Film<'a> {
    swapping: &'a Swapping<'a>,
    /// The faces of the frames before the first that waits, the last one last.
    past: VecDeque<Faces>,
    waiting: VecDeque<(Frame, Faces)>,
    /// How many frames are swapped at once.
    batch: usize,
}

impl<'a> Film<'a> {
    fn new(swapping: &'a Swapping<'a>, width: u32, height: u32) -> Self {
        let most = MOST_WAITING / (4 * width as usize * height as usize).max(1);
        let batch = most.clamp(1, 2 * rayon::current_num_threads());
        Self { swapping, past: VecDeque::new(), waiting: VecDeque::new(), batch }
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < self.batch + SMOOTHING_REACH
    }

    fn push(&mut self, frame: Frame, faces: Faces) {
        self.waiting.push_back((frame, faces));
    }

    /// Swaps the next frames and hands them out in order, with no picture for one that has no face to swap. A film
    /// that still has room is at its end, and its last frames wait for no other.
    fn swap(&mut self, control: &Control) -> Result<Vec<(Frame, Option<Image>)>> {
        let ready = match self.has_room() {
            true => self.waiting.len().min(self.batch),
            false => self.batch,
        };
        let waiting = self.waiting.iter().map(|(_, faces)| faces);
        let timeline: Vec<&Faces> = self.past.iter().chain(waiting).collect();
        let swap = |i: usize| {
            let frame = &self.waiting[i].0;
            swap_frame(self.swapping, frame, &timeline, self.past.len() + i, control)
        };
        let images = (0..ready).into_par_iter().map(swap).collect::<Result<Vec<_>>>()?;
        let mut swapped = Vec::new();
        for (image, (frame, faces)) in images.into_iter().zip(self.waiting.drain(..ready)) {
            swapped.push((frame, image));
            self.past.push_back(faces);
        }
        self.past.drain(..self.past.len().saturating_sub(SMOOTHING_REACH));
        Ok(swapped)
    }
}

/// A frame with its faces swapped; none when it has no face to swap.
fn swap_frame(
    swapping: &Swapping<'_>,
    frame: &Frame,
    timeline: &[&Faces],
    at: usize,
    control: &Control,
) -> Result<Option<Image>> {
    if timeline[at].is_empty() {
        return Ok(None);
    }
    let face = |(tracked, source): &(Tracked, usize)| {
        if !swapping.params.smoothing {
            return (tracked.face.clone(), *source);
        }
        let before = timeline[..at].iter().rev().take(SMOOTHING_REACH);
        let after = timeline[at + 1..].iter().take(SMOOTHING_REACH);
        (smooth(&tracked.face, &same(before, tracked.id), &same(after, tracked.id)), *source)
    };
    let faces: Vec<_> = timeline[at].iter().map(face).collect();
    let mut image = frame.image.clone();
    swapping.swap(&mut image, &faces, &mut Clock::start(), control)?;
    Ok(Some(image))
}

/// One face in frame after frame, until it is missing.
fn same<'a>(frames: impl Iterator<Item = &'a &'a Faces>, id: u32) -> Vec<&'a Face> {
    let face = |faces: &&'a Faces| {
        faces.iter().find(|(tracked, _)| tracked.id == id).map(|(tracked, _)| &tracked.face)
    };
    frames.map_while(face).collect()
}
