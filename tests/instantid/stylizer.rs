//! The parts put together: what is chosen, what is needed, and what does not fit.

use std::fs;
use std::path::Path;

use facekit::models::Models;
use facekit::style::{DiffusionOptions, DiffusionStylizer};
use facekit::{Control, ErrorKind, Face, Point, Rect};
use tempfile::TempDir;

use crate::graph::{FLOAT, Graph};
use crate::runs::{Case, LATENTS, case};
use crate::{golden, golden_path, models, picture, tiny_pack};

/// The five points of the golden faces.
const FACE: [[f32; 2]; 5] = [[23.0, 27.0], [41.0, 27.0], [31.5, 40.25], [25.0, 48.0], [39.5, 48.0]];
const PAIR: [[[f32; 2]; 5]; 2] = [
    [[15.25, 27.0], [32.75, 26.5], [23.5, 40.0], [17.0, 48.0], [31.0, 47.5]],
    [[62.5, 29.75], [79.0, 31.0], [70.0, 42.25], [63.0, 50.0], [76.5, 51.0]],
];

/// A model folder with all that the golden runs need, under names that tell what it is.
pub fn installed(case: &Case) -> TempDir {
    let folder = case.assemble();
    let home = folder.path();
    copy(&golden("diffusion/xl_control_a"), &home.join("InstantID ControlNet"));
    copy(&golden("diffusion/xl_control_b"), &home.join("mine-depth"));
    fs::copy(golden("instantid/instantid.onnx"), home.join("instantid-resampler.onnx")).unwrap();
    fs::copy(golden("instantid/midas.onnx"), home.join("midas.onnx")).unwrap();
    recognizer(&home.join("antelopev2_glintr100.onnx"), 512);
    folder
}

/// A recognizer whose embeddings are so many numbers, all 0.
pub fn recognizer(path: &Path, numbers: u32) {
    let output = format!("1 {numbers}");
    Graph::new().input("input", FLOAT, "1 3 112 112").output("embedding", &output).write(path);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

fn face(case: &Case, who: usize, points: [[f32; 2]; 5]) -> Face {
    let [left, top] = [points[0][0] - 10.0, points[0][1] - 15.0];
    let mut face =
        Face::new(Rect::new(left, top, 38.0, 48.0), 1.0, Some(points.map(|[x, y]| Point::new(x, y))));
    face.embedding = Some(case.faces[who].embedding("antelopev2_glintr100"));
    face
}

fn hosted() -> DiffusionOptions {
    let lora = Some(golden_path("diffusion/lora/xl_kohya.safetensors"));
    DiffusionOptions { lora, ..DiffusionOptions::default() }
}

fn refused(models: &Models, options: DiffusionOptions) -> (ErrorKind, String) {
    let error = DiffusionStylizer::open(models, options).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn the_hosted_defaults_give_the_latents_of_diffusers() {
    let case = case("hosted");
    let home = installed(&case);
    let models = models(Some(home.path()));
    let stylizer = DiffusionStylizer::open(&models, hosted()).unwrap();
    let names: Vec<_> = stylizer.models().collect();
    assert_eq!(
        names,
        [
            "pack",
            "xl_kohya",
            "InstantID ControlNet",
            "mine-depth",
            "instantid_resampler",
            "antelopev2_glintr100",
            "midas"
        ]
    );
    let image = picture(&case.image);
    let paint = |faces: &[Face]| {
        let negative = case.negative_prompt.as_deref();
        stylizer.paint(image.view(), faces, &case.prompt, negative, case.seed, &Control::new())
    };
    let painted = paint(&[face(&case, 0, FACE)]).unwrap();
    let distance = case.distance(&painted);
    assert!(distance <= LATENTS, "{distance}");
    let error = paint(&[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoFace);
    assert!(error.to_string().contains("instant_id_strength"), "{error}");
    let mut blind = face(&case, 0, FACE);
    blind.points = None;
    assert_eq!(paint(&[blind]).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn two_people_change_the_picture_where_they_are() {
    let case = case("faces_hosted");
    let home = installed(&case);
    let models = models(Some(home.path()));
    let options = DiffusionOptions { steps: 4, ..hosted() };
    let stylizer = DiffusionStylizer::open(&models, options).unwrap();
    let image = picture(&case.image);
    let paint = |people: [usize; 2]| {
        let faces = [face(&case, people[0], PAIR[0]), face(&case, people[1], PAIR[1])];
        let painted = stylizer.paint(image.view(), &faces, &case.prompt, None, 7, &Control::new());
        painted.unwrap().latents
    };
    let [both, same, swapped] = [[0, 1], [0, 0], [1, 0]].map(paint);
    assert_eq!(both, paint([0, 1]));
    let change = |columns: std::ops::Range<usize>| {
        let columns = ndarray::s![.., .., .., columns];
        let apart = &both.slice(columns) - &same.slice(columns);
        apart.iter().map(|apart| apart.abs()).sum::<f32>()
    };
    assert!(change(8..12) > 2.0 * change(0..4), "{} {}", change(8..12), change(0..4));
    assert_ne!(both, swapped);
}

#[test]
fn a_strength_of_0_needs_nothing() {
    let case = case("hosted");
    let home = case.assemble();
    let models = models(Some(home.path()));
    let (kind, message) = refused(&models, DiffusionOptions::default());
    assert_eq!(kind, ErrorKind::ModelNotFound);
    for part in ["`instant_id_strength` is 1 (0 goes without)", "identity adapter", "instantid_resampler"] {
        assert!(message.contains(part), "{message}");
    }
    let without_faces = DiffusionOptions { instant_id_strength: 0.0, ..DiffusionOptions::default() };
    let (kind, message) = refused(&models, without_faces.clone());
    assert_eq!(kind, ErrorKind::ModelNotFound);
    for part in ["`control_depth_strength` is 0.8 (0 goes without)", "depth network", "dpt_hybrid"] {
        assert!(message.contains(part), "{message}");
    }
    let plain = DiffusionOptions {
        control_depth_strength: 0.0,
        lora: Some("none".into()),
        lora_scale: 0.0,
        ..without_faces
    };
    let stylizer = DiffusionStylizer::open(&models, plain.clone()).unwrap();
    let image = picture(&case.image);
    stylizer.paint(image.view(), &[], &case.prompt, None, 1, &Control::new()).unwrap();
    let (kind, message) = refused(&models, DiffusionOptions { lora_scale: 1.0, ..plain });
    assert!(kind == ErrorKind::ModelNotFound && message.contains("LoRA called none"), "{message}");
}

#[test]
fn missing_parts_are_named() {
    let case = case("hosted");
    let missing = [
        ("antelopev2_glintr100.onnx", "antelopev2_glintr100"),
        ("InstantID ControlNet", "that sees the five points of faces is installed"),
        ("mine-depth", "that sees a map of depths is installed"),
        ("midas.onnx", "no depth network is installed"),
    ];
    for (file, expected) in missing {
        let home = installed(&case);
        let path = home.path().join(file);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
        let (kind, message) = refused(&models(Some(home.path())), hosted());
        assert_eq!(kind, ErrorKind::ModelNotFound, "{message}");
        assert!(message.contains(expected) && message.contains("0 goes without"), "{message}");
    }
    let home = installed(&case);
    fs::remove_dir_all(home.path().join("InstantID ControlNet")).unwrap();
    let (_, message) = refused(&models(Some(home.path())), hosted());
    let serving = message.split("these would serve: ").nth(1).unwrap();
    assert!(serving.starts_with("instantid_controlnet;"), "{message}");
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let case = case("hosted");
    let home = installed(&case);
    let path = |name: &str| Some(home.path().join(name).to_str().unwrap().to_owned());
    recognizer(&home.path().join("mobilefacenet.onnx"), 128);
    let adapter = |name: &str, sides: [&str; 2]| {
        let graph = Graph::new().input("embedding", FLOAT, sides[0]).output("image_tokens", sides[1]);
        graph.write(&home.path().join(name));
    };
    adapter("narrow.onnx", ["n 512", "n 4 64"]);
    adapter("other.onnx", ["n 256", "n 4 80"]);
    tiny_pack::sd1(&home.path().join("sd1"));
    let models = models(Some(home.path()));
    let cases = [
        (
            DiffusionOptions { recognizer: path("mobilefacenet.onnx"), ..hosted() },
            "takes embeddings of 512 numbers, and the recognizer mobilefacenet gives 128",
        ),
        (
            DiffusionOptions { adapter: path("other.onnx"), ..hosted() },
            "takes embeddings of 256 numbers, and the recognizer antelopev2_glintr100 gives 512",
        ),
        (
            DiffusionOptions { adapter: path("narrow.onnx"), ..hosted() },
            "gives tokens 64 wide, and pack attends to 80",
        ),
        (DiffusionOptions { model: Some("sd1".into()), ..hosted() }, "it is Stable Diffusion 1.x"),
        (
            DiffusionOptions { model: Some(golden_path("diffusion/xl")), ..hosted() },
            "its UNet takes no `image_tokens`",
        ),
        (
            DiffusionOptions { lora: Some(golden_path("lora/sd1_kohya.safetensors")), ..hosted() },
            "another base model",
        ),
    ];
    for (options, expected) in cases {
        let (kind, message) = refused(&models, options);
        assert_eq!(kind, ErrorKind::InvalidModel, "{message}");
        assert!(message.contains(expected), "{message}");
    }
    for strength in [-0.5, 2.5, f32::NAN] {
        let options = DiffusionOptions { instant_id_strength: strength, ..hosted() };
        assert_eq!(refused(&models, options).0, ErrorKind::InvalidParameter);
    }
}
