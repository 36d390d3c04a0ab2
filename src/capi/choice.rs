//! The parameters that are one of several words in Rust and a number in C.
#![allow(dead_code, reason = "the enums name the numbers for C; Rust counts its own choices")]

use crate::error::{Error, Result};
use crate::face::Order;
use crate::params::Select;

/// The order in which faces are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_order {
    /// By the left edge of the box, leftmost first.
    LeftRight = 0,
    /// By the left edge of the box, rightmost first.
    RightLeft = 1,
    /// By the top edge of the box, topmost first.
    TopBottom = 2,
    /// By the top edge of the box, lowest first.
    BottomTop = 3,
    /// By the area of the box, smallest first.
    SmallLarge = 4,
    /// By the area of the box, largest first.
    LargeSmall = 5,
    /// By the score, surest first.
    BestWorst = 6,
    /// By the score, least sure first.
    WorstBest = 7,
}

/// Which of the faces found are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_select {
    /// All of them.
    Many = 0,
    /// The first in the order.
    One = 1,
    /// The one at `index` in the order.
    Index = 2,
    /// Those that look like the face in the picture `reference`.
    Reference = 3,
    /// The only one: several are an error.
    Only = 4,
}

/// What puts one face in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_swap_engine {
    /// The best network that is installed and allowed, else the mesh.
    Auto = 0,
    /// A swapper network: the target takes the identity of the source.
    Network = 1,
    /// The pixels of the source's face, bent to the target's landmarks and blended in: no swapper is needed, and the
    /// shape of the head and the light stay the target's.
    Mesh = 2,
}

/// Whether the colours of a swapped face are drawn to those of the face that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_color_match {
    /// Never.
    Never = 0,
    /// Where that brings the two nearer.
    Auto = 1,
    /// Always.
    Always = 2,
}

/// What limits the swapped area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_mask_type {
    /// A box with soft edges.
    Box = 0,
    /// What nothing hides, as the segmenter `occluder` sees it.
    Occlusion = 1,
    /// Areas between the landmarks.
    Area = 2,
    /// Regions of the face, as the segmenter `parser` sees them.
    Region = 3,
}

/// An area of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_face_area {
    /// From the brows to the tip of the nose.
    UpperFace = 0,
    /// From the tip of the nose to the chin.
    LowerFace = 1,
    /// The mouth.
    Mouth = 2,
}

/// A region of a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_face_region {
    /// The skin.
    Skin = 0,
    /// The image-left brow.
    LeftEyebrow = 1,
    /// The image-right brow.
    RightEyebrow = 2,
    /// The image-left eye.
    LeftEye = 3,
    /// The image-right eye.
    RightEye = 4,
    /// Glasses.
    Glasses = 5,
    /// The nose.
    Nose = 6,
    /// The inside of the mouth.
    Mouth = 7,
    /// The upper lip.
    UpperLip = 8,
    /// The lower lip.
    LowerLip = 9,
}

/// The choice of a number from C, which counts the choices in the order of Rust.
pub(super) fn choice<T: Copy>(all: &[T], value: i32, field: &str, kind: &str) -> Result<T> {
    let known = usize::try_from(value).ok().and_then(|value| all.get(value));
    known.copied().ok_or_else(|| Error::parameter(format!("`{field}` is {value}, which is no {kind}")))
}

/// The number in C of a choice.
pub(super) fn number<T: PartialEq>(all: &[T], choice: &T) -> i32 {
    all.iter().position(|known| known == choice).map_or(-1, |number| number as i32)
}

/// The order of a number from C.
pub(super) fn order(value: i32, field: &str) -> Result<Order> {
    choice(&Order::ALL, value, field, "facekit_order")
}

/// The selection of a number from C.
pub(super) fn select(value: i32, field: &str) -> Result<Select> {
    choice(Select::ALL, value, field, "facekit_select")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::{FaceArea, FaceRegion, MaskType};
    use crate::geometry::ColorMatch;
    use crate::params::SwapEngine;

    /// Fails unless the names of C stand in the order of Rust, with no hyphen, space or case in the way.
    fn same_order<C: std::fmt::Debug>(c: &[C], rust: &[&str]) {
        let c: Vec<_> = c.iter().map(|name| format!("{name:?}").to_lowercase()).collect();
        let rust: Vec<_> = rust.iter().map(|name| name.replace('-', "")).collect();
        assert_eq!(c, rust);
    }

    #[test]
    fn the_numbers_of_c_count_the_choices_of_rust() {
        use {facekit_face_area as area, facekit_face_region as region, facekit_mask_type as mask};
        use {facekit_order as order, facekit_select as select, facekit_swap_engine as engine};
        let orders = [
            order::LeftRight,
            order::RightLeft,
            order::TopBottom,
            order::BottomTop,
            order::SmallLarge,
            order::LargeSmall,
            order::BestWorst,
            order::WorstBest,
        ];
        same_order(&orders, &Order::ALL.map(Order::name));
        let selects = [select::Many, select::One, select::Index, select::Reference, select::Only];
        same_order(&selects, &Select::ALL.iter().map(|select| select.name()).collect::<Vec<_>>());
        let engines = [engine::Auto, engine::Network, engine::Mesh];
        same_order(&engines, &SwapEngine::ALL.iter().map(|engine| engine.name()).collect::<Vec<_>>());
        let matches = [facekit_color_match::Never, facekit_color_match::Auto, facekit_color_match::Always];
        same_order(&matches, &ColorMatch::ALL.iter().map(|choice| choice.name()).collect::<Vec<_>>());
        let masks = [mask::Box, mask::Occlusion, mask::Area, mask::Region];
        same_order(&masks, &MaskType::ALL.iter().map(|mask| mask.name()).collect::<Vec<_>>());
        let areas = [area::UpperFace, area::LowerFace, area::Mouth];
        same_order(&areas, &FaceArea::ALL.iter().map(|area| area.name()).collect::<Vec<_>>());
        let regions = [
            region::Skin,
            region::LeftEyebrow,
            region::RightEyebrow,
            region::LeftEye,
            region::RightEye,
            region::Glasses,
            region::Nose,
            region::Mouth,
            region::UpperLip,
            region::LowerLip,
        ];
        same_order(&regions, &FaceRegion::ALL.iter().map(|region| region.name()).collect::<Vec<_>>());
        assert_eq!(number(Select::ALL, &Select::Only), facekit_select::Only as i32);
        assert!(select_error(5).contains("`select` is 5") && select_error(-1).contains("facekit_select"));
    }

    fn select_error(value: i32) -> String {
        select(value, "select").unwrap_err().to_string()
    }
}
