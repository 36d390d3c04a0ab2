//! The dependencies, checked by cargo-deny too where it is installed.

use crate::dependencies;
use crate::subcommand;
use crate::workspace::Workspace;
use anyhow::{Result, ensure};

/// Checks licences, bans and sources, and the advisories where their database can be reached.
pub fn run(workspace: &Workspace) -> Result<()> {
    let count = dependencies::check(&workspace.root)?;
    println!("{count} dependencies are allowed by deny.toml, and need no newer Rust than facekit");
    if !subcommand::is_installed("deny") {
        println!("NOT CHECKED: advisories; cargo-deny does: cargo install --locked cargo-deny");
        return Ok(());
    }
    ensure!(
        subcommand::run(workspace, &["deny", "check", "licenses", "bans", "sources"])?.success(),
        "cargo-deny refuses a dependency"
    );
    if !subcommand::run(workspace, &["deny", "fetch", "db"])?.success() {
        println!("NOT CHECKED: advisories, since their database on GitHub cannot be reached");
        return Ok(());
    }
    ensure!(
        subcommand::run(workspace, &["deny", "check", "--disable-fetch", "advisories"])?.success(),
        "there is an advisory against a dependency"
    );
    Ok(())
}
