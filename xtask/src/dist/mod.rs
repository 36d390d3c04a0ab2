//! The archive for C and C++ programs: headers, libraries, ONNX Runtime, the command line, models and papers.

mod archive;
mod crates;
mod layout;
mod licences;
mod link;
mod sbom;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use crate::runtime::{self, Runtime};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use crates::Crates;
use layout::{Layout, System};
use std::fs;
use std::path::{Path, PathBuf};

/// What the archive is made from.
struct Built<'a> {
    /// The folder of the static and the shared library that Cargo made.
    libraries: &'a Path,
    /// The folder of the command line program.
    programs: &'a Path,
    runtime: &'a Runtime,
}

/// Builds a profile and packs it into `<target>/dist`.
pub fn dist(workspace: &Workspace, profile: &str) -> Result<()> {
    let runtime = runtime::fetched(workspace)?;
    let build = ["build", "--package", "facekit", "--lib", "--bins", "--profile", profile];
    workspace.cargo(&runtime.variable(), &build)?;
    let folder = workspace.target.join(if profile == "dev" { "debug" } else { profile });
    let built = Built { libraries: &folder, programs: &folder, runtime: &runtime };
    let archive = pack(workspace, &built, &workspace.target.join("dist"))?;
    println!("The archive is {}", archive.display());
    Ok(())
}

/// Packs what is built, with a checksum beside it; both appear in a folder when they are whole.
fn pack(workspace: &Workspace, built: &Built, folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let work = tempfile::Builder::new().prefix("dist-").tempdir_in(folder)?;
    let crates = Crates::of(workspace)?;
    let facekit = crates.facekit();
    let name = format!("facekit-{}-{}", facekit.version, crates.host);
    let root = work.path().join(&name);

    let layout = Layout::new(System::host()?, &facekit.version);
    layout.headers(workspace, &root)?;
    layout.libraries(workspace, built, &root, work.path())?;
    layout.package_files(workspace, facekit, &root, built.runtime)?;
    layout.models(workspace, &root)?;
    layout.documents(workspace, built.runtime, &root)?;
    let documents = root.join(layout::DOCUMENTS);
    fs::write(documents.join("THIRD-PARTY.txt"), licences::collect(workspace, &crates)?)?;
    fs::write(documents.join("sbom.cdx.json"), sbom::write(workspace, &crates, built.runtime)?)?;

    archive::write(&root, &name, folder)
}
