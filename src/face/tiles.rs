//! Large pictures: found tile by tile, so that small faces stay large enough for the detector.

use crate::error::{Error, ErrorKind, Result};
use crate::face::Face;
use crate::face::nms::{keep_surest, nms};
use crate::geometry::{Point, Rect};

/// How many tiles one picture may be cut into.
pub const MAX_TILES: u64 = 4096;

/// A part of a picture, in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Covers a picture of `width` × `height` pixels with tiles, row by row.
///
/// Tiles are `tile` pixels wide and high, or as long as the picture where it is smaller. Neighbours share at least
/// `overlap` pixels, evenly spread: a face no larger than that is whole in one of them.
///
/// # Errors
/// [`ErrorKind::InvalidParameter`] when `overlap` is not less than `tile`; [`ErrorKind::LimitExceeded`] for more
/// than [`MAX_TILES`] tiles.
pub fn tiles(width: u32, height: u32, tile: u32, overlap: u32) -> Result<Vec<Tile>> {
    if overlap >= tile {
        return Err(Error::parameter(format!(
            "tiles of {tile} pixels cannot overlap by {overlap}: the overlap must be less than the tile"
        )));
    }
    let (columns, rows) = (Axis::new(width, tile, overlap), Axis::new(height, tile, overlap));
    let count = u64::from(columns.count) * u64::from(rows.count);
    if count > MAX_TILES {
        return Err(Error::new(
            ErrorKind::LimitExceeded,
            format!(
                "a picture of {width}×{height} takes {count} tiles of {tile} pixels, and at most {MAX_TILES} are \
                 allowed: use larger tiles or less overlap"
            ),
        ));
    }
    let row = |y| {
        columns.starts().map(move |x| Tile {
            x,
            y,
            width: columns.length,
            height: rows.length,
        })
    };
    Ok(rows.starts().flat_map(row).collect())
}

/// Joins the faces found in the tiles of a picture of `width` × `height` pixels, each in the pixels of its tile.
///
/// A face that an inner border of its tile cuts is dropped when another tile has the whole of it; the rest goes
/// through [`nms`] with `threshold`. The whole picture, looked at in a smaller size, may be one of the tiles: faces
/// too large for a tile then come from there.
pub fn merge(width: u32, height: u32, found: Vec<(Tile, Vec<Face>)>, threshold: f32) -> Vec<Face> {
    let mut faces = Vec::new();
    for (tile, in_tile) in found {
        let corner = Point::new(tile.x as f32, tile.y as f32);
        faces.extend(in_tile.into_iter().map(|face| {
            let cut = tile.cuts(&face.rect, width, height);
            (face.map(|p| Point::new(p.x + corner.x, p.y + corner.y)), cut)
        }));
    }
    keep_surest(&mut faces, |(face, _)| face.score);
    let (cut, mut whole): (Vec<_>, Vec<_>) = faces.into_iter().partition(|(_, cut)| *cut);
    let shown = whole.len();
    for (face, cut) in cut {
        let part_of = |whole: &Face| face.rect.intersection(&whole.rect) > face.rect.area() / 2.0;
        if !whole[..shown].iter().any(|(whole, _)| part_of(whole)) {
            whole.push((face, cut));
        }
    }
    nms(whole.into_iter().map(|(face, _)| face).collect(), threshold)
}

impl Tile {
    /// Whether a box, in pixels of the tile, comes within a twentieth of its size of a border that is not one of
    /// the picture, of `width` × `height` pixels.
    fn cuts(&self, rect: &Rect, width: u32, height: u32) -> bool {
        let (x, y) = (rect.width / 20.0, rect.height / 20.0);
        let ends = |start: u32, length: u32, whole: u32| u64::from(start) + u64::from(length) < whole.into();
        self.x > 0 && rect.x < x
            || self.y > 0 && rect.y < y
            || ends(self.x, self.width, width) && rect.right() > self.width as f32 - x
            || ends(self.y, self.height, height) && rect.bottom() > self.height as f32 - y
    }
}

/// One axis of a picture, cut into `count` pieces of `length` pixels.
#[derive(Clone, Copy)]
struct Axis {
    whole: u32,
    length: u32,
    count: u32,
}

impl Axis {
    fn new(whole: u32, tile: u32, overlap: u32) -> Self {
        Self {
            whole,
            length: whole.min(tile),
            count: match whole {
                0 => 0,
                _ => whole.saturating_sub(overlap).div_ceil(tile - overlap).max(1),
            },
        }
    }

    fn starts(self) -> impl Iterator<Item = u32> {
        let room = u64::from(self.whole - self.length);
        let gaps = u64::from(self.count).saturating_sub(1).max(1);
        (0..u64::from(self.count)).map(move |i| (i * room / gaps) as u32)
    }
}
