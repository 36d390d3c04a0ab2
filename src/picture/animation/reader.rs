//! Animations read frame by frame.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder, Frames, ImageFormat};

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::picture::animation::{Frame, gif, webp};
use crate::picture::decode::{Header, decode_error, header_limits, recognise};
use crate::picture::{FileFormat, Image, Metadata, PixelFormat};

/// Reads an animation one frame at a time, so that memory holds a few frames however many there are.
///
/// It ends after the first error: a file that is cut short gives its whole frames first.
pub struct AnimationReader<'a> {
    format: Option<FileFormat>,
    size: (u32, u32),
    metadata: Metadata,
    plays: u32,
    frames: Box<dyn Iterator<Item = Result<Frame>> + 'a>,
    limits: Limits,
    read: u32,
    is_done: bool,
}

impl<'a> AnimationReader<'a> {
    /// Reads the header of a GIF, an animated PNG or an animated WebP; any other picture is an animation of one
    /// frame.
    ///
    /// # Errors
    /// Those of [`Image::decode`].
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        let format = recognise(bytes, limits)?;
        let fail = |error| decode_error(format, error);
        match format {
            ImageFormat::Gif => {
                let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(fail)?;
                let header = Header::of(&mut decoder, format, limits)?;
                let frames = gif::Frames::new(bytes, header.width, header.height)?;
                Ok(Self::moving(header, gif::plays(bytes), frames, limits))
            }
            ImageFormat::Png => {
                let mut decoder = png_decoder(bytes).map_err(fail)?;
                let header = Header::of(&mut decoder, format, limits)?;
                if !decoder.is_apng().map_err(fail)? {
                    return Self::still(bytes, limits);
                }
                let decoder = decoder.apng().map_err(fail)?;
                let plays = plays(decoder.loop_count());
                let frames = decoded(decoder.into_frames(), format);
                Ok(Self::moving(header, plays, frames, limits))
            }
            ImageFormat::WebP => {
                let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(fail)?;
                let header = Header::of(&mut decoder, format, limits)?;
                if !decoder.has_animation() {
                    return Self::still(bytes, limits);
                }
                let frames = webp::Frames::new(bytes, header.width, header.height);
                Ok(Self::moving(header, plays(decoder.loop_count()), frames, limits))
            }
            _ => Self::still(bytes, limits),
        }
    }

    fn moving(
        header: Header,
        plays: u32,
        frames: impl Iterator<Item = Result<Frame>> + 'a,
        limits: &Limits,
    ) -> Self {
        Self {
            format: FileFormat::of_kind(header.format),
            size: header.upright_size(),
            metadata: header.metadata.clone(),
            plays,
            frames: Box::new(frames.map(move |frame| {
                let Frame { image, delay, original } = frame?;
                let original = original.filter(|_| header.is_upright());
                Ok(Frame { image: header.finish(image)?, delay, original })
            })),
            limits: limits.clone(),
            read: 0,
            is_done: false,
        }
    }

    fn still(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let image = Image::decode(bytes, limits)?;
        Ok(Self {
            format: FileFormat::of_kind(recognise(bytes, limits)?),
            size: (image.width(), image.height()),
            metadata: image.metadata().clone(),
            plays: 1,
            frames: Box::new(std::iter::once(Ok(Frame::new(image, Duration::ZERO)))),
            limits: limits.clone(),
            read: 0,
            is_done: false,
        })
    }

    /// The format of the file, if it is one that pictures are written in.
    pub fn format(&self) -> Option<FileFormat> {
        self.format
    }

    /// Width of every frame in pixels.
    pub fn width(&self) -> u32 {
        self.size.0
    }

    /// Height of every frame in pixels.
    pub fn height(&self) -> u32 {
        self.size.1
    }

    /// How often it plays; 0 is for ever.
    pub fn plays(&self) -> u32 {
        self.plays
    }

    /// The profile, the EXIF block and the XMP packet of the file.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn read_frame(&mut self) -> Option<Result<Frame>> {
        let frame = self.frames.next();
        if frame.is_none() && self.read == 0 {
            return Some(Err(Error::new(
                ErrorKind::InvalidPicture,
                "the animation has no frame: get a whole copy of the file",
            )));
        }
        self.read += 1;
        let (width, height) = self.size;
        let allowed = self.limits.check_frames(self.read, width, height);
        frame.map(|frame| allowed.and(frame))
    }
}

impl Iterator for AnimationReader<'_> {
    type Item = Result<Frame>;

    /// The next frame.
    ///
    /// # Errors
    /// [`InvalidPicture`](ErrorKind::InvalidPicture) for a frame that is damaged or cut short,
    /// [`Unsupported`](ErrorKind::Unsupported) for an animated PNG of 16 bits a channel, and
    /// [`LimitExceeded`](ErrorKind::LimitExceeded) at the first frame over a limit.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let frame = self.read_frame();
        self.is_done = !matches!(frame, Some(Ok(_)));
        frame
    }
}

impl std::fmt::Debug for AnimationReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AnimationReader({}×{})", self.size.0, self.size.1)
    }
}

/// Whether the bytes are a GIF, a PNG or a WebP with more than one frame; only what stands between the pixels is
/// read.
pub fn is_animated(bytes: &[u8]) -> bool {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Gif) => gif::frame_count(bytes, 2) == 2,
        Ok(ImageFormat::Png) => png_decoder(bytes).and_then(|png| png.is_apng()).unwrap_or(false),
        Ok(ImageFormat::WebP) => WebPDecoder::new(Cursor::new(bytes)).is_ok_and(|webp| webp.has_animation()),
        _ => false,
    }
}

/// How many frames a picture has, as its file tells without decoding them; 1 for a still one.
pub(crate) fn frame_count(bytes: &[u8]) -> u32 {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Gif) => gif::frame_count(bytes, u32::MAX),
        Ok(ImageFormat::Png) => {
            let info = png::Decoder::new(Cursor::new(bytes)).read_info();
            let control = info.ok().and_then(|reader| reader.info().animation_control);
            control.map_or(1, |control| control.num_frames)
        }
        Ok(ImageFormat::WebP) => {
            WebPDecoder::new(Cursor::new(bytes)).map_or(1, |_| webp::frame_count(bytes).max(1))
        }
        _ => 1,
    }
}

fn decoded(frames: Frames<'_>, format: ImageFormat) -> impl Iterator<Item = Result<Frame>> {
    frames.map(move |frame| {
        let frame = frame.map_err(|error| decode_error(format, error))?;
        let delay: Duration = frame.delay().into();
        let (width, height) = frame.buffer().dimensions();
        let pixels = frame.into_buffer().into_raw();
        Ok(Frame::new(Image::from_pixels(width, height, PixelFormat::Rgba, pixels)?, delay))
    })
}

fn png_decoder(bytes: &[u8]) -> image::ImageResult<PngDecoder<Cursor<&[u8]>>> {
    PngDecoder::with_limits(Cursor::new(bytes), header_limits())
}

fn plays(count: LoopCount) -> u32 {
    match count {
        LoopCount::Infinite => 0,
        LoopCount::Finite(count) => count.get(),
    }
}
