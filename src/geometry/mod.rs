//! Points, boxes, similarity transforms, and the pixel operations of alignment.
//!
//! Coordinates are pixels of the picture as oriented; the centre of the top left pixel is (0, 0), as in OpenCV.
//! A [`Similarity`] `to_crop` takes points of the picture to points of the crop: [`crop_face`] cuts the crop out
//! with it, and [`paste`] puts the crop back with the same one.

mod area;
mod bilinear;
mod blur;
mod color;
mod guided;
mod lab;
mod mask;
mod membrane;
mod mesh_warp;
mod oklab;
mod paste;
mod plane;
mod point;
mod poisson;
mod polygon;
mod rect;
mod resize;
mod rotate;
mod rows;
mod sample;
mod similarity;
mod template;
mod triangulation;
mod warp;
#[cfg_attr(target_arch = "x86_64", path = "avx2/mod.rs")]
#[cfg_attr(not(target_arch = "x86_64"), path = "plain.rs")]
mod wide;

pub use blur::gaussian_blur;
pub use color::{ColorMatch, ColorMatched, ColorStats, match_color};
pub use guided::GuidedFilter;
pub use lab::{lab_to_rgb, rgb_to_lab};
pub use mask::Mask;
pub use mesh_warp::{Bent, bend};
pub use oklab::{linear_to_oklab, oklab_image, oklab_planes, oklab_to_rgb, rgb_to_oklab};
pub use paste::{PasteBox, paste};
pub(crate) use plane::box_mean;
pub use point::Point;
pub use poisson::blend_gradients;
pub use polygon::convex_hull;
pub use rect::Rect;
pub use resize::{Filter, resize, resize_cubic};
pub use rotate::{Rotation, rotate};
pub(crate) use rows::for_each_row;
pub(crate) use sample::round_to_u8;
pub use similarity::Similarity;
pub use template::Template;
pub(crate) use triangulation::signed_area;
pub use triangulation::triangulate;
pub(crate) use warp::invert;
pub use warp::{Border, crop_face, warp};
