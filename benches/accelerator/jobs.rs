//! The pipelines on the CPU and on another provider, for `accelerator.py`: whether they agree, and how long they take.
//!
//! Run: `cargo run --release --example accelerator_jobs -- PROVIDER FOLDER ROUNDS`, in the root of the repository, where
//! FOLDER holds the networks that `accelerator.py` wrote. Each job is a line of JSON: how far its answers are apart and
//! how far they may be, the median seconds of each, and the share of the provider's time in which none of its models ran.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use facekit::models::LicensePolicy;
use facekit::params::{
    DetailParams, DetectParams, EmbedParams, FaceMaskParams, RefineParams, RestoreParams, StylizeEngine,
    StylizeParams, SwapEngine, SwapParams,
};
use facekit::picture::{Animation, AnimationOptions, FileFormat};
use facekit::pipelines::SwapSource;
use facekit::runtime::Provider;
use facekit::{Engine, Image, Limits, Result};

#[path = "../support/scene.rs"]
mod scene;

/// Packs of random weights in the layouts of Stable Diffusion 1 and XL.
const SD1: &str = "tests/golden/diffusion/sd1/";
const XL: &str = "tests/golden/diffusion/xl/";

/// Every pipeline by a name that tells of its models: the embedded ones, tiny diffusion packs, and networks of the true
/// size.
const JOBS: [(&str, Job); 13] = [
    ("detect", detect),
    ("embed", embed),
    ("mask", mask),
    ("restore and enlarge", |engine, scene| restore(engine, scene, None, 2)),
    ("swap", |engine, scene| swap(engine, scene, None, None)),
    ("swap in 20 frames", swap_film),
    ("stylize", stylize),
    ("detail, tiny SD 1", |engine, scene| detail(engine, scene, SD1)),
    ("detail, tiny SD XL", |engine, scene| detail(engine, scene, XL)),
    ("refine, tiny SD 1", |engine, scene| refine(engine, scene, SD1)),
    ("refine, tiny SD XL", |engine, scene| refine(engine, scene, XL)),
    ("restore, GFPGAN's size", |engine, scene| restore(engine, scene, Some("restorer.onnx"), 1)),
    ("swap, inswapper's size", |engine, scene| {
        swap(engine, scene, Some("swapper.onnx"), Some("recognizer.onnx"))
    }),
];

type Job = fn(&Engine, &Scene) -> Result<Answer>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [provider, folder, rounds] = arguments.as_slice() else {
        panic!("usage: accelerator_jobs PROVIDER FOLDER ROUNDS");
    };
    let rounds: usize = rounds.parse().expect("ROUNDS is a number");
    let cpu = engine(Provider::Cpu)?;
    let accelerator = engine(provider.parse()?)?;
    let scene = Scene::new(folder)?;
    for (name, job) in JOBS {
        let expected = job(&cpu, &scene)?;
        let found = job(&accelerator, &scene)?;
        let (on_cpu, _) = timed(&cpu, job, &scene, 1)?;
        let (seconds, outside) = timed(&accelerator, job, &scene, rounds)?;
        let (allowed, unit) = found.bound();
        let row = serde_json::json!({
            "job": name,
            "apart": found.apart(&expected),
            "allowed": allowed,
            "unit": unit,
            "cpu": on_cpu,
            "seconds": seconds,
            "outside": outside,
        });
        println!("{row}");
    }
    Ok(())
}

/// An engine that fails where its provider cannot be used.
fn engine(provider: Provider) -> Result<Engine> {
    Engine::builder().providers([provider]).strict(true).licenses(LicensePolicy::Any).build()
}

/// The median seconds of a job, and the share of all of them in which none of the engine's models ran.
fn timed(engine: &Engine, job: Job, scene: &Scene, rounds: usize) -> Result<(f64, f64)> {
    let run_time = || -> Duration { engine.loaded_models().iter().map(|model| model.run_time).sum() };
    let before = run_time();
    let mut seconds = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        job(engine, scene)?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    // Runs side by side take more time together than passes.
    let outside = (1.0 - (run_time() - before).as_secs_f64() / seconds.iter().sum::<f64>()).max(0.0);
    seconds.sort_by(f64::total_cmp);
    Ok((seconds[rounds / 2], outside))
}

/// What the jobs work on.
struct Scene {
    portrait: Image,
    group: Image,
    film: Vec<u8>,
    folder: PathBuf,
}

impl Scene {
    fn new(folder: &str) -> Result<Self> {
        let lossless = AnimationOptions::new(FileFormat::Png);
        Ok(Self {
            portrait: scene::portrait(512),
            group: scene::group(1280, 886, 6),
            film: scene::film(320, 20).encode(&lossless)?,
            folder: folder.into(),
        })
    }

    fn network(&self, name: Option<&str>) -> Option<String> {
        name.map(|name| self.folder.join(name).display().to_string())
    }
}

/// What a job gives, as far as two providers can be held to each other.
enum Answer {
    /// Points, in pixels.
    Points(Vec<f32>),
    /// Who a face shows.
    Embedding(Vec<f32>),
    /// Pictures, in levels of 0 to 255.
    Pictures(Vec<Image>),
}

impl Answer {
    /// The largest distance of two coordinates, the cosine that two embeddings lack of 1, or the mean distance of levels.
    fn apart(&self, other: &Self) -> f32 {
        match (self, other) {
            (Self::Points(a), Self::Points(b)) if a.len() == b.len() => {
                a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            }
            (Self::Embedding(a), Self::Embedding(b)) => {
                1.0 - a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()
            }
            (Self::Pictures(a), Self::Pictures(b)) if a.len() == b.len() => {
                let levels =
                    |pictures: &[Image]| pictures.iter().flat_map(Image::pixels).copied().collect::<Vec<_>>();
                let (a, b) = (levels(a), levels(b));
                let sum: u64 = a.iter().zip(&b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
                if a.len() == b.len() { sum as f32 / a.len() as f32 } else { f32::INFINITY }
            }
            _ => f32::INFINITY,
        }
    }

    /// How far answers of networks that reckon with 10 bits in their products (TF32) may be apart, and in what.
    fn bound(&self) -> (f64, &'static str) {
        match self {
            Self::Points(_) => (1.0, "pixels"),
            Self::Embedding(_) => (0.005, "cosine"),
            Self::Pictures(_) => (1.0, "levels"),
        }
    }
}

fn detect(engine: &Engine, scene: &Scene) -> Result<Answer> {
    let found = engine.detect(&scene.group, &DetectParams::default())?;
    let coordinates = |face: &facekit::Face| {
        let points = face.five_points().expect("the detector gives points");
        points.iter().flat_map(|point| [point.x, point.y]).collect::<Vec<_>>()
    };
    Ok(Answer::Points(found.faces.iter().flat_map(coordinates).collect()))
}

fn embed(engine: &Engine, scene: &Scene) -> Result<Answer> {
    let embedded = engine.embed(&scene.portrait, &EmbedParams::default())?;
    Ok(Answer::Embedding(embedded.faces[0].embedding.unit().to_vec()))
}

fn mask(engine: &Engine, scene: &Scene) -> Result<Answer> {
    let masked = engine.mask(&scene.portrait, &FaceMaskParams::default())?;
    Ok(Answer::Pictures(vec![masked.image]))
}

fn restore(engine: &Engine, scene: &Scene, restorer: Option<&str>, upscale: u32) -> Result<Answer> {
    let restorer = scene.network(restorer);
    let params = RestoreParams { restorer, upscale, upscale_background: true, ..RestoreParams::default() };
    Ok(Answer::Pictures(vec![engine.restore(&scene.group, &params)?.image]))
}

fn swap(engine: &Engine, scene: &Scene, swapper: Option<&str>, recognizer: Option<&str>) -> Result<Answer> {
    let (swapper, recognizer) = (scene.network(swapper), scene.network(recognizer));
    let detect = DetectParams { recognizer, ..DetectParams::default() };
    let params = SwapParams { engine: SwapEngine::Network, swapper, detect, ..SwapParams::default() };
    let swapped = engine.swap(&scene.portrait, &scene.group, &params)?;
    Ok(Answer::Pictures(vec![swapped.image]))
}

fn swap_film(engine: &Engine, scene: &Scene) -> Result<Answer> {
    let params = SwapParams { engine: SwapEngine::Network, ..SwapParams::default() };
    let swapped = engine.swap_file(&[SwapSource::new(scene.portrait.view())], &scene.film, &params)?;
    let film = Animation::decode(&swapped.bytes, &Limits::default())?;
    Ok(Answer::Pictures(film.frames.into_iter().map(|frame| frame.image).collect()))
}

fn stylize(engine: &Engine, scene: &Scene) -> Result<Answer> {
    let params = StylizeParams { engine: StylizeEngine::Network, ..StylizeParams::default() };
    Ok(Answer::Pictures(vec![engine.stylize(&scene.portrait, &params)?.image]))
}

fn detail(engine: &Engine, scene: &Scene, pack: &str) -> Result<Answer> {
    let mut params = DetailParams { model: Some(pack.to_owned()), seed: 1, ..DetailParams::default() };
    params.crop.guide_size = 128;
    Ok(Answer::Pictures(engine.detail(&scene.portrait, &params)?.images))
}

fn refine(engine: &Engine, scene: &Scene, pack: &str) -> Result<Answer> {
    let params = RefineParams { model: Some(pack.to_owned()), seed: 1, ..RefineParams::default() };
    Ok(Answer::Pictures(engine.refine(&scene.portrait, &params)?.images))
}
