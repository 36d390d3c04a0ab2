//! The archive as a stranger uses it: unpacked elsewhere, and with an empty environment.

mod clients;
mod papers;
mod symbols;

use super::{Built, pack};
use crate::runtime::Runtime;
use crate::workspace::Workspace;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The archive of what Cargo has built beside this test, unpacked, in a folder with a space in its name.
struct Unpacked {
    workspace: Workspace,
    folder: PathBuf,
}

impl Unpacked {
    /// The one that the tests share; none, said aloud, where there is nothing to pack.
    fn get() -> Option<&'static Self> {
        static UNPACKED: OnceLock<Option<Unpacked>> = OnceLock::new();
        UNPACKED.get_or_init(Self::make).as_ref()
    }

    fn make() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let libraries = std::env::current_exe().unwrap().parent().unwrap().to_owned();
        let programs = libraries.parent().unwrap();
        let workspace = Workspace { root, target: programs.parent().unwrap().to_owned() };
        for file in [libraries.join("libfacekit.a"), programs.join("facekit")] {
            if !file.exists() {
                skipped(&format!("{} is not there: run `cargo xtask test`", file.display()));
                return None;
            }
        }
        let Some(runtime) = Runtime::find(&workspace).unwrap() else {
            skipped("ONNX Runtime is not fetched: run `cargo xtask setup`");
            return None;
        };
        let folder = workspace.target.join("tmp/packages");
        let _ = fs::remove_dir_all(&folder);
        let built = Built { libraries: &libraries, programs, runtime: &runtime };
        let archive = pack(&workspace, &built, &folder.join("dist")).unwrap();

        let unpacked = folder.join("unpacked");
        let file = fs::File::open(&archive).unwrap();
        tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(&unpacked).unwrap();
        let name = archive.file_name().unwrap().to_str().unwrap().strip_suffix(".tar.gz").unwrap();
        fs::rename(unpacked.join(name), folder.join("another place")).unwrap();
        Some(Self { workspace, folder })
    }

    fn root(&self) -> PathBuf {
        self.folder.join("another place")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// A new folder, with spaces in its name, that is removed when the test ends.
    fn scratch(&self, name: &str) -> TempDir {
        tempfile::Builder::new().prefix(&format!("{name} ")).tempdir_in(&self.folder).unwrap()
    }

    /// Puts ONNX Runtime beside a program that links the static library.
    fn copy_runtime(&self, folder: &Path) {
        let name = "libonnxruntime.so.1.28.0";
        fs::copy(self.file("lib").join(name), folder.join(name)).unwrap();
    }

    fn source(&self, name: &str) -> PathBuf {
        self.workspace.root.join(name)
    }

    fn photo(&self) -> PathBuf {
        self.source("examples/photos/astronaut.png")
    }
}

/// The functions that the packed header declares.
fn declared(unpacked: &Unpacked) -> Vec<String> {
    let header = fs::read_to_string(unpacked.file("include/facekit.h")).unwrap();
    let mut names: Vec<String> =
        header.lines().filter_map(super::link::declared).map(str::to_owned).collect();
    names.sort();
    names
}

/// Runs a program without any environment variable but the path of compilers, and gives what it says.
fn run(program: impl AsRef<OsStr>, args: &[&OsStr]) -> String {
    let output = output(program.as_ref(), args);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?} {args:?}: {}\n{said}{complaint}", program.as_ref(), output.status);
    said
}

fn output(program: &OsStr, args: &[&OsStr]) -> Output {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Command::new(program).args(args).env_clear().env("PATH", path).output().unwrap()
}

/// Writes past the test harness, which keeps what a passing test prints to itself.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: the packages are not tested, {why}");
}
