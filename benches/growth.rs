//! How time and peak memory grow with megapixels, faces, frames, threads and workers.
//!
//! Run: `cargo bench --bench growth -- [--quick] [WORD]`, where WORD picks the series whose names have it. Every point is
//! a process of its own, so that its peak memory is its own: it reads a file, makes an engine, does the job once to warm
//! up and then a few times more. The points, and the exponents of the powers that fit them, go to
//! `<target>/bench/growth.json`. Nothing may grow faster than linearly, which is an exponent of [`LIMIT`] at most.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use facekit::params::{DetectParams, RestoreParams, SwapEngine, SwapParams};
use facekit::picture::{AnimationOptions, EncodeOptions, FileFormat};
use facekit::pipelines::SwapSource;
use facekit::{Engine, Image, Limits};
use serde_json::{Value, json};

#[path = "support/memory.rs"]
mod memory;
#[path = "support/scene.rs"]
mod scene;

/// The largest exponent that still passes for linear, with room for noise.
const LIMIT: f64 = 1.1;

/// What stands before the name of a series, a size and a file where this program is to measure one point.
const POINT: &str = "--point";

/// A job, and the sizes that it is done at.
struct Series {
    name: &'static str,
    unit: &'static str,
    sizes: &'static [u32],
    quick_sizes: &'static [u32],
    /// The file that the job reads.
    input: fn(u32) -> Vec<u8>,
    /// Threads of a model run and of the work on pixels; 0 is one per core.
    threads: fn(u32) -> usize,
    job: fn(&Engine, &[u8], u32),
}

static SERIES: [Series; 7] = [
    Series {
        name: "detect, 10 faces",
        unit: "megapixels",
        sizes: &[1, 2, 4, 8, 16, 32],
        quick_sizes: &[1, 4, 16],
        input: |size| group(size, 10),
        threads: |_| 0,
        job: |engine, file, _| detect(engine, file),
    },
    Series {
        name: "restore, 10 faces",
        unit: "megapixels",
        sizes: &[1, 2, 4, 8, 16, 32],
        quick_sizes: &[1, 4, 16],
        input: |size| group(size, 10),
        threads: |_| 0,
        job: |engine, file, _| restore(engine, file),
    },
    Series {
        name: "restore, 12 megapixels",
        unit: "faces",
        sizes: &[1, 2, 5, 10, 20, 30],
        quick_sizes: &[1, 5, 20],
        input: |size| group(12, size),
        threads: |_| 0,
        job: |engine, file, _| restore(engine, file),
    },
    Series {
        name: "swap, 12 megapixels",
        unit: "faces",
        sizes: &[1, 2, 5, 10, 20, 30],
        quick_sizes: &[1, 5, 20],
        input: |size| group(12, size),
        threads: |_| 0,
        job: |engine, file, _| swap(engine, file),
    },
    Series {
        name: "swap, GIF of 320×320",
        unit: "frames",
        sizes: &[10, 20, 50, 100, 200],
        quick_sizes: &[5, 10, 20],
        input: |size| scene::film(320, size).encode(&AnimationOptions::default()).unwrap(),
        threads: |_| 0,
        job: |engine, file, _| swap(engine, file),
    },
    Series {
        name: "restore, 12 megapixels, 10 faces",
        unit: "threads",
        sizes: &[1, 2, 4, 8],
        quick_sizes: &[1, 2, 4],
        input: |_| group(12, 10),
        threads: |size| size as usize,
        job: |engine, file, _| restore(engine, file),
    },
    Series {
        name: "detect, 1 megapixel for each worker",
        unit: "workers",
        sizes: &[1, 2, 4, 8],
        quick_sizes: &[1, 2, 4],
        input: |_| group(1, 10),
        threads: |_| 1,
        job: |engine, file, workers| {
            std::thread::scope(|scope| {
                for _ in 0..workers {
                    scope.spawn(|| (0..10).for_each(|_| detect(engine, file)));
                }
            });
        },
    },
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [first, name, size, file] = args.as_slice()
        && first == POINT
    {
        let series = SERIES.iter().find(|series| series.name == name).unwrap();
        return println!("{}", measure(series, size.parse().unwrap(), Path::new(file)));
    }
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let word = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    for series in SERIES.iter().filter(|series| format!("{} {}", series.name, series.unit).contains(word)) {
        if !has("--bench") {
            // It is `cargo test` that runs this, to see whether it works.
            points(series, &series.quick_sizes[..1]);
            continue;
        }
        let points = points(series, if has("--quick") { series.quick_sizes } else { series.sizes });
        keep(growth(series, points));
    }
}

/// Measures the points of a series, each in a process of its own.
fn points(series: &Series, sizes: &[u32]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input");
    let point = |&size| {
        std::fs::write(&file, (series.input)(size)).unwrap();
        let point = run_point(series, size, &file);
        let [seconds, peak] = ["seconds", "peak"].map(|what| point[what].as_f64().unwrap_or(f64::NAN));
        let Series { name, unit, .. } = series;
        println!("{name}: {size} {unit}: {:.1} ms, {:.0} MB", 1e3 * seconds, peak / 1e6);
        point
    };
    sizes.iter().map(point).collect()
}

/// The points of a series and how it grows, which is told too: the exponents over all points, and over the upper half,
/// where what does not grow counts least.
fn growth(series: &Series, points: Vec<Value>) -> Value {
    let exponents = |what| {
        let curve = points.iter().filter_map(|point| Some((point["size"].as_f64()?, point[what].as_f64()?)));
        let curve: Vec<(f64, f64)> = curve.collect();
        (curve.len() > 1).then(|| [exponent(&curve), exponent(&curve[(curve.len() - 1) / 2..])])
    };
    let (time, memory) = (exponents("seconds"), exponents("peak"));
    let is_linear = [time, memory].iter().flatten().flatten().all(|&exponent| exponent <= LIMIT);
    let told = |exponents: Option<[f64; 2]>| {
        exponents.map_or("not told".to_owned(), |[all, upper]| format!("{all:.2} (upper half {upper:.2})"))
    };
    let Series { name, unit, .. } = series;
    let verdict = if is_linear { "at most linear" } else { "FASTER THAN LINEARLY" };
    println!("{name}, by {unit}: exponent of time {}, of memory {}: {verdict}\n", told(time), told(memory));
    json!({
        "name": name,
        "unit": unit,
        "points": points,
        "time_exponents": time,
        "memory_exponents": memory,
        "is_linear": is_linear,
    })
}

/// Writes a series into the file of all, in the place of what was measured of it before.
fn keep(series: Value) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench").join("growth.json");
    let id = |series: &Value| [&series["name"], &series["unit"]].map(Value::to_string);
    let before = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let mut all = before.and_then(|before| before["series"].as_array().cloned()).unwrap_or_default();
    all.retain(|other| id(other) != id(&series));
    all.push(series);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let growth = json!({ "limit": LIMIT, "series": all });
    std::fs::write(&file, format!("{growth:#}\n")).unwrap();
}

fn run_point(series: &Series, size: u32, file: &Path) -> Value {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args([POINT, series.name, &size.to_string()]).arg(file);
    let threads = (series.threads)(size);
    if threads > 0 {
        process.env("RAYON_NUM_THREADS", threads.to_string());
    }
    let output = process.output().unwrap();
    assert!(output.status.success(), "{}: {}", series.name, String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A point: its size, the median of its seconds and all of them, and the most memory that the process ever took, in
/// bytes, `null` where the system does not tell.
fn measure(series: &Series, size: u32, file: &Path) -> Value {
    let file = std::fs::read(file).unwrap();
    let engine = Engine::builder().threads((series.threads)(size)).build().unwrap();
    (series.job)(&engine, &file, size);
    let begin = Instant::now();
    let mut runs = Vec::new();
    while runs.len() < 3 || (runs.len() < 15 && begin.elapsed().as_secs_f64() < 2.0) {
        let start = Instant::now();
        (series.job)(&engine, &file, size);
        runs.push(start.elapsed().as_secs_f64());
    }
    runs.sort_by(f64::total_cmp);
    json!({ "size": size, "seconds": runs[runs.len() / 2], "runs": runs, "peak": memory::peak() })
}

/// The exponent of the power that fits best: the slope of the line through the logarithms, by least squares.
fn exponent(curve: &[(f64, f64)]) -> f64 {
    let logarithms: Vec<(f64, f64)> = curve.iter().map(|(size, value)| (size.ln(), value.ln())).collect();
    let count = logarithms.len() as f64;
    let (x, y) =
        logarithms.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (over, under) = logarithms.iter().fold((0.0, 0.0), |(over, under), point| {
        (over + (point.0 - x) * (point.1 - y), under + (point.0 - x).powi(2))
    });
    over / under
}

/// A JPEG of so many megapixels, 4 to 3, with faces.
fn group(megapixels: u32, faces: u32) -> Vec<u8> {
    let height = (f64::from(megapixels) * 1e6 * 0.75).sqrt() as u32;
    let options = EncodeOptions { quality: 90, ..EncodeOptions::new(FileFormat::Jpeg) };
    scene::group(height * 4 / 3, height, faces).encode(&options).unwrap()
}

fn detect(engine: &Engine, file: &[u8]) {
    let picture = Image::decode(file, &Limits::default()).unwrap();
    engine.detect(&picture, &DetectParams::default()).unwrap();
}

fn restore(engine: &Engine, file: &[u8]) {
    let picture = Image::decode(file, &Limits::default()).unwrap();
    let restored = engine.restore(&picture, &RestoreParams::default()).unwrap();
    restored.image.encode(&EncodeOptions::new(FileFormat::Jpeg)).unwrap();
}

fn swap(engine: &Engine, file: &[u8]) {
    let source = scene::portrait(512);
    let params = SwapParams { engine: SwapEngine::Network, face_restore: false, ..SwapParams::default() };
    engine.swap_file(&[SwapSource::new(source.view())], file, &params).unwrap();
}
