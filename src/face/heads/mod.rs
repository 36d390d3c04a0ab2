//! Detector heads: what each family of detectors wants to see, and how faces are read from what it puts out.
//!
//! One file a family. A head gives every candidate; [`nms`](super::nms) leaves one of each face.

mod blazeface;
mod grid;
mod retinaface;
mod scrfd;
mod ultraface;
mod yoloface;
mod yunet;

use ndarray::ArrayView1;

use crate::error::{Error, Result};
use crate::face::Face;
use crate::geometry::{Point, Rect};
use crate::models::Family;
use crate::runtime::{Outputs, PixelCoding};
use grid::Input;

/// A family of detectors: the contract of its graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DetectorFamily {
    /// YuNet, as in OpenCV's `FaceDetectorYN`: twelve outputs, `cls_8` to `kps_32`.
    Yunet,
    /// SCRFD, as in InsightFace: 6 or 9 outputs (strides 8 to 32, two anchors) or 10 or 15 (strides 8 to 128,
    /// one anchor), scores first, then boxes, then points, which the 6 and the 10 lack.
    Scrfd,
    /// RetinaFace with a ResNet-50, as in facexlib: location, confidence (probabilities or logits), landmarks.
    Retinaface,
    /// UltraFace (slim and RFB): `scores` and `boxes`, no points.
    Ultraface,
    /// MediaPipe's BlazeFace: regressors and classifiers of the front (short range), back or full range layout.
    Blazeface,
    /// YOLO-face v8 with the heads fused: one output of [1, 20, anchors].
    Yoloface,
}

/// What a network wants to see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preprocess {
    /// How its pixels become numbers.
    pub coding: PixelCoding,
    /// The levels of each plane, 0 to 255, where the picture does not reach.
    pub fill: [f32; 3],
    /// The sizes that the network takes.
    pub size: SizeRule,
    /// Width and height when neither the graph nor the caller says.
    pub default_size: (u32, u32),
    /// The score from which a candidate counts when the caller does not say.
    pub threshold: f32,
    /// The intersection over union above which two candidates are one face when the caller does not say.
    pub nms_threshold: f32,
}

/// The sizes that a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeRule {
    /// Only the one that its graph declares.
    Fixed,
    /// Sides that are multiples of this, unless its graph declares one size.
    Multiple(u32),
}

impl DetectorFamily {
    /// The families, in the order of the enum.
    pub const ALL: [Self; 6] =
        [Self::Yunet, Self::Scrfd, Self::Retinaface, Self::Ultraface, Self::Blazeface, Self::Yoloface];

    /// The same contract among those of all models.
    pub fn family(self) -> Family {
        match self {
            Self::Yunet => Family::Yunet,
            Self::Scrfd => Family::Scrfd,
            Self::Retinaface => Family::Retinaface,
            Self::Ultraface => Family::Ultraface,
            Self::Blazeface => Family::Blazeface,
            Self::Yoloface => Family::Yoloface,
        }
    }

    /// Its name in the catalogue, such as `yunet`.
    pub fn name(self) -> &'static str {
        self.family().name()
    }

    /// The detectors of a contract.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for one of another role, with those that it could
    /// be.
    pub fn of(family: Family) -> Result<Self> {
        Self::ALL.into_iter().find(|detectors| detectors.family() == family).ok_or_else(|| {
            Error::parameter(format!(
                "`{family}` is no family of face detectors: use one of {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }

    /// What its networks want to see.
    pub fn preprocess(self) -> Preprocess {
        match self {
            Self::Yunet => yunet::PREPROCESS,
            Self::Scrfd => scrfd::PREPROCESS,
            Self::Retinaface => retinaface::PREPROCESS,
            Self::Ultraface => ultraface::PREPROCESS,
            Self::Blazeface => blazeface::PREPROCESS,
            Self::Yoloface => yoloface::PREPROCESS,
        }
    }

    /// Reads the faces from what a network put out for an input of `width` × `height` pixels.
    ///
    /// The faces are in pixels of that input, in the order of the anchors: all with a score of at least
    /// `threshold`, 0 to 1, so that one face may come many times. Candidates with a number that is not finite, or
    /// a box without area, are dropped.
    ///
    /// # Errors
    /// [`InvalidModel`](crate::ErrorKind::InvalidModel) when an output is missing or its shape does not fit the
    /// family and the input.
    pub fn decode(self, outputs: &Outputs, width: u32, height: u32, threshold: f32) -> Result<Vec<Face>> {
        let decode = match self {
            Self::Yunet => yunet::decode,
            Self::Scrfd => scrfd::decode,
            Self::Retinaface => retinaface::decode,
            Self::Ultraface => ultraface::decode,
            Self::Blazeface => blazeface::decode,
            Self::Yoloface => yoloface::decode,
        };
        decode(outputs, Input { width, height }, threshold).map_err(|error| {
            let family = self.name();
            error.context(format!("a {family} detector with an input of {width}×{height}"))
        })
    }
}

/// A candidate as a face, unless a number of it is not finite or its box has no area.
fn candidate(rect: Rect, score: f32, points: Option<[Point; 5]>) -> Option<Face> {
    let size = rect.width > 0.0 && rect.height > 0.0;
    let finite = [score, rect.x, rect.y, rect.right(), rect.bottom(), rect.area()]
        .into_iter()
        .chain(points.iter().flatten().flat_map(|p| [p.x, p.y]))
        .all(f32::is_finite);
    (size && finite).then(|| Face::new(rect, score.clamp(0.0, 1.0), points))
}

/// The box of a size around a centre.
fn centered(center: Point, width: f32, height: f32) -> Rect {
    Rect::new(center.x - width / 2.0, center.y - height / 2.0, width, height)
}

/// Five points from a row of x, y, x, y, … that `place` puts into the input.
fn five_points(row: ArrayView1<f32>, place: impl Fn(f32, f32) -> Point) -> [Point; 5] {
    std::array::from_fn(|i| place(row[2 * i], row[2 * i + 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_found_again() {
        for family in DetectorFamily::ALL {
            assert_eq!(DetectorFamily::of(family.name().parse().unwrap()).unwrap(), family);
        }
        let error = DetectorFamily::of(Family::Gfpgan).unwrap_err().to_string();
        assert!(error.contains("gfpgan") && error.contains("yunet"), "{error}");
    }
}
