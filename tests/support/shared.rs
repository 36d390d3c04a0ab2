//! The folder `../shared` of real models and photographs, which a checkout may have beside it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file of the folder `../shared`; without it, says that the test is skipped, past the harness, which hides what
/// a passing test prints.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("shared").join(name);
    if !path.exists() {
        let _ = writeln!(std::io::stderr(), "skipped: ../shared/{name} is not there");
        return None;
    }
    Some(path)
}
