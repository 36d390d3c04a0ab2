//! The benchmarks, the peers beside them, and the report of both.

use crate::pip::Pip;
use crate::runtime;
use crate::workspace::{Variable, Workspace};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// The packages of the peers and of the report.
const LOCK: &str = "benches/peers.lock";

/// Runs what the arguments ask for, and writes `<target>/bench/report.html` and `report.md`.
pub fn run(workspace: &Workspace, args: &[&str]) -> Result<()> {
    let plan = Plan::new(args)?;
    let runtime = runtime::provide(workspace)?;
    fs::create_dir_all(workspace.target.join("bench")).context("cannot make the folder of the report")?;
    if plan.is_whole {
        workspace.cargo(&runtime, &["build", "--release", "--example", "peer_jobs"])?;
    }
    let bench: Vec<&str> = plan.cargo.iter().map(String::as_str).collect();
    workspace.cargo(&runtime, &bench)?;
    let python = Python::provide(workspace, runtime)?;
    // What was measured is told even where the peers fail.
    let peers = match plan.is_whole {
        true => python.run("benches/peers/peers.py", &plan.peers(workspace)),
        false => Ok(()),
    };
    python.run("benches/report.py", &[text(&workspace.target)])?;
    println!("The report is {}", workspace.target.join("bench/report.html").display());
    peers
}

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// Whether the peers run too: only where no argument picks some of the benches.
    is_whole: bool,
    is_quick: bool,
    /// The folder with models that are not facekit's own.
    models: Option<String>,
    /// The arguments of cargo.
    cargo: Vec<String>,
}

impl Plan {
    fn new(args: &[&str]) -> Result<Self> {
        let end = args.iter().position(|arg| *arg == "--").unwrap_or(args.len());
        let (ours, benches) = args.split_at(end);
        let (mut is_quick, mut models, mut cargo) = (false, None, vec!["bench".to_owned()]);
        let mut ours = ours.iter();
        while let Some(arg) = ours.next() {
            match *arg {
                "--quick" => is_quick = true,
                "--models" => match ours.next() {
                    Some(folder) => models = Some((*folder).to_owned()),
                    None => bail!("--models is followed by a folder"),
                },
                other => cargo.push(other.to_owned()),
            }
        }
        let is_whole = cargo.len() == 1 && benches.is_empty();
        cargo.extend(benches.iter().map(|arg| (*arg).to_owned()));
        if is_quick {
            cargo.extend(benches.is_empty().then(|| "--".to_owned()));
            // Criterion cannot plot a bench that ran once.
            cargo.extend(["--quick".to_owned(), "--noplot".to_owned()]);
        }
        Ok(Self { is_whole, is_quick, models, cargo })
    }

    /// The arguments of `peers.py`.
    fn peers(&self, workspace: &Workspace) -> Vec<String> {
        let program = format!("release/examples/peer_jobs{}", std::env::consts::EXE_SUFFIX);
        let [program, out] =
            [program.as_str(), "bench/peers.json"].map(|path| text(&workspace.target.join(path)));
        let mut args = vec!["--ours".to_owned(), program, "--out".to_owned(), out];
        if let Some(models) = &self.models {
            args.extend(["--models".to_owned(), models.clone()]);
        }
        if self.is_quick {
            args.extend(["--rounds".to_owned(), "2".to_owned()]);
        }
        args
    }
}

/// A Python with the packages that the lock file pins.
struct Python {
    pip: Pip,
    packages: PathBuf,
    root: PathBuf,
    runtime: Variable,
}

impl Python {
    fn provide(workspace: &Workspace, runtime: Variable) -> Result<Self> {
        let pip = Pip::find()?;
        let version = "import sys; print(sys.implementation.cache_tag); sys.exit(sys.version_info < (3, 11))";
        let output = pip.python().args(["-c", version]).output().context("cannot run Python")?;
        ensure!(
            output.status.success(),
            "the peers and the report need Python 3.11 or newer: put one first on PATH. What the benches measured \
             stands in {}",
            workspace.target.join("criterion").display()
        );
        let tag = String::from_utf8_lossy(&output.stdout);
        let packages = workspace.target.join("peers").join(tag.trim());
        pip.provide(&workspace.root.join(LOCK), &packages)?;
        Ok(Self { pip, packages, root: workspace.root.clone(), runtime })
    }

    fn run(&self, script: &str, args: &[impl AsRef<str>]) -> Result<()> {
        let args: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
        println!("$ python {script} {}", args.join(" "));
        let mut python = self.pip.python();
        let (name, value) = &self.runtime;
        python.arg(script).args(&args).current_dir(&self.root);
        python.env("PYTHONPATH", &self.packages).env("PYTHONDONTWRITEBYTECODE", "1").env(name, value);
        let status = python.status().context("cannot run Python")?;
        ensure!(status.success(), "`{script}` failed");
        Ok(())
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(args: &[&str]) -> (bool, String) {
        let plan = Plan::new(args).unwrap();
        (plan.is_whole, plan.cargo.join(" "))
    }

    #[test]
    fn without_arguments_all_runs() {
        assert_eq!(plan(&[]), (true, "bench".into()));
        assert_eq!(plan(&["--quick"]), (true, "bench -- --quick --noplot".into()));
        assert_eq!(plan(&["--models", "there"]), (true, "bench".into()));
    }

    #[test]
    fn arguments_that_pick_benches_leave_the_peers_out() {
        assert_eq!(plan(&["--bench", "kernels"]), (false, "bench --bench kernels".into()));
        assert_eq!(plan(&["--quick", "--", "warp"]), (false, "bench -- warp --quick --noplot".into()));
        assert_eq!(plan(&["--", "--models", "x"]), (false, "bench -- --models x".into()));
    }

    #[test]
    fn models_need_a_folder() {
        assert!(Plan::new(&["--models"]).unwrap_err().to_string().contains("a folder"));
    }

    #[test]
    fn the_peers_are_told_of_models_and_hurry() {
        let workspace = Workspace { root: "root".into(), target: "target".into() };
        let args = Plan::new(&["--quick", "--models", "there"]).unwrap().peers(&workspace).join(" ");
        assert!(args.starts_with("--ours target") && args.ends_with("--models there --rounds 2"), "{args}");
    }

    #[test]
    fn the_lock_pins_the_onnx_runtime_that_facekit_runs_on() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let version = |lock: &str| {
            let lock = fs::read_to_string(root.join(lock)).unwrap();
            let line = lock.lines().find(|line| line.starts_with("onnxruntime==")).unwrap();
            line.trim_end_matches([' ', '\\']).to_owned()
        };
        assert_eq!(version(LOCK), version("xtask/onnxruntime.lock"));
    }
}
