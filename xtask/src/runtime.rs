//! ONNX Runtime, fetched as a package and unpacked into the target folder.
//!
//! `<target>/onnxruntime` holds the shared libraries in `lib`, the licence and the notices, and a stamp: the
//! platform and the lock file that it was fetched by. The folder appears whole or not at all.

use crate::pip::Pip;
use crate::platform;
use crate::workspace::{Variable, Workspace};
use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "ORT_DYLIB_PATH";
const STAMP: &str = "stamp";

/// A build of ONNX Runtime on PyPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// The one for the CPU (on macOS with CoreML).
    Cpu,
    /// The one that also has CUDA.
    Gpu,
}

impl Package {
    /// Its name on PyPI.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "onnxruntime",
            Self::Gpu => "onnxruntime-gpu",
        }
    }

    /// The file that pins its version and hashes, from the root of the workspace.
    pub fn lock(self) -> &'static str {
        match self {
            Self::Cpu => "xtask/onnxruntime.lock",
            Self::Gpu => "xtask/onnxruntime-gpu.lock",
        }
    }
}

/// The `ORT_DYLIB_PATH` to work with: the user's own, or else the fetched package, of whichever kind is there, or
/// the one for the CPU if none is.
pub fn provide(workspace: &Workspace) -> Result<Variable> {
    let fetched = home(workspace).join("lib").into_os_string();
    if let Some(own) = std::env::var_os(VARIABLE).filter(|path| !is_default(workspace, path)) {
        println!("Using the ONNX Runtime that {VARIABLE} names: {}", Path::new(&own).display());
        return Ok((VARIABLE, own));
    }
    if !Installation::of(workspace, Package::Gpu).is_ok_and(|gpu| gpu.is_current()) {
        install(workspace, Package::Cpu)?;
    }
    Ok((VARIABLE, fetched))
}

/// A package as it was fetched.
pub struct Runtime {
    /// Its folder: the shared libraries in `lib`, `LICENSE`, and `ThirdPartyNotices.txt`.
    pub home: PathBuf,
    /// Which one it is.
    pub package: Package,
    /// Its version.
    pub version: String,
    /// The SHA-256 of the wheel that it came in, in hexadecimal digits.
    pub digest: String,
}

impl Runtime {
    /// What is fetched; none when nothing is, or by another lock.
    pub fn find(workspace: &Workspace) -> Result<Option<Self>> {
        for package in [Package::Gpu, Package::Cpu] {
            let Ok(installation) = Installation::of(workspace, package) else { continue };
            if installation.is_current() {
                let pins = installation.stamp.lines();
                let version =
                    pins.clone().find_map(|line| line.strip_prefix(package.name())?.strip_prefix("=="));
                let mut digests = pins.filter_map(|line| line.trim().strip_prefix("--hash=sha256:"));
                let digest = digests.nth(platform::host_index(package)?);
                let (version, digest) =
                    version.zip(digest).context("a lock file without version or digest")?;
                let word = |text: &str| text.trim_end_matches(['\\', ' ']).to_owned();
                let (version, digest) = (word(version), word(digest));
                return Ok(Some(Self { home: installation.home, package, version, digest }));
            }
        }
        Ok(None)
    }

    /// The variable that names it.
    pub fn variable(&self) -> Variable {
        (VARIABLE, self.home.join("lib").into_os_string())
    }
}

/// The package that is fetched, of whichever kind, or the one for the CPU, fetched now.
pub fn fetched(workspace: &Workspace) -> Result<Runtime> {
    if Runtime::find(workspace)?.is_none() {
        install(workspace, Package::Cpu)?;
    }
    Runtime::find(workspace)?.context("ONNX Runtime was fetched and is not there")
}

/// Fetches a package, unless it is there already.
pub fn install(workspace: &Workspace, package: Package) -> Result<()> {
    let installation = Installation::of(workspace, package)?;
    if installation.is_current() {
        println!("ONNX Runtime is up to date: {}", installation.home.display());
        return Ok(());
    }
    let pip = Pip::find()?;
    fs::create_dir_all(&workspace.target).context("cannot make the target folder")?;
    let work = tempfile::Builder::new()
        .prefix("onnxruntime-")
        .tempdir_in(&workspace.target)
        .context("cannot make a folder to download to")?;
    let folder = |name: &str| -> Result<PathBuf> {
        let folder = work.path().join(name);
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    };

    installation.remove_to(&work.path().join("old"))?;
    let wheel = pip.download(&installation.lock, installation.platform, &folder("download")?)?;
    let unpacked = folder("unpacked")?;
    pip.unpack(&wheel, &unpacked)?;
    let fresh = folder("fresh")?;
    arrange(&unpacked.join("onnxruntime"), &fresh)?;
    fs::write(fresh.join(STAMP), &installation.stamp).context("cannot write the stamp")?;
    installation.put(&fresh)?;
    println!("ONNX Runtime is ready: {}", installation.home.display());
    Ok(())
}

/// What is installed where, and by which lock.
struct Installation {
    home: PathBuf,
    lock: PathBuf,
    platform: &'static str,
    stamp: String,
}

impl Installation {
    fn of(workspace: &Workspace, package: Package) -> Result<Self> {
        let platform = platform::host_tag(package)?;
        let lock = workspace.root.join(package.lock());
        let pins = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        Ok(Self { home: home(workspace), lock, platform, stamp: format!("# {platform}\n{pins}") })
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(self.home.join(STAMP)).is_ok_and(|stamp| stamp == self.stamp)
    }

    /// Moves what is installed by another lock out of the way, so that no program loads it from now on.
    fn remove_to(&self, old: &Path) -> Result<()> {
        if !self.home.exists() {
            return Ok(());
        }
        fs::rename(&self.home, old)
            .with_context(|| format!("cannot remove {}: end the programs that use it", self.home.display()))
    }

    /// Puts a finished folder in its place.
    fn put(&self, fresh: &Path) -> Result<()> {
        fs::rename(fresh, &self.home)
            .with_context(|| format!("cannot move ONNX Runtime to {}", self.home.display()))
    }
}

fn home(workspace: &Workspace) -> PathBuf {
    workspace.target.join("onnxruntime")
}

/// Whether the variable's value is empty, or the one that `.cargo/config.toml` gives it when the user gives none.
fn is_default(workspace: &Workspace, path: &OsStr) -> bool {
    path.is_empty() || Path::new(path) == workspace.root.join("target/onnxruntime/lib")
}

/// Moves what a program needs out of an unpacked wheel: the shared libraries without the Python module, the
/// licence and the notices.
fn arrange(package: &Path, home: &Path) -> Result<()> {
    let lib = home.join("lib");
    fs::create_dir(&lib)?;
    let mut found = false;
    for entry in fs::read_dir(package.join("capi")).context("the wheel has no onnxruntime/capi")? {
        let entry = entry?;
        let name = entry.file_name();
        if is_library(&name.to_string_lossy()) {
            fs::rename(entry.path(), lib.join(&name))?;
            found = true;
        }
    }
    ensure!(found, "the wheel holds no shared library of ONNX Runtime");
    for name in ["LICENSE", "ThirdPartyNotices.txt"] {
        fs::rename(package.join(name), home.join(name))
            .with_context(|| format!("the wheel has no {name}"))?;
    }
    Ok(())
}

fn is_library(name: &str) -> bool {
    name.starts_with("libonnxruntime") || (name.starts_with("onnxruntime") && name.ends_with(".dll"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_gives_its_libraries_and_its_licence_but_not_its_python_module() {
        let work = tempfile::tempdir().unwrap();
        let (package, home) = (work.path().join("onnxruntime"), work.path().join("home"));
        fs::create_dir_all(package.join("capi")).unwrap();
        fs::create_dir(&home).unwrap();
        let libraries = [
            "libonnxruntime.1.28.0.dylib",
            "libonnxruntime.so.1.28.0",
            "libonnxruntime_providers_shared.so",
            "onnxruntime.dll",
            "onnxruntime_providers_cuda.dll",
        ];
        let others = ["__init__.py", "onnxruntime_pybind11_state.pyd", "onnxruntime_pybind11_state.so"];
        for name in libraries.iter().chain(&others) {
            fs::write(package.join("capi").join(name), "").unwrap();
        }
        for name in ["LICENSE", "ThirdPartyNotices.txt"] {
            fs::write(package.join(name), "").unwrap();
        }

        arrange(&package, &home).unwrap();
        assert_eq!(names(&home), ["LICENSE", "ThirdPartyNotices.txt", "lib"]);
        assert_eq!(names(&home.join("lib")), libraries);
    }

    #[test]
    fn a_change_of_the_lock_makes_an_installation_stale() {
        let work = tempfile::tempdir().unwrap();
        let installation = |pins: &str| Installation {
            home: work.path().join("onnxruntime"),
            lock: PathBuf::new(),
            platform: "win_amd64",
            stamp: format!("# win_amd64\n{pins}"),
        };
        let fresh = work.path().join("fresh");
        fs::create_dir(&fresh).unwrap();
        fs::write(fresh.join(STAMP), "# win_amd64\none").unwrap();
        assert!(!installation("one").is_current());
        installation("one").put(&fresh).unwrap();
        assert!(installation("one").is_current());
        assert!(!installation("two").is_current());
        installation("two").remove_to(&work.path().join("old")).unwrap();
        assert!(!installation("one").is_current());
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
