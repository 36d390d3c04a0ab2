//! Pictures turned by quarters of a turn.

use crate::error::Result;
use crate::geometry::rows::for_each_row;
use crate::geometry::{Point, Rect};
use crate::picture::{Image, ImageRef, PixelFormat};

/// A turn by quarters, clockwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// As it is.
    #[default]
    None,
    /// The top becomes the right side.
    Quarter,
    /// Upside down.
    Half,
    /// The top becomes the left side.
    ThreeQuarters,
}

impl Rotation {
    /// All turns.
    pub const ALL: [Self; 4] = [Self::None, Self::Quarter, Self::Half, Self::ThreeQuarters];

    /// The angle in degrees, clockwise.
    pub fn degrees(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Quarter => 90,
            Self::Half => 180,
            Self::ThreeQuarters => 270,
        }
    }

    /// The turn by an angle in degrees, clockwise; `None` when it is not 0, 90, 180 or 270.
    pub fn from_degrees(degrees: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rotation| rotation.degrees() == degrees)
    }

    /// Where a point of the turned picture stands in the picture of `width` × `height` pixels before the turn.
    pub fn restore_point(self, point: Point, width: u32, height: u32) -> Point {
        let (right, bottom) = (width as f32 - 1.0, height as f32 - 1.0);
        match self {
            Self::None => point,
            Self::Quarter => Point::new(point.y, bottom - point.x),
            Self::Half => Point::new(right - point.x, bottom - point.y),
            Self::ThreeQuarters => Point::new(right - point.y, point.x),
        }
    }

    /// Where a box of the turned picture stands in the picture of `width` × `height` pixels before the turn.
    pub fn restore_rect(self, rect: Rect, width: u32, height: u32) -> Rect {
        let a = self.restore_point(Point::new(rect.x, rect.y), width, height);
        let b = self.restore_point(Point::new(rect.right(), rect.bottom()), width, height);
        Rect::from_corners(a.x.min(b.x), a.y.min(b.y), a.x.max(b.x), a.y.max(b.y))
    }

    /// The size of a picture of `width` × `height` pixels after the turn.
    pub fn turned_size(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::None | Self::Half => (width, height),
            Self::Quarter | Self::ThreeQuarters => (height, width),
        }
    }
}

/// Turns a picture, pixel by pixel; the result is RGBA when the source has alpha, RGB otherwise.
///
/// # Errors
/// None that a valid view can cause.
pub fn rotate(source: ImageRef<'_>, rotation: Rotation) -> Result<Image> {
    let format = if source.format().has_alpha() { PixelFormat::Rgba } else { PixelFormat::Rgb };
    let (width, height) = rotation.turned_size(source.width(), source.height());
    let row_len = width as usize * format.channels();
    let mut pixels = vec![0; row_len * height as usize];
    let (right, bottom) = (source.width() as usize - 1, source.height() as usize - 1);
    let (channels, stride) = (source.format().channels(), source.stride());
    let [r, g, b] = source.format().rgb_offsets();
    let offsets = [r, g, b, 3];
    let steps = pixels.len();
    for_each_row(
        &mut pixels,
        row_len,
        steps,
        || (),
        |(), y, row| {
            for (x, pixel) in row.chunks_exact_mut(format.channels()).enumerate() {
                let (x, y) = match rotation {
                    Rotation::None => (x, y),
                    Rotation::Quarter => (y, bottom - x),
                    Rotation::Half => (right - x, bottom - y),
                    Rotation::ThreeQuarters => (right - y, x),
                };
                let from = &source.data()[y * stride + x * channels..][..channels];
                for (value, offset) in pixel.iter_mut().zip(offsets) {
                    *value = from[offset];
                }
            }
        },
    );
    Image::from_pixels(width, height, format, pixels)
}
