//! The C++ headers: in each standard, with exceptions and without, alone and in one program.
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{
    PHOTO, assert_clean, command, compile, cxx, declared_function, root, run_client, shared_library,
};

const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-pedantic"];
pub const THROWING: &[&str] = &["-std=c++17"];
const EXPECTED: &[&str] = &["-std=c++2b", "-fno-exceptions", "-fno-rtti"];
const NO_EXCEPTIONS: &str = "-DFACEKIT_NO_EXCEPTIONS";

/// The clients in C++, which together use all of the headers.
pub const CLIENTS: [&str; 4] =
    ["tests/c/client.cpp", "tests/c/views.cpp", "tests/c/engine.cpp", "tests/c/jobs.cpp"];

/// The functions of C that the headers leave out, each with what takes its place.
const NOT_WRAPPED: &[(&str, &str)] = &[("facekit_error_status", "the call itself returns the status")];

#[test]
fn the_headers_reach_every_function() {
    let header = fs::read_to_string(root("include/facekit.h")).unwrap();
    let wrappers = headers().iter().map(|path| fs::read_to_string(path).unwrap()).collect::<String>();
    let words: Vec<&str> = wrappers.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let left_out: Vec<&str> =
        header.lines().filter_map(declared_function).filter(|name| !words.contains(name)).collect();
    let expected: Vec<&str> = NOT_WRAPPED.iter().map(|(name, _)| *name).collect();
    assert_eq!(left_out, expected, "functions of facekit.h that no C++ header has");
}

#[test]
fn the_clients_find_nothing_wrong() {
    for client in CLIENTS {
        for standard in [THROWING, EXPECTED] {
            run_client(cxx(), &[standard, WARNINGS].concat(), client, &shared_library());
        }
    }
}

#[test]
fn the_clients_compile_in_every_standard() {
    // Beside those that they run in.
    for standard in [&["-std=c++20"][..], &["-std=c++17", NO_EXCEPTIONS], &["-std=c++20", NO_EXCEPTIONS]] {
        check_syntax(standard, &CLIENTS.map(root));
    }
}

#[test]
fn each_header_stands_alone() {
    check_syntax(THROWING, &headers());
    check_syntax(EXPECTED, &headers());
}

#[test]
fn one_program_may_use_both_ways_to_fail() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let half = [WARNINGS, &["-std=c++20", "-fno-exceptions", "-fno-rtti", "-c"]].concat();
    let Some(object) = compile(cxx(), &half, "tests/c/modes_expected.cpp", &[], folder.path()) else {
        return;
    };
    let other = folder.path().join("expected.o");
    fs::rename(object, &other).unwrap();
    let mut link = vec![other.display().to_string()];
    link.extend(shared_library());
    run_client(cxx(), &[THROWING, WARNINGS].concat(), "tests/c/modes_throwing.cpp", &link);
}

#[test]
fn the_examples_without_a_result_file_do_what_they_say() {
    for (source, says) in
        [("examples/cpp/expected.cpp", "1 faces found by "), ("examples/cpp/jobs.cpp", "restored 1 face")]
    {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let flags = [THROWING, WARNINGS].concat();
        let Some(program) = compile(cxx(), &flags, source, &shared_library(), folder.path()) else { return };
        let output = command(&program).arg(PHOTO).output().unwrap();
        assert_clean(source, &output);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(says), "{source}: {said}");
        assert_eq!(command(&program).output().unwrap().status.code(), Some(2), "{source} without arguments");
    }
}

/// Checks files as a compiler reads them, with the default compiler and with Clang where that is installed too.
fn check_syntax(flags: &[&str], files: &[PathBuf]) {
    for compiler in [cxx(), vec!["clang++".into()]] {
        let (name, arguments) = compiler.split_first().unwrap();
        let mut check = Command::new(name);
        check.args(arguments).args(flags).args(WARNINGS).arg("-I").arg(root("include"));
        // An error means that the compiler is not there.
        if let Ok(output) = check.args(["-fsyntax-only", "-x", "c++"]).args(files).output() {
            assert_clean(&format!("{name} {flags:?}"), &output);
        }
    }
}

/// The headers of C++, but the one that includes them all.
fn headers() -> Vec<PathBuf> {
    let mut headers: Vec<PathBuf> =
        fs::read_dir(root("include/facekit")).unwrap().map(|entry| entry.unwrap().path()).collect();
    headers.sort();
    assert!(headers.len() > 15, "{headers:?}");
    headers
}
