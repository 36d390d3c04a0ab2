//! Faces cut out upright, as networks want to see them.

use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::geometry::{Border, Point, Similarity, Template, crop_face};
use crate::picture::{Image, ImageRef};

impl Face {
    /// The five points, which alignment needs.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when the detector's family finds none.
    pub fn five_points(&self) -> Result<&[Point; 5]> {
        self.points.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                "the detector that was used finds boxes without points, and a face cannot be aligned without \
                 them: choose a detector with points, such as yunet or scrfd",
            )
        })
    }
}

/// The transform from a picture to a crop of `size` × `size` pixels in which five points lie on the template.
///
/// Least squares over all five points, after Umeyama (1991).
///
/// # Errors
/// [`ErrorKind::NoFace`] when the points coincide or are not finite.
pub fn alignment(points: &[Point; 5], template: Template, size: u32) -> Result<Similarity> {
    Similarity::estimate(points, &template.points(size)).ok_or_else(|| {
        Error::new(ErrorKind::NoFace, "the five points of the face coincide, so that it cannot be aligned")
    })
}

/// The face at five points as an RGB crop of `size` × `size` pixels; the picture's edge is repeated beyond its
/// border.
///
/// # Errors
/// As [`alignment`].
pub fn align(image: ImageRef<'_>, points: &[Point; 5], template: Template, size: u32) -> Result<Image> {
    crop_face(image, &alignment(points, template, size)?, size, size, Border::Replicate)
}
