//! An even grid of square cells over a picture, and colours as even steps for the eye.

use palette::{LinSrgb, Srgb};
use rayon::prelude::*;

use crate::error::Result;
use crate::geometry::{Mask, Point, Rect};
use crate::picture::{Image, PixelFormat};
use crate::style::Portrait;
use crate::style::classic::shape::local_mask;

/// A colour as lightness, 0 to 1, and the axes from green to red and from blue to yellow of Oklab.
///
/// Source: B. Ottosson, "A perceptual color space for image processing", 2020.
pub(super) type Lab = [f32; 3];

/// The square of the distance of two colours.
pub(super) fn distance2(a: Lab, b: Lab) -> f32 {
    let [l, a, b] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
    l * l + a * a + b * b
}

/// Cells of `side` × `side` pixels from the top left corner on; those at the right and at the bottom may be cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells {
    side: u32,
    width: u32,
    height: u32,
}

impl Cells {
    pub(super) fn new(image: &Image, side: u32) -> Self {
        let (width, height) = (image.width(), image.height());
        Self { side: side.clamp(1, width.max(height)), width, height }
    }

    /// Cells of `side` pixels, or, where that is 0, as many as suit the largest face: it is to be `face` cells wide, and
    /// the shorter side of the picture no more than `most`.
    pub(super) fn of(portrait: &Portrait, side: u32, face: f32, most: f32) -> Self {
        let shorter = portrait.image.width().min(portrait.image.height()) as f32;
        let suited = (portrait.unit() / face).max(shorter / most).round() as u32;
        Self::new(&portrait.image, if side > 0 { side } else { suited })
    }

    /// The indices of the cells whose top left corners are within a box.
    pub(super) fn within(&self, rect: &Rect) -> impl Iterator<Item = usize> {
        let cut = |start: f32, end: f32, count: usize| {
            let cell = |at: f32| ((at / self.side as f32).ceil().max(0.0) as usize).min(count);
            cell(start)..cell(end)
        };
        let columns = self.columns();
        let across = cut(rect.x, rect.right(), columns);
        cut(rect.y, rect.bottom(), self.rows())
            .flat_map(move |y| across.clone().map(move |x| y * columns + x))
    }

    /// Width and height of the picture.
    pub(super) fn size(&self) -> [u32; 2] {
        [self.width, self.height]
    }

    pub(super) fn side(&self) -> u32 {
        self.side
    }

    pub(super) fn columns(&self) -> usize {
        self.width.div_ceil(self.side) as usize
    }

    pub(super) fn rows(&self) -> usize {
        self.height.div_ceil(self.side) as usize
    }

    /// A point in cells, 0, 0 the centre of the first.
    pub(super) fn place(&self, point: Point) -> Point {
        let side = self.side as f32;
        Point::new((point.x + 0.5) / side - 0.5, (point.y + 0.5) / side - 0.5)
    }

    /// The average of each cell in linear light, 0 to 1.
    pub(super) fn average(&self, image: &Image) -> Vec<[f32; 3]> {
        let linear = linear_levels();
        let row_len = self.width as usize * 3;
        let mut cells = vec![[0.0; 3]; self.columns() * self.rows()];
        let bands = image.pixels().par_chunks(row_len * self.side as usize);
        cells.par_chunks_mut(self.columns()).zip(bands).for_each(|(cells, band)| {
            for row in band.chunks_exact(row_len) {
                for (cell, pixels) in cells.iter_mut().zip(row.chunks(self.side as usize * 3)) {
                    for pixel in pixels.chunks_exact(3) {
                        for c in 0..3 {
                            cell[c] += linear[usize::from(pixel[c])];
                        }
                    }
                }
            }
            let rows = band.len() / row_len;
            for (x, cell) in cells.iter_mut().enumerate() {
                let columns = (self.width as usize - x * self.side as usize).min(self.side as usize);
                *cell = cell.map(|sum| sum / (rows * columns) as f32);
            }
        });
        cells
    }

    /// Calls `each` with the index of every cell near a closed outline of the picture and how much of the cell lies
    /// within.
    pub(super) fn cover(&self, outline: &[Point], mut each: impl FnMut(usize, f32)) -> Result<()> {
        let outline: Vec<_> = outline.iter().map(|&point| self.place(point)).collect();
        let size = [self.columns() as u32, self.rows() as u32];
        if let Some(([left, top], mask)) = local_mask(size, &outline)? {
            let width = mask.width() as usize;
            for (i, &weight) in mask.values().iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
                each((top + i / width) * self.columns() + left + i % width, weight);
            }
        }
        Ok(())
    }

    /// The weight that a mask of the picture has in the middle of a cell.
    pub(super) fn weight(&self, mask: &Mask, [x, y]: [usize; 2]) -> f32 {
        let middle = |cell: usize, end: u32| (cell as u32 * self.side + self.side / 2).min(end - 1) as usize;
        mask.values()[middle(y, self.height) * self.width as usize + middle(x, self.width)]
    }

    /// The picture whose cells have these colours.
    pub(super) fn paint(&self, colors: &[[u8; 3]]) -> Result<Image> {
        let row_len = self.width as usize * 3;
        let mut pixels = vec![0; row_len * self.height as usize];
        let bands = pixels.par_chunks_mut(row_len * self.side as usize);
        bands.zip(colors.par_chunks(self.columns())).for_each(|(band, colors)| {
            let (first, others) = band.split_at_mut(row_len);
            for (pixels, color) in first.chunks_mut(self.side as usize * 3).zip(colors) {
                pixels.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(color));
            }
            others.chunks_exact_mut(row_len).for_each(|row| row.copy_from_slice(first));
        });
        Image::from_pixels(self.width, self.height, PixelFormat::Rgb, pixels)
    }
}

/// The linear light of each level of sRGB.
pub(super) fn linear_levels() -> [f32; 256] {
    std::array::from_fn(|level| {
        let linear: LinSrgb<f32> = Srgb::new(level as u8, 0, 0).into_linear();
        linear.red
    })
}
