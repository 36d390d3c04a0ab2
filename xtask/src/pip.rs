//! Python's package installer, used to fetch wheels and to open them.

use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a folder that [`Pip::provide`] filled holds besides: the lock file that it was filled by.
const STAMP: &str = "stamp";

/// A Python 3 that has pip.
pub struct Pip {
    python: &'static str,
}

impl Pip {
    /// Finds a Python with pip: `python3`, or `python` as it is called on Windows.
    pub fn find() -> Result<Self> {
        let mut without_pip = None;
        for python in ["python3", "python"] {
            if runs(python, &["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]) {
                if runs(python, &["-m", "pip", "--version"]) {
                    return Ok(Self { python });
                }
                without_pip.get_or_insert(python);
            }
        }
        match without_pip {
            Some(python) => bail!(
                "`{python}` has no pip, which fetches ONNX Runtime: install it (Debian and Ubuntu: \
                 `apt install python3-pip`; elsewhere: `{python} -m ensurepip`)"
            ),
            None => bail!(
                "neither `python3` nor `python` is a Python 3.8 or newer, whose pip fetches ONNX Runtime: install \
                 it (Debian and Ubuntu: `apt install python3-pip`; macOS: `brew install python`; Windows: \
                 `winget install Python.Python.3.12`)"
            ),
        }
    }

    /// Python itself, which ignores packages that only the user installed.
    pub fn python(&self) -> Command {
        let mut python = Command::new(self.python);
        python.env("PYTHONNOUSERSITE", "1");
        python
    }

    /// Downloads the wheel that a lock file pins for a platform into an empty folder.
    pub fn download(&self, lock: &Path, platform: &str, folder: &Path) -> Result<PathBuf> {
        let platform = ["--implementation=cp", "--python-version=3.12", "--platform", platform];
        self.fetch(lock, &[&["download"], &platform[..], &["--dest"]].concat(), folder)?;
        let entry = fs::read_dir(folder)?.next().context("pip succeeded but left no wheel")?;
        Ok(entry?.path())
    }

    /// Installs the wheels that a lock file pins, for this platform, into a folder.
    fn install(&self, lock: &Path, folder: &Path) -> Result<()> {
        self.fetch(lock, &["install", "--quiet", "--target"], folder)
    }

    /// Installs what a lock file pins into a folder, unless it is there: the folder appears whole or not at all.
    pub fn provide(&self, lock: &Path, home: &Path) -> Result<()> {
        if is_provided(lock, home) {
            return Ok(());
        }
        let parent = home.parent().context("a folder without a parent")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let work = tempfile::Builder::new().prefix("packages-").tempdir_in(parent)?;
        let fresh = work.path().join("fresh");
        self.install(lock, &fresh)?;
        fs::copy(lock, fresh.join(STAMP)).context("cannot write the stamp")?;
        if home.exists() {
            fs::rename(home, work.path().join("old"))
                .with_context(|| format!("cannot remove the old {}", home.display()))?;
        }
        fs::rename(&fresh, home).with_context(|| format!("cannot move packages to {}", home.display()))
    }

    /// Runs one of pip's commands, which ends in an option that takes the folder.
    fn fetch(&self, lock: &Path, command: &[&str], folder: &Path) -> Result<()> {
        let mut pip = Command::new(self.python)
            .args(["-m", "pip"])
            .args(command)
            .arg(folder)
            .args(["--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"])
            .arg("--requirement")
            .arg(lock)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run pip")?;
        let mut said = String::new();
        for line in pip.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
            let line = line.context("cannot read what pip says")?;
            eprintln!("{line}");
            said.push_str(&line);
            said.push('\n');
        }
        if !pip.wait().context("cannot run pip")?.success() {
            bail!("{}", explain(&said, lock));
        }
        Ok(())
    }

    /// Unpacks a wheel, which is a zip archive, into a folder.
    pub fn unpack(&self, wheel: &Path, folder: &Path) -> Result<()> {
        let status = Command::new(self.python)
            .args(["-m", "zipfile", "--extract"])
            .args([wheel, folder])
            .stdin(Stdio::null())
            .status()
            .context("cannot run Python")?;
        ensure!(status.success(), "cannot unpack {}", wheel.display());
        Ok(())
    }
}

/// Whether a folder holds what a lock file pins.
pub fn is_provided(lock: &Path, home: &Path) -> bool {
    let stamp = fs::read(home.join(STAMP)).ok();
    stamp.is_some() && stamp == fs::read(lock).ok()
}

/// Whether a program is there and succeeds.
pub fn runs(program: impl AsRef<OsStr>, args: &[&str]) -> bool {
    let silent = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    silent.is_ok_and(|status| status.success())
}

/// Why pip failed and what to do, by what it said.
fn explain(said: &str, lock: &Path) -> String {
    let lock = lock.display();
    if said.contains("DO NOT MATCH THE HASHES") {
        format!(
            "the downloaded package is not one that {lock} pins, so it was discarded: the package index or a mirror \
             served another file, or the lock was edited"
        )
    } else if said.contains("Retrying (") {
        format!(
            "the package index cannot be reached. Fetching what {lock} pins needs the network once; without it, set \
             PIP_INDEX_URL to a mirror, PIP_NO_INDEX=1 and PIP_FIND_LINKS to a folder that holds the wheels, or, for \
             ONNX Runtime, ORT_DYLIB_PATH to one of your own"
        )
    } else {
        format!("pip could not fetch what {lock} pins; its reason stands above")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_the_lock_that_filled_it_and_no_other() {
        let work = tempfile::tempdir().unwrap();
        let (lock, home) = (work.path().join("some.lock"), work.path().join("home"));
        assert!(!is_provided(&lock, &home), "neither is there");
        fs::create_dir(&home).unwrap();
        fs::write(home.join(STAMP), "a==1\n").unwrap();
        assert!(!is_provided(&lock, &home), "there is no lock");
        fs::write(&lock, "a==1\n").unwrap();
        assert!(is_provided(&lock, &home));
        fs::write(&lock, "a==2\n").unwrap();
        assert!(!is_provided(&lock, &home), "the lock has moved on");
    }

    #[test]
    fn what_pip_says_becomes_advice() {
        let explain = |said| explain(said, Path::new("some.lock"));
        let hash = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.";
        assert!(explain(hash).contains("not one that some.lock pins"));
        let network = "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by …";
        assert!(explain(network).contains("cannot be reached"));
        assert!(explain("ERROR: disk full").contains("its reason stands above"));
    }
}
