//! Faces: how networks find them, and which of them a caller wants.

use crate::geometry::{Point, Rect};

/// A face in a picture, in pixels of the picture as oriented.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// The box around it; it may reach over the border of the picture.
    pub rect: Rect,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner; absent when
    /// the detector's family finds no points.
    pub points: Option<[Point; 5]>,
}
