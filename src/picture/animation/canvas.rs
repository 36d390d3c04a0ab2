//! What an animation is drawn on.

use crate::error::Result;
use crate::picture::convert::each;
use crate::picture::{Image, PixelFormat};

/// An upright box of whole pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Area {
    pub(super) fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// The smallest box around both.
    pub(super) fn union(self, other: Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => other,
            (_, true) => self,
            _ => {
                let (x, y) = (self.x.min(other.x), self.y.min(other.y));
                let right = (self.x + self.width).max(other.x + other.width);
                let bottom = (self.y + self.height).max(other.y + other.height);
                Self { x, y, width: right - x, height: bottom - y }
            }
        }
    }
}

/// RGBA pixels, which the frames of an animation change one after the other.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 4]>,
}

/// A pixel that shows nothing.
pub(super) const CLEAR: [u8; 4] = [0; 4];

impl Canvas {
    pub(super) fn clear(width: u32, height: u32) -> Self {
        Self { width, height, pixels: vec![CLEAR; width as usize * height as usize] }
    }

    /// The pixels of a picture; one without alpha is opaque.
    pub(super) fn of(image: &Image) -> Self {
        let mut canvas = Self::clear(image.width(), image.height());
        let pixels = canvas.pixels.as_flattened_mut();
        match image.format() {
            PixelFormat::Rgba => pixels.copy_from_slice(image.pixels()),
            _ => each(image.pixels(), pixels, |&[r, g, b], to| *to = [r, g, b, 255]),
        }
        canvas
    }

    /// The canvas as a picture.
    pub(super) fn image(&self) -> Result<Image> {
        let pixels = self.pixels.as_flattened().to_vec();
        Image::from_pixels(self.width, self.height, PixelFormat::Rgba, pixels)
    }

    /// A part of the canvas as a picture: RGB when all of it is opaque.
    pub(super) fn crop(&self, area: Area) -> Result<Image> {
        let is_opaque = self.rows(area).flatten().all(|pixel| pixel[3] == 255);
        let (format, pixels) = if is_opaque {
            (PixelFormat::Rgb, self.rows(area).flatten().flat_map(|&[r, g, b, _]| [r, g, b]).collect())
        } else {
            (PixelFormat::Rgba, self.rows(area).flatten().copied().flatten().collect())
        };
        Image::from_pixels(area.width, area.height, format, pixels)
    }

    pub(super) fn whole(&self) -> Area {
        Area { x: 0, y: 0, width: self.width, height: self.height }
    }

    /// The part of `area` that is on the canvas; nothing of the first pixel when none is.
    pub(super) fn clip(&self, area: Area) -> Area {
        let (x, y) = (area.x.min(self.width), area.y.min(self.height));
        let clipped =
            Area { x, y, width: area.width.min(self.width - x), height: area.height.min(self.height - y) };
        if clipped.is_empty() { Area::default() } else { clipped }
    }

    pub(super) fn pixels(&self) -> &[[u8; 4]] {
        &self.pixels
    }

    pub(super) fn pixels_mut(&mut self) -> &mut [[u8; 4]] {
        &mut self.pixels
    }

    /// The rows of a part that is on the canvas.
    pub(super) fn rows(&self, area: Area) -> impl Iterator<Item = &[[u8; 4]]> {
        let columns = area.x as usize..(area.x + area.width) as usize;
        let rows = self.pixels.chunks_exact(self.width as usize);
        rows.skip(area.y as usize).take(area.height as usize).map(move |row| &row[columns.clone()])
    }

    /// The rows of a part that is on the canvas, to be drawn on.
    pub(super) fn rows_mut(&mut self, area: Area) -> impl Iterator<Item = &mut [[u8; 4]]> {
        let columns = area.x as usize..(area.x + area.width) as usize;
        let rows = self.pixels.chunks_exact_mut(self.width as usize);
        rows.skip(area.y as usize).take(area.height as usize).map(move |row| &mut row[columns.clone()])
    }

    /// Leaves nothing of a part that is on the canvas.
    pub(super) fn erase(&mut self, area: Area) {
        self.rows_mut(area).for_each(|row| row.fill(CLEAR));
    }

    /// The smallest box around the pixels for which `differs` holds between this canvas and another of its size.
    pub(super) fn box_where(&self, other: &Self, differs: impl Fn([u8; 4], [u8; 4]) -> bool) -> Area {
        let mut found = Area::default();
        let width = self.width as usize;
        let rows = self.pixels.chunks_exact(width).zip(other.pixels.chunks_exact(width));
        for (y, (row, others)) in (0..).zip(rows) {
            let mut columns = (0..width).filter(|&x| differs(row[x], others[x]));
            if let Some(first) = columns.next() {
                let last = columns.next_back().unwrap_or(first);
                let width = (last - first + 1) as u32;
                found = found.union(Area { x: first as u32, y, width, height: 1 });
            }
        }
        found
    }

    /// The smallest box around the pixels in which two canvases of one size differ.
    pub(super) fn difference(&self, other: &Self) -> Area {
        self.box_where(other, |pixel, other| pixel != other)
    }
}

impl std::fmt::Debug for Canvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Canvas({}×{})", self.width, self.height)
    }
}
