//! Packs put together from the golden folders.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::golden::Case;

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

/// A path in the golden folder.
pub fn golden(name: &str) -> String {
    format!("{}/tests/golden/diffusion/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the pack of a case in `pack`, and the case's scheduler in it.
pub fn assemble(case: &Case) -> TempDir {
    let folder = TempDir::new().unwrap();
    let pack = folder.path().join("pack");
    fs::create_dir(&pack).unwrap();
    let base = &case.pack[""];
    for part in PARTS {
        let source = case.pack.get(part).cloned().unwrap_or_else(|| format!("{base}/{part}"));
        copy(Path::new(&golden(&source)), &pack.join(part));
    }
    for file in ["model_index.json", "facekit.json"] {
        fs::copy(golden(&format!("{base}/{file}")), pack.join(file)).unwrap();
    }
    fs::write(pack.join("scheduler/scheduler_config.json"), case.scheduler.to_string()).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}
