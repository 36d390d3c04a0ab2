//! The round styles, 3D, Clay and Toy, on drawn pictures.

use facekit::geometry::{Mask, Point, Rect};
use facekit::style::{Classic, ClassicOptions, Portrait, Style};
use facekit::{Face, Image, PixelFormat};

const STYLES: [Style; 3] = [Style::ThreeD, Style::Clay, Style::Toy];
const SIDE: u32 = 320;
const EYES: [Point; 2] = [Point::new(130.0, 140.0), Point::new(190.0, 140.0)];
const EYE_RADIUS: f32 = 9.0;

/// A drawing: a round head on shoulders before a blue wall, with dark eyes and a mouth.
fn drawn() -> (Image, Mask) {
    let mut pixels = Vec::new();
    let mut inside = Vec::new();
    for (x, y) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x as f32, y as f32))) {
        let within = |cx: f32, cy: f32, rx: f32, ry: f32| ((x - cx) / rx).hypot((y - cy) / ry) <= 1.0;
        let head = within(160.0, 150.0, 62.0, 80.0);
        let body = within(160.0, 330.0, 130.0, 110.0);
        let color = if EYES.iter().any(|eye| within(eye.x, eye.y, EYE_RADIUS, EYE_RADIUS)) {
            [20, 20, 25]
        } else if within(160.0, 195.0, 22.0, 5.0) {
            [150, 50, 60]
        } else if head {
            [225, 170, 140]
        } else if body {
            [60, 140, 70]
        } else {
            [60, 90 + (y / 8.0) as u8, 190]
        };
        pixels.extend(color);
        inside.push(f32::from(u8::from(head || body)));
    }
    let image = Image::from_pixels(SIDE, SIDE, PixelFormat::Rgb, pixels).unwrap();
    (image, Mask::from_values(SIDE, SIDE, inside).unwrap())
}

fn face() -> Face {
    let points =
        [EYES[0], EYES[1], Point::new(160.0, 168.0), Point::new(140.0, 195.0), Point::new(180.0, 195.0)];
    Face::new(Rect::new(104.0, 85.0, 112.0, 140.0), 0.9, Some(points))
}

fn portrait() -> Portrait {
    let (image, subject) = drawn();
    Portrait::new(image, vec![face()], Some(subject)).unwrap()
}

fn painted(style: Style, portrait: &Portrait) -> Image {
    let classic = Classic::new(style, ClassicOptions::default(), std::slice::from_ref(portrait)).unwrap();
    classic.paint(portrait).unwrap()
}

fn pixel(image: &Image, x: u32, y: u32) -> [i32; 3] {
    let start = ((y * image.width() + x) * 3) as usize;
    [0, 1, 2].map(|i| i32::from(image.pixels()[start + i]))
}

fn dark([r, g, b]: [i32; 3]) -> bool {
    r + g + b < 250
}

/// The mean difference of the values of two pictures, in levels.
fn difference(a: &Image, b: &Image) -> f64 {
    let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.pixels().len() as f64
}

#[test]
fn a_picture_keeps_its_size_whatever_it_shows() {
    let image = |width: u32, height: u32, value: fn(u32) -> u8| {
        let pixels = (0..width * height * 3).map(|i| value(i / 3)).collect();
        Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap()
    };
    let noise = |i: u32| (i.wrapping_mul(0x9E37_79B1) >> 24) as u8;
    let boxed = |x, y, width, height| Face::new(Rect::new(x, y, width, height), 0.9, None);
    let mut cut = face();
    cut = cut.map(|p| Point::new(p.x - 130.0, p.y - 90.0));
    let mut together = face();
    together.points = Some([Point::new(5.0, 5.0); 5]);
    let cases = [
        (image(1, 1, |_| 200), vec![]),
        (image(1, 1, |_| 200), vec![boxed(0.0, 0.0, 1.0, 1.0)]),
        (image(1500, 20, noise), vec![]),
        (image(7, 900, noise), vec![boxed(1.0, 400.0, 5.0, 8.0)]),
        (image(64, 48, |_| 0), vec![boxed(20.0, 10.0, 20.0, 24.0)]),
        (image(64, 48, |_| 255), vec![boxed(20.0, 10.0, 20.0, 24.0)]),
        (image(200, 100, noise), vec![cut, boxed(150.0, 50.0, 90.0, 90.0)]),
        (image(200, 100, noise), vec![together]),
        (image(40, 40, noise), vec![boxed(-1e6, -1e6, 3e6, 3e6)]),
    ];
    for style in STYLES {
        for (image, faces) in &cases {
            let portrait = Portrait::new(image.clone(), faces.clone(), None).unwrap();
            let painted = painted(style, &portrait);
            assert_eq!(
                (painted.width(), painted.height()),
                (image.width(), image.height()),
                "{}",
                style.name()
            );
            assert_eq!(painted.format(), PixelFormat::Rgb);
        }
    }
}

#[test]
fn threads_do_not_change_a_picture() {
    let portrait = portrait();
    for style in STYLES {
        let [one, many] = [1, 5].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| painted(style, &portrait))
        });
        assert_eq!(one.pixels(), many.pixels(), "{}", style.name());
        assert_eq!(one.pixels(), painted(style, &portrait).pixels(), "{}", style.name());
    }
}

#[test]
fn a_pixel_far_away_does_not_change_a_face() {
    let before = portrait();
    let mut after = before.clone();
    after.image.view_mut().row_mut(2)[6..9].copy_from_slice(&[250, 250, 30]);
    for style in STYLES {
        let [before, after] = [&before, &after].map(|portrait| painted(style, portrait));
        assert_ne!(before.pixels(), after.pixels(), "{}", style.name());
        for (x, y) in (104..216).flat_map(|x| (90..220).map(move |y| (x, y))) {
            for (a, b) in pixel(&before, x, y).into_iter().zip(pixel(&after, x, y)) {
                assert!((a - b).abs() <= 1, "{} at {x}, {y}: {a} and {b}", style.name());
            }
        }
    }
}

#[test]
fn eyes_become_larger() {
    let portrait = portrait();
    for (style, at_least, at_most) in [(Style::ThreeD, 1.12, 1.4), (Style::Toy, 1.35, 2.0)] {
        let painted = painted(style, &portrait);
        let area = |image: &Image| {
            let face = (100..220).flat_map(|x| (70..180).map(move |y| (x, y)));
            face.filter(|&(x, y)| dark(pixel(image, x, y))).count() as f64
        };
        let growth = (area(&painted) / area(&portrait.image)).sqrt();
        assert!((at_least..at_most).contains(&growth), "{}: {growth}", style.name());
    }
}

#[test]
fn a_toy_has_a_larger_head_and_only_its_head_grows() {
    let portrait = portrait();
    let toy = painted(Style::Toy, &portrait);
    let is_skin = |[r, _, b]: [i32; 3]| r > b + 15;
    let width = |image: &Image, y| (0..SIDE).filter(|&x| is_skin(pixel(image, x, y))).count() as f64;
    let widest = |image: &Image| (60..220).map(|y| width(image, y)).fold(0.0, f64::max);
    let growth = widest(&toy) / widest(&portrait.image);
    assert!((1.1..1.35).contains(&growth), "{growth}");
    let is_body = |[r, g, b]: [i32; 3]| g > r + 15 && g > b + 15;
    let shoulders = |image: &Image| (0..SIDE).filter(|&x| is_body(pixel(image, x, 300))).count() as f64;
    let change = shoulders(&toy) / shoulders(&portrait.image);
    assert!((0.95..1.05).contains(&change), "{change}");
}

#[test]
fn the_styles_differ_from_the_picture_and_from_each_other() {
    let portrait = portrait();
    let painted = STYLES.map(|style| painted(style, &portrait));
    for (i, picture) in painted.iter().enumerate() {
        let name = STYLES[i].name();
        let change = difference(picture, &portrait.image);
        assert!(change > 5.0, "{name} changes its picture by {change}");
        for (other, style) in painted.iter().zip(STYLES).skip(i + 1) {
            let change = difference(picture, other);
            assert!(change > 5.0, "{name} and {}: {change}", style.name());
        }
    }
}

#[test]
fn a_grey_picture_gets_no_cast_in_clay_and_3d_beyond_their_warm_light() {
    let pixels = (0..SIDE * SIDE).flat_map(|i| [(90 + i / SIDE / 4) as u8; 3]).collect();
    let image = Image::from_pixels(SIDE, SIDE, PixelFormat::Rgb, pixels).unwrap();
    let subject = Mask::full(SIDE, SIDE).unwrap();
    let portrait = Portrait::new(image, vec![face()], Some(subject)).unwrap();
    for style in STYLES {
        let painted = painted(style, &portrait);
        for pixel in painted.pixels().chunks_exact(3) {
            let [low, high] = [pixel.iter().min(), pixel.iter().max()].map(|value| *value.unwrap());
            assert!(high - low <= 24, "{}: {pixel:?}", style.name());
        }
    }
}
