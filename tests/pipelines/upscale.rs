//! The background enlarged by a model: tiles that meet without a seam.

use std::path::Path;

use facekit::params::RestoreParams;
use facekit::{Image, Limits, PixelFormat};

use crate::support::*;

/// A picture without a face, enlarged: all of it is the upscaler's work.
fn enlarge(image: &Image, upscaler: &str, upscale: u32) -> Image {
    let params = RestoreParams {
        upscale,
        upscale_background: true,
        upscaler: Some(upscaler.to_owned()),
        detect: detector("pipelines/no_face.onnx"),
        ..restorer("models/gpen_256.onnx")
    };
    let restored = engine().restore(image, &params).unwrap();
    let name = Path::new(upscaler).file_stem().unwrap().to_str().unwrap();
    assert_eq!(restored.models.last().map(String::as_str), Some(name));
    restored.image
}

/// Each pixel repeated `factor` times in both directions.
fn repeated(image: &Image, factor: u32) -> Image {
    let row =
        |y| image.view().row(y).chunks_exact(3).flat_map(|p| p.repeat(factor as usize)).collect::<Vec<_>>();
    let pixels = (0..image.height()).flat_map(|y| row(y).repeat(factor as usize)).collect();
    Image::from_pixels(image.width() * factor, image.height() * factor, PixelFormat::Rgb, pixels).unwrap()
}

/// The mean of 5 × 5 pixels, the border repeated.
fn blurred(image: &Image) -> Image {
    let (width, height) = (image.width() as i32, image.height() as i32);
    let pixel = |x: i32, y: i32, c: usize| {
        let (x, y) = (x.clamp(0, width - 1), y.clamp(0, height - 1));
        f32::from(image.view().row(y as u32)[3 * x as usize + c])
    };
    let mean = |x: i32, y: i32, c: usize| {
        let around = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (x + dx, y + dy)));
        (around.map(|(x, y)| pixel(x, y, c)).sum::<f32>() / 25.0).round_ties_even() as u8
    };
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| [0, 1, 2].map(|c| (x, y, c))));
    let pixels = pixels.map(|(x, y, c)| mean(x, y, c)).collect();
    Image::from_pixels(image.width(), image.height(), PixelFormat::Rgb, pixels).unwrap()
}

#[test]
fn tiles_make_the_picture_that_the_whole_makes() {
    // One tile and less, several in one direction, several in both, and sides that no tile divides.
    for (width, height) in [(1, 1), (37, 9), (320, 320), (321, 50), (600, 333)] {
        let image = pattern(width, height);
        let enlarged = enlarge(&image, &golden("models/realesrgan_x4.onnx"), 4);
        assert_eq!(differences(&enlarged, &repeated(&image, 4), 0), 0, "{width}×{height}");
    }
    // A network that looks at its surroundings, of any size and of one.
    let image = pattern(401, 150);
    let expected = repeated(&blurred(&image), 2);
    for name in ["pipelines/blur_x2.onnx", "pipelines/blur_x2_fixed.onnx"] {
        assert_eq!(differences(&enlarge(&image, &golden(name), 2), &expected, 0), 0, "{name}");
    }
}

#[test]
fn a_picture_smaller_than_the_only_size_is_padded_with_its_border() {
    let image = pattern(20, 11);
    let enlarged = enlarge(&image, &golden("pipelines/blur_x2_fixed.onnx"), 2);
    assert_eq!(differences(&enlarged, &repeated(&blurred(&image), 2), 0), 0);
}

#[test]
fn another_factor_than_the_network_s_is_resampled() {
    let image = plain(330, 40, [40, 90, 200]);
    for factor in [2, 3] {
        let enlarged = enlarge(&image, &golden("models/realesrgan_x4.onnx"), factor);
        assert_eq!(differences(&enlarged, &plain(330 * factor, 40 * factor, [40, 90, 200]), 0), 0);
    }
    // Seams would show in a slope that runs across the tiles.
    let pixels = (0..700 * 64u32).flat_map(|i| [(i % 700 / 3) as u8; 3]).collect();
    let slope = Image::from_pixels(700, 64, PixelFormat::Rgb, pixels).unwrap();
    let enlarged = enlarge(&slope, &golden("pipelines/blur_x2.onnx"), 3);
    let row: Vec<u8> = enlarged.view().row(96).chunks_exact(3).map(|p| p[0]).collect();
    assert!(row.windows(2).all(|pair| pair[1].abs_diff(pair[0]) <= 1), "a step in the slope");
}

#[test]
fn alpha_is_resampled_beside_the_colours() {
    let image = pattern(64, 48);
    let enlarged = enlarge(
        &with_alpha(&image, |i| if i % 64 < 32 { 0 } else { 255 }),
        &golden("models/realesrgan_x4.onnx"),
        4,
    );
    assert_eq!(enlarged.format(), PixelFormat::Rgba);
    let colours = enlarged.pixels().chunks_exact(4).flat_map(|p| p[..3].to_vec()).collect();
    let colours = Image::from_pixels(256, 192, PixelFormat::Rgb, colours).unwrap();
    assert_eq!(differences(&colours, &repeated(&image, 4), 0), 0);
    let alpha = |x: usize| enlarged.view().row(100)[4 * x + 3];
    assert_eq!((alpha(0), alpha(100), alpha(156), alpha(255)), (0, 0, 255, 255));
}

#[test]
fn a_real_network_makes_no_seams() {
    let Some(model) = shared("models/upscale/realesr_general_x4v3.onnx") else { return };
    let Some(photo) = shared("photos/solvay_conference_1927.png") else { return };
    let photo = Image::open(photo, &Limits::default()).unwrap();
    let crop = Image::from_view(photo.view().crop(400, 300, 400, 100).unwrap());
    let model = model.to_str().unwrap();
    let tiled = enlarge(&crop, model, 4);
    // The middle third is whole in a picture of one tile that begins elsewhere.
    let part = Image::from_view(crop.view().crop(140, 0, 256, 100).unwrap());
    let whole = enlarge(&part, model, 4);
    let middle = |image: &Image, x: u32| Image::from_view(image.view().crop(x, 0, 4 * 128, 400).unwrap());
    let off = differences(&middle(&tiled, 4 * 204), &middle(&whole, 4 * 64), 1);
    println!("{off} bytes differ by more than a level");
    assert_eq!(off, 0);
}
