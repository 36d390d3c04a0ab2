//! The project's tasks: `cargo xtask help` lists them.
#![forbid(unsafe_code)]
mod pip;
mod platform;
mod runtime;
mod workspace;

use anyhow::{Result, bail};
use runtime::Package;
use std::process::ExitCode;
use workspace::Workspace;

const HELP: &str = "\
Usage: cargo xtask <task>

  setup [--gpu]    fetch ONNX Runtime into <target>/onnxruntime; with --gpu the build that has CUDA
  demo             run examples/demo.rs and say where its pictures are
  test [ARGS]      run every test; ARGS go to `cargo test --workspace`
  header           write include/facekit.h anew from the code
  bench [ARGS]     run the benchmarks; ARGS go to `cargo bench`
  help             print this text

demo, test and bench run setup first, unless ORT_DYLIB_PATH names an ONNX Runtime of your own.";

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
        ["demo"] => demo(&Workspace::find()?)?,
        ["test", args @ ..] => test(&Workspace::find()?, args)?,
        ["header"] => header(&Workspace::find()?)?,
        ["bench", args @ ..] => {
            let workspace = Workspace::find()?;
            let runtime = runtime::provide(&workspace)?;
            workspace.cargo(&runtime, &[&["bench"], args].concat())?;
        }
        _ => bail!("there is no task `{}`\n\n{HELP}", args.join(" ")),
    }
    Ok(())
}

fn demo(workspace: &Workspace) -> Result<()> {
    let runtime = runtime::provide(workspace)?;
    let pictures = workspace.target.join("demo");
    let folder = pictures.to_string_lossy();
    // One command for both, so that what they share is compiled once.
    workspace.cargo(&runtime, &["build", "--release", "--bin", "facekit", "--example", "demo"])?;
    workspace.cargo(&runtime, &["run", "--quiet", "--release", "--example", "demo", "--", &folder])?;
    println!("The pictures are in {folder}");
    Ok(())
}

fn test(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let runtime = runtime::provide(workspace)?;
    // `cargo test` alone leaves the libraries that the C and C++ clients link in an inner folder; `--tests`
    // makes this build share its dependencies with the next.
    workspace.cargo(&runtime, &["build", "--workspace", "--lib", "--tests"])?;
    workspace.cargo(&runtime, &[&["test", "--workspace"], args].concat())
}

/// Has the test that holds the header to the code write it instead, so that one place knows how it is made.
fn header(workspace: &Workspace) -> Result<()> {
    workspace.cargo(&("FACEKIT_ACCEPT", "1".into()), &["test", "--quiet", "--test", "header"])
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_unknown_task_is_an_error_that_lists_the_tasks() {
        let error = super::run(&["setpu"]).unwrap_err().to_string();
        assert!(error.contains("no task `setpu`") && error.contains("setup [--gpu]"), "{error}");
    }
}
