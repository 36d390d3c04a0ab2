//! The Python client: its tests and its example, run with the library that Cargo built and numpy from PyPI.
#![cfg(unix)]
use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/python");
const PHOTOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos");
const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/numpy.lock");

#[test]
fn the_python_client_finds_nothing_wrong() {
    let Some(mut python) = python() else { return };
    assert_success(python.args(["-m", "unittest", "discover"]).current_dir(CLIENT));
}

#[test]
fn the_python_example_restores_a_folder() {
    let Some(mut python) = python() else { return };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output =
        assert_success(python.arg("restore_folder.py").arg(PHOTOS).arg(folder.path()).current_dir(CLIENT));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.ends_with("2 restored, 0 failed\n"), "{said}");
    assert!(fs::read(folder.path().join("astronaut.png")).unwrap().starts_with(b"\x89PNG"));
}

/// A Python that sees numpy and the library; where there is none, says that the test was skipped.
fn python() -> Option<Command> {
    let packages = packages().map_err(|reason| {
        let _ = writeln!(std::io::stderr(), "skipped the Python client: {reason}");
    });
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", packages.ok()?).env("PYTHONDONTWRITEBYTECODE", "1");
    python.env("FACEKIT_LIBRARY", library());
    Some(python)
}

/// The folder with numpy, which pip fills once for each version of Python and of the lock.
fn packages() -> Result<PathBuf, String> {
    let version = "import sys; assert sys.version_info >= (3, 9); print(sys.implementation.cache_tag)";
    let tag =
        said(Command::new("python3").args(["-c", version])).map_err(|_| "there is no Python 3.9 or newer")?;
    let lock = fs::read_to_string(LOCK).unwrap();
    let digest: u32 = lock.bytes().fold(0, |digest, byte| digest.wrapping_mul(31).wrapping_add(byte.into()));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join(format!("numpy-{}-{digest:08x}", tag.trim()));
    if !folder.is_dir() {
        let fresh = tempfile::tempdir_in(target).unwrap();
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--require-hashes", "--only-binary=:all:", "--requirement", LOCK, "--target"]);
        said(pip.arg(fresh.path())).map_err(|reason| {
            // The lock has the common platforms; elsewhere pip finds a wheel that it does not list.
            let is_locked = cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"));
            assert!(!is_locked || !reason.contains("DO NOT MATCH THE HASHES"), "{reason}");
            format!("pip cannot fetch numpy: {}", reason.lines().last().unwrap_or_default())
        })?;
        // Another test may have been quicker.
        let _ = fs::rename(fresh.keep(), &folder);
    }
    Ok(folder)
}

/// What a program writes, or what it writes about its failure.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn assert_success(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The library that Cargo has built with this test: it lies beside it.
fn library() -> PathBuf {
    let name = format!("libfacekit{}", env::consts::DLL_SUFFIX);
    env::current_exe().unwrap().with_file_name(name)
}
