//! Masks of faces: which pixels of a crop belong to the face that is put into it.

use crate::choice::choices;
use crate::error::{Error, Result};
use crate::face::{FaceArea, Landmarks};
use crate::geometry::{Mask, convex_hull};

choices! {
    /// What bounds a face that is pasted; of several masks, the smallest weight of each pixel counts.
    pub enum MaskType {
        /// The crop itself, with soft edges.
        Box = "box",
        /// What stands in front of the face, as a segmenter sees it.
        Occlusion = "occlusion",
        /// Areas that landmarks bound.
        Area = "area",
        /// Regions such as skin and nose, as a segmenter sees them.
        Region = "region",
    }
}

/// The blur of a mask's edge, in pixels.
const SIGMA: f64 = 5.0;

/// The mask of areas of a face: the convex hull around all of them, with a soft edge within.
///
/// The landmarks are in pixels of the crop, of `width` × `height`.
///
/// Source: facefusion's area mask, but for a hull at its exact place instead of whole pixels.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or no area.
pub fn area_mask(width: u32, height: u32, landmarks: &Landmarks, areas: &[FaceArea]) -> Result<Mask> {
    if areas.is_empty() {
        return Err(Error::parameter("an area mask needs at least one area"));
    }
    let scheme = landmarks.scheme();
    let indices: Vec<usize> = areas.iter().flat_map(|area| scheme.area(*area)).collect();
    soften(&Mask::polygon(width, height, &convex_hull(&landmarks.at(&indices)))?)
}

/// A mask whose edge fades from where it was inwards: blurred, and its upper half stretched.
pub(crate) fn soften(mask: &Mask) -> Result<Mask> {
    let blurred = mask.blur(SIGMA)?;
    let values = blurred.values().iter().map(|value| (value.max(0.5) - 0.5) * 2.0).collect();
    Mask::from_values(mask.width(), mask.height(), values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::LandmarkScheme;
    use crate::geometry::Point;

    #[test]
    fn a_soft_edge_lies_within() {
        let values = (0..64 * 64).map(|i| if i % 64 < 32 { 1.0 } else { 0.0 }).collect();
        let soft = soften(&Mask::from_values(64, 64, values).unwrap()).unwrap();
        let row = &soft.values()[64 * 32..][..64];
        assert!(row[..12].iter().all(|value| *value > 0.99) && row[32..].iter().all(|value| *value == 0.0));
        assert!(row[26] > 0.5 && row[30] < 0.5 && row[31] > 0.0, "{row:?}");
    }

    #[test]
    fn an_area_is_within_the_hull_of_its_landmarks() {
        let mut points = vec![Point::new(1000.0, 1000.0); 68];
        for (i, point) in LandmarkScheme::Ibug68.outer_lips().iter().enumerate() {
            let angle = i as f32 * std::f32::consts::TAU / 12.0;
            points[*point] = Point::new(64.0 + 40.0 * angle.cos(), 64.0 + 40.0 * angle.sin());
        }
        let landmarks = Landmarks::new(LandmarkScheme::Ibug68, points, None).unwrap();
        let mask = area_mask(128, 128, &landmarks, &[FaceArea::Mouth]).unwrap();
        let at = |x: usize, y: usize| mask.values()[y * 128 + x];
        assert!(at(64, 64) > 0.999 && at(64, 34) > 0.5 && at(64, 20) == 0.0 && at(0, 0) == 0.0);
        assert!(area_mask(128, 128, &landmarks, &[]).is_err());
    }
}
