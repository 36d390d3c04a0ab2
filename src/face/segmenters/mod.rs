//! Segmenters: what each family wants to see of a crop, and how a mask is read from what it puts out.
//!
//! One file a family.

mod bisenet;
mod lite;
mod selfie;
mod xseg;

use crate::choice::choices;
use crate::error::{Error, ErrorKind, Result};
use crate::face::masks::soften;
use crate::geometry::{Mask, Template};
use crate::models::Family;
use crate::runtime::{Output, Outputs, PixelCoding};

choices! {
    /// A region of a face that a segmenter tells apart; left and right are as CelebAMask-HQ labels them.
    pub enum FaceRegion {
        /// The skin of the face, without what lies on it.
        Skin = "skin",
        /// The left brow.
        LeftEyebrow = "left-eyebrow",
        /// The right brow.
        RightEyebrow = "right-eyebrow",
        /// The left eye.
        LeftEye = "left-eye",
        /// The right eye.
        RightEye = "right-eye",
        /// Glasses.
        Glasses = "glasses",
        /// The nose.
        Nose = "nose",
        /// The inside of the mouth.
        Mouth = "mouth",
        /// The upper lip.
        UpperLip = "upper-lip",
        /// The lower lip.
        LowerLip = "lower-lip",
    }
}

/// A family of segmenters: the contract of its graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SegmenterFamily {
    /// BiSeNet face parsing: a class for each pixel.
    Bisenet,
    /// XSeg, as in DeepFaceLab: how much of each pixel is face and not something in front of it.
    Xseg,
    /// MediaPipe's selfie segmenter: how much of each pixel is person.
    Selfie,
    /// The embedded segmenter: how much of each pixel is face, and not hair or something in front of it.
    Lite,
}

impl SegmenterFamily {
    /// The families, in the order of the enum.
    pub const ALL: [Self; 4] = [Self::Bisenet, Self::Xseg, Self::Selfie, Self::Lite];

    /// The same contract among those of all models.
    pub fn family(self) -> Family {
        match self {
            Self::Bisenet => Family::Bisenet,
            Self::Xseg => Family::Xseg,
            Self::Selfie => Family::SelfieSegmenter,
            Self::Lite => Family::LiteSegment,
        }
    }

    /// Its name in the catalogue, such as `bisenet`.
    pub fn name(self) -> &'static str {
        self.family().name()
    }

    /// The segmenters of a contract.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for one of another role, with those that it could be.
    pub fn of(family: Family) -> Result<Self> {
        Self::ALL.into_iter().find(|segmenters| segmenters.family() == family).ok_or_else(|| {
            Error::parameter(format!(
                "`{family}` is no family of segmenters: use one of {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }

    /// Width and height of the pictures that its networks take.
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Bisenet => bisenet::SIZE,
            Self::Xseg => xseg::SIZE,
            Self::Selfie => selfie::SIZE,
            Self::Lite => lite::SIZE,
        }
    }

    /// How pixels become the numbers that its networks take.
    pub fn coding(self) -> PixelCoding {
        match self {
            Self::Bisenet => bisenet::CODING,
            Self::Xseg => xseg::CODING,
            Self::Selfie => selfie::CODING,
            Self::Lite => lite::CODING,
        }
    }

    /// Where the five points of a face must lie in what its networks see; `None` where any crop will do.
    pub fn template(self) -> Option<Template> {
        (self == Self::Lite).then_some(Template::Ffhq512)
    }

    /// Reads the mask for a crop of `width` × `height` pixels from what a network put out; its edge fades inwards.
    ///
    /// `regions` are those that count, where the family tells regions apart.
    ///
    /// # Errors
    /// Those of [`SegmenterFamily::weights`], and [`InvalidParameter`](ErrorKind::InvalidParameter) for a side of 0.
    pub fn mask(self, outputs: &Outputs, regions: &[FaceRegion], width: u32, height: u32) -> Result<Mask> {
        soften(&self.weights(outputs, regions)?.resize(width, height)?)
    }

    /// Reads how much of each pixel counts from what a network put out, in the size that the network takes.
    ///
    /// # Errors
    /// [`InvalidModel`](ErrorKind::InvalidModel) when an output is missing or its shape does not fit the family.
    pub fn weights(self, outputs: &Outputs, regions: &[FaceRegion]) -> Result<Mask> {
        let weights = match self {
            Self::Bisenet => bisenet::weights(outputs, regions),
            Self::Xseg => one_plane(outputs, xseg::SIZE),
            Self::Selfie => one_plane(outputs, selfie::SIZE),
            Self::Lite => lite::weights(outputs),
        };
        let weights = weights.map_err(|error| error.context(format!("a {} segmenter", self.name())))?;
        let (columns, rows) = self.size();
        Mask::from_values(columns, rows, weights)
    }
}

/// The weights of a network with one output, `[1, height, width, 1]`.
fn one_plane(outputs: &Outputs, (width, height): (u32, u32)) -> Result<Vec<f32>> {
    let [output] = outputs.exactly(["weights"])?;
    shaped(output, &[1, height as usize, width as usize, 1])?;
    Ok(output.values().iter().copied().collect())
}

fn shaped(output: &Output, shape: &[usize]) -> Result<()> {
    if output.values().shape() == shape {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidModel,
        format!(
            "output `{}` has the shape {:?}, and {shape:?} was expected",
            output.name(),
            output.values().shape()
        ),
    ))
}
