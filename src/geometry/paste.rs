//! Crops put back into their picture.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::geometry::area::shrink_to_rgb;
use crate::geometry::rows::for_each_row;
use crate::geometry::sample::{Matrix, Sampler, Track, rescale, round_to_u8, side};
use crate::geometry::warp::invert;
use crate::geometry::wide;
use crate::geometry::{Mask, Similarity};
use crate::picture::{Image, ImageMut, ImageRef, PixelFormat};

/// The upright box of whole pixels that a paste may have changed; without width or height when it changed nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PasteBox {
    /// The leftmost column.
    pub x: u32,
    /// The topmost row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// Puts a crop back into the picture that it was cut from, as far as the mask shows it.
///
/// `to_crop` is the transform that the crop was cut with, and the mask is as large as the crop. Crop and mask are
/// read with bilinear interpolation, the crop's border repeated and the mask's surrounded by 0, and mixed in
/// single precision, rounded half to even. Where the crop comes back smaller by 2 or more, both are averaged
/// first. Pixels outside the box, pixels where the mask is 0, and alpha stay as they are, bit for bit; a grey
/// picture takes the brightness of the crop.
///
/// Source: facefusion's paste, which truncates instead of rounding.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when the sizes of crop and mask differ or the transform
/// has no inverse.
pub fn paste(
    target: &mut ImageMut<'_>,
    crop: ImageRef<'_>,
    mask: &Mask,
    to_crop: &Similarity,
) -> Result<PasteBox> {
    let size = [crop.width(), crop.height()];
    if size != [mask.width(), mask.height()] {
        return Err(Error::parameter(format!(
            "a mask of {}×{} does not fit a crop of {}×{}: resize it",
            mask.width(),
            mask.height(),
            size[0],
            size[1]
        )));
    }
    let to_frame = invert(to_crop)?;
    let area = paste_box([target.width(), target.height()], size, &to_frame);
    if area.width == 0 || area.height == 0 {
        return Ok(area);
    }
    let matrix = to_crop.matrix();
    let factor = to_crop.scale().floor();
    if factor < 2.0 {
        blend(target, area, crop, mask, &matrix);
    } else {
        let reduced_size = size.map(|side| (f64::from(side) / factor).ceil() as u32);
        let [width, height] = reduced_size;
        let reduced = Image::from_pixels(width, height, PixelFormat::Rgb, shrink_to_rgb(crop, reduced_size))?;
        let matrix = rescale(&matrix, [0, 0], size, reduced_size);
        blend(target, area, reduced.view(), &mask.resize(width, height)?, &matrix);
    }
    Ok(area)
}

/// The pixels of a frame that the corners of a crop enclose.
fn paste_box(frame: [u32; 2], crop: [u32; 2], to_frame: &Similarity) -> PasteBox {
    let [right, bottom] = crop.map(f64::from);
    let corners =
        [[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]].map(|corner| to_frame.apply_f64(corner));
    let ends = [0, 1].map(|axis: usize| {
        let low = corners.iter().fold(f64::INFINITY, |low, c| low.min(c[axis]));
        let high = corners.iter().fold(f64::NEG_INFINITY, |high, c| high.max(c[axis]));
        let first = (low.floor() as u32).min(frame[axis]);
        (first, (high.ceil() as u32).clamp(first, frame[axis]))
    });
    let [(x, right), (y, bottom)] = ends;
    PasteBox { x, y, width: right - x, height: bottom - y }
}

fn blend(target: &mut ImageMut<'_>, area: PasteBox, crop: ImageRef<'_>, mask: &Mask, matrix: &Matrix) {
    let (format, stride) = (target.format(), target.stride());
    let start = area.y as usize * stride;
    let end = target.data_mut().len().min(start + area.height as usize * stride);
    let first = area.x as usize * format.channels();
    let last = first + area.width as usize * format.channels();
    let steps = area.width as usize * area.height as usize * 4;
    let rows = &mut target.data_mut()[start..end];
    for_each_row(
        rows,
        stride,
        steps,
        || (),
        |(), y, row| {
            let track = Track::new(matrix, area.x, area.y + y as u32, area.width as usize);
            let row = &mut row[first..last];
            match crop.format().channels() {
                1 => blend_row::<1>(row, format, &Sampler::new(crop), mask, &track),
                3 => blend_row::<3>(row, format, &Sampler::new(crop), mask, &track),
                _ => blend_row::<4>(row, format, &Sampler::new(crop), mask, &track),
            }
        },
    );
}

fn blend_row<const C: usize>(
    row: &mut [u8],
    format: PixelFormat,
    crop: &Sampler<'_, C>,
    mask: &Mask,
    track: &Track,
) {
    let channels = format.channels();
    let len = row.len() / channels;
    let size = [side(mask.width()), side(mask.height())];
    let touched = track.span(len, [-1, -1], size).unwrap_or(0..len);
    let inside = track.span(len, [0, 0], crop.inside_end()).unwrap_or(0..0);
    let inside = inside.start.clamp(touched.start, touched.end)..inside.end.clamp(touched.start, touched.end);
    for i in (touched.start..inside.start).chain(inside.end..touched.end) {
        let at = track.at(i);
        let weight = mask.surrounded(at);
        if weight > 0.0 {
            mix_into(&mut row[i * channels..(i + 1) * channels], format, crop.replicated(at), weight);
        }
    }
    let pixels = &mut row[inside.start * channels..inside.end * channels];
    let done = blend_wide(pixels, format, crop, mask, track, inside.clone());
    let pixels = pixels[channels * done..].chunks_exact_mut(channels);
    for (pixel, cell) in pixels.zip(track.cells(inside.start + done..inside.end)) {
        let weight = mask.inside(cell);
        if weight > 0.0 {
            mix_into(pixel, format, crop.inside(cell), weight);
        }
    }
}

/// Mixes in as many pixels of a span, from the first on, as can be read several at a time, and tells how many.
fn blend_wide<const C: usize>(
    row: &mut [u8],
    format: PixelFormat,
    crop: &Sampler<'_, C>,
    mask: &Mask,
    track: &Track,
    span: Range<usize>,
) -> usize {
    let swap = crop.swap != matches!(format, PixelFormat::Bgr | PixelFormat::Bgra);
    match format.channels() {
        3 => wide::blend::<C, 3>(crop.source, mask, track, span, row, swap),
        4 => wide::blend::<C, 4>(crop.source, mask, track, span, row, swap),
        _ => 0,
    }
}

/// Mixes a colour into a pixel, all of it at a weight of 1.
#[inline(always)]
fn mix_into(pixel: &mut [u8], format: PixelFormat, [r, g, b, _]: [f32; 4], weight: f32) {
    let mix = |value: &mut u8, color: f32| {
        let kept = f32::from(*value);
        *value = round_to_u8(kept + weight * (color - kept));
    };
    if format == PixelFormat::Grey {
        // The luma of ITU-R BT.601.
        mix(&mut pixel[0], 0.299 * r + 0.587 * g + 0.114 * b);
    } else {
        for (offset, color) in format.rgb_offsets().into_iter().zip([r, g, b]) {
            mix(&mut pixel[offset], color);
        }
    }
}
