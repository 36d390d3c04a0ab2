//! The families of recognizers: what each wants to see, and when two faces are one person.

use crate::error::{Error, ErrorKind, Result};
use crate::face::{Embedding, Face, align};
use crate::geometry::Template;
use crate::models::{Family, Model};
use crate::picture::ImageRef;
use crate::progress::Control;
use crate::runtime::PixelCoding;

/// A family of recognizers: the contract of its graphs, which see an upright face of [`SIDE`](Self::SIDE) pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecognizerFamily {
    /// ArcFace, as in InsightFace: 512 numbers.
    Arcface,
    /// MobileFaceNet: 128 numbers.
    Mobilefacenet,
    /// SFace, as in OpenCV: 128 numbers.
    Sface,
}

impl RecognizerFamily {
    /// The families, in the order of the enum.
    pub const ALL: [Self; 3] = [Self::Arcface, Self::Mobilefacenet, Self::Sface];

    /// The side of the crop in pixels.
    pub const SIDE: u32 = 112;

    /// Where the five points lie in the crop.
    pub const TEMPLATE: Template = Template::Arcface112V2;

    /// The same contract among those of all models.
    pub fn family(self) -> Family {
        match self {
            Self::Arcface => Family::Arcface,
            Self::Mobilefacenet => Family::Mobilefacenet,
            Self::Sface => Family::Sface,
        }
    }

    /// Its name in the catalogue, such as `sface`.
    pub fn name(self) -> &'static str {
        self.family().name()
    }

    /// The recognizers of a contract.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for one of another role, with those that it could
    /// be.
    pub fn of(family: Family) -> Result<Self> {
        Self::ALL.into_iter().find(|recognizers| recognizers.family() == family).ok_or_else(|| {
            Error::parameter(format!(
                "`{family}` is no family of recognizers: use one of {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }

    /// How pixels become numbers for a graph that begins with these operators.
    ///
    /// SFace and an ArcFace graph that begins by subtracting and multiplying take levels of 0 to 255.
    ///
    /// Source: InsightFace's `ArcFaceONNX`, which looks at the first eight nodes.
    pub fn coding(self, first_operators: &[String]) -> PixelCoding {
        let has = |operators: [&str; 2]| {
            first_operators.iter().any(|operator| operators.contains(&operator.as_str()))
        };
        match self {
            Self::Sface => PixelCoding::LEVELS_RGB,
            Self::Arcface if has(["Sub", "_minusscalar0"]) && has(["Mul", "_mulscalar0"]) => {
                PixelCoding::LEVELS_RGB
            }
            Self::Arcface | Self::Mobilefacenet => PixelCoding::SIGNED_RGB,
        }
    }

    /// The cosine from which two faces are one person.
    ///
    /// Source: for SFace OpenCV's example; for ArcFace the default of facefusion, a distance of 0.3; for
    /// MobileFaceNet a measurement: among portraits of 36 people, each against three altered copies of every other,
    /// the most alike two had a cosine of 0.38, and 0.1 % of the pairs more than 0.33.
    pub fn threshold(self) -> f32 {
        match self {
            Self::Arcface | Self::Mobilefacenet => 0.4,
            Self::Sface => 0.363,
        }
    }
}

/// What a recognizer says of a face.
///
/// # Errors
/// [`ErrorKind::Unsupported`] for a face without points, [`ErrorKind::InvalidParameter`] for a model that is no
/// recognizer, [`ErrorKind::InvalidModel`] when what it puts out has no direction, and those of the model's run.
pub fn embedding(
    recognizer: &Model,
    image: ImageRef<'_>,
    face: &Face,
    control: &Control,
) -> Result<Embedding> {
    let family = RecognizerFamily::of(recognizer.family())?;
    let crop = align(image, face.five_points()?, RecognizerFamily::TEMPLATE, RecognizerFamily::SIDE)?;
    let tensor = family.coding(recognizer.first_operators()).encode(crop.view());
    recognizer.run(
        &[(recognizer.input_name(), tensor.view().into_dyn())],
        control.cancel_token(),
        |outputs| {
            let raw = outputs.at(0)?.values().iter().copied().collect();
            Embedding::new(recognizer.name(), raw)
                .map_err(|error| Error::new(ErrorKind::InvalidModel, error.to_string()))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_found_again() {
        for family in RecognizerFamily::ALL {
            assert_eq!(RecognizerFamily::of(family.family()).unwrap(), family);
        }
        assert!(RecognizerFamily::of(Family::Fan).unwrap_err().to_string().contains("sface"));
    }

    #[test]
    fn a_graph_that_normalises_takes_levels() {
        let coding = |operators: &[&str]| {
            RecognizerFamily::Arcface
                .coding(&operators.iter().map(|&operator| operator.into()).collect::<Vec<_>>())
        };
        assert_eq!(coding(&["Sub", "Mul", "Conv"]), PixelCoding::LEVELS_RGB);
        for operators in [&["Conv", "PRelu"][..], &["Sub", "Conv"], &["Mul"], &[]] {
            assert_eq!(coding(operators), PixelCoding::SIGNED_RGB, "{operators:?}");
        }
    }
}
