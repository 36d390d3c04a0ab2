//! The licences of everything that is compiled into the library and the program.

use super::crates::{Crate, Crates};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const INTRODUCTION: &str = "\
facekit is compiled from the crates below and Rust's standard library. Each is under the licence that stands behind it,
in the syntax of SPDX; the texts follow, each once, with the crates that come with it. ONNX Runtime has its own licence
and notices in the folder `onnxruntime`.
";

/// How the names of files begin that a licence asks to pass on.
const PAPERS: [&str; 8] =
    ["authors", "copying", "copyright", "licence", "license", "notice", "patents", "unlicense"];

/// One text for all crates: who uses what, then every licence text once, with its users.
///
/// # Errors
/// When a crate has no licence expression, or no text of its own under a licence whose text is not ours.
pub fn collect(workspace: &Workspace, crates: &Crates) -> Result<String> {
    let mut document = format!("{INTRODUCTION}\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    writeln!(document, "Rust's standard library, {}: MIT OR Apache-2.0", crates.compiler)?;
    for used in crates.dependencies() {
        let title = format!("{} {}", used.name, used.version);
        let source = used.repository.as_deref().unwrap_or("crates.io");
        writeln!(document, "{title}: {}, {source}", used.license)?;
        for text in texts_of(workspace, used)? {
            texts.entry(text).or_default().push(title.clone());
        }
    }
    for (text, users) in &texts {
        let rule = "=".repeat(100);
        write!(document, "\n{rule}\n{}\n{rule}\n\n{text}\n", users.join(", "))?;
    }
    Ok(document)
}

/// The texts that come with a crate, or else ours of the licence that it names.
fn texts_of(workspace: &Workspace, used: &Crate) -> Result<Vec<String>> {
    let mut files = Vec::new();
    find(&used.folder, 2, &mut files)?;
    let mut texts = Vec::new();
    for file in files {
        let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        texts.push(String::from_utf8_lossy(&text).replace('\r', "").trim().to_owned());
    }
    let own = fs::read_dir(&used.folder)?.flatten().any(|entry| is_paper(&entry.path()));
    if !own {
        texts.push(standard(workspace, used)?);
    }
    Ok(texts)
}

/// The text of a licence that a crate names and does not bring along.
fn standard(workspace: &Workspace, used: &Crate) -> Result<String> {
    let names: Vec<&str> = used.license.split([' ', '(', ')']).collect();
    let read = |name: &str| fs::read_to_string(workspace.root.join(name)).context(name.to_owned());
    if names.contains(&"Apache-2.0") {
        return Ok(read("LICENSE-APACHE")?.trim().to_owned());
    }
    if names.contains(&"MIT") && !used.authors.is_empty() {
        let ours = read("LICENSE-MIT")?;
        let (_, terms) =
            ours.split_once("Permission is hereby").context("LICENSE-MIT is not the MIT licence")?;
        let authors = used.authors.join(", ");
        return Ok(format!(
            "MIT License\n\nCopyright (c) {authors}\n\nPermission is hereby{}",
            terms.trim_end()
        ));
    }
    bail!(
        "{} {} brings no text of its licence, {:?}: add the text in xtask/src/dist/licences.rs",
        used.name,
        used.version,
        used.license
    )
}

/// Finds the papers of a folder and of those within it, to a depth.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if depth > 0 {
                find(&path, depth - 1, found)?;
            }
        } else if is_paper(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_paper(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let code = ["c", "h", "rs", "py", "toml", "json", "html", "png"].contains(&extension.as_str());
    path.is_file() && !code && PAPERS.iter().any(|paper| name.starts_with(paper))
}
