//! Dense landmarks: from a face that a detector found to its outline.

use crate::error::Result;
use crate::face::Face;
use crate::face::landmarks::{LandmarkerFamily, Landmarks};
use crate::geometry::{crop_face, invert};
use crate::models::Model;
use crate::picture::ImageRef;
use crate::progress::Control;
use crate::runtime::{Layout, PixelCoding};

/// The score from which landmarks are trusted.
const SURE: f32 = 0.5;
/// How far, on average, the five points of landmarks may lie from a detector's, in distances between the eyes.
const NEAR: f32 = 0.25;

/// The landmarks of a face, in pixels of the picture.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a model that is no landmarker,
/// [`NoFace`](crate::ErrorKind::NoFace) for a box without area, and those of the model's run.
pub fn landmarks(model: &Model, image: ImageRef<'_>, face: &Face, control: &Control) -> Result<Landmarks> {
    let family = LandmarkerFamily::of(model.family())?;
    let framing = family.framing();
    let size = model.picture_size().map_or(framing.default_size, |(width, _)| width);
    let to_crop = framing.to_crop(face, size)?;
    let crop = crop_face(image, &to_crop, size, size, framing.border)?;
    let coding = PixelCoding { layout: layout(model), ..framing.coding };
    let tensor = coding.encode(crop.view());
    let found =
        model.run(&[(model.input_name(), tensor.view().into_dyn())], control.cancel_token(), |outputs| {
            family.decode(outputs, size)
        })?;
    let back = invert(&to_crop)?;
    Ok(found.map(|point| back.apply(point)))
}

/// Gives a face its landmarks, and with them better points.
///
/// The five points become those of the landmarks when these can be trusted: their score, where the family gives
/// one, is at least 0.5, and their five points lie, on average, within a quarter of the distance between the eyes
/// of those that the detector found, if it found any.
fn refine(face: &mut Face, landmarks: Landmarks) {
    let five = landmarks.five_points();
    let sure = landmarks.score().is_none_or(|score| score >= SURE);
    let near = face.points.is_none_or(|points| {
        let apart = points.iter().zip(five).map(|(a, b)| a.distance(b)).sum::<f32>() / 5.0;
        apart <= NEAR * points[0].distance(points[1])
    });
    if sure && near {
        face.points = Some(five);
    }
    face.landmarks = Some(landmarks);
}

/// Finds the landmarks of a face that has none yet, and refines its points with them.
pub(crate) fn find_landmarks(
    landmarker: &Model,
    image: ImageRef<'_>,
    face: &mut Face,
    control: &Control,
) -> Result<()> {
    if face.landmarks.is_none() {
        let found = landmarks(landmarker, image, face, control)?;
        refine(face, found);
    }
    Ok(())
}

/// Where the channels of the picture stand in the graph's input.
fn layout(model: &Model) -> Layout {
    let dims = model.session.inputs().next().map(|input| input.dims.as_slice());
    match dims {
        Some([_, channels, .., Some(3)]) if *channels != Some(3) => Layout::Nhwc,
        _ => Layout::Nchw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::LandmarkScheme;
    use crate::geometry::{Point, Rect};

    fn face(points: Option<[Point; 5]>) -> Face {
        Face::new(Rect::new(0.0, 0.0, 68.0, 68.0), 0.9, points)
    }

    fn found(score: Option<f32>) -> Landmarks {
        let points = (0..68).map(|i| Point::new(i as f32, 1.0)).collect();
        Landmarks::new(LandmarkScheme::Ibug68, points, score).unwrap()
    }

    #[test]
    fn landmarks_that_can_be_trusted_move_the_points() {
        let five = found(None).five_points();
        let near = five.map(|p| Point::new(p.x + 1.0, p.y));
        let far = five.map(|p| Point::new(p.x, p.y + 3.0));
        for (points, score, moved) in [
            (Some(near), Some(0.5), true),
            (Some(near), None, true),
            (None, None, true),
            (Some(near), Some(0.4), false),
            (None, Some(0.4), false),
            (Some(far), Some(1.0), false),
        ] {
            let mut face = face(points);
            refine(&mut face, found(score));
            assert_eq!(face.points, if moved { Some(five) } else { points }, "{score:?}");
            assert!(face.landmarks.is_some());
        }
    }
}
