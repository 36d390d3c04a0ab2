//! Faces.

use std::ffi::{CString, c_char};
use std::ptr;

use crate::capi::pointer::c_string;
use crate::face::{Face, Landmarks};
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

/// The dense landmarks of a face.
///
/// Threads: any number may read it. Lifetime: it belongs to the handle that gave it, and so does what it hands out.
pub struct facekit_landmarks {
    scheme: CString,
    points: Vec<facekit_point>,
    score: f32,
}

impl From<&Landmarks> for facekit_landmarks {
    fn from(landmarks: &Landmarks) -> Self {
        let points = landmarks.points().iter().map(|point| facekit_point { x: point.x, y: point.y });
        Self {
            scheme: c_string(landmarks.scheme().name()),
            points: points.collect(),
            score: landmarks.score().unwrap_or(f32::NAN),
        }
    }
}

/// What numbers the points: "ibug-68", "wflw-98", "mesh-468" or "mesh-478"; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_landmarks_scheme(landmarks: *const facekit_landmarks) -> *const c_char {
    // SAFETY: the caller gives NULL or live landmarks; so in every function below.
    unsafe { landmarks.as_ref() }.map_or(ptr::null(), |landmarks| landmarks.scheme.as_ptr())
}

/// How many points there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_landmarks_count(landmarks: *const facekit_landmarks) -> usize {
    // SAFETY: as above.
    unsafe { landmarks.as_ref() }.map_or(0, |landmarks| landmarks.points.len())
}

/// The points, `facekit_landmarks_count` of them, in pixels of the picture; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_landmarks_points(
    landmarks: *const facekit_landmarks,
) -> *const facekit_point {
    // SAFETY: as above.
    unsafe { landmarks.as_ref() }.map_or(ptr::null(), |landmarks| landmarks.points.as_ptr())
}

/// How sure the landmarker is, 0 to 1; NAN when its family does not say; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_landmarks_score(landmarks: *const facekit_landmarks) -> f32 {
    // SAFETY: as above.
    unsafe { landmarks.as_ref() }.map_or(0.0, |landmarks| landmarks.score)
}

/// The face at `index`, which lives as long as `faces`; NULL when there is none.
pub(super) fn face_at(faces: Option<&[facekit_face]>, index: usize) -> *const facekit_face {
    faces.and_then(|faces| faces.get(index)).map_or(ptr::null(), ptr::from_ref)
}
