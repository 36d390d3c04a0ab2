//! How much of each pixel of a crop is pasted.

use crate::error::{Error, Result};
use crate::geometry::Similarity;
use crate::geometry::area::shrink_plane;
use crate::geometry::blur::blur_plane;
use crate::geometry::rows::{check_output, for_each_row};
use crate::geometry::sample::{Cell, IDENTITY, Matrix, Track, rescale};
use crate::geometry::warp::invert;

/// Weights of the pixels of a crop, row by row: 0 keeps the picture, 1 shows the crop.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    width: u32,
    height: u32,
    values: Vec<f32>,
}

impl Mask {
    /// A mask of `width` × `height` weights; they are limited to 0 to 1, and what is no number becomes 0.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or a length that does not fit.
    pub fn from_values(width: u32, height: u32, mut values: Vec<f32>) -> Result<Self> {
        check_output(width, height)?;
        if values.len() != width as usize * height as usize {
            return Err(Error::parameter(format!(
                "a mask of {width}×{height} has {} values, not {}",
                u64::from(width) * u64::from(height),
                values.len()
            )));
        }
        for value in &mut values {
            *value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
        }
        Ok(Self { width, height, values })
    }

    /// A mask that shows the whole crop.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0.
    pub fn full(width: u32, height: u32) -> Result<Self> {
        check_output(width, height)?;
        Self::from_values(width, height, vec![1.0; width as usize * height as usize])
    }

    /// A box with soft edges.
    ///
    /// `blur`, 0 to 1, is the width of the feather in halves of the shorter side; `padding` cuts off the top, the
    /// right, the bottom and the left, each in percent of that side, 0 to 100. At least one pixel is cut off
    /// everywhere.
    ///
    /// Source: facefusion's box mask, whose results it equals for square crops.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or a value out of range.
    pub fn face_box(width: u32, height: u32, blur: f32, padding: [f32; 4]) -> Result<Self> {
        check_output(width, height)?;
        if !(0.0..=1.0).contains(&blur) {
            return Err(Error::parameter(format!("a mask blur of {blur} is out of range: use 0 to 1")));
        }
        if let Some(padding) = padding.iter().find(|padding| !(0.0..=100.0).contains(*padding)) {
            return Err(Error::parameter(format!(
                "a mask padding of {padding} percent is out of range: use 0 to 100"
            )));
        }
        let [top, right, bottom, left] = padding;
        let feather = (width.min(height) as f32 * 0.5 * blur) as u32;
        // A Gaussian of a box is the product of the Gaussians of its sides.
        let across = edge_profile(width, feather, [left, right])?;
        let down = edge_profile(height, feather, [top, bottom])?;
        let values = down.iter().flat_map(|y| across.iter().map(move |x| x * y));
        Self::from_values(width, height, values.collect())
    }

    /// The same mask, every weight multiplied by `factor`, 0 to 1.
    pub fn scale(mut self, factor: f32) -> Self {
        let factor = factor.clamp(0.0, 1.0);
        self.values.iter_mut().for_each(|value| *value *= factor);
        self
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The weights, 0 to 1, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The smaller weight of this mask and another at every pixel.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) when the sizes differ.
    pub fn min(mut self, other: &Self) -> Result<Self> {
        if (self.width, self.height) != (other.width, other.height) {
            return Err(Error::parameter(format!(
                "a mask of {}×{} cannot be joined with one of {}×{}: resize one of them",
                self.width, self.height, other.width, other.height
            )));
        }
        for (value, other) in self.values.iter_mut().zip(&other.values) {
            *value = value.min(*other);
        }
        Ok(self)
    }

    /// The mask at another size: averaged where both sides shrink, bilinear otherwise.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0,
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) for more than 2^28 pixels.
    pub fn resize(&self, width: u32, height: u32) -> Result<Self> {
        check_output(width, height)?;
        let (from, to) = ([self.width, self.height], [width, height]);
        if width <= self.width && height <= self.height {
            return Self::from_values(width, height, shrink_plane(&self.values, from, to));
        }
        sampled(width, height, &rescale(&IDENTITY, [0, 0], to, from), |at| self.replicated(at))
    }

    /// The mask as a crop of `width` × `height` sees it, where `to_crop` takes the pixels of this mask; 0 around it.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or a transform without inverse,
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) for more than 2^28 pixels.
    pub fn warp(&self, to_crop: &Similarity, width: u32, height: u32) -> Result<Self> {
        check_output(width, height)?;
        sampled(width, height, &invert(to_crop)?.matrix(), |at| self.surrounded(at))
    }

    /// The mask after a Gaussian blur, as [`gaussian_blur`](crate::geometry::gaussian_blur) does a picture.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a `sigma` that is not above 0 and at most
    /// 1000 pixels.
    pub fn blur(&self, sigma: f64) -> Result<Self> {
        let values = blur_plane(&self.values, self.width as usize, self.height as usize, sigma)?;
        Self::from_values(self.width, self.height, values)
    }

    /// The weight within a cell whose four pixels are all inside.
    #[inline(always)]
    pub(super) fn inside(&self, cell: Cell) -> f32 {
        let width = self.width as usize;
        let start = cell.y * width + cell.x;
        let top = &self.values[start..start + 2];
        let bottom = &self.values[start + width..start + width + 2];
        cell.mix([top[0], top[1], bottom[0], bottom[1]])
    }

    /// The weight at a coordinate, 0 all around the mask.
    pub(super) fn surrounded(&self, at: [f64; 2]) -> f32 {
        Cell::bounded(at, self.width, self.height)
            .map_or(0.0, |(cell, pixels)| cell.mix(pixels.map(|at| at.map_or(0.0, |at| self.value(at)))))
    }

    /// The weight at a coordinate, the border repeated around the mask.
    fn replicated(&self, at: [f64; 2]) -> f32 {
        let (cell, pixels) = Cell::replicated(at, self.width, self.height);
        cell.mix(pixels.map(|at| self.value(at)))
    }

    fn value(&self, [x, y]: [usize; 2]) -> f32 {
        self.values[y * self.width as usize + x]
    }
}

/// A mask whose weights are read where `matrix` takes its pixels.
fn sampled(width: u32, height: u32, matrix: &Matrix, read: impl Fn([f64; 2]) -> f32 + Sync) -> Result<Mask> {
    let mut values = vec![0.0; width as usize * height as usize];
    let steps = values.len();
    for_each_row(
        &mut values,
        width as usize,
        steps,
        || (),
        |(), y, row| {
            let track = Track::new(matrix, 0, y as u32, row.len());
            for (i, value) in row.iter_mut().enumerate() {
                *value = read(track.at(i));
            }
        },
    );
    Mask::from_values(width, height, values)
}

/// One side of a box mask: 1 within, 0 over the padding, feathered.
fn edge_profile(len: u32, feather: u32, padding: [f32; 2]) -> Result<Vec<f32>> {
    let edge = (feather / 2).max(1);
    let cut = padding.map(|percent| edge.max((len as f32 * percent / 100.0) as u32).min(len) as usize);
    let mut profile = vec![1.0; len as usize];
    profile[..cut[0]].fill(0.0);
    profile[len as usize - cut[1]..].fill(0.0);
    if feather == 0 {
        return Ok(profile);
    }
    blur_plane(&profile, profile.len(), 1, f64::from(feather) * 0.25)
}
