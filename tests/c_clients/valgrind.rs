//! The clients under valgrind: no error, and not a byte lost.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use super::{C99, PHOTO, cc, check, clients, compile, root, shared_library, skip};

/// The exit code of a program in which valgrind finds something.
const FOUND: i32 = 99;

#[test]
fn valgrind_finds_nothing_in_the_shortest_example() {
    check_client(cc(), C99, "examples/c/detect.c", |_| vec![PHOTO.into()]);
}

#[test]
#[ignore = "takes an hour: cargo xtask check valgrind"]
fn valgrind_finds_nothing_in_any_client() {
    let arguments = |folder: &Path| vec![PHOTO.into(), folder.to_str().unwrap().to_owned()];
    for (compiler, flags, source) in clients() {
        check_client(compiler, flags, source, arguments);
    }
}

#[test]
fn valgrind_finds_what_is_planted() {
    for (what, words) in
        [("leak", "definitely lost"), ("use-after-free", "Invalid read"), ("overflow", "Invalid read")]
    {
        let Some((output, said)) = run(cc(), C99, "tests/c/planted.c", |_| vec![what.into()]) else { return };
        assert!(output.status.code() == Some(FOUND) && said.contains(words), "{what}: {said}");
    }
}

fn check_client(
    compiler: Vec<String>,
    flags: &[&str],
    source: &str,
    arguments: impl Fn(&Path) -> Vec<String>,
) {
    let start = Instant::now();
    let Some((output, said)) = run(compiler, flags, source, arguments) else { return };
    assert!(output.status.success(), "{source}: {}\n{said}", output.status);
    let errors = said.lines().find_map(|line| Some(line.split_once("ERROR SUMMARY: ")?.1)).unwrap();
    check::say(format_args!("valgrind: {source}: {errors}, {:.0} s", start.elapsed().as_secs_f64()));
}

/// How a client ended under valgrind, and what both said; without the tool says that it was skipped.
fn run(
    compiler: Vec<String>,
    flags: &[&str],
    source: &str,
    arguments: impl Fn(&Path) -> Vec<String>,
) -> Option<(Output, String)> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        skip(source, "there is no valgrind");
        return None;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = compile(compiler, &[flags, &["-g"]].concat(), source, &shared_library(), folder.path())?;
    let output = Command::new("valgrind")
        .args(["--leak-check=full", "--show-leak-kinds=definite,indirect,possible"])
        .args(["--errors-for-leak-kinds=definite,indirect,possible", "--num-callers=40"])
        .arg(format!("--error-exitcode={FOUND}"))
        .arg(format!("--suppressions={}", root("tests/valgrind.supp").display()))
        .arg(program)
        .args(arguments(folder.path()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Some((output, said))
}
