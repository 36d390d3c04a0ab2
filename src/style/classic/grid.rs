//! Grids of numbers: pictures and fields as the round styles work on them.

use rayon::prelude::*;

use crate::error::Result;
use crate::geometry::{Filter, Mask, Point, resize};
use crate::picture::{Image, PixelFormat};

/// `width` × `height` points of `N` numbers, row by row; none of its sides is 0.
#[derive(Debug, Clone)]
pub(super) struct Grid<const N: usize> {
    pub width: usize,
    pub height: usize,
    pub values: Vec<[f32; N]>,
}

impl<const N: usize> Grid<N> {
    /// The grid whose point at `x`, `y` is `value(x, y)`.
    pub fn new(width: usize, height: usize, value: impl Fn(usize, usize) -> [f32; N] + Sync) -> Self {
        let mut values = vec![[0.0; N]; width * height];
        values.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            row.iter_mut().enumerate().for_each(|(x, point)| *point = value(x, y));
        });
        Self { width, height, values }
    }

    /// The grid of the same size whose point at each index is `value(index, point)`.
    pub fn map<const M: usize>(&self, value: impl Fn(usize, [f32; N]) -> [f32; M] + Sync) -> Grid<M> {
        Grid::new(self.width, self.height, |x, y| {
            let index = y * self.width + x;
            value(index, self.values[index])
        })
    }

    /// The point at whole coordinates, those of the border beyond it.
    #[inline]
    pub fn at(&self, x: isize, y: isize) -> [f32; N] {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.values[y * self.width + x]
    }

    /// What lies at `x`, `y`: bilinear, the border repeated.
    #[inline]
    pub fn sample(&self, x: f32, y: f32) -> [f32; N] {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let (right, below) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let [upper, lower] = [top, below].map(|y| &self.values[y * self.width..(y + 1) * self.width]);
        std::array::from_fn(|i| {
            let top = mix(upper[left][i], upper[right][i], fx);
            mix(top, mix(lower[left][i], lower[right][i], fx), fy)
        })
    }

    /// The means of blocks of `factor` × `factor` points.
    fn reduced(&self, factor: usize) -> Self {
        Self::new(self.width.div_ceil(factor), self.height.div_ceil(factor), |x, y| {
            let columns = x * factor..((x + 1) * factor).min(self.width);
            let rows = y * factor..((y + 1) * factor).min(self.height);
            let mut sum = [0.0; N];
            for y in rows.clone() {
                for point in &self.values[y * self.width..][columns.clone()] {
                    (0..N).for_each(|i| sum[i] += point[i]);
                }
            }
            sum.map(|sum| sum / (columns.len() * rows.len()) as f32)
        })
    }

    /// The grid after a blur of about a Gaussian's shape; `sigma` is its standard deviation in points.
    ///
    /// Wide blurs are made on a smaller grid.
    pub fn blurred(&self, sigma: f32) -> Self {
        const WIDEST: f32 = 2.0;
        let factor = (sigma / WIDEST) as usize;
        if factor >= 2 {
            let small = self.reduced(factor).blurred(sigma / factor as f32);
            let scale = 1.0 / factor as f32;
            return Self::new(self.width, self.height, |x, y| {
                small.sample((x as f32 + 0.5) * scale - 0.5, (y as f32 + 0.5) * scale - 0.5)
            });
        }
        let reach = (2.5 * sigma).ceil() as usize;
        let weight = |i: usize| {
            let from = i as f32 - reach as f32;
            (-from * from / (2.0 * sigma * sigma).max(1e-6)).exp()
        };
        let kernel: Vec<f32> = (0..=2 * reach).map(weight).collect();
        let total: f32 = kernel.iter().sum();
        let mut values = vec![[0.0; N]; self.values.len()];
        let scratch = || vec![[0.0; N]; self.width + 2 * reach];
        values.par_chunks_mut(self.width).enumerate().for_each_init(scratch, |padded, (y, row)| {
            padded.fill([0.0; N]);
            let middle = reach..reach + self.width;
            for (i, weight) in kernel.iter().enumerate() {
                let from = (y + i).saturating_sub(reach).min(self.height - 1);
                let source = &self.values[from * self.width..(from + 1) * self.width];
                add_scaled(&mut padded[middle.clone()], source, weight / total);
            }
            let ends = [padded[reach], padded[reach + self.width - 1]];
            padded[..reach].fill(ends[0]);
            padded[reach + self.width..].fill(ends[1]);
            for (i, weight) in kernel.iter().enumerate() {
                add_scaled(row, &padded[i..i + self.width], weight / total);
            }
        });
        Self { width: self.width, height: self.height, values }
    }
}

/// Adds `weight` times the values of `source`.
fn add_scaled<const N: usize>(sums: &mut [[f32; N]], source: &[[f32; N]], weight: f32) {
    for (sum, value) in sums.as_flattened_mut().iter_mut().zip(source.as_flattened()) {
        *sum += weight * value;
    }
}

impl Grid<1> {
    /// The weights of a mask at another size.
    pub fn from_mask(mask: &Mask, width: usize, height: usize) -> Result<Self> {
        let resized = mask.resize(width as u32, height as u32)?;
        Ok(Self { width, height, values: resized.values().iter().map(|value| [*value]).collect() })
    }

    /// Adds `value(dx, dy)` to the points within `reach` of another, which lie at `dx`, `dy` from it.
    pub fn add(&mut self, at: Point, reach: f32, value: impl Fn(f32, f32) -> f32) {
        let range = |center: f32, len: usize| {
            let end = (center + reach + 1.0).clamp(0.0, len as f32) as usize;
            ((center - reach).max(0.0) as usize).min(end)..end
        };
        let columns = range(at.x, self.width);
        for y in range(at.y, self.height) {
            let row = &mut self.values[y * self.width..][columns.clone()];
            for (x, sum) in columns.clone().zip(row) {
                sum[0] += value(x as f32 - at.x, y as f32 - at.y);
            }
        }
    }

    /// How steeply the values rise to the right and down, a point apart.
    pub fn slope(&self) -> Grid<2> {
        Grid::new(self.width, self.height, |x, y| {
            let (x, y) = (x as isize, y as isize);
            let across = self.at(x + 1, y)[0] - self.at(x - 1, y)[0];
            [across / 2.0, (self.at(x, y + 1)[0] - self.at(x, y - 1)[0]) / 2.0]
        })
    }
}

impl Grid<3> {
    /// The colours of an RGB picture at another size, 0 to 1.
    pub fn from_image(image: &Image, width: usize, height: usize) -> Result<Self> {
        let resized;
        let same = (image.width() as usize, image.height() as usize) == (width, height);
        let pixels = if same {
            image.pixels()
        } else {
            resized = resize(image.view(), width as u32, height as u32, Filter::Area)?;
            resized.pixels()
        };
        let values = pixels.par_chunks_exact(3).map(|p| [0, 1, 2].map(|i| f32::from(p[i]) / 255.0)).collect();
        Ok(Self { width, height, values })
    }

    /// The picture of the colours, at another size.
    pub fn to_image(&self, width: u32, height: u32) -> Result<Image> {
        let mut pixels = vec![0; self.values.len() * 3];
        pixels.par_chunks_exact_mut(3).zip(&self.values).for_each(|(pixel, color)| {
            for (value, color) in pixel.iter_mut().zip(color) {
                *value = (color * 255.0).round_ties_even() as u8;
            }
        });
        let image = Image::from_pixels(self.width as u32, self.height as u32, PixelFormat::Rgb, pixels)?;
        if (image.width(), image.height()) == (width, height) {
            return Ok(image);
        }
        resize(image.view(), width, height, Filter::CatmullRom)
    }

    /// How bright the colours are, 0 to 1.
    pub fn brightness(&self) -> Grid<1> {
        self.map(|_, color| [brightness(color)])
    }
}

/// How bright a colour is, in the values of sRGB: Rec. 709's luma.
#[inline]
pub(super) fn brightness([red, green, blue]: [f32; 3]) -> f32 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// From `a` to `b` as `share` goes from 0 to 1.
#[inline]
pub(super) fn mix(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// From one colour to another as `share` goes from 0 to 1.
#[inline]
pub(super) fn blend(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|i| mix(a[i], b[i], share))
}

/// A colour farther from the grey of its brightness by a factor.
#[inline]
pub(super) fn saturated(color: [f32; 3], factor: f32) -> [f32; 3] {
    blend([brightness(color); 3], color, factor)
}

/// From 0 to 1 as `value` goes from `low` to `high`, with level ends.
#[inline]
pub(super) fn smoothstep(low: f32, high: f32, value: f32) -> f32 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// A value from 0 to 1 drawn towards even steps.
pub(super) fn stepped(value: f32, steps: f32) -> f32 {
    let at = value * steps;
    let whole = at.floor();
    (whole + smoothstep(0.2, 0.8, at - whole)) / steps
}
