//! The styles Pixels, Video game and Emoji: what their pictures keep to, whatever they are made of.

#![cfg(feature = "embedded")]

use std::collections::HashSet;
use std::sync::LazyLock;

use facekit::face::{LandmarkScheme, Landmarks};
use facekit::geometry::{Mask, rgb_to_lab};
use facekit::params::DetectParams;
use facekit::style::{Classic, ClassicOptions, Dither, Portrait, Style};
use facekit::{Engine, Face, Image, Limits, PixelFormat, Point, Rect};

const FLAT: [Style; 3] = [Style::Pixels, Style::VideoGame, Style::Emoji];

/// A test portrait with its landmarks.
fn photo(name: &str) -> Portrait {
    let image = Image::open(format!("examples/photos/{name}"), &Limits::default()).unwrap();
    let engine = Engine::builder().build().unwrap();
    let params = DetectParams { landmarks: true, ..DetectParams::default() };
    let faces = engine.detect(&image, &params).unwrap().faces;
    assert!(faces[0].landmarks.is_some());
    Portrait::new(image, faces, None).unwrap()
}

static ASTRONAUT: LazyLock<Portrait> = LazyLock::new(|| photo("astronaut.png"));
static HOPPER: LazyLock<Portrait> = LazyLock::new(|| photo("grace_hopper.jpg"));

fn paint(style: Style, options: ClassicOptions, portrait: &Portrait) -> Image {
    Classic::new(style, options, std::slice::from_ref(portrait)).unwrap().paint(portrait).unwrap()
}

fn colors(image: &Image) -> HashSet<[u8; 3]> {
    image.pixels().chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

/// A picture of waves of colour.
fn waves(width: u32, height: u32) -> Image {
    let pixel = |i: u32| {
        let (x, y) = ((i % width) as f32, (i / width) as f32);
        [(x / 9.0).sin(), (y / 7.0).sin(), ((x + y) / 11.0).sin()].map(|wave| (127.5 + 127.0 * wave) as u8)
    };
    let pixels = (0..width * height).flat_map(pixel).collect();
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap()
}

/// A face of five points in a box.
fn face(x: f32, y: f32, side: f32) -> Face {
    let at = |u: f32, v: f32| Point::new(x + u * side, y + v * side);
    let points = [at(0.3, 0.35), at(0.7, 0.35), at(0.5, 0.55), at(0.35, 0.75), at(0.65, 0.75)];
    Face::new(Rect::new(x, y, side, side), 0.9, Some(points))
}

/// The mean distance of the colours of two pictures, in CIE L\*a\*b\*.
fn difference(a: &Image, b: &Image) -> f64 {
    let pairs = a.pixels().chunks_exact(3).zip(b.pixels().chunks_exact(3));
    let distances = pairs.map(|(a, b)| {
        let [a, b] = [a, b].map(|pixel| rgb_to_lab([pixel[0], pixel[1], pixel[2]]));
        f64::from((0..3).map(|c| (a[c] - b[c]).powi(2)).sum::<f32>().sqrt())
    });
    distances.sum::<f64>() / f64::from(a.width() * a.height())
}

#[test]
fn each_style_is_far_from_the_photograph_and_from_the_others() {
    for portrait in [&*ASTRONAUT, &*HOPPER] {
        let painted = FLAT.map(|style| paint(style, ClassicOptions::default(), portrait));
        for (i, image) in painted.iter().enumerate() {
            assert_eq!((image.width(), image.height()), (portrait.image.width(), portrait.image.height()));
            let distance = difference(image, &portrait.image);
            assert!((3.0..40.0).contains(&distance), "{}: {distance} from the photograph", FLAT[i].name());
            for (j, other) in painted.iter().enumerate().take(i) {
                let distance = difference(image, other);
                assert!(distance > 4.0, "{} and {}: {distance}", FLAT[i].name(), FLAT[j].name());
            }
        }
    }
}

#[test]
fn one_thread_and_many_paint_the_same() {
    for style in FLAT {
        for dither in Dither::ALL {
            let options = ClassicOptions { dither: Some(*dither), ..ClassicOptions::default() };
            let on = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| paint(style, options, &HOPPER))
            };
            assert!(on(1) == on(7), "{} {}", style.name(), dither.name());
        }
    }
}

#[test]
fn pixels_are_even_cells_from_the_corner_on() {
    for (size, side) in [([200, 120], 8), ([203, 119], 7), ([64, 64], 64), ([10, 10], 1000)] {
        let portrait = Portrait::new(waves(size[0], size[1]), vec![], None).unwrap();
        for style in [Style::Pixels, Style::VideoGame] {
            let image =
                paint(style, ClassicOptions { pixel_size: side, ..ClassicOptions::default() }, &portrait);
            for (i, pixel) in image.pixels().chunks_exact(3).enumerate() {
                let (x, y) = (i as u32 % size[0], i as u32 / size[0]);
                let corner = ((y - y % side) * size[0] + x - x % side) as usize * 3;
                assert_eq!(pixel, &image.pixels()[corner..corner + 3], "{} {side}: {x}, {y}", style.name());
            }
        }
    }
}

#[test]
fn cells_follow_the_face() {
    let first_cell = |scale: u32| {
        let size = scale as f32;
        let face = face(60.0 * size, 60.0 * size, 180.0 * size);
        let portrait = Portrait::new(waves(300 * scale, 300 * scale), vec![face], None).unwrap();
        let options = ClassicOptions { dither: Some(Dither::None), colors: 256, ..ClassicOptions::default() };
        let image = paint(Style::Pixels, options, &portrait);
        let row: Vec<_> = image.view().row(0).chunks_exact(3).collect();
        row.iter().position(|pixel| *pixel != row[0]).unwrap()
    };
    let cell = first_cell(1);
    assert!((5..=9).contains(&cell), "{cell}");
    assert_eq!(first_cell(4), 4 * cell);
}

#[test]
fn no_more_colours_than_asked_for() {
    for dither in Dither::ALL {
        for count in [1, 2, 5, 16, 64] {
            let options =
                ClassicOptions { colors: count, dither: Some(*dither), ..ClassicOptions::default() };
            for style in [Style::Pixels, Style::VideoGame] {
                let found = colors(&paint(style, options, &ASTRONAUT)).len();
                assert!(found <= count as usize, "{}: {found} of {count}", style.name());
                assert!(found * 2 > count as usize, "{}: {found} of {count}", style.name());
            }
        }
    }
    let found = colors(&paint(Style::Pixels, ClassicOptions::default(), &ASTRONAUT)).len();
    assert!((16..=32).contains(&found), "{found}");
}

#[test]
fn all_frames_have_one_palette() {
    let brighter = |by: u8| {
        let pixels = ASTRONAUT.image.pixels().iter().map(|level| level.saturating_add(by)).collect();
        let image = Image::from_pixels(512, 512, PixelFormat::Rgb, pixels).unwrap();
        Portrait::new(image, ASTRONAUT.faces.clone(), None).unwrap()
    };
    let frames: Vec<_> = (0..5).map(|i| brighter(12 * i)).collect();
    for style in [Style::Pixels, Style::VideoGame] {
        let options = ClassicOptions { colors: 12, ..ClassicOptions::default() };
        let classic = Classic::new(style, options, &frames).unwrap();
        let found: HashSet<_> =
            frames.iter().flat_map(|frame| colors(&classic.paint(frame).unwrap())).collect();
        assert!(found.len() <= 12, "{}: {}", style.name(), found.len());
    }
    // A palette of many frames is chosen from some of them, and is there without any.
    let many: Vec<_> = (0..40).map(|i| Portrait::new(waves(8 + i, 8), vec![], None).unwrap()).collect();
    for style in FLAT {
        for samples in [&many[..], &[]] {
            let classic = Classic::new(style, ClassicOptions::default(), samples).unwrap();
            assert_eq!(classic.paint(&many[3]).unwrap().width(), 11, "{}", style.name());
        }
    }
}

#[test]
fn a_part_that_stands_still_does_not_flicker() {
    // The right half changes from frame to frame, the left one does not.
    let frames: Vec<_> = (0..3u32)
        .map(|frame| {
            let mut image = waves(256, 192);
            let mut view = image.view_mut();
            for y in 0..192 {
                view.row_mut(y)[160 * 3..].iter_mut().for_each(|level| *level ^= (frame * 40) as u8);
            }
            Portrait::new(image, vec![], None).unwrap()
        })
        .collect();
    let options = ClassicOptions { pixel_size: 4, ..ClassicOptions::default() };
    let classic = Classic::new(Style::Pixels, options, &frames).unwrap();
    let painted: Vec<_> = frames.iter().map(|frame| classic.paint(frame).unwrap()).collect();
    for y in 0..192 {
        assert_eq!(painted[0].view().row(y)[..128 * 3], painted[1].view().row(y)[..128 * 3], "{y}");
    }
    assert!(painted[0] != painted[1]);
}

#[test]
fn a_console_has_fifteen_bits() {
    for dither in Dither::ALL {
        for colors in [0, 24] {
            let options = ClassicOptions { dither: Some(*dither), colors, ..ClassicOptions::default() };
            let image = paint(Style::VideoGame, options, &HOPPER);
            assert!(image.pixels().iter().all(|level| level & 7 == level >> 5), "{} {colors}", dither.name());
        }
    }
}

#[test]
fn an_emoji_has_a_clean_background() {
    let image = waves(320, 240);
    let weights =
        (0..320 * 240).map(|i| if (80..240).contains(&(i % 320)) && i / 320 > 30 { 1.0 } else { 0.0 });
    let subject = Mask::from_values(320, 240, weights.collect()).unwrap();
    let portrait = Portrait::new(image, vec![face(110.0, 60.0, 100.0)], Some(subject)).unwrap();
    let image = paint(Style::Emoji, ClassicOptions::default(), &portrait);
    for y in (0..240).step_by(9) {
        let row = image.view().row(y);
        for x in (0..60).chain(260..320) {
            assert_eq!(row[x * 3..][..3], row[..3], "{x}, {y}");
        }
        let next = image.view().row((y + 1).min(239));
        assert!((0..3).all(|c| row[c].abs_diff(next[c]) <= 1), "{y}");
    }
}

#[test]
fn an_emoji_has_flat_areas() {
    let image = paint(Style::Emoji, ClassicOptions::default(), &HOPPER);
    let flat = |image: &Image| {
        let rows = (0..image.height() - 1).map(|y| (image.view().row(y), image.view().row(y + 1)));
        let same = rows.map(|(row, below)| {
            row.chunks_exact(3)
                .zip(below.chunks_exact(3))
                .filter(|(a, b)| (0..3).all(|c| a[c].abs_diff(b[c]) < 2))
                .count()
        });
        same.sum::<usize>() as f64 / f64::from(image.width() * image.height())
    };
    let (before, after) = (flat(&HOPPER.image), flat(&image));
    assert!(after > 0.85 && after > before + 0.2, "{before} {after}");
}

#[test]
fn anything_can_be_painted() {
    let mut faces = vec![
        vec![],
        vec![face(10.0, 10.0, 40.0)],
        vec![Face::new(Rect::new(5.0, 5.0, 30.0, 30.0), 0.5, None)],
        vec![face(-30.0, -25.0, 60.0), face(45.0, 40.0, 80.0)],
        vec![Face::new(Rect::new(4.0, 4.0, 9.0, 9.0), 0.5, Some([Point::new(8.0, 8.0); 5]))],
        vec![Face::new(
            Rect::new(0.0, 0.0, 1e6, 1e6),
            0.5,
            Some([
                Point::new(-1e6, 3.0),
                Point::new(1e6, 3.0),
                Point::default(),
                Point::new(-1e6, 1e6),
                Point::new(1e6, 1e6),
            ]),
        )],
    ];
    for scheme in LandmarkScheme::ALL {
        for spread in [0.0, 7.0, 1e5] {
            let points =
                (0..scheme.len()).map(|i| Point::new((i * 37 % 101) as f32 * spread, (i * 61 % 97) as f32));
            let landmarks = Landmarks::new(scheme, points.collect(), None).unwrap();
            faces.push(vec![Face { landmarks: Some(landmarks), ..face(0.0, 0.0, 30.0) }]);
        }
    }
    let grey = Image::from_pixels(64, 48, PixelFormat::Rgb, vec![128; 64 * 48 * 3]).unwrap();
    let black = Image::new(31, 31, PixelFormat::Rgb).unwrap();
    for image in [waves(1, 1), waves(3000, 20), waves(2, 500), waves(96, 64), grey, black] {
        for faces in &faces {
            let portrait = Portrait::new(image.clone(), faces.clone(), None).unwrap();
            for style in FLAT {
                let painted = paint(style, ClassicOptions::default(), &portrait);
                assert_eq!((painted.width(), painted.height()), (image.width(), image.height()));
            }
        }
    }
}

#[test]
fn grey_stays_grey() {
    let pixels = HOPPER.image.pixels().chunks_exact(3).flat_map(|pixel| [pixel[1]; 3]).collect();
    let image =
        Image::from_pixels(HOPPER.image.width(), HOPPER.image.height(), PixelFormat::Rgb, pixels).unwrap();
    let portrait = Portrait::new(image, HOPPER.faces.clone(), None).unwrap();
    for style in [Style::Pixels, Style::VideoGame] {
        let image = paint(style, ClassicOptions::default(), &portrait);
        for color in colors(&image) {
            let [_, a, b] = rgb_to_lab(color);
            assert!(a.hypot(b) < 9.0, "{}: {color:?}", style.name());
        }
    }
}

/// `cargo test --release --test style_flat -- --ignored --nocapture`
#[test]
#[ignore = "measures time"]
fn time_per_megapixel() {
    use std::io::Write as _;
    let large =
        facekit::geometry::resize(HOPPER.image.view(), 1536, 1800, facekit::geometry::Filter::CatmullRom);
    let scale = |point: Point| Point::new(3.0 * point.x + 1.0, 3.0 * point.y + 1.0);
    let faces = HOPPER.faces.iter().map(|face| face.clone().map(scale)).collect();
    let portrait = Portrait::new(large.unwrap(), faces, None).unwrap();
    for style in FLAT {
        let classic =
            Classic::new(style, ClassicOptions::default(), std::slice::from_ref(&portrait)).unwrap();
        let time = |_| {
            let start = std::time::Instant::now();
            classic.paint(&portrait).unwrap();
            start.elapsed().as_secs_f64() * 1e3 / (1.536 * 1.8)
        };
        let fastest = (0..9).map(time).fold(f64::INFINITY, f64::min);
        let _ = writeln!(std::io::stderr(), "{}: {fastest:.1} ms a megapixel", style.name());
    }
}
