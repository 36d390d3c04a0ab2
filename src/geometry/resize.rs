//! Pictures at another size.

use std::borrow::Cow;

use fast_image_resize as fir;
use fir::images::{CroppedImage, ImageRef as Pixels, TypedImage, TypedImageRef};
use fir::pixels::F32;
use fir::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::error::{Error, ErrorKind, Result};
use crate::geometry::area::{shrink_to_rgb, shrink_to_rgba};
use crate::geometry::bilinear::interpolate;
use crate::geometry::rows::check_output;
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
    let shrinks = width <= source.width() && height <= source.height();
    let algorithm = match (filter, source.format().has_alpha()) {
        (Filter::Bilinear, false) => {
            return Image::from_pixels(width, height, PixelFormat::Rgb, interpolate(source, width, height));
        }
        (Filter::Area, _) if shrinks => return average(source, width, height),
        (Filter::Nearest, _) => ResizeAlg::Nearest,
        (Filter::Bilinear, true) => ResizeAlg::Interpolation(FilterType::Bilinear),
        (Filter::Area, _) => ResizeAlg::Convolution(FilterType::Bilinear),
        (Filter::CatmullRom, _) => ResizeAlg::Convolution(FilterType::CatmullRom),
        (Filter::Lanczos3, _) => ResizeAlg::Convolution(FilterType::Lanczos3),
    };
    let resized = convolve(source, width, height, algorithm)?;
    into_image(resized, width, height, source.format())
}

/// Resizes a plane of numbers, row by row, from one width and height to another: cubic, antialiased.
///
/// # Errors
/// As [`resize`], and [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a length that does not fit.
pub fn resize_cubic(values: &[f32], from: [u32; 2], to: [u32; 2]) -> Result<Vec<f32>> {
    check_output(to[0], to[1])?;
    let pixels: Vec<F32> = values.iter().copied().map(F32::new).collect();
    let source = TypedImageRef::new(from[0], from[1], &pixels).map_err(|_| {
        Error::parameter(format!("{} numbers are no plane of {}×{}", values.len(), from[0], from[1]))
    })?;
    let mut resized = TypedImage::new(to[0], to[1]);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize_typed(&source, &mut resized, &options).map_err(|error| {
        let what = format!("a plane of {}×{} cannot be resized: {error}", from[0], from[1]);
        Error::new(ErrorKind::Internal, what)
    })?;
    Ok(resized.pixels().iter().map(|pixel| pixel.0).collect())
}

fn average(source: ImageRef<'_>, width: u32, height: u32) -> Result<Image> {
    if source.format().has_alpha() {
        let pixels = shrink_to_rgba(source, [width, height]);
        Image::from_pixels(width, height, PixelFormat::Rgba, pixels)
    } else {
        let pixels = shrink_to_rgb(source, [width, height]);
        Image::from_pixels(width, height, PixelFormat::Rgb, pixels)
    }
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
