//! The subject of a picture: which pixels belong to people.

mod color_odds;
mod silhouette;

use crate::error::Result;
use crate::face::Face;
use crate::geometry::{Filter, GuidedFilter, Mask, Point, convex_hull, oklab_planes, resize};
use crate::picture::Image;
use crate::style::subject::color_odds::ColorOdds;
use crate::style::subject::silhouette::{heads, silhouettes};

/// The longer side of the picture that the subject is searched in.
const SIDE: u32 = 192;

/// How often the colours are told from the subject and the subject from the colours.
const ROUNDS: usize = 4;

/// How much more decided the matte is than what is known of its pixels one by one.
const SHARP: f32 = 1.3;

/// How much each pixel of a picture belongs to one of the people whose faces are given, 0 to 1; 1 everywhere without a
/// face.
///
/// In a small picture, the odds of an outline around each face, of each pixel's colour and of the pixels around it
/// are added up; the colours are counted anew in each round, and where they tell nothing, the outline remains. The
/// guided filter enlarges the result, so that its edge follows hair.
///
/// Source: the rounds are those of C. Rother et al., "GrabCut", 2004, with histograms in place of Gaussians and a guided
/// filter in place of the cut.
///
/// # Errors
/// Those of making a mask.
pub(super) fn subject(image: &Image, faces: &[Face]) -> Result<Mask> {
    let size = [image.width(), image.height()];
    if faces.is_empty() {
        return Mask::full(size[0], size[1]);
    }
    let shrink = size[0].max(size[1]).div_ceil(SIDE);
    let full = GuidedFilter::of_picture(image.view(), 3 * shrink, 1e-4, shrink)?;
    let small = full.small_size();
    let picture = resize(image.view(), small[0], small[1], Filter::Area)?;
    let scale = [0, 1].map(|axis| small[axis] as f32 / size[axis] as f32);
    let shrunk = |face: &Face| face.clone().map(|p| Point::new(p.x * scale[0], p.y * scale[1]));
    let faces: Vec<_> = faces.iter().map(shrunk).collect();

    let planes = oklab_planes(picture.view());
    let prior = silhouettes(&faces, small);
    // Hair is told from what is behind the head, whatever else in the picture has its colour.
    let heads = heads(&faces, small);
    let smoother = GuidedFilter::new(small[0], small[1], planes.clone(), 4, 1e-4, 1)?;
    let seed = seeds(&faces, small)?;
    let mut matte: Vec<f32> = prior.iter().map(|odds| logistic(*odds)).collect();
    // Wide hair, hats and arms must not count as background before their colours are known.
    let mut behind: Vec<f32> = prior.iter().map(|odds| logistic(-odds - 2.9)).collect();
    for _ in 0..ROUNDS {
        let [colors, of_heads] = [
            ColorOdds::new(&planes, &matte, &behind),
            ColorOdds::new(&planes, &product(&matte, &heads), &product(&behind, &heads)),
        ];
        let near = smoother.filter(&matte)?;
        for (at, value) in matte.iter_mut().enumerate() {
            let [far, near_head] = [&colors, &of_heads].map(|odds| odds.at(&planes, at).clamp(-3.4, 3.4));
            let color = far + 0.5 * heads[at] * (near_head - far);
            let odds = 0.88 * prior[at] + color + 2.8 * (2.0 * near[at] - 1.0);
            *value = logistic(SHARP * odds).max(seed[at]);
            behind[at] = 1.0 - *value;
        }
    }
    let values = full.filter_small(&matte)?;
    Mask::from_values(size[0], size[1], values)
}

/// What belongs to the faces beyond doubt: the hulls of their landmarks, or ellipses within their boxes.
fn seeds(faces: &[Face], [width, height]: [u32; 2]) -> Result<Vec<f32>> {
    let mut seeds = vec![0.0f32; width as usize * height as usize];
    for face in faces {
        let outline = match &face.landmarks {
            Some(landmarks) => convex_hull(landmarks.points()),
            None => ellipse(face),
        };
        let mask = Mask::polygon(width, height, &outline)?;
        seeds.iter_mut().zip(mask.values()).for_each(|(seed, value)| *seed = seed.max(*value));
    }
    Ok(seeds)
}

fn ellipse(face: &Face) -> Vec<Point> {
    let c = face.rect.center();
    (0..32)
        .map(|i| {
            let (sin, cos) = (i as f32 / 32.0 * std::f32::consts::TAU).sin_cos();
            Point::new(c.x + 0.42 * face.rect.width * cos, c.y + 0.45 * face.rect.height * sin)
        })
        .collect()
}

fn product(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn logistic(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;
    use crate::picture::PixelFormat;

    const EYES: [Point; 2] = [Point::new(140.0, 120.0), Point::new(180.0, 120.0)];

    /// A drawing of a head with wide hair on shoulders, before a wall; and where the person is.
    fn drawn(wall: [u8; 3]) -> (Image, Vec<bool>) {
        let within = |x: f32, y: f32, [cx, cy, rx, ry]: [f32; 4]| ((x - cx) / rx).hypot((y - cy) / ry) <= 1.0;
        let (mut pixels, mut person) = (Vec::new(), Vec::new());
        for (x, y) in (0..320).flat_map(|y| (0..320).map(move |x| (x as f32, y as f32))) {
            let color = match () {
                () if within(x, y, [160.0, 130.0, 40.0, 56.0]) => Some([225, 170, 140]),
                () if within(x, y, [160.0, 110.0, 66.0, 70.0]) => Some([90, 50, 30]),
                () if within(x, y, [160.0, 320.0, 130.0, 110.0]) => Some([150, 30, 40]),
                () => None,
            };
            // A grain, as every camera adds.
            let grain = ((x * 7.0 + y * 13.0) % 5.0) as u8;
            pixels.extend(color.unwrap_or(wall).map(|value| value + grain));
            person.push(color.is_some());
        }
        (Image::from_pixels(320, 320, PixelFormat::Rgb, pixels).unwrap(), person)
    }

    fn face() -> Face {
        let [left, right] = EYES;
        let rest = [Point::new(160.0, 145.0), Point::new(145.0, 160.0), Point::new(175.0, 160.0)];
        let points = [left, right, rest[0], rest[1], rest[2]];
        Face::new(Rect::new(118.0, 72.0, 84.0, 115.0), 0.9, Some(points))
    }

    fn overlap(mask: &Mask, person: &[bool]) -> f64 {
        let both = || mask.values().iter().zip(person).map(|(value, person)| (*value > 0.5, *person));
        both().filter(|(a, b)| *a && *b).count() as f64 / both().filter(|(a, b)| *a || *b).count() as f64
    }

    #[test]
    fn a_person_is_told_from_a_wall_with_hair_and_clothes() {
        let (image, person) = drawn([90, 130, 190]);
        let mask = subject(&image, &[face()]).unwrap();
        assert!(overlap(&mask, &person) > 0.95, "{}", overlap(&mask, &person));
        assert!(mask.values()[130 * 320 + 160] > 0.99 && mask.values()[10 * 320 + 10] < 0.02);
    }

    #[test]
    fn an_outline_serves_where_colours_tell_nothing() {
        let grey = Image::from_pixels(320, 320, PixelFormat::Rgb, vec![128; 320 * 320 * 3]).unwrap();
        let mask = subject(&grey, &[face()]).unwrap();
        let (_, person) = drawn([90, 130, 190]);
        assert!(overlap(&mask, &person) > 0.7, "{}", overlap(&mask, &person));
    }

    #[test]
    fn without_a_face_all_is_subject() {
        let (image, _) = drawn([90, 130, 190]);
        assert_eq!(subject(&image, &[]).unwrap(), Mask::full(320, 320).unwrap());
    }

    #[test]
    fn any_size_and_place_of_a_face_will_do() {
        for (width, height) in [(1, 1), (1, 900), (900, 1), (7, 5)] {
            let len = width as usize * height as usize * 3;
            let image = Image::from_pixels(width, height, PixelFormat::Rgb, vec![90; len]).unwrap();
            for rect in [
                Rect::new(-3.0, -3.0, 4.0, 5.0),
                Rect::new(0.2, 0.2, 1e-20, 1e-20),
                Rect::new(-1e30, -1e30, 3e30, 3e30),
            ] {
                let points = Some([Point::new(f32::NAN, 1e30); 5]);
                for face in [Face::new(rect, 0.5, None), Face::new(rect, 0.5, points)] {
                    let mask = subject(&image, &[face]).unwrap();
                    assert_eq!((mask.width(), mask.height()), (width, height));
                }
            }
        }
    }
}
