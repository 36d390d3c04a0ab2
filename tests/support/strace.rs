//! What a program does to the network and to files, as strace tells.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use crate::check;

/// Calls that change what files there are, beside those that open one.
const CHANGES: &[&str] = &[
    "chmod",
    "chown",
    "creat",
    "fchmodat",
    "fchmodat2",
    "fchownat",
    "lchown",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "mknod",
    "mknodat",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "symlink",
    "symlinkat",
    "truncate",
    "unlink",
    "unlinkat",
    "utimensat",
];

/// What a program did while it ran in a network namespace that holds nothing.
pub struct Traced {
    /// How it ended.
    pub output: Output,
    /// The calls that have to do with the network.
    pub network: Vec<String>,
    /// The paths that it opened for writing, made, renamed or removed.
    pub touched: BTreeSet<PathBuf>,
}

impl Traced {
    /// Runs a program; where there is no strace, or it may not trace, says that the test is skipped.
    pub fn run(program: &Path, arguments: &[&str]) -> Option<Self> {
        if !can_trace() {
            return None;
        }
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut command = cut_off();
        // Cargo's own would lead to what it has built before.
        command.env_remove("LD_LIBRARY_PATH");
        command.args(["strace", "-ff", "-qq", "-y", "-s", "256", "-e", "trace=%network,%file", "-o"]);
        command.arg(folder.path().join("trace")).arg(program).args(arguments);
        let output = command.output().unwrap();
        let mut traced = Self { output, network: Vec::new(), touched: BTreeSet::new() };
        // One file a thread, so that no call is torn in two.
        for entry in fs::read_dir(folder.path()).unwrap() {
            let trace = fs::read(entry.unwrap().path()).unwrap();
            String::from_utf8_lossy(&trace).lines().for_each(|line| traced.note(line));
        }
        Some(traced)
    }

    fn note(&mut self, line: &str) {
        let Some((name, rest)) = line.split_once('(') else { return };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return };
        if result.starts_with('-') && name != "socket" && name != "connect" {
            return;
        }
        if name.starts_with("open") {
            let writes =
                ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|flag| arguments.contains(flag));
            // The path behind the number, as in `3</tmp/out.png>`.
            let opened = result.split_once('<').map(|(_, path)| path.trim_end_matches('>'));
            self.touched.extend(opened.filter(|_| writes).map(PathBuf::from));
        } else if CHANGES.contains(&name) {
            self.touched.extend(arguments.split('"').skip(1).step_by(2).map(PathBuf::from));
        } else if is_network(name) {
            self.network.push(line.to_owned());
        }
    }
}

/// Whether a call of strace's class `%network` was made; all others that are traced have to do with files.
fn is_network(name: &str) -> bool {
    let words = ["socket", "connect", "bind", "listen", "accept", "send", "recv", "shutdown", "getpeername"];
    words.iter().any(|word| name.starts_with(word)) && !name.starts_with("sendfile")
}

/// Runs what follows where there is no network, or says that it has one.
fn cut_off() -> Command {
    const UNSHARE: [&str; 3] = ["unshare", "--map-root-user", "--net"];
    static CAN: LazyLock<bool> = LazyLock::new(|| {
        let can = runs(&[&UNSHARE[..], &["true"]].concat());
        if !can {
            check::say(format_args!(
                "this machine makes no network namespace: the calls are watched all the same"
            ));
        }
        can
    });
    let words: &[&str] = if *CAN { &UNSHARE } else { &["env"] };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

fn can_trace() -> bool {
    static CAN: LazyLock<bool> = LazyLock::new(|| {
        let can = runs(&["strace", "-f", "-o", "/dev/null", "true"]);
        if !can {
            check::say(format_args!("skipped: there is no strace, or it may not trace"));
        }
        can
    });
    *CAN
}

fn runs(command: &[&str]) -> bool {
    Command::new(command[0]).args(&command[1..]).output().is_ok_and(|output| output.status.success())
}
