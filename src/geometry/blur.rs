//! Gaussian blur.

use crate::error::{Error, Result};
use crate::geometry::rows::make_rows;
use crate::geometry::sample::round_to_u8;
use crate::geometry::wide;
use crate::picture::{Image, ImageRef, PixelFormat};

/// The largest standard deviation of a blur, in pixels.
const MAX_SIGMA: f64 = 1000.0;

/// Blurs a picture; `sigma` is the standard deviation in pixels, above 0 and at most 1000.
///
/// The kernel has round(8σ + 1) | 1 taps, the border is reflected without repeating its pixel, and values are
/// rounded half to even. Each channel, alpha too, is blurred on its own. The result is RGBA when the source has
/// alpha, RGB otherwise.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a `sigma` out of range.
pub fn gaussian_blur(source: ImageRef<'_>, sigma: f64) -> Result<Image> {
    let kernel = kernel(sigma)?;
    let format = source.format();
    let out_format = if format.has_alpha() { PixelFormat::Rgba } else { PixelFormat::Rgb };
    let (width, height) = (source.width(), source.height());
    let (channels, out_channels) = (format.channels(), out_format.channels());
    let [r, g, b] = format.rgb_offsets();
    let offsets = [r, g, b, 3];
    let pixels = blur_rows(
        |y| source.row(y as u32),
        [width as usize, height as usize, channels],
        &kernel,
        |blurred, out: &mut [u8]| {
            for (pixel, blurred) in out.chunks_exact_mut(out_channels).zip(blurred.chunks_exact(channels)) {
                for (value, offset) in pixel.iter_mut().zip(offsets) {
                    *value = round_to_u8(blurred[offset].clamp(0.0, 255.0));
                }
            }
        },
        width as usize * out_channels,
    );
    Image::from_pixels(width, height, out_format, pixels)
}

/// Blurs a plane of `width` × `height` values, as [`gaussian_blur`] does a picture.
pub(super) fn blur_plane(values: &[f32], width: usize, height: usize, sigma: f64) -> Result<Vec<f32>> {
    let kernel = kernel(sigma)?;
    let blurred = blur_rows(
        |y| &values[y * width..][..width],
        [width, height, 1],
        &kernel,
        |blurred, out: &mut [f32]| out.copy_from_slice(blurred),
        width,
    );
    Ok(blurred)
}

/// Half of a Gaussian kernel that adds up to 1: half of the middle tap, and those on one side of it.
fn kernel(sigma: f64) -> Result<Vec<f32>> {
    if !(sigma > 0.0 && sigma <= MAX_SIGMA) {
        return Err(Error::parameter(format!(
            "a blur of sigma {sigma} is out of range: use more than 0 and at most {MAX_SIGMA} pixels"
        )));
    }
    let len = (8.0 * sigma + 1.0).round_ties_even() as usize | 1;
    let half: Vec<f64> = (0..=len / 2).map(|i| (-((i * i) as f64) / (2.0 * sigma * sigma)).exp()).collect();
    let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    let mut weights: Vec<f32> = half.into_iter().map(|weight| (weight / sum) as f32).collect();
    weights[0] /= 2.0;
    Ok(weights)
}

/// Blurs rows of interleaved values, of each output row first the columns, then the row; `store` makes `row_len` values
/// of what a row became.
fn blur_rows<'a, S: Level + 'a, T: Copy + Default + Send>(
    row: impl Fn(usize) -> &'a [S] + Send + Sync,
    [width, height, channels]: [usize; 3],
    kernel: &[f32],
    store: impl Fn(&[f32], &mut [T]) + Send + Sync,
    row_len: usize,
) -> Vec<T> {
    let radius = kernel.len() - 1;
    let (len, pad) = (width * channels, radius * channels);
    let steps = len * height * kernel.len();
    let scratch = || (vec![0.0; len + 2 * pad], vec![0.0; len]);
    make_rows(row_len, height, steps, scratch, |(padded, blurred), y, out| {
        let pairs: Vec<_> = (0..=radius as i64)
            .map(|i| [row(reflect(y as i64 - i, height)), row(reflect(y as i64 + i, height))])
            .collect();
        add_up(&pairs, kernel, &mut padded[pad..pad + len]);
        for i in 1..=radius {
            let (left, right) = (reflect(-(i as i64), width), reflect((width - 1 + i) as i64, width));
            for c in 0..channels {
                padded[pad - i * channels + c] = padded[pad + left * channels + c];
                padded[pad + len + (i - 1) * channels + c] = padded[pad + right * channels + c];
            }
        }
        let apart = |i: usize| [&padded[pad - i * channels..][..len], &padded[pad + i * channels..][..len]];
        add_up(&(0..=radius).map(apart).collect::<Vec<_>>(), kernel, blurred);
        store(blurred, out);
    })
}

/// Values that can be blurred.
trait Level: Copy + Into<f32> + Send + Sync {
    /// Adds up as many places of rows, from the first on, as can be added side by side, and tells how many.
    fn add_up_wide(rows: &[[&[Self]; 2]], weights: &[f32], out: &mut [f32]) -> usize;
}

impl Level for u8 {
    fn add_up_wide(rows: &[[&[Self]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
        wide::add_up_levels(rows, weights, out)
    }
}

impl Level for f32 {
    fn add_up_wide(rows: &[[&[Self]; 2]], weights: &[f32], out: &mut [f32]) -> usize {
        wide::add_up_numbers(rows, weights, out)
    }
}

/// Adds up rows, two of each weight, place by place.
fn add_up<S: Level>(rows: &[[&[S]; 2]], weights: &[f32], out: &mut [f32]) {
    let done = S::add_up_wide(rows, weights, out);
    let out = &mut out[done..];
    out.fill(0.0);
    for ([first, second], weight) in rows.iter().zip(weights) {
        for ((sum, &first), &second) in out.iter_mut().zip(&first[done..]).zip(&second[done..]) {
            *sum += weight * (first.into() + second.into());
        }
    }
}

/// The place of a coordinate within `len` pixels mirrored at the centres of the first and the last.
fn reflect(at: i64, len: usize) -> usize {
    let last = len as i64 - 1;
    if (-last..=2 * last).contains(&at) {
        return at.abs().min(2 * last - at) as usize;
    }
    let period = (2 * last).max(1);
    let at = at.rem_euclid(period);
    at.min(period - at).min(last) as usize
}

#[cfg(test)]
mod tests {
    use super::reflect;

    #[test]
    fn coordinates_are_mirrored_again_and_again() {
        let seen: Vec<_> = (-7..=8).map(|at| reflect(at, 4)).collect();
        assert_eq!(seen, [1, 0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2]);
        assert!((-3..3).all(|at| reflect(at, 1) == 0));
    }
}
