//! Stylized pictures.

use facekit::params::{StylizeArea, StylizeEngine, StylizeParams};
use facekit::picture::{EncodeOptions, FileFormat};
use facekit::style::Style;
use facekit::{Image, ImageRef, PixelFormat};

use crate::support::*;

fn classic(style: Style) -> StylizeParams {
    StylizeParams { style, engine: StylizeEngine::Classic, ..StylizeParams::default() }
}

/// The mean difference of two pictures of one size, in levels.
fn apart(a: &Image, b: &Image) -> f64 {
    assert_eq!((a.width(), a.height(), a.format()), (b.width(), b.height(), b.format()));
    let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.pixels().len() as f64
}

/// A picture with alpha that falls from left to right to nothing.
fn fading() -> Image {
    let photo = astronaut();
    let width = photo.width();
    let pixels = photo.pixels().chunks(3).enumerate().flat_map(|(i, pixel)| {
        let alpha = 255 - (i as u32 % width * 300 / width).min(255);
        [pixel[0], pixel[1], pixel[2], alpha as u8]
    });
    Image::from_pixels(width, photo.height(), PixelFormat::Rgba, pixels.collect()).unwrap()
}

#[test]
fn each_style_is_plainly_another_picture() {
    for photo in [astronaut(), hopper()] {
        let mut pictures = vec![("photo", photo.clone())];
        for &style in Style::ALL {
            let stylized = engine().stylize(&photo, &classic(style)).unwrap();
            assert_eq!((stylized.style, stylized.engine), (style, StylizeEngine::Classic));
            assert_eq!((stylized.width, stylized.height), (photo.width(), photo.height()));
            assert_eq!(stylized.faces.len(), 1);
            assert!(stylized.faces[0].landmarks.is_some());
            assert_eq!(stylized.models, ["facekit-lite-detect", "facekit-lite-landmark"]);
            assert!(stylized.notes.is_empty(), "{:?}", stylized.notes);
            pictures.push((style.name(), stylized.image));
        }
        for (i, (name, a)) in pictures.iter().enumerate() {
            for (other, b) in &pictures[..i] {
                assert!(apart(a, b) > 6.0, "{name} and {other} differ by {} levels", apart(a, b));
            }
        }
    }
}

#[test]
fn the_result_is_the_same_on_one_thread_and_many() {
    let photo = astronaut();
    for &style in Style::ALL {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| engine().stylize(&photo, &classic(style)).unwrap().image)
        };
        assert!(on(1) == on(5), "{}", style.name());
    }
}

#[test]
fn alpha_stays() {
    let picture = fading();
    for &style in Style::ALL {
        for area in [StylizeArea::Picture, StylizeArea::Face] {
            let params = StylizeParams { area, ..classic(style) };
            let stylized = engine().stylize(&picture, &params).unwrap().image;
            assert_eq!(stylized.format(), PixelFormat::Rgba);
            let alphas =
                |image: &Image| image.pixels().iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
            assert!(alphas(&stylized) == alphas(&picture), "{}", style.name());
        }
    }
}

#[test]
fn a_face_alone_is_stylized_with_a_soft_edge() {
    let photo = astronaut();
    for &style in Style::ALL {
        let params = StylizeParams { area: StylizeArea::Face, crop_factor: 1.5, ..classic(style) };
        let stylized = engine().stylize(&photo, &params).unwrap();
        let face = stylized.faces[0].rect;
        let [left, top, right, bottom] = changed(&photo, &stylized.image).unwrap();
        let (width, height) = ((right - left) as f32, (bottom - top) as f32);
        let side = 1.5 * face.width.max(face.height);
        assert!(width.max(height) <= side.round(), "{}: {width}×{height}", style.name());
        assert!(width.min(height) > 0.9 * side, "{}: {width}×{height} of {side}", style.name());
        assert!(left as f32 <= face.x && right as f32 >= face.right(), "{left} {right} {face:?}");
        let edge = |image: ImageRef<'_>| image.crop(left, (top + bottom) / 2, 2, 1).unwrap().row(0).to_vec();
        let step =
            edge(photo.view()).iter().zip(edge(stylized.image.view())).map(|(a, b)| a.abs_diff(b)).max();
        assert!(step.unwrap() < 12, "{}: the edge steps by {step:?}", style.name());
    }
}

#[test]
fn blend_mixes_with_the_input() {
    let photo = hopper();
    let blended = |blend, area| {
        let params = StylizeParams { blend, area, ..classic(Style::Emoji) };
        engine().stylize(&photo, &params).unwrap().image
    };
    for area in [StylizeArea::Picture, StylizeArea::Face] {
        assert!(blended(0.0, area) == photo, "{}", area.name());
        let [half, whole] = [0.5, 1.0].map(|blend| blended(blend, area));
        for ((&half, &whole), &photo) in half.pixels().iter().zip(whole.pixels()).zip(photo.pixels()) {
            let middle = (f32::from(whole) + f32::from(photo)) / 2.0;
            assert!((f32::from(half) - middle).abs() <= 1.0, "{half} of {photo} and {whole}");
        }
    }
}

#[test]
fn what_has_no_effect_is_told() {
    let photo = astronaut();
    let given = StylizeParams { prompt: "a nurse".into(), seed: 7, ..classic(Style::Clay) };
    let stylized = engine().stylize(&photo, &given).unwrap();
    assert_eq!(stylized.notes, ["`prompt`, `seed` have no effect with the engine classic"]);
    let given = StylizeParams { colors: 8, pixel_size: 4, crop_factor: 3.0, ..classic(Style::Emoji) };
    let stylized = engine().stylize(&photo, &given).unwrap();
    assert_eq!(stylized.notes, ["`crop_factor`, `pixel_size` have no effect with the engine classic"]);
    assert_eq!((stylized.seed, stylized.scheduler), (None, None));
    let given = StylizeParams { prompt: "a nurse".into(), ..StylizeParams::default() };
    let stylized = engine().stylize(&photo, &given).unwrap();
    assert_eq!(stylized.engine, StylizeEngine::Classic);
    assert_eq!(stylized.notes, ["`prompt` has no effect with the engine classic"]);
}

#[test]
fn the_palette_has_as_many_colours_as_were_asked_for() {
    let photo = astronaut();
    for (style, colors) in [(Style::Pixels, 4), (Style::Pixels, 48)] {
        let params = StylizeParams { colors, ..classic(style) };
        let image = engine().stylize(&photo, &params).unwrap().image;
        let mut seen: Vec<_> = image.pixels().chunks(3).collect();
        seen.sort_unstable();
        seen.dedup();
        assert!(
            seen.len() <= colors as usize && seen.len() > colors as usize / 2,
            "{} of {colors}",
            seen.len()
        );
    }
}

#[test]
fn a_picture_without_a_face_is_stylized_as_it_is() {
    let photo = hopper();
    let sleeve = Image::from_view(photo.view().crop(0, 480, 512, 120).unwrap());
    for &style in Style::ALL {
        let stylized = engine().stylize(&sleeve, &classic(style)).unwrap();
        assert_eq!((stylized.width, stylized.height), (512, 120));
        assert_eq!(stylized.notes, ["no face was found: the picture was stylized as it is"]);
    }
}

#[test]
fn a_face_that_the_border_cuts_is_stylized() {
    let photo = astronaut();
    let found = engine().detect(&photo, &facekit::params::DetectParams::default()).unwrap().faces[0].rect;
    let left = (found.x + found.width * 0.3) as u32;
    let cut = Image::from_view(photo.view().crop(left, 0, 512 - left, 300).unwrap());
    for &style in Style::ALL {
        for area in [StylizeArea::Picture, StylizeArea::Face] {
            let params = StylizeParams { area, ..classic(style) };
            let stylized = engine().stylize(&cut, &params).unwrap();
            assert_eq!((stylized.faces.len(), stylized.width, stylized.height), (1, 512 - left, 300));
        }
    }
}

#[test]
fn all_faces_or_the_chosen_ones_are_stylized() {
    let photo = astronaut();
    let rows = (0..photo.height()).flat_map(|y| [photo.view().row(y); 2].concat());
    let two = Image::from_pixels(1024, 512, photo.format(), rows.collect()).unwrap();
    let mut params = StylizeParams { area: StylizeArea::Face, ..classic(Style::Pixels) };
    let all = engine().stylize(&two, &params).unwrap();
    assert_eq!(all.faces.len(), 2);
    let [left, _, right, _] = changed(&two, &all.image).unwrap();
    assert!(left < 512 && right > 512);
    params.detect.select = facekit::params::Select::One;
    params.detect.order = facekit::face::Order::RightLeft;
    let one = engine().stylize(&two, &params).unwrap();
    assert_eq!(one.faces.len(), 1);
    assert!(changed(&two, &one.image).unwrap()[0] >= 512);
}

#[test]
fn a_file_keeps_its_format_and_size() {
    let photo = hopper();
    for format in [FileFormat::Jpeg, FileFormat::Png, FileFormat::Webp] {
        let file = photo.encode(&EncodeOptions::new(format)).unwrap();
        let stylized = engine().stylize_file(&file, &classic(Style::Toy)).unwrap();
        assert_eq!((stylized.format, stylized.frames, stylized.faces), (format, 1, 1));
        assert_eq!(FileFormat::of(&stylized.bytes), Some(format));
        assert_eq!((stylized.width, stylized.height), (photo.width(), photo.height()));
    }
    let file = photo.encode(&EncodeOptions::new(FileFormat::Png)).unwrap();
    let params = StylizeParams { file_type: Some(FileFormat::Webp), ..classic(Style::Toy) };
    let stylized = engine().stylize_file(&file, &params).unwrap();
    assert_eq!(FileFormat::of(&stylized.bytes), Some(FileFormat::Webp));
}
