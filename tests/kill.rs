//! A batch that is killed: every output is whole or absent, and `--resume` goes on where it stopped.

#![cfg(all(unix, feature = "cli"))]
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use facekit::picture::{remove_unfinished, write_atomic};
use facekit::{Image, Limits};
use rand_mt::Mt;
use serde_json::Value;
use tempfile::TempDir;

#[path = "support/noise.rs"]
mod noise;

use noise::write_noise;

const ONE_FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pipelines/one_face.onnx");
const NO_FACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pipelines/no_face.onnx");
const JOURNAL: &str = ".facekit-resume.jsonl";

/// A folder of small pictures, each another, and the folders that they are written to.
struct Batch(TempDir);

impl Batch {
    fn new(pictures: u32) -> Self {
        let batch = Self(TempDir::new().unwrap());
        fs::create_dir(batch.path("in")).unwrap();
        for number in 0..pictures {
            batch.draw(number, number);
        }
        batch
    }

    fn draw(&self, number: u32, seed: u32) {
        write_noise(&self.path(&format!("in/{number:03}.png")), 64, seed);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Draws the faces of every picture into a folder.
    fn command(&self, out: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_facekit"));
        command.args(["detect", "--json", "--threads=1"]).arg(self.path("in"));
        command.arg("-o").arg(self.path(out)).args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        if !more.contains(&"--detector") {
            command.args(["--detector", ONE_FACE]);
        }
        command
    }

    /// What a run tells of each picture.
    fn run(&self, out: &str, more: &[&str]) -> Vec<Value> {
        told(&self.command(out, more).output().unwrap())
    }

    /// How many pictures a run with `--resume` makes, and does not leave as they are.
    fn made(&self, more: &[&str]) -> usize {
        let told = self.run("out", &[&["--resume"], more].concat());
        told.iter().filter(|told| told.get("resumed").is_none()).count()
    }

    /// The outputs in a folder and what is in them.
    fn outputs(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
        let names = names(&self.path(out)).into_iter().filter(|name| !name.starts_with('.'));
        names.map(|name| (name.clone(), fs::read(self.path(out).join(name)).unwrap())).collect()
    }

    /// The outputs that the journal tells of.
    fn noted(&self, out: &str) -> Vec<String> {
        let journal = fs::read_to_string(self.path(out).join(JOURNAL)).unwrap_or_default();
        let lines = journal.lines().flat_map(serde_json::from_str::<Value>);
        lines.map(|line| line["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn told(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.split(|&b| b == b'\n').flat_map(serde_json::from_slice).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What changes when a file is written again.
fn identity(file: &Path) -> (u64, i64, i64) {
    let metadata = fs::metadata(file).unwrap();
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}

#[test]
fn a_batch_killed_at_any_point_leaves_whole_outputs_and_goes_on() {
    let batch = Batch::new(100);
    let start = Instant::now();
    batch.run("whole", &[]);
    let whole = batch.outputs("whole");
    let picture = (start.elapsed() / 100).as_micros() as u32;
    assert_eq!(whole.len(), 100);

    let out = batch.path("out");
    let mut random = Mt::new(7);
    let mut noted = BTreeMap::new();
    let mut kills = 0;
    let last = loop {
        let goal = batch.outputs("out").len() + random.next_u32() as usize % 9;
        let resume: &[&str] = if kills == 0 { &[] } else { &["--resume"] };
        let mut child = batch.command("out", resume).spawn().unwrap();
        let start = Instant::now();
        while names(&out).len() < goal && child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "{:?}", child.wait_with_output());
        }
        // Within the next picture: while it is read, drawn, written, renamed or noted.
        std::thread::sleep(Duration::from_micros(u64::from(random.next_u32() % picture.clamp(1, 12_000))));
        if kills > 0 && goal >= 100 {
            break child.wait_with_output().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;

        let outputs = batch.outputs("out");
        for (name, bytes) in &outputs {
            Image::decode(bytes, &Limits::default()).unwrap();
            assert!(whole[name] == *bytes, "{name} is not what an uninterrupted run writes");
        }
        for name in batch.noted("out") {
            let now = identity(&out.join(&name));
            assert_eq!(*noted.entry(name.clone()).or_insert(now), now, "{name} was made again");
        }
        assert!(outputs.len() <= noted.len() + 1, "{} outputs, {} noted", outputs.len(), noted.len());
    };
    assert!(kills >= 10, "{kills}");

    let told = told(&last);
    let resumed: Vec<_> = told.iter().filter(|told| told["resumed"] == true).collect();
    assert_eq!((told.len(), resumed.len()), (100, noted.len()));
    assert!(batch.outputs("out") == whole);
    for (name, before) in noted {
        assert_eq!(identity(&out.join(&name)), before, "{name} was made again");
    }
    assert_eq!(names(&out).len(), 101, "the pictures and the journal: {:?}", names(&out));
}

#[test]
fn only_what_was_made_the_same_way_of_the_same_picture_is_left() {
    let batch = Batch::new(4);
    let resume = |more: &[&str]| batch.made(more);
    assert_eq!(resume(&[]), 4);
    assert_eq!(resume(&[]), 0);
    assert_eq!(resume(&["--strict", "--max-pixels=5000"]), 0, "these change no pixel");
    assert_eq!(resume(&["--score-threshold", "0.4"]), 4);
    assert_eq!(resume(&[]), 4, "an output is of one way only");
    assert_eq!(resume(&["--detector", NO_FACE]), 4);
    assert_eq!(resume(&[]), 4);

    batch.draw(2, 1000);
    assert_eq!(resume(&[]), 1, "another picture of the same name");
    let output = batch.path("out/001.png");
    write_atomic(&output, b"by another program").unwrap();
    assert_eq!(resume(&[]), 1, "an output that somebody else wrote over");
    fs::remove_file(output).unwrap();
    assert_eq!(resume(&[]), 1, "an output that is gone");

    let model = batch.path("model.onnx");
    fs::copy(ONE_FACE, &model).unwrap();
    let detector = ["--detector", model.to_str().unwrap()];
    assert_eq!(resume(&detector), 4);
    assert_eq!(resume(&detector), 0);
    fs::copy(NO_FACE, &model).unwrap();
    assert_eq!(resume(&detector), 4, "another model in the same file");

    let models = batch.path("models");
    fs::create_dir(&models).unwrap();
    let folder = ["--models", models.to_str().unwrap()];
    assert_eq!(resume(&folder), 4);
    assert_eq!(resume(&folder), 0);
    fs::copy(NO_FACE, models.join("new.onnx")).unwrap();
    assert_eq!(resume(&folder), 4, "a new model in the folder");
}

#[test]
fn a_journal_that_was_torn_or_damaged_costs_only_what_it_no_longer_tells() {
    let batch = Batch::new(4);
    let journal = batch.path("out").join(JOURNAL);
    assert_eq!(batch.made(&[]), 4);
    let text = fs::read(&journal).unwrap();
    fs::write(&journal, &text[..text.len() - 20]).unwrap();
    assert_eq!(batch.made(&[]), 1);
    assert_eq!(batch.made(&[]), 0, "what follows a torn line stands on a line of its own");

    let damaged = [&b"\xFF\x00 no JSON\n{\"name\":\"000.png\"}\n[]\n"[..], &text].concat();
    fs::write(&journal, damaged).unwrap();
    assert_eq!(batch.made(&[]), 0);

    // A journal of another's making names no file elsewhere.
    let elsewhere = String::from_utf8(text).unwrap().replace(r#""output":""#, r#""output":"../out/"#);
    fs::write(&journal, elsewhere).unwrap();
    assert_eq!(batch.made(&[]), 4);
}

#[test]
fn a_journal_is_kept_until_everything_is_done() {
    let batch = Batch::new(3);
    batch.run("done", &[]);
    assert_eq!(names(&batch.path("done")), ["000.png", "001.png", "002.png"]);

    fs::write(batch.path("in/bad.png"), "no picture").unwrap();
    assert_eq!(batch.command("out", &[]).output().unwrap().status.code(), Some(1));
    assert_eq!(batch.noted("out"), ["000.png", "001.png", "002.png"]);
    batch.draw(9, 9);
    fs::rename(batch.path("in/009.png"), batch.path("in/bad.png")).unwrap();
    assert_eq!(batch.made(&[]), 1);
}

#[test]
fn what_a_killed_run_left_unfinished_is_removed_and_what_is_being_written_stays() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in [".facekit-dead.unfinished", ".facekit-live.unfinished", ".facekit-resume.jsonl", "a.png"] {
        fs::write(path(name), "x").unwrap();
    }
    fs::create_dir(path(".facekit-folder.unfinished")).unwrap();
    let live = fs::File::open(path(".facekit-live.unfinished")).unwrap();
    live.lock().unwrap();
    assert_eq!(remove_unfinished(folder.path()).unwrap(), 1);
    assert!(!path(".facekit-dead.unfinished").exists());
    assert_eq!(names(folder.path()).len(), 4);
    assert_eq!(remove_unfinished(path("nowhere")).unwrap_err().kind(), facekit::ErrorKind::Io);
}

#[test]
fn only_commands_that_write_files_can_be_resumed() {
    let facekit = |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_facekit")).args(args).output().unwrap();
    for args in [&["detect", "a.png", "--resume"][..], &["embed", "a.png", "--resume"]] {
        let output = facekit(args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("--output") || said.contains("unexpected argument"), "{said}");
    }
}
