//! Pictures that are larger than what a network sees at once.

use crate::error::Result;
use crate::geometry::gaussian_blur;
use crate::picture::{Image, PixelFormat};
use crate::progress::Control;
use crate::style::stylizers::frame::{fitted, window};

/// The share of a tile's side that it has in common with its neighbour.
const OVERLAP: f64 = 0.25;
/// How far the colours of the picture that was painted whole reach, as a deviation in its own pixels.
const REACH: f64 = 3.0;

/// Tiles along one axis, evenly spread.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// Where each tile begins; before the picture where that is smaller than a tile.
    pub starts: Vec<i64>,
    /// How long each tile is.
    pub tile: u32,
    /// How long the picture is.
    side: u32,
}

impl Axis {
    /// Covers `side` pixels with tiles of `tile` pixels that overlap by at least a quarter; a picture that is no larger
    /// than a tile lies in the middle of one. Of a larger one the tiles show `margin` pixels more at both ends.
    pub fn new(side: u32, tile: u32, margin: u32) -> Self {
        let room = i64::from(side) - i64::from(tile);
        let starts = match i64::from(Self::count(side, tile, margin)) - 1 {
            0 => vec![room.div_euclid(2) + room.rem_euclid(2)],
            gaps => {
                let (first, room) = (-i64::from(margin), room + 2 * i64::from(margin));
                (0..=gaps).map(|i| first + i * room / gaps).collect()
            }
        };
        Self { starts, tile, side }
    }

    /// How many tiles such an axis has.
    pub fn count(side: u32, tile: u32, margin: u32) -> u32 {
        if side <= tile {
            return 1;
        }
        let overlap = (f64::from(tile) * OVERLAP).floor();
        let whole = f64::from(side) + 2.0 * f64::from(margin);
        ((whole - overlap) / (f64::from(tile) - overlap)).ceil() as u32
    }

    /// The pixels of the picture that a tile shows.
    fn shown(&self, start: i64) -> std::ops::Range<u32> {
        start.max(0) as u32..(start + i64::from(self.tile)).min(i64::from(self.side)) as u32
    }

    /// How much each pixel that a tile shows counts: less towards its ends, and one for all tiles together.
    fn weights(&self) -> Vec<Vec<f32>> {
        let overlap = (f64::from(self.tile) * OVERLAP).floor() as f32 + 1.0;
        let weight = |start: i64, x: u32| {
            let from_start = (i64::from(x) - start + 1) as f32;
            let from_end = (start + i64::from(self.tile) - i64::from(x)) as f32;
            (from_start.min(from_end) / overlap).min(1.0)
        };
        let mut sums = vec![0.0_f32; self.side as usize];
        for &start in &self.starts {
            self.shown(start).for_each(|x| sums[x as usize] += weight(start, x));
        }
        let shares = |&start: &i64| self.shown(start).map(|x| weight(start, x) / sums[x as usize]).collect();
        self.starts.iter().map(shares).collect()
    }
}

/// Paints a picture tile by tile, and blends the tiles where they overlap.
///
/// `paint` gives as many pixels as it takes.
///
/// # Errors
/// Those of `paint`, and [`Canceled`](crate::ErrorKind::Canceled).
pub(super) fn in_tiles(
    picture: &Image,
    [across, down]: [&Axis; 2],
    control: &Control,
    paint: impl Fn(&Image) -> Result<Image>,
) -> Result<Image> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let count = (across.starts.len() * down.starts.len()) as f32;
    let (columns, rows) = (across.weights(), down.weights());
    let mut sums = vec![0.0_f32; width * height * 3];
    for (i, &y) in down.starts.iter().enumerate() {
        for (j, &x) in across.starts.iter().enumerate() {
            control.report("stylize", (i * across.starts.len() + j) as f32 / count)?;
            let tile = paint(&window(picture, [x, y], [across.tile, down.tile])?)?;
            let left = across.shown(x).start as usize;
            let skipped = (left as i64 - x) as usize;
            for (row, weight) in down.shown(y).zip(&rows[i]) {
                let painted = &tile.view().row((i64::from(row) - y) as u32)[3 * skipped..];
                let sums = &mut sums[3 * (row as usize * width + left)..];
                for ((sum, level), share) in
                    sums.as_chunks_mut::<3>().0.iter_mut().zip(painted.as_chunks::<3>().0).zip(&columns[j])
                {
                    for c in 0..3 {
                        sum[c] += f32::from(level[c]) * weight * share;
                    }
                }
            }
        }
    }
    let pixels = sums.into_iter().map(|sum| sum.round_ties_even() as u8).collect();
    Image::from_pixels(picture.width(), picture.height(), PixelFormat::Rgb, pixels)
}

/// The detail of a picture that was painted in tiles with the colours of one that was painted whole.
///
/// Most stylizers normalise by the mean and deviation of all that they see, so that one and the same sky is yellow in
/// one tile and red in the next. The blurred tiles are taken off and the blurred whole put in their place.
///
/// # Errors
/// Those of the image operations.
pub(super) fn with_colors_of(tiles: &Image, whole: &Image) -> Result<Image> {
    let scale = f64::from(tiles.width()) / f64::from(whole.width());
    let scale = scale.max(f64::from(tiles.height()) / f64::from(whole.height()));
    let sigma = (REACH * scale).min(1000.0);
    let own = gaussian_blur(tiles.view(), sigma)?;
    let colors = fitted(whole.view(), [tiles.width(), tiles.height()])?;
    let colors = gaussian_blur(colors.view(), sigma)?;
    let mixed = tiles.pixels().iter().zip(own.pixels()).zip(colors.pixels());
    let mixed = mixed.map(|((&level, &own), &color)| {
        (i16::from(level) - i16::from(own) + i16::from(color)).clamp(0, 255) as u8
    });
    Image::from_pixels(tiles.width(), tiles.height(), PixelFormat::Rgb, mixed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_an_axis_and_count_as_one_everywhere() {
        for (side, tile) in [(1000, 256), (257, 256), (256, 256), (5, 256), (1, 1), (9, 2), (2000, 384)] {
            let axis = Axis::new(side, tile, tile / 16);
            let mut sums = vec![0.0; side as usize];
            for (start, shares) in axis.starts.iter().zip(axis.weights()) {
                assert_eq!(axis.shown(*start).len(), shares.len());
                for (x, share) in axis.shown(*start).zip(shares) {
                    sums[x as usize] += share;
                }
            }
            assert!(sums.iter().all(|sum| (sum - 1.0_f32).abs() < 1e-5), "{side} {tile}");
            assert!(axis.starts.windows(2).all(|pair| pair[1] - pair[0] <= i64::from(tile)), "{side} {tile}");
        }
        assert_eq!(Axis::count(u32::MAX, 1, 0), u32::MAX);
        assert_eq!(Axis::new(5, 8, 2).starts, [-1]);
        assert_eq!(Axis::new(10, 8, 0).starts, [0, 2]);
        assert_eq!(Axis::new(10, 8, 1).starts, [-1, 3]);
    }

    #[test]
    fn a_network_that_changes_nothing_gives_the_picture_back() {
        for (width, height) in [(70, 41), (33, 5), (1, 90)] {
            let pixels = (0..width * height * 3).map(|i| (i * 37 % 251) as u8).collect();
            let picture = Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap();
            let axes = [Axis::new(width, 32, 2), Axis::new(height, 24, 1)];
            let same = in_tiles(&picture, [&axes[0], &axes[1]], &Control::new(), |tile| Ok(tile.clone()));
            assert_eq!(same.unwrap(), picture);
        }
    }
}
