//! Animated PNGs, written (PNG third edition, section 11.3.6).

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use png::{BlendOp, DisposeOp, EncodingError};

use crate::error::Result;
use crate::picture::animation::Frame;
use crate::picture::animation::canvas::{Area, Canvas};
use crate::picture::encode::{encode_error, png_encoder};
use crate::picture::{FileFormat, Metadata, PixelFormat};

/// Writes an animated PNG: of each frame the box that differs from the frame before, which it replaces.
pub(super) struct Writer {
    canvas: Canvas,
    plays: u32,
    metadata: Metadata,
    writer: png::Writer<File>,
    file: File,
    frames: u32,
}

impl Writer {
    pub(super) fn new(width: u32, height: u32, plays: u32, metadata: &Metadata) -> Result<Self> {
        let canvas = Canvas::clear(width, height);
        let plays = plays.min(i32::MAX as u32);
        let file = File::default();
        // The frames are counted when all of them are there.
        let writer = start(&file, &canvas, u32::MAX, plays, metadata).map_err(fail)?;
        Ok(Self { canvas, plays, metadata: metadata.clone(), writer, file, frames: 0 })
    }

    pub(super) fn push(&mut self, frame: &Frame, shown: Canvas) -> Result<()> {
        let mut area = if self.frames == 0 { shown.whole() } else { self.canvas.difference(&shown) };
        if area.is_empty() {
            area = Area { width: 1, height: 1, ..area };
        }
        let pixels: Vec<u8> = shown.rows(area).flatten().copied().flatten().collect();
        let (numerator, denominator) = fraction(frame.delay);
        let writer = &mut self.writer;
        let mut write = || {
            writer.reset_frame_position()?;
            writer.set_frame_dimension(area.width, area.height)?;
            writer.set_frame_position(area.x, area.y)?;
            writer.set_frame_delay(numerator, denominator)?;
            writer.write_image_data(&pixels)
        };
        write().map_err(fail)?;
        self.canvas = shown;
        self.frames += 1;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Vec<u8>> {
        self.writer.finish().map_err(fail)?;
        let header = File::default();
        drop(start(&header, &self.canvas, self.frames, self.plays, &self.metadata).map_err(fail)?);
        let (header, mut file) = (header.take(), self.file.take());
        let length = header.len() - END.len();
        file[..length].copy_from_slice(&header[..length]);
        Ok(file)
    }
}

/// The chunk that a writer ends a file with: its length, its name and its checksum.
const END: [u8; 12] = *b"\0\0\0\0IEND\xAE\x42\x60\x82";

fn start(
    file: &File,
    canvas: &Canvas,
    frames: u32,
    plays: u32,
    metadata: &Metadata,
) -> Result<png::Writer<File>, EncodingError> {
    let Area { width, height, .. } = canvas.whole();
    let mut encoder = png_encoder(file.clone(), width, height, PixelFormat::Rgba, metadata)?;
    encoder.set_animated(frames, plays)?;
    encoder.set_blend_op(BlendOp::Source)?;
    encoder.set_dispose_op(DisposeOp::None)?;
    encoder.write_header()
}

/// A delay as a fraction of seconds: milliseconds if that is exact, else the nearest fraction.
fn fraction(delay: Duration) -> (u16, u16) {
    const SECOND: u128 = 1_000_000_000;
    let nanos = delay.as_nanos();
    let numerator = |denominator: u16| {
        let numerator = (nanos * u128::from(denominator) + SECOND / 2) / SECOND;
        u16::try_from(numerator).ok()
    };
    if nanos.is_multiple_of(1_000_000)
        && let Some(milliseconds) = numerator(1000)
    {
        return (milliseconds, 1000);
    }
    let fractions = (1..=u16::MAX).filter_map(|denominator| Some((numerator(denominator)?, denominator)));
    // In whole nanoseconds, as a reader counts them, so that the first fraction of no error is the shortest.
    let error = |&(numerator, denominator): &(u16, u16)| {
        (u128::from(numerator) * SECOND / u128::from(denominator)).abs_diff(nanos)
    };
    fractions.min_by_key(error).unwrap_or((u16::MAX, 1))
}

/// The bytes that a writer has written, which it does not give back itself.
#[derive(Clone, Default)]
struct File(Arc<Mutex<Vec<u8>>>);

impl File {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn fail(error: EncodingError) -> crate::Error {
    encode_error(FileFormat::Png, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_exact_where_a_fraction_is() {
        let read = |(numerator, denominator): (u16, u16)| {
            Duration::from_nanos(u64::from(numerator) * 1_000_000_000 / u64::from(denominator))
        };
        for (delay, expected) in [
            (Duration::ZERO, (0, 1000)),
            (Duration::from_millis(70), (70, 1000)),
            (Duration::from_secs(120), (120, 1)),
            (read((1, 3)), (1, 3)),
            (read((1001, 30_000)), (1001, 30_000)),
            (Duration::from_secs(100_000), (u16::MAX, 1)),
        ] {
            let found = fraction(delay);
            assert_eq!(found, expected);
            assert!(found.0 == u16::MAX || read(found) == delay);
        }
    }
}
