//! The command line program: what it prints, what it writes, and how it ends.

#![cfg(feature = "cli")]
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use facekit::params::{DetectParams, Kind, ParameterSet, RestoreParams};
use facekit::picture::{FileFormat, Provenance};
use facekit::{Image, Limits};
use serde_json::Value;
use tempfile::TempDir;

const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/grace_hopper.jpg");
const GPEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/models/gpen_256.onnx");
const ONE_FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pipelines/one_face.onnx");
const NO_FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pipelines/no_face.onnx");

const RECOGNIZER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/networks/sface.onnx");
const LANDMARKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/networks/pfld_68_means.onnx");

/// How the program ended, and what it printed.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn facekit(args: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_facekit")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The program's result where it must end well.
fn succeed(args: &[&str]) -> Ended {
    let ended = facekit(args);
    assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.err);
    ended
}

/// Fails unless the program ends with a code and says all of the words on its error output, in one message.
fn fail(args: &[&str], code: i32, words: &[&str]) {
    let ended = facekit(args);
    assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.err);
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    for word in words {
        assert!(ended.err.contains(word), "{args:?}: `{word}` is not in: {}", ended.err);
    }
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn open(path: impl AsRef<Path>) -> Image {
    Image::open(path, &Limits::default()).unwrap()
}

fn files(folder: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn detect_tells_of_each_picture() {
    let text = succeed(&["detect", ASTRONAUT]).out;
    assert!(text.starts_with(ASTRONAUT) && text.contains("512×512, 1 face, facekit-lite-detect"), "{text}");
    assert_eq!(text.lines().count(), 2);

    let lines = succeed(&["detect", "--json", ASTRONAUT, HOPPER]).out;
    let objects: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    for (object, (input, height)) in objects.iter().zip([(ASTRONAUT, 512), (HOPPER, 600)]) {
        assert_eq!(keys(object), ["input", "width", "height", "model", "faces", "metrics"]);
        assert_eq!(object["input"], input);
        assert_eq!((object["width"].as_u64(), object["height"].as_u64()), (Some(512), Some(height)));
        let [face] = object["faces"].as_array().unwrap().as_slice() else { panic!("{object}") };
        assert_eq!(keys(face), ["box", "score", "points"]);
        assert_eq!(face["box"].as_array().unwrap().len(), 4);
        let points = face["points"].as_array().unwrap();
        assert!(points.len() == 5 && points.iter().all(|point| point.as_array().unwrap().len() == 2));
        assert!(object["metrics"]["inference_time"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn detect_draws_what_it_finds() {
    let folder = TempDir::new().unwrap();
    let drawn = path(&folder, "drawn.png");
    succeed(&["detect", ASTRONAUT, "--output", &drawn]);
    let (before, after) = (open(ASTRONAUT), open(&drawn));
    assert_eq!((after.width(), after.height()), (512, 512));
    let changed = before.pixels().iter().zip(after.pixels()).filter(|(a, b)| a != b).count();
    assert!((500..50_000).contains(&changed), "{changed}");
}

#[test]
fn restore_writes_a_picture_that_says_so() {
    let folder = TempDir::new().unwrap();
    let restored = path(&folder, "restored.jpg");
    let line = succeed(&["restore", ASTRONAUT, "-o", &restored, "--restorer", GPEN, "--json"]).out;
    let object: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(keys(&object), ["input", "width", "height", "models", "faces", "metrics", "output"]);
    assert_eq!(object["models"], serde_json::json!(["facekit-lite-detect", "gpen_256"]));
    assert_eq!(object["output"], restored);
    assert_eq!(open(&restored).metadata().provenance(), Some(Provenance::Composite));

    let without = path(&folder, "no_face.png");
    let text =
        succeed(&["restore", ASTRONAUT, "-o", &without, "--restorer", GPEN, "--detector", NO_FACE]).out;
    assert!(text.contains("no face found"), "{text}");
    assert!(open(&without).pixels() == open(ASTRONAUT).pixels());
    fail(&["restore", ASTRONAUT], 2, &["--output"]);
}

#[test]
fn format_and_quality_are_those_asked_for() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, more: &[&str]| {
        let path = path(&folder, name);
        succeed(&[&["detect", ASTRONAUT, "-o", &path], more].concat());
        fs::read(path).unwrap()
    };
    let fine = write("fine.jpg", &[]);
    let coarse = write("coarse.jpg", &["--image-quality", "10"]);
    assert!(fine.starts_with(b"\xFF\xD8") && coarse.len() * 4 < fine.len());
    assert!(write("named.png", &["--image-format", "webp"]).starts_with(b"RIFF"));
    assert!(write("no_ending", &["--image-format", "png"]).starts_with(b"\x89PNG"));
    assert!(write("small.gif", &[]).starts_with(b"GIF89a"));
    fail(&["detect", ASTRONAUT, "-o", &path(&folder, "a.bmp")], 2, &["a.bmp", ".png"]);
    assert!(!folder.path().join("a.bmp").exists());
}

#[test]
fn a_folder_becomes_a_folder() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in");
    fs::create_dir_all(input.join("more")).unwrap();
    fs::copy(ASTRONAUT, input.join("a.png")).unwrap();
    fs::copy(HOPPER, input.join("more/b.jpg")).unwrap();
    fs::write(input.join("notes.txt"), "no picture").unwrap();
    let (input, output) = (path(&folder, "in"), path(&folder, "out"));
    succeed(&["restore", &input, "-o", &output, "--restorer", GPEN, "--detector", NO_FACE]);
    assert_eq!(files(&output), ["a.png", "more"]);
    assert_eq!(files(Path::new(&output).join("more")), ["b.jpg"]);

    // One picture in a folder is written into a folder too.
    let (single, output) = (path(&folder, "in/more"), path(&folder, "single"));
    succeed(&["detect", &single, "-o", &output, "--image-format", "webp", "--detector", ONE_FACE]);
    assert_eq!(files(&output), ["b.webp"]);
    fail(&["detect", &single, "-o", ASTRONAUT, "--detector", ONE_FACE], 2, &["is a file", "folder"]);

    let empty = path(&folder, "empty");
    fs::create_dir(&empty).unwrap();
    fail(&["detect", &empty], 1, &["holds no picture"]);
}

#[test]
fn one_bad_input_does_not_stop_the_rest() {
    let folder = TempDir::new().unwrap();
    let (bad, output) = (path(&folder, "bad.png"), path(&folder, "out/"));
    fs::write(&bad, "this is no picture").unwrap();
    let ended =
        facekit(&["detect", ASTRONAUT, &bad, HOPPER, "--json", "-o", &output, "--detector", ONE_FACE]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains(&bad) && ended.err.contains("1 of 3 inputs failed"), "{}", ended.err);
    // With what `--resume` needs, as not everything was done.
    assert_eq!(files(&output), [".facekit-resume.jsonl", "astronaut.png", "grace_hopper.jpg"]);
    let objects: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(keys(&objects[1]), ["input", "error"]);
    assert_eq!(objects.iter().filter(|object| object.get("faces").is_some()).count(), 2);
}

#[test]
fn two_inputs_never_become_one_output() {
    let folder = TempDir::new().unwrap();
    let copy = path(&folder, "astronaut.png");
    fs::copy(ASTRONAUT, &copy).unwrap();
    let output = path(&folder, "out");
    fail(&["detect", ASTRONAUT, &copy, "-o", &output], 2, &["would both be written", "astronaut.png"]);
    assert!(!Path::new(&output).exists());
}

#[test]
fn wrong_options_are_refused_before_any_work() {
    for (option, words) in [
        ("--max-faces=1001", &["`max_faces`", "0 to 1000"][..]),
        ("--max-faces=all", &["--max-faces", "`all`", "whole number"]),
        ("--min-size=-1", &["`min_size`", "0 to 16384"]),
        ("--score-threshold=nan", &["--score-threshold", "a number"]),
        ("--order=sideways", &["sideways", "left-right"]),
        ("--angles=0,45", &["`angles`", "0, 90, 180 and 270"]),
        ("--image-quality=101", &["--image-quality", "10..=100"]),
        ("--image-format=bmp", &["bmp", "png"]),
        ("--provider=tpu", &["tpu", "cuda"]),
        ("--no-such-option", &["--no-such-option"]),
    ] {
        fail(&["detect", ASTRONAUT, option], 2, words);
    }
    fail(
        &["restore", ASTRONAUT, "-o", "x.png", "--mask-padding", "1,2,3"],
        2,
        &["--mask-padding", "4 numbers"],
    );
    fail(&["restore", ASTRONAUT, "-o", "x.png", "--provenance=maybe"], 2, &["--provenance", "true or false"]);
    fail(&["detect"], 2, &["<IN>"]);
    fail(&["paint", ASTRONAUT], 2, &["paint"]);
}

#[test]
fn bad_input_is_named_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let make = |name: &str, bytes: &[u8]| {
        let path = path(&folder, name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let (png, jpeg) = (fs::read(ASTRONAUT).unwrap(), fs::read(HOPPER).unwrap());
    let mut huge = png.clone();
    // Width and height stand at 16, their checksum at 29.
    huge[16..24].copy_from_slice(&[60_000u32.to_be_bytes(), 60_000u32.to_be_bytes()].concat());
    let checksum = crc32(&huge[12..29]).to_be_bytes();
    huge[29..33].copy_from_slice(&checksum);
    let inputs = [
        (path(&folder, "missing.png"), "missing.png"),
        (make("empty.png", b""), "empty"),
        (make("text.jpg", b"dear sir or madam"), "no picture"),
        (make("cut.png", &png[..png.len() / 2]), "PNG"),
        (make("cut.jpg", &jpeg[..jpeg.len() / 2]), "cut short"),
        (make("huge.png", &huge), "60000×60000"),
        ("https://example.com/a.png".to_owned(), "no network"),
        ("data:image/png;base64,####".to_owned(), "base64"),
    ];
    let output = path(&folder, "out/");
    for (input, word) in &inputs {
        fail(&["restore", input, "-o", &output, "--restorer", GPEN, "--detector", ONE_FACE], 1, &[word]);
    }
    assert!(!Path::new(&output).exists());
    // A file of another name than its content is read all the same.
    succeed(&["detect", &make("png.jpg", &png), "--detector", ONE_FACE]);
    let small = ["detect", ASTRONAUT, "--max-pixels", "1000", "--detector", ONE_FACE];
    fail(&small, 1, &["512×512", "at most 1000"]);
}

/// The checksum of a PNG chunk.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn a_gif_of_a_million_frames_costs_one() {
    let folder = TempDir::new().unwrap();
    let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\x01\x02\x03\x04\x05\x06".to_vec();
    gif.extend([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0].repeat(1_000_000));
    gif.push(0x3B);
    fs::write(folder.path().join("long.gif"), gif).unwrap();
    let started = std::time::Instant::now();
    succeed(&["detect", &path(&folder, "long.gif"), "--detector", NO_FACE]);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[test]
fn an_output_that_cannot_be_written_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let file = path(&folder, "file");
    fs::write(&file, "in the way").unwrap();
    fs::create_dir_all(folder.path().join("folder/a.png")).unwrap();
    fs::write(folder.path().join("folder/a.png/kept"), "kept").unwrap();
    fs::copy(ASTRONAUT, folder.path().join("a.png")).unwrap();
    let detect =
        |output: &str| vec!["detect".to_owned(), path(&folder, "a.png"), "-o".into(), path(&folder, output)];
    for (output, word) in [("file/below.png", "file"), ("folder/", "a.png")] {
        let args = detect(output);
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        args.extend(["--detector", ONE_FACE]);
        fail(&args, 1, &["cannot", word]);
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "in the way");
    assert_eq!(files(folder.path()), ["a.png", "file", "folder"]);
    assert_eq!(files(folder.path().join("folder")), ["a.png"]);
}

#[test]
fn an_engine_that_cannot_start_says_what_it_tried() {
    for command in [&["detect", ASTRONAUT][..], &["doctor"]] {
        let args = [command, &["--runtime", "/nonexistent/runtime.so"]].concat();
        fail(&args, 3, &["/nonexistent/runtime.so", "cargo xtask setup"]);
    }
}

#[test]
fn strict_allows_no_other_provider() {
    if cfg!(target_vendor = "apple") {
        return;
    }
    let args = ["detect", ASTRONAUT, "--provider", "coreml", "--detector", ONE_FACE];
    succeed(&args);
    fail(&[&args[..], &["--strict"]].concat(), 1, &["coreml", "strict"]);
}

#[test]
fn models_are_listed_explained_verified_and_added() {
    let list = succeed(&["models"]).out;
    assert!(list.contains("yunet_n ") && list.contains("built in (the default)"), "{list}");
    let rows = succeed(&["models", "list", "--json"]).out;
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(keys(&rows[0]), ["name", "role", "family", "license", "allowed", "installed", "default"]);
    let find = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(find("facekit-lite-detect")["default"], true);
    assert_eq!(find("scrfd_500m")["allowed"], false);

    let text = succeed(&["models", "explain", "yunet_n"]).out;
    assert!(text.contains("libfacedetection") && text.contains("stride"), "{text}");
    fail(&["models", "explain", "nothing"], 1, &["nothing", "facekit models"]);
    assert!(succeed(&["models", "verify"]).out.contains("facekit-lite-restore"));

    let folder = TempDir::new().unwrap();
    let store = path(&folder, "models");
    fail(&["models", "add", GPEN], 1, &["model folder"]);
    fail(&["models", "add", ASTRONAUT, "--models", &store], 1, &[".onnx"]);
    assert!(succeed(&["models", "add", GPEN, "--models", &store]).out.contains("gpen_256 is installed as"));
    assert_eq!(files(&store), ["gpen_256.onnx"]);
    assert!(succeed(&["models", "--models", &store]).out.contains("gpen_256.onnx"));
    let restored = path(&folder, "restored.png");
    let args = ["restore", ASTRONAUT, "-o", &restored, "--models", &store, "--json", "--detector", ONE_FACE];
    assert!(succeed(&args).out.contains("\"gpen_256\""));
    fs::write(Path::new(&store).join("broken.onnx"), "no model").unwrap();
    fail(&["models", "verify", "--models", &store], 1, &["broken.onnx", "not an ONNX model"]);
}

#[test]
fn packs_controlnets_and_loras_are_listed_explained_verified_and_added() {
    let golden = |name: &str| format!("{}/tests/golden/diffusion/{name}", env!("CARGO_MANIFEST_DIR"));
    let folder = TempDir::new().unwrap();
    let store = path(&folder, "models");
    let add = |name: &str| succeed(&["models", "add", &golden(name), "--models", &store]).out;
    assert!(add("sd1").contains("sd1 is installed as") && add("control").contains("(ControlNet)"));
    assert!(add("lora/sd1_kohya.safetensors").contains("(LoRA)"));
    assert_eq!(files(&store), ["control", "sd1", "sd1_kohya.safetensors"]);
    fail(&["models", "add", &golden("sd1"), "--models", &store], 1, &["already", "another name"]);
    fail(&["models", "add", &golden("images"), "--models", &store], 1, &["model_index.json", "export.py"]);

    let rows = succeed(&["models", "--json", "--models", &store]).out;
    let rows: Vec<Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let find = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!((&find("sd1")["role"], &find("sd1")["default"]), (&"diffusion".into(), &true.into()));
    assert_eq!(find("control")["role"], "controlnet");
    assert_eq!((&find("sd1_kohya")["role"], &find("sd1_kohya")["allowed"]), (&"lora".into(), &false.into()));
    assert_eq!(find("stable_diffusion_1.5")["installed"], false);
    let text = succeed(&["models", "explain", "sd1", "--models", &store]).out;
    assert!(text.contains("diffusion pack") && text.contains("takes 4 channels and ControlNets"), "{text}");
    let text = succeed(&["models", "explain", "dreamshaper_8"]).out;
    assert!(
        text.contains("export.py CHECKPOINT dreamshaper-8") && text.contains("forbids some purposes"),
        "{text}"
    );
    assert!(
        succeed(&["models", "verify", "--models", &store]).out.contains("sd1: its files are there and whole")
    );
    fs::remove_file(Path::new(&store).join("sd1/unet/model.onnx_data")).unwrap();
    fail(&["models", "verify", "--models", &store], 1, &["unet/model.onnx", "model.onnx_data"]);
}

#[test]
fn the_doctor_tells_what_there_is() {
    let text = succeed(&["doctor"]).out;
    for word in ["ONNX Runtime 1.", "cpu      ready", "facekit-lite-detect", "none installed"] {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    let report: Value = serde_json::from_str(&succeed(&["doctor", "--json"]).out).unwrap();
    assert_eq!(keys(&report), ["version", "build", "runtime", "providers", "models"]);
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["build"], serde_json::to_value(facekit::build_info()).unwrap());
    assert_eq!(report["providers"]["cpu"]["usable"], true);
    assert_eq!(report["models"]["detector"]["name"], "facekit-lite-detect");
}

#[test]
fn a_reader_that_leaves_is_no_defect() {
    for args in [&["models"][..], &["models", "list", "--json"], &["doctor"], &["detect", ASTRONAUT]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_facekit"));
        let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn compare_says_whether_two_pictures_show_one_person() {
    let text = succeed(&["compare", ASTRONAUT, ASTRONAUT, "--recognizer", RECOGNIZER]).out;
    assert!(text.starts_with("the same person: similarity 1.000") && text.contains("sface"), "{text}");
    let line = succeed(&["compare", ASTRONAUT, HOPPER, "--recognizer", RECOGNIZER, "--json"]).out;
    let object: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        keys(&object),
        ["inputs", "recognizer", "similarity", "distance", "threshold", "same", "faces", "metrics"]
    );
    assert_eq!(object["inputs"], serde_json::json!([ASTRONAUT, HOPPER]));
    assert_eq!(object["faces"].as_array().unwrap().len(), 2);
    let no_face = ["compare", ASTRONAUT, HOPPER, "--recognizer", RECOGNIZER, "--detector", NO_FACE];
    fail(&no_face, 1, &["the first picture", "no face"]);
    fail(&["compare", ASTRONAUT], 2, &["<B>"]);
    fail(&["compare", ASTRONAUT, "/nonexistent.png", "--recognizer", RECOGNIZER], 1, &["nonexistent"]);
}

#[test]
fn embed_gives_a_vector_for_each_face() {
    let line = succeed(&["embed", ASTRONAUT, "--recognizer", RECOGNIZER, "--json"]).out;
    let object: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(keys(&object), ["input", "width", "height", "detector", "recognizer", "faces", "metrics"]);
    let face = &object["faces"][0];
    assert_eq!(keys(face), ["box", "score", "points", "embedding"]);
    assert_eq!(face["embedding"]["unit"].as_array().unwrap().len(), 128);
}

#[test]
fn detect_finds_landmarks_when_asked() {
    let line = succeed(&["detect", ASTRONAUT, "--landmarks", "--landmarker", LANDMARKER, "--json"]).out;
    let object: Value = serde_json::from_str(&line).unwrap();
    let landmarks = &object["faces"][0]["landmarks"];
    assert_eq!(landmarks["scheme"], "ibug-68");
    assert_eq!(landmarks["points"].as_array().unwrap().len(), 68);
}

#[test]
fn help_lists_every_parameter() {
    fn options<P: ParameterSet>() -> Vec<String> {
        let parameters = P::parameters().into_iter().filter(|parameter| parameter.kind != Kind::Set);
        parameters.map(|parameter| format!("--{}", parameter.name.replace('_', "-"))).collect()
    }
    let (detect, restore) = (options::<DetectParams>(), options::<RestoreParams>());
    for (command, options) in [("detect", detect.clone()), ("restore", [detect, restore].concat())] {
        let help = succeed(&[command, "--help"]).out;
        let listed: Vec<&str> = help.split_whitespace().collect();
        for option in options {
            let is = |word: &&str| word.split(['[', '=']).next() == Some(&option);
            assert!(listed.iter().any(is), "{command} --help lacks {option}");
        }
        for format in [FileFormat::Jpeg, FileFormat::Png, FileFormat::Webp, FileFormat::Gif] {
            assert!(help.contains(&format.to_string()));
        }
    }
    assert!(succeed(&["--help"]).out.contains("Exit codes: 0 done"));
    assert!(succeed(&["--version"]).out.contains(env!("CARGO_PKG_VERSION")));
}
