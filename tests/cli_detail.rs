//! `facekit detail` and `facekit refine` on the command line.

#![cfg(all(feature = "cli", feature = "embedded"))]
use std::fs;
use std::process::Command;

use facekit::picture::{FileFormat, Provenance};
use facekit::{Image, Limits};
use serde_json::{Value, json};
use tempfile::TempDir;

const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/grace_hopper.jpg");
const NO_FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pipelines/no_face.onnx");
/// A diffusion model of random weights, and what goes with it.
const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/sd1");
const LORA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/lora/sd1_kohya.safetensors");
const XL_LORA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/lora/xl_kohya.safetensors");
const CONTROLNET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/diffusion/control");

/// The options that make a run with the tiny model quick.
const QUICK: &[&str] = &["--model", PACK, "--guide-size", "128", "--num-inference-steps", "15"];

/// The exit code, and what was printed on both outputs.
fn facekit(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_facekit")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What is printed where the program must end well.
fn succeed(args: &[&str]) -> String {
    let (code, said, err) = facekit(args);
    assert_eq!(code, Some(0), "{args:?}: {err}");
    said
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn files(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn open(path: &str) -> Image {
    Image::open(path, &Limits::default()).unwrap()
}

#[test]
fn a_face_is_repainted_and_told_of() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.png");
    let said = succeed(&[&["detail", "--json", ASTRONAUT, "-o", &out], QUICK].concat());
    let told: Value = serde_json::from_str(&said).unwrap();
    let keys: Vec<_> = told.as_object().unwrap().keys().collect();
    let expected =
        ["input", "width", "height", "engine", "scheduler", "seeds", "models", "faces", "metrics", "output"];
    assert_eq!(keys, expected);
    assert_eq!((&told["input"], &told["output"]), (&json!(ASTRONAUT), &json!([out])));
    assert_eq!((&told["engine"], &told["seeds"]), (&json!("diffusion"), &json!([12467])));
    assert_eq!(told["models"][1], "sd1");
    assert_eq!(told["faces"].as_array().unwrap().len(), 1);
    let detailed = open(&out);
    assert_eq!(detailed.metadata().provenance(), Some(Provenance::Composite));
    assert_ne!(detailed.pixels(), open(ASTRONAUT).pixels());

    let again = path(&folder, "again.png");
    let said = succeed(&[&["detail", ASTRONAUT, "-o", &again], QUICK].concat());
    assert!(
        said.starts_with(ASTRONAUT) && said.contains("1 face repainted") && said.contains(&again),
        "{said}"
    );
    assert_eq!(fs::read(&again).unwrap(), fs::read(&out).unwrap());

    let none = path(&folder, "none.png");
    let said = succeed(&[&["detail", ASTRONAUT, "-o", &none, "--detector", NO_FACE], QUICK].concat());
    assert!(said.contains("no face found"), "{said}");
    assert_eq!(open(&none).pixels(), open(ASTRONAUT).pixels());
}

#[test]
fn samples_are_files_with_numbers() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "a.b.png");
    let samples = &["--samples", "3", "--seed", "4294967295", "--json"];
    let said = succeed(&[&["detail", ASTRONAUT, "-o", &out], QUICK, samples].concat());
    assert_eq!(files(&folder), ["a.b-1.png", "a.b-2.png", "a.b-3.png"]);
    let told: Value = serde_json::from_str(&said).unwrap();
    let names = ["a.b-1.png", "a.b-2.png", "a.b-3.png"].map(|name| path(&folder, name));
    assert_eq!(told["output"], json!(names));
    assert_eq!(told["seeds"], json!([4_294_967_295_u32, 0, 1]));
}

#[test]
fn the_name_or_the_option_says_the_format() {
    let folder = TempDir::new().unwrap();
    let refine = |name: &str, more: &[&str]| {
        let out = path(&folder, name);
        let args = ["refine", ASTRONAUT, "-o", &out, "--fallback", "restore"];
        succeed(&[&args[..], more].concat());
        fs::read(out).unwrap()
    };
    assert_eq!(FileFormat::of(&refine("a.webp", &[])), Some(FileFormat::Webp));
    assert_eq!(FileFormat::of(&refine("a.png", &["--image-format", "jpeg"])), Some(FileFormat::Jpeg));
    assert_eq!(FileFormat::of(&refine("no_ending", &["--image-format", "png"])), Some(FileFormat::Png));
    let (fine, coarse) = (refine("a.jpg", &[]), refine("b.jpg", &["--image-quality", "10"]));
    assert!(coarse.len() * 4 < fine.len(), "{} {}", coarse.len(), fine.len());
    let text = refine("a.txt", &["--base64", "--image-format", "png"]);
    assert!(text.starts_with(b"iVBORw0KGgo"), "a PNG in base64");
}

#[test]
fn a_folder_is_filled_in_the_default_format() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "");
    let said = succeed(&["detail", ASTRONAUT, HOPPER, "-o", &out, "--fallback=restore"]);
    assert_eq!(files(&folder), ["astronaut.jpg", "grace_hopper.jpg"]);
    assert_eq!(said.lines().count(), 2);
    assert!(said.contains("1 face restored, since no diffusion model is installed, in"), "{said}");
}

#[test]
fn a_refinement_takes_every_part_of_a_model() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.png");
    let lora = format!("{LORA}:0.5");
    let controlnet = format!("{CONTROLNET}:0.5:0:0.5");
    let parts = ["--loras", &lora, "--loras", LORA, "--controlnets", &controlnet, "--scheduler", "euler"];
    let allowed = ["--allow-license", "sd1_kohya"];
    let more = ["--karras", "--denoising", "5", "--guidance-scale", "1", "--clip-skip", "1", "--json"];
    let said = succeed(&[&["refine", ASTRONAUT, "-o", &out], QUICK, &allowed, &parts, &more].concat());
    let told: Value = serde_json::from_str(&said).unwrap();
    let models: Vec<_> =
        told["models"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(told["scheduler"], "euler");
    assert_eq!(models[1..], ["sd1", "sd1_kohya", "sd1_kohya", "control"]);
}

#[test]
fn an_installed_pack_is_found_by_its_name_and_without_one() {
    let (store, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (models, out) = (store.path().to_str().unwrap(), path(&folder, "out.png"));
    succeed(&["models", "add", PACK, "--models", models]);
    for model in [&[][..], &["--model", "sd1"]] {
        let args = ["refine", ASTRONAUT, "-o", &out, "--models", models, "--guide-size=128", "--denoising=1"];
        let said = succeed(&[&args[..], model].concat());
        assert!(said.contains("1 face repainted"), "{said}");
    }
    // A restorer does not stand in for a LoRA.
    let lora = ["detail", ASTRONAUT, "-o", &out, "--models", models, "--loras=no-such", "--fallback=restore"];
    let (code, _, err) = facekit(&lora);
    assert_eq!(code, Some(1));
    assert!(err.contains("no-such") && !err.contains("`fallback`"), "{err}");
}

#[test]
fn without_a_model_it_says_what_would_serve() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.png");
    for command in ["detail", "refine"] {
        let (code, said, err) = facekit(&[command, ASTRONAUT, "-o", &out]);
        assert_eq!((code, said.as_str()), (Some(1), ""), "{err}");
        for words in [ASTRONAUT, "diffusion", "would serve", "models/export/export.py", "`fallback`"] {
            assert!(err.contains(words), "`{words}` is not in: {err}");
        }
    }
    // A restorer stands in for a model that is not installed, and not for one that was asked for by its name.
    let asked = ["detail", ASTRONAUT, "-o", &out, "--model", "my-model", "--fallback", "restore"];
    let (code, _, err) = facekit(&asked);
    assert_eq!(code, Some(1));
    assert!(err.contains("my-model"), "{err}");
    assert!(files(&folder).is_empty());
}

#[test]
fn bad_values_are_refused_before_anything_runs() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.png");
    for (command, option, words) in [
        ("detail", "--samples=5", "`samples` is 5, and must be 1 to 4"),
        ("detail", "--num-inference-steps=14", "15 to 75"),
        ("detail", "--guidance-scale=10.5", "5 to 10"),
        ("detail", "--denoise=1.5", "0 to 1"),
        ("detail", "--denoise=nan", "--denoise is `nan`, and must be a number"),
        ("detail", "--seed=-1", "--seed is `-1`, and must be a whole number"),
        ("detail", "--seed=4294967296", "--seed"),
        ("detail", "--image-format=bmp", "webp"),
        ("detail", "--image-quality=9", "10 to 100"),
        ("detail", "--scheduler=magic", "dpmpp_2m_sde"),
        ("detail", "--loras=a:1:2", "NAME:SCALE"),
        ("detail", "--loras=a:9", "-4 to 4"),
        ("detail", "--controlnets=a:1:1:0", "a start below its end"),
        ("detail", "--mask-shape=oval", "contour"),
        ("detail", "--crop-factor=0.5", "1 to 8"),
        ("detail", "--guide-size=100", "`guide_size` is 100, and must be a multiple of 64"),
        ("refine", "--denoising=0", "1 to 5"),
        ("refine", "--denoising=2.5", "--denoising is `2.5`, and must be a whole number"),
        ("refine", "--fallback=hope", "restore"),
        ("refine", "--samples=2", "--samples"),
    ] {
        let (code, _, err) = facekit(&[command, "/nonexistent.png", "-o", &out, option]);
        assert_eq!(code, Some(2), "{option}: {err}");
        assert!(err.contains(words) && !err.contains("panicked"), "{option}: {err}");
    }
    let (code, _, err) = facekit(&["detail", ASTRONAUT]);
    assert!(code == Some(2) && err.contains("--output"), "{err}");
    let (code, _, err) = facekit(&["detail", ASTRONAUT, "-o", &path(&folder, "a.doc")]);
    assert!(code == Some(2) && err.contains("a.doc"), "{err}");
    assert!(files(&folder).is_empty());
}

#[test]
fn what_fails_is_named_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.png");
    let cut = TempDir::new().unwrap();
    let picture = path(&cut, "cut.jpg");
    let bytes = fs::read(HOPPER).unwrap();
    fs::write(&picture, &bytes[..bytes.len() / 2]).unwrap();
    for (input, options, words) in [
        (picture.as_str(), &[][..], "cut short"),
        ("/nonexistent.png", &[], "nonexistent"),
        ("https://example.com/a.png", &[], "no network"),
        (ASTRONAUT, &["--loras", LORA], "allow `sd1_kohya` by name"),
        (
            ASTRONAUT,
            &["--loras", XL_LORA, "--allow-license=xl_kohya"],
            "choose a LoRA for Stable Diffusion 1.x",
        ),
        (ASTRONAUT, &["--loras", "/nonexistent.safetensors"], "nonexistent.safetensors"),
        (ASTRONAUT, &["--controlnets", "no-such-controlnet"], "no-such-controlnet"),
        (ASTRONAUT, &["--memory-budget", "0"], "memory"),
    ] {
        let (code, said, err) = facekit(&[&["detail", input, "-o", &out], QUICK, options].concat());
        assert_eq!((code, said.as_str()), (Some(1), ""), "{options:?}: {err}");
        assert!(err.contains(words) && !err.contains("panicked"), "{options:?}: {err}");
        assert!(files(&folder).is_empty(), "{options:?}");
    }
}

#[test]
fn help_tells_what_each_option_is() {
    for command in ["detail", "refine"] {
        let help = succeed(&[command, "--help"]);
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for option in ["--prompt <TEXT>", "--loras <NAME:SCALE>", "--controlnets <NAME:SCALE:START:END>"] {
            assert!(words.contains(option), "`{option}` is not in: {words}");
        }
        assert!(words.contains("[default: clear face and natural skin]"), "{words}");
        assert!(words.contains("[default: 1.6]"), "numbers are as short as they can be: {words}");
        assert!(!words.contains("[default: []]"), "{words}");
    }
}
