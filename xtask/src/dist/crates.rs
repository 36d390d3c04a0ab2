//! The crates that facekit is made of.

use crate::workspace::{self, Workspace};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What is compiled into the library and the program, by Cargo's identifiers, and for which target.
pub struct Crates {
    /// The target, such as `x86_64-unknown-linux-gnu`.
    pub host: String,
    /// What `rustc --version` says.
    pub compiler: String,
    crates: BTreeMap<String, Crate>,
    facekit: String,
}

/// One of them.
pub struct Crate {
    pub name: String,
    pub version: String,
    pub description: String,
    /// An SPDX expression.
    pub license: String,
    pub authors: Vec<String>,
    pub repository: Option<String>,
    /// Where its source stands.
    pub folder: PathBuf,
    /// The SHA-256 of its package, in hexadecimal digits; none for facekit itself.
    pub checksum: Option<String>,
    /// Cargo's identifiers of what it depends on.
    pub dependencies: BTreeSet<String>,
}

impl Crates {
    /// Asks Cargo for facekit and all that it depends on, development and build scripts apart.
    pub fn of(workspace: &Workspace) -> Result<Self> {
        let rustc = output(Command::new("rustc").arg("-vV"))?;
        let line = |name: &str| {
            let line = rustc.lines().find_map(|line| line.strip_prefix(name));
            line.with_context(|| format!("`rustc -vV` does not say its {name}"))
        };
        let (host, compiler) = (line("host: ")?.to_owned(), line("rustc ")?.to_owned());
        let metadata = output(workspace::cargo().current_dir(&workspace.root).args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--filter-platform",
            &host,
        ]))?;
        let metadata: Value = serde_json::from_str(&metadata).context("cannot read `cargo metadata`")?;
        let checksums = checksums(workspace)?;

        let nodes: BTreeMap<&str, &Value> =
            list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();
        let packages: BTreeMap<&str, &Value> =
            list(&metadata["packages"]).map(|package| (text(&package["id"]), package)).collect();
        let root = packages.iter().find(|(_, package)| package["name"] == "facekit");
        let facekit = *root.context("`cargo metadata` names no facekit")?.0;

        let mut crates = BTreeMap::new();
        let mut waiting = vec![facekit];
        while let Some(id) = waiting.pop() {
            if crates.contains_key(id) {
                continue;
            }
            let (package, node) =
                packages.get(id).zip(nodes.get(id)).context("`cargo metadata` is not whole")?;
            let needed: BTreeSet<&str> = list(&node["deps"])
                .filter(|dependency| list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null()))
                .map(|dependency| text(&dependency["pkg"]))
                .collect();
            waiting.extend(&needed);
            crates.insert(id.to_owned(), Crate::read(package, &needed, &checksums));
        }
        Ok(Self { host, compiler, crates, facekit: facekit.to_owned() })
    }

    /// The crate that is packed.
    pub fn facekit(&self) -> &Crate {
        &self.crates[&self.facekit]
    }

    /// All that it depends on, in the order of their names and versions.
    pub fn dependencies(&self) -> Vec<&Crate> {
        let others = self.crates.iter().filter(|(id, _)| **id != self.facekit);
        let mut others: Vec<&Crate> = others.map(|(_, other)| other).collect();
        others.sort_by_key(|other| (&other.name, &other.version));
        others
    }

    /// What a crate depends on.
    pub fn needed_by<'a>(&'a self, one: &'a Crate) -> impl Iterator<Item = &'a Crate> {
        one.dependencies.iter().map(|id| &self.crates[id])
    }
}

impl Crate {
    fn read(package: &Value, needed: &BTreeSet<&str>, checksums: &BTreeMap<String, String>) -> Self {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        let mut folder = PathBuf::from(text(&package["manifest_path"]));
        folder.pop();
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            description: text(&package["description"]).trim().to_owned(),
            // Cargo once wrote a choice with a slash.
            license: text(&package["license"]).split('/').map(str::trim).collect::<Vec<_>>().join(" OR "),
            authors: list(&package["authors"]).map(|author| text(author).to_owned()).collect(),
            repository: package["repository"].as_str().map(str::to_owned),
            folder,
            checksum: checksums.get(&format!("{name} {version}")).cloned(),
            dependencies: needed.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    /// Its package URL, which is also its name in the bill of materials.
    pub fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

/// The checksums in `Cargo.lock`, by name and version.
fn checksums(workspace: &Workspace) -> Result<BTreeMap<String, String>> {
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let lock: toml::Table = lock.parse().context("cannot read Cargo.lock")?;
    let packages = lock.get("package").and_then(|packages| packages.as_array()).into_iter().flatten();
    let entry = |package: &toml::Value| {
        let field = |name| package.get(name)?.as_str();
        Some((format!("{} {}", field("name")?, field("version")?), field("checksum")?.to_owned()))
    };
    Ok(packages.filter_map(entry).collect())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {}", said.trim());
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} does not answer in UTF-8"))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
