//! Pictures at another size.

use std::borrow::Cow;

use fast_image_resize as fir;
use fir::images::{CroppedImage, ImageRef as Pixels};
use fir::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::error::{Error, ErrorKind, Result};
use crate::geometry::area::{shrink_to_rgb, shrink_to_rgba};
use crate::geometry::rows::check_output;
use crate::geometry::{Point, Rect};
use crate::picture::{Image, ImageRef, PixelFormat};

/// How the pixels of a resized picture come from those of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The nearest pixel.
    Nearest,
    /// Between the four nearest pixels, without antialiasing: OpenCV's `INTER_LINEAR`, within 1 level.
    Bilinear,
    /// The average of the area that a pixel covers: OpenCV's `INTER_AREA`, within 1 level. Where a side grows,
    /// bilinear along both.
    Area,
    /// Cubic, antialiased: sharper than bilinear.
    CatmullRom,
    /// A windowed sinc of three lobes, antialiased: the sharpest.
    Lanczos3,
}

/// Resizes a picture to `width` × `height` pixels.
///
/// The result is RGBA when the source has alpha, RGB otherwise; colours are weighted by alpha.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0,
/// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) for more than 2^28 pixels.
pub fn resize(source: ImageRef<'_>, width: u32, height: u32, filter: Filter) -> Result<Image> {
    check_output(width, height)?;
    let alpha = source.format().has_alpha();
    let algorithm = match filter {
        Filter::Nearest => ResizeAlg::Nearest,
        Filter::Area if width <= source.width() && height <= source.height() => {
            return if alpha {
                Image::from_pixels(width, height, PixelFormat::Rgba, shrink_to_rgba(source, [width, height]))
            } else {
                Image::from_pixels(width, height, PixelFormat::Rgb, shrink_to_rgb(source, [width, height]))
            };
        }
        Filter::Bilinear => ResizeAlg::Interpolation(FilterType::Bilinear),
        Filter::Area => ResizeAlg::Convolution(FilterType::Bilinear),
        Filter::CatmullRom => ResizeAlg::Convolution(FilterType::CatmullRom),
        Filter::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
    };
    let resized = convolve(source, width, height, algorithm)?;
    into_image(resized, width, height, source.format())
}

fn convolve(source: ImageRef<'_>, width: u32, height: u32, algorithm: ResizeAlg) -> Result<Vec<u8>> {
    let pixel_type = match source.format() {
        PixelFormat::Grey => PixelType::U8,
        PixelFormat::Rgb | PixelFormat::Bgr => PixelType::U8x3,
        PixelFormat::Rgba | PixelFormat::Bgra => PixelType::U8x4,
    };
    let (data, row_pixels) = whole_rows(source);
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(
            ErrorKind::Internal,
            format!("a picture of {}×{} cannot be resized: {error}", source.width(), source.height()),
        )
    };
    let rows = Pixels::new(row_pixels, source.height(), &data, pixel_type).map_err(|e| failed(&e))?;
    let view = CroppedImage::new(&rows, 0, 0, source.width(), source.height()).map_err(|e| failed(&e))?;
    let mut resized = fir::images::Image::new(width, height, pixel_type);
    let options = ResizeOptions::new().resize_alg(algorithm);
    Resizer::new().resize(&view, &mut resized, &options).map_err(|e| failed(&e))?;
    Ok(resized.into_vec())
}

/// The rows of a picture as rows of whole pixels, and how many: borrowed where the stride allows it.
fn whole_rows(source: ImageRef<'_>) -> (Cow<'_, [u8]>, u32) {
    let channels = source.format().channels();
    let (stride, height) = (source.stride(), source.height());
    let row_pixels = u32::try_from(stride / channels).ok();
    match row_pixels.filter(|_| stride % channels == 0 && source.data().len() / stride >= height as usize) {
        Some(row_pixels) => (source.data().into(), row_pixels),
        None => {
            let rows: Vec<_> = (0..height).map(|y| source.row(y)).collect();
            (rows.concat().into(), source.width())
        }
    }
}

/// A picture out of pixels without padding in the order of `format`.
fn into_image(mut pixels: Vec<u8>, width: u32, height: u32, format: PixelFormat) -> Result<Image> {
    match format {
        PixelFormat::Grey => pixels = pixels.into_iter().flat_map(|value| [value; 3]).collect(),
        PixelFormat::Bgr | PixelFormat::Bgra => {
            for pixel in pixels.chunks_exact_mut(format.channels()) {
                pixel.swap(0, 2);
            }
        }
        PixelFormat::Rgb | PixelFormat::Rgba => {}
    }
    let format = if format.has_alpha() { PixelFormat::Rgba } else { PixelFormat::Rgb };
    Image::from_pixels(width, height, format, pixels)
}

/// A picture shrunk into the top left corner of a canvas, as detectors take it.
#[derive(Debug, Clone)]
pub struct Letterbox {
    /// The canvas, black where the picture does not reach.
    pub image: Image,
    /// How much smaller the picture is in the canvas, along x and along y: at most 1.
    pub scale: [f32; 2],
}

impl Letterbox {
    /// Where a point of the canvas stands in the picture.
    pub fn restore_point(&self, point: Point) -> Point {
        Point::new(point.x / self.scale[0], point.y / self.scale[1])
    }

    /// Where a box of the canvas stands in the picture.
    pub fn restore_rect(&self, rect: Rect) -> Rect {
        let [x, y] = self.scale;
        Rect::new(rect.x / x, rect.y / y, rect.width / x, rect.height / y)
    }
}

/// Fits a picture into an RGB canvas of `width` × `height` pixels, proportions kept.
///
/// A picture that fits is not enlarged; a larger one is shrunk with [`Filter::Bilinear`] to the size that fits,
/// cut down to whole pixels, for which reason its two scales differ a little. Alpha is left out.
///
/// Source: the input preparation of facefusion's detectors.
///
/// # Errors
/// As [`resize`].
pub fn letterbox(source: ImageRef<'_>, width: u32, height: u32) -> Result<Letterbox> {
    check_output(width, height)?;
    let (from_width, from_height) = (f64::from(source.width()), f64::from(source.height()));
    let fit = (f64::from(width) / from_width).min(f64::from(height) / from_height).min(1.0);
    let size = [from_width, from_height].map(|side| ((side * fit) as u32).max(1));
    let resized = resize(source, size[0], size[1], Filter::Bilinear)?;
    let mut image = Image::new(width, height, PixelFormat::Rgb)?;
    let mut canvas = image.view_mut();
    let stride = canvas.stride();
    for (y, row) in canvas.data_mut().chunks_exact_mut(stride).take(size[1] as usize).enumerate() {
        let from = resized.view().row(y as u32);
        for (pixel, from) in row.chunks_exact_mut(3).zip(from.chunks_exact(resized.format().channels())) {
            pixel.copy_from_slice(&from[..3]);
        }
    }
    Ok(Letterbox {
        image,
        scale: [(f64::from(size[0]) / from_width) as f32, (f64::from(size[1]) / from_height) as f32],
    })
}
