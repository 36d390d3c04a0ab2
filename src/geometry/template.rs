//! Where the five points of a face stand in an aligned crop.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::geometry::Point;

/// Where a family of models expects the five points of a face in its crop.
///
/// The number in a name is the size of the crop that the template was made for; it serves at any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Template {
    /// ArcFace, the older layout without side shift.
    Arcface112V1,
    /// ArcFace, as InsightFace and SFace align for recognition.
    Arcface112V2,
    /// ArcFace widened to 128, as InsightFace aligns for swapping.
    Arcface128,
    /// The whole face of DeepFaceLab.
    DflWholeFace,
    /// FFHQ as facexlib aligns, for GFPGAN, CodeFormer and RestoreFormer.
    Ffhq512,
    /// MTCNN's reference points.
    Mtcnn512,
    /// StyleGANEX, a wide crop.
    Styleganex384,
}

impl Template {
    /// All templates.
    pub const ALL: [Self; 7] = [
        Self::Arcface112V1,
        Self::Arcface112V2,
        Self::Arcface128,
        Self::DflWholeFace,
        Self::Ffhq512,
        Self::Mtcnn512,
        Self::Styleganex384,
    ];

    /// The points in a square crop of `size` pixels, in the order of [`Face::points`](crate::Face::points).
    pub fn points(self, size: u32) -> [Point; 5] {
        let size = f64::from(size);
        self.normalised().map(|[x, y]| Point::new((x * size) as f32, (y * size) as f32))
    }

    /// The name, such as `arcface_112_v2`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arcface112V1 => "arcface_112_v1",
            Self::Arcface112V2 => "arcface_112_v2",
            Self::Arcface128 => "arcface_128",
            Self::DflWholeFace => "dfl_whole_face",
            Self::Ffhq512 => "ffhq_512",
            Self::Mtcnn512 => "mtcnn_512",
            Self::Styleganex384 => "styleganex_384",
        }
    }

    /// The points in a crop of size 1.
    #[rustfmt::skip]
    const fn normalised(self) -> [[f64; 2]; 5] {
        match self {
            Self::Arcface112V1 => [
                [0.354_732_14, 0.456_589_29], [0.645_267_86, 0.456_589_29], [0.500_000_00, 0.611_544_64],
                [0.379_133_93, 0.776_875_00], [0.620_866_07, 0.776_875_00],
            ],
            Self::Arcface112V2 => [
                [0.341_916_07, 0.461_574_11], [0.656_533_93, 0.459_833_93], [0.500_225_00, 0.640_505_36],
                [0.370_975_89, 0.824_691_96], [0.631_516_96, 0.823_250_89],
            ],
            Self::Arcface128 => [
                [0.361_676_56, 0.403_877_34], [0.636_967_19, 0.402_354_69], [0.500_196_87, 0.560_442_19],
                [0.387_103_91, 0.721_605_47], [0.615_077_34, 0.720_344_53],
            ],
            Self::DflWholeFace => [
                [0.353_422_66, 0.392_857_16], [0.627_976_22, 0.392_857_16], [0.486_607_13, 0.540_178_60],
                [0.388_392_87, 0.687_500_11], [0.598_214_27, 0.687_500_11],
            ],
            Self::Ffhq512 => [
                [0.376_916_76, 0.468_646_64], [0.622_856_97, 0.469_128_13], [0.501_238_59, 0.613_319_04],
                [0.393_088_22, 0.725_411_00], [0.611_502_05, 0.724_904_65],
            ],
            Self::Mtcnn512 => [
                [0.365_628_65, 0.467_337_99], [0.633_053_91, 0.465_858_85], [0.500_191_27, 0.619_429_59],
                [0.390_329_51, 0.775_988_22], [0.611_789_45, 0.774_763_28],
            ],
            Self::Styleganex384 => [
                [0.423_537_45, 0.522_898_79], [0.577_250_08, 0.523_199_72], [0.501_238_59, 0.613_319_04],
                [0.433_644_61, 0.683_376_52], [0.570_153_25, 0.683_060_05],
            ],
        }
    }
}

impl FromStr for Template {
    type Err = Error;

    /// The template of a name.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for an unknown name; the message lists the names.
    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|template| template.name() == name);
        found.ok_or_else(|| {
            Error::parameter(format!(
                "there is no alignment template `{name}`: use one of {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
