//! What is done to pixels and numbers around a model, each alone: the groups `kernel/…`.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use facekit::diffusion::{Generator, Scheduler, SchedulerConfig, SchedulerKind, Tokenizer};
use facekit::face::heads::DetectorFamily;
use facekit::face::{Face, nms};
use facekit::geometry::{Border, Filter, Mask, Similarity, crop_face, gaussian_blur, paste, resize, warp};
use facekit::picture::{Animation, AnimationOptions, EncodeOptions, FileFormat, Frame};
use facekit::runtime::{Canvas, Outputs, PixelCoding};
use facekit::{Image, Limits, Rect};
use ndarray::ArrayD;

#[path = "support/scene.rs"]
mod scene;

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;
const PROMPT: &str = "a portrait of an astronaut, clear face, natural skin, 85mm, soft light, detailed eyes";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let large = scene::group(WIDTH, HEIGHT, 30);
    let face = scene::portrait(512);
    files(&mut criterion, &large, &face);
    resizing(&mut criterion, &large);
    tensors(&mut criterion, &scene::group(1280, 886, 10), &face);
    cutting(&mut criterion, &large, &face);
    masks(&mut criterion, &face);
    heads(&mut criterion);
    animations(&mut criterion);
    diffusion(&mut criterion);
    criterion.final_summary();
}

fn files(criterion: &mut Criterion, large: &Image, face: &Image) {
    let files = [
        ("JPEG, 12 MP", large, EncodeOptions { quality: 90, ..EncodeOptions::new(FileFormat::Jpeg) }),
        ("PNG, 512", face, EncodeOptions::new(FileFormat::Png)),
        ("WebP, 512", face, EncodeOptions { quality: 90, ..EncodeOptions::new(FileFormat::Webp) }),
    ];
    let mut group = group(criterion, "decode");
    for (name, picture, options) in &files {
        let bytes = picture.encode(options).unwrap();
        group.throughput(pixels(picture));
        group.bench_function(*name, |b| b.iter(|| Image::decode(&bytes, &Limits::default()).unwrap()));
    }
    group.finish();
    let mut group = self::group(criterion, "encode");
    for (name, picture, options) in &files {
        group.throughput(pixels(picture));
        group.bench_function(*name, |b| b.iter(|| picture.encode(options).unwrap()));
    }
    group.finish();
}

fn resizing(criterion: &mut Criterion, large: &Image) {
    let mut group = group(criterion, "resize");
    group.throughput(pixels(large));
    for filter in [Filter::Nearest, Filter::Bilinear, Filter::Area, Filter::CatmullRom, Filter::Lanczos3] {
        group.bench_function(format!("12 MP to 1024×768, {filter:?}"), |b| {
            b.iter(|| resize(large.view(), 1024, 768, filter).unwrap());
        });
    }
    group.finish();
}

fn tensors(criterion: &mut Criterion, picture: &Image, face: &Image) {
    let mut group = group(criterion, "tensor");
    group.throughput(pixels(picture));
    group.bench_function("encode, 1280×886", |b| b.iter(|| PixelCoding::SIGNED_RGB.encode(picture.view())));
    let canvas = Canvas::of(1280, 1280);
    group.bench_function("encode on a canvas of 1280", |b| {
        b.iter(|| PixelCoding::SIGNED_RGB.encode_on(picture.view(), canvas));
    });
    let tensor = PixelCoding::SIGNED_RGB.encode(face.view()).into_dyn();
    group.throughput(pixels(face));
    group.bench_function("decode, 512", |b| {
        b.iter(|| PixelCoding::SIGNED_RGB.decode(tensor.view()).unwrap());
    });
    group.finish();
}

fn cutting(criterion: &mut Criterion, large: &Image, face: &Image) {
    let mut group = group(criterion, "warp");
    group.bench_function("512 from 12 MP", |b| {
        b.iter(|| warp(large.view(), &alignment(0.8), 512, 512, Border::Replicate).unwrap());
    });
    group.bench_function("512 from 12 MP, shrunk by 4", |b| {
        b.iter(|| crop_face(large.view(), &alignment(0.24), 512, 512, Border::Replicate).unwrap());
    });
    group.finish();

    let mask = Mask::face_box(512, 512, 0.3, [0.0; 4]).unwrap();
    let mut target = large.clone();
    let mut group = self::group(criterion, "paste");
    for (name, scale) in [("512 into 12 MP", 0.8), ("512 into 12 MP, shrunk by 4", 4.0)] {
        group.bench_function(name, |b| {
            b.iter(|| paste(&mut target.view_mut(), face.view(), &mask, &alignment(scale)).unwrap());
        });
    }
    group.finish();
}

fn masks(criterion: &mut Criterion, face: &Image) {
    let mut group = group(criterion, "mask");
    group.bench_function("box, 512", |b| b.iter(|| Mask::face_box(512, 512, 0.3, [0.0; 4]).unwrap()));
    let mask = Mask::face_box(512, 512, 0.3, [0.0; 4]).unwrap();
    group.bench_function("warp, 512", |b| b.iter(|| mask.warp(&alignment(0.8), 512, 512).unwrap()));
    group.bench_function("resize, 512 to 1024", |b| b.iter(|| mask.resize(1024, 1024).unwrap()));
    group.finish();

    let mut group = self::group(criterion, "gaussian");
    for sigma in [5.0, 19.0] {
        group.bench_function(format!("mask of 512, sigma {sigma}"), |b| b.iter(|| mask.blur(sigma).unwrap()));
    }
    group.bench_function("crop of 512, sigma 5", |b| b.iter(|| gaussian_blur(face.view(), 5.0).unwrap()));
    group.finish();
}

fn heads(criterion: &mut Criterion) {
    let mut group = group(criterion, "head");
    let cells = |stride: usize| (640 / stride) * (640 / stride);
    let mut noise = Generator::new(1);
    // One cell in twenty or so passes the thresholds.
    let mut output = |len: usize, width: usize| noise.normal(&[1, len, width]).mapv(|value| 0.3 * value);
    let yunet: Vec<(String, ArrayD<f32>)> = [8, 16, 32]
        .iter()
        .flat_map(|&stride| {
            [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)]
                .map(|(what, width)| (format!("{what}_{stride}"), output(cells(stride), width)))
        })
        .collect();
    let scrfd: Vec<(String, ArrayD<f32>)> = [1, 4, 10]
        .iter()
        .flat_map(|&width| {
            [8, 16, 32].map(|stride| (format!("{stride}_{width}"), output(2 * cells(stride), width)))
        })
        .collect();
    for (family, outputs) in [(DetectorFamily::Yunet, &yunet), (DetectorFamily::Scrfd, &scrfd)] {
        let outputs = Outputs::new(outputs.iter().map(|(name, values)| (name.as_str(), values.view())));
        group.bench_function(format!("{}, 640×640", family.name()), |b| {
            b.iter(|| family.decode(&outputs, 640, 640, 0.5).unwrap());
        });
    }
    group.finish();

    let mut group = self::group(criterion, "nms");
    for count in [500, 5000] {
        let faces = candidates(count);
        group.bench_function(format!("{count} candidates of 30 faces"), |b| {
            b.iter_batched(|| faces.clone(), |faces| nms(faces, 0.4), BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn animations(criterion: &mut Criterion) {
    let mut group = group(criterion, "gif");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    let film = scene::film(320, 50);
    let bytes = film.encode(&AnimationOptions::default()).unwrap();
    group.bench_function("composite, 50 frames of 320×320", |b| {
        b.iter(|| Animation::decode(&bytes, &Limits::default()).unwrap());
    });
    // Frames that no file holds, so that none is copied from one.
    let frames = film.frames.iter().map(|frame| Frame::new(frame.image.clone(), frame.delay)).collect();
    let edited = Animation { frames, plays: 0 };
    group.bench_function("encode, 50 frames of 320×320", |b| {
        b.iter(|| edited.encode(&AnimationOptions::default()).unwrap());
    });
    group.finish();
}

fn diffusion(criterion: &mut Criterion) {
    let mut group = group(criterion, "tokenizer");
    let tokenizer = Tokenizer::open("tests/golden/text/tokenizer".as_ref()).unwrap();
    group.bench_function("a prompt of 17 words", |b| b.iter(|| tokenizer.encode(PROMPT).unwrap()));
    group.finish();

    let latents = [1, 4, 64, 64];
    let mut group = self::group(criterion, "scheduler");
    let config = SchedulerConfig::of_json(r#"{"_class_name": "DDIMScheduler"}"#).unwrap();
    let draw = |seed| Generator::new(seed).normal(&latents);
    let (sample, output) = (draw(0), draw(1));
    for kind in SchedulerKind::ALL {
        let mut scheduler = Scheduler::new(&config, Some(*kind), None, 20).unwrap();
        let mut generator = Generator::new(2);
        group.bench_function(format!("step of {}, 64×64 latents", kind.name()), |b| {
            b.iter(|| {
                scheduler.begin(10).unwrap();
                scheduler.step(&output, 10, &sample, &mut generator).unwrap()
            });
        });
    }
    group.finish();

    let mut group = self::group(criterion, "noise");
    group.throughput(Throughput::Elements(latents.iter().product::<usize>() as u64));
    group.bench_function("64×64 latents", |b| b.iter(|| Generator::new(7).normal(&latents)));
    group.finish();
}

/// A group of quick benches by the name of what they have in common.
fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("kernel/{name}"));
    group.sample_size(30).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group
}

fn pixels(picture: &Image) -> Throughput {
    Throughput::Elements(u64::from(picture.width()) * u64::from(picture.height()))
}

/// A face of the given scale in the middle of the picture, a little turned, cut at 512.
fn alignment(scale: f64) -> Similarity {
    let turn = Similarity::from_parts(scale, 0.2, [0.0, 0.0]);
    let middle = turn.matrix().map(|[a, b, _]| a * f64::from(WIDTH / 2) + b * f64::from(HEIGHT / 2));
    Similarity::from_parts(scale, 0.2, middle.map(|place| 256.0 - place))
}

/// What a detector finds before suppression: each of 30 faces many times, a little moved.
fn candidates(count: usize) -> Vec<Face> {
    let moves = Generator::new(3).normal(&[count, 3]);
    let face = |i: usize| {
        let (column, row) = ((i % 6) as f32, (i % 30 / 6) as f32);
        let (x, y) = (100.0 * column + 4.0 * moves[[i, 0]], 120.0 * row + 4.0 * moves[[i, 1]]);
        Face::new(Rect::new(x, y, 70.0, 90.0), (0.8 + 0.05 * moves[[i, 2]]).clamp(0.0, 1.0), None)
    };
    (0..count).map(face).collect()
}
