//! CMake, Ninja and pkg-config, with which the packages are tested: the system's, or else those of PyPI.

use crate::pip::{self, Pip};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const LOCK: &str = "xtask/packaging-tools.lock";
const STAMP: &str = "stamp";

/// Where the programs are.
pub struct Tools {
    pub cmake: PathBuf,
    pub ninja: PathBuf,
    pub pkg_config: PathBuf,
}

impl Tools {
    /// The system's tools, or those that [`provide`] fetched; none when there are neither.
    pub fn find(workspace: &Workspace) -> Option<Self> {
        let system = Self { cmake: "cmake".into(), ninja: "ninja".into(), pkg_config: "pkg-config".into() };
        let fetched = || {
            let home = home(workspace);
            is_current(workspace).then(|| Self {
                cmake: home.join("cmake/data/bin/cmake"),
                ninja: home.join("bin/ninja"),
                pkg_config: home.join("pkgconf/.bin/pkgconf"),
            })
        };
        if system.work() { Some(system) } else { fetched().filter(Self::work) }
    }

    fn work(&self) -> bool {
        [&self.cmake, &self.ninja, &self.pkg_config].iter().all(|tool| pip::runs(tool, &["--version"]))
    }
}

/// Fetches the tools into `<target>/packaging-tools`, unless they are there or on the system.
pub fn provide(workspace: &Workspace) -> Result<()> {
    if Tools::find(workspace).is_some() {
        return Ok(());
    }
    fs::create_dir_all(&workspace.target).context("cannot make the target folder")?;
    let work = tempfile::Builder::new().prefix("packaging-tools-").tempdir_in(&workspace.target)?;
    let (fresh, lock) = (work.path().join("fresh"), workspace.root.join(LOCK));
    Pip::find()?.install(&lock, &fresh)?;
    fs::copy(&lock, fresh.join(STAMP)).context("cannot write the stamp")?;
    if home(workspace).exists() {
        fs::rename(home(workspace), work.path().join("old")).context("cannot remove the old tools")?;
    }
    fs::rename(&fresh, home(workspace)).context("cannot move the tools to their place")
}

fn is_current(workspace: &Workspace) -> bool {
    let read = |path: &Path| fs::read(path).ok();
    let stamp = read(&home(workspace).join(STAMP));
    stamp.is_some() && stamp == read(&workspace.root.join(LOCK))
}

fn home(workspace: &Workspace) -> PathBuf {
    workspace.target.join("packaging-tools")
}
