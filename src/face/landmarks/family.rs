//! The families of landmark networks: what each wants to see, and how landmarks are read from what it puts out.

use super::{Landmarks, facemesh, fan, pfld};
use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::geometry::{Border, Point, Similarity};
use crate::models::Family;
use crate::runtime::{Outputs, PixelCoding};

/// A family of landmark networks: the contract of its graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LandmarkerFamily {
    /// The face alignment network, such as 2DFAN4: 68 points, and the heat maps that they were read from.
    Fan,
    /// PFLD: 68 or 98 points.
    Pfld,
    /// MediaPipe's face mesh: 468 or 478 vertices.
    Facemesh,
}

/// What a landmark network wants to see: a square around the box of a face, turned so that the eyes are level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Framing {
    /// How its pixels become numbers; the graph may have them in another layout.
    pub coding: PixelCoding,
    /// The side of the square, in longer sides of the box.
    pub scale: f64,
    /// How far the centre of the square lies below that of the box, towards the chin, in longer sides of the box.
    pub drop: f64,
    /// What it shows where it reaches over the border of the picture.
    pub border: Border,
    /// Its side in pixels when the graph does not say.
    pub default_size: u32,
}

impl LandmarkerFamily {
    /// The families, in the order of the enum.
    pub const ALL: [Self; 3] = [Self::Fan, Self::Pfld, Self::Facemesh];

    /// The same contract among those of all models.
    pub fn family(self) -> Family {
        match self {
            Self::Fan => Family::Fan,
            Self::Pfld => Family::Pfld,
            Self::Facemesh => Family::Facemesh,
        }
    }

    /// Its name in the catalogue, such as `pfld`.
    pub fn name(self) -> &'static str {
        self.family().name()
    }

    /// The landmarkers of a contract.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for one of another role, with those that it could be.
    pub fn of(family: Family) -> Result<Self> {
        Self::ALL.into_iter().find(|landmarkers| landmarkers.family() == family).ok_or_else(|| {
            Error::parameter(format!(
                "`{family}` is no family of landmarkers: use one of {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }

    /// What its networks want to see.
    pub fn framing(self) -> Framing {
        match self {
            Self::Fan => fan::FRAMING,
            Self::Pfld => pfld::FRAMING,
            Self::Facemesh => facemesh::FRAMING,
        }
    }

    /// Reads the landmarks from what a network put out for a crop of `size` × `size` pixels; they are in pixels of
    /// that crop.
    ///
    /// # Errors
    /// [`InvalidModel`](ErrorKind::InvalidModel) when an output is missing, its shape does not fit the family, or a
    /// number is not finite.
    pub fn decode(self, outputs: &Outputs, size: u32) -> Result<Landmarks> {
        let decode = match self {
            Self::Fan => fan::decode,
            Self::Pfld => pfld::decode,
            Self::Facemesh => facemesh::decode,
        };
        decode(outputs, size).map_err(|error| {
            Error::new(ErrorKind::InvalidModel, error.to_string())
                .context(format!("a {} landmarker", self.name()))
        })
    }
}

impl Framing {
    /// The transform from the picture to a crop of `size` × `size` pixels that shows a face as the network wants it;
    /// a face without points is not turned.
    ///
    /// # Errors
    /// [`NoFace`](ErrorKind::NoFace) when the box has no area or a number is not finite.
    pub fn to_crop(&self, face: &Face, size: u32) -> Result<Similarity> {
        let rect = face.rect;
        let center = [rect.x + rect.width / 2.0, rect.y + rect.height / 2.0].map(f64::from);
        let side = f64::from(rect.width.max(rect.height));
        let angle = face
            .points
            .map_or(0.0, |[left, right, ..]| f64::from(right.y - left.y).atan2(f64::from(right.x - left.x)));
        let (half, scale) = (f64::from(size) / 2.0, f64::from(size) / (self.scale * side));
        let to_crop = Similarity::from_parts(1.0, 0.0, center.map(|along| -along))
            .then(&Similarity::from_parts(scale, -angle, [half, half - self.drop * side * scale]));
        if to_crop.inverse().is_none() {
            return Err(Error::new(
                ErrorKind::NoFace,
                format!(
                    "the box {rect:?} of the face has no area or is not finite: no landmarks can be found in it"
                ),
            ));
        }
        Ok(to_crop)
    }
}

/// A point that a network gives in pixels from the edge of its input; the centre of the first pixel is at 0.
pub(super) fn from_edge(x: f32, y: f32) -> Point {
    Point::new(x - 0.5, y - 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;

    #[test]
    fn every_family_is_found_again() {
        for family in LandmarkerFamily::ALL {
            assert_eq!(LandmarkerFamily::of(family.family()).unwrap(), family);
        }
        assert!(LandmarkerFamily::of(Family::Yunet).unwrap_err().to_string().contains("fan, pfld, facemesh"));
    }

    #[test]
    fn the_crop_is_level_and_as_large_as_the_family_says() {
        let turned = |x: f32, y: f32| Point::new(100.0 - y, 50.0 + x);
        let mut face = Face::new(Rect::new(60.0, 30.0, 80.0, 40.0), 0.9, None);
        face.points = Some([
            turned(-10.0, -5.0),
            turned(10.0, -5.0),
            turned(0.0, 0.0),
            turned(-8.0, 9.0),
            turned(8.0, 9.0),
        ]);
        let framing = LandmarkerFamily::Pfld.framing();
        let crop = framing.to_crop(&face, 160).unwrap();
        let [left, right, ..] = face.points.unwrap().map(|p| crop.apply(p));
        assert!((left.y - right.y).abs() < 1e-4 && right.x > left.x);
        assert!((crop.scale() - 2.0).abs() < 1e-9);
        let center = crop.apply(Point::new(100.0, 50.0));
        assert!(center.distance(Point::new(80.0, 80.0 - 16.0)) < 1e-4, "{center:?}");
    }

    #[test]
    fn a_box_without_area_holds_no_face() {
        for rect in
            [Rect::default(), Rect::new(f32::NAN, 0.0, 5.0, 5.0), Rect::new(0.0, 0.0, f32::INFINITY, 5.0)]
        {
            for family in LandmarkerFamily::ALL {
                let error = family.framing().to_crop(&Face::new(rect, 0.9, None), 112).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NoFace);
            }
        }
    }
}
