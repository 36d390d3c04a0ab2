//! Faces: how networks find them, which of them a caller wants, and how networks change their identity.

pub mod heads;
pub mod landmarks;
pub mod mesh;
pub mod segmenters;
pub mod swappers;
pub mod tiles;
pub mod track;

mod align;
mod annotate;
mod embedding;
mod masks;
mod nms;
mod recognizers;
mod select;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::geometry::{Point, Rect};

pub use align::{align, alignment};
pub use annotate::annotate;
pub use embedding::Embedding;
pub use landmarks::{FaceArea, LandmarkScheme, Landmarks};
pub(crate) use masks::soften;
pub use masks::{MaskType, area_mask};
pub use nms::{MAX_CANDIDATES, nms};
pub use recognizers::{RecognizerFamily, embedding};
pub use segmenters::{FaceRegion, SegmenterFamily};
pub use select::{Order, Selection, select, sort};

/// A face in a picture, in pixels of the picture as oriented.
///
/// It serialises as `{"box": [x, y, width, height], "score": s, "points": [[x, y], … five of them]}`, with `null`
/// for absent points, and `"landmarks"` where there are some.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// The box around it; it may reach over the border of the picture.
    pub rect: Rect,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// Image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner; absent when
    /// the detector's family finds no points.
    pub points: Option<[Point; 5]>,
    /// Its dense landmarks; absent until a landmarker was asked.
    pub landmarks: Option<Landmarks>,
    /// Who it shows, as a recognizer sees it; absent until one was asked.
    pub embedding: Option<Embedding>,
}

impl Face {
    /// A face as a detector finds it, without landmarks and embedding.
    pub fn new(rect: Rect, score: f32, points: Option<[Point; 5]>) -> Self {
        Self { rect, score, points, landmarks: None, embedding: None }
    }

    /// The same face where `map` takes its corners and points: from the pixels of a network's input, or of a tile,
    /// to those of the picture. It may turn them by quarters.
    pub fn map(mut self, map: impl Fn(Point) -> Point) -> Self {
        let start = map(Point::new(self.rect.x, self.rect.y));
        let end = map(Point::new(self.rect.right(), self.rect.bottom()));
        self.rect = Rect::from_corners(
            start.x.min(end.x),
            start.y.min(end.y),
            start.x.max(end.x),
            start.y.max(end.y),
        );
        self.points = self.points.map(|points| points.map(&map));
        self.landmarks = self.landmarks.map(|landmarks| landmarks.map(map));
        self
    }
}

impl Serialize for Face {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Rect { x, y, width, height } = self.rect;
        let mut object = serializer.serialize_struct("Face", 3 + usize::from(self.landmarks.is_some()))?;
        object.serialize_field("box", &[x, y, width, height])?;
        object.serialize_field("score", &self.score)?;
        object.serialize_field("points", &self.points.map(|points| points.map(|p| [p.x, p.y])))?;
        if let Some(landmarks) = &self.landmarks {
            object.serialize_field("landmarks", landmarks)?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landmarks(point: Point) -> Landmarks {
        Landmarks::new(LandmarkScheme::Ibug68, vec![point; 68], None).unwrap()
    }

    #[test]
    fn a_face_is_a_box_a_score_and_points_in_json() {
        let mut face = Face::new(Rect::new(1.0, 2.5, 30.0, 40.0), 0.5, None);
        face.embedding = Some(Embedding::new("a", vec![1.0]).unwrap());
        let json = serde_json::to_string(&face).unwrap();
        assert_eq!(json, r#"{"box":[1.0,2.5,30.0,40.0],"score":0.5,"points":null}"#);
        face.points = Some([Point::new(3.0, 4.0); 5]);
        let json = serde_json::to_value(&face).unwrap();
        assert_eq!(
            json["points"],
            serde_json::json!([[3.0, 4.0], [3.0, 4.0], [3.0, 4.0], [3.0, 4.0], [3.0, 4.0]])
        );
    }

    #[test]
    fn landmarks_come_after_the_points_in_json() {
        let mut face = Face::new(Rect::default(), 0.5, None);
        face.landmarks = Some(landmarks(Point::new(3.0, 4.0)));
        let json = serde_json::to_string(&face).unwrap();
        assert!(json.contains(r#""points":null,"landmarks":{"scheme":"ibug-68","score":null,"#), "{json}");
    }

    #[test]
    fn map_moves_the_box_and_the_points() {
        let mut face = Face::new(Rect::new(1.0, 2.0, 3.0, 4.0), 0.5, Some([Point::new(2.0, 3.0); 5]));
        face.landmarks = Some(landmarks(Point::new(1.0, 1.0)));
        let mapped = face.map(|p| Point::new(2.0 * p.x + 1.0, 3.0 * p.y));
        let mut expected = Face::new(Rect::new(3.0, 6.0, 6.0, 12.0), 0.5, Some([Point::new(5.0, 9.0); 5]));
        expected.landmarks = Some(landmarks(Point::new(3.0, 3.0)));
        assert_eq!(mapped, expected);
        let turned = mapped.map(|p| Point::new(20.0 - p.y, p.x));
        assert_eq!(turned.rect, Rect::new(2.0, 3.0, 12.0, 6.0));
    }
}
