//! The square of a picture that is repainted for a face, and the mask of the face in it.

use crate::error::Result;
use crate::face::{Face, Landmarks};
use crate::geometry::{Filter, Mask, Point, Similarity, convex_hull, paste, resize};
use crate::params::{CropParams, FaceShape};
use crate::picture::{Image, ImageRef, PixelFormat};

/// How far the outline reaches above the brows, in distances from the eyes to the mouth: over the forehead, and
/// short of the hair.
const FOREHEAD: f32 = 0.6;

/// The square of a picture around a face, as the model sees it and as it lies in the picture.
pub(super) struct FaceCrop {
    x: u32,
    y: u32,
    side: u32,
    guide: u32,
    outline: Vec<Point>,
    feather: f32,
}

impl FaceCrop {
    /// The square around a face, shifted into a picture of `width` × `height`, or as large as that allows.
    ///
    /// `guide` is the side that the model works at.
    pub fn new(face: &Face, [width, height]: [u32; 2], params: &CropParams, guide: u32) -> Self {
        let longest = face.rect.width.max(face.rect.height).max(1.0);
        let side = (longest * params.crop_factor).round().clamp(1.0, width.min(height) as f32) as u32;
        let center = face.rect.center();
        let start = |middle: f32, length: u32| {
            (middle - side as f32 / 2.0).round().clamp(0.0, (length - side) as f32) as u32
        };
        let outline = grow(&shape(face, params.mask_shape), params.mask_dilation * longest);
        Self {
            x: start(center.x, width),
            y: start(center.y, height),
            side,
            guide,
            outline,
            feather: params.mask_feather * longest,
        }
    }

    /// The square of the picture at the model's size, RGB.
    pub fn cut(&self, picture: ImageRef<'_>) -> Result<Image> {
        let square = picture.crop(self.x, self.y, self.side, self.side)?;
        let mut opaque = Image::new(self.side, self.side, PixelFormat::Rgb)?;
        Image::from_view(square).copy_to(&mut opaque.view_mut())?;
        resize(opaque.view(), self.guide, self.guide, Filter::Lanczos3)
    }

    /// Every pixel that the paste may show, at the model's size; `None` when there is none.
    pub fn repainted(&self) -> Result<Option<Mask>> {
        let soft = self.mask()?;
        if soft.values().iter().all(|&value| value == 0.0) {
            return Ok(None);
        }
        let values = soft.values().iter().map(|&value| if value > 0.0 { 1.0 } else { 0.0 });
        Mask::from_values(self.guide, self.guide, values.collect()).map(Some)
    }

    /// Puts the repainted square back, as far as the mask shows it.
    pub fn paste(&self, picture: &mut Image, repainted: &Image) -> Result<()> {
        let square = resize(repainted.view(), self.side, self.side, Filter::Lanczos3)?;
        let to_crop = Similarity::from_parts(1.0, 0.0, [-f64::from(self.x), -f64::from(self.y)]);
        let mask = self.mask()?.resize(self.side, self.side)?;
        paste(&mut picture.view_mut(), square.view(), &mask, &to_crop)?;
        Ok(())
    }

    /// The outline, filled and feathered, at the model's size.
    fn mask(&self) -> Result<Mask> {
        let scale = self.guide as f32 / self.side as f32;
        let place = |start: u32, at: f32| (at + 0.5 - start as f32) * scale - 0.5;
        let outline: Vec<_> =
            self.outline.iter().map(|p| Point::new(place(self.x, p.x), place(self.y, p.y))).collect();
        let mask = Mask::polygon(self.guide, self.guide, &outline)?;
        let sigma = f64::from(self.feather * scale);
        if sigma > 0.0 { mask.blur(sigma) } else { Ok(mask) }
    }
}

/// The corners of what bounds a face: its landmarks' hull with the forehead, or its box.
fn shape(face: &Face, shape: FaceShape) -> Vec<Point> {
    match (shape, &face.landmarks) {
        (FaceShape::Contour, Some(landmarks)) => contour(landmarks),
        _ => {
            let box_ = face.rect;
            vec![
                Point::new(box_.x, box_.y),
                Point::new(box_.right(), box_.y),
                Point::new(box_.right(), box_.bottom()),
                Point::new(box_.x, box_.bottom()),
            ]
        }
    }
}

fn contour(landmarks: &Landmarks) -> Vec<Point> {
    let [left_eye, right_eye, _, left_mouth, right_mouth] = landmarks.five_points();
    let up = Point::new(
        (left_eye.x + right_eye.x - left_mouth.x - right_mouth.x) / 2.0 * FOREHEAD,
        (left_eye.y + right_eye.y - left_mouth.y - right_mouth.y) / 2.0 * FOREHEAD,
    );
    let scheme = landmarks.scheme();
    let brows = scheme.brows().map(|brow| landmarks.at(brow)).concat();
    let forehead = brows.iter().map(|brow| Point::new(brow.x + up.x, brow.y + up.y));
    let outline: Vec<_> = landmarks.at(scheme.contour()).into_iter().chain(forehead).collect();
    convex_hull(&outline)
}

/// The corners, each `distance` further from their middle.
fn grow(corners: &[Point], distance: f32) -> Vec<Point> {
    let count = corners.len().max(1) as f32;
    let sum = corners.iter().fold(Point::default(), |sum, p| Point::new(sum.x + p.x, sum.y + p.y));
    let middle = Point::new(sum.x / count, sum.y / count);
    let moved = |corner: &Point| {
        let factor = 1.0 + distance / corner.distance(middle).max(1e-3);
        Point::new(middle.x + (corner.x - middle.x) * factor, middle.y + (corner.y - middle.y) * factor)
    };
    corners.iter().map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;
    use crate::limits::Limits;

    fn photo() -> Image {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
        Image::open(path, &Limits::default()).unwrap()
    }

    fn crop(rect: Rect, guide: u32, params: &CropParams) -> FaceCrop {
        FaceCrop::new(&Face::new(rect, 1.0, None), [512, 512], params, guide)
    }

    #[test]
    fn a_square_that_was_not_repainted_lands_where_it_was() {
        let photo = photo();
        for guide in [256, 512, 1024] {
            let new = || crop(Rect::new(180.0, 60.0, 90.0, 120.0), guide, &CropParams::default());
            let square = new().cut(photo.view()).unwrap();
            let apart = |crop: &FaceCrop| {
                let mut pasted = photo.clone();
                crop.paste(&mut pasted, &square).unwrap();
                let apart = |(a, b): (&u8, &u8)| u64::from(a.abs_diff(*b));
                pasted.pixels().iter().zip(photo.pixels()).map(apart).sum::<u64>()
            };
            let shifted = FaceCrop { x: new().x + 1, ..new() };
            assert!(5 * apart(&new()) < apart(&shifted), "{guide}: {} {}", apart(&new()), apart(&shifted));
        }
    }

    #[test]
    fn the_square_stays_within_the_picture() {
        let params = CropParams { crop_factor: 3.0, ..CropParams::default() };
        for rect in [
            Rect::new(-20.0, -30.0, 80.0, 90.0),
            Rect::new(450.0, 470.0, 90.0, 80.0),
            Rect::new(100.0, 100.0, 400.0, 400.0),
            Rect::new(600.0, 600.0, 10.0, 10.0),
        ] {
            let crop = crop(rect, 64, &params);
            assert!(crop.x + crop.side <= 512 && crop.y + crop.side <= 512, "{rect:?}");
            crop.cut(photo().view()).unwrap();
        }
    }

    #[test]
    fn the_mask_grows_and_softens() {
        let mask = |mask_dilation, mask_feather| {
            let params = CropParams { mask_dilation, mask_feather, ..CropParams::default() };
            let mask = crop(Rect::new(200.0, 200.0, 100.0, 100.0), 320, &params).mask().unwrap();
            let inside = mask.values().iter().sum::<f32>();
            let soft = mask.values().iter().filter(|&&value| value > 0.01 && value < 0.99).count();
            (inside, soft)
        };
        let (plain, hard) = mask(0.0, 0.0);
        // The box is 1 / 1.6 of the square.
        assert!((plain - 200.0 * 200.0).abs() < 900.0 && hard <= 800, "{plain} {hard}");
        assert!(mask(0.2, 0.0).0 > 1.2 * plain);
        assert!(mask(0.0, 0.05).1 > 4 * hard.max(800));
    }
}
