//! Crops cut out of a picture through a similarity transform.

use crate::error::{Error, Result};
use crate::geometry::Similarity;
use crate::geometry::area::shrink_to_rgb;
use crate::geometry::rows::{check_output, make_rows};
use crate::geometry::sample::{Matrix, Sampler, Track, rescale, round_to_u8};
use crate::geometry::wide;
use crate::picture::{Image, ImageRef, PixelFormat};

/// What a crop shows where it reaches over the border of its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// The nearest pixel of the picture.
    Replicate,
    /// One RGB colour.
    Constant([u8; 3]),
}

/// Cuts an RGB crop of `width` × `height` pixels out of a picture, antialiased.
///
/// `to_crop` takes points of the picture to points of the crop. Where it shrinks the picture by more than 2, the
/// part that the crop shows is first reduced to between one and two pixels for each pixel of the crop, each the
/// average of its area; [`warp`] does the rest.
///
/// # Errors
/// As [`warp`].
pub fn crop_face(
    source: ImageRef<'_>,
    to_crop: &Similarity,
    width: u32,
    height: u32,
    border: Border,
) -> Result<Image> {
    check_output(width, height)?;
    let to_source = invert(to_crop)?;
    let matrix = to_source.matrix();
    let factor = to_source.scale().floor();
    if factor < 2.0 {
        return warp_affine(source, &matrix, width, height, border);
    }
    let (origin, size) = shown(source, &to_source, width, height);
    let reduced_size = size.map(|side| (f64::from(side) / factor).ceil() as u32);
    let start = origin[1] as usize * source.stride() + origin[0] as usize * source.format().channels();
    let part = ImageRef::new(&source.data()[start..], size[0], size[1], source.stride(), source.format())?;
    let pixels = shrink_to_rgb(part, reduced_size);
    let reduced = Image::from_pixels(reduced_size[0], reduced_size[1], PixelFormat::Rgb, pixels)?;
    let matrix = rescale(&matrix, origin, size, reduced_size);
    warp_affine(reduced.view(), &matrix, width, height, border)
}

/// Cuts an RGB crop of `width` × `height` pixels out of a picture, bilinear and without antialiasing.
///
/// `to_crop` takes points of the picture to points of the crop. This is OpenCV 5's `warpAffine` with
/// `INTER_LINEAR`, within 1 level; values are rounded half to even. Alpha is left out.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or a transform that has no inverse,
/// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) for a crop of more than 2^28 pixels.
pub fn warp(
    source: ImageRef<'_>,
    to_crop: &Similarity,
    width: u32,
    height: u32,
    border: Border,
) -> Result<Image> {
    check_output(width, height)?;
    warp_affine(source, &invert(to_crop)?.matrix(), width, height, border)
}

/// The inverse of an alignment, or an error that says what is wrong with it.
pub(crate) fn invert(to_crop: &Similarity) -> Result<Similarity> {
    to_crop.inverse().ok_or_else(|| {
        Error::parameter(format!(
            "the alignment {:?} has no inverse: its scale must be above 0 and every number finite",
            to_crop.matrix()
        ))
    })
}

/// The part of a picture that a crop shows, with what bilinear reads need around it: its corner and its size.
fn shown(source: ImageRef<'_>, to_source: &Similarity, width: u32, height: u32) -> ([u32; 2], [u32; 2]) {
    let margin = to_source.scale() + 1.0;
    let (right, bottom) = (f64::from(width - 1), f64::from(height - 1));
    let corners =
        [[0.0, 0.0], [right, 0.0], [0.0, bottom], [right, bottom]].map(|corner| to_source.apply_f64(corner));
    let (mut origin, mut size) = ([0; 2], [0; 2]);
    for (axis, side) in [source.width(), source.height()].into_iter().enumerate() {
        let low = corners.iter().fold(f64::INFINITY, |low, c| low.min(c[axis]));
        let high = corners.iter().fold(f64::NEG_INFINITY, |high, c| high.max(c[axis]));
        // A crop beside the picture shows its nearest edge.
        let first = ((low - margin) as u32).min(side - 1);
        let end = ((high + margin).ceil() as u32).clamp(first + 1, side);
        (origin[axis], size[axis]) = (first, end - first);
    }
    (origin, size)
}

/// The warp by a matrix that takes pixels of the crop to pixels of the source.
pub(super) fn warp_affine(
    source: ImageRef<'_>,
    to_source: &Matrix,
    width: u32,
    height: u32,
    border: Border,
) -> Result<Image> {
    let (row_len, rows) = (width as usize * 3, height as usize);
    let work = |(): &mut (), y: usize, row: &mut [u8]| {
        let track = Track::new(to_source, 0, y as u32, width as usize);
        match source.format().channels() {
            1 => warp_row::<1>(source, &track, row, border),
            3 => warp_row::<3>(source, &track, row, border),
            _ => warp_row::<4>(source, &track, row, border),
        }
    };
    let pixels = make_rows(row_len, rows, row_len * rows, || (), work);
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels)
}

fn warp_row<const C: usize>(source: ImageRef<'_>, track: &Track, row: &mut [u8], border: Border) {
    let sampler = Sampler::<C>::new(source);
    let len = row.len() / 3;
    let inside = track.span(len, [0, 0], sampler.inside_end()).unwrap_or(0..0);
    for i in (0..inside.start).chain(inside.end..len) {
        let color = match border {
            Border::Replicate => sampler.replicated(track.at(i)),
            Border::Constant(color) => sampler.surrounded(track.at(i), color),
        };
        write_rgb(&mut row[i * 3..i * 3 + 3], color);
    }
    let pixels = &mut row[inside.start * 3..inside.end * 3];
    let done = wide::warp::<C>(source, track, inside.clone(), pixels, sampler.swap);
    let pixels = pixels[3 * done..].chunks_exact_mut(3);
    for (pixel, cell) in pixels.zip(track.cells(inside.start + done..inside.end)) {
        write_rgb(pixel, sampler.inside(cell));
    }
}

#[inline(always)]
fn write_rgb(pixel: &mut [u8], color: [f32; 4]) {
    for (value, color) in pixel.iter_mut().zip(color) {
        *value = round_to_u8(color);
    }
}
