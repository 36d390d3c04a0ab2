//! The project's tasks: `cargo xtask help` lists them.
#![forbid(unsafe_code)]
mod bench;
mod check;
mod deny;
mod dependencies;
mod dist;
mod fuzz;
mod msrv;
mod pip;
mod platform;
mod runtime;
mod semver;
mod subcommand;
mod tools;
mod workspace;

use anyhow::{Result, bail};
use runtime::Package;
use std::process::ExitCode;
use workspace::Workspace;

const HELP: &str = "\
Usage: cargo xtask <task>

  setup [--gpu]    fetch ONNX Runtime into <target>/onnxruntime; with --gpu the build that has CUDA
  demo [MODELS]    run examples/demo and say where its pictures are; with a folder of models, beside those of the pack
  test [ARGS]      run every test; ARGS go to `cargo test --workspace`
  check [NAME]     run in full what the tests run in short: valgrind, asan, stress [--seconds N] [--threads N],
                   memory [--runs N], network, or all of them
  header           write include/facekit.h anew from the code
  dist [--profile NAME]
                   pack headers, libraries, ONNX Runtime and the program for C and C++ into <target>/dist
  bench [--quick] [--models DIR] [ARGS]
                   run the benchmarks, and other libraries beside facekit, and write <target>/bench/report.html;
                   ARGS go to `cargo bench` and leave the other libraries out (docs/performance.md)
  fuzz [TARGET] [--seconds N]   run one fuzz target, or each, for 600 seconds
  miri [FILTERS]   run the tests of what does not call ONNX Runtime under Miri
  deny             check licences, bans and sources of the dependencies, and advisories with cargo-deny
  msrv             build everything with the oldest Rust that is promised, where rustup has it
  semver [REV]     compare the Rust API with the last tag, or a revision, with cargo-semver-checks
  help             print this text

demo, test, check and bench run setup first, unless ORT_DYLIB_PATH names an ONNX Runtime of your own.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<()> {
    match args {
        [] | ["help" | "-h" | "--help"] => println!("{HELP}"),
        ["setup"] => runtime::install(&Workspace::find()?, Package::Cpu)?,
        ["setup", "--gpu"] => runtime::install(&Workspace::find()?, Package::Gpu)?,
        ["demo", models @ ..] if models.len() < 2 => demo(&Workspace::find()?, models)?,
        ["test", args @ ..] => test(&Workspace::find()?, args)?,
        ["check", args @ ..] => check::run(&Workspace::find()?, args)?,
        ["fuzz", args @ ..] => fuzz::run(args)?,
        ["miri", args @ ..] => fuzz::miri(args)?,
        ["header"] => header(&Workspace::find()?)?,
        ["dist"] => dist::dist(&Workspace::find()?, "release")?,
        ["dist", "--profile", profile] => dist::dist(&Workspace::find()?, profile)?,
        ["bench", args @ ..] => bench::run(&Workspace::find()?, args)?,
        ["deny"] => deny::run(&Workspace::find()?)?,
        ["msrv"] => msrv::run(&Workspace::find()?)?,
        ["semver", baseline @ ..] if baseline.len() < 2 => {
            semver::run(&Workspace::find()?, baseline.first().copied())?;
        }
        _ => bail!("there is no task `{}`\n\n{HELP}", args.join(" ")),
    }
    Ok(())
}

fn demo(workspace: &Workspace, models: &[&str]) -> Result<()> {
    let runtime = runtime::provide(workspace)?;
    let pictures = workspace.target.join("demo");
    let folder = pictures.to_string_lossy();
    // One command for both, so that what they share is compiled once.
    workspace.cargo(&runtime, &["build", "--release", "--bin", "facekit", "--example", "demo"])?;
    let run = ["run", "--quiet", "--release", "--example", "demo", "--", &folder];
    workspace.cargo(&runtime, &[&run, models].concat())?;
    println!("The pictures are in {folder}");
    Ok(())
}

fn test(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let runtime = runtime::provide(workspace)?;
    if let Err(error) = tools::provide(workspace) {
        eprintln!("warning: the packages will not be tested with CMake and pkg-config: {error:#}");
    }
    // `cargo test` alone leaves the libraries that the C and C++ clients link in an inner folder; `--tests`
    // makes this build share its dependencies with the next.
    workspace.cargo(&runtime, &["build", "--workspace", "--lib", "--tests"])?;
    workspace.cargo(&runtime, &[&["test", "--workspace"], args].concat())
}

/// Has the tests that hold the header to the code, and the lists of what it promises to the header, write them instead,
/// so that one place knows how they are made.
fn header(workspace: &Workspace) -> Result<()> {
    let accept = ("FACEKIT_ACCEPT", "1".into());
    workspace.cargo(&accept, &["test", "--quiet", "--test", "header"])?;
    workspace.cargo(&accept, &["test", "--quiet", "--test", "c_clients", "abi::"])
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_unknown_task_is_an_error_that_lists_the_tasks() {
        let error = super::run(&["setpu"]).unwrap_err().to_string();
        assert!(error.contains("no task `setpu`") && error.contains("setup [--gpu]"), "{error}");
    }
}
