//! The frames of an animated WebP (RFC 9649), read and written.

use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::picture::animation::canvas::{Area, Canvas};
use crate::picture::animation::clock::Clock;
use crate::picture::animation::{Frame, Original};
use crate::picture::convert::each;
use crate::picture::webp::{ALPHA, ANIMATION, FILE_HEADER, chunks, extended, push_chunk};
use crate::picture::{EncodeOptions, FileFormat, Image, Metadata, PixelFormat};

const FRAME_HEADER: usize = 16;
const DISPOSED: u8 = 1;
const OPAQUE: u8 = 2;
const LONGEST_DELAY: u32 = 0x00FF_FFFF;

/// A frame of an animated WebP as it stands in the file.
#[derive(Debug)]
pub(super) struct Block {
    area: Area,
    is_disposed: bool,
    is_blended: bool,
    /// The chunks of the picture.
    data: Vec<u8>,
    picture: Image,
}

impl Block {
    fn draw(&self, canvas: &mut Canvas) {
        let picture = self.picture.view();
        for (row, to) in (0..).zip(canvas.rows_mut(self.area)) {
            let from = picture.row(row);
            match picture.format() {
                PixelFormat::Rgba if self.is_blended => {
                    each(from, to.as_flattened_mut(), |from, to| *to = over(*from, *to));
                }
                PixelFormat::Rgba => to.as_flattened_mut().copy_from_slice(from),
                _ => each(from, to.as_flattened_mut(), |&[r, g, b], to| *to = [r, g, b, 255]),
            }
        }
    }
}

/// How many frames a WebP has; 0 for a still one.
pub(super) fn frame_count(bytes: &[u8]) -> u32 {
    let chunks = chunks(bytes.get(FILE_HEADER..).unwrap_or_default());
    chunks.filter(|(name, _)| *name == b"ANMF").count() as u32
}

/// The frames of an animated file, each as it is seen.
pub(super) struct Frames<'a> {
    frames: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
    canvas: Canvas,
}

impl<'a> Frames<'a> {
    /// The frames of the file `bytes`, whose canvas has `width` × `height` pixels.
    pub(super) fn new(bytes: &'a [u8], width: u32, height: u32) -> Self {
        let chunks = chunks(bytes.get(FILE_HEADER..).unwrap_or_default());
        Self {
            frames: Box::new(chunks.filter_map(|(name, data)| (name == b"ANMF").then_some(data))),
            canvas: Canvas::clear(width, height),
        }
    }

    fn draw(&mut self, frame: &[u8]) -> Result<Frame> {
        let damaged = || {
            let message = "a frame of the WebP is damaged or cut short: get a whole copy of the file";
            Error::new(ErrorKind::InvalidPicture, message)
        };
        let (header, data) = frame.split_first_chunk::<FRAME_HEADER>().ok_or_else(damaged)?;
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
        let (x, y) = (2 * number(0), 2 * number(3));
        let (width, height) = (number(6) + 1, number(9) + 1);
        let area = Area { x, y, width, height };
        if self.canvas.clip(area) != area {
            return Err(damaged());
        }

        let flags = if data.starts_with(b"VP8 ") { 0 } else { ALPHA };
        let file = extended(flags, width, height, &[data]);
        let limits = Limits {
            bytes: file.len() as u64,
            pixels: u64::from(width) * u64::from(height),
            ..Limits::default()
        };
        let picture = Image::decode(&file, &limits)?;
        if (picture.width(), picture.height()) != (width, height) {
            return Err(damaged());
        }
        let block = Block {
            area,
            is_disposed: header[15] & DISPOSED != 0,
            is_blended: header[15] & OPAQUE == 0,
            data: data.to_vec(),
            picture,
        };
        block.draw(&mut self.canvas);
        let image = self.canvas.image()?;
        if block.is_disposed {
            self.canvas.erase(area);
        }
        let delay = Duration::from_millis(number(12).into());
        Ok(Frame { image, delay, original: Some(Original::Webp(Arc::new(block))) })
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.frames.next()?;
        Some(self.draw(frame))
    }
}

/// A pixel laid over another, neither of them premultiplied by its alpha.
fn over(from: [u8; 4], to: [u8; 4]) -> [u8; 4] {
    if from[3] == 255 {
        return from;
    }
    let front = u32::from(from[3]) * 255;
    let back = u32::from(to[3]) * (255 - u32::from(from[3]));
    let both = front + back;
    if both == 0 {
        return [0; 4];
    }
    let mix = |at: usize| ((u32::from(from[at]) * front + u32::from(to[at]) * back + both / 2) / both) as u8;
    [mix(0), mix(1), mix(2), ((both + 127) / 255) as u8]
}

/// Writes an animated WebP: each frame as it stood in its file where that shows the right picture, else the box
/// that differs from what the frames before left.
pub(super) struct Writer {
    canvas: Canvas,
    still: EncodeOptions,
    clock: Clock,
    frames: Vec<u8>,
    has_alpha: bool,
}

impl Writer {
    pub(super) fn new(width: u32, height: u32, quality: u8) -> Self {
        Self {
            canvas: Canvas::clear(width, height),
            still: EncodeOptions { format: FileFormat::Webp, quality },
            clock: Clock::new(Duration::from_millis(1), LONGEST_DELAY),
            frames: Vec::new(),
            has_alpha: false,
        }
    }

    pub(super) fn push(&mut self, frame: &Frame, shown: Canvas) -> Result<()> {
        let original = match &frame.original {
            Some(Original::Webp(block)) => Some(block.as_ref()),
            _ => None,
        };
        let ticks = self.clock.ticks(frame.delay);
        self.has_alpha |= shown.pixels().iter().any(|pixel| pixel[3] != 255);
        let fits = original.filter(|block| {
            if shown.clip(block.area) != block.area {
                return false;
            }
            let mut drawn = self.canvas.clone();
            block.draw(&mut drawn);
            drawn == shown
        });
        let (area, is_disposed) = if let Some(block) = fits {
            let flags = (u8::from(block.is_disposed) * DISPOSED) | (u8::from(!block.is_blended) * OPAQUE);
            self.push_frame(block.area, ticks, flags, &block.data);
            (block.area, block.is_disposed)
        } else {
            let disposed = original.filter(|block| block.is_disposed).map(|block| shown.clip(block.area));
            let area = self.canvas.difference(&shown).union(disposed.unwrap_or_default());
            let area = on_even_pixels(area);
            let file = shown.crop(area)?.encode(&self.still)?;
            let mut data = Vec::new();
            for (name, chunk) in chunks(&file[FILE_HEADER..]).filter(|(name, _)| *name != b"VP8X") {
                push_chunk(&mut data, name, chunk);
            }
            let flags = (u8::from(disposed.is_some()) * DISPOSED) | OPAQUE;
            self.push_frame(area, ticks, flags, &data);
            (area, disposed.is_some())
        };
        self.canvas = shown;
        if is_disposed {
            self.canvas.erase(area);
        }
        Ok(())
    }

    fn push_frame(&mut self, area: Area, ticks: u32, flags: u8, data: &[u8]) {
        let mut frame = Vec::with_capacity(FRAME_HEADER + data.len());
        for number in [area.x / 2, area.y / 2, area.width - 1, area.height - 1, ticks] {
            frame.extend_from_slice(&number.to_le_bytes()[..3]);
        }
        frame.push(flags);
        frame.extend_from_slice(data);
        push_chunk(&mut self.frames, b"ANMF", &frame);
    }

    pub(super) fn finish(self, plays: u32, metadata: &Metadata) -> Result<Vec<u8>> {
        let mut control = Vec::new();
        let background = [0; 4];
        let plays = u16::try_from(plays).unwrap_or(u16::MAX);
        push_chunk(&mut control, b"ANIM", &[&background[..], &plays.to_le_bytes()].concat());
        let flags = ANIMATION | if self.has_alpha { ALPHA } else { 0 };
        let whole = self.canvas.whole();
        let file = metadata.around(flags, whole.width, whole.height, &[&control, &self.frames]);
        if u32::try_from(file.len()).is_err() {
            let message = "the animation is too long for a webp, which has at most 4 GB: write a png";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(file)
    }
}

/// The box, at least one pixel of it, moved out to the even corner that the format asks for.
fn on_even_pixels(area: Area) -> Area {
    let (x, y) = (area.x & !1, area.y & !1);
    let (right, bottom) = (area.x + area.width.max(1), area.y + area.height.max(1));
    Area { x, y, width: right - x, height: bottom - y }
}
