//! A picture as the styles see it.

use crate::error::{Error, Result};
use crate::face::{Face, Order, sort};
use crate::geometry::{Mask, Point};
use crate::picture::{Image, PixelFormat};
use crate::style::subject::subject;

/// A picture and what is known of the people in it.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// The picture, RGB.
    pub image: Image,
    /// Its faces, the largest first, with their landmarks where a landmarker found them.
    pub faces: Vec<Face>,
    /// How much each pixel belongs to a person, 0 to 1, as large as the picture.
    pub subject: Mask,
    /// The unit that all frames of an animation share.
    unit: Option<f32>,
}

impl Portrait {
    /// A picture with its faces, in any order; who belongs to the picture's subject is estimated where no segmenter
    /// told.
    ///
    /// A face whose box is not finite, empty or outside the picture is left out, and so are points and landmarks that
    /// are not finite.
    ///
    /// # Errors
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) for a picture that is not RGB or a mask of another
    /// size.
    pub fn new(image: Image, mut faces: Vec<Face>, subject_mask: Option<Mask>) -> Result<Self> {
        let (width, height) = (image.width(), image.height());
        if image.format() != PixelFormat::Rgb {
            return Err(Error::parameter(format!(
                "a portrait is made of RGB pixels, not {:?}: leave the alpha out first",
                image.format()
            )));
        }
        if let Some(mask) =
            subject_mask.as_ref().filter(|mask| (mask.width(), mask.height()) != (width, height))
        {
            return Err(Error::parameter(format!(
                "a subject mask of {}×{} does not fit a picture of {width}×{height}: resize it",
                mask.width(),
                mask.height()
            )));
        }
        faces.retain(|face| {
            let rect = face.rect;
            let finite = [rect.x, rect.y, rect.width, rect.height].iter().all(|value| value.is_finite());
            finite
                && rect.area() > 0.0
                && rect.right() > 0.0
                && rect.bottom() > 0.0
                && rect.x < width as f32
                && rect.y < height as f32
        });
        let is_finite = |point: &Point| point.x.is_finite() && point.y.is_finite();
        for face in &mut faces {
            face.points = face.points.filter(|points| points.iter().all(is_finite));
            face.landmarks.take_if(|landmarks| !landmarks.points().iter().all(is_finite));
        }
        sort(&mut faces, Order::LargeSmall);
        let subject = match subject_mask {
            Some(mask) => mask,
            None => subject(&image, &faces)?,
        };
        Ok(Self { image, faces, subject, unit: None })
    }

    /// The same with this [`unit`](Self::unit), for a frame of an animation: its sizes stay the same from frame to
    /// frame, whatever the faces do.
    pub fn with_unit(mut self, unit: f32) -> Self {
        self.unit = Some(unit.max(1.0));
        self
    }

    /// Width of the picture in pixels.
    pub fn width(&self) -> u32 {
        self.image.width()
    }

    /// Height of the picture in pixels.
    pub fn height(&self) -> u32 {
        self.image.height()
    }

    /// What sizes in a style are relative to, in pixels: the width of the largest face's box, at most the longer side
    /// of the picture, or a third of the shorter side where there is no face; at least 1.
    pub fn unit(&self) -> f32 {
        if let Some(unit) = self.unit {
            return unit;
        }
        let (width, height) = (self.width() as f32, self.height() as f32);
        let unit = match self.faces.first() {
            Some(face) => face.rect.width.min(width.max(height)),
            None => width.min(height) / 3.0,
        };
        unit.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;

    fn image(width: u32, height: u32) -> Image {
        Image::new(width, height, PixelFormat::Rgb).unwrap()
    }

    fn face(x: f32, width: f32) -> Face {
        Face::new(Rect::new(x, 2.0, width, 10.0), 0.9, None)
    }

    #[test]
    fn the_largest_face_comes_first_and_is_the_unit() {
        let portrait = Portrait::new(image(60, 40), vec![face(1.0, 8.0), face(20.0, 12.0)], None).unwrap();
        assert_eq!(portrait.faces[0].rect.width, 12.0);
        assert_eq!(portrait.unit(), 12.0);
    }

    #[test]
    fn a_picture_without_faces_has_a_third_of_its_shorter_side_as_unit() {
        assert_eq!(Portrait::new(image(60, 30), vec![], None).unwrap().unit(), 10.0);
        assert_eq!(Portrait::new(image(1, 1), vec![], None).unwrap().unit(), 1.0);
    }

    #[test]
    fn faces_that_cannot_be_seen_are_left_out() {
        let faces =
            vec![face(f32::NAN, 8.0), face(1.0, 0.0), face(-9.0, 8.0), face(70.0, 8.0), face(-7.0, 8.0)];
        let portrait = Portrait::new(image(60, 40), faces, None).unwrap();
        assert_eq!(portrait.faces, [face(-7.0, 8.0)]);
        let huge = Portrait::new(image(6, 4), vec![face(-1e30, 3e30)], None).unwrap();
        assert_eq!(huge.unit(), 6.0);
    }

    #[test]
    fn points_that_are_not_finite_are_left_out() {
        let mut blind = face(2.0, 8.0);
        blind.points = Some([Point::new(3.0, f32::NAN); 5]);
        assert_eq!(Portrait::new(image(60, 40), vec![blind], None).unwrap().faces, [face(2.0, 8.0)]);
    }

    #[test]
    fn a_mask_and_a_picture_must_fit() {
        let mask = Mask::full(5, 4).unwrap();
        assert_eq!(Portrait::new(image(5, 4), vec![], Some(mask.clone())).unwrap().subject, mask);
        assert!(Portrait::new(image(4, 5), vec![], Some(mask)).is_err());
        let rgba = Image::new(5, 4, PixelFormat::Rgba).unwrap();
        assert!(Portrait::new(rgba, vec![], None).is_err());
    }
}
