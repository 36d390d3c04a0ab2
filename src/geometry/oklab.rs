//! Colours as OKLab: lightness and two axes of hue, even to the eye and quick to compute.
//!
//! Lightness is 0 to 1; the axes from green to red and from blue to yellow are 0 for greys and stay within about
//! -0.32 to 0.28.
//!
//! Source: B. Ottosson, "A perceptual color space for image processing", 2020.

use palette::encoding::{FromLinear, IntoLinear, Srgb};
use palette::{IntoColor, LinSrgb, Oklab};

use crate::error::{Error, Result};
use crate::geometry::rows::for_each_row;
use crate::picture::{Image, ImageRef, PixelFormat};

/// From linear red, green and blue to the responses of the three cones.
const TO_CONES: [[f32; 3]; 3] = [
    [0.412_221_46, 0.536_332_55, 0.051_445_995],
    [0.211_903_5, 0.680_699_5, 0.107_396_96],
    [0.088_302_46, 0.281_718_85, 0.629_978_7],
];

/// From the cube roots of the responses to OKLab.
const TO_LAB: [[f32; 3]; 3] = [
    [0.210_454_26, 0.793_617_8, -0.004_072_047],
    [1.977_998_5, -2.428_592_2, 0.450_593_7],
    [0.025_904_037, 0.782_771_77, -0.808_675_77],
];

/// The OKLab coordinates of an sRGB colour.
#[inline]
pub fn rgb_to_oklab(rgb: [u8; 3]) -> [f32; 3] {
    linear_to_oklab(rgb.map(Srgb::into_linear))
}

/// The OKLab coordinates of linear red, green and blue, 0 to 1.
#[inline]
pub fn linear_to_oklab(linear: [f32; 3]) -> [f32; 3] {
    apply(&TO_LAB, apply(&TO_CONES, linear).map(cube_root))
}

/// The sRGB colour of OKLab coordinates, what lies out of reach cut off at 0 and 255.
#[inline]
pub fn oklab_to_rgb([l, a, b]: [f32; 3]) -> [u8; 3] {
    let linear: LinSrgb<f32> = Oklab::new(l, a, b).into_color();
    [linear.red, linear.green, linear.blue].map(Srgb::from_linear)
}

/// A picture as three planes of OKLab, row by row; alpha is left out.
pub fn oklab_planes(source: ImageRef<'_>) -> [Vec<f32>; 3] {
    let (width, height) = (source.width() as usize, source.height() as usize);
    let (channels, offsets) = (source.format().channels(), source.format().rgb_offsets());
    let mut pixels = vec![[0.0; 3]; width * height];
    for_each_row(
        &mut pixels,
        width,
        width * height * channels,
        || (),
        |(), y, row| {
            for (lab, pixel) in row.iter_mut().zip(source.row(y as u32).chunks_exact(channels)) {
                *lab = rgb_to_oklab(offsets.map(|offset| pixel[offset]));
            }
        },
    );
    [0, 1, 2].map(|plane| pixels.iter().map(|lab| lab[plane]).collect())
}

/// The picture, RGB, of three planes of OKLab.
///
/// # Errors
/// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or a plane of another length.
pub fn oklab_image(width: u32, height: u32, planes: [&[f32]; 3]) -> Result<Image> {
    let len = width as usize * height as usize;
    if let Some(plane) = planes.iter().find(|plane| plane.len() != len) {
        return Err(Error::parameter(format!(
            "a plane of {} values is none of a picture of {width}×{height}, which has {len}",
            plane.len()
        )));
    }
    let mut pixels = vec![0; len * 3];
    let row_len = (width as usize * 3).max(1);
    for_each_row(
        &mut pixels,
        row_len,
        len * 3,
        || (),
        |(), y, row| {
            let start = y * width as usize;
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                pixel.copy_from_slice(&oklab_to_rgb(planes.map(|plane| plane[start + x])));
            }
        },
    );
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels)
}

#[inline]
fn apply(matrix: &[[f32; 3]; 3], [x, y, z]: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * x + row[1] * y + row[2] * z)
}

/// The cube root of a number that is 0 or more, to 7 digits: an estimate from the bits of the float, refined twice
/// by Halley's method.
#[inline]
fn cube_root(x: f32) -> f32 {
    let mut root = f32::from_bits(x.to_bits() / 3 + 0x2a51_1cd0);
    for _ in 0..2 {
        let cube = root * root * root;
        root *= (cube + 2.0 * x) / (2.0 * cube + x);
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 15th level of each channel.
    fn colors() -> impl Iterator<Item = [u8; 3]> {
        let levels = || (0..=255).step_by(15);
        levels().flat_map(move |r| levels().flat_map(move |g| levels().map(move |b| [r, g, b])))
    }

    #[test]
    fn coordinates_are_those_of_palette() {
        for rgb in colors() {
            let linear: LinSrgb<f32> = palette::Srgb::from(rgb).into_linear();
            let expected: Oklab<f32> = linear.into_color();
            let lab = rgb_to_oklab(rgb);
            for (value, expected) in lab.into_iter().zip([expected.l, expected.a, expected.b]) {
                assert!((value - expected).abs() < 2e-6, "{rgb:?}: {lab:?}, expected {expected}");
            }
        }
    }

    #[test]
    fn every_colour_comes_back() {
        for rgb in colors().chain((0..=255).map(|grey| [grey; 3])) {
            assert_eq!(oklab_to_rgb(rgb_to_oklab(rgb)), rgb);
        }
    }

    #[test]
    fn black_and_white_are_the_ends_of_lightness() {
        assert!(rgb_to_oklab([0; 3]).iter().all(|value| value.abs() < 1e-4));
        let white = rgb_to_oklab([255; 3]);
        assert!((white[0] - 1.0).abs() < 1e-6 && white[1].abs() < 1e-6 && white[2].abs() < 1e-6, "{white:?}");
        assert_eq!(oklab_to_rgb([2.0, 0.0, 0.0]), [255; 3]);
        assert_eq!(oklab_to_rgb([-1.0, 0.0, 0.0]), [0; 3]);
    }

    #[test]
    fn planes_hold_a_picture_in_any_channel_order() {
        let rgb = [[10, 200, 30], [0, 0, 0], [255, 128, 7], [90, 90, 91], [1, 2, 3], [255, 255, 255]];
        let bgra: Vec<u8> = rgb.iter().flat_map(|[r, g, b]| [*b, *g, *r, 9]).collect();
        let view = ImageRef::new(&bgra, 3, 2, 12, PixelFormat::Bgra).unwrap();
        let [l, a, b] = oklab_planes(view);
        let image = oklab_image(3, 2, [&l, &a, &b]).unwrap();
        assert_eq!(image.pixels(), rgb.concat());
        assert!(oklab_image(3, 3, [&l, &a, &b]).is_err());
        assert!(oklab_image(0, 2, [&[], &[], &[]]).is_err());
    }
}
