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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;

    fn face(x: f32, width: f32, score: f32) -> Face {
        Face::new(Rect::new(x, 0.0, width, 10.0), score, None)
    }

    #[test]
    fn the_surest_of_overlapping_faces_stays() {
        let faces =
            vec![face(1.0, 10.0, 0.7), face(0.0, 10.0, 0.9), face(30.0, 10.0, 0.8), face(8.0, 10.0, 0.6)];
        let kept = nms(faces, 0.3);
        assert_eq!(kept, [face(0.0, 10.0, 0.9), face(30.0, 10.0, 0.8), face(8.0, 10.0, 0.6)]);
    }

    #[test]
    fn an_overlap_of_just_the_threshold_stays() {
        // Half of 10 wide in 15 wide together: a third, which "+1" areas would put above it.
        let faces = vec![face(0.0, 10.0, 0.9), face(5.0, 10.0, 0.8)];
        assert_eq!(nms(faces.clone(), 1.0 / 3.0).len(), 2);
        assert_eq!(nms(faces, 0.333).len(), 1);
    }

    #[test]
    fn equal_scores_keep_their_order() {
        let faces: Vec<_> = (0..20u8).map(|i| face(f32::from(i) * 20.0, 10.0, 0.5)).collect();
        assert_eq!(nms(faces.clone(), 0.4), faces);
        let twins = vec![face(0.0, 10.0, 0.5), face(0.0, 11.0, 0.5)];
        assert_eq!(nms(twins, 0.4), [face(0.0, 10.0, 0.5)]);
    }

    #[test]
    fn only_the_surest_candidates_take_part() {
        let faces =
            (0..MAX_CANDIDATES + 5).map(|i| face(i as f32 * 20.0, 10.0, if i < 5 { 0.1 } else { 0.9 }));
        let kept = nms(faces.collect(), 0.4);
        assert_eq!(kept.len(), MAX_CANDIDATES);
        assert!(kept.iter().all(|face| face.score == 0.9));
    }
}
