//! The pieces of a picture that are stylized: all of it, or the square around each face.

use crate::error::Result;
use crate::face::Face;
use crate::geometry::{Filter, Mask, Point, Similarity, paste, resize};
use crate::picture::{Image, PixelFormat};

/// How far the soft edge of a square reaches inwards, as a part of half its side.
const EDGE: f32 = 0.2;

/// A piece of a picture, with the faces that it shows.
pub(super) struct Piece {
    /// Its pixels, RGB.
    pub image: Image,
    /// Its faces, in its own pixels.
    pub faces: Vec<Face>,
    /// Where its left upper corner lies, where it is the square around a face.
    corner: Option<[u32; 2]>,
}

impl Piece {
    /// The picture as a whole, with its faces.
    pub fn whole(picture: &Image, faces: &[Face]) -> Result<Self> {
        Ok(Self { image: opaque(picture)?, faces: faces.to_vec(), corner: None })
    }

    /// The square around a face, shifted into the picture, or as large as that allows.
    pub fn around(picture: &Image, face: &Face, factor: f32) -> Result<Self> {
        let longest = face.rect.width.max(face.rect.height).max(1.0);
        let most = picture.width().min(picture.height());
        let side = (longest * factor).round().clamp(1.0, most as f32) as u32;
        let center = face.rect.center();
        let start = |middle: f32, length: u32| {
            (middle - side as f32 / 2.0).round().clamp(0.0, (length - side) as f32) as u32
        };
        let [x, y] = [start(center.x, picture.width()), start(center.y, picture.height())];
        let image = opaque(&Image::from_view(picture.view().crop(x, y, side, side)?))?;
        let moved = face.clone().map(|point| Point::new(point.x - x as f32, point.y - y as f32));
        Ok(Self { image, faces: vec![moved], corner: Some([x, y]) })
    }

    /// Where it lies in its picture: the left upper corner and the side of the square around a face, or nothing for
    /// the whole.
    pub fn square(&self) -> Option<[u32; 3]> {
        self.corner.map(|[x, y]| [x, y, self.image.width()])
    }
}

/// Puts what was made of a piece into the picture, as much of it as `blend` shows; alpha stays.
pub(super) fn put_back(
    picture: Image,
    square: Option<[u32; 3]>,
    painted: Image,
    blend: f32,
) -> Result<Image> {
    let Some([x, y, side]) = square else { return whole(picture, painted, blend) };
    let painted = match painted.width() == side {
        true => painted,
        false => resize(painted.view(), side, side, Filter::Lanczos3)?,
    };
    let inner = [x > 0, y > 0, x + side < picture.width(), y + side < picture.height()];
    let mask = soft_square(side, inner)?.scale(blend);
    let to_square = Similarity::from_parts(1.0, 0.0, [-f64::from(x), -f64::from(y)]);
    let mut picture = picture;
    paste(&mut picture.view_mut(), painted.view(), &mask, &to_square)?;
    Ok(picture)
}

/// A stylized whole picture, of the size that it was painted at, with the alpha of the one before.
fn whole(picture: Image, painted: Image, blend: f32) -> Result<Image> {
    let (width, height) = (painted.width(), painted.height());
    let mut mixed = painted;
    if blend < 1.0 {
        let before = resize(opaque(&picture)?.view(), width, height, Filter::Lanczos3)?;
        let pixels = mixed.pixels().iter().zip(before.pixels()).map(|(&new, &old)| {
            let (new, old) = (f32::from(new), f32::from(old));
            (old + blend * (new - old)).round_ties_even() as u8
        });
        mixed = Image::from_pixels(width, height, PixelFormat::Rgb, pixels.collect())?;
    }
    if !picture.format().has_alpha() {
        return Ok(mixed);
    }
    let mut with_alpha = resize(picture.view(), width, height, Filter::Lanczos3)?;
    mixed.copy_to(&mut with_alpha.view_mut())?;
    Ok(with_alpha)
}

/// The picture as RGB, white where it is wholly transparent: what stands there is never seen.
fn opaque(picture: &Image) -> Result<Image> {
    if !picture.format().has_alpha() {
        return Ok(picture.clone());
    }
    let pixels = picture.pixels().chunks_exact(4).flat_map(|pixel| match pixel {
        [.., 0] => [u8::MAX; 3],
        [r, g, b, _] => [*r, *g, *b],
        _ => unreachable!("chunks of four"),
    });
    Image::from_pixels(picture.width(), picture.height(), PixelFormat::Rgb, pixels.collect())
}

/// A square with soft edges at the left, top, right and bottom, as far as they are `inner` ones.
fn soft_square(side: u32, inner: [bool; 4]) -> Result<Mask> {
    let reach = (EDGE * side as f32 / 2.0).max(1.0);
    let edge = |at: u32, near: bool, far: bool| {
        let from_start = if near { (at as f32 + 0.5) / reach } else { 1.0 };
        let from_end = if far { (side as f32 - at as f32 - 0.5) / reach } else { 1.0 };
        let t = from_start.min(from_end).min(1.0);
        t * t * (3.0 - 2.0 * t)
    };
    let [left, top, right, bottom] = inner;
    let across: Vec<f32> = (0..side).map(|x| edge(x, left, right)).collect();
    let values = (0..side).flat_map(|y| {
        let down = edge(y, top, bottom);
        across.iter().map(move |across| across * down)
    });
    Mask::from_values(side, side, values.collect())
}
