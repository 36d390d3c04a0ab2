//! The faces of an animation: searched for where they may have changed, followed everywhere else.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use crate::error::Result;
use crate::face::track::{Tracked, Tracker};
use crate::face::{Face, align, embedding};
use crate::geometry::{Filter, Point, Rect, Similarity, Template, resize};
use crate::limits::Limits;
use crate::models::{Model, Models};
use crate::params::DetectParams;
use crate::picture::{Image, ImageRef};
use crate::pipelines::detect::find;
use crate::pipelines::landmarks::{find_landmarks, landmarks};
use crate::progress::Control;

/// The side of the upright patch that a face is recognised by from frame to frame, in pixels.
const PATCH: u32 = 48;
/// The correlation of two patches of one face; below it the face is searched for.
const SURE: f32 = 0.85;
/// How much a face may grow or shrink from one frame to the next while following it is sure.
const STEADY: std::ops::RangeInclusive<f64> = 0.8..=1.25;
/// The longer side of the thumbnail that tells whether something came into the picture, in pixels.
const THUMBNAIL: u32 = 64;
/// The side of its cells in pixels, how far a cell may have moved from one frame to the next, and the mean change of
/// a cell, in levels beside half its contrast, that starts a search.
const CELL: u32 = 8;
const REACH: u32 = 4;
const CHANGE: f32 = 16.0;

/// Finds the faces of one frame after another.
pub(in crate::pipelines) struct Follower<'a> {
    models: &'a Models,
    params: &'a DetectParams,
    limits: &'a Limits,
    /// Refines the points of every face, and follows them without a search.
    landmarker: Option<Arc<Model>>,
    /// Tells people apart after a search.
    recognizer: Option<Arc<Model>>,
    /// The most frames from one search to the next.
    detect_every: u32,
    tracker: Tracker,
    last: Option<Seen>,
    searches: u32,
}

/// What the frame before showed.
struct Seen {
    /// A number that another picture hardly has: a frame that stands still is not looked at again.
    digest: u64,
    thumbnail: Image,
    faces: Vec<Tracked>,
    /// How each of them looked when they were last searched for, and how many frames ago that was.
    patches: Vec<Image>,
    age: u32,
}

impl<'a> Follower<'a> {
    pub fn new(
        models: &'a Models,
        params: &'a DetectParams,
        limits: &'a Limits,
        landmarker: Option<Arc<Model>>,
        recognizer: Option<Arc<Model>>,
        detect_every: u32,
    ) -> Self {
        let tracker = Tracker::new();
        Self {
            models,
            params,
            limits,
            landmarker,
            recognizer,
            detect_every,
            tracker,
            last: None,
            searches: 0,
        }
    }

    /// The faces of the next frame.
    pub fn next(&mut self, frame: ImageRef<'_>, control: &Control) -> Result<Vec<Tracked>> {
        let digest = digest(frame);
        if let Some(last) = self.last.as_ref().filter(|last| last.digest == digest) {
            return Ok(last.faces.clone());
        }
        let thumbnail = thumbnail(frame)?;
        if let Some(faces) = self.follow(frame, &thumbnail, control)? {
            if let Some(last) = &mut self.last {
                (last.digest, last.thumbnail) = (digest, thumbnail);
            }
            return Ok(faces);
        }
        self.searches += 1;
        let mut faces = find(self.models, frame, self.params, self.limits, control)?;
        for face in &mut faces {
            if let Some(landmarker) = &self.landmarker {
                find_landmarks(landmarker, frame, face, control)?;
            }
            if let Some(recognizer) = &self.recognizer {
                face.embedding = Some(embedding(recognizer, frame, face, control)?);
            }
        }
        let faces = self.tracker.follow(faces);
        let patches = faces.iter().map(|tracked| patch(frame, &tracked.face)).collect::<Result<_>>()?;
        self.last = Some(Seen { digest, thumbnail, patches, faces: faces.clone(), age: 0 });
        Ok(faces)
    }

    /// How many frames were searched.
    pub fn searches(&self) -> u32 {
        self.searches
    }

    /// The faces of a frame without a search, where that is sure.
    fn follow(
        &mut self,
        frame: ImageRef<'_>,
        thumbnail: &Image,
        control: &Control,
    ) -> Result<Option<Vec<Tracked>>> {
        let (Some(last), Some(landmarker)) = (&mut self.last, &self.landmarker) else { return Ok(None) };
        last.age += 1;
        if last.age >= self.detect_every || has_news(&last.thumbnail, thumbnail, frame, &last.faces) {
            return Ok(None);
        }
        let mut followed = Vec::new();
        for (tracked, patch) in last.faces.iter().zip(&last.patches) {
            match moved(landmarker, frame, &tracked.face, patch, control)? {
                Some(face) => followed.push(face),
                None => return Ok(None),
            }
        }
        last.faces = self.tracker.follow(followed);
        Ok(Some(last.faces.clone()))
    }
}

/// The same face in the next frame, where its landmarks find it and it still looks the same.
fn moved(
    landmarker: &Model,
    frame: ImageRef<'_>,
    face: &Face,
    known: &Image,
    control: &Control,
) -> Result<Option<Face>> {
    let is_trusted = face.landmarks.as_ref().is_some_and(|known| face.points == Some(known.five_points()));
    if !is_trusted {
        return Ok(None);
    }
    let found = landmarks(landmarker, frame, face, control)?;
    let points = found.five_points();
    let Some(motion) = Similarity::estimate(face.five_points()?, &points) else { return Ok(None) };
    let rect = move_box(&face.rect, &motion);
    let moved = Face { rect, points: Some(points), landmarks: Some(found), ..face.clone() };
    let is_same = STEADY.contains(&motion.scale()) && correlation(&patch(frame, &moved)?, known) >= SURE;
    Ok(is_same.then_some(moved))
}

/// The box around the same centre of the face, grown or shrunk with it but not turned.
fn move_box(rect: &Rect, motion: &Similarity) -> Rect {
    let center = motion.apply(rect.center());
    let scale = motion.scale() as f32;
    let (width, height) = (rect.width * scale, rect.height * scale);
    Rect::new(center.x - width / 2.0, center.y - height / 2.0, width, height)
}

fn patch(frame: ImageRef<'_>, face: &Face) -> Result<Image> {
    align(frame, face.five_points()?, Template::Arcface112V2, PATCH)
}

/// The correlation of two pictures' levels, −1 to 1; 0 for a picture of one level.
fn correlation(a: &Image, b: &Image) -> f32 {
    let mean = |image: &Image| {
        let sum: f64 = image.pixels().iter().map(|&level| f64::from(level)).sum();
        sum / image.pixels().len() as f64
    };
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.pixels().iter().zip(b.pixels()) {
        let (a, b) = (f64::from(a) - mean_a, f64::from(b) - mean_b);
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    if aa * bb > 0.0 { (ab / (aa * bb).sqrt()) as f32 } else { 0.0 }
}

fn digest(frame: ImageRef<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (0..frame.height()).for_each(|y| hasher.write(frame.row(y)));
    hasher.finish()
}

fn thumbnail(frame: ImageRef<'_>) -> Result<Image> {
    let longer = frame.width().max(frame.height());
    let side = |side: u32| (side * THUMBNAIL.min(longer)).div_ceil(longer);
    resize(frame, side(frame.width()), side(frame.height()), Filter::Area)
}

/// Whether a frame shows something new where no face was: a cell that the frame before has nowhere near.
fn has_news(before: &Image, now: &Image, frame: ImageRef<'_>, faces: &[Tracked]) -> bool {
    if (before.width(), before.height(), before.format()) != (now.width(), now.height(), now.format()) {
        return true;
    }
    let scale = frame.width() as f32 / now.width() as f32;
    let starts = |side: u32| (0..side).step_by(CELL as usize);
    starts(now.height()).flat_map(|y| starts(now.width()).map(move |x| (x, y))).any(|(x, y)| {
        let (width, height) = (CELL.min(now.width() - x), CELL.min(now.height() - y));
        let center = [x + width / 2, y + height / 2].map(|at| at as f32 * scale);
        let is_face = faces.iter().any(|tracked| holds(&tracked.face.rect, Point::new(center[0], center[1])));
        !is_face && !was_near(before, now, [x, y, width, height])
    })
}

/// Whether the frame before has a cell like this one at most [`REACH`] pixels away, where a moving camera would leave
/// it. Of a cell that came in over the border, the part that was in the frame counts.
fn was_near(before: &Image, now: &Image, [x, y, width, height]: [u32; 4]) -> bool {
    let (columns, rows) = (shifts(x, width, now.width()), shifts(y, height, now.height()));
    rows.iter().any(|&([top, bottom], above)| {
        columns.iter().any(|&([left, right], beside)| {
            let size = [right - left, bottom - top];
            let cell = now.view().crop(left, top, size[0], size[1]);
            let other = before.view().crop(beside, above, size[0], size[1]);
            let pair = cell.ok().zip(other.ok());
            pair.is_some_and(|(cell, other)| {
                let change = difference(cell, other);
                change <= CHANGE || change <= CHANGE + contrast(cell) / 2.0
            })
        })
    })
}

/// The parts of a cell, from `at` on one axis, that another picture of the same `side` can have moved, and where each
/// would start there: the nearest first, none of less than half the cell.
fn shifts(at: u32, len: u32, side: u32) -> Vec<([u32; 2], u32)> {
    let by = (0..=REACH as i32).flat_map(|by| [by, -by]);
    let part = by.filter_map(|by| {
        let start = (at as i32).max(-by);
        let end = ((at + len) as i32).min(side as i32 - by);
        (2 * (end - start) >= len as i32).then_some(([start as u32, end as u32], (start + by) as u32))
    });
    part.collect()
}

/// The mean distance of the levels of a picture from their mean.
fn contrast(picture: ImageRef<'_>) -> f32 {
    let levels: Vec<f32> =
        (0..picture.height()).flat_map(|y| picture.row(y)).map(|&level| level.into()).collect();
    let mean = levels.iter().sum::<f32>() / levels.len() as f32;
    levels.iter().map(|level| (level - mean).abs()).sum::<f32>() / levels.len() as f32
}

/// The mean difference of two pictures of one size, in levels.
fn difference(a: ImageRef<'_>, b: ImageRef<'_>) -> f32 {
    let rows = (0..a.height()).flat_map(|y| a.row(y).iter().zip(b.row(y)));
    let (sum, count) = rows.fold((0, 0), |(sum, count), (a, b)| (sum + u32::from(a.abs_diff(*b)), count + 1));
    sum as f32 / count as f32
}

fn holds(rect: &Rect, point: Point) -> bool {
    (rect.x..rect.right()).contains(&point.x) && (rect.y..rect.bottom()).contains(&point.y)
}
