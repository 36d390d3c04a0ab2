//! All frames of an animation, edited.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::error::Result;
use crate::face::Face;
use crate::face::track::{SMOOTHING_REACH, Tracked, smooth};
use crate::limits::Limits;
use crate::picture::{AnimationOptions, AnimationReader, AnimationWriter, Frame, Image, frame_count};
use crate::pipelines::metrics::Clock;
use crate::progress::Control;

/// The most bytes of pixels that wait to be edited and to be written, together.
const MOST_WAITING: usize = 256 << 20;

/// What is done to the frames of an animation.
pub(in crate::pipelines) trait Editor: Sync {
    /// What is known of a face that is changed, beside the face.
    type Change: Copy + Send + Sync;

    /// Whether the points of a face are averaged over neighbouring frames.
    fn smooths(&self) -> bool;

    /// How the animation is written.
    fn options(&self, reader: &AnimationReader<'_>) -> AnimationOptions;

    /// A frame with its faces changed, of its own size; none when it stays as it is.
    fn edit(&self, frame: &Image, faces: &[(Face, Self::Change)], control: &Control)
    -> Result<Option<Image>>;
}

/// An animation whose frames were edited.
pub(in crate::pipelines) struct Edited {
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    /// How many of them were changed.
    pub edited: u32,
}

/// Edits every frame; `follow` finds the faces of one frame after another that are changed.
///
/// Frames are read and their faces followed one after another; a bounded number of them is edited in parallel, and
/// they are written in order while the next ones are read and edited.
pub(in crate::pipelines) fn edit_frames<E: Editor>(
    file: &[u8],
    editor: &E,
    mut follow: impl FnMut(&Frame, &Control) -> Result<Vec<(Tracked, E::Change)>>,
    limits: &Limits,
    clock: &mut Clock,
    control: &Control,
) -> Result<Edited> {
    let total = frame_count(file);
    let mut reader = AnimationReader::new(file, limits)?;
    let (width, height) = (reader.width(), reader.height());
    let mut writer = AnimationWriter::new(width, height, &editor.options(&reader))?;
    let mut film = Film::new(editor, width, height);
    let (mut frames, mut edited) = (0, 0);
    // Workers tell nobody how far they are: progress is reported on the caller's thread.
    let silent = Control::new().cancel_with(control.cancel_token().clone());
    let mut ready = Vec::new();
    loop {
        let written = || {
            let started = Instant::now();
            (write(&mut writer, &ready), started.elapsed())
        };
        let next = || {
            while film.has_room()
                && let Some(frame) = clock.time("read", || reader.next()).transpose()?
            {
                silent.cancel_token().check()?;
                let faces = clock.time("follow", || follow(&frame, &silent))?;
                film.push(frame, faces);
            }
            clock.time("edit", || film.edit(&silent))
        };
        let ((written, spent), next) = side_by_side(written, next);
        clock.add("write", spent);
        written?;
        for (_, image) in &ready {
            frames += 1;
            edited += u32::from(image.is_some());
            let total = total.max(frames);
            control.report(&format!("frame {frames} of {total}"), frames as f32 / total as f32)?;
        }
        ready = next?;
        if ready.is_empty() {
            break;
        }
    }
    let bytes = clock.time("write", || writer.finish())?;
    Ok(Edited { bytes, width, height, frames, edited })
}

/// Writes frames that are edited; those without a picture as they are.
fn write(writer: &mut AnimationWriter, edited: &[(Frame, Option<Image>)]) -> Result<()> {
    edited.iter().try_for_each(|(frame, image)| match image {
        Some(image) => writer.push_edited(frame, image),
        None => writer.push(frame),
    })
}

/// The faces of a frame that are changed.
type Faces<E> = Vec<(Tracked, <E as Editor>::Change)>;

/// The frames between reading and writing: each waits for those after it, which its smoothing looks at.
struct Film<'a, E: Editor> {
    editor: &'a E,
    /// The faces of the frames before the first that waits, the last one last.
    past: VecDeque<Faces<E>>,
    waiting: VecDeque<(Frame, Faces<E>)>,
    /// How many frames are edited at once.
    batch: usize,
}

impl<'a, E: Editor> Film<'a, E> {
    fn new(editor: &'a E, width: u32, height: u32) -> Self {
        let most = MOST_WAITING / (8 * width as usize * height as usize).max(1);
        let batch = most.clamp(1, 2 * rayon::current_num_threads());
        Self { editor, past: VecDeque::new(), waiting: VecDeque::new(), batch }
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < self.batch + SMOOTHING_REACH
    }

    fn push(&mut self, frame: Frame, faces: Faces<E>) {
        self.waiting.push_back((frame, faces));
    }

    /// Edits the next frames and hands them out in order, with no picture for one that stays. A film that still has
    /// room is at its end, and its last frames wait for no other.
    fn edit(&mut self, control: &Control) -> Result<Vec<(Frame, Option<Image>)>> {
        let ready = match self.has_room() {
            true => self.waiting.len().min(self.batch),
            false => self.batch,
        };
        let waiting = self.waiting.iter().map(|(_, faces)| faces);
        let timeline: Vec<&Faces<E>> = self.past.iter().chain(waiting).collect();
        let edit = |i: usize| {
            let faces = self.faces(&timeline, self.past.len() + i);
            self.editor.edit(&self.waiting[i].0.image, &faces, control)
        };
        let images = on_threads(ready, edit)?;
        let mut edited = Vec::new();
        for (image, (frame, faces)) in images.into_iter().zip(self.waiting.drain(..ready)) {
            edited.push((frame, image));
            self.past.push_back(faces);
        }
        self.past.drain(..self.past.len().saturating_sub(SMOOTHING_REACH));
        Ok(edited)
    }

    /// The faces of the frame `at`, smoothed over its neighbours.
    fn faces(&self, timeline: &[&Faces<E>], at: usize) -> Vec<(Face, E::Change)> {
        let face = |(tracked, change): &(Tracked, E::Change)| {
            if !self.editor.smooths() {
                return (tracked.face.clone(), *change);
            }
            let before = timeline[..at].iter().rev().take(SMOOTHING_REACH);
            let after = timeline[at + 1..].iter().take(SMOOTHING_REACH);
            (smooth(&tracked.face, &same(before, tracked.id), &same(after, tracked.id)), *change)
        };
        timeline[at].iter().map(face).collect()
    }
}

/// What two calls give: `first` runs on a thread of its own, unless only one is to work.
fn side_by_side<A: Send, B>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    if rayon::current_num_threads() == 1 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        (first.join().unwrap_or_else(|panic| resume_unwind(panic)), second)
    })
}

/// The results for 0 to `count`, each made on one of several threads.
///
/// They are no threads of rayon's pool: one of those that waits for the pool while it holds a model would take up another
/// frame, and wait for the same model.
fn on_threads<T: Send>(count: usize, make: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return made;
            }
            made.push((i, make(i)));
        }
    };
    let threads = rayon::current_num_threads().min(count);
    let mut made: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    made.sort_by_key(|(i, _)| *i);
    made.into_iter().map(|(_, result)| result).collect()
}

/// One face in frame after frame, until it is missing.
fn same<'a, S: 'a>(frames: impl Iterator<Item = &'a &'a Vec<(Tracked, S)>>, id: u32) -> Vec<&'a Face> {
    let face = |faces: &&'a Vec<(Tracked, S)>| {
        faces.iter().find(|(tracked, _)| tracked.id == id).map(|(tracked, _)| &tracked.face)
    };
    frames.map_while(face).collect()
}
