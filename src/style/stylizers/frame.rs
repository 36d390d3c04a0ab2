//! How large a network sees a picture, and what lies around it.

use crate::error::{Error, Result};
use crate::geometry::{Filter, resize};
use crate::picture::{Image, ImageRef, PixelFormat};

/// The longest side that is seen at once where the graph takes any: memory grows with the area, to 3 GiB for a
/// CartoonGAN at this size.
const AT_ONCE: u32 = 1024;
/// What is fed around a picture on each side, in pixels, where there is room: networks pad with zeros, which shows.
const MARGIN: u32 = 8;
/// A picture at most this many times as large as what is seen at once is shrunk to that.
const SHRUNK: f64 = 1.5;
/// A picture is seen at most this many times as large as what is seen at once, unless the caller asks for more.
const LARGEST: f64 = 2.0;
/// The longest side that is fed to a network whose graph fixes it.
const MAX_SIDE: u32 = 1 << 14;

/// What a network sees at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Width and height in pixels, where the graph fixes them.
    fixed: [Option<u32>; 2],
    /// What the other sides are multiples of.
    multiple: u32,
}

impl Frame {
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a side of 0 or more than 16384 pixels, or a multiple
    /// that is not of 1 to 1024.
    pub fn new(fixed: [Option<u32>; 2], multiple: u32) -> Result<Self> {
        if !(1..=AT_ONCE).contains(&multiple) {
            return Err(Error::parameter(format!(
                "its sides are multiples of {multiple}, and 1 to {AT_ONCE} was expected"
            )));
        }
        match fixed.into_iter().flatten().find(|side| !(1..=MAX_SIDE).contains(side)) {
            None => Ok(Self { fixed, multiple }),
            Some(side) => Err(Error::parameter(format!("it takes pictures with a side of {side} pixels"))),
        }
    }

    /// The side along an axis of what is fed of a picture that is seen with `side` pixels.
    pub fn side(&self, axis: usize, side: u32) -> u32 {
        self.fixed[axis].unwrap_or_else(|| (side.min(AT_ONCE) + 2 * MARGIN).next_multiple_of(self.multiple))
    }

    /// What is fed around a picture along an axis, where there is room.
    pub fn margin(&self, axis: usize) -> u32 {
        self.fixed[axis].map_or(MARGIN, |side| MARGIN.min(side / 16))
    }

    /// How large the network sees a picture of `width` × `height` pixels.
    ///
    /// With a `size` its longer side is that long. With 0 the picture keeps its size, but is shrunk to what is seen at
    /// once unless it is more than 1.5 times as large, is at most twice as large as that, and fills it where the graph
    /// fixes it.
    pub fn seen(&self, [width, height]: [u32; 2], size: u32) -> [u32; 2] {
        let at_once = self.scale_at_once([width, height]);
        let scale = match size {
            0 if at_once >= 1.0 && self.fixed == [None; 2] => 1.0,
            0 if at_once * SHRUNK >= 1.0 => at_once,
            0 => (at_once * LARGEST).min(1.0),
            size => f64::from(size) / f64::from(width.max(height)),
        };
        scaled([width, height], scale)
    }

    /// How large the network sees a picture that it sees at once.
    pub fn seen_at_once(&self, picture: [u32; 2]) -> [u32; 2] {
        scaled(picture, self.scale_at_once(picture))
    }

    fn scale_at_once(&self, picture: [u32; 2]) -> f64 {
        if self.fixed == picture.map(Some) {
            return 1.0;
        }
        let room = |axis: usize| self.fixed[axis].map_or(AT_ONCE, |side| side - 2 * self.margin(axis));
        let scale = |axis: usize| f64::from(room(axis)) / f64::from(picture[axis]);
        scale(0).min(scale(1))
    }
}

fn scaled(picture: [u32; 2], scale: f64) -> [u32; 2] {
    picture.map(|side| ((f64::from(side) * scale).round() as u32).max(1))
}

/// A picture at another size: averaged where it shrinks, cubic where it grows.
///
/// # Errors
/// Those of [`resize`].
pub(super) fn fitted(picture: ImageRef<'_>, [width, height]: [u32; 2]) -> Result<Image> {
    let (from_width, from_height) = (picture.width(), picture.height());
    if (width, height) == (from_width, from_height) {
        return Ok(Image::from_view(picture));
    }
    let shrinks = width <= from_width && height <= from_height;
    resize(picture, width, height, if shrinks { Filter::Area } else { Filter::CatmullRom })
}

/// The part of a picture that begins at a corner; what lies outside is reflected, without repeating the border's pixel.
///
/// # Errors
/// Those of [`Image::new`].
pub(super) fn window(picture: &Image, corner: [i64; 2], [width, height]: [u32; 2]) -> Result<Image> {
    let channels = picture.format().channels();
    let mut window = Image::new(width, height, PixelFormat::Rgb)?;
    let columns: Vec<usize> =
        (0..width).map(|x| channels * reflected(corner[0] + i64::from(x), picture.width())).collect();
    let mut target = window.view_mut();
    for y in 0..height {
        let row = picture.view().row(reflected(corner[1] + i64::from(y), picture.height()) as u32);
        for (pixel, &start) in target.row_mut(y).chunks_exact_mut(3).zip(&columns) {
            pixel.copy_from_slice(&row[start..start + 3]);
        }
    }
    Ok(window)
}

/// Where a place of an axis lies when the axis is reflected at its first and its last pixel.
fn reflected(place: i64, side: u32) -> usize {
    let last = i64::from(side) - 1;
    if last == 0 {
        return 0;
    }
    let turn = place.rem_euclid(2 * last);
    turn.min(2 * last - turn) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_seen_whole_unless_it_is_much_larger() {
        let any = Frame::new([None; 2], 32).unwrap();
        assert_eq!(any.seen([500, 300], 0), [500, 300]);
        assert_eq!(any.seen([1536, 1024], 0), [1024, 683]);
        assert_eq!(any.seen([1600, 1200], 0), [1600, 1200]);
        assert_eq!(any.seen([4000, 3000], 0), [2048, 1536]);
        assert_eq!(any.seen([4000, 3000], 640), [640, 480]);
        assert_eq!(any.seen([40, 30], 640), [640, 480]);
        assert_eq!(any.seen([10_000, 1], 0), [2048, 1]);
        let portrait = Frame::new([Some(480), Some(640)], 4).unwrap();
        assert_eq!(portrait.seen([480, 640], 0), [480, 640]);
        assert_eq!(portrait.seen([512, 512], 0), [464, 464]);
        assert_eq!(portrait.seen([24, 32], 0), [464, 619]);
        assert_eq!(portrait.seen([1, 1], 0), [464, 464]);
        assert_eq!(portrait.seen([900, 1200], 0), [900, 1200]);
        assert_eq!(portrait.seen([9600, 12_800], 0), [928, 1237]);
        assert_eq!(portrait.seen_at_once([9600, 12_800]), [464, 619]);
        assert_eq!((portrait.side(0, 7), any.side(0, 7), any.side(1, u32::MAX)), (480, 32, 1056));
        assert_eq!(Frame::new([Some(1); 2], 1).unwrap().seen([7, 7], 0), [2, 2]);
    }

    #[test]
    fn frames_that_no_network_has_are_refused() {
        for (fixed, multiple) in
            [([None; 2], 0), ([None; 2], 1025), ([Some(0), None], 4), ([Some(1 << 15); 2], 4)]
        {
            Frame::new(fixed, multiple).unwrap_err();
        }
    }

    #[test]
    fn what_lies_outside_is_reflected() {
        let pixels = (0..3).flat_map(|x| [x; 3]).collect();
        let picture = Image::from_pixels(3, 1, PixelFormat::Rgb, pixels).unwrap();
        let window = window(&picture, [-5, -1], [12, 3]).unwrap();
        let row = [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2];
        for y in 0..3 {
            let found: Vec<u8> = window.view().row(y).iter().step_by(3).copied().collect();
            assert_eq!(found, row);
        }
    }
}
