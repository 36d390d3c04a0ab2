//! CMake, Ninja and pkg-config, with which the packages are tested: the system's, or else those of PyPI.

use crate::pip::{self, Pip};
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;

const LOCK: &str = "xtask/packaging-tools.lock";

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
            pip::is_provided(&workspace.root.join(LOCK), &home).then(|| Self {
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
    Pip::find()?.provide(&workspace.root.join(LOCK), &home(workspace))
}

fn home(workspace: &Workspace) -> PathBuf {
    workspace.target.join("packaging-tools")
}
