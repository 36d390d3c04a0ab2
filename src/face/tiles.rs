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
    let row = |y| columns.starts().map(move |x| Tile { x, y, width: columns.length, height: rows.length });
    Ok(rows.starts().flat_map(row).collect())
}

/// Joins the faces found in the tiles of a picture of `width` × `height` pixels, each in the pixels of its tile.
///
/// A face that an inner border of its tile cuts is dropped when another tile has the whole of it; the rest goes
/// through [`nms`] with `threshold`. The whole picture, looked at in a smaller size, may be one of the tiles, its
/// faces already in pixels of the picture: those too large for any other tile then come from there.
pub fn merge(width: u32, height: u32, found: Vec<(Tile, Vec<Face>)>, threshold: f32) -> Vec<Face> {
    let mut candidates = Vec::new();
    for (index, (tile, faces)) in found.into_iter().enumerate() {
        let corner = Point::new(tile.x as f32, tile.y as f32);
        candidates.extend(faces.into_iter().map(|face| Candidate {
            cut: tile.cuts(&face.rect, width, height),
            face: face.map(|p| Point::new(p.x + corner.x, p.y + corner.y)),
            tile: index,
        }));
    }
    keep_surest(&mut candidates, |candidate| candidate.face.score);
    let cut_and_covered = |part: &Candidate| {
        let covers = |other: &Candidate| !other.cut && other.tile != part.tile && other.shows_most_of(part);
        part.cut && candidates.iter().any(covers)
    };
    let dropped: Vec<_> = candidates.iter().map(cut_and_covered).collect();
    let kept = candidates.into_iter().zip(dropped).filter(|(_, dropped)| !dropped);
    nms(kept.map(|(candidate, _)| candidate.face).collect(), threshold)
}

/// A face in pixels of the picture, from the tile of an index, and whether that tile's border cuts it.
struct Candidate {
    face: Face,
    tile: usize,
    cut: bool,
}

impl Candidate {
    fn shows_most_of(&self, other: &Self) -> bool {
        self.face.rect.intersection(&other.face.rect) > other.face.rect.area() / 2.0
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, y: f32, side: f32, score: f32) -> Face {
        Face::new(Rect::new(x, y, side, side), score, Some([Point::new(x, y); 5]))
    }

    #[test]
    fn tiles_cover_the_picture_and_share_the_overlap() {
        for (width, height, tile, overlap) in [(1000, 700, 256, 64), (257, 1, 256, 255), (513, 900, 300, 0)] {
            let tiles = tiles(width, height, tile, overlap).unwrap();
            let mut columns: Vec<_> = tiles.iter().map(|tile| (tile.x, tile.width)).collect();
            columns.dedup();
            columns.truncate(tiles.iter().filter(|tile| tile.y == 0).count());
            assert_eq!(columns[0].0, 0);
            assert_eq!(columns.last().map(|(x, length)| x + length), Some(width));
            assert!(columns.windows(2).all(|pair| pair[0].0 + pair[0].1 >= pair[1].0 + overlap));
            assert_eq!(tiles.last().map(|tile| tile.y + tile.height), Some(height));
        }
        let whole = Tile { x: 0, y: 0, width: 100, height: 50 };
        assert_eq!(tiles(100, 50, 100, 20).unwrap(), [whole]);
        assert_eq!(tiles(0, 50, 100, 20).unwrap(), []);
    }

    #[test]
    fn tiles_refuse_what_would_not_end() {
        let kind = |width, tile, overlap| tiles(width, width, tile, overlap).unwrap_err().kind();
        assert_eq!(kind(100, 64, 64), ErrorKind::InvalidParameter);
        assert_eq!(kind(100, 0, 0), ErrorKind::InvalidParameter);
        assert_eq!(kind(u32::MAX, 2, 1), ErrorKind::LimitExceeded);
    }

    #[test]
    fn a_face_cut_by_a_tile_gives_way_to_the_whole_one() {
        let (left, right) =
            (Tile { x: 0, y: 0, width: 100, height: 100 }, Tile { x: 60, y: 0, width: 100, height: 100 });
        let mut cut = face(80.0, 30.0, 20.0, 0.9);
        cut.rect.height = 40.0;
        let merged =
            merge(160, 100, vec![(left, vec![cut.clone()]), (right, vec![face(20.0, 30.0, 40.0, 0.8)])], 0.4);
        assert_eq!(merged, [face(80.0, 30.0, 40.0, 0.8)]);
        // Without the other tile the part is all there is.
        assert_eq!(merge(160, 100, vec![(left, vec![cut.clone()])], 0.4), [cut.clone()]);
        // A border of the picture cuts nothing: the surer box stays.
        let (edge, inside) = (face(80.0, 30.0, 20.0, 0.9), face(72.0, 28.0, 22.0, 0.8));
        let found = vec![(left, vec![edge.clone()]), (left, vec![inside])];
        assert_eq!(merge(100, 100, found, 0.4), [edge]);
    }

    #[test]
    fn a_face_whole_in_two_tiles_counts_once() {
        let (top, bottom) =
            (Tile { x: 0, y: 0, width: 90, height: 90 }, Tile { x: 0, y: 40, width: 90, height: 90 });
        let found =
            vec![(top, vec![face(10.0, 50.0, 20.0, 0.8)]), (bottom, vec![face(10.0, 11.0, 20.0, 0.9)])];
        assert_eq!(merge(90, 130, found, 0.4), [face(10.0, 51.0, 20.0, 0.9)]);
    }
}
