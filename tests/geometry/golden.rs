//! Numbers of OpenCV 5 and scikit-image, made by tests/reference/geometry.py.

use std::path::PathBuf;

use facekit::geometry::{
    Border, Filter, Mask, PasteBox, Similarity, Template, gaussian_blur, paste, resize, warp,
};
use facekit::{ImageRef, PixelFormat, Point};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::pictures::{Canvas, assert_close, transform};

fn read(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/geometry");
    std::fs::read(folder.join(name)).unwrap()
}

fn cases<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_slice(&read(&format!("{name}.json"))).unwrap()
}

/// The results of a kernel, taken one after the other.
struct Results(std::vec::IntoIter<u8>);

impl Results {
    fn of(name: &str) -> Self {
        Self(read(&format!("{name}.bin")).into_iter())
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        let bytes: Vec<u8> = self.0.by_ref().take(len).collect();
        assert_eq!(bytes.len(), len);
        bytes
    }

    fn floats(&mut self, len: usize) -> Vec<f32> {
        let bytes = self.bytes(len * 4);
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        assert!(std::thread::panicking() || self.0.len() == 0, "results are left over");
    }
}

fn largest_difference(actual: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(actual.len(), expected.len());
    actual.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn estimate_equals_umeyama_and_ransac() {
    #[derive(Deserialize)]
    struct Case {
        template: String,
        points: [f32; 10],
        umeyama: [f64; 6],
        ransac: [f64; 6],
    }
    let apply = |m: &[f64; 6], x: f64, y: f64| [m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]];
    let cases = cases::<Case>("similarity");
    assert!(cases.len() >= 300);
    let (mut worst_umeyama, mut worst_ransac) = (0.0f64, 0.0f64);
    for case in cases {
        let template: Template = case.template.parse().unwrap();
        let points: Vec<_> = case.points.chunks(2).map(|p| Point::new(p[0], p[1])).collect();
        let to_crop = Similarity::estimate(&points, &template.points(512)).unwrap();
        let to_picture = to_crop.inverse().unwrap().matrix().concat();
        for corner in [[0.0, 0.0], [512.0, 0.0], [0.0, 512.0], [512.0, 512.0]] {
            let [x, y] = apply(&to_picture.as_slice().try_into().unwrap(), corner[0], corner[1]);
            for (reference, worst) in [(&case.umeyama, &mut worst_umeyama), (&case.ransac, &mut worst_ransac)]
            {
                let [u, v] = apply(reference, x, y);
                *worst = worst.max((u - corner[0]).hypot(v - corner[1]));
            }
        }
    }
    println!("crop corners at 512: {worst_umeyama:.1e} px from Umeyama, {worst_ransac:.1e} px from RANSAC");
    assert!(worst_umeyama < 1e-4);
    assert!(worst_ransac < 1e-3);
}

#[test]
fn warp_equals_opencv() {
    #[derive(Deserialize)]
    struct Case {
        source: [u32; 2],
        scale: f64,
        degrees: f64,
        translation: [f64; 2],
        size: [u32; 2],
        constant: Option<[u8; 3]>,
    }
    let mut results = Results::of("warp");
    for (i, case) in cases::<Case>("warp").into_iter().enumerate() {
        let [width, height] = case.size;
        let expected = results.bytes(width as usize * height as usize * 3);
        let to_crop = transform(case.scale, case.degrees, case.translation);
        let border = case.constant.map_or(Border::Replicate, Border::Constant);
        for (format, padding) in [(PixelFormat::Rgb, 0), (PixelFormat::Bgra, 3)] {
            let source = Canvas::new(case.source[0], case.source[1], format, padding);
            let crop = warp(source.view(), &to_crop, width, height, border).unwrap();
            assert_close(crop.pixels(), &expected, 0.99, &format!("warp {i} from {format:?}"));
        }
    }
}

#[test]
fn face_box_equals_facefusion() {
    #[derive(Deserialize)]
    struct Case {
        size: [u32; 2],
        blur: f32,
        padding: [f32; 4],
        rows: Vec<usize>,
    }
    let mut results = Results::of("mask");
    for case in cases::<Case>("mask") {
        let [width, height] = case.size;
        let mask = Mask::face_box(width, height, case.blur, case.padding).unwrap();
        for row in case.rows {
            let expected = results.floats(width as usize);
            let actual = &mask.values()[row * width as usize..][..width as usize];
            let difference = largest_difference(actual, &expected);
            assert!(difference < 1e-5, "{width}×{height}, row {row}: {difference}");
        }
    }
}

#[test]
fn gaussian_equals_opencv() {
    #[derive(Deserialize)]
    struct Case {
        size: [u32; 2],
        sigma: f64,
    }
    let mut results = Results::of("gaussian");
    for Case { size: [width, height], sigma } in cases("gaussian") {
        let pixels = width as usize * height as usize;
        let grey = Canvas::new(width, height, PixelFormat::Grey, 0);
        let plane = grey.data.iter().map(|v| f32::from(*v) / 255.0).collect();
        let blurred = Mask::from_values(width, height, plane).unwrap().blur(sigma).unwrap();
        let difference = largest_difference(blurred.values(), &results.floats(pixels));
        assert!(difference < 1e-5, "{width}×{height} at {sigma}: {difference}");

        let source = Canvas::new(width, height, PixelFormat::Bgr, 5);
        let blurred = gaussian_blur(source.view(), sigma).unwrap();
        let what = format!("blur of {width}×{height} at {sigma}");
        assert_close(blurred.pixels(), &results.bytes(pixels * 3), 0.9, &what);
    }
}

#[test]
fn paste_equals_facefusion_rounded() {
    #[derive(Deserialize)]
    struct Case {
        frame: [u32; 2],
        crop: [u32; 2],
        blur: f32,
        scale: f64,
        degrees: f64,
        translation: [f64; 2],
        r#box: [u32; 4],
    }
    let mut results = Results::of("paste");
    for (i, case) in cases::<Case>("paste").into_iter().enumerate() {
        let mut frame = Canvas::rgb(case.frame[0], case.frame[1]);
        let expected = results.bytes(frame.data.len());
        let mut crop = Canvas::rgb(case.crop[0], case.crop[1]);
        crop.data.iter_mut().for_each(|value| *value = 255 - *value);
        let mask = Mask::face_box(crop.width, crop.height, case.blur, [0.0; 4]).unwrap();
        let to_crop = transform(case.scale, case.degrees, case.translation);
        let area = paste(&mut frame.view_mut(), crop.view(), &mask, &to_crop).unwrap();
        let [x, y, width, height] = case.r#box;
        assert_eq!(area, PasteBox { x, y, width, height });
        assert_close(&frame.data, &expected, 0.9, &format!("paste {i}"));
    }
}

#[test]
fn resize_equals_opencv() {
    #[derive(Deserialize)]
    struct Case {
        source: [u32; 2],
        size: [u32; 2],
        filter: String,
    }
    let mut results = Results::of("resize");
    for case in cases::<Case>("resize") {
        let filter = match case.filter.as_str() {
            "nearest" => Filter::Nearest,
            "bilinear" => Filter::Bilinear,
            _ => Filter::Area,
        };
        let [width, height] = case.size;
        let expected = results.bytes(width as usize * height as usize * 3);
        for (format, padding) in [(PixelFormat::Rgb, 0), (PixelFormat::Bgr, 6), (PixelFormat::Rgb, 1)] {
            let source = Canvas::new(case.source[0], case.source[1], format, padding);
            let resized = resize(source.view(), width, height, filter).unwrap();
            let what = format!("{filter:?} {:?} to {width}×{height} from {format:?}", case.source);
            assert_close(resized.pixels(), &expected, 0.8, &what);
        }
    }
}

#[test]
fn every_reader_sees_the_same_picture() {
    let grey = Canvas::new(31, 17, PixelFormat::Grey, 2);
    let tripled: Vec<u8> = (0..17).flat_map(|y| grey.view().row(y)).flat_map(|v| [*v; 3]).collect();
    let tripled = ImageRef::new(&tripled, 31, 17, 93, PixelFormat::Rgb).unwrap();
    let to_crop = transform(1.7, 20.0, [3.0, -5.0]);
    for border in [Border::Replicate, Border::Constant([9, 80, 200])] {
        let a = warp(grey.view(), &to_crop, 40, 40, border).unwrap();
        let b = warp(tripled, &to_crop, 40, 40, border).unwrap();
        assert_eq!(a.pixels(), b.pixels());
    }
    for filter in [Filter::Nearest, Filter::Bilinear, Filter::Area, Filter::CatmullRom, Filter::Lanczos3] {
        let a = resize(grey.view(), 12, 9, filter).unwrap();
        let b = resize(tripled, 12, 9, filter).unwrap();
        assert_eq!(a.pixels(), b.pixels(), "{filter:?}");
    }
}
