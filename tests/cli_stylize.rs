//! `facekit stylize` on the command line.

#![cfg(all(feature = "cli", feature = "embedded"))]
use std::fs;
use std::process::Command;
use std::time::Duration;

use facekit::geometry::{Filter, resize};
use facekit::picture::{Animation, AnimationOptions, AnimationWriter, FileFormat, Frame};
use facekit::{Image, Limits};
use serde_json::Value;
use tempfile::TempDir;

const ASTRONAUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
const HOPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/grace_hopper.jpg");

/// The exit code, and what was printed on both outputs.
fn facekit(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_facekit")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

fn open(path: &str) -> Image {
    Image::open(path, &Limits::default()).unwrap()
}

#[test]
fn styles_are_named_as_people_and_the_hosted_api_write_them() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.png");
    for (word, name) in
        [("3d", "3D"), ("Video game", "Video game"), ("video-game", "Video game"), ("TOY", "Toy")]
    {
        let (code, said, err) = facekit(&["stylize", "--style", word, HOPPER, "-o", &out]);
        assert_eq!(code, Some(0), "{err}");
        assert!(said.contains(&format!("{name} by classic in ")), "{said}");
    }
    let (code, _, err) = facekit(&["stylize", "--style", "oil", HOPPER, "-o", &out]);
    assert_eq!(code, Some(2));
    assert!(err.contains("oil") && err.contains("Video game") && err.contains("all"), "{err}");
}

#[test]
fn a_style_is_told_in_json() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.webp");
    let args =
        ["stylize", "--json", "--style", "pixels", "--prompt", "a queen", "--pixel-size=8", ASTRONAUT, "-o"];
    let (code, said, err) = facekit(&[&args[..], &[&out]].concat());
    assert_eq!(code, Some(0), "{err}");
    let told: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&told["style"], &told["engine"]), (&"Pixels".into(), &"classic".into()));
    assert_eq!((&told["format"], &told["faces"], &told["frames"]), (&"webp".into(), &1.into(), &1.into()));
    assert_eq!(told["notes"], serde_json::json!(["`prompt` has no effect with the engine classic"]));
    assert_eq!((&told["seed"], &told["output"]), (&Value::Null, &out.clone().into()));
    assert_eq!((open(&out).width(), open(&out).height()), (512, 512));
}

#[test]
fn all_styles_stand_on_one_sheet() {
    let folder = TempDir::new().unwrap();
    let (small, out) = (path(&folder, "small.png"), path(&folder, "sheet.png"));
    let photo = resize(open(HOPPER).view(), 128, 150, Filter::Area).unwrap();
    photo.save(&small, &facekit::picture::EncodeOptions::new(FileFormat::Png)).unwrap();
    let (code, said, err) = facekit(&["stylize", "--json", "--style", "all", &small, "-o", &out]);
    assert_eq!(code, Some(0), "{err}");
    let told: Value = serde_json::from_str(&said).unwrap();
    let styles: Vec<_> =
        told["pictures"].as_array().unwrap().iter().map(|picture| &picture["style"]).collect();
    assert_eq!(styles, ["3D", "Emoji", "Video game", "Pixels", "Clay", "Toy"]);
    let sheet = open(&out);
    assert_eq!((sheet.width(), sheet.height()), (3 * 128 + 16, 2 * 150 + 8));
    let cell = |column: u32, row: u32| {
        Image::from_view(sheet.view().crop(column * 136, row * 158, 128, 150).unwrap())
    };
    let alone = path(&folder, "clay.png");
    assert_eq!(facekit(&["stylize", "--style", "clay", &small, "-o", &alone]).0, Some(0));
    assert_eq!(cell(1, 1).pixels(), open(&alone).pixels());
}

#[test]
fn a_gif_stays_one() {
    let folder = TempDir::new().unwrap();
    let (gif, out) = (path(&folder, "in.gif"), path(&folder, "out.gif"));
    let mut writer = AnimationWriter::new(120, 120, &AnimationOptions::new(FileFormat::Gif)).unwrap();
    for i in 0..3 {
        let cut = open(ASTRONAUT);
        let cut = cut.view().crop(100 + 4 * i, 0, 240, 240).unwrap();
        let frame = resize(cut, 120, 120, Filter::Area).unwrap();
        writer.push(&Frame::new(frame, Duration::from_millis(70))).unwrap();
    }
    fs::write(&gif, writer.finish().unwrap()).unwrap();
    let (code, said, err) = facekit(&["stylize", "--style", "video-game", &gif, "-o", &out]);
    assert_eq!(code, Some(0), "{err}");
    assert!(said.contains("Video game in all 3 frames by classic"), "{said}");
    assert_eq!(Animation::open(&out, &Limits::default()).unwrap().frames.len(), 3);
}

#[test]
fn what_cannot_be_is_said_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    let out = path(&folder, "out.png");
    for (args, code, words) in [
        (vec!["--engine", "diffusion"], 1, "no diffusion pack is installed"),
        (vec!["--engine", "network", "--stylizer", "dct_net"], 1, "no stylizer called dct_net is installed"),
        (vec!["--seed=-2"], 2, "`seed` is -2, and must be -1 to 4294967295"),
        (vec!["--engine", "classic", "--style-image", HOPPER], 1, "style picture"),
        (vec!["--style-image", "nowhere.png"], 1, "nowhere.png"),
    ] {
        let (got, _, err) = facekit(&[&["stylize", ASTRONAUT, "-o", &out][..], &args].concat());
        assert_eq!(got, Some(code), "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
