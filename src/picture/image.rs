//! A picture that owns its pixels.

use crate::error::{Error, Result};
use crate::picture::{ImageMut, ImageRef, PixelFormat};

/// A picture: RGB or RGBA pixels of 8 bits a channel, rows without padding, upright as its author meant it.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    format: PixelFormat,
    pixels: Vec<u8>,
    metadata: Metadata,
}

/// What a file says beside its pixels; it is written back when the picture is encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The ICC profile of the pixels.
    pub icc: Option<Vec<u8>>,
    /// The EXIF block, a TIFF structure whose orientation is 1.
    pub exif: Option<Vec<u8>>,
    /// The XMP packet, XML in UTF-8.
    pub xmp: Option<Vec<u8>>,
}

impl Image {
    /// A black picture, transparent where `format` has alpha.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0, a format other than RGB and RGBA,
    /// or more pixels than memory has addresses.
    pub fn new(width: u32, height: u32, format: PixelFormat) -> Result<Self> {
        let len = (width as usize)
            .checked_mul(height as usize)
            .and_then(|pixels| pixels.checked_mul(format.channels()))
            .filter(|len| isize::try_from(*len).is_ok())
            .ok_or_else(|| Error::parameter(format!("a picture of {width}×{height} is too large")))?;
        Self::from_pixels(width, height, format, vec![0; len])
    }

    /// Takes `pixels` as rows without padding.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0, a format other than RGB and
    /// RGBA, or a length that does not fit.
    pub fn from_pixels(width: u32, height: u32, format: PixelFormat, pixels: Vec<u8>) -> Result<Self> {
        if !matches!(format, PixelFormat::Rgb | PixelFormat::Rgba) {
            return Err(Error::parameter(format!(
                "an Image holds Rgb or Rgba pixels, not {format:?}: borrow them with ImageRef"
            )));
        }
        let stride = width as usize * format.channels();
        ImageRef::new(&pixels, width, height, stride, format)?;
        if pixels.len() != stride * height as usize {
            return Err(Error::parameter(format!(
                "{} bytes are too many for {width}×{height} {format:?} pixels",
                pixels.len()
            )));
        }
        Ok(Self { width, height, format, pixels, metadata: Metadata::default() })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// [`PixelFormat::Rgb`] or [`PixelFormat::Rgba`].
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// The pixels, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The pixels, row by row.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The profile, the EXIF block and the XMP packet.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The profile, the EXIF block and the XMP packet, to be changed.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// Borrows the pixels.
    pub fn view(&self) -> ImageRef<'_> {
        let stride = self.stride();
        let view = ImageRef::new(&self.pixels, self.width, self.height, stride, self.format);
        let view = view.map(|view| view.with_metadata(&self.metadata));
        view.unwrap_or_else(|_| unreachable!("an Image is checked when it is made"))
    }

    /// Borrows the pixels to write them.
    pub fn view_mut(&mut self) -> ImageMut<'_> {
        let stride = self.stride();
        let view = ImageMut::new(&mut self.pixels, self.width, self.height, stride, self.format);
        view.unwrap_or_else(|_| unreachable!("an Image is checked when it is made"))
    }

    fn stride(&self) -> usize {
        self.width as usize * self.format.channels()
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({}×{} {:?})", self.width, self.height, self.format)
    }
}

impl<'a> From<&'a Image> for ImageRef<'a> {
    fn from(image: &'a Image) -> Self {
        image.view()
    }
}
