//! Every pipeline, by every engine that it has, on small pictures and the tiny models of `tests/golden`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use facekit::geometry::{Filter, resize};
use facekit::params::{
    DetailParams, DetectParams, EmbedParams, FaceMaskParams, RefineParams, RestoreParams, StylizeEngine,
    StylizeParams, SwapEngine, SwapParams,
};
use facekit::picture::{AnimationOptions, AnimationWriter, FileFormat, Frame};
use facekit::pipelines::SwapSource;
use facekit::style::Style;
use facekit::{Image, Limits, Request};
use serde_json::Value;
use tempfile::TempDir;

use crate::golden_pack;

/// What the requests borrow.
pub struct Inputs {
    home: TempDir,
    astronaut: Image,
    hopper: Image,
    film: Vec<u8>,
}

impl Inputs {
    pub fn new() -> Self {
        let astronaut = photo("astronaut.png", [80, 0, 320, 320]);
        let hopper = photo("grace_hopper.jpg", [100, 40, 320, 320]);
        let film = film(&astronaut);
        Self { home: stylizers_home(), astronaut, hopper, film }
    }

    /// The folder of the models that are chosen by what they are, and not by a path.
    pub fn models(&self) -> &Path {
        self.home.path()
    }
}

/// Every pipeline with a name that tells what runs it.
pub fn all(inputs: &Inputs) -> Vec<(&'static str, Request<'_>)> {
    let Inputs { astronaut, hopper, film, .. } = inputs;
    let sources = || vec![SwapSource::new(hopper)];
    let meshes = || SwapParams { engine: SwapEngine::Mesh, face_restore: false, ..SwapParams::default() };
    let classic = |style| StylizeParams { style, engine: StylizeEngine::Classic, ..StylizeParams::default() };
    let stylize = |params| Request::Stylize { image: astronaut.into(), style_image: None, params };
    let landmarks = DetectParams { landmarks: true, ..DetectParams::default() };
    vec![
        ("detect", Request::Detect { image: astronaut.into(), params: landmarks }),
        ("embed", Request::Embed { image: astronaut.into(), params: embed() }),
        ("compare", Request::Compare { images: [astronaut.into(), hopper.into()], params: embed() }),
        ("mask", Request::Mask { image: hopper.into(), params: FaceMaskParams::default() }),
        ("restore, embedded", Request::Restore { image: hopper.into(), params: RestoreParams::default() }),
        (
            "restore, gpen",
            Request::Restore { image: astronaut.into(), params: restore("models/gpen_256.onnx") },
        ),
        ("detail", Request::Detail { image: astronaut.into(), params: detail() }),
        ("refine", Request::Refine { image: hopper.into(), params: refine() }),
        ("stylize, classic", stylize(classic(Style::Toy))),
        ("stylize, network", stylize(network_style())),
        ("stylize, diffusion", stylize(diffusion_style())),
        (
            "stylize, film",
            Request::StylizeFile { file: film.into(), style_image: None, params: classic(Style::Pixels) },
        ),
        ("swap, mesh", Request::Swap { sources: sources(), target: astronaut.into(), params: meshes() }),
        (
            "swap, network",
            Request::Swap { sources: sources(), target: astronaut.into(), params: network_swap() },
        ),
        ("swap, film", Request::SwapFile { sources: sources(), target: film.into(), params: meshes() }),
    ]
}

fn embed() -> EmbedParams {
    EmbedParams { recognizer: Some(golden("networks/sface.onnx")), ..EmbedParams::default() }
}

fn restore(restorer: &str) -> RestoreParams {
    RestoreParams { restorer: Some(golden(restorer)), ..RestoreParams::default() }
}

/// Diffusion of random weights at a size that runs quickly.
fn detail() -> DetailParams {
    let mut params = DetailParams {
        model: Some(golden("diffusion/sd1")),
        num_inference_steps: 15,
        ..DetailParams::default()
    };
    params.crop.guide_size = 128;
    params
}

fn refine() -> RefineParams {
    let mut params = RefineParams {
        model: Some(golden("diffusion/sd1")),
        num_inference_steps: Some(4),
        ..RefineParams::default()
    };
    params.crop.guide_size = 128;
    params
}

fn network_style() -> StylizeParams {
    StylizeParams {
        engine: StylizeEngine::Network,
        stylizer: Some(golden("stylizers/white_box.onnx")),
        ..StylizeParams::default()
    }
}

fn diffusion_style() -> StylizeParams {
    StylizeParams {
        engine: StylizeEngine::Diffusion,
        num_inference_steps: 3,
        size: 128,
        seed: 7,
        ..StylizeParams::default()
    }
}

fn network_swap() -> SwapParams {
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

/// A folder with all that the diffusion of [`Style::ThreeD`] needs, under the names by which it is found.
fn stylizers_home() -> TempDir {
    let cases: Value = serde_json::from_slice(&fs::read(golden("instantid/cases.json")).unwrap()).unwrap();
    let hosted = cases.as_array().unwrap().iter().find(|case| case["name"] == "hosted").unwrap();
    let parts = serde_json::from_value(hosted["pack"].clone()).unwrap();
    let home = golden_pack::assemble(Path::new(&golden("")), &parts, &hosted["scheduler"]);
    for (from, to) in [("xl_control_a", "InstantID ControlNet"), ("xl_control_b", "mine-depth")] {
        golden_pack::copy(Path::new(&golden("diffusion")).join(from).as_path(), &home.path().join(to));
    }
    for (from, to) in [
        ("instantid/instantid.onnx", "instantid-resampler.onnx"),
        ("instantid/midas.onnx", "midas.onnx"),
        ("swap/arcface_tiny.onnx", "antelopev2_glintr100.onnx"),
        ("diffusion/lora/xl_kohya.safetensors", "3DRedmond-3DRenderStyle-3DRenderAF.safetensors"),
    ] {
        fs::copy(golden(from), home.path().join(to)).unwrap();
    }
    home
}

/// Three frames in which the face moves.
fn film(photo: &Image) -> Vec<u8> {
    let mut writer = AnimationWriter::new(96, 96, &AnimationOptions::new(FileFormat::Gif)).unwrap();
    for i in 0..3 {
        let cut = photo.view().crop(6 * i, 0, 140, 140).unwrap();
        let frame = resize(cut, 96, 96, Filter::Area).unwrap();
        writer.push(&Frame::new(frame, Duration::from_millis(80))).unwrap();
    }
    writer.finish().unwrap()
}

/// A part of a photograph, its left edge, top edge, width and height, at half its size.
fn photo(name: &str, [x, y, width, height]: [u32; 4]) -> Image {
    let photo = Image::open(root().join("examples/photos").join(name), &Limits::default()).unwrap();
    resize(photo.view().crop(x, y, width, height).unwrap(), width / 2, height / 2, Filter::Area).unwrap()
}

fn golden(name: &str) -> String {
    root().join("tests/golden").join(name).to_str().unwrap().to_owned()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
