//! Dense landmarks: the outline of a face and of what is in it.

mod facemesh;
mod family;
mod fan;
mod pfld;
mod scheme;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::error::{Error, Result};
use crate::geometry::Point;

pub use family::{Framing, LandmarkerFamily};
pub use scheme::{FaceArea, LandmarkScheme};

/// The landmarks of one face, in pixels of the picture.
///
/// It serialises as `{"scheme": "ibug-68", "score": s, "points": [[x, y], …]}`, with `null` for an absent score.
#[derive(Debug, Clone, PartialEq)]
pub struct Landmarks {
    scheme: LandmarkScheme,
    points: Vec<Point>,
    score: Option<f32>,
}

impl Landmarks {
    /// Landmarks of a scheme; `score` is how sure the network is, 0 to 1, if it says.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when there are not as many points as the scheme
    /// has, or one is not finite.
    pub fn new(scheme: LandmarkScheme, points: Vec<Point>, score: Option<f32>) -> Result<Self> {
        if points.len() != scheme.len() {
            return Err(Error::parameter(format!(
                "{} points are no landmarks of the scheme {scheme}, which has {}",
                points.len(),
                scheme.len()
            )));
        }
        if let Some(i) = points.iter().position(|p| !(p.x.is_finite() && p.y.is_finite())) {
            return Err(Error::parameter(format!("landmark {i} of the scheme {scheme} is not finite")));
        }
        Ok(Self { scheme, points, score })
    }

    /// Which point each is.
    pub fn scheme(&self) -> LandmarkScheme {
        self.scheme
    }

    /// The points, as many as the scheme has.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// How sure the network is, 0 to 1; absent when its family does not say.
    pub fn score(&self) -> Option<f32> {
        self.score
    }

    /// The points of one of the scheme's tables, such as its [`contour`](LandmarkScheme::contour); indices that
    /// the scheme does not have are left out.
    pub fn at(&self, table: &[usize]) -> Vec<Point> {
        table.iter().filter_map(|index| self.points.get(*index).copied()).collect()
    }

    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner, as a detector
    /// finds them.
    ///
    /// An eye is the mean of its outline, so that where a person looks does not move it.
    pub fn five_points(&self) -> [Point; 5] {
        let [left_eye, right_eye] = self.scheme.eyes().map(|eye| mean(&self.at(eye)));
        let [left_mouth, right_mouth] = self.scheme.mouth_corners().map(|index| self.points[index]);
        [left_eye, right_eye, self.points[self.scheme.nose_tip()], left_mouth, right_mouth]
    }

    /// The same landmarks where `map` takes each point.
    pub fn map(mut self, map: impl Fn(Point) -> Point) -> Self {
        self.points.iter_mut().for_each(|point| *point = map(*point));
        self
    }
}

fn mean(points: &[Point]) -> Point {
    let count = points.len() as f32;
    let sum = points.iter().fold(Point::default(), |sum, p| Point::new(sum.x + p.x, sum.y + p.y));
    Point::new(sum.x / count, sum.y / count)
}

impl Serialize for Landmarks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Landmarks", 3)?;
        object.serialize_field("scheme", &self.scheme)?;
        object.serialize_field("score", &self.score)?;
        let points: Vec<_> = self.points.iter().map(|p| [p.x, p.y]).collect();
        object.serialize_field("points", &points)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Landmarks whose x is their index.
    fn numbered(scheme: LandmarkScheme) -> Landmarks {
        let points = (0..scheme.len()).map(|i| Point::new(i as f32, 1.0)).collect();
        Landmarks::new(scheme, points, Some(0.5)).unwrap()
    }

    #[test]
    fn five_points_are_the_means_of_the_eyes_the_tip_and_the_corners() {
        let xs = |scheme| numbered(scheme).five_points().map(|p| p.x);
        assert_eq!(xs(LandmarkScheme::Ibug68), [38.5, 44.5, 30.0, 48.0, 54.0]);
        assert_eq!(xs(LandmarkScheme::Wflw98), [63.5, 71.5, 54.0, 76.0, 82.0]);
        assert_eq!(xs(LandmarkScheme::Mesh468)[2..], [4.0, 61.0, 291.0]);
        assert_eq!(xs(LandmarkScheme::Mesh468), xs(LandmarkScheme::Mesh478));
    }

    #[test]
    fn landmarks_have_the_points_of_their_scheme() {
        for points in [vec![Point::default(); 67], vec![], vec![Point::new(f32::NAN, 0.0); 68]] {
            let error = Landmarks::new(LandmarkScheme::Ibug68, points, None).unwrap_err();
            assert!(error.to_string().contains("ibug-68"), "{error}");
        }
    }

    #[test]
    fn json_names_the_scheme() {
        let json = serde_json::to_value(numbered(LandmarkScheme::Ibug68)).unwrap();
        assert_eq!((&json["scheme"], &json["score"]), (&"ibug-68".into(), &0.5.into()));
        assert_eq!(json["points"][67], serde_json::json!([67.0, 1.0]));
    }
}
