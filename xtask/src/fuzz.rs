//! The fuzzer and Miri, which need a nightly toolchain.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::runtime;
use crate::workspace::Workspace;

/// How long a target runs where nothing else is asked for, in seconds.
const SECONDS: u32 = 600;

/// What bounds a case: its length in bytes, its time in seconds and its memory in megabytes.
const LIMITS: [&str; 3] = ["-max_len=65536", "-timeout=20", "-rss_limit_mb=3000"];

/// The modules that neither call ONNX Runtime nor another library in C, which Miri cannot run, by how the names of
/// their tests begin.
const PURE: &[&str] = &[
    "capi::call",
    "capi::choice",
    "capi::error",
    "capi::growing",
    "capi::pointer",
    "choice",
    "diffusion::lora",
    "diffusion::noise",
    "diffusion::prompt",
    "diffusion::scheduler",
    "error",
    "face::nms",
    "face::select",
    "geometry",
    "limits",
    "models::initializer",
    "models::licence",
    "models::signature",
    "models::wire",
    "params",
    "picture::animation",
    "picture::convert",
    "picture::orientation",
    "picture::provenance",
    "picture::thumbnail",
    "progress",
];

/// Runs one fuzz target, or each of them, on its corpus; what it finds new stays in the corpus.
pub fn run(args: &[&str]) -> Result<()> {
    let (target, seconds) = match args {
        [] => (None, SECONDS),
        ["--seconds", seconds] => (None, number(seconds)?),
        [target] => (Some(*target), SECONDS),
        [target, "--seconds", seconds] => (Some(*target), number(seconds)?),
        _ => bail!("`cargo xtask fuzz` takes a target and `--seconds N`"),
    };
    let workspace = Workspace::find()?;
    let targets = targets(&workspace)?;
    ensure!(
        target.is_none_or(|target| targets.iter().any(|known| known == target)),
        "there is no fuzz target `{}`: {} are there",
        target.unwrap_or_default(),
        targets.join(", ")
    );
    needs(&["+nightly", "--version"], "a nightly toolchain: `rustup toolchain install nightly`")?;
    needs(&["+nightly", "fuzz", "--version"], "cargo-fuzz: `cargo install cargo-fuzz`")?;
    let (name, library) = runtime::provide(&workspace)?;
    for target in targets.iter().filter(|known| target.is_none_or(|target| target == *known)) {
        // What is found goes into the first corpus, so that the committed one stays small.
        let found = workspace.target.join("fuzz-corpus").join(target);
        fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
        let mut fuzz = nightly(&workspace);
        fuzz.args(["fuzz", "run", "--target-dir"]).arg(workspace.target.join("fuzz"));
        fuzz.arg(target).arg(found).arg(workspace.root.join("fuzz/corpus").join(target));
        fuzz.arg("--").args(LIMITS).arg(format!("-max_total_time={seconds}")).env(name, &library);
        finish(fuzz)?;
    }
    Ok(())
}

/// Runs the unit tests of the modules that do not call ONNX Runtime under Miri.
pub fn miri(args: &[&str]) -> Result<()> {
    let workspace = Workspace::find()?;
    needs(
        &["+nightly", "miri", "--version"],
        "Miri: `rustup toolchain install nightly --component miri,rust-src`",
    )?;
    let mut miri = nightly(&workspace);
    miri.args(["miri", "test", "--lib", "--"]).args(if args.is_empty() { PURE } else { args });
    miri.env("CARGO_TARGET_DIR", workspace.target.join("miri"));
    miri.env("MIRIFLAGS", "-Zmiri-disable-isolation");
    finish(miri)
}

fn number(text: &str) -> Result<u32> {
    text.parse().with_context(|| format!("`{text}` is no number of seconds"))
}

/// The targets: the programs in `fuzz/fuzz_targets`.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root.join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut targets = Vec::new();
    for entry in entries {
        targets.extend(entry?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

/// Fails with what to install unless cargo can run a command.
fn needs(command: &[&str], what: &str) -> Result<()> {
    let status = Command::new("cargo").args(command).stdout(Stdio::null()).stderr(Stdio::null()).status();
    ensure!(status.is_ok_and(|status| status.success()), "this needs {what}");
    Ok(())
}

/// The nightly toolchain's cargo: the one of the path is rustup's, which knows `+nightly`.
fn nightly(workspace: &Workspace) -> Command {
    let mut command = Command::new("cargo");
    command.arg("+nightly").current_dir(&workspace.root);
    command
}

fn finish(mut command: Command) -> Result<()> {
    println!("$ {command:?}");
    let status = command.status().context("cannot run cargo")?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_unknown_target_is_an_error_that_lists_the_targets() {
        let error = super::run(&["decoed"]).unwrap_err().to_string();
        assert!(error.contains("no fuzz target `decoed`") && error.contains("decode"), "{error}");
        assert!(super::run(&["decode", "--seconds", "ten"]).unwrap_err().to_string().contains("`ten`"));
    }
}
