//! Pixels to tensors and back, in one pass.

use std::num::NonZeroU32;

use ndarray::{Array4, ArrayViewD};
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::geometry::{for_each_row, round_to_u8};
use crate::picture::{Image, ImageMut, ImageRef, PixelFormat};

/// The order of the colour planes of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// Where the channels of a picture tensor stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Layout {
    /// `[1, 3, height, width]`.
    Nchw,
    /// `[1, height, width, 3]`.
    Nhwc,
}

/// How a graph wants its pixels: a value of 0 to 255 becomes `(value - mean) / std`, per channel in the graph's
/// own order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelCoding {
    /// The order of the channels.
    pub order: ChannelOrder,
    /// Where they stand.
    pub layout: Layout,
    /// What is subtracted, in levels of 0 to 255.
    pub mean: [f32; 3],
    /// What the difference is divided by.
    pub std: [f32; 3],
}

/// The input of a network, and where a picture lies on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Canvas {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The column of the picture's left edge.
    pub x: u32,
    /// The row of the picture's top edge.
    pub y: u32,
    /// The levels of 0 to 255 around the picture, per channel in the graph's own order.
    pub fill: [f32; 3],
}

/// A picture thinned out: every k-th pixel across and down, from one of the first k × k on.
///
/// The k × k phases of a picture hold each of its pixels once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    step: NonZeroU32,
    x: u32,
    y: u32,
}

impl Phase {
    /// Every pixel.
    pub const WHOLE: Self = Self { step: NonZeroU32::MIN, x: 0, y: 0 };

    /// The phases of every `step`-th pixel, row by row: the first begins with the first pixel, the second with the
    /// one to its right. There is none for a step of 0.
    pub fn of_step(step: u32) -> impl Iterator<Item = Self> {
        let phases = |step: NonZeroU32| {
            let side = 0..step.get();
            side.clone().flat_map(move |y| side.clone().map(move |x| Self { step, x, y }))
        };
        NonZeroU32::new(step).into_iter().flat_map(phases)
    }

    /// How many of a picture's columns and rows it has.
    fn size(self, width: u32, height: u32) -> (usize, usize) {
        let count = |side: u32, first: u32| side.saturating_sub(first).div_ceil(self.step.get()) as usize;
        (count(width, self.x), count(height, self.y))
    }

    /// The row of the picture where one of its rows stands.
    fn row(self, y: usize) -> u32 {
        self.y + y as u32 * self.step.get()
    }

    /// Where its first pixel stands in a row of the picture, and how far the next is, in bytes.
    fn bytes(self, channels: usize) -> (usize, usize) {
        (self.x as usize * channels, self.step.get() as usize * channels)
    }
}

impl Canvas {
    /// A canvas that a picture of this size covers.
    pub const fn of(width: u32, height: u32) -> Self {
        Self { width, height, x: 0, y: 0, fill: [0.0; 3] }
    }
}

impl PixelCoding {
    /// RGB planes of 0 to 255.
    pub const LEVELS_RGB: Self = Self::planes(ChannelOrder::Rgb, 0.0, 1.0);
    /// RGB planes of -1 to 1.
    pub const SIGNED_RGB: Self = Self::planes(ChannelOrder::Rgb, 127.5, 127.5);
    /// RGB planes of 0 to 1.
    pub const UNIT_RGB: Self = Self::planes(ChannelOrder::Rgb, 0.0, 255.0);

    /// Planes with one mean and one divisor for all channels.
    pub const fn planes(order: ChannelOrder, mean: f32, std: f32) -> Self {
        Self { order, layout: Layout::Nchw, mean: [mean; 3], std: [std; 3] }
    }

    /// The tensor of a picture; grey counts as equal red, green and blue, and alpha is left out.
    pub fn encode(&self, picture: ImageRef<'_>) -> Array4<f32> {
        self.encode_on(picture, Canvas::of(picture.width(), picture.height()))
    }

    /// The tensor of a picture that lies on a larger canvas; what reaches over the canvas is cut off.
    pub fn encode_on(&self, picture: ImageRef<'_>, canvas: Canvas) -> Array4<f32> {
        let (width, height) = (canvas.width as usize, canvas.height as usize);
        let (left, top) = ((canvas.x as usize).min(width), (canvas.y as usize).min(height));
        let columns = (picture.width() as usize).min(width - left);
        let rows = (picture.height() as usize).min(height - top);
        let (offsets, (scale, shift)) = (self.offsets(picture.format()), self.line());
        let fill: [f32; 3] = std::array::from_fn(|c| canvas.fill[c] * scale[c] + shift[c]);
        let channels = picture.format().channels();
        let row = |y: usize| {
            let y = y.checked_sub(top).filter(|&y| y < rows)?;
            Some(&picture.row(y as u32)[..columns * channels])
        };
        let mut values = vec![0.0; 3 * width * height];
        let steps = values.len() / 4;
        match self.layout {
            Layout::Nchw => for_each_row(
                &mut values,
                width.max(1),
                steps,
                || (),
                |(), i, out| {
                    let c = i / height;
                    let Some(row) = row(i % height) else { return out.fill(fill[c]) };
                    let (before, out) = out.split_at_mut(left);
                    let (out, after) = out.split_at_mut(columns);
                    before.fill(fill[c]);
                    after.fill(fill[c]);
                    match channels {
                        1 => write_channel::<1>(row, offsets[c], scale[c], shift[c], out),
                        3 => write_channel::<3>(row, offsets[c], scale[c], shift[c], out),
                        _ => write_channel::<4>(row, offsets[c], scale[c], shift[c], out),
                    }
                },
            ),
            Layout::Nhwc => for_each_row(
                &mut values,
                3 * width.max(1),
                steps,
                || (),
                |(), y, out| {
                    let out = out.as_chunks_mut().0;
                    let Some(row) = row(y) else { return out.fill(fill) };
                    let (before, out) = out.split_at_mut(left);
                    let (out, after) = out.split_at_mut(columns);
                    before.fill(fill);
                    after.fill(fill);
                    for (value, pixel) in out.iter_mut().zip(row.chunks_exact(channels)) {
                        *value = std::array::from_fn(|c| f32::from(pixel[offsets[c]]) * scale[c] + shift[c]);
                    }
                },
            ),
        }
        self.tensor(values, width, height)
    }

    /// The tensor of one phase of a picture; see [`PixelCoding::encode`].
    pub fn encode_phase(&self, picture: ImageRef<'_>, phase: Phase) -> Array4<f32> {
        if phase == Phase::WHOLE {
            return self.encode(picture);
        }
        let (width, height) = phase.size(picture.width(), picture.height());
        let (first, step) = phase.bytes(picture.format().channels());
        let (offsets, (scale, shift)) = (self.offsets(picture.format()), self.line());
        let mut values = vec![0.0; 3 * width * height];
        for y in 0..height {
            let pixels = picture.row(phase.row(y)).get(first..).unwrap_or_default().chunks(step);
            for (pixel, x) in pixels.zip(y * width..) {
                for c in 0..3 {
                    let place = match self.layout {
                        Layout::Nchw => c * width * height + x,
                        Layout::Nhwc => 3 * x + c,
                    };
                    values[place] = f32::from(pixel[offsets[c]]) * scale[c] + shift[c];
                }
            }
        }
        self.tensor(values, width, height)
    }

    /// What a level is multiplied by and what is then added, per channel.
    fn line(&self) -> ([f32; 3], [f32; 3]) {
        (self.std.map(|std| 1.0 / std), std::array::from_fn(|c| -self.mean[c] / self.std[c]))
    }

    fn tensor(&self, values: Vec<f32>, width: usize, height: usize) -> Array4<f32> {
        let shape = match self.layout {
            Layout::Nchw => (1, 3, height, width),
            Layout::Nhwc => (1, height, width, 3),
        };
        Array4::from_shape_vec(shape, values)
            .unwrap_or_else(|_| unreachable!("the vector was made for this shape"))
    }

    /// The RGB picture of a tensor of one picture, clamped to 0 to 255 and rounded half to even; NaN becomes 0.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for any shape but one picture of three channels in this layout.
    pub fn decode(&self, tensor: ArrayViewD<'_, f32>) -> Result<Image> {
        let (width, height) = self.sides(&tensor)?;
        let mut picture = Image::new(width as u32, height as u32, PixelFormat::Rgb)?;
        self.decode_phase(tensor, &mut picture.view_mut(), Phase::WHOLE)?;
        Ok(picture)
    }

    /// Writes the picture of a tensor into one phase of a larger picture; see [`PixelCoding::decode`].
    ///
    /// # Errors
    /// As [`PixelCoding::decode`], and [`ErrorKind::InvalidModel`] for another size than the phase's.
    pub fn decode_phase(
        &self,
        tensor: ArrayViewD<'_, f32>,
        picture: &mut ImageMut<'_>,
        phase: Phase,
    ) -> Result<()> {
        let (width, height) = self.sides(&tensor)?;
        let expected = phase.size(picture.width(), picture.height());
        if (width, height) != expected {
            return Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "the model gave a picture of {width}×{height} pixels where {}×{} were expected",
                    expected.0, expected.1
                ),
            ));
        }
        let tensor = tensor.as_standard_layout();
        let values = tensor.as_slice().unwrap_or_default();
        let (offsets, plane) = (self.offsets(picture.format()), width * height);
        let channels = picture.format().channels();
        let ((first, step), row_len) = (phase.bytes(channels), picture.width() as usize * channels);
        let write = |pixel: &mut [u8], values: [f32; 3]| {
            for c in 0..3 {
                let level = values[c] * self.std[c] + self.mean[c];
                #[expect(clippy::manual_clamp, reason = "what is no number becomes 0")]
                let level = level.max(0.0).min(255.0);
                pixel[offsets[c]] = round_to_u8(level);
            }
        };
        let [top, next] = [0, 1].map(|y| phase.row(y) as usize * picture.stride());
        let apart = next - top;
        let rows = picture.data_mut().get_mut(top..).unwrap_or_default();
        let end = rows.len().min(height * apart);
        let work = |(): &mut (), y: usize, rows: &mut [u8]| {
            let row = rows[..row_len].get_mut(first..).unwrap_or_default();
            let (pixels, start) = (row.chunks_mut(step), y * width);
            match self.layout {
                Layout::Nchw => {
                    let [a, b, c] = [0, 1, 2].map(|c| &values[c * plane + start..][..width]);
                    pixels.zip(a).zip(b).zip(c).for_each(|(((pixel, a), b), c)| write(pixel, [*a, *b, *c]));
                }
                Layout::Nhwc => {
                    let values = values[3 * start..][..3 * width].as_chunks().0;
                    pixels.zip(values).for_each(|(pixel, values)| write(pixel, *values));
                }
            }
        };
        for_each_row(&mut rows[..end], apart, values.len(), || (), work);
        Ok(())
    }

    /// Width and height of a tensor of one picture.
    fn sides(&self, tensor: &ArrayViewD<'_, f32>) -> Result<(usize, usize)> {
        match (self.layout, tensor.shape()) {
            (Layout::Nchw, &[1, 3, height, width]) | (Layout::Nhwc, &[1, height, width, 3]) => {
                Ok((width, height))
            }
            (layout, shape) => Err(Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "the model gave a tensor of shape {shape:?} where one {layout:?} picture was expected"
                ),
            )),
        }
    }

    /// Where the graph's channels stand within a pixel of `format`.
    fn offsets(&self, format: PixelFormat) -> [usize; 3] {
        let [red, green, blue] = format.rgb_offsets();
        match self.order {
            ChannelOrder::Rgb => [red, green, blue],
            ChannelOrder::Bgr => [blue, green, red],
        }
    }
}

/// Writes one of the `C` channels of a row of pixels.
fn write_channel<const C: usize>(row: &[u8], offset: usize, scale: f32, shift: f32, out: &mut [f32]) {
    for (value, pixel) in out.iter_mut().zip(row.as_chunks::<C>().0) {
        *value = f32::from(pixel[offset]) * scale + shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Image {
        let pixels = (0..4 * 3 * 3).map(|i| (i * 37 % 256) as u8).collect();
        Image::from_pixels(4, 3, PixelFormat::Rgb, pixels).unwrap()
    }

    #[test]
    fn every_coding_gives_the_picture_back() {
        for order in [ChannelOrder::Rgb, ChannelOrder::Bgr] {
            for layout in [Layout::Nchw, Layout::Nhwc] {
                let coding = PixelCoding { layout, ..PixelCoding::planes(order, 127.5, 128.0) };
                let tensor = coding.encode(picture().view());
                assert_eq!(coding.decode(tensor.view().into_dyn()).unwrap(), picture(), "{coding:?}");
            }
        }
    }

    #[test]
    fn channels_and_values_stand_where_the_coding_says() {
        let tensor = PixelCoding::planes(ChannelOrder::Bgr, 10.0, 2.0).encode(picture().view());
        let pixel = &picture().pixels()[3 * (4 + 2)..][..3].to_vec();
        for c in 0..3 {
            assert_eq!(tensor[[0, c, 1, 2]], (f32::from(pixel[2 - c]) - 10.0) / 2.0);
        }
    }

    #[test]
    fn grey_and_alpha_views_are_read_through_their_stride() {
        let grey = [7, 9, 0, 8, 6];
        let view = ImageRef::new(&grey, 2, 2, 3, PixelFormat::Grey).unwrap();
        let tensor = PixelCoding::planes(ChannelOrder::Rgb, 0.0, 1.0).encode(view);
        assert_eq!(tensor.as_slice().unwrap(), [7., 9., 8., 6.].repeat(3));
    }

    #[test]
    fn a_picture_lies_where_the_canvas_says() {
        for layout in [Layout::Nchw, Layout::Nhwc] {
            let coding = PixelCoding { layout, ..PixelCoding::planes(ChannelOrder::Bgr, 5.0, 2.0) };
            let canvas = Canvas { width: 7, height: 5, x: 2, y: 1, fill: [9.0, 11.0, 13.0] };
            let tensor = coding.encode_on(picture().view(), canvas);
            let large = coding.decode(tensor.view().into_dyn()).unwrap();
            for (y, x) in (0..5).flat_map(|y| (0..7).map(move |x| (y, x))) {
                let inside = (1..4).contains(&y) && (2..6).contains(&x);
                let expected = match inside {
                    true => picture().view().row(y - 1)[3 * (x as usize - 2)..][..3].to_vec(),
                    false => vec![13, 11, 9],
                };
                assert_eq!(large.view().row(y)[3 * x as usize..][..3], expected, "{x} {y}");
            }
        }
    }

    #[test]
    fn values_out_of_range_are_clamped() {
        let values = vec![f32::NAN, 9.0, -9.0];
        let tensor = ndarray::ArrayD::from_shape_vec(vec![1, 3, 1, 1], values).unwrap();
        assert_eq!(PixelCoding::SIGNED_RGB.decode(tensor.view()).unwrap().pixels(), [0, 255, 0]);
        assert!(PixelCoding::SIGNED_RGB.decode(ndarray::ArrayD::zeros(vec![1, 4, 1, 1]).view()).is_err());
    }
}
