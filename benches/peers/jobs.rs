//! The jobs that `peers.py` compares with other libraries: one process that does as it is told, line by line.
//!
//! Run: `cargo run --release --example peer_jobs -- FOLDER THREADS`, where FOLDER holds what `peers.py` wrote for both
//! sides: pictures, models and tables. A line `NAME COUNT` of the input runs a job once to warm up and then COUNT times,
//! and is answered by a line of JSON: the seconds of each run, those of all runs of the engine's models in them together, and
//! the most memory that the process ever took, in bytes.

use std::collections::HashMap;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use facekit::geometry::{
    Border, Filter, Mask, Similarity, Template, crop_face, gaussian_blur, paste, resize, warp,
};
use facekit::models::LicensePolicy;
use facekit::params::{DetectParams, EmbedParams, RestoreParams, SwapEngine, SwapParams};
use facekit::picture::{EncodeOptions, FileFormat};
use facekit::pipelines::SwapSource;
use facekit::runtime::PixelCoding;
use facekit::{Engine, Image, Limits, Point};

#[path = "../support/memory.rs"]
mod memory;

type Job<'a> = Box<dyn FnMut() + 'a>;

fn main() {
    let mut args = std::env::args().skip(1);
    let (folder, threads) = (PathBuf::from(args.next().unwrap()), args.next().unwrap().parse().unwrap());
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let bench = Bench::new(folder, threads);
    let mut jobs: HashMap<String, Job<'_>> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (name, count) = line.split_once(' ').unwrap();
        let job = jobs.entry(name.to_owned()).or_insert_with(|| bench.job(name));
        job();
        let before = bench.seconds_of_runs();
        let seconds: Vec<f64> = (0..count.parse().unwrap())
            .map(|_| {
                let start = Instant::now();
                job();
                start.elapsed().as_secs_f64()
            })
            .collect();
        let (runs, peak) = (bench.seconds_of_runs() - before, memory::peak().unwrap_or_default());
        println!("{}", serde_json::json!({ "seconds": seconds, "runs": runs, "peak": peak }));
        std::io::stdout().flush().unwrap();
    }
}

/// What the jobs share.
struct Bench {
    folder: PathBuf,
    engine: Engine,
}

impl Bench {
    fn new(folder: PathBuf, threads: usize) -> Self {
        let builder = Engine::builder().threads(threads).licenses(LicensePolicy::Any);
        Self { engine: builder.build().unwrap(), folder }
    }

    fn job(&self, name: &str) -> Job<'_> {
        match name {
            "jpeg_decode" => {
                let bytes = self.bytes("large.jpg");
                Box::new(move || drop(black_box(Image::decode(&bytes, &Limits::default()).unwrap())))
            }
            "jpeg_encode" => {
                let picture = self.picture("large.jpg");
                let options = EncodeOptions { quality: 90, ..EncodeOptions::new(FileFormat::Jpeg) };
                Box::new(move || drop(black_box(picture.encode(&options).unwrap())))
            }
            "jpeg_both" => {
                let bytes = self.bytes("large.jpg");
                let options = EncodeOptions { quality: 90, ..EncodeOptions::new(FileFormat::Jpeg) };
                Box::new(move || {
                    let picture = Image::decode(&bytes, &Limits::default()).unwrap();
                    drop(black_box(picture.encode(&options).unwrap()));
                })
            }
            "resize_bilinear" => self.on_large(|large| {
                resize(large.view(), 1024, 768, Filter::Bilinear).unwrap();
            }),
            "resize_bilinear_half" => self.on_large(|large| {
                resize(large.view(), 2560, 1920, Filter::Bilinear).unwrap();
            }),
            "resize_area" => self.on_large(|large| {
                resize(large.view(), 1024, 768, Filter::Area).unwrap();
            }),
            "resize_lanczos" => self.on_large(|large| {
                resize(large.view(), 1024, 768, Filter::Lanczos3).unwrap();
            }),
            "tensor" => {
                let picture = self.picture("group.png");
                Box::new(move || drop(black_box(PixelCoding::SIGNED_RGB.encode(picture.view()))))
            }
            "gaussian" => {
                let picture = self.picture("face.png");
                Box::new(move || drop(black_box(gaussian_blur(picture.view(), 5.0).unwrap())))
            }
            "mask_blur" => {
                let mask = Mask::face_box(512, 512, 0.3, [0.0; 4]).unwrap();
                Box::new(move || drop(black_box(mask.blur(19.0).unwrap())))
            }
            "warp" => {
                let (large, to_crop) = (self.picture("large.jpg"), self.alignments(512).remove(0));
                Box::new(move || {
                    drop(black_box(warp(large.view(), &to_crop, 512, 512, Border::Replicate).unwrap()))
                })
            }
            "paste" => {
                let (mut large, to_crop) = (self.picture("large.jpg"), self.alignments(512).remove(0));
                let (face, mask) =
                    (self.picture("face.png"), Mask::face_box(512, 512, 0.3, [0.0; 4]).unwrap());
                Box::new(move || {
                    black_box(paste(&mut large.view_mut(), face.view(), &mask, &to_crop).unwrap());
                })
            }
            "align_and_paste_30" => {
                let (mut large, all) = (self.picture("large.jpg"), self.alignments(256));
                Box::new(move || {
                    let mask = Mask::face_box(256, 256, 0.3, [0.0; 4]).unwrap();
                    for to_crop in &all {
                        let crop = crop_face(large.view(), to_crop, 256, 256, Border::Replicate).unwrap();
                        paste(&mut large.view_mut(), crop.view(), &mask, to_crop).unwrap();
                    }
                })
            }
            "detect_yunet" => self.detect("yunet.onnx", 0),
            "detect_scrfd" => self.detect("scrfd.onnx", 640),
            "embed" => {
                let picture = self.picture("face.png");
                let recognizer = Some(self.path("recognizer.onnx"));
                let params = EmbedParams { recognizer, detect: self.detector("yunet.onnx", 0) };
                Box::new(move || drop(black_box(self.engine.embed(&picture, &params).unwrap())))
            }
            "embed_arcface" => {
                let params = EmbedParams {
                    recognizer: Some(self.path("arcface.onnx")),
                    detect: self.detector("scrfd.onnx", 640),
                };
                let picture = self.picture("face.png");
                Box::new(move || drop(black_box(self.engine.embed(&picture, &params).unwrap())))
            }
            "swap_inswapper" => {
                let (source, picture) = (self.picture("face.png"), self.picture("group.png"));
                let params =
                    self.swap_params("inswapper.onnx", "arcface.onnx", self.detector("scrfd.onnx", 640));
                Box::new(move || drop(black_box(self.engine.swap(&source, &picture, &params).unwrap())))
            }
            "restore" => {
                let picture = self.picture("group.png");
                let params = self.restore_params();
                Box::new(move || drop(black_box(self.engine.restore(&picture, &params).unwrap())))
            }
            "restore_8_by_1" => self.restore_8(1),
            "restore_8_by_2" => self.restore_8(2),
            "swap_gif" => {
                let (source, gif) = (self.picture("face.png"), self.bytes("film.gif"));
                let params = self.tiny_swap_params();
                Box::new(move || {
                    let source = SwapSource::new(&source);
                    drop(black_box(self.engine.swap_file(&[source], &gif, &params).unwrap()));
                })
            }
            "detect_swap_restore" => {
                let (bytes, source) = (self.bytes("group.png"), self.picture("face.png"));
                let swap = self.tiny_swap_params();
                let restore = RestoreParams { detect: swap.detect.clone(), ..RestoreParams::default() };
                Box::new(move || {
                    let picture = Image::decode(&bytes, &Limits::default()).unwrap();
                    let swapped = self.engine.swap(&source, &picture, &swap).unwrap();
                    drop(black_box(self.engine.restore(&swapped.image, &restore).unwrap()));
                })
            }
            "engine" => Box::new(|| drop(black_box(Engine::builder().build().unwrap()))),
            name => panic!("there is no job {name}"),
        }
    }

    /// The seconds that the models of the engine ran so far.
    fn seconds_of_runs(&self) -> f64 {
        self.engine.loaded_models().iter().map(|model| model.run_time.as_secs_f64()).sum()
    }

    /// Eight pictures restored by several threads that share the engine.
    fn restore_8(&self, workers: usize) -> Job<'_> {
        let (picture, params) = (self.picture("face.png"), self.restore_params());
        Box::new(move || {
            std::thread::scope(|scope| {
                for _ in 0..workers {
                    scope.spawn(|| {
                        for _ in 0..8 / workers {
                            black_box(self.engine.restore(&picture, &params).unwrap());
                        }
                    });
                }
            });
        })
    }

    fn restore_params(&self) -> RestoreParams {
        RestoreParams { detect: self.detector("yunet.onnx", 640), ..RestoreParams::default() }
    }

    fn tiny_swap_params(&self) -> SwapParams {
        self.swap_params("swapper.onnx", "recognizer.onnx", self.detector("yunet.onnx", 0))
    }

    fn swap_params(&self, swapper: &str, recognizer: &str, detect: DetectParams) -> SwapParams {
        SwapParams {
            engine: SwapEngine::Network,
            swapper: Some(self.path(swapper)),
            face_restore: false,
            detect: DetectParams { recognizer: Some(self.path(recognizer)), ..detect },
            ..SwapParams::default()
        }
    }

    fn detector(&self, file: &str, input_size: u32) -> DetectParams {
        DetectParams { detector: Some(self.path(file)), input_size, ..DetectParams::default() }
    }

    fn detect(&self, file: &str, input_size: u32) -> Job<'_> {
        let (picture, params) = (self.picture("group.png"), self.detector(file, input_size));
        Box::new(move || drop(black_box(self.engine.detect(&picture, &params).unwrap())))
    }

    fn on_large(&self, job: impl Fn(&Image) + 'static) -> Job<'_> {
        let large = self.picture("large.jpg");
        Box::new(move || job(&large))
    }

    /// The alignments of the faces of `faces.json`, five points each, to ffhq_512 at a size.
    fn alignments(&self, size: u32) -> Vec<Similarity> {
        let faces: Vec<[[f32; 2]; 5]> = serde_json::from_slice(&self.bytes("faces.json")).unwrap();
        let template = Template::Ffhq512.points(size);
        let points = |face: &[[f32; 2]; 5]| face.map(|[x, y]| Point::new(x, y));
        faces.iter().map(|face| Similarity::estimate(&points(face), &template).unwrap()).collect()
    }

    fn picture(&self, name: &str) -> Image {
        Image::open(self.folder.join(name), &Limits::default()).unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap()
    }

    fn path(&self, name: &str) -> String {
        Path::new(&self.folder).join(name).display().to_string()
    }
}
