//! The WebP container (RFC 9649): metadata around the pixels, and the frames of an animation.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::picture::convert::each;
use crate::picture::{Image, Metadata, PixelFormat};

const ICC: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;
const FILE_HEADER: usize = 12;
const CHUNK_HEADER: usize = 8;

/// The WebP file `encoded`, which shows `image`, with `metadata` in chunks around its pixels.
pub(super) fn with_metadata(encoded: &[u8], image: &Image, metadata: &Metadata) -> Vec<u8> {
    let (icc, exif, xmp) = (&metadata.icc, &metadata.exif, &metadata.xmp);
    if icc.is_none() && exif.is_none() && xmp.is_none() {
        return encoded.to_vec();
    }
    let mut flags = 0;
    let mut pixels = Vec::new();
    for (name, data) in chunks(encoded.get(FILE_HEADER..).unwrap_or_default()) {
        match (name, data) {
            (b"VP8X", [file_flags, ..]) => flags |= file_flags & ALPHA,
            (b"VP8L", [_, _, _, _, last, ..]) if last & 0x10 != 0 => flags |= ALPHA,
            _ => {}
        }
        if name != b"VP8X" {
            push_chunk(&mut pixels, name, data);
        }
    }
    for (flag, block) in [(ICC, icc), (EXIF, exif), (XMP, xmp)] {
        flags |= if block.is_some() { flag } else { 0 };
    }
    let chunk = |name, block: &Option<Vec<u8>>| {
        let mut chunk = Vec::new();
        if let Some(block) = block {
            push_chunk(&mut chunk, name, block);
        }
        chunk
    };
    let parts = [&chunk(b"ICCP", icc), &pixels, &chunk(b"EXIF", exif), &chunk(b"XMP ", xmp)];
    extended(flags, image.width(), image.height(), &parts.map(Vec::as_slice))
}

/// A file in the extended format: what is in it, and its chunks in order.
fn extended(flags: u8, width: u32, height: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut header = vec![flags, 0, 0, 0];
    header.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    header.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    let mut body = b"WEBP".to_vec();
    push_chunk(&mut body, b"VP8X", &header);
    for part in parts {
        body.extend_from_slice(part);
    }
    let mut file = Vec::with_capacity(body.len() + CHUNK_HEADER);
    push_chunk(&mut file, b"RIFF", &body);
    file
}

fn push_chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(name);
    file.extend_from_slice(&(data.len() as u32).to_le_bytes());
    file.extend_from_slice(data);
    if data.len() % 2 == 1 {
        file.push(0);
    }
}

/// The names and contents of chunks that follow each other; the last may be cut short.
fn chunks(mut rest: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (data, after) = after.split_at(length.min(after.len()));
        rest = after.get(length % 2..).unwrap_or_default();
        Some((name, data))
    })
}

/// The frames of an animated file, each as it is seen.
pub(super) struct Frames<'a> {
    frames: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
    canvas: Image,
    disposed: Option<[u32; 4]>,
}

impl<'a> Frames<'a> {
    /// The frames of the file `bytes`, whose canvas has `width` × `height` pixels.
    pub(super) fn new(bytes: &'a [u8], width: u32, height: u32) -> Result<Self> {
        let chunks = chunks(bytes.get(FILE_HEADER..).unwrap_or_default());
        Ok(Self {
            frames: Box::new(chunks.filter_map(|(name, data)| (name == b"ANMF").then_some(data))),
            canvas: Image::new(width, height, PixelFormat::Rgba)?,
            disposed: None,
        })
    }

    fn draw(&mut self, frame: &[u8]) -> Result<(Image, Duration)> {
        let damaged = || {
            let message = "a frame of the WebP is damaged or cut short: get a whole copy of the file";
            Error::new(ErrorKind::InvalidPicture, message)
        };
        let (header, data) = frame.split_first_chunk::<16>().ok_or_else(damaged)?;
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
        let (x, y) = (2 * number(0), 2 * number(3));
        let (width, height) = (number(6) + 1, number(9) + 1);
        let (is_disposed, is_blended) = (header[15] & 1 != 0, header[15] & 2 == 0);
        if x + width > self.canvas.width() || y + height > self.canvas.height() {
            return Err(damaged());
        }

        let flags = if data.starts_with(b"VP8 ") { 0 } else { ALPHA };
        let file = extended(flags, width, height, &[data]);
        let limits = Limits {
            bytes: file.len() as u64,
            pixels: u64::from(width) * u64::from(height),
            ..Limits::default()
        };
        let drawn = Image::decode(&file, &limits)?;
        if (drawn.width(), drawn.height()) != (width, height) {
            return Err(damaged());
        }
        if let Some([x, y, width, height]) = self.disposed.take() {
            self.each_row(x, y, width, height, |_, canvas| canvas.fill(0));
        }
        let drawn = drawn.view();
        self.each_row(x, y, width, height, |row, canvas| match drawn.format() {
            PixelFormat::Rgba if is_blended => {
                each(drawn.row(row), canvas, |from, to| *to = over(*from, *to))
            }
            PixelFormat::Rgba => canvas.copy_from_slice(drawn.row(row)),
            _ => each(drawn.row(row), canvas, |&[r, g, b], to| *to = [r, g, b, 255]),
        });
        self.disposed = is_disposed.then_some([x, y, width, height]);
        Ok((self.canvas.clone(), Duration::from_millis(number(12).into())))
    }

    fn each_row(&mut self, x: u32, y: u32, width: u32, height: u32, mut draw: impl FnMut(u32, &mut [u8])) {
        let mut canvas = self.canvas.view_mut();
        for row in 0..height {
            let canvas = canvas.row_mut(y + row);
            draw(row, &mut canvas[4 * x as usize..4 * (x + width) as usize]);
        }
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<(Image, Duration)>;

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
