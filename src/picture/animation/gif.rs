//! The frames of a GIF as they stand in the file (GIF89a), and as they are seen.

use std::sync::Arc;
use std::time::Duration;

use gif::{DecodeOptions, Decoder, DecodingError, DisposalMethod, MemoryLimit, Repeat};
use image::error::DecodingError as Damage;
use image::{ImageError, ImageFormat};

use crate::error::Result;
use crate::picture::animation::canvas::{Area, Canvas};
use crate::picture::animation::{Frame, Original};
use crate::picture::decode::decode_error;

/// What the delays of a GIF are counted in.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// A frame of a GIF as it stands in the file.
#[derive(Debug)]
pub(super) struct Block {
    /// The frame with its pixels compressed.
    pub(super) frame: gif::Frame<'static>,
    /// The palette of the file, empty when it has none.
    pub(super) global_palette: Arc<[u8]>,
    indices: Vec<u8>,
}

impl Block {
    /// Draws the frame as far as it is on the canvas.
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let palette = self.frame.palette.as_deref().unwrap_or(&self.global_palette);
        let area = canvas.clip(self.area());
        let rows = self.indices.chunks_exact(usize::from(self.frame.width).max(1));
        for (row, indices) in canvas.rows_mut(area).zip(rows) {
            for (pixel, &index) in row.iter_mut().zip(indices) {
                let color = palette.as_chunks::<3>().0.get(usize::from(index));
                if let Some(&[r, g, b]) = color.filter(|_| self.frame.transparent != Some(index)) {
                    *pixel = [r, g, b, 255];
                }
            }
        }
    }

    /// Whether its compressed pixels are such as a writer may write: codes of 2 to 11 bits.
    pub(super) fn can_be_copied(&self) -> bool {
        self.frame.buffer.first().is_some_and(|bits| (2..=11).contains(bits))
    }

    /// The box that the frame asks for, which may reach beyond the canvas.
    pub(super) fn area(&self) -> Area {
        let frame = &self.frame;
        Area {
            x: frame.left.into(),
            y: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
        }
    }
}

/// What is left of `drawn`, a frame in `area` over `before`, when the next frame comes.
pub(super) fn dispose(disposal: DisposalMethod, drawn: &Canvas, area: Area, before: &Canvas) -> Canvas {
    match disposal {
        DisposalMethod::Any | DisposalMethod::Keep => drawn.clone(),
        DisposalMethod::Previous => before.clone(),
        DisposalMethod::Background => {
            let mut left = drawn.clone();
            left.erase(left.clip(area));
            left
        }
    }
}

/// The frames of a GIF, each as it is seen.
///
/// The background is transparent and a disposal that is not specified keeps the frame, as in browsers.
pub(super) struct Frames<'a> {
    pixels: Decoder<&'a [u8]>,
    // Reads the same frames and leaves them compressed; a step behind, as it sets memory aside for any size.
    blocks: Decoder<&'a [u8]>,
    global_palette: Arc<[u8]>,
    canvas: Canvas,
    longest: usize,
}

impl<'a> Frames<'a> {
    /// The frames of the file `bytes`, whose canvas has `width` × `height` pixels.
    pub(super) fn new(bytes: &'a [u8], width: u32, height: u32) -> Result<Self> {
        let open = |is_compressed| {
            let mut options = DecodeOptions::new();
            options.skip_frame_decoding(is_compressed);
            options.set_memory_limit(MemoryLimit::Unlimited);
            options.read_info(bytes).map_err(fail)
        };
        let pixels = open(false)?;
        // A frame may be larger than the canvas, but not by so much that it costs more than the canvas.
        let longest = (width as usize * height as usize).saturating_mul(8).saturating_add(1 << 18);
        Ok(Self {
            global_palette: pixels.global_palette().unwrap_or_default().into(),
            pixels,
            blocks: open(true)?,
            canvas: Canvas::clear(width, height),
            longest,
        })
    }

    fn read(&mut self) -> Result<Option<Block>, DecodingError> {
        if self.pixels.next_frame_info()?.is_none() {
            return Ok(None);
        }
        let length = self.pixels.buffer_size();
        if length > self.longest {
            return Err(DecodingError::MemoryLimit);
        }
        let mut indices = vec![0; length];
        self.pixels.read_into_buffer(&mut indices)?;
        let Some(frame) = self.blocks.read_next_frame()? else { return Ok(None) };
        let (frame, global_palette) = (frame.clone(), self.global_palette.clone());
        Ok(Some(Block { frame, global_palette, indices }))
    }

    fn draw(&mut self, block: Block) -> Result<Frame> {
        let before = self.canvas.clone();
        block.draw(&mut self.canvas);
        let image = self.canvas.image()?;
        let delay = TICK * u32::from(block.frame.delay);
        self.canvas = dispose(block.frame.dispose, &self.canvas, block.area(), &before);
        Ok(Frame { image, delay, original: Some(Original::Gif(Arc::new(block))) })
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.read().map_err(fail).transpose()?;
        Some(block.and_then(|block| self.draw(block)))
    }
}

/// How often a GIF plays, as browsers have it: once more than it says it repeats, and once when it says nothing.
pub(super) fn plays(bytes: &[u8]) -> u32 {
    let decoder = DecodeOptions::new().read_info(bytes);
    match decoder.map(|decoder| decoder.repeat()) {
        Ok(Repeat::Infinite) => 0,
        Ok(Repeat::Finite(repeats)) => u32::from(repeats) + 1,
        Err(_) => 1,
    }
}

/// How many frames a GIF has, up to `most`; a damaged one has those before the damage.
pub(super) fn frame_count(bytes: &[u8], most: u32) -> u32 {
    let mut options = DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut decoder) = options.read_info(bytes) else { return 0 };
    (0..most).take_while(|_| matches!(decoder.next_frame_info(), Ok(Some(_)))).count() as u32
}

fn fail(error: DecodingError) -> crate::Error {
    let error = match error {
        DecodingError::MemoryLimit | DecodingError::OutOfMemory => {
            let kind = image::error::LimitErrorKind::InsufficientMemory;
            ImageError::Limits(image::error::LimitError::from_kind(kind))
        }
        DecodingError::UnexpectedEof => ImageError::IoError(std::io::ErrorKind::UnexpectedEof.into()),
        error => ImageError::Decoding(Damage::new(ImageFormat::Gif.into(), error)),
    };
    decode_error(ImageFormat::Gif, error)
}
