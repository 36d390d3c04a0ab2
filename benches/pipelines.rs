//! Whole pipelines with the embedded models, on the test portraits.

use criterion::Criterion;
use facekit::geometry::{Filter, resize};
use facekit::params::{DetectParams, RestoreParams, SwapParams};
use facekit::{Engine, Image, Limits};

fn pipelines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pipelines");
    group.sample_size(20);
    group.bench_function("engine, created anew", |b| b.iter(|| Engine::builder().build().unwrap()));

    let engine = Engine::builder().build().unwrap();
    let photo = Image::open("examples/photos/astronaut.png", &Limits::default()).unwrap();
    let sizes = [("VGA", 640, 480), ("1080p", 1920, 1080), ("12 MP", 4000, 3000)];
    for (name, width, height) in sizes {
        let picture = resize(photo.view(), width, height, Filter::Lanczos3).unwrap();
        group.bench_function(format!("detect, {name}"), |b| {
            b.iter(|| engine.detect(&picture, &DetectParams::default()).unwrap());
        });
    }
    group.bench_function("restore, one face", |b| {
        b.iter(|| engine.restore(&photo, &RestoreParams::default()).unwrap());
    });
    let twice = RestoreParams { upscale: 2, ..RestoreParams::default() };
    group.bench_function("restore, one face, upscale 2", |b| {
        b.iter(|| engine.restore(&photo, &twice).unwrap());
    });
    let source = Image::open("examples/photos/grace_hopper.jpg", &Limits::default()).unwrap();
    for (name, face_restore) in [("swap, one face, mesh", false), ("swap, one face, mesh, restored", true)] {
        let params = SwapParams { face_restore, ..SwapParams::default() };
        group.bench_function(name, |b| b.iter(|| engine.swap(&source, &photo, &params).unwrap()));
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    pipelines(&mut criterion);
    criterion.final_summary();
}
