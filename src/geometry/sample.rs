//! Bilinear reads along the rows of an output.

use std::ops::Range;

use crate::picture::{ImageRef, PixelFormat};

/// A 2×3 matrix that takes pixels of an output to pixels of its source.
pub(super) type Matrix = [[f64; 3]; 2];

/// The matrix that leaves every point where it is.
pub(super) const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

/// The matrix into a source that was cut at `origin` and then resized from `from` to `to` pixels.
pub(super) fn rescale(matrix: &Matrix, origin: [u32; 2], from: [u32; 2], to: [u32; 2]) -> Matrix {
    let mut rescaled = *matrix;
    for (axis, row) in rescaled.iter_mut().enumerate() {
        let scale = f64::from(to[axis]) / f64::from(from[axis]);
        *row = row.map(|value| value * scale);
        row[2] += (0.5 - f64::from(origin[axis])) * scale - 0.5;
    }
    rescaled
}

/// Rounds a value from 0 to 255, half to even.
#[inline]
pub(crate) fn round_to_u8(value: f32) -> u8 {
    // Adding 1.5 · 2^23 leaves the rounded value in the low bits; `round_ties_even` is a function call on x86-64.
    (value + 12_582_912.0).to_bits() as u8
}

/// A side of a picture as a bound of [`Track::span`], which follows no coordinate further out.
pub(super) fn side(pixels: u32) -> i32 {
    pixels.min(FAR) as i32
}

/// Coordinates beyond this many pixels are not followed in fixed point.
const FAR: u32 = 1 << 29;

/// The source coordinates along one row of an output.
pub(super) struct Track {
    start: [f64; 2],
    step: [f64; 2],
    lines: Option<[Line; 2]>,
}

impl Track {
    /// The track of `len` pixels of the output from `x`, `y` to the right.
    pub(super) fn new(matrix: &Matrix, x: u32, y: u32, len: usize) -> Self {
        let (x, y) = (f64::from(x), f64::from(y));
        let start = matrix.map(|row| row[0] * x + row[1] * y + row[2]);
        let step = matrix.map(|row| row[0]);
        let line = |axis: usize| Line::new(start[axis], step[axis], len);
        let lines = line(0).zip(line(1)).map(|(x, y)| [x, y]);
        Self { start, step, lines }
    }

    /// The coordinates of pixel `i`.
    pub(super) fn at(&self, i: usize) -> [f64; 2] {
        [0, 1].map(|axis| self.start[axis] + self.step[axis] * i as f64)
    }

    /// The pixels whose coordinates are at least `low` and less than `high`, on both axes.
    ///
    /// `None` when the track runs so far out that only [`Track::at`] can follow it.
    pub(super) fn span(&self, len: usize, low: [i32; 2], high: [i32; 2]) -> Option<Range<usize>> {
        let [x, y] = self.lines.as_ref()?;
        let (x, y) = (x.span(len, low[0], high[0]), y.span(len, low[1], high[1]));
        let start = x.start.max(y.start);
        Some(start..x.end.min(y.end).max(start))
    }

    /// Both coordinates, where [`Track::span`] found any pixel.
    #[inline]
    pub(super) fn lines(&self) -> [Line; 2] {
        self.lines.unwrap_or_default()
    }

    /// The whole parts and the fractions of the coordinates of the pixels of a span.
    #[inline]
    pub(super) fn cells(&self, span: Range<usize>) -> impl Iterator<Item = Cell> {
        let [x, y] = self.lines();
        span.map(move |i| {
            let (x, y) = (x.at(i), y.at(i));
            Cell { x: whole(x), y: whole(y), fx: fraction(x), fy: fraction(y) }
        })
    }
}

/// The pixel at the top left of a coordinate, and how far the coordinate lies from it towards the next.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) fx: f32,
    pub(super) fy: f32,
}

impl Cell {
    /// The cell of a coordinate and its four pixels in a source of `width` × `height` pixels, the border repeated.
    pub(super) fn replicated([x, y]: [f64; 2], width: u32, height: u32) -> (Self, [[usize; 2]; 4]) {
        let x = x.max(0.0).min(f64::from(width - 1));
        let y = y.max(0.0).min(f64::from(height - 1));
        let cell = Self { x: x as usize, y: y as usize, fx: x.fract() as f32, fy: y.fract() as f32 };
        let right = (cell.x + 1).min(width as usize - 1);
        let below = (cell.y + 1).min(height as usize - 1);
        (cell, [[cell.x, cell.y], [right, cell.y], [cell.x, below], [right, below]])
    }

    /// The cell of a coordinate and which of its four pixels a source of `width` × `height` pixels has; `None` when
    /// it has none of them.
    pub(super) fn bounded(
        [x, y]: [f64; 2],
        width: u32,
        height: u32,
    ) -> Option<(Self, [Option<[usize; 2]>; 4])> {
        let (width, height) = (f64::from(width), f64::from(height));
        if !(x > -1.0 && y > -1.0 && x < width && y < height) {
            return None;
        }
        let (left, top) = (x.floor(), y.floor());
        let cell = Self { x: left as usize, y: top as usize, fx: (x - left) as f32, fy: (y - top) as f32 };
        let pixels = [[left, top], [left + 1.0, top], [left, top + 1.0], [left + 1.0, top + 1.0]];
        Some((
            cell,
            pixels.map(|[x, y]| {
                (x >= 0.0 && y >= 0.0 && x < width && y < height).then_some([x as usize, y as usize])
            }),
        ))
    }

    /// Weighs the four pixels of the cell, given as top left, top right, bottom left, bottom right.
    #[inline]
    pub(super) fn mix(self, [a, b, c, d]: [f32; 4]) -> f32 {
        let top = a + self.fx * (b - a);
        let bottom = c + self.fx * (d - c);
        top + self.fy * (bottom - top)
    }
}

/// A coordinate that grows by a step a pixel, in units of 2^-32 pixels: steps add up without rounding.
#[derive(Clone, Copy, Default)]
pub(super) struct Line {
    start: i64,
    pub(super) step: i64,
}

/// The bits of a fraction.
pub(super) const FRACTION_BITS: u32 = 32;
/// The bits of a fraction that single precision has no room for.
pub(super) const LOST_BITS: u32 = 8;
/// The unit of what is left of a fraction.
pub(super) const FRACTION_UNIT: f32 = 1.0 / (1u32 << (FRACTION_BITS - LOST_BITS)) as f32;

#[inline]
fn whole(coordinate: i64) -> usize {
    (coordinate >> FRACTION_BITS) as usize
}

#[inline]
fn fraction(coordinate: i64) -> f32 {
    ((coordinate as u32) >> LOST_BITS) as i32 as f32 * FRACTION_UNIT
}

impl Line {
    /// `None` when one of the `len` coordinates is too far out.
    fn new(start: f64, step: f64, len: usize) -> Option<Self> {
        let (far, one) = (f64::from(FAR), (1i64 << FRACTION_BITS) as f64);
        let end = start + step * len as f64;
        (start.abs() < far && end.abs() < far)
            .then_some(Self { start: (start * one).floor() as i64, step: (step * one).round() as i64 })
    }

    #[inline]
    pub(super) fn at(self, i: usize) -> i64 {
        self.start + self.step * i as i64
    }

    fn span(self, len: usize, low: i32, high: i32) -> Range<usize> {
        let bound = |pixels: i32| (i64::from(pixels) << FRACTION_BITS) - self.start;
        let (low, high) = (bound(low), bound(high));
        let len = len as i64;
        let (first, end) = match self.step {
            0 if low <= 0 && 0 < high => (0, len),
            0 => (0, 0),
            step if step > 0 => (ceil_div(low, step), ceil_div(high, step)),
            step => (floor_div(high, step) + 1, floor_div(low, step) + 1),
        };
        let first = first.clamp(0, len) as usize;
        first..(end.clamp(0, len) as usize).max(first)
    }
}

fn floor_div(a: i64, b: i64) -> i64 {
    let quotient = a / b;
    if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}

fn ceil_div(a: i64, b: i64) -> i64 {
    -floor_div(-a, b)
}

/// Bilinear reads from pixels of `C` channels, as red, green and blue (and a fourth value without meaning).
#[derive(Clone, Copy)]
pub(super) struct Sampler<'a, const C: usize> {
    /// Where it reads.
    pub(super) source: ImageRef<'a>,
    /// Whether the first channel is blue.
    pub(super) swap: bool,
}

impl<'a, const C: usize> Sampler<'a, C> {
    /// Reads from a picture whose pixels have `C` channels.
    pub(super) fn new(source: ImageRef<'a>) -> Self {
        let swap = matches!(source.format(), PixelFormat::Bgr | PixelFormat::Bgra);
        Self { source, swap }
    }

    /// The coordinates from which [`Sampler::inside`] may read: at least 0 and less than these.
    pub(super) fn inside_end(&self) -> [i32; 2] {
        // Three channels are read four at a time, so that the last pixel of a row is left to the border.
        [side(self.source.width()) - 2, side(self.source.height()) - 1]
    }

    /// The colour within a cell whose four pixels are all inside.
    #[inline(always)]
    pub(super) fn inside(&self, cell: Cell) -> [f32; 4] {
        let lanes = if C == 1 { 1 } else { 4 };
        let stride = self.source.stride();
        let start = cell.y * stride + cell.x * C;
        let top = &self.source.data()[start..start + C + lanes];
        let bottom = &self.source.data()[start + stride..start + stride + C + lanes];
        let mut color = [0.0; 4];
        for c in 0..lanes {
            color[c] = cell.mix([top[c], top[c + C], bottom[c], bottom[c + C]].map(f32::from));
        }
        if C == 1 { [color[0]; 4] } else { self.rgb(color) }
    }

    /// The colour at a coordinate, the border repeated around the picture.
    pub(super) fn replicated(&self, at: [f64; 2]) -> [f32; 4] {
        let (cell, pixels) = Cell::replicated(at, self.source.width(), self.source.height());
        mix_pixels(cell, pixels.map(|at| self.pixel(at)))
    }

    /// The colour at a coordinate, the picture surrounded by one RGB colour.
    pub(super) fn surrounded(&self, at: [f64; 2], color: [u8; 3]) -> [f32; 4] {
        let outside = [color[0], color[1], color[2], 0].map(f32::from);
        match Cell::bounded(at, self.source.width(), self.source.height()) {
            Some((cell, pixels)) => {
                mix_pixels(cell, pixels.map(|at| at.map_or(outside, |at| self.pixel(at))))
            }
            None => outside,
        }
    }

    fn pixel(&self, [x, y]: [usize; 2]) -> [f32; 4] {
        let pixel = &self.source.data()[y * self.source.stride() + x * C..][..C];
        match *pixel {
            [a, b, c, ..] => self.rgb([a, b, c, 0].map(f32::from)),
            _ => [f32::from(pixel[0]); 4],
        }
    }

    /// The same colour with red and blue in their places.
    #[inline(always)]
    fn rgb(&self, [a, b, c, d]: [f32; 4]) -> [f32; 4] {
        if self.swap { [c, b, a, d] } else { [a, b, c, d] }
    }
}

fn mix_pixels(cell: Cell, [a, b, c, d]: [[f32; 4]; 4]) -> [f32; 4] {
    [0, 1, 2, 3].map(|i| cell.mix([a[i], b[i], c[i], d[i]]))
}
