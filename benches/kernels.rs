//! The pixel operations around a model: crop, paste, mask, blur and resize, on a picture of 12 megapixels.

use criterion::Criterion;
use facekit::geometry::{Border, Filter, Mask, Similarity, crop_face, gaussian_blur, paste, resize, warp};
use facekit::{Image, PixelFormat};

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;

fn picture(width: u32, height: u32) -> Image {
    let value = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
    let pixels = (0..width * height * 3).map(value).collect();
    Image::from_pixels(width, height, PixelFormat::Rgb, pixels).unwrap()
}

/// A face of the given scale in the middle of the picture, a little turned, cut at 512.
fn alignment(scale: f64) -> Similarity {
    let turn = Similarity::from_parts(scale, 0.2, [0.0, 0.0]);
    let middle = turn.matrix().map(|[a, b, _]| a * 2000.0 + b * 1500.0);
    Similarity::from_parts(scale, 0.2, middle.map(|place| 256.0 - place))
}

fn kernels(criterion: &mut Criterion) {
    let source = picture(WIDTH, HEIGHT);
    let view = source.view();
    let near = alignment(0.8);

    criterion.bench_function("warp 512 from 12 MP", |b| {
        b.iter(|| warp(view, &near, 512, 512, Border::Replicate).unwrap());
    });
    criterion.bench_function("crop 512 from 12 MP, shrunk by 4", |b| {
        b.iter(|| crop_face(view, &alignment(0.24), 512, 512, Border::Replicate).unwrap());
    });

    let crop = picture(512, 512);
    let mask = Mask::face_box(512, 512, 0.3, [0.0; 4]).unwrap();
    let mut target = picture(WIDTH, HEIGHT);
    criterion.bench_function("paste 512 into 12 MP", |b| {
        b.iter(|| paste(&mut target.view_mut(), crop.view(), &mask, &near).unwrap());
    });
    criterion.bench_function("paste 512 into 12 MP, shrunk by 4", |b| {
        b.iter(|| paste(&mut target.view_mut(), crop.view(), &mask, &alignment(4.0)).unwrap());
    });

    criterion.bench_function("face box mask 512", |b| {
        b.iter(|| Mask::face_box(512, 512, 0.3, [0.0; 4]).unwrap());
    });
    criterion
        .bench_function("gaussian blur of a mask of 512, sigma 5", |b| b.iter(|| mask.blur(5.0).unwrap()));
    criterion
        .bench_function("gaussian blur of a mask of 512, sigma 19", |b| b.iter(|| mask.blur(19.0).unwrap()));
    criterion.bench_function("gaussian blur of a crop of 512, sigma 5", |b| {
        b.iter(|| gaussian_blur(crop.view(), 5.0).unwrap());
    });

    for filter in [Filter::Nearest, Filter::Bilinear, Filter::Area, Filter::CatmullRom, Filter::Lanczos3] {
        criterion.bench_function(&format!("resize 12 MP to 1024×768, {filter:?}"), |b| {
            b.iter(|| resize(view, 1024, 768, filter).unwrap());
        });
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    kernels(&mut criterion);
    criterion.final_summary();
}
