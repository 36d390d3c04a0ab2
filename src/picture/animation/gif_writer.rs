//! GIFs, written frame by frame (GIF89a).

use gif::{DisposalMethod, Encoder, EncodingError, Extension, Repeat};
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::picture::animation::canvas::{Area, CLEAR, Canvas};
use crate::picture::animation::clock::Clock;
use crate::picture::animation::gif::{Block, TICK, dispose};
use crate::picture::animation::palette::Palette;
use crate::picture::animation::{Frame, Original};
use crate::picture::encode::encode_error;
use crate::picture::{FileFormat, Metadata};

/// Writes a GIF: each frame as it stood in its file where that shows the right picture, else the box that differs
/// from what the frames before left.
///
/// A frame is held back until the next one is known, for only its disposal can make pixels transparent again.
pub(super) struct Writer {
    plays: u32,
    metadata: Metadata,
    clock: Clock,
    encoder: Option<Encoder<Vec<u8>>>,
    global_palette: Vec<u8>,
    /// What the frames that are written leave.
    canvas: Canvas,
    held: Option<Held>,
}

struct Held {
    frame: gif::Frame<'static>,
    area: Area,
    is_original: bool,
    shown: Canvas,
    /// What the frame showed when it was read.
    read: Option<Canvas>,
}

impl Writer {
    pub(super) fn new(width: u32, height: u32, plays: u32, metadata: &Metadata) -> Self {
        Self {
            plays,
            metadata: metadata.clone(),
            clock: Clock::new(TICK, u16::MAX.into()),
            encoder: None,
            global_palette: Vec::new(),
            canvas: Canvas::clear(width, height),
            held: None,
        }
    }

    pub(super) fn push(&mut self, frame: &Frame, mut shown: Canvas) -> Result<()> {
        for pixel in shown.pixels_mut() {
            *pixel = if pixel[3] < 128 { CLEAR } else { [pixel[0], pixel[1], pixel[2], 255] };
        }
        let block = match &frame.original {
            Some(Original::Gif(block)) => Some(block.as_ref()),
            _ => None,
        };
        if self.encoder.is_none()
            && let Some(block) = block
        {
            self.global_palette = block.global_palette.to_vec();
        }
        self.release(&shown, block)?;

        let fits = block.filter(|block| self.shows(block, &self.canvas, &shown));
        let mut held = if let Some(block) = fits {
            let frame = block.frame.clone();
            Held { frame, area: block.area(), is_original: true, shown, read: None }
        } else {
            let read = block.map(|_| Canvas::of(&frame.image));
            let disposal = block.map_or(DisposalMethod::Keep, |block| block.frame.dispose);
            let area = match (block, disposal) {
                (None, _) if self.encoder.is_none() => shown.whole(),
                (Some(block), DisposalMethod::Background) => {
                    self.canvas.difference(&shown).union(shown.clip(block.area()))
                }
                _ => self.canvas.difference(&shown),
            };
            let mut held = Held { frame: gif::Frame::default(), area, is_original: false, shown, read };
            held.draw(area, &self.canvas, &self.global_palette);
            held.frame.dispose = disposal;
            held
        };
        held.frame.delay = self.clock.ticks(frame.delay) as u16;
        if self.encoder.is_none() {
            if block.is_none() {
                self.global_palette = held.frame.palette.take().unwrap_or_default();
            }
            self.encoder = Some(self.start().map_err(fail)?);
        }
        self.held = Some(held);
        Ok(())
    }

    /// Writes the frame that is held, with a disposal after which the next one can be drawn.
    fn release(&mut self, next: &Canvas, block: Option<&Block>) -> Result<()> {
        let Some(mut held) = self.held.take() else { return Ok(()) };
        let left = |disposal: &DisposalMethod| dispose(*disposal, &held.shown, held.area, &self.canvas);
        let own = held.frame.dispose;
        let any = [own, DisposalMethod::Keep, DisposalMethod::Background, DisposalMethod::Previous];
        let keeping = if held.is_original { &any[..1] } else { &any[..] };
        let fits =
            |disposal: &&DisposalMethod| block.is_some_and(|block| self.shows(block, &left(disposal), next));
        let reaches = |disposal: &&DisposalMethod| left(disposal).box_where(next, is_erased).is_empty();
        match keeping.iter().find(fits).or_else(|| any.iter().find(reaches)) {
            Some(&disposal) => held.frame.dispose = disposal,
            None => {
                let erased = held.shown.box_where(next, is_erased);
                held.draw(held.shown.clip(held.area).union(erased), &self.canvas, &self.global_palette);
                held.frame.dispose = DisposalMethod::Background;
            }
        }
        self.canvas = dispose(held.frame.dispose, &held.shown, held.area, &self.canvas);
        self.write(&held.frame)
    }

    /// Whether a frame, written again as it stood in its file, makes `shown` of `left`.
    fn shows(&self, block: &Block, left: &Canvas, shown: &Canvas) -> bool {
        let has_palette =
            block.frame.palette.is_some() || block.global_palette[..] == self.global_palette[..];
        let mut drawn = left.clone();
        block.draw(&mut drawn);
        has_palette && block.can_be_copied() && drawn == *shown
    }

    fn write(&mut self, frame: &gif::Frame<'_>) -> Result<()> {
        match &mut self.encoder {
            Some(encoder) => encoder.write_lzw_pre_encoded_frame(frame).map_err(fail),
            None => Ok(()),
        }
    }

    /// What comes before the first frame.
    fn start(&self) -> Result<Encoder<Vec<u8>>, EncodingError> {
        let whole = self.canvas.whole();
        let (width, height) = (whole.width as u16, whole.height as u16);
        let mut encoder = Encoder::new(Vec::new(), width, height, &self.global_palette)?;
        encoder.set_repeat(match self.plays {
            0 => Repeat::Infinite,
            plays => Repeat::Finite(u16::try_from(plays - 1).unwrap_or(u16::MAX)),
        })?;
        if let Some(icc) = &self.metadata.icc {
            encoder.write_raw_extension(Extension::Application.into(), &[b"ICCRGBG1012", icc])?;
        }
        // A packet stands there as text, not in blocks; a reader that looks for blocks lands in a ramp of lengths
        // that leads it to the end. A zero would end it before.
        if let Some(xmp) = self.metadata.xmp.as_ref().filter(|xmp| !xmp.contains(&0)) {
            let file = encoder.get_mut();
            file.extend([0x21, 0xFF, 11]);
            file.extend(b"XMP DataXMP");
            file.extend(xmp);
            file.push(1);
            file.extend((0..=255u8).rev());
            file.push(0);
        }
        Ok(encoder)
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>> {
        if let Some(held) = self.held.take() {
            self.write(&held.frame)?;
        }
        let encoder = self.encoder.ok_or_else(|| Error::parameter("a GIF needs a frame: add one"))?;
        encoder.into_inner().map_err(fail)
    }
}

impl Held {
    /// Draws the pixels of `area` that `before` does not show: in colours of the file's palette if that has them
    /// all, else in those of a palette of their own.
    fn draw(&mut self, area: Area, before: &Canvas, global_palette: &[u8]) {
        let area = Area { width: area.width.max(1), height: area.height.max(1), ..area };
        let columns = area.width as usize;
        let is_kept = |shown: &[u8; 4], read: &[u8; 4]| self.read.is_some() && shown == read;
        let (mut kept, mut free) = (Vec::new(), Vec::new());
        let mut pixels = Vec::with_capacity(columns * area.height as usize);
        let read = self.read.as_ref().unwrap_or(&self.shown);
        let rows = self.shown.rows(area).zip(before.rows(area)).zip(read.rows(area));
        for ((shown, before), read) in rows {
            for ((&pixel, &before), read) in shown.iter().zip(before).zip(read) {
                let [r, g, b, _] = pixel;
                let drawn = (pixel != before && pixel != CLEAR).then_some([r, g, b]);
                if let Some(color) = drawn {
                    if is_kept(&pixel, read) { kept.push(color) } else { free.push(color) }
                }
                pixels.push(drawn);
            }
        }

        let has_gaps = kept.len() + free.len() < pixels.len();
        let shared = Palette::of(global_palette.as_chunks().0);
        let used: Option<Vec<_>> = pixels.iter().flatten().map(|&color| shared.index(color)).collect();
        let gap = used.and_then(|used| {
            let mut is_free = [true; 256];
            used.iter().for_each(|&index| is_free[usize::from(index)] = false);
            (0..shared.colors().len()).find(|&index| is_free[index])
        });
        let (palette, gap) = match gap {
            Some(gap) => (shared, gap as u8),
            None => {
                let palette = Palette::new(&kept, &free, 256 - usize::from(has_gaps));
                let gap = palette.colors().len() as u8;
                let mut colors = palette.colors().as_flattened().to_vec();
                colors.extend(if has_gaps { &[0, 0, 0][..] } else { &[] });
                self.frame.palette = Some(colors);
                (palette, gap)
            }
        };
        let mut indices = vec![gap; pixels.len()];
        let rows = indices.par_chunks_mut(columns).zip(pixels.par_chunks(columns));
        rows.zip(area.y..area.y + area.height).for_each(|((indices, pixels), y)| {
            for ((index, color), x) in indices.iter_mut().zip(pixels).zip(area.x..) {
                if let Some(color) = *color {
                    *index = palette.dither(color, x, y);
                }
            }
        });

        (self.frame.left, self.frame.top) = (area.x as u16, area.y as u16);
        (self.frame.width, self.frame.height) = (area.width as u16, area.height as u16);
        self.frame.transparent = has_gaps.then_some(gap);
        self.frame.interlaced = false;
        self.frame.buffer = indices.into();
        self.frame.make_lzw_pre_encoded();
        (self.area, self.is_original) = (area, false);
    }
}

/// Whether a pixel that is seen has to become transparent, which drawing cannot do.
fn is_erased(left: [u8; 4], next: [u8; 4]) -> bool {
    left != CLEAR && next == CLEAR
}

fn fail(error: EncodingError) -> Error {
    encode_error(FileFormat::Gif, error)
}
