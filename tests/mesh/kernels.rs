//! Triangulation, warps over triangles, colours and blending.

use facekit::geometry::{
    ColorMatch, ColorStats, Mask, bend, blend_gradients, lab_to_rgb, match_color, rgb_to_lab, triangulate,
};
use facekit::{ErrorKind, Image, PixelFormat, Point};
use serde::Deserialize;

use crate::golden::{Results, cases};
use crate::pictures::{Canvas, FORMATS, assert_close};

fn points(pairs: &[[f32; 2]]) -> Vec<Point> {
    pairs.iter().map(|[x, y]| Point::new(*x, *y)).collect()
}

#[test]
fn triangles_are_those_of_qhull() {
    #[derive(Deserialize)]
    struct Case {
        points: Vec<[f32; 2]>,
        triangles: Vec<[usize; 3]>,
    }
    for case in cases::<Case>("triangulation") {
        let points = points(&case.points);
        let triangles = triangulate(&points);
        for triangle in &triangles {
            let [a, b, c] = triangle.map(|i| points[i]);
            assert!((b.x - a.x) * (c.y - a.y) > (b.y - a.y) * (c.x - a.x), "clockwise");
        }
        let mut triangles: Vec<_> = triangles
            .into_iter()
            .map(|mut triangle| {
                triangle.sort_unstable();
                triangle
            })
            .collect();
        triangles.sort_unstable();
        assert_eq!(triangles, case.triangles);
    }
}

#[test]
fn points_without_triangles_have_none() {
    for bare in [
        vec![],
        points(&[[1.0, 1.0], [2.0, 2.0]]),
        points(&[[3.0, 3.0]; 9]),
        points(&[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]),
        points(&[[f32::NAN, 0.0], [0.0, f32::INFINITY], [1.0, 1.0], [2.0, 5.0]]),
    ] {
        assert!(triangulate(&bare).is_empty(), "{bare:?}");
    }
    let doubled = points(&[[0.0, 0.0], [4.0, 0.0], [4.0, 0.0], [f32::NAN, 1.0], [0.0, 4.0]]);
    assert_eq!(triangulate(&doubled).len(), 1);
}

#[test]
fn bend_equals_scikit_image() {
    #[derive(Deserialize)]
    struct Case {
        source: [u32; 2],
        size: [u32; 2],
        from: Vec<[f32; 2]>,
        to: Vec<[f32; 2]>,
    }
    let mut results = Results::of("bend");
    for (i, case) in cases::<Case>("bend").into_iter().enumerate() {
        let [width, height] = case.size;
        let pixels = (width * height) as usize;
        let (expected, covered) = (results.bytes(pixels * 3), results.bytes(pixels));
        let (from, to) = (points(&case.from), points(&case.to));
        for format in [PixelFormat::Rgb, PixelFormat::Bgra] {
            let source = Canvas::new(case.source[0], case.source[1], format, 3);
            let bent = bend(source.view(), &from, &to, &triangulate(&to), width, height).unwrap();
            assert_close(bent.image.pixels(), &expected, 0.99, &format!("bend {i} from {format:?}"));
            let [right, bottom] = case.source.map(|side| side as f32 - 0.5);
            let shown = bent.covered.values().iter().zip(&covered).filter(|(a, b)| **a > 0.0 && **b == 0);
            assert_eq!(shown.count(), 0, "shown outside the triangles");
            if from.iter().all(|p| (-0.5..right).contains(&p.x) && (-0.5..bottom).contains(&p.y)) {
                let hidden =
                    bent.covered.values().iter().zip(&covered).filter(|(a, b)| **a == 0.0 && **b > 0);
                assert_eq!(hidden.count(), 0, "hidden within the triangles");
            }
        }
    }
}

#[test]
fn bend_averages_what_it_shrinks() {
    let square =
        |size: f32| points(&[[-0.5, -0.5], [size - 0.5, -0.5], [size - 0.5, size - 0.5], [-0.5, size - 0.5]]);
    let mut chess = Canvas::rgb(128, 128);
    for (i, pixel) in chess.data.chunks_exact_mut(3).enumerate() {
        pixel.fill(if (i + i / 128) % 2 == 0 { 0 } else { 255 });
    }
    let to = square(32.0);
    let bent = bend(chess.view(), &square(128.0), &to, &triangulate(&to), 32, 32).unwrap();
    assert!(bent.image.pixels().iter().all(|value| (126..=129).contains(value)), "grey, without moiré");
}

#[test]
fn bend_refuses_what_it_cannot_follow() {
    let source = Canvas::rgb(8, 8);
    let corners = points(&[[0.0, 0.0], [7.0, 0.0], [0.0, 7.0]]);
    let bad = points(&[[0.0, 0.0], [f32::NAN, 0.0], [0.0, 7.0]]);
    let all = [[0, 1, 2]];
    for (from, to, triangles, size) in [
        (&corners[..], &corners[..2], &all[..], 8),
        (&corners, &bad, &all, 8),
        (&bad, &corners, &all, 8),
        (&corners, &corners, &[[0, 1, 3]], 8),
        (&corners, &corners, &all, 0),
    ] {
        let error = bend(source.view(), from, to, triangles, size, 8).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
    let far = points(&[[-1e30, -1e30], [1e30, -1e30], [0.0, 1e30]]);
    let bent = bend(source.view(), &corners, &far, &all, 8, 8).unwrap();
    assert_eq!(bent.covered.values().len(), 64);
    let flat = points(&[[1.0, 1.0], [3.0, 3.0], [6.0, 6.0]]);
    let bent = bend(source.view(), &corners, &flat, &all, 8, 8).unwrap();
    assert!(bent.covered.values().iter().all(|value| *value == 0.0));
}

#[test]
fn lab_is_that_of_the_standard() {
    #[derive(Deserialize)]
    struct Case {
        levels: Vec<u8>,
    }
    let levels = &cases::<Case>("lab")[0].levels;
    let mut results = Results::of("lab");
    let count = levels.len().pow(3) * 3;
    let (exact, scikit) = (results.floats(count), results.floats(count));
    let colors =
        levels.iter().flat_map(|&r| levels.iter().flat_map(move |&g| levels.iter().map(move |&b| [r, g, b])));
    let (mut worst, mut worst_scikit) = (0.0f32, 0.0f32);
    for (i, color) in colors.enumerate() {
        let lab = rgb_to_lab(color);
        assert_eq!(lab_to_rgb(lab), color);
        for c in 0..3 {
            worst = worst.max((lab[c] - exact[i * 3 + c]).abs());
            worst_scikit = worst_scikit.max((lab[c] - scikit[i * 3 + c]).abs());
        }
    }
    println!("Lab: {worst:.1e} from the standard, {worst_scikit:.1e} from scikit-image");
    assert!(worst < 1e-3, "{worst}");
    // scikit-image's matrix has six digits, and its greys are not quite grey.
    assert!(worst_scikit < 0.02, "{worst_scikit}");
}

/// The formula's picture, turned upside down, with each channel scaled and moved.
fn tinted(size: [u32; 2], gain: [f32; 3], shift: [f32; 3]) -> Image {
    let canvas = Canvas::rgb(size[0], size[1]);
    let rows = canvas.data.chunks_exact(canvas.stride).rev().flatten().enumerate();
    let pixels =
        rows.map(|(i, v)| (f32::from(*v) * gain[i % 3] + shift[i % 3]).round_ties_even() as u8).collect();
    Image::from_pixels(size[0], size[1], PixelFormat::Rgb, pixels).unwrap()
}

#[test]
fn colors_are_matched_as_reinhard_does() {
    #[derive(Deserialize)]
    struct Case {
        size: [u32; 2],
        gain: [f32; 3],
        shift: [f32; 3],
        mean: [f32; 3],
        deviation: [f32; 3],
    }
    let mut results = Results::of("color");
    for (i, case) in cases::<Case>("color").into_iter().enumerate() {
        let [width, height] = case.size;
        let crop = Canvas::rgb(width, height);
        let weights = Canvas::new(width, height, PixelFormat::Grey, 0).data;
        let weights = weights.iter().map(|v| f32::from(*v) / 255.0).collect();
        let mask = Mask::from_values(width, height, weights).unwrap();
        let stats = ColorStats::of(crop.view(), &mask).unwrap().unwrap();
        for c in 0..3 {
            assert!((stats.mean[c] - case.mean[c]).abs() < 0.02, "{stats:?}");
            assert!((stats.deviation[c] - case.deviation[c]).abs() < 0.02, "{stats:?}");
        }
        let target = tinted(case.size, case.gain, case.shift);
        let matched = match_color(crop.view(), target.view(), &mask, ColorMatch::Always).unwrap();
        let expected = results.bytes(crop.data.len());
        assert_close(matched.image.pixels(), &expected, 0.9, &format!("colours {i}"));
        assert!(matched.after < matched.before, "{} {}", matched.after, matched.before);
        let auto = match_color(crop.view(), target.view(), &mask, ColorMatch::Auto).unwrap();
        assert_eq!(auto.image, matched.image);
        let never = match_color(crop.view(), target.view(), &mask, ColorMatch::Never).unwrap();
        assert_eq!((never.image.pixels(), never.after), (&crop.data[..], never.before));
    }
}

#[test]
fn colors_that_match_stay() {
    let crop = Canvas::rgb(40, 30);
    let mask = Mask::full(40, 30).unwrap();
    let matched = match_color(crop.view(), crop.view(), &mask, ColorMatch::Auto).unwrap();
    assert_eq!((matched.image.pixels(), matched.before), (&crop.data[..], 0.0));
    let nothing = mask.clone().scale(0.0);
    let other = tinted([40, 30], [0.5; 3], [0.0; 3]);
    let matched = match_color(crop.view(), other.view(), &nothing, ColorMatch::Always).unwrap();
    assert_eq!(matched.image.pixels(), crop.data);
    assert!(match_color(crop.view(), other.view(), &Mask::full(3, 3).unwrap(), ColorMatch::Auto).is_err());
    let small = Canvas::rgb(8, 8);
    assert!(match_color(crop.view(), small.view(), &mask, ColorMatch::Auto).is_err());
}

#[test]
fn blending_solves_poissons_equation() {
    #[derive(Deserialize)]
    struct Case {
        size: [u32; 2],
        limit: f32,
    }
    let mut results = Results::of("poisson");
    for (i, case) in cases::<Case>("poisson").into_iter().enumerate() {
        let [width, height] = case.size;
        let inside = results.bytes((width * height) as usize);
        let expected = results.bytes(inside.len() * 3);
        let mask = inside.iter().map(|v| f32::from(*v) / 255.0).collect();
        let mask = Mask::from_values(width, height, mask).unwrap();
        let target = Canvas::rgb(width, height);
        let rows = target.data.chunks_exact(target.stride).rev().flatten();
        let source: Vec<u8> = rows.map(|value| 255 - *value / 2).collect();
        let source = Image::from_pixels(width, height, PixelFormat::Rgb, source).unwrap();
        let blended = blend_gradients(target.view(), source.view(), &mask, case.limit).unwrap();
        let worst = blended.pixels().iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
        // Half a level of the surface, and half of the rounding.
        assert!(worst <= Some(1), "poisson {i}: {worst:?}");
        assert_close(blended.pixels(), &expected, 0.8, &format!("poisson {i}"));
        for (i, pixel) in blended.pixels().chunks_exact(3).enumerate().filter(|(i, _)| inside[*i] == 0) {
            assert_eq!(pixel, &target.data[i * 3..i * 3 + 3], "outside the region");
        }
    }
}

#[test]
fn blending_stays_within_its_bounds_whatever_the_region() {
    // A region of every shape: noise, lines and holes, in which coarse grids see little.
    let side = 97u32;
    for seed in 0..6u32 {
        let noise = |i: u32| (i ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(2_654_435_761) >> 24;
        let mask = (0..side * side).map(|i| f32::from(u8::from(noise(i) > 24 * seed && i % (7 + seed) != 0)));
        let mask = Mask::from_values(side, side, mask.collect()).unwrap();
        let target = Canvas::rgb(side, side);
        let grey = Image::from_pixels(side, side, PixelFormat::Rgb, vec![128; target.data.len()]).unwrap();
        let blended = blend_gradients(target.view(), grey.view(), &mask, 30.0).unwrap();
        for (i, value) in blended.pixels().iter().enumerate().filter(|(i, _)| mask.values()[i / 3] >= 0.5) {
            let (x, y) = (i as u32 / 3 % side, i as u32 / 3 / side);
            let border = x == 0 || y == 0 || x == side - 1 || y == side - 1;
            assert!(border || (97..=159).contains(value), "{value} at {x}, {y}");
        }
    }
}

#[test]
fn blending_refuses_what_does_not_fit_and_takes_any_layout() {
    let (target, small) = (Canvas::rgb(20, 10), Canvas::rgb(10, 10));
    let mask = Mask::full(20, 10).unwrap();
    assert!(blend_gradients(target.view(), small.view(), &mask, 9.0).is_err());
    assert!(blend_gradients(target.view(), target.view(), &Mask::full(9, 9).unwrap(), 9.0).is_err());
    for limit in [-1.0, 256.0, f32::NAN] {
        let error = blend_gradients(target.view(), target.view(), &mask, limit).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
    let same = blend_gradients(target.view(), target.view(), &mask, 255.0).unwrap();
    assert_eq!(same.pixels(), target.data);
    for format in FORMATS.into_iter().filter(|format| *format != PixelFormat::Grey) {
        let other = Canvas::new(20, 10, format, 5);
        let same = blend_gradients(other.view(), target.view(), &mask, 255.0).unwrap();
        assert_eq!(same.pixels(), target.data);
    }
    for (width, height) in [(1, 1), (2, 2), (1, 9), (3, 3)] {
        let tiny = Canvas::rgb(width, height);
        let mask = Mask::full(width, height).unwrap();
        assert_eq!(blend_gradients(tiny.view(), tiny.view(), &mask, 9.0).unwrap().pixels(), tiny.data);
    }
}
