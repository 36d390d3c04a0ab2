//! Animations written frame by frame.

use crate::error::{Error, Result};
use crate::picture::animation::canvas::Canvas;
use crate::picture::animation::{Animation, AnimationReader, Frame, apng, gif_writer, webp};
use crate::picture::encode::{check_quality, check_side};
use crate::picture::{FileFormat, Image, Metadata};

/// How an animation is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnimationOptions {
    /// The file format: GIF, PNG or WebP. Default: GIF.
    pub format: FileFormat,
    /// The quality of a WebP, 10 to 100; 100 is lossless. Default: 100.
    pub quality: u8,
    /// How often it plays; 0 is for ever. A GIF counts to 65 536, a WebP to 65 535 and a PNG to
    /// 2 147 483 647. Default: 0.
    pub plays: u32,
    /// The profile, the EXIF block and the XMP packet; a GIF has no EXIF block. Default: none.
    pub metadata: Metadata,
}

impl Default for AnimationOptions {
    fn default() -> Self {
        Self { format: FileFormat::Gif, quality: 100, plays: 0, metadata: Metadata::default() }
    }
}

impl AnimationOptions {
    /// The default options with a format.
    pub fn new(format: FileFormat) -> Self {
        Self { format, ..Self::default() }
    }

    /// Options that keep what the file of `reader` says: how often it plays, and its metadata.
    pub fn like(reader: &AnimationReader<'_>, format: FileFormat) -> Self {
        Self { plays: reader.plays(), metadata: reader.metadata().clone(), ..Self::new(format) }
    }
}

/// Writes an animation one frame at a time, so that memory holds the encoded file and a few frames however many
/// there are.
///
/// What a viewer sees of each frame is the picture that was pushed, drawn over what the frames before it left:
/// - A frame that was read from a file of the same format is written as it stood there, with its box, palette and
///   disposal, wherever that shows the right picture. Else the smallest box that is right is written.
/// - PNG, and WebP of quality 100, show every pixel exactly. So does a GIF as far as 256 colours in a box reach, of
///   which one goes to gaps where the canvas was transparent; pixels beyond that take the nearest colours in an
///   ordered dither, which stands still where the picture does. A GIF knows no half transparency: an alpha below
///   128 is transparent, any other is opaque.
/// - Delays are rounded to 10 ms in a GIF and to 1 ms in a WebP, and a frame makes up for what the one before it
///   lost. A frame of 0 stays one.
pub struct AnimationWriter {
    size: (u32, u32),
    format: Format,
    plays: u32,
    metadata: Metadata,
    is_empty: bool,
}

enum Format {
    Gif(Box<gif_writer::Writer>),
    Png(Box<apng::Writer>),
    Webp(Box<webp::Writer>),
}

impl AnimationWriter {
    /// Begins an animation of `width` × `height` pixels.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a size without pixels, a format without
    /// animations or a quality outside 10 to 100, and [`Unsupported`](crate::ErrorKind::Unsupported) for a side
    /// longer than the format allows: 65 535 pixels for GIF, 16 383 for WebP.
    pub fn new(width: u32, height: u32, options: &AnimationOptions) -> Result<Self> {
        let AnimationOptions { format, quality, plays, metadata } = options.clone();
        if width == 0 || height == 0 {
            return Err(Error::parameter(format!("an animation of {width}×{height} has no pixels")));
        }
        check_side(width, height, format)?;
        check_quality(quality)?;
        let format = match format {
            FileFormat::Gif => {
                Format::Gif(Box::new(gif_writer::Writer::new(width, height, plays, &metadata)))
            }
            FileFormat::Png => Format::Png(Box::new(apng::Writer::new(width, height, plays, &metadata)?)),
            FileFormat::Webp => Format::Webp(Box::new(webp::Writer::new(width, height, quality))),
            FileFormat::Jpeg => {
                return Err(Error::parameter("a jpeg does not move: write a gif, a png or a webp"));
            }
        };
        Ok(Self { size: (width, height), format, plays, metadata, is_empty: true })
    }

    /// Adds a frame as it is.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when its size is another.
    pub fn push(&mut self, frame: &Frame) -> Result<()> {
        self.push_edited(frame, &frame.image)
    }

    /// Adds a frame that shows `image` where it was read as `frame`.
    ///
    /// The pixels that both share stay exact, also in a GIF: the colours of the palette go to them first.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when a size is another.
    pub fn push_edited(&mut self, frame: &Frame, image: &Image) -> Result<()> {
        for image in [image, &frame.image] {
            let (width, height) = (image.width(), image.height());
            if (width, height) != self.size {
                return Err(Error::parameter(format!(
                    "a frame of {width}×{height} does not fit an animation of {}×{}: make it the same size",
                    self.size.0, self.size.1
                )));
            }
        }
        self.is_empty = false;
        let shown = Canvas::of(image);
        match &mut self.format {
            Format::Gif(writer) => writer.push(frame, shown),
            Format::Png(writer) => writer.push(frame, shown),
            Format::Webp(writer) => writer.push(frame, shown),
        }
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when there is no frame, and
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when the file is too long for its format: 4 GB for WebP.
    pub fn finish(self) -> Result<Vec<u8>> {
        if self.is_empty {
            return Err(Error::parameter("an animation without frames cannot be written: add one"));
        }
        match self.format {
            Format::Gif(writer) => writer.finish(),
            Format::Png(writer) => writer.finish(),
            Format::Webp(writer) => writer.finish(self.plays, &self.metadata),
        }
    }
}

impl std::fmt::Debug for AnimationWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AnimationWriter({}×{})", self.size.0, self.size.1)
    }
}

impl Animation {
    /// Encodes the animation; `plays` of the options does not count, its own does.
    ///
    /// # Errors
    /// Those of [`AnimationWriter`].
    pub fn encode(&self, options: &AnimationOptions) -> Result<Vec<u8>> {
        let size = self.frames.first().map(|frame| (frame.image.width(), frame.image.height()));
        let (width, height) =
            size.ok_or_else(|| Error::parameter("an animation without frames cannot be written: add one"))?;
        let options = AnimationOptions { plays: self.plays, ..options.clone() };
        let mut writer = AnimationWriter::new(width, height, &options)?;
        self.frames.iter().try_for_each(|frame| writer.push(frame))?;
        writer.finish()
    }
}
