//! GIFs, written frame by frame (GIF89a).

use gif::{DisposalMethod, Encoder, EncodingError, Extension, Repeat};

use crate::error::{Error, Result};
use crate::picture::animation::canvas::{Area, CLEAR, Canvas};
use crate::picture::animation::clock::Clock;
use crate::picture::animation::dither::Mix;
use crate::picture::animation::gif::{Block, TICK, dispose};
use crate::picture::animation::palette::{Color, MOST, Palette, count};
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

/// A frame that is not written yet. The alpha of its pixels and of those of the canvas says what they are: 0 for
/// transparent ones, [`EXACT`] for a colour that is seen or has to be, and [`NEAR`] for one that is seen, or may
/// be, as another near to it.
struct Held {
    frame: gif::Frame<'static>,
    area: Area,
    is_original: bool,
    wanted: Canvas,
    drawn: Canvas,
}

const EXACT: u8 = 255;
const NEAR: u8 = 254;

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

    pub(super) fn push(&mut self, frame: &Frame, shown: Canvas) -> Result<()> {
        let block = match &frame.original {
            Some(Original::Gif(block)) => Some(block.as_ref()),
            _ => None,
        };
        let wanted = wanted(shown, block.map(|_| Canvas::of(&frame.image)));
        if self.encoder.is_none()
            && let Some(block) = block
        {
            self.global_palette = block.global_palette.to_vec();
        }
        self.release(&wanted, block)?;

        let drawn = block.and_then(|block| self.redraw(block, self.canvas.clone(), &wanted));
        let mut held = if let (Some(block), Some(drawn)) = (block, drawn) {
            Held { frame: block.frame.clone(), area: block.area(), is_original: true, wanted, drawn }
        } else {
            let disposal = block.map_or(DisposalMethod::Keep, |block| block.frame.dispose);
            let changed = self.canvas.box_where(&wanted, is_wrong);
            let area = match block {
                None if self.encoder.is_none() => wanted.whole(),
                Some(block) if disposal == DisposalMethod::Background => {
                    changed.union(wanted.clip(block.area()))
                }
                _ => changed,
            };
            let drawn = self.canvas.clone();
            let mut held = Held { frame: gif::Frame::default(), area, is_original: false, wanted, drawn };
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
        let left = |disposal: &DisposalMethod| dispose(*disposal, &held.drawn, held.area, &self.canvas);
        let own = held.frame.dispose;
        let any = [own, DisposalMethod::Keep, DisposalMethod::Background, DisposalMethod::Previous];
        let keeping = if held.is_original { &any[..1] } else { &any[..] };
        let fits = |disposal: &&DisposalMethod| {
            block.is_some_and(|block| self.redraw(block, left(disposal), next).is_some())
        };
        let reaches = |disposal: &&DisposalMethod| left(disposal).box_where(next, is_erased).is_empty();
        match keeping.iter().find(fits).or_else(|| any.iter().find(reaches)) {
            Some(&disposal) => held.frame.dispose = disposal,
            None => {
                let erased = held.drawn.box_where(next, is_erased);
                held.draw(held.drawn.clip(held.area).union(erased), &self.canvas, &self.global_palette);
                held.frame.dispose = DisposalMethod::Background;
            }
        }
        self.canvas = dispose(held.frame.dispose, &held.drawn, held.area, &self.canvas);
        self.write(&held.frame)
    }

    /// What a frame, written again as it stood in its file, makes of `left`, if that is what is wanted.
    fn redraw(&self, block: &Block, mut left: Canvas, wanted: &Canvas) -> Option<Canvas> {
        let has_palette =
            block.frame.palette.is_some() || block.global_palette[..] == self.global_palette[..];
        block.draw(&mut left);
        let is_right = has_palette && block.can_be_copied() && left.box_where(wanted, is_wrong).is_empty();
        is_right.then_some(left)
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
    /// Draws the pixels of `area` that are wrong in `before`: in colours of the file's palette if that has them
    /// all, else in those of a palette of their own.
    fn draw(&mut self, area: Area, before: &Canvas, global_palette: &[u8]) {
        let area = Area { width: area.width.max(1), height: area.height.max(1), ..area };
        let mut drawing = Drawing::new(&self.wanted, before, area, is_wrong);
        if drawing.has_gaps() && count(&drawing.kept) >= MOST {
            // No index is left for gaps: what is right already is drawn once more where its colours are there.
            let whole = Drawing::new(&self.wanted, before, area, |_, _| true);
            if !whole.has_gaps() && count(&whole.kept) <= MOST {
                drawing = whole;
            }
        }
        let has_gaps = drawing.has_gaps();
        let shared = Palette::of(global_palette.as_chunks().0);
        let (palette, gap) = match drawing.gap_in(&shared) {
            Some(gap) => {
                self.frame.palette = None;
                (shared, gap)
            }
            None => {
                let palette = Palette::new(&drawing.kept, &drawing.free, MOST - usize::from(has_gaps));
                let mut colors = palette.colors().as_flattened().to_vec();
                colors.extend(if has_gaps { &[0, 0, 0][..] } else { &[] });
                self.frame.palette = Some(colors);
                let gap = palette.colors().len() as u8;
                (palette, gap)
            }
        };
        self.drawn = before.clone();
        let drawn = self.drawn.rows_mut(area).flatten().zip(&drawing.pixels);
        for (pixel, [r, g, b]) in drawn.filter_map(|(pixel, &color)| Some((pixel, color?))) {
            let is_exact = palette.index([r, g, b]).is_some();
            *pixel = [r, g, b, if is_exact { EXACT } else { NEAR }];
        }
        (self.frame.left, self.frame.top) = (area.x as u16, area.y as u16);
        (self.frame.width, self.frame.height) = (area.width as u16, area.height as u16);
        self.frame.transparent = has_gaps.then_some(gap);
        self.frame.interlaced = false;
        self.frame.buffer = drawing.indices(&palette, gap, area).into();
        self.frame.make_lzw_pre_encoded();
        (self.area, self.is_original) = (area, false);
    }
}

/// What is drawn in the box of a frame.
struct Drawing {
    /// The colours of the pixels; a gap shows what was there before.
    pixels: Vec<Option<Color>>,
    /// The colours that have to be exact, once for each pixel.
    kept: Vec<Color>,
    /// The other ones, once for each pixel.
    free: Vec<Color>,
}

impl Drawing {
    /// The pixels of `wanted` for which `is_drawn` holds over what was there before.
    fn new(
        wanted: &Canvas,
        before: &Canvas,
        area: Area,
        is_drawn: impl Fn([u8; 4], [u8; 4]) -> bool,
    ) -> Self {
        let mut drawing = Self { pixels: Vec::new(), kept: Vec::new(), free: Vec::new() };
        let rows = wanted.rows(area).zip(before.rows(area));
        for (&wanted, &before) in rows.flat_map(|(wanted, before)| wanted.iter().zip(before)) {
            let [r, g, b, alpha] = wanted;
            let color = (wanted != CLEAR && is_drawn(before, wanted)).then_some([r, g, b]);
            if let Some(color) = color {
                let colors = if alpha == EXACT { &mut drawing.kept } else { &mut drawing.free };
                colors.push(color);
            }
            drawing.pixels.push(color);
        }
        drawing
    }

    fn has_gaps(&self) -> bool {
        self.kept.len() + self.free.len() < self.pixels.len()
    }

    /// The index for gaps, if a palette has every colour and one more where there are gaps.
    fn gap_in(&self, palette: &Palette) -> Option<u8> {
        let mut is_used = [false; MOST];
        for &color in self.kept.iter().chain(&self.free) {
            is_used[usize::from(palette.index(color)?)] = true;
        }
        let indices = palette.colors().iter().zip(0..=255);
        let mut indices = indices.map(|(_, index)| index);
        indices.find(|&index| !self.has_gaps() || !is_used[usize::from(index)])
    }

    fn indices(&self, palette: &Palette, gap: u8, area: Area) -> Vec<u8> {
        let (mixes, pixels) = Mix::of_all(palette, &self.pixels);
        let rows = pixels.chunks(area.width as usize).zip(area.y..);
        rows.flat_map(|(row, y)| row.iter().zip(area.x..).map(move |(&color, x)| (color, x, y)))
            .map(|(color, x, y)| color.map_or(gap, |color| mixes[color as usize].at(x, y)))
            .collect()
    }
}

/// The pixels that a frame is to show, and which of them have to be exact: those that it showed when it was read.
fn wanted(mut shown: Canvas, read: Option<Canvas>) -> Canvas {
    let is_kept = |at: usize, pixel| read.as_ref().is_some_and(|read| read.pixels()[at] == pixel);
    for (at, pixel) in shown.pixels_mut().iter_mut().enumerate() {
        let [r, g, b, alpha] = *pixel;
        *pixel = match alpha {
            0..128 => CLEAR,
            _ if is_kept(at, *pixel) => [r, g, b, EXACT],
            _ => [r, g, b, NEAR],
        };
    }
    shown
}

/// Whether a pixel has to be drawn.
fn is_wrong(left: [u8; 4], wanted: [u8; 4]) -> bool {
    let [r, g, b, _] = wanted;
    left != wanted && !(wanted[3] == NEAR && left == [r, g, b, EXACT])
}

/// Whether a pixel that is seen has to become transparent, which drawing cannot do.
fn is_erased(left: [u8; 4], next: [u8; 4]) -> bool {
    left != CLEAR && next == CLEAR
}

fn fail(error: EncodingError) -> Error {
    encode_error(FileFormat::Gif, error)
}
