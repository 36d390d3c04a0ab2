//! The resident size of a process that detects, restores and swaps again and again.
//!
//! `cargo xtask check memory` runs it 2,000 times. It stands alone in its program, whose memory it measures.
#![cfg(all(target_os = "linux", feature = "embedded"))]

#[path = "support/check.rs"]
mod check;

use std::path::PathBuf;
use std::time::Instant;

use facekit::geometry::{Filter, resize};
use facekit::models::LicensePolicy;
use facekit::params::{DetectParams, RestoreParams, SwapEngine, SwapParams};
use facekit::{Engine, Image, Limits};

#[test]
fn many_runs_take_the_memory_of_a_few() {
    let runs = check::number("runs", 60);
    // What the first runs fill is full by then.
    let early = (runs / 3).min(200);
    // So few runs waver more; what each of them loses must be below 100 kB all the same.
    let tolerance = if runs < 2000 { 0.05 } else { 0.02 };
    let engine = Engine::builder().licenses(LicensePolicy::Any).build().unwrap();
    let photos = [photo("astronaut.png"), photo("grace_hopper.jpg")];
    let start = Instant::now();
    let mut sizes = Vec::new();
    for run in 1..=runs {
        work(&engine, &photos, run as u32);
        if run == early || run % (runs / 10).max(1) == 0 {
            sizes.push((run, resident()));
        }
    }
    let of = |wanted| sizes.iter().find(|(run, _)| *run == wanted).unwrap().1;
    let (first, last) = (of(early), of(runs));
    let growth = last as f64 / first as f64 - 1.0;
    let mebibytes = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let course: Vec<_> = sizes.iter().map(|(run, bytes)| format!("{run}: {}", mebibytes(*bytes))).collect();
    check::say(format_args!(
        "memory: {runs} runs of detect, restore and swap in {:.0} s, {:+.2} % after run {early} ({})",
        start.elapsed().as_secs_f64(),
        100.0 * growth,
        course.join(", ")
    ));
    assert!(
        growth.abs() < tolerance,
        "{} after run {early}, {} after run {runs}",
        mebibytes(first),
        mebibytes(last)
    );
}

/// Every pipeline once, on pictures whose size differs from run to run.
fn work(engine: &Engine, photos: &[Image; 2], run: u32) {
    let side = 128 + run * 37 % 256;
    let [a, b] = photos.each_ref().map(|photo| resize(photo.view(), side, side, Filter::Area).unwrap());
    engine.detect(&a, &DetectParams::default()).unwrap();
    engine.restore(&b, &RestoreParams::default()).unwrap();
    let mesh = SwapParams { engine: SwapEngine::Mesh, face_restore: false, ..SwapParams::default() };
    engine.swap(&a, &b, &mesh).unwrap();
    engine.swap(&b, &a, &network()).unwrap();
}

/// A tiny network that swaps.
fn network() -> SwapParams {
    SwapParams {
        engine: SwapEngine::Network,
        swapper: Some(golden("swappers/hyperswap_1a_256.onnx")),
        face_restore: false,
        detect: DetectParams {
            recognizer: Some(golden("swap/arcface_tiny.onnx")),
            ..DetectParams::default()
        },
        ..SwapParams::default()
    }
}

/// How much of the process is in memory, or was and is swapped out, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let size = |name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    size("VmRSS:") + size("VmSwap:")
}

/// The head and shoulders of a photograph.
fn photo(name: &str) -> Image {
    let path = root().join("examples/photos").join(name);
    let photo = Image::open(path, &Limits::default()).unwrap();
    Image::from_view(photo.view().crop(60, 0, 400, 400).unwrap())
}

fn golden(name: &str) -> String {
    root().join("tests/golden").join(name).to_str().unwrap().to_owned()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
