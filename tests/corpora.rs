//! The fuzz targets on the cases that are kept in `fuzz/`, without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

#[test]
fn every_case_that_was_kept_passes() {
    for (target, _) in fuzz::TARGETS {
        let (corpus, regressions) = (cases("corpus", target), cases("regressions", target));
        assert!(!corpus.is_empty(), "fuzz/corpus/{target} is empty: keep some cases there");
        for path in corpus.iter().chain(&regressions) {
            println!("{}", path.display());
            fuzz::run(target, &fs::read(path).unwrap());
        }
    }
}

#[test]
fn the_cases_are_small_and_all_of_a_target() {
    let mut total = 0;
    for kind in ["corpus", "regressions"] {
        for folder in entries(&folder(kind)) {
            let name = folder.file_name().unwrap().to_str().unwrap();
            assert!(fuzz::TARGETS.iter().any(|(target, _)| *target == name), "no target is called {name}");
            for case in entries(&folder) {
                let len = case.metadata().unwrap().len();
                assert!(len <= 64 << 10, "{} has {len} bytes, and 64 KiB are the most", case.display());
                total += len;
            }
        }
    }
    assert!(total < 1 << 20, "the cases have {total} bytes: minimise them with `cargo fuzz cmin`");
}

#[test]
fn every_target_is_a_program() {
    for (target, _) in fuzz::TARGETS {
        let program = fs::read_to_string(folder("fuzz_targets").join(format!("{target}.rs"))).unwrap();
        assert!(program.contains(&format!("run({target:?}, data)")), "{program}");
    }
    assert_eq!(entries(&folder("fuzz_targets")).len(), fuzz::TARGETS.len());
}

fn cases(kind: &str, target: &str) -> Vec<PathBuf> {
    entries(&folder(kind).join(target))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

/// What is in a folder, in order; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
