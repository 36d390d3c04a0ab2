//! The parameters that are one of several words in Rust and a number in C.
#![allow(dead_code, reason = "the enums name the numbers for C; Rust counts its own choices")]

use crate::error::{Error, Result};
use crate::face::Order;
use crate::params::Select;
use crate::picture::FileFormat;

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

/// Which noise levels a diffusion model goes through, and how it steps from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_scheduler {
    /// DDIM.
    Ddim = 0,
    /// Euler.
    Euler = 1,
    /// Euler with fresh noise at each step.
    EulerAncestral = 2,
    /// DPM-Solver++ of second order, multistep.
    Dpmpp_2m = 3,
    /// DPM-Solver++ of second order, multistep, with fresh noise at each step.
    Dpmpp_2mSde = 4,
    /// UniPC.
    Unipc = 5,
    /// Latent consistency models.
    Lcm = 6,
}

/// What bounds the repainted part of a face's crop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_face_shape {
    /// The outline of the face by its landmarks.
    Contour = 0,
    /// The box of the detector.
    Box = 1,
}

/// What makes the first of two passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_outline {
    /// The diffusion model, at the strength `outline_denoise`.
    Diffusion = 0,
    /// A restorer.
    Restorer = 1,
}

/// What is done where no diffusion model is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_fallback {
    /// An error that says which models would serve, and how to get one.
    None = 0,
    /// The faces are restored instead, and the result says so.
    Restore = 1,
}

/// What repainted the faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_detail_engine {
    /// A diffusion model.
    Diffusion = 0,
    /// A restorer, in place of a diffusion model that is not installed.
    Restore = 1,
}

/// A style that a picture is made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_style {
    /// A rendered figure: smooth shading, warm skin, large eyes.
    _3D = 0,
    /// Flat colours within bold lines.
    Emoji = 1,
    /// A console game of the 1990s: few colours, and facets.
    VideoGame = 2,
    /// Pixel art.
    Pixels = 3,
    /// A figure of clay.
    Clay = 4,
    /// A figure of plastic, with a large head.
    Toy = 5,
}

/// What gives a picture its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_stylize_engine {
    /// A network, where one or a style picture is given; else diffusion, where all its models are installed and allowed;
    /// else image processing.
    Auto = 0,
    /// Stable Diffusion XL with InstantID, a depth ControlNet and the style's LoRA.
    Diffusion = 1,
    /// A network that turns a picture into a picture; which look it has lies in its weights.
    Network = 2,
    /// Image processing around the faces and their landmarks: no model is needed.
    Classic = 3,
}

/// What of a picture is stylized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_stylize_area {
    /// All of it.
    Picture = 0,
    /// The faces, each with what is around it; the rest stays.
    Face = 1,
}

/// How colours between those of a palette are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_dither {
    /// Not: each pixel has the nearest colour.
    None = 0,
    /// By a regular pattern (Bayer's matrix), which stands still in an animation.
    Ordered = 1,
    /// By spreading each pixel's error to its neighbours (Floyd and Steinberg).
    Diffusion = 2,
}

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_job_state {
    /// It waits for a thread.
    Queued = 0,
    /// It runs.
    Processing = 1,
    /// It has ended well.
    Completed = 2,
    /// It has ended with an error.
    Failed = 3,
    /// It was canceled before its end.
    Canceled = 4,
}

/// The choice of a number from C, which counts the choices in the order of Rust.
pub(super) fn choice<T: Copy>(all: &[T], value: i32, field: &str, kind: &str) -> Result<T> {
    let known = usize::try_from(value).ok().and_then(|value| all.get(value));
    known.copied().ok_or_else(|| Error::parameter(format!("`{field}` is {value}, which is no {kind}")))
}

/// As [`choice`], or -1 for none.
pub(super) fn optional_choice<T: Copy>(all: &[T], value: i32, field: &str, kind: &str) -> Result<Option<T>> {
    (value != -1).then(|| choice(all, value, field, kind)).transpose()
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

/// The format of a file by a number from C, or -1 for the input's own.
pub(super) fn file_type(value: i32) -> Result<Option<FileFormat>> {
    optional_choice(FileFormat::ALL, value, "file_type", "facekit_file_format")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Dither;

    #[test]
    fn a_number_from_c_counts_the_choices_of_rust() {
        assert_eq!(number(Select::ALL, &Select::Only), facekit_select::Only as i32);
        assert_eq!(select(4, "select").unwrap(), Select::Only);
        let error = |value| select(value, "select").unwrap_err().to_string();
        assert!(error(5).contains("`select` is 5") && error(-1).contains("facekit_select"));
        let dither = |value| optional_choice(Dither::ALL, value, "dither", "facekit_dither");
        assert_eq!((dither(-1).unwrap(), dither(0).unwrap()), (None, Some(Dither::None)));
        assert!(dither(-2).is_err() && dither(3).is_err());
    }
}
