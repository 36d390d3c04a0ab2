//! Which point of a face each landmark is.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::choice::choices;

/// A numbering of the landmarks of a face.
///
/// Left and right are the viewer's. Its tables hold indices of landmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LandmarkScheme {
    /// The 68 points of iBUG's 300-W: jaw, brows, nose, eyes, mouth.
    #[serde(rename = "ibug-68")]
    Ibug68,
    /// The 98 points of WFLW, pupils included.
    #[serde(rename = "wflw-98")]
    Wflw98,
    /// The 468 vertices of MediaPipe's face mesh.
    #[serde(rename = "mesh-468")]
    Mesh468,
    /// MediaPipe's face mesh and five points of each iris.
    #[serde(rename = "mesh-478")]
    Mesh478,
}

choices! {
    /// A part of a face that landmarks bound.
    pub enum FaceArea {
        /// From the brows, or from the forehead where the scheme has one, to the base of the nose.
        UpperFace = "upper-face",
        /// From the base of the nose to the chin.
        LowerFace = "lower-face",
        /// The lips and what is between them.
        Mouth = "mouth",
    }
}

impl LandmarkScheme {
    /// The schemes, in the order of the enum.
    pub const ALL: [Self; 4] = [Self::Ibug68, Self::Wflw98, Self::Mesh468, Self::Mesh478];

    /// Its name in JSON, such as `ibug-68`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ibug68 => "ibug-68",
            Self::Wflw98 => "wflw-98",
            Self::Mesh468 => "mesh-468",
            Self::Mesh478 => "mesh-478",
        }
    }

    /// How many landmarks there are.
    #[expect(clippy::len_without_is_empty, reason = "no scheme is empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Ibug68 => 68,
            Self::Wflw98 => 98,
            Self::Mesh468 => 468,
            Self::Mesh478 => 478,
        }
    }

    /// The closed outline: along the jaw from left to right, and back over the brows, or over the forehead where
    /// the scheme has one.
    pub const fn contour(self) -> &'static [usize] {
        self.parts().contour
    }

    /// The closed outlines of the eyes, the left one first; each from its left corner over the upper lid.
    pub const fn eyes(self) -> [&'static [usize]; 2] {
        self.parts().eyes
    }

    /// The brows, the left one first, from left to right along the upper edge; where the scheme has a lower edge,
    /// back along it, so that the outline is closed.
    pub const fn brows(self) -> [&'static [usize]; 2] {
        self.parts().brows
    }

    /// The nose: down its bridge to the tip, then along its base from left to right.
    pub const fn nose(self) -> &'static [usize] {
        self.parts().nose
    }

    /// The base of the nose, from left to right.
    pub const fn nose_base(self) -> &'static [usize] {
        self.parts().nose_base
    }

    /// The tip of the nose.
    pub const fn nose_tip(self) -> usize {
        self.parts().nose_tip
    }

    /// The closed outer outline of the lips, from the left corner over the upper lip.
    pub const fn outer_lips(self) -> &'static [usize] {
        self.parts().outer_lips
    }

    /// The closed inner outline of the lips, from the left corner over the upper lip.
    pub const fn inner_lips(self) -> &'static [usize] {
        self.parts().inner_lips
    }

    /// The left and the right corner of the mouth.
    pub const fn mouth_corners(self) -> [usize; 2] {
        self.parts().mouth_corners
    }

    /// The landmarks whose convex hull is an area.
    ///
    /// Source: for [`Ibug68`](Self::Ibug68) facefusion's areas; the others have theirs at the same places.
    pub fn area(self, area: FaceArea) -> Vec<usize> {
        let Parts { contour, lower_jaw, nose_base, outer_lips, .. } = self.parts();
        let (start, end) = *lower_jaw;
        match area {
            FaceArea::UpperFace => [&contour[..start], &contour[end..], *nose_base].concat(),
            FaceArea::LowerFace => [&contour[start..end], *nose_base].concat(),
            FaceArea::Mouth => outer_lips.to_vec(),
        }
    }

    const fn parts(self) -> &'static Parts {
        match self {
            Self::Ibug68 => &IBUG,
            Self::Wflw98 => &WFLW,
            Self::Mesh468 | Self::Mesh478 => &MESH,
        }
    }
}

impl fmt::Display for LandmarkScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The tables of a scheme.
struct Parts {
    contour: &'static [usize],
    /// The part of the contour that lies lower than the nose: its start and its end.
    lower_jaw: (usize, usize),
    eyes: [&'static [usize]; 2],
    brows: [&'static [usize]; 2],
    nose: &'static [usize],
    nose_base: &'static [usize],
    nose_tip: usize,
    outer_lips: &'static [usize],
    inner_lips: &'static [usize],
    mouth_corners: [usize; 2],
}

/// Source: C. Sagonas et al., "300 Faces in-the-Wild Challenge", 2013, figure of the mark-up.
const IBUG: Parts = Parts {
    contour: &joined::<27>(&[0..=16], &[17..=26]),
    lower_jaw: (3, 14),
    eyes: [&run::<6>(36..=41), &run::<6>(42..=47)],
    brows: [&run::<5>(17..=21), &run::<5>(22..=26)],
    nose: &run::<9>(27..=35),
    nose_base: &run::<5>(31..=35),
    nose_tip: 30,
    outer_lips: &run::<12>(48..=59),
    inner_lips: &run::<8>(60..=67),
    mouth_corners: [48, 54],
};

/// Source: W. Wu et al., "Look at Boundary", 2018, and the mark-up of its data set WFLW.
const WFLW: Parts = Parts {
    contour: &joined::<43>(&[0..=32], &[33..=37, 42..=46]),
    lower_jaw: (6, 27),
    eyes: [&run::<8>(60..=67), &run::<8>(68..=75)],
    brows: [&run::<9>(33..=41), &run::<9>(42..=50)],
    nose: &run::<9>(51..=59),
    nose_base: &run::<5>(55..=59),
    nose_tip: 54,
    outer_lips: &run::<12>(76..=87),
    inner_lips: &run::<8>(88..=95),
    mouth_corners: [76, 82],
};

/// Source: the connections of MediaPipe's face mesh, which name the person's left and right.
const MESH: Parts = Parts {
    contour: &[
        234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323,
        454, 356, 389, 251, 284, 332, 297, 338, 10, 109, 67, 103, 54, 21, 162, 127,
    ],
    lower_jaw: (2, 19),
    eyes: [
        &[33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
        &[362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382],
    ],
    brows: [&[70, 63, 105, 66, 107, 55, 65, 52, 53, 46], &[336, 296, 334, 293, 300, 276, 283, 282, 295, 285]],
    nose: &[168, 6, 197, 195, 5, 4, 98, 97, 2, 326, 327],
    nose_base: &[98, 97, 2, 326, 327],
    nose_tip: 4,
    outer_lips: &[61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146],
    inner_lips: &[78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95],
    mouth_corners: [61, 291],
};

/// Indices that follow each other.
const fn run<const N: usize>(range: RangeInclusive<usize>) -> [usize; N] {
    joined(&[range], &[])
}

/// The runs of `there` one after the other, then those of `back` from the last index to the first.
const fn joined<const N: usize>(
    there: &[RangeInclusive<usize>],
    back: &[RangeInclusive<usize>],
) -> [usize; N] {
    let mut indices = [0; N];
    let mut len = 0;
    let mut i = 0;
    while i < there.len() {
        let mut index = *there[i].start();
        while index <= *there[i].end() {
            indices[len] = index;
            (len, index) = (len + 1, index + 1);
        }
        i += 1;
    }
    i = back.len();
    while i > 0 {
        i -= 1;
        let mut index = *back[i].end() + 1;
        while index > *back[i].start() {
            index -= 1;
            indices[len] = index;
            len += 1;
        }
    }
    assert!(len == N, "a table is as long as its runs");
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_holds_landmarks_of_its_scheme_each_once() {
        for scheme in LandmarkScheme::ALL {
            let [left_eye, right_eye] = scheme.eyes();
            let [left_brow, right_brow] = scheme.brows();
            for table in [
                scheme.contour(),
                left_eye,
                right_eye,
                left_brow,
                right_brow,
                scheme.nose(),
                scheme.outer_lips(),
                scheme.inner_lips(),
            ] {
                let mut sorted = table.to_vec();
                sorted.sort_unstable();
                sorted.dedup();
                assert_eq!(sorted.len(), table.len(), "{scheme}: {table:?}");
                assert!(sorted.iter().all(|index| *index < scheme.len()), "{scheme}: {table:?}");
            }
            assert!(scheme.nose().contains(&scheme.nose_tip()));
            assert!(scheme.nose().ends_with(scheme.nose_base()));
            assert_eq!(scheme.outer_lips()[0], scheme.mouth_corners()[0]);
        }
    }

    #[test]
    fn runs_are_joined_there_and_back() {
        assert_eq!(LandmarkScheme::Ibug68.contour()[15..20], [15, 16, 26, 25, 24]);
        assert_eq!(LandmarkScheme::Wflw98.contour()[31..40], [31, 32, 46, 45, 44, 43, 42, 37, 36]);
        assert_eq!(LandmarkScheme::Wflw98.contour().last(), Some(&33));
    }

    #[test]
    fn areas_lie_between_brows_nose_and_jaw() {
        let sorted = |scheme: LandmarkScheme, area| {
            let mut indices = scheme.area(area);
            indices.sort_unstable();
            indices
        };
        let upper: Vec<_> = [0, 1, 2, 14, 15, 16].into_iter().chain(17..=26).chain(31..=35).collect();
        let lower: Vec<_> = (3..=13).chain(31..=35).collect();
        assert_eq!(sorted(LandmarkScheme::Ibug68, FaceArea::UpperFace), upper);
        assert_eq!(sorted(LandmarkScheme::Ibug68, FaceArea::LowerFace), lower);
        let mesh = LandmarkScheme::Mesh468;
        assert!(
            mesh.area(FaceArea::LowerFace).contains(&152) && mesh.area(FaceArea::UpperFace).contains(&10)
        );
        for scheme in LandmarkScheme::ALL {
            let both = scheme.area(FaceArea::UpperFace).len() + scheme.area(FaceArea::LowerFace).len();
            assert_eq!(both, scheme.contour().len() + 2 * scheme.nose_base().len());
        }
    }

    #[test]
    fn names_are_those_of_json() {
        for scheme in LandmarkScheme::ALL {
            assert_eq!(serde_json::to_value(scheme).unwrap(), scheme.name());
        }
    }
}
