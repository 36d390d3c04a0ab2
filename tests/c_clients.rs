//! The C and C++ clients and examples: compiled with every warning as an error, and run.
#![cfg(unix)]

#[path = "abi/mod.rs"]
mod abi;
#[cfg(target_os = "linux")]
#[path = "c_clients/address_sanitizer.rs"]
mod address_sanitizer;
#[path = "support/check.rs"]
mod check;
#[path = "c_clients/cpp.rs"]
mod cpp;
#[cfg(target_os = "linux")]
#[path = "c_clients/network.rs"]
mod network;
#[cfg(target_os = "linux")]
#[path = "support/strace.rs"]
mod strace;
#[cfg(target_os = "linux")]
#[path = "c_clients/valgrind.rs"]
mod valgrind;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/photos/astronaut.png");
const C99: &[&str] = &[
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-Wstrict-prototypes",
    "-Wold-style-definition",
];
const CPP17: &[&str] = &["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic"];

/// The clients in C, which together call every function.
const C_CLIENTS: &[&str] = &[
    "tests/c/client.c",
    "tests/c/engine.c",
    "tests/c/recognize.c",
    "tests/c/swap.c",
    "tests/c/detail.c",
    "tests/c/stylize.c",
    "tests/c/jobs.c",
    "tests/c/json.c",
];

/// What the static library needs beside itself: `cargo rustc --lib -- --print native-static-libs`.
#[cfg(target_os = "linux")]
const NATIVE_LIBRARIES: &[&str] = &["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];

#[test]
fn the_c_clients_call_every_function() {
    let header = fs::read_to_string(root("include/facekit.h")).unwrap();
    let clients = C_CLIENTS.iter().map(|client| fs::read_to_string(root(client)).unwrap());
    let clients = clients.collect::<String>();
    let functions: Vec<&str> = header.lines().filter_map(declared_function).collect();
    assert!(functions.len() > 60, "the header has only {} functions", functions.len());
    let missing: Vec<_> = functions.iter().filter(|name| !clients.contains(&format!("{name}("))).collect();
    assert!(missing.is_empty(), "no client in tests/c calls {missing:?}");
}

#[test]
fn the_c_clients_find_nothing_wrong() {
    C_CLIENTS.iter().for_each(|client| run_client(cc(), C99, client, &shared_library()));
}

#[test]
fn a_c_client_goes_on_after_what_goes_wrong() {
    run_client(cc(), C99, "tests/c/faults.c", &shared_library());
}

#[test]
#[cfg(target_os = "linux")]
fn a_c_client_links_the_static_library() {
    let mut link = vec![libraries().join("libfacekit.a").display().to_string()];
    link.extend(NATIVE_LIBRARIES.iter().map(|library| library.to_string()));
    run_client(cc(), C99, "tests/c/client.c", &link);
}

#[test]
fn the_examples_do_what_they_say() {
    for (compiler, flags, source) in [
        (cc(), C99, "examples/c/detect.c"),
        (cc(), C99, "examples/c/restore.c"),
        (cxx(), CPP17, "examples/cpp/restore.cpp"),
        (cc(), C99, "examples/c/swap.c"),
        (cxx(), CPP17, "examples/cpp/swap.cpp"),
        (cc(), C99, "examples/c/detail.c"),
        (cxx(), CPP17, "examples/cpp/detail.cpp"),
        (cc(), C99, "examples/c/stylize.c"),
        (cc(), C99, "examples/c/jobs.c"),
        (cxx(), CPP17, "examples/cpp/stylize.cpp"),
    ] {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let Some(program) = compile(compiler, flags, source, &shared_library(), folder.path()) else {
            return;
        };
        let result = folder.path().join("result.png");
        let mut run = command(&program);
        run.arg(PHOTO);
        if source.contains("swap") {
            run.arg(PHOTO);
        }
        let writes = !source.ends_with("detect.c") && !source.contains("jobs");
        if writes {
            run.arg(&result);
        }
        let output = run.output().unwrap();
        assert_clean(source, &output);
        let said = String::from_utf8_lossy(&output.stdout);
        if source.ends_with("detect.c") {
            assert!(said.starts_with("face 0: ") && said.lines().count() == 1, "{said}");
        } else {
            let done = [
                "restored 1 face",
                "100 % restore",
                "swapped in 1 of 1 frames",
                "restored: 1",
                "by image processing",
            ];
            assert!(done.iter().any(|done| said.contains(done)), "{said}");
            let is_png = || fs::read(&result).unwrap().starts_with(b"\x89PNG");
            assert!(!writes || is_png(), "{source} wrote no PNG");
        }
        let output = command(&program).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{source} without arguments");
    }
}

/// Every client, with its compiler and that compiler's flags.
#[cfg(target_os = "linux")]
fn clients() -> impl Iterator<Item = (Vec<String>, &'static [&'static str], &'static str)> {
    let c = C_CLIENTS.iter().map(|client| (cc(), C99, *client));
    c.chain(cpp::CLIENTS.map(|client| (cxx(), cpp::THROWING, client)))
}

/// The function that a line of the header declares.
fn declared_function(line: &str) -> Option<&str> {
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    (!line.starts_with([' ', '#', '/']) && name.starts_with("facekit_")).then_some(name)
}

/// Compiles a client and runs it; without a compiler says that it was skipped.
fn run_client(compiler: Vec<String>, flags: &[&str], source: &str, link: &[String]) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let Some(program) = compile(compiler, flags, source, link, folder.path()) else {
        return;
    };
    let output = command(&program).args([PHOTO.as_ref(), folder.path()]).output().unwrap();
    assert_clean(source, &output);
    assert!(output.stdout.is_empty(), "{source} said {}", String::from_utf8_lossy(&output.stdout));
}

fn compile(
    compiler: Vec<String>,
    flags: &[&str],
    source: &str,
    link: &[String],
    folder: &Path,
) -> Option<PathBuf> {
    let (name, arguments) = compiler.split_first()?;
    if Command::new(name).arg("--version").output().is_err() {
        skip(source, &format!("there is no compiler `{name}`"));
        return None;
    }
    let program = folder.join("program");
    let mut compile = Command::new(name);
    compile.args(arguments).args(flags).arg("-I").arg(root("include"));
    compile.arg(root(source)).arg("-o").arg(&program).args(link).arg("-pthread");
    let output = compile.output().unwrap();
    assert_clean(&format!("compiling {source}"), &output);
    Some(program)
}

/// Says that a check of a client was skipped, past the harness, which hides what a passing test prints.
fn skip(source: &str, why: &str) {
    check::say(format_args!("skipped {source}: {why}"));
}

/// The program, with no help to find the libraries but what is linked into it.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_LIBRARY_PATH");
    command
}

fn assert_clean(what: &str, output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{what}: {}\n{said}", output.status);
}

/// How a program links the shared library and finds it when it runs.
fn shared_library() -> Vec<String> {
    let folder = libraries().display().to_string();
    vec![format!("-L{folder}"), "-lfacekit".into(), format!("-Wl,-rpath,{folder}")]
}

/// Where Cargo has put the libraries that belong to this test: beside it.
fn libraries() -> PathBuf {
    env::current_exe().unwrap().parent().unwrap().to_owned()
}

fn cc() -> Vec<String> {
    compiler("CC", "cc")
}

fn cxx() -> Vec<String> {
    compiler("CXX", "c++")
}

/// A compiler and its arguments, as the environment or the system names it.
fn compiler(variable: &str, default: &str) -> Vec<String> {
    let words = env::var(variable).unwrap_or_default();
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() { vec![default.into()] } else { words }
}

fn root(path: &str) -> PathBuf {
    Path::new(ROOT).join(path)
}
