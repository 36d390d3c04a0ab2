//! One face where a detector found it many times.

use crate::face::Face;

/// How many candidates are looked at, the surest first, so that a hostile network costs a bounded time.
pub const MAX_CANDIDATES: usize = 5000;

/// Greedy non-maximum suppression: the surest faces, without those that overlap a surer one.
///
/// A face is dropped when its intersection over union with a kept one is greater than `threshold`, 0 to 1. Faces
/// come back surest first, those of one score in the order in which they were given. Only the surest
/// [`MAX_CANDIDATES`] take part.
pub fn nms(mut faces: Vec<Face>, threshold: f32) -> Vec<Face> {
    keep_surest(&mut faces, |face| face.score);
    let mut kept: Vec<Face> = Vec::new();
    for face in faces {
        if kept.iter().all(|other| face.rect.iou(&other.rect) <= threshold) {
            kept.push(face);
        }
    }
    kept
}

/// Sorts by falling score, ties in the given order, and drops what comes after [`MAX_CANDIDATES`].
pub(super) fn keep_surest<T>(candidates: &mut Vec<T>, score: impl Fn(&T) -> f32) {
    candidates.sort_by(|a, b| score(b).total_cmp(&score(a)));
    candidates.truncate(MAX_CANDIDATES);
}
