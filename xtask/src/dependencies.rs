//! What the workspace depends on, held to `deny.toml` and to the Rust version that is promised.

use crate::workspace::cargo;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use spdx::{Expression, LicenseReq, ParseMode};
use std::path::Path;

/// The part of `deny.toml` that needs no database.
#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

/// Licences that one crate may have besides those that any may.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package of the workspace, which has no source, or one that it depends on.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    rust_version: Option<String>,
}

/// Checks every package in `Cargo.lock`, for whichever platform, and tells how many there are.
///
/// Fails with a line for each package whose licence or source is not allowed, that is banned, or that needs a newer Rust
/// than the workspace.
pub fn check(root: &Path) -> Result<usize> {
    let policy = std::fs::read_to_string(root.join("deny.toml")).context("cannot read deny.toml")?;
    let policy: Policy = toml::from_str(&policy).context("deny.toml is not what is expected")?;
    let output = cargo()
        .args(["metadata", "--format-version=1", "--locked", "--all-features"])
        .current_dir(root)
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cannot read cargo's metadata")?;
    let own = metadata.packages.iter().find(|package| package.name == "facekit");
    let rust =
        own.and_then(|package| package.rust_version.clone()).context("facekit names no Rust version")?;
    let dependencies: Vec<_> = metadata.packages.iter().filter(|package| package.source.is_some()).collect();
    let wrong: Vec<_> = dependencies.iter().flat_map(|package| policy.objections(package, &rust)).collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(dependencies.len())
}

impl Policy {
    /// What speaks against a dependency.
    fn objections(&self, package: &Package, rust: &str) -> Vec<String> {
        let Package { name, version, .. } = package;
        let mut objections = Vec::new();
        let mut object = |why: String| objections.push(format!("{name} {version} {why}"));
        match package.license.as_deref().map(|license| Expression::parse_mode(license, ParseMode::LAX)) {
            None => object("names no licence".into()),
            Some(Err(error)) => object(format!("has a licence that is no SPDX expression: {error}")),
            Some(Ok(license)) if !license.evaluate(|needed| self.permits(name, needed)) => {
                object(format!("is under {license}, which deny.toml does not allow"));
            }
            Some(Ok(_)) => {}
        }
        if self.bans.deny.iter().any(|banned| banned.name == *name) {
            object("is banned by deny.toml".into());
        }
        let source = package.source.as_deref().unwrap_or_default();
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        if !self.sources.allow_registry.iter().any(|allowed| allowed == registry) {
            object(format!("comes from {source}, which deny.toml does not allow"));
        }
        if let Some(needed) = package.rust_version.as_deref().filter(|needed| is_newer(needed, rust)) {
            object(format!("needs Rust {needed}, and facekit promises {rust}"));
        }
        objections
    }

    fn permits(&self, name: &str, needed: &LicenseReq) -> bool {
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.name == name);
        let mut allowed = self.licenses.allow.iter().chain(exceptions.flat_map(|exception| &exception.allow));
        let needed = needed.to_string();
        allowed.any(|license| *license == needed)
    }
}

/// Whether a version of Rust, such as `1.92` or `1.92.1`, comes after another.
fn is_newer(version: &str, than: &str) -> bool {
    let parts = |version: &str| {
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(u32::MAX));
        [(); 3].map(|()| parts.next().unwrap_or(0))
    };
    parts(version) > parts(than)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    fn objections(change: impl Fn(&mut Package)) -> Vec<String> {
        let policy = std::fs::read_to_string(root().join("deny.toml")).unwrap();
        let mut package = Package {
            name: "some".into(),
            version: "1.0.0".into(),
            license: Some("MIT/Apache-2.0".into()),
            source: Some("registry+https://github.com/rust-lang/crates.io-index".into()),
            rust_version: Some("1.92".into()),
        };
        change(&mut package);
        toml::from_str::<Policy>(&policy).unwrap().objections(&package, "1.92")
    }

    #[test]
    fn every_dependency_is_one_that_is_allowed() {
        assert!(check(root()).unwrap() > 100);
    }

    #[test]
    fn a_dependency_that_is_not_allowed_is_named_with_the_reason() {
        assert!(objections(|_| ()).is_empty());
        assert!(objections(|package| package.license = Some("GPL-3.0 OR Zlib".into())).is_empty());
        let is_refused = |change: &dyn Fn(&mut Package), words: &str| {
            let [objection] = &objections(change)[..] else { panic!("{words}") };
            assert!(objection.contains(words), "{objection}");
        };
        is_refused(&|package| package.license = Some("MIT AND GPL-3.0".into()), "under MIT AND GPL-3.0");
        is_refused(&|package| package.license = Some("MPL-2.0".into()), "under MPL-2.0");
        is_refused(&|package| package.license = None, "names no licence");
        is_refused(&|package| package.license = Some("as I please".into()), "no SPDX expression");
        is_refused(&|package| package.name = "reqwest".into(), "reqwest 1.0.0 is banned");
        is_refused(&|package| package.source = Some("git+https://example.org".into()), "comes from git+");
        is_refused(&|package| package.rust_version = Some("1.92.1".into()), "needs Rust 1.92.1");
    }
}
