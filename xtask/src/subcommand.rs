//! Subcommands of Cargo that may be installed.

use crate::pip;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::process::{Command, ExitStatus};

/// Whether Cargo has a subcommand.
pub fn is_installed(subcommand: &str) -> bool {
    pip::runs("cargo", &[subcommand, "--version"])
}

/// Runs a subcommand at the root of the workspace, by whichever toolchain its arguments name.
pub fn run(workspace: &Workspace, args: &[&str]) -> Result<ExitStatus> {
    println!("$ cargo {}", args.join(" "));
    // The Cargo that runs this task knows nothing of rustup's `+toolchain`, and has named itself to its children.
    let mut cargo = Command::new("cargo");
    cargo.args(args).current_dir(&workspace.root).env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    cargo.status().context("cannot run cargo")
}
