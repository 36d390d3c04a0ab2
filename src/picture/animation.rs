//! Moving pictures, frame by frame.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder, Frames, ImageFormat};

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::picture::decode::{Header, decode_error, header_limits, recognise};
use crate::picture::{Image, Metadata, PixelFormat, Source, webp};

/// A moving picture with all of its frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Animation {
    /// The frames in the order of time, all of one size.
    pub frames: Vec<Frame>,
    /// How often it plays; 0 is for ever.
    pub plays: u32,
}

/// One frame of an animation, as it is seen: drawn over what the frames before it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The whole picture, RGBA for a frame of an animation.
    pub image: Image,
    /// How long it is shown. Players show a frame of 0 for about 100 ms.
    pub delay: Duration,
}

impl Animation {
    /// Decodes a GIF, an animated PNG or an animated WebP; any other picture is an animation of one frame.
    ///
    /// # Errors
    /// Those of [`AnimationReader::new`] and of its frames.
    pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let reader = AnimationReader::new(bytes, limits)?;
        let plays = reader.plays();
        let frames = reader.collect::<Result<_>>()?;
        Ok(Self { frames, plays })
    }

    /// Reads and decodes the file `path`, whatever its name ends with.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) when the file cannot be read, and those of [`Animation::decode`].
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self> {
        let path = path.as_ref();
        let bytes = Source::Path(path.to_owned()).read(limits)?;
        Self::decode(&bytes, limits).map_err(|error| error.context(path.display()))
    }
}

/// Reads an animation one frame at a time, so that memory holds a few frames however many there are.
///
/// It ends after the first error: a file that is cut short gives its whole frames first.
pub struct AnimationReader<'a> {
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
                let frames = decoded(decoder.into_frames(), format);
                Ok(Self::moving(header, gif_plays(bytes), frames, limits))
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
                let frames = webp::Frames::new(bytes, header.width, header.height)?;
                Ok(Self::moving(header, plays(decoder.loop_count()), frames, limits))
            }
            _ => Self::still(bytes, limits),
        }
    }

    fn moving(
        header: Header,
        plays: u32,
        frames: impl Iterator<Item = Result<(Image, Duration)>> + 'a,
        limits: &Limits,
    ) -> Self {
        Self {
            size: header.upright_size(),
            metadata: header.metadata.clone(),
            plays,
            frames: Box::new(frames.map(move |frame| {
                let (image, delay) = frame?;
                Ok(Frame { image: header.finish(image)?, delay })
            })),
            limits: limits.clone(),
            read: 0,
            is_done: false,
        }
    }

    fn still(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let image = Image::decode(bytes, limits)?;
        Ok(Self {
            size: (image.width(), image.height()),
            metadata: image.metadata().clone(),
            plays: 1,
            frames: Box::new(std::iter::once(Ok(Frame { image, delay: Duration::ZERO }))),
            limits: limits.clone(),
            read: 0,
            is_done: false,
        })
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
        Ok(ImageFormat::Gif) => gif_has_two_frames(bytes).unwrap_or(false),
        Ok(ImageFormat::Png) => png_decoder(bytes).and_then(|png| png.is_apng()).unwrap_or(false),
        Ok(ImageFormat::WebP) => WebPDecoder::new(Cursor::new(bytes)).is_ok_and(|webp| webp.has_animation()),
        _ => false,
    }
}

fn decoded<'a>(
    frames: Frames<'a>,
    format: ImageFormat,
) -> impl Iterator<Item = Result<(Image, Duration)>> + 'a {
    frames.map(move |frame| {
        let frame = frame.map_err(|error| decode_error(format, error))?;
        let delay = frame.delay().into();
        let (width, height) = frame.buffer().dimensions();
        let pixels = frame.into_buffer().into_raw();
        Ok((Image::from_pixels(width, height, PixelFormat::Rgba, pixels)?, delay))
    })
}

fn png_decoder(bytes: &[u8]) -> image::ImageResult<PngDecoder<Cursor<&[u8]>>> {
    PngDecoder::with_limits(Cursor::new(bytes), header_limits())
}

fn gif_has_two_frames(bytes: &[u8]) -> Result<bool, gif::DecodingError> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(bytes)?;
    Ok(decoder.next_frame_info()?.is_some() && decoder.next_frame_info()?.is_some())
}

/// How often a GIF plays, as browsers have it: once more than it says it repeats, and once when it says nothing.
fn gif_plays(bytes: &[u8]) -> u32 {
    let decoder = gif::DecodeOptions::new().read_info(bytes);
    match decoder.map(|decoder| decoder.repeat()) {
        Ok(gif::Repeat::Infinite) => 0,
        Ok(gif::Repeat::Finite(repeats)) => u32::from(repeats) + 1,
        Err(_) => 1,
    }
}

fn plays(count: LoopCount) -> u32 {
    match count {
        LoopCount::Infinite => 0,
        LoopCount::Finite(count) => count.get(),
    }
}
