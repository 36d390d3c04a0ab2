//! Which of the faces of a picture a caller wants, and in which order.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::face::{Embedding, Face};

/// The order in which faces are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// By the left edge of the box, leftmost first.
    LeftRight,
    /// By the left edge of the box, rightmost first.
    RightLeft,
    /// By the top edge of the box, topmost first.
    TopBottom,
    /// By the top edge of the box, lowest first.
    BottomTop,
    /// By the area of the box, smallest first.
    SmallLarge,
    /// By the area of the box, largest first: the default.
    #[default]
    LargeSmall,
    /// By the score, surest first.
    BestWorst,
    /// By the score, least sure first.
    WorstBest,
}

/// Which faces are meant.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// All of them: the default.
    #[default]
    Many,
    /// The first in the order.
    One,
    /// The one at a position in the order, counted from 0.
    Index(usize),
    /// The only one there is.
    Only,
    /// Those of the person that an embedding shows.
    Reference {
        /// The person's embedding, from the recognizer that also made those of the faces.
        embedding: Embedding,
        /// The [`distance`](Embedding::distance) under which a face is that person, 0 to 1. Default: 0.3.
        #[serde(default = "default_distance")]
        distance: f32,
    },
}

impl Order {
    /// The eight orders.
    pub const ALL: [Self; 8] = [
        Self::LeftRight,
        Self::RightLeft,
        Self::TopBottom,
        Self::BottomTop,
        Self::SmallLarge,
        Self::LargeSmall,
        Self::BestWorst,
        Self::WorstBest,
    ];

    /// Its name on the command line and in JSON, such as `left-right`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeftRight => "left-right",
            Self::RightLeft => "right-left",
            Self::TopBottom => "top-bottom",
            Self::BottomTop => "bottom-top",
            Self::SmallLarge => "small-large",
            Self::LargeSmall => "large-small",
            Self::BestWorst => "best-worst",
            Self::WorstBest => "worst-best",
        }
    }

    /// The order of a name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for an unknown name, with the known ones.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name).ok_or_else(|| {
            Error::parameter(format!(
                "`{name}` is no order of faces: use one of {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }
}

/// Sorts faces; those that are equal in the order stay as they were.
pub fn sort(faces: &mut [Face], order: Order) {
    let (key, falling): (fn(&Face) -> f32, bool) = match order {
        Order::LeftRight => (|face| face.rect.x, false),
        Order::RightLeft => (|face| face.rect.x, true),
        Order::TopBottom => (|face| face.rect.y, false),
        Order::BottomTop => (|face| face.rect.y, true),
        Order::SmallLarge => (|face| face.rect.area(), false),
        Order::LargeSmall => (|face| face.rect.area(), true),
        Order::WorstBest => (|face| face.score, false),
        Order::BestWorst => (|face| face.score, true),
    };
    faces.sort_by(|a, b| {
        let (a, b) = if falling { (b, a) } else { (a, b) };
        key(a).total_cmp(&key(b))
    });
}

/// The faces that a selection means, in an order.
///
/// # Errors
/// [`ErrorKind::NoFace`] when there is none, or not the one that is meant; [`ErrorKind::InvalidParameter`] when the
/// only one is meant and there are several, and for a reference when a face has no embedding, or one of another
/// recognizer.
pub fn select(mut faces: Vec<Face>, selection: &Selection, order: Order) -> Result<Vec<Face>> {
    if faces.is_empty() {
        return Err(Error::new(
            ErrorKind::NoFace,
            "no face was found in the picture: use a picture that shows one, or lower the detector's score threshold",
        ));
    }
    sort(&mut faces, order);
    match selection {
        Selection::Many => Ok(faces),
        Selection::One => Ok(faces.into_iter().take(1).collect()),
        Selection::Only if faces.len() == 1 => Ok(faces),
        Selection::Only => Err(Error::parameter(format!(
            "the picture shows {}, and only one was asked for: choose one by its index, or use a picture of one face",
            count(faces.len())
        ))),
        Selection::Index(index) if *index < faces.len() => Ok(vec![faces.swap_remove(*index)]),
        Selection::Index(index) => Err(Error::new(
            ErrorKind::NoFace,
            format!("there is no face {index}: the picture shows {}, counted from 0", count(faces.len())),
        )),
        Selection::Reference { embedding, distance } => matching(faces, embedding, *distance),
    }
}

fn matching(faces: Vec<Face>, reference: &Embedding, limit: f32) -> Result<Vec<Face>> {
    let total = faces.len();
    let mut matching = Vec::new();
    let mut nearest = 1.0f32;
    for face in faces {
        let embedding = face.embedding.as_ref().ok_or_else(|| {
            Error::parameter(
                "a face has no embedding to compare with the reference: run a recognizer on it first",
            )
        })?;
        let distance = embedding.distance(reference)?;
        nearest = nearest.min(distance);
        if distance < limit {
            matching.push(face);
        }
    }
    if matching.is_empty() {
        return Err(Error::new(
            ErrorKind::NoFace,
            format!(
                "the picture shows {}, and none is the reference: the nearest is at distance {nearest:.3}, and less \
                 than {limit} was asked for",
                count(total)
            ),
        ));
    }
    Ok(matching)
}

fn count(faces: usize) -> String {
    match faces {
        1 => "1 face".into(),
        _ => format!("{faces} faces"),
    }
}

fn default_distance() -> f32 {
    0.3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;

    /// Three faces: a is leftmost and surest, b topmost and largest, c rightmost, lowest, smallest and least sure.
    fn faces() -> Vec<Face> {
        [(10.0, 20.0, 8.0, 0.9), (30.0, 10.0, 12.0, 0.8), (50.0, 30.0, 4.0, 0.7)]
            .map(|(x, y, side, score)| Face::new(Rect::new(x, y, side, side), score, None))
            .into()
    }

    fn named(faces: &[Face]) -> String {
        faces
            .iter()
            .map(|face| {
                if face.score > 0.85 {
                    'a'
                } else if face.score > 0.75 {
                    'b'
                } else {
                    'c'
                }
            })
            .collect()
    }

    fn with_embeddings(embeddings: [[f32; 2]; 3]) -> Vec<Face> {
        let mut faces = faces();
        for (face, embedding) in faces.iter_mut().zip(embeddings) {
            face.embedding = Some(Embedding::new("a", embedding.into()).unwrap());
        }
        faces
    }

    fn reference(embedding: &[f32], distance: f32) -> Selection {
        Selection::Reference { embedding: Embedding::new("a", embedding.into()).unwrap(), distance }
    }

    #[test]
    fn each_order_sorts_by_its_own_measure() {
        let expected = ["abc", "cba", "bac", "cab", "cab", "bac", "abc", "cba"];
        for (order, expected) in Order::ALL.into_iter().zip(expected) {
            let mut faces = faces();
            sort(&mut faces, order);
            assert_eq!(named(&faces), expected, "{order:?}");
        }
    }

    #[test]
    fn equal_faces_stay_as_they_were() {
        for order in [Order::LargeSmall, Order::SmallLarge, Order::LeftRight, Order::BottomTop] {
            let mut faces = faces();
            faces.iter_mut().for_each(|face| face.rect = Rect::new(0.0, 0.0, 5.0, 5.0));
            sort(&mut faces, order);
            assert_eq!(named(&faces), "abc", "{order:?}");
        }
    }

    #[test]
    fn one_and_index_count_in_the_order() {
        let select = |selection, order| named(&select(faces(), &selection, order).unwrap());
        assert_eq!(select(Selection::Many, Order::RightLeft), "cba");
        assert_eq!(select(Selection::One, Order::LargeSmall), "b");
        assert_eq!(select(Selection::Index(0), Order::TopBottom), "b");
        assert_eq!(select(Selection::Index(2), Order::TopBottom), "c");
    }

    #[test]
    fn the_only_face_is_alone() {
        let one = select(faces().split_off(2), &Selection::Only, Order::LeftRight).unwrap();
        assert_eq!(named(&one), "c");
        let error = select(faces(), &Selection::Only, Order::LeftRight).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().contains("3 faces"), "{error}");
    }

    #[test]
    fn a_face_that_is_not_there_is_an_error_that_counts() {
        let error = select(faces(), &Selection::Index(3), Order::LeftRight).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoFace);
        assert!(error.to_string().contains("no face 3") && error.to_string().contains("3 faces"), "{error}");
        for selection in [Selection::Many, Selection::One, Selection::Index(0), reference(&[1.0], 0.3)] {
            assert_eq!(select(vec![], &selection, Order::LeftRight).unwrap_err().kind(), ErrorKind::NoFace);
        }
    }

    #[test]
    fn a_reference_finds_the_faces_nearer_than_its_distance() {
        let faces = with_embeddings([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]]);
        let matching = select(faces.clone(), &reference(&[5.0, 0.0], 0.3), Order::LeftRight).unwrap();
        assert_eq!(named(&matching), "ac");
        let matching = select(faces.clone(), &reference(&[5.0, 0.0], 0.1), Order::RightLeft).unwrap();
        assert_eq!(named(&matching), "a");
        let error = select(faces, &reference(&[-1.0, -1.0], 0.3), Order::LeftRight).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoFace);
        assert!(error.to_string().contains("0.854"), "{error}");
    }

    #[test]
    fn a_reference_needs_embeddings_of_its_own_kind() {
        let kind = |faces, reference| select(faces, &reference, Order::LeftRight).unwrap_err().kind();
        assert_eq!(kind(faces(), reference(&[1.0, 0.0], 0.3)), ErrorKind::InvalidParameter);
        let faces = with_embeddings([[1.0, 0.0]; 3]);
        assert_eq!(kind(faces, reference(&[1.0, 0.0, 0.0], 0.3)), ErrorKind::InvalidParameter);
    }

    #[test]
    fn names_are_hyphenated_in_json_and_parsed_back() {
        for order in Order::ALL {
            assert_eq!(serde_json::to_value(order).unwrap(), order.name());
            assert_eq!(Order::parse(order.name()).unwrap(), order);
        }
        assert!(Order::parse("sideways").unwrap_err().to_string().contains("left-right"));
        assert_eq!(serde_json::to_string(&Selection::Many).unwrap(), r#""many""#);
        assert_eq!(serde_json::to_string(&Selection::Index(2)).unwrap(), r#"{"index":2}"#);
        let json = r#"{"reference": {"embedding": {"recognizer": "a", "raw": [1, 0.5]}}}"#;
        assert_eq!(serde_json::from_str::<Selection>(json).unwrap(), reference(&[1.0, 0.5], 0.3));
    }
}
