//! Whole pipelines, with the embedded models unless a name says otherwise: the groups `pipeline/…`.
//!
//! `FACEKIT_BENCH_SD15` may name a pack of Stable Diffusion 1.5's true size, as `benches/peers/random_pack.py` writes one.

use std::process::Command;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use facekit::params::{
    CropParams, DetailParams, DetectParams, EmbedParams, RestoreParams, StylizeEngine, StylizeParams,
    SwapEngine, SwapParams,
};
use facekit::picture::AnimationOptions;
use facekit::pipelines::SwapSource;
use facekit::style::Style;
use facekit::{Engine, Image};

#[path = "support/scene.rs"]
mod scene;

/// A pack of random weights in the layout of Stable Diffusion 1.
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/sd1/");
const SD15: &str = "FACEKIT_BENCH_SD15";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    start(&mut criterion);
    let engine = Engine::builder().build().unwrap();
    let photo = scene::portrait(512);
    detect(&mut criterion, &engine);
    embed(&mut criterion, &engine, &photo);
    restore(&mut criterion, &engine, &photo);
    swap(&mut criterion, &engine, &photo);
    stylize(&mut criterion, &engine, &photo);
    detail(&mut criterion, &engine, &photo);
    criterion.final_summary();
}

fn start(criterion: &mut Criterion) {
    let mut group = group(criterion, "start");
    group.bench_function("engine with the embedded pack", |b| b.iter(|| Engine::builder().build().unwrap()));
    group.bench_function("process to the first faces", |b| {
        b.iter(|| {
            let mut facekit = Command::new(env!("CARGO_BIN_EXE_facekit"));
            let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
            let output = facekit.args(["detect", photo]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        });
    });
    group.finish();
}

fn detect(criterion: &mut Criterion, engine: &Engine) {
    let mut group = group(criterion, "detect");
    let params = DetectParams::default();
    for (name, width, height) in [("VGA", 640, 480), ("1080p", 1920, 1080), ("12 MP", 4000, 3000)] {
        for faces in [1, 10, 30] {
            let picture = scene::group(width, height, faces);
            let found = engine.detect(&picture, &params).unwrap().faces.len();
            assert_eq!(found, faces as usize, "faces found in {name}");
            let noun = if faces == 1 { "face" } else { "faces" };
            group.bench_function(format!("{name}, {faces} {noun}"), |b| {
                b.iter(|| engine.detect(&picture, &params).unwrap());
            });
        }
    }
    group.finish();
}

fn embed(criterion: &mut Criterion, engine: &Engine, photo: &Image) {
    let mut group = group(criterion, "embed");
    group.bench_function("one face", |b| b.iter(|| engine.embed(photo, &EmbedParams::default()).unwrap()));
    group.finish();
}

fn restore(criterion: &mut Criterion, engine: &Engine, photo: &Image) {
    let mut group = group(criterion, "restore");
    let many = scene::group(4000, 3000, 30);
    for (name, picture, upscale) in
        [("one face", photo, 1), ("one face, upscale 2", photo, 2), ("30 faces in 12 MP", &many, 1)]
    {
        let params = RestoreParams { upscale, ..RestoreParams::default() };
        group.bench_function(name, |b| b.iter(|| engine.restore(picture, &params).unwrap()));
    }
    group.finish();
}

fn swap(criterion: &mut Criterion, engine: &Engine, photo: &Image) {
    let mut group = group(criterion, "swap");
    let film = scene::film(320, 50);
    let (target, film) = (&film.frames[0].image, film.encode(&AnimationOptions::default()).unwrap());
    let sources = [SwapSource::new(photo.view())];
    for engine_kind in [SwapEngine::Network, SwapEngine::Mesh] {
        let params = SwapParams { engine: engine_kind, face_restore: false, ..SwapParams::default() };
        let name = engine_kind.name();
        group.bench_function(format!("a picture, {name}"), |b| {
            b.iter(|| engine.swap(photo, target, &params).unwrap());
        });
        group.bench_function(format!("a GIF of 50 frames, {name}"), |b| {
            b.iter(|| engine.swap_file(&sources, &film, &params).unwrap());
        });
    }
    let params = SwapParams { engine: SwapEngine::Mesh, ..SwapParams::default() };
    group.bench_function("a picture, mesh, restored", |b| {
        b.iter(|| engine.swap(photo, target, &params).unwrap());
    });
    group.finish();
}

fn stylize(criterion: &mut Criterion, engine: &Engine, photo: &Image) {
    let mut group = group(criterion, "stylize");
    for style in Style::ALL {
        let params =
            StylizeParams { style: *style, engine: StylizeEngine::Classic, ..StylizeParams::default() };
        group.bench_function(format!("classic, {}", style.name()), |b| {
            b.iter(|| engine.stylize(photo, &params).unwrap());
        });
    }
    let params = StylizeParams { engine: StylizeEngine::Network, ..StylizeParams::default() };
    group.bench_function("network", |b| b.iter(|| engine.stylize(photo, &params).unwrap()));
    group.finish();
}

fn detail(criterion: &mut Criterion, engine: &Engine, photo: &Image) {
    let mut group = group(criterion, "detail");
    let mut params = DetailParams {
        model: Some(TINY.to_owned()),
        num_inference_steps: 15,
        seed: 1,
        ..DetailParams::default()
    };
    params.crop.guide_size = 128;
    group.bench_function("tiny weights, 15 steps at 128", |b| {
        b.iter(|| engine.detail(photo, &params).unwrap());
    });
    let Some(pack) = std::env::var_os(SD15) else {
        println!(
            "skipped pipeline/detail at full size: {SD15} names no pack (benches/peers/random_pack.py writes one)"
        );
        return;
    };
    let pack = format!("{}/", pack.display());
    // A denoise of 0.2 runs 3 of the 15 steps.
    let params = DetailParams { model: Some(pack), denoise: 0.2, crop: CropParams::default(), ..params };
    group.bench_function("SD 1.5's size, random weights, 3 steps at 512", |b| {
        b.iter(|| engine.detail(photo, &params).unwrap());
    });
    group.finish();
}

/// A group of benches that may take long, by the name of the pipeline.
fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("pipeline/{name}"));
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    group
}
