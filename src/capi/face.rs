//! Faces.

use std::ptr;

use crate::face::Face;
use crate::geometry::{Point, Rect};

/// A point in pixels of the picture, from the centre of its first pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct facekit_point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// A box in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct facekit_rect {
    /// Its left edge.
    pub x: f32,
    /// Its top edge.
    pub y: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

/// A face in a picture, in pixels of the picture as it stands upright.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub struct facekit_face {
    /// The box around it; it may reach over the border of the picture.
    pub rect: facekit_rect,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// Whether the detector finds points.
    pub has_points: bool,
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner; zeros without
    /// points.
    pub points: [facekit_point; 5],
}

impl From<&Face> for facekit_face {
    fn from(face: &Face) -> Self {
        let Rect { x, y, width, height } = face.rect;
        let points = face.points.unwrap_or([Point::new(0.0, 0.0); 5]);
        Self {
            rect: facekit_rect { x, y, width, height },
            score: face.score,
            has_points: face.points.is_some(),
            points: points.map(|point| facekit_point { x: point.x, y: point.y }),
        }
    }
}

/// The face at `index`, which lives as long as `faces`; NULL when there is none.
pub(super) fn face_at(faces: Option<&[facekit_face]>, index: usize) -> *const facekit_face {
    faces.and_then(|faces| faces.get(index)).map_or(ptr::null(), ptr::from_ref)
}
