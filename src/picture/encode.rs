//! Pixels to encoded bytes.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use image::ImageFormat;

use crate::choice::Choice;
use crate::error::{Error, ErrorKind, Result};
use crate::picture::convert::each;
use crate::picture::jpeg_encode::encode_jpeg;
use crate::picture::{
    AnimationOptions, AnimationWriter, Frame, Image, Metadata, PixelFormat, webp as container,
};

/// A format that pictures are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(C)]
pub enum FileFormat {
    /// JPEG.
    #[default]
    Jpeg = 0,
    /// PNG.
    Png = 1,
    /// WebP.
    Webp = 2,
    /// GIF.
    Gif = 3,
}

impl FileFormat {
    /// Every format, in the order of its number in C.
    pub const ALL: &[Self] = &[Self::Jpeg, Self::Png, Self::Webp, Self::Gif];

    /// Its name on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    /// The format that the extension of `path` names.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) when there is no extension or another one.
    pub fn from_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let extension = path.extension().unwrap_or_default();
        let format = extension.to_str().and_then(Self::from_name);
        format.ok_or_else(|| {
            Error::parameter(format!(
                "{} names no format to write: let it end with .jpg, .jpeg, .png, .webp or .gif",
                path.display()
            ))
        })
    }

    /// The format of an encoded picture, if it is one that pictures are written in.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        image::guess_format(bytes).ok().and_then(Self::of_kind)
    }

    /// The format that pictures of this one are written in, if they are.
    pub(super) fn of_kind(format: ImageFormat) -> Option<Self> {
        match format {
            ImageFormat::Jpeg => Some(Self::Jpeg),
            ImageFormat::Png => Some(Self::Png),
            ImageFormat::WebP => Some(Self::Webp),
            ImageFormat::Gif => Some(Self::Gif),
            _ => None,
        }
    }

    /// The media type, such as `image/png`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "jpeg" | "jpg" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "webp" => Some(Self::Webp),
            "gif" => Some(Self::Gif),
            _ => None,
        }
    }
}

impl FileFormat {
    /// The ending of its files' names, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }
}

impl Choice for FileFormat {
    const NAMES: &'static [&'static str] = &["jpeg", "png", "webp", "gif"];

    fn name(self) -> &'static str {
        self.name()
    }
}

impl FromStr for FileFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::from_name(name).ok_or_else(|| {
            Error::parameter(format!("no format is named {name:?}: use jpeg, png, webp or gif"))
        })
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a picture is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeOptions {
    /// The file format. Default: JPEG.
    pub format: FileFormat,
    /// The quality of a JPEG or WebP, 10 to 100; a WebP of 100 is lossless, and a PNG always is. Default: 95.
    pub quality: u8,
}

impl Default for EncodeOptions {
    fn default() -> Self {
        Self { format: FileFormat::default(), quality: 95 }
    }
}

impl EncodeOptions {
    /// The default options with a format.
    pub fn new(format: FileFormat) -> Self {
        Self { format, ..Self::default() }
    }
}

impl Image {
    /// Encodes the picture with its ICC profile, EXIF block and XMP packet.
    ///
    /// A GIF has 256 colours: other ones are mixed of them, and an alpha below 128 is transparent, any other opaque.
    /// A JPEG has no alpha: the picture is laid on white. Its colour has full resolution from a quality of 90 on,
    /// and half of it below. An EXIF block or XMP packet of more than 64 KB does not fit a JPEG and is left out.
    ///
    /// # Errors
    /// [`InvalidParameter`](ErrorKind::InvalidParameter) for a quality outside 10 to 100, and
    /// [`Unsupported`](ErrorKind::Unsupported) for a side longer than the format allows: 65 535 pixels for JPEG
    /// and GIF, 16 383 for WebP.
    pub fn encode(&self, options: &EncodeOptions) -> Result<Vec<u8>> {
        check_quality(options.quality)?;
        check_side(self.width(), self.height(), options.format)?;
        let metadata = self.metadata();
        match options.format {
            FileFormat::Jpeg => encode_jpeg(self, options.quality),
            FileFormat::Png => encode_png(self, metadata),
            FileFormat::Webp => encode_webp(self, options, metadata),
            FileFormat::Gif => encode_gif(self, metadata),
        }
    }
}

/// Refuses a quality outside 10 to 100.
pub(crate) fn check_quality(quality: u8) -> Result<()> {
    if (10..=100).contains(&quality) {
        return Ok(());
    }
    Err(Error::parameter(format!("a quality of {quality} is out of range: it goes from 10 to 100")))
}

/// Refuses a side longer than the format allows.
pub(super) fn check_side(width: u32, height: u32, format: FileFormat) -> Result<()> {
    let longest = match format {
        FileFormat::Jpeg | FileFormat::Gif => 65_535,
        FileFormat::Png => i32::MAX as u32,
        FileFormat::Webp => 16_383,
    };
    if width.max(height) <= longest {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!(
            "a picture of {width}×{height} is too large for {format}, whose sides are at most {longest}: write a png"
        ),
    ))
}

/// RGB pixels, transparent ones laid on white.
pub(super) fn on_white(image: &Image) -> Cow<'_, [u8]> {
    if !image.format().has_alpha() {
        return Cow::Borrowed(image.pixels());
    }
    let mut pixels = vec![0; image.pixels().len() / 4 * 3];
    each(image.pixels(), &mut pixels, |&[r, g, b, alpha], to| {
        let alpha = u32::from(alpha);
        *to = [r, g, b].map(|value| ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8);
    });
    Cow::Owned(pixels)
}

fn encode_png(image: &Image, metadata: &Metadata) -> Result<Vec<u8>> {
    let write = || -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let encoder = png_encoder(&mut file, image.width(), image.height(), image.format(), metadata)?;
        let mut writer = encoder.write_header()?;
        writer.write_image_data(image.pixels())?;
        writer.finish()?;
        Ok(file)
    };
    write().map_err(|error| encode_error(FileFormat::Png, error))
}

/// An encoder of RGB or RGBA pixels that begins with the metadata.
pub(super) fn png_encoder<'a, W: std::io::Write>(
    file: W,
    width: u32,
    height: u32,
    format: PixelFormat,
    metadata: &'a Metadata,
) -> Result<png::Encoder<'a, W>, png::EncodingError> {
    let mut info = png::Info::with_size(width, height);
    info.color_type = if format.has_alpha() { png::ColorType::Rgba } else { png::ColorType::Rgb };
    info.bit_depth = png::BitDepth::Eight;
    info.icc_profile = metadata.icc.as_deref().map(Cow::Borrowed);
    info.exif_metadata = metadata.exif.as_deref().map(Cow::Borrowed);
    let mut encoder = png::Encoder::with_info(file, info)?;
    encoder.set_compression(png::Compression::Fast);
    if let Some(xmp) = &metadata.xmp {
        let text = String::from_utf8_lossy(xmp).into_owned();
        encoder.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), text)?;
    }
    Ok(encoder)
}

fn encode_webp(image: &Image, options: &EncodeOptions, metadata: &Metadata) -> Result<Vec<u8>> {
    let fail = |cause: &str| encode_error(FileFormat::Webp, cause);
    let mut config = webp::WebPConfig::new().map_err(|()| fail("libwebp has another version"))?;
    config.thread_level = 1;
    if options.quality == 100 {
        config.lossless = 1;
        config.exact = 1;
        // Level 2 of libwebp's lossless preset: half the time of the default for a hundredth of the size.
        config.method = 2;
        config.quality = 25.0;
    } else {
        config.quality = f32::from(options.quality);
    }
    let layout = match image.format().has_alpha() {
        true => webp::PixelLayout::Rgba,
        false => webp::PixelLayout::Rgb,
    };
    let encoder = webp::Encoder::new(image.pixels(), layout, image.width(), image.height());
    let file = encoder.encode_advanced(&config).map_err(|code| fail(&format!("{code:?}")))?;
    Ok(container::with_metadata(&file, image, metadata))
}

fn encode_gif(image: &Image, metadata: &Metadata) -> Result<Vec<u8>> {
    let mut options = AnimationOptions { plays: 1, ..AnimationOptions::new(FileFormat::Gif) };
    options.metadata = metadata.clone();
    let mut writer = AnimationWriter::new(image.width(), image.height(), &options)?;
    writer.push(&Frame::new(image.clone(), Duration::ZERO))?;
    writer.finish()
}

/// The error of an encoder in the words of this crate.
pub(super) fn encode_error(
    format: FileFormat,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    let cause = cause.into();
    Error::new(ErrorKind::Unsupported, format!("the picture cannot be written as {format}: {cause}"))
        .with_source(cause)
}
