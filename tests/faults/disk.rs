//! A disk that is full or read-only, and a folder that goes away, while the command line writes a batch.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use facekit::{Image, Limits};
use tempfile::TempDir;

use crate::noise::write_noise;
use crate::{check, one_face};

/// Four pictures, of which the first and the third are of 120 kB.
fn large_and_small() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, side) in [("a-large", 200), ("b-small", 40), ("c-large", 200), ("d-small", 40)] {
        write_noise(&folder.path().join(name).with_extension("png"), side, 1);
    }
    folder
}

/// Runs a script with a folder as `$1` and then copies the folder to `$2`; the program that draws the faces of
/// pictures into the folder is `facekit`.
fn run(shell: &[&str], script: &str, pictures: &Path, folder: &Path, copy: &Path) -> Output {
    let script = format!(
        "facekit() {{ '{}' detect '{}' --detector '{}' -o \"$@\"; }}\n{script}\ncode=$?\ncp -a \"$1\"/. \"$2\"\nexit $code",
        env!("CARGO_BIN_EXE_facekit"),
        pictures.display(),
        one_face(),
    );
    Command::new(shell[0])
        .args(&shell[1..])
        .args(["-c", &script, "sh"])
        .args([folder, copy])
        .output()
        .unwrap()
}

/// Whether mounts can be made in a user namespace of one's own; says so when not.
fn can_mount() -> bool {
    let can =
        Command::new("unshare").args(["-rm", "true"]).output().is_ok_and(|output| output.status.success());
    if !can {
        check::say(format_args!("skipped: no mount can be made in a user namespace here"));
    }
    can
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Fails unless the large pictures failed for a reason, and the small ones, each after a large one, were written.
fn only_small_ones(output: &Output, reason: &str, copy: &Path) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("a-large.png") && said.contains("c-large.png") && said.contains(reason), "{said}");
    assert!(said.contains("2 of 4 inputs failed"), "{said}");
    assert_eq!(names(copy), [".facekit-resume.jsonl", "b-small.png", "d-small.png"]);
    for name in ["b-small.png", "d-small.png"] {
        Image::open(copy.join(name), &Limits::default()).unwrap();
    }
}

fn folders() -> (TempDir, PathBuf, PathBuf) {
    let folder = TempDir::new().unwrap();
    let [out, copy] = ["out", "copy"].map(|name| folder.path().join(name));
    fs::create_dir(&out).unwrap();
    fs::create_dir(&copy).unwrap();
    (folder, out, copy)
}

#[test]
fn a_full_disk_is_an_error_and_the_next_picture_that_fits_is_written() {
    let pictures = large_and_small();
    if can_mount() {
        let (_folder, out, copy) = folders();
        let script = "mount -t tmpfs -o size=64k tmpfs \"$1\" && facekit \"$1\"";
        let output = run(&["unshare", "-rm", "sh"], script, pictures.path(), &out, &copy);
        only_small_ones(&output, "No space left", &copy);
    }
    // The same without a mount: no file may be longer than 32 KiB.
    let (_folder, out, copy) = folders();
    let script = "(trap '' XFSZ; ulimit -f 64; facekit \"$1\")";
    let output = run(&["sh"], script, pictures.path(), &out, &copy);
    only_small_ones(&output, "File too large", &copy);
}

#[test]
fn a_read_only_folder_is_an_error_and_what_is_in_it_stays() {
    if !can_mount() {
        return;
    }
    let pictures = large_and_small();
    let (_folder, out, copy) = folders();
    fs::write(out.join("b-small.png"), "mine").unwrap();
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && facekit \"$1\"";
    let output = run(&["unshare", "-rm", "sh"], script, pictures.path(), &out, &copy);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Read-only file system") && said.contains("4 of 4 inputs failed"), "{said}");
    assert_eq!(names(&out), ["b-small.png"]);
    assert_eq!(fs::read(out.join("b-small.png")).unwrap(), b"mine");
}

#[test]
fn a_graph_cache_on_a_full_disk_costs_nothing_but_time() {
    if !can_mount() {
        return;
    }
    let pictures = large_and_small();
    let (_folder, out, copy) = folders();
    let cache = copy.with_file_name("cache");
    fs::create_dir(&cache).unwrap();
    let script =
        "mount -t tmpfs -o size=4k tmpfs \"${1%out}cache\" && facekit \"$1\" --graph-cache \"${1%out}cache\"";
    let output = run(&["unshare", "-rm", "sh"], script, pictures.path(), &out, &copy);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(names(&out).len(), 4);
}

#[test]
fn a_folder_that_goes_away_in_the_middle_leaves_nothing_half_written() {
    let folder = TempDir::new().unwrap();
    let [pictures, out] = ["in", "out"].map(|name| folder.path().join(name));
    fs::create_dir(&pictures).unwrap();
    for number in 0..40 {
        write_noise(&pictures.join(format!("{number}.png")), 64, number);
    }
    let facekit = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_facekit"));
        command.args(["detect", "--json", "--detector", &one_face()]).arg(&pictures).arg("-o").arg(&out);
        command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let mut child = facekit(&[]).spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines().inspect(|line| {
        if line.as_ref().unwrap().contains("/2.png") {
            // A file that is being written may come into the folder between its last file and itself.
            while fs::remove_dir_all(&out).is_err() {}
        }
    });
    assert_eq!(told.count(), 40);
    let output = child.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    for name in names(&out).into_iter().filter(|name| !name.starts_with('.')) {
        Image::open(out.join(name), &Limits::default()).unwrap();
    }
    assert!(facekit(&["--resume"]).output().unwrap().status.success());
    assert_eq!(names(&out).iter().filter(|name| name.ends_with(".png")).count(), 40);
}
