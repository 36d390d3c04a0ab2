//! The Rust API, compared with that of an earlier version.

use crate::subcommand;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use std::process::Command;

/// Runs cargo-semver-checks against a revision, or else the last tag.
pub fn run(workspace: &Workspace, baseline: Option<&str>) -> Result<()> {
    let baseline = match baseline.map(str::to_owned) {
        Some(baseline) => baseline,
        None => match last_tag(workspace)? {
            Some(tag) => tag,
            None => {
                println!(
                    "NOT CHECKED: there is no release yet; `cargo xtask semver REVISION` compares with any"
                );
                return Ok(());
            }
        },
    };
    if !subcommand::is_installed("semver-checks") {
        bail!("cargo-semver-checks is not installed: cargo install --locked cargo-semver-checks");
    }
    let args = ["semver-checks", "--package", "facekit", "--baseline-rev", &baseline];
    ensure!(
        subcommand::run(workspace, &args)?.success(),
        "the API changed more than the version since {baseline}"
    );
    Ok(())
}

fn last_tag(workspace: &Workspace) -> Result<Option<String>> {
    let mut git = Command::new("git");
    let output = git.args(["describe", "--tags", "--abbrev=0"]).current_dir(&workspace.root).output();
    let output = output.context("cannot run git")?;
    let tag = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(Some(tag).filter(|tag| output.status.success() && !tag.is_empty()))
}
