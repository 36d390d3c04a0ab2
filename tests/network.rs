//! The command line without a network: it opens no socket, and writes nothing but the outputs that were named.
//!
//! `tests/c_clients` does the same with the C clients.
#![cfg(all(target_os = "linux", feature = "cli", feature = "embedded"))]

#[path = "support/check.rs"]
mod check;
#[path = "support/strace.rs"]
mod strace;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use facekit::picture::{AnimationOptions, AnimationWriter, FileFormat, Frame};
use facekit::{Image, Limits};
use strace::Traced;
use tempfile::TempDir;

const FACE: &str = "examples/photos/astronaut.png";
const FACEKIT: &str = env!("CARGO_BIN_EXE_facekit");

/// A command line, in which `IN` and `OUT` stand for folders of the run, `GOLDEN` for `tests/golden` and `FACE` and
/// `HOPPER` for photographs, and the outputs that it names.
const RUNS: &[(&str, &[&str])] = &[
    ("detect FACE HOPPER --json", &[]),
    ("detect FACE -o OUT/boxes.png", &["boxes.png"]),
    ("embed FACE --recognizer GOLDEN/networks/sface.onnx", &[]),
    ("compare FACE HOPPER --recognizer GOLDEN/networks/sface.onnx", &[]),
    ("mask HOPPER -o OUT/mask.png", &["mask.png"]),
    ("restore FACE -o OUT/restored.jpg", &["restored.jpg"]),
    (
        "restore FACE HOPPER --restorer GOLDEN/models/gpen_256.onnx -o OUT/",
        &["astronaut.png", "grace_hopper.jpg"],
    ),
    (
        "detail FACE -o OUT/detail.png --model GOLDEN/diffusion/sd1 --guide-size 128 --num-inference-steps 15 \
         --samples 2",
        &["detail-1.png", "detail-2.png"],
    ),
    ("refine FACE -o OUT/refine.webp --model GOLDEN/diffusion/sd1 --guide-size 128", &["refine.webp"]),
    ("stylize HOPPER -o OUT/toy.png --style toy", &["toy.png"]),
    (
        "stylize HOPPER -o OUT/drawn.png --engine network --stylizer GOLDEN/stylizers/white_box.onnx \
         --allow-license white_box",
        &["drawn.png"],
    ),
    ("stylize IN/film.gif -o OUT/pixels.gif --style pixels", &["pixels.gif"]),
    ("swap --source FACE HOPPER -o OUT/swapped.png", &["swapped.png"]),
    (
        "swap --source FACE HOPPER -o OUT/swapped.png --swapper GOLDEN/swappers/hyperswap_1a_256.onnx \
         --recognizer GOLDEN/swap/arcface_tiny.onnx --allow-license hyperswap_1a_256 --allow-license arcface_tiny",
        &["swapped.png"],
    ),
    ("swap --source HOPPER IN/film.gif -o OUT/swapped.gif", &["swapped.gif"]),
    ("run --json IN/request.json", &["answer.png"]),
    ("models list", &[]),
    ("models verify", &[]),
    ("doctor", &[]),
];

/// What a batch notes beside its outputs, so that it can go on where it was killed.
const JOURNAL: &str = ".facekit-resume.jsonl";

#[test]
fn no_pipeline_of_the_command_line_uses_the_network_or_writes_what_was_not_named() {
    for (line, named) in RUNS {
        let folder = Folder::new();
        let words = folder.words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some(traced) = Traced::run(Path::new(FACEKIT), &words) else { return };
        let said = String::from_utf8_lossy(&traced.output.stderr);
        assert!(traced.output.status.success(), "{line}: {said}");
        assert!(traced.network.is_empty(), "{line}: {:?}", traced.network);
        let named: BTreeSet<PathBuf> = named.iter().map(|name| folder.outputs.path().join(name)).collect();
        let is_stray = |path: &&PathBuf| !folder.is_named(path, &named);
        let stray: Vec<_> = traced.touched.iter().filter(is_stray).collect();
        assert!(stray.is_empty(), "{line}: {stray:?}");
        let written = fs::read_dir(&folder.outputs).unwrap().map(|entry| entry.unwrap().path());
        let written = written.filter(|path| named.len() < 2 || !path.ends_with(JOURNAL));
        assert_eq!(written.collect::<BTreeSet<_>>(), named, "{line}");
    }
}

#[test]
fn an_address_on_the_network_is_refused_without_a_look() {
    let line = ["detect", "https://127.0.0.1:9/face.jpg"];
    let Some(traced) = Traced::run(Path::new(FACEKIT), &line) else { return };
    let said = String::from_utf8_lossy(&traced.output.stderr);
    assert!(!traced.output.status.success() && said.contains("https"), "{said}");
    assert!(traced.network.is_empty() && traced.touched.is_empty(), "{:?}", traced.network);
}

#[test]
fn every_subcommand_is_watched() {
    let help = Command::new(FACEKIT).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split_once("Commands:\n").unwrap().1.lines().take_while(|line| !line.is_empty());
    let missing: Vec<_> = commands
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .filter(|name| !RUNS.iter().any(|(line, _)| line.split(' ').next() == Some(*name)))
        .collect();
    assert!(missing.is_empty(), "no run of {missing:?} is watched");
}

#[test]
fn nothing_that_is_linked_can_open_a_socket() {
    let beside = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let runtime = PathBuf::from(std::env::var_os("ORT_DYLIB_PATH").unwrap_or_default());
    let files = fs::read_dir(&runtime).into_iter().flatten().map(|entry| entry.unwrap().path());
    let libraries = files.filter(|path| path.to_string_lossy().contains("libonnxruntime.so"));
    for file in [PathBuf::from(FACEKIT), beside.join("libfacekit.so")].into_iter().chain(libraries) {
        let Ok(output) = Command::new("nm").args(["-D", "--undefined-only"]).arg(&file).output() else {
            return check::say(format_args!("skipped {}: there is no nm", file.display()));
        };
        let symbols = String::from_utf8(output.stdout).unwrap();
        let imports = symbols.lines().filter_map(|line| line.split_whitespace().last()?.split('@').next());
        let imports: Vec<&str> = imports.collect();
        assert!(imports.contains(&"malloc"), "{}: {imports:?}", file.display());
        let found: Vec<_> = imports.iter().filter(|name| is_of_the_network(name)).collect();
        assert!(found.is_empty(), "{} imports {found:?}", file.display());
    }
}

/// Whether a function of the C library opens, uses or looks up anything of the network.
fn is_of_the_network(name: &str) -> bool {
    const SOCKETS: &[&str] = &["socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"];
    const NAMES: &[&str] = &["getaddrinfo", "gethostbyname", "getnameinfo", "res_query", "curl", "SSL_"];
    SOCKETS.contains(&name) || NAMES.iter().any(|part| name.contains(part))
}

/// What a command line reads and where it writes.
struct Folder {
    inputs: TempDir,
    outputs: TempDir,
}

impl Folder {
    fn new() -> Self {
        // As the system names it, where the target folder is a link.
        let target = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let [inputs, outputs] = [(); 2].map(|()| TempDir::new_in(&target).unwrap());
        let folder = Self { inputs, outputs };
        fs::write(folder.inputs.path().join("film.gif"), film()).unwrap();
        fs::write(folder.inputs.path().join("request.json"), folder.request()).unwrap();
        folder
    }

    /// A request that reads a picture and writes one.
    fn request(&self) -> String {
        let [image, output] = ["HOPPER", "OUT/answer.png"].map(|word| self.place(word));
        serde_json::json!({"pipeline": "restore", "image": image, "output": output}).to_string()
    }

    /// The words of a command line, with paths in place of what they begin with.
    fn words(&self, line: &str) -> Vec<String> {
        line.split_whitespace().map(|word| self.place(word)).collect()
    }

    fn place(&self, word: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        [
            ("IN/", self.inputs.path().join("")),
            ("OUT/", self.outputs.path().join("")),
            ("GOLDEN/", root.join("tests/golden/")),
            ("FACE", root.join(FACE)),
            ("HOPPER", root.join("examples/photos/grace_hopper.jpg")),
        ]
        .iter()
        .find_map(|(place, path)| Some(path.to_str()?.to_owned() + word.strip_prefix(place)?))
        .unwrap_or_else(|| word.to_owned())
    }

    /// Whether a path is an output, or a temporary file beside one that takes its name when it is whole.
    fn is_named(&self, path: &Path, named: &BTreeSet<PathBuf>) -> bool {
        let is_unfinished = || {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            path.parent() == Some(self.outputs.path()) && name.starts_with(".facekit-")
        };
        named.contains(path) || (!named.is_empty() && is_unfinished()) || path == Path::new("/dev/null")
    }
}

/// Three frames of a moving face.
fn film() -> Vec<u8> {
    let photo = Image::open(Path::new(env!("CARGO_MANIFEST_DIR")).join(FACE), &Limits::default()).unwrap();
    let mut writer = AnimationWriter::new(160, 160, &AnimationOptions::new(FileFormat::Gif)).unwrap();
    for i in 0..3 {
        let cut = Image::from_view(photo.view().crop(140 + 3 * i, 30, 160, 160).unwrap());
        writer.push(&Frame::new(cut, Duration::from_millis(80))).unwrap();
    }
    writer.finish().unwrap()
}
