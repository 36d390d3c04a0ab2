//! Faces followed from frame to frame.

use crate::face::{Face, Landmarks};
use crate::geometry::{Point, Rect};

/// The least overlap of the boxes of one face in two frames.
const MIN_IOU: f32 = 0.3;
/// How unlike two faces are that no overlap can make one person: a cosine of 0.1.
const OTHER_PERSON: f32 = 0.45;
/// How alike two faces are that are one person wherever they are: a cosine of 0.5.
const SAME_PERSON: f32 = 0.25;
/// For how many frames a face that is gone is remembered.
const MEMORY: u32 = 50;
/// What the points of the frames around one count for: a binomial window.
const WINDOW: [f32; 2 * SMOOTHING_REACH + 1] = [1.0, 4.0, 6.0, 4.0, 1.0];
/// The movement, as a part of the face's size, that smoothing takes for a shiver of the points.
const SHIVER: f32 = 0.03;

/// How many frames before and after one its smoothing looks at.
pub const SMOOTHING_REACH: usize = 2;

/// A face of a frame, and which of the animation's faces it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    /// The same number in every frame that shows the person, counted from 0.
    pub id: u32,
    /// The face in this frame.
    pub face: Face,
}

/// Tells which faces of a frame are those of the frames before it.
///
/// Two faces are one when their boxes overlap by an IoU of 0.3 and their embeddings, where both have one, do not
/// speak against it; or when their embeddings alone say so. The likeliest pairs are made first, after the greedy
/// association of SORT-like trackers (Bewley et al. 2016; IoU and appearance as in DeepSORT, Wojke et al. 2017).
#[derive(Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    next: u32,
}

#[derive(Debug)]
struct Track {
    id: u32,
    face: Face,
    unseen: u32,
}

impl Tracker {
    /// A tracker that has seen no frame.
    pub fn new() -> Self {
        Self::default()
    }

    /// The faces of the next frame with their numbers, in the order given.
    pub fn follow(&mut self, faces: Vec<Face>) -> Vec<Tracked> {
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (t, track) in self.tracks.iter().enumerate() {
            for (f, face) in faces.iter().enumerate() {
                pairs.extend(likeness(&track.face, face).map(|likeness| (likeness, t, f)));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut track_of = vec![None; faces.len()];
        let mut is_taken = vec![false; self.tracks.len()];
        for (_, t, f) in pairs {
            if track_of[f].is_none() && !is_taken[t] {
                track_of[f] = Some(t);
                is_taken[t] = true;
            }
        }
        self.tracks.iter_mut().for_each(|track| track.unseen += 1);
        let tracked = faces.into_iter().zip(track_of).map(|(face, track)| match track {
            Some(t) => self.renew(t, face),
            None => self.start(face),
        });
        let tracked: Vec<_> = tracked.collect();
        self.tracks.retain(|track| track.unseen <= MEMORY);
        tracked
    }

    fn renew(&mut self, track: usize, mut face: Face) -> Tracked {
        let track = &mut self.tracks[track];
        // Who it is stays known in a frame that was not asked for it.
        face.embedding = face.embedding.or_else(|| track.face.embedding.take());
        (track.face, track.unseen) = (face.clone(), 0);
        Tracked { id: track.id, face }
    }

    fn start(&mut self, face: Face) -> Tracked {
        let id = self.next;
        self.next += 1;
        self.tracks.push(Track { id, face: face.clone(), unseen: 0 });
        Tracked { id, face }
    }
}

/// How likely two faces are one, if they can be.
fn likeness(a: &Face, b: &Face) -> Option<f32> {
    let iou = a.rect.iou(&b.rect);
    let embeddings = a.embedding.as_ref().zip(b.embedding.as_ref());
    match embeddings.and_then(|(a, b)| a.distance(b).ok()) {
        Some(distance) if distance <= SAME_PERSON => Some(iou + 1.0 - distance),
        Some(distance) if distance > OTHER_PERSON => None,
        Some(distance) => (iou >= MIN_IOU).then_some(iou + 1.0 - distance),
        None => (iou >= MIN_IOU).then_some(iou),
    }
}

/// A face with its box and points averaged over the frames around it, so that they do not shiver.
///
/// `before` and `after` are the same face in the [`SMOOTHING_REACH`] frames on either side, nearest first, as far
/// as it is there. Each counts by a binomial window in time, and by how little it moved: a movement that is large
/// against the shiver of a detector is one of the person, and is kept.
pub fn smooth(face: &Face, before: &[&Face], after: &[&Face]) -> Face {
    let mut smoothed = face.clone();
    let Some(points) = face.points else { return smoothed };
    let size = (face.rect.width + face.rect.height) / 2.0;
    let mut neighbours = vec![(WINDOW[SMOOTHING_REACH], face)];
    for side in [before, after] {
        for (i, neighbour) in side.iter().take(SMOOTHING_REACH).enumerate() {
            let Some(others) = neighbour.points else { break };
            let movement = points.iter().zip(&others).map(|(a, b)| a.distance(*b)).sum::<f32>() / 5.0;
            let calm = (-(movement / (SHIVER * size)).powi(2)).exp();
            neighbours.push((WINDOW[SMOOTHING_REACH - 1 - i] * calm, neighbour));
        }
    }
    let corner =
        |of: fn(&Rect) -> Point| mean(neighbours.iter().map(|(weight, face)| (*weight, of(&face.rect))));
    let start = corner(|rect| Point::new(rect.x, rect.y));
    let end = corner(|rect| Point::new(rect.right(), rect.bottom()));
    smoothed.rect = Rect::from_corners(start.x, start.y, end.x, end.y);
    smoothed.points = Some(std::array::from_fn(|i| {
        mean(neighbours.iter().filter_map(|(weight, face)| Some((*weight, face.points?[i]))))
    }));
    if let Some(landmarks) = &face.landmarks {
        let alike = neighbours.iter().filter_map(|(weight, face)| {
            let other = face.landmarks.as_ref().filter(|other| other.scheme() == landmarks.scheme())?;
            Some((*weight, other.points()))
        });
        let alike: Vec<_> = alike.collect();
        let point = |i| mean(alike.iter().map(|(weight, points)| (*weight, points[i])));
        let points = (0..landmarks.points().len()).map(point).collect();
        smoothed.landmarks = Landmarks::new(landmarks.scheme(), points, landmarks.score()).ok();
    }
    smoothed
}

fn mean(points: impl Iterator<Item = (f32, Point)>) -> Point {
    let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
    for (weight, point) in points {
        x += f64::from(weight) * f64::from(point.x);
        y += f64::from(weight) * f64::from(point.y);
        total += f64::from(weight);
    }
    Point::new((x / total) as f32, (y / total) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Embedding;
    use crate::geometry::Rect;

    fn face(x: f32, embedding: Option<[f32; 2]>) -> Face {
        let points = [(3.0, 4.0), (7.0, 4.0), (5.0, 6.0), (3.5, 8.0), (6.5, 8.0)];
        let points = points.map(|(dx, dy)| Point::new(x + dx, dy));
        let mut face = Face::new(Rect::new(x, 0.0, 10.0, 10.0), 0.9, Some(points));
        face.embedding = embedding.map(|raw| Embedding::new("a", raw.into()).unwrap());
        face
    }

    fn ids(tracked: &[Tracked]) -> Vec<u32> {
        tracked.iter().map(|tracked| tracked.id).collect()
    }

    #[test]
    fn faces_keep_their_numbers_while_they_move_and_when_their_order_changes() {
        let mut tracker = Tracker::new();
        assert_eq!(ids(&tracker.follow(vec![face(0.0, None), face(40.0, None)])), [0, 1]);
        assert_eq!(ids(&tracker.follow(vec![face(42.0, None), face(2.0, None)])), [1, 0]);
        assert_eq!(ids(&tracker.follow(vec![face(4.0, None), face(80.0, None)])), [0, 2]);
    }

    #[test]
    fn the_nearer_of_two_faces_is_the_one_that_was_there() {
        let mut tracker = Tracker::new();
        tracker.follow(vec![face(0.0, None)]);
        assert_eq!(ids(&tracker.follow(vec![face(4.0, None), face(1.0, None)])), [1, 0]);
    }

    #[test]
    fn an_embedding_finds_who_jumped_and_parts_who_took_the_place_of_another() {
        let (one, other) = (Some([1.0, 0.0]), Some([0.0, 1.0]));
        let mut tracker = Tracker::new();
        tracker.follow(vec![face(0.0, one), face(100.0, other)]);
        assert_eq!(ids(&tracker.follow(vec![face(300.0, one), face(0.0, other)])), [0, 1]);
        let mut tracker = Tracker::new();
        tracker.follow(vec![face(0.0, one)]);
        assert_eq!(ids(&tracker.follow(vec![face(0.0, other)])), [1]);
    }

    #[test]
    fn a_face_that_is_gone_is_remembered_for_a_while() {
        let mut tracker = Tracker::new();
        tracker.follow(vec![face(0.0, None)]);
        (0..MEMORY).for_each(|_| assert!(tracker.follow(vec![]).is_empty()));
        assert_eq!(ids(&tracker.follow(vec![face(0.0, None)])), [0]);
        (0..=MEMORY).for_each(|_| assert!(tracker.follow(vec![]).is_empty()));
        assert_eq!(ids(&tracker.follow(vec![face(0.0, None)])), [1]);
    }

    #[test]
    fn smoothing_takes_the_shiver_and_leaves_the_movement() {
        let at = |x: f32| face(x, None);
        let shivering = smooth(&at(0.1), &[&at(-0.1), &at(0.1)], &[&at(-0.1), &at(0.1)]);
        let left = shivering.points.unwrap()[0].x - 3.0;
        assert!(left.abs() < 0.03, "{left}");
        let jumped = smooth(&at(10.0), &[&at(0.0), &at(0.0)], &[&at(10.0), &at(10.0)]);
        assert!((jumped.points.unwrap()[0].x - 13.0).abs() < 1e-4);
        let steady = smooth(&at(5.0), &[&at(4.9), &at(4.8)], &[&at(5.1), &at(5.2)]);
        assert!((steady.points.unwrap()[0].x - 8.0).abs() < 1e-4);
        assert_eq!(smooth(&at(1.0), &[], &[]), at(1.0));
    }
}
