//! The pictures of the tests: the formula of tests/reference/geometry.py, in every layout.

use facekit::geometry::Similarity;
use facekit::{ImageMut, ImageRef, PixelFormat};

pub const FORMATS: [PixelFormat; 5] =
    [PixelFormat::Rgb, PixelFormat::Bgr, PixelFormat::Rgba, PixelFormat::Bgra, PixelFormat::Grey];

/// Pixels in rows of any stride.
#[derive(Clone)]
pub struct Canvas {
    pub data: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub stride: usize,
    pub format: PixelFormat,
}

impl Canvas {
    /// The formula's picture with `padding` bytes after each row but the last; alpha follows the formula too.
    pub fn new(width: u32, height: u32, format: PixelFormat, padding: usize) -> Self {
        let channels = format.channels();
        let stride = width as usize * channels + padding;
        let mut data = vec![0xA5; stride * (height as usize - 1) + width as usize * channels];
        for y in 0..height {
            for x in 0..width {
                let pixel = &mut data[y as usize * stride + x as usize * channels..][..channels];
                for (channel, offset) in format.rgb_offsets().into_iter().enumerate() {
                    let channel = if format == PixelFormat::Grey { 0 } else { channel };
                    pixel[offset] = value(x, y, channel);
                }
                if format.has_alpha() {
                    pixel[3] = value(x, y, 3);
                }
            }
        }
        Self { data, width, height, stride, format }
    }

    /// The formula's RGB picture without padding.
    pub fn rgb(width: u32, height: u32) -> Self {
        Self::new(width, height, PixelFormat::Rgb, 0)
    }

    pub fn view(&self) -> ImageRef<'_> {
        ImageRef::new(&self.data, self.width, self.height, self.stride, self.format).unwrap()
    }

    pub fn view_mut(&mut self) -> ImageMut<'_> {
        ImageMut::new(&mut self.data, self.width, self.height, self.stride, self.format).unwrap()
    }
}

fn value(x: u32, y: u32, channel: usize) -> u8 {
    let (x, y, c) = (i64::from(x), i64::from(y), channel as i64);
    let raw = |x: i64, y: i64| (x * 7 + y * 13 + x * y * 3 + c * 31).rem_euclid(256);
    let total: i64 = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| raw(x, y))).sum();
    (total / 9) as u8
}

/// A transform by its scale, its angle in degrees and its translation.
pub fn transform(scale: f64, degrees: f64, translation: [f64; 2]) -> Similarity {
    Similarity::from_parts(scale, degrees.to_radians(), translation)
}

/// Asserts that `actual` equals `expected` within one level on at least 99.9 % of the values, and exactly on `equal`.
pub fn assert_close(actual: &[u8], expected: &[u8], equal: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    let differences = || actual.iter().zip(expected).map(|(a, b)| a.abs_diff(*b));
    let share = |most: u8| differences().filter(|d| *d <= most).count() as f64 / actual.len() as f64;
    println!(
        "{what}: equal {:.3} %, within 1 {:.3} %, largest difference {}",
        share(0) * 100.0,
        share(1) * 100.0,
        differences().max().unwrap_or(0)
    );
    assert!(share(1) >= 0.999, "{what}: {} within 1 level", share(1));
    assert!(share(0) >= equal, "{what}: {} equal", share(0));
}
