//! The oldest Rust that builds the workspace.

use crate::dependencies;
use crate::subcommand;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// Checks everything with the Rust version that `Cargo.toml` promises, where rustup has it.
pub fn run(workspace: &Workspace) -> Result<()> {
    dependencies::check(&workspace.root)?;
    let promised = env!("CARGO_PKG_RUST_VERSION");
    println!("No dependency needs a newer Rust than {promised}");
    let installed = Command::new("rustup").args(["toolchain", "list"]).output();
    let installed =
        installed.map(|list| String::from_utf8_lossy(&list.stdout).into_owned()).unwrap_or_default();
    let is_promised =
        |name: &&str| name.strip_prefix(promised).is_some_and(|rest| rest.starts_with(['.', '-']));
    let Some(toolchain) = installed.split_whitespace().find(is_promised) else {
        println!("NOT CHECKED: that Rust {promised} builds facekit: rustup toolchain install {promised}");
        return Ok(());
    };
    let target = workspace.target.join("msrv");
    let target = target.to_str().context("the target folder has a name that is not UTF-8")?;
    let toolchain = format!("+{toolchain}");
    let args = [&toolchain, "check", "--workspace", "--all-targets", "--locked", "--target-dir", target];
    ensure!(subcommand::run(workspace, &args)?.success(), "Rust {promised} does not build facekit");
    Ok(())
}
