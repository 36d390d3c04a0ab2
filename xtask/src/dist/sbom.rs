//! The bill of materials, in CycloneDX's JSON.

use super::archive::digest;
use super::crates::{Crate, Crates};
use crate::runtime::Runtime;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;

/// Everything that is in the archive: crates, the standard library, ONNX Runtime, and the embedded models.
///
/// It has neither a time nor a serial number, so that the same parts make the same document. The format is that of
/// <https://cyclonedx.org/docs/1.6/json/>.
pub fn write(workspace: &Workspace, crates: &Crates, runtime: &Runtime) -> Result<String> {
    let facekit = crates.facekit();
    let models = models(workspace)?;
    let mut components: Vec<Value> = crates.dependencies().into_iter().map(component).collect();
    components.push(json!({
        "type": "library",
        "bom-ref": "rust-std",
        "name": "Rust standard library",
        "version": crates.compiler,
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    }));
    let purl = format!("pkg:pypi/{}@{}", runtime.package.name(), runtime.version);
    components.push(json!({
        "type": "library",
        "bom-ref": purl,
        "name": "ONNX Runtime",
        "version": runtime.version,
        "purl": purl,
        "hashes": [{ "alg": "SHA-256", "content": runtime.digest }],
        "licenses": [{ "license": { "id": "MIT" } }],
    }));
    components.extend(models.iter().cloned());

    let others = [json!("rust-std"), json!(purl)];
    let own = models.iter().map(|model| model["bom-ref"].clone());
    let own: Vec<Value> = references(crates, facekit).chain(others).chain(own).collect();
    let mut dependencies = vec![json!({ "ref": facekit.purl(), "dependsOn": own })];
    dependencies.extend(crates.dependencies().into_iter().map(|used| {
        let needed: Vec<Value> = references(crates, used).collect();
        json!({ "ref": used.purl(), "dependsOn": needed })
    }));

    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": component(facekit) },
        "components": components,
        "dependencies": dependencies,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn references<'a>(crates: &'a Crates, one: &'a Crate) -> impl Iterator<Item = Value> {
    crates.needed_by(one).map(|needed| json!(needed.purl()))
}

fn component(used: &Crate) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": used.purl(),
        "name": used.name,
        "version": used.version,
        "description": used.description,
        "purl": used.purl(),
        "licenses": [{ "expression": used.license }],
    });
    if let Some(checksum) = &used.checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if used.name == "libwebp-sys" {
        // It compiles a library in C, which has a licence of its own.
        component["components"] = json!([{
            "type": "library",
            "name": "libwebp",
            "licenses": [{ "license": { "id": "BSD-3-Clause" } }],
        }]);
    }
    if let Some(repository) = &used.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}

/// The models that are compiled in, as the catalogue describes them.
fn models(workspace: &Workspace) -> Result<Vec<Value>> {
    let folder = workspace.root.join("models");
    let catalog =
        fs::read_to_string(folder.join("catalog.toml")).context("cannot read models/catalog.toml")?;
    let catalog: toml::Table = catalog.parse().context("cannot read models/catalog.toml")?;
    let models = catalog.get("model").and_then(|models| models.as_array()).into_iter().flatten();
    let embedded = models.filter(|model| model.get("embedded").and_then(|flag| flag.as_bool()) == Some(true));
    embedded
        .map(|model| {
            let field = |name: &str| {
                let field = model.get(name).and_then(|field| field.as_str());
                field.with_context(|| format!("an embedded model in models/catalog.toml has no {name}"))
            };
            let name = field("name")?;
            let file = format!("{}.onnx", name.trim_start_matches("facekit-lite-"));
            Ok(json!({
                "type": "machine-learning-model",
                "bom-ref": format!("model:{name}"),
                "name": name,
                "hashes": [{ "alg": "SHA-256", "content": digest(&folder.join("lite").join(file))? }],
                "licenses": [{ "expression": field("license")? }],
            }))
        })
        .collect()
}
