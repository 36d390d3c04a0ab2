//! Diffusion packs put together from the folders of golden parts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

/// The parts of a pack: those of two text encoders are there in some.
const PARTS: [&str; 8] = [
    "scheduler",
    "text_encoder",
    "text_encoder_2",
    "tokenizer",
    "tokenizer_2",
    "unet",
    "vae_decoder",
    "vae_encoder",
];

/// A folder with a pack in `pack` and a scheduler in it; `parts` names the folder below `golden` of a part, and by the
/// empty name that of all others.
pub fn assemble(golden: &Path, parts: &BTreeMap<String, String>, scheduler: &Value) -> TempDir {
    let folder = TempDir::new().unwrap();
    let pack = folder.path().join("pack");
    fs::create_dir(&pack).unwrap();
    let base = golden.join(&parts[""]);
    for part in PARTS {
        let source = parts.get(part).map_or_else(|| base.join(part), |source| golden.join(source));
        copy(&source, &pack.join(part));
    }
    for file in ["model_index.json", "facekit.json"] {
        fs::copy(base.join(file), pack.join(file)).unwrap();
    }
    fs::write(pack.join("scheduler/scheduler_config.json"), scheduler.to_string()).unwrap();
    folder
}

/// Copies a folder of files, if it is there.
pub fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
