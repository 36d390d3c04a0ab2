//! The workspace that a task works on.

use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// An environment variable: its name and its value.
pub type Variable = (&'static str, OsString);

/// Where the workspace stands and where it builds.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// The target folder, `CARGO_TARGET_DIR` and cargo's configuration respected.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks `cargo metadata` for the workspace of the current folder.
    pub fn find() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("cannot run cargo")?;
        ensure!(
            output.status.success(),
            "`cargo metadata` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let metadata: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("cannot read the output of `cargo metadata`")?;
        let folder = |name: &str| {
            let folder = metadata[name].as_str();
            folder.map(PathBuf::from).with_context(|| format!("`cargo metadata` names no {name}"))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// Runs cargo at the root of the workspace, with one more environment variable.
    pub fn cargo(&self, variable: &Variable, args: &[&str]) -> Result<()> {
        self.cargo_with(std::slice::from_ref(variable), args)
    }

    /// Runs cargo at the root of the workspace, with more environment variables.
    pub fn cargo_with(&self, variables: &[Variable], args: &[&str]) -> Result<()> {
        println!("$ cargo {}", args.join(" "));
        let status = cargo()
            .args(args)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .status()
            .context("cannot run cargo")?;
        if !status.success() {
            bail!("`cargo {}` failed", args.join(" "));
        }
        Ok(())
    }
}

/// The cargo that runs this task.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
