//! Points, boxes, similarity transforms, and the pixel operations of alignment.
//!
//! Coordinates are pixels of the picture as oriented; the centre of the top left pixel is (0, 0), as in OpenCV.

mod point;
mod rect;

pub use point::Point;
pub use rect::Rect;
