//! Borrowed pixels of the caller, in the caller's own layout.

use crate::error::{Error, Result};
use crate::picture::Metadata;

/// The order of the 8-bit channels of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C)]
pub enum PixelFormat {
    /// Red, green, blue.
    Rgb = 0,
    /// Blue, green, red.
    Bgr = 1,
    /// Red, green, blue, alpha.
    Rgba = 2,
    /// Blue, green, red, alpha.
    Bgra = 3,
    /// One channel of brightness.
    Grey = 4,
}

impl PixelFormat {
    /// Every format, in the order of its number in C.
    pub const ALL: &[Self] = &[Self::Rgb, Self::Bgr, Self::Rgba, Self::Bgra, Self::Grey];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rgb => "rgb",
            Self::Bgr => "bgr",
            Self::Rgba => "rgba",
            Self::Bgra => "bgra",
            Self::Grey => "grey",
        }
    }

    /// Bytes per pixel.
    pub const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb | Self::Bgr => 3,
            Self::Rgba | Self::Bgra => 4,
        }
    }

    /// Where red, green and blue stand within a pixel; all three are 0 for grey.
    pub const fn rgb_offsets(self) -> [usize; 3] {
        match self {
            Self::Rgb | Self::Rgba => [0, 1, 2],
            Self::Bgr | Self::Bgra => [2, 1, 0],
            Self::Grey => [0, 0, 0],
        }
    }

    /// Whether the fourth channel is alpha.
    pub const fn has_alpha(self) -> bool {
        matches!(self, Self::Rgba | Self::Bgra)
    }
}

/// A borrowed picture: 8-bit pixels in rows of `stride` bytes, and the metadata of the [`Image`](crate::Image) they come from.
#[derive(Debug, Clone, Copy)]
pub struct ImageRef<'a> {
    data: &'a [u8],
    width: u32,
    height: u32,
    stride: usize,
    format: PixelFormat,
    metadata: Option<&'a Metadata>,
}

impl<'a> ImageRef<'a> {
    /// Borrows `data` as rows of `stride` bytes; the last row may end with its last pixel.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0, a stride shorter than a row,
    /// or too few bytes.
    pub fn new(data: &'a [u8], width: u32, height: u32, stride: usize, format: PixelFormat) -> Result<Self> {
        check(data.len(), width, height, stride, format)?;
        Ok(Self { data, width, height, stride, format, metadata: None })
    }

    /// The same pixels with metadata, which pictures made of them will have too.
    pub fn with_metadata(self, metadata: &'a Metadata) -> Self {
        Self { metadata: Some(metadata), ..self }
    }

    /// A part of the picture, without copying.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a part that is empty or reaches over the
    /// border.
    pub fn crop(&self, x: u32, y: u32, width: u32, height: u32) -> Result<Self> {
        let inside =
            |start: u32, length: u32, whole: u32| start.checked_add(length).is_some_and(|end| end <= whole);
        if !inside(x, width, self.width) || !inside(y, height, self.height) {
            return Err(Error::parameter(format!(
                "a part of {width}×{height} at {x}, {y} reaches over the border of a picture of {}×{}",
                self.width, self.height
            )));
        }
        let start = y as usize * self.stride + x as usize * self.format.channels();
        Self::new(&self.data[start..], width, height, self.stride, self.format)
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes from one row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The order of the channels.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// The pixels of row `y`, without what pads it.
    ///
    /// # Panics
    /// When `y` is not a row of the picture.
    pub fn row(&self, y: u32) -> &'a [u8] {
        let start = y as usize * self.stride;
        &self.data[start..start + self.width as usize * self.format.channels()]
    }

    /// All bytes, with what pads the rows.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The metadata of the picture, if it has any.
    pub fn metadata(&self) -> Option<&'a Metadata> {
        self.metadata
    }
}

/// A borrowed picture that may be written: 8-bit pixels in rows of `stride` bytes.
#[derive(Debug)]
pub struct ImageMut<'a> {
    data: &'a mut [u8],
    width: u32,
    height: u32,
    stride: usize,
    format: PixelFormat,
}

impl<'a> ImageMut<'a> {
    /// Borrows `data` as rows of `stride` bytes; the last row may end with its last pixel.
    ///
    /// # Errors
    /// As [`ImageRef::new`].
    pub fn new(
        data: &'a mut [u8],
        width: u32,
        height: u32,
        stride: usize,
        format: PixelFormat,
    ) -> Result<Self> {
        check(data.len(), width, height, stride, format)?;
        Ok(Self { data, width, height, stride, format })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Bytes from one row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The order of the channels.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// The same pixels, to be read.
    pub fn as_ref(&self) -> ImageRef<'_> {
        ImageRef {
            data: self.data,
            width: self.width,
            height: self.height,
            stride: self.stride,
            format: self.format,
            metadata: None,
        }
    }

    /// The pixels of row `y`, without what pads it.
    ///
    /// # Panics
    /// When `y` is not a row of the picture.
    pub fn row_mut(&mut self, y: u32) -> &mut [u8] {
        let start = y as usize * self.stride;
        &mut self.data[start..start + self.width as usize * self.format.channels()]
    }

    /// All bytes, with what pads the rows.
    pub fn data_mut(&mut self) -> &mut [u8] {
        self.data
    }
}

fn check(len: usize, width: u32, height: u32, stride: usize, format: PixelFormat) -> Result<()> {
    if width == 0 || height == 0 {
        return Err(Error::parameter(format!("a picture of {width}×{height} has no pixels")));
    }
    let row = width as usize * format.channels();
    if stride < row {
        return Err(Error::parameter(format!(
            "a stride of {stride} bytes is too small: {width} {format:?} pixels take {row} bytes a row"
        )));
    }
    let needed = stride.checked_mul(height as usize - 1).and_then(|rows| rows.checked_add(row));
    if needed.is_none_or(|needed| len < needed) {
        return Err(Error::parameter(format!(
            "{len} bytes are too few for {height} rows with a stride of {stride} bytes"
        )));
    }
    Ok(())
}
