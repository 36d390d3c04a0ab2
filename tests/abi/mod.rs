//! The binary interface: what a program was compiled against goes on to work with every later library.
//!
//! `symbols.txt` and `layout.txt` are what was promised, see `README.md`. `FACEKIT_ACCEPT=1` adds to them what is new,
//! and nothing takes from them.

mod header;

use std::collections::BTreeMap;
use std::fs;

use crate::{C99, assert_clean, cc, command, compile, cxx, root, run_client, shared_library};
use header::Header;

/// Structs that a program lays out itself, one after the other or within others: they never change.
const FIXED: &[&str] = &["facekit_pixels", "facekit_point", "facekit_rect"];

#[test]
fn a_program_compiled_against_the_first_header_runs_with_this_library() {
    run_client(cc(), C99, "tests/abi/first/client.c", &shared_library());
}

#[test]
fn no_function_of_an_earlier_header_is_gone() {
    let path = root("tests/abi/symbols.txt");
    let mut promised: BTreeMap<String, String> = fs::read_to_string(&path)
        .unwrap()
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect();
    let header = Header::of("include/facekit.h");
    let gone: Vec<_> = promised.keys().filter(|name| !header.functions.contains(name)).collect();
    assert!(gone.is_empty(), "{gone:?} of an earlier release are not in the header");
    for name in header.functions {
        promised.entry(name).or_insert_with(|| env!("CARGO_PKG_VERSION").to_owned());
    }
    let listed = promised.iter().map(|(name, version)| format!("{name} {version}\n"));
    hold("tests/abi/symbols.txt", &listed.collect::<String>());
}

#[test]
fn structs_and_enums_only_grow_at_their_end() {
    let Some(found) = layout("include/facekit.h") else { return };
    let mut listed = String::new();
    let promised = fs::read_to_string(root("tests/abi/layout.txt")).unwrap();
    let promised: BTreeMap<&str, &str> = promised.lines().map(|line| line.split_once(' ').unwrap()).collect();
    for name in promised.keys() {
        assert!(found.iter().any(|(found, _)| found == name), "{name} of an earlier release is gone");
    }
    for (name, value) in &found {
        let was = promised.get(name.as_str()).copied().unwrap_or(value);
        // Of a struct that grew, every size that it had.
        let earlier = was.rsplit_once(' ').map_or(was, |(_, last)| last);
        let grew = name.starts_with("facekit_") && !name.contains('.') && !FIXED.contains(&name.as_str());
        match earlier == value {
            true => listed.push_str(&format!("{name} {was}\n")),
            false if grew && earlier.parse::<usize>().unwrap() < value.parse().unwrap() => {
                listed.push_str(&format!("{name} {was} {value}\n"));
            }
            false => panic!("{name} is {value}, and was {was} in an earlier release"),
        }
    }
    hold("tests/abi/layout.txt", &listed);
}

/// A struct that a program fills may have any size that it had in a release.
#[test]
fn every_size_that_a_struct_had_is_understood() {
    let promised = fs::read_to_string(root("tests/abi/layout.txt")).unwrap();
    let header = Header::of("include/facekit.h");
    let growing = header.structs.iter().filter(|(_, fields)| fields[0] == "struct_size");
    let checks = growing.flat_map(|(name, _)| {
        let line = promised.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap();
        let checks = line.split(' ').map(move |size| {
            format!(
                "    if ({name}_init((void *)memory, {size}) != FACEKIT_STATUS_OK) puts(\"{name} {size}\");\n"
            )
        });
        checks.collect::<Vec<_>>()
    });
    let refused = run(&checks.collect::<String>(), "include/facekit.h");
    assert!(refused.is_none_or(|refused| refused.is_empty()), "these sizes are not in EARLIER_SIZES");
}

#[test]
fn every_standard_takes_the_header() {
    const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];
    let c = ["-std=c99", "-std=c11", "-std=c17", "-std=gnu2x"];
    let c = c.map(|standard| (cc(), vec![standard, "-Wstrict-prototypes", "-Wc++-compat"]));
    let cpp = ["-std=c++98", "-std=c++11", "-std=c++17", "-std=c++20"];
    let cpp = cpp.map(|standard| (cxx(), vec![standard, "-x", "c++"]));
    for (compiler, flags) in c.into_iter().chain(cpp) {
        let flags = [&WARNINGS, flags.as_slice()].concat();
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        compile(compiler, &flags, "tests/abi/header.c", &shared_library(), folder.path());
    }
}

/// Holds a list against the committed one, or writes it.
fn hold(path: &str, listed: &str) {
    if std::env::var_os("FACEKIT_ACCEPT").is_some() {
        fs::write(root(path), listed).unwrap();
    }
    let committed = fs::read_to_string(root(path)).unwrap();
    assert!(committed == listed, "{path} lacks what is new: run this test with FACEKIT_ACCEPT=1");
}

/// The numbers of a header as a C compiler sees them: of each constant its value, of each struct its size, of each field
/// where it begins. None without a compiler.
fn layout(header: &str) -> Option<Vec<(String, String)>> {
    let Header { structs, constants, .. } = Header::of(header);
    let constants = constants.iter().map(|name| format!("    printf(\"{name} %d\\n\", (int){name});\n"));
    let structs = structs.iter().flat_map(|(name, fields)| {
        let size = format!("    printf(\"{name} %d\\n\", (int)sizeof({name}));\n");
        let field = move |field: &String| {
            format!("    printf(\"{name}.{field} %d\\n\", (int)offsetof({name}, {field}));\n")
        };
        std::iter::once(size).chain(fields.iter().map(field))
    });
    let said = run(&constants.chain(structs).collect::<String>(), header)?;
    let lines = said.lines().map(|line| line.split_once(' ').unwrap());
    Some(lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// What a program of these statements says.
fn run(statements: &str, header: &str) -> Option<String> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let source = folder.path().join("program.c");
    let header = root(header);
    let program = format!(
        "#include \"{}\"\n#include <stdio.h>\n\nint main(void) {{\n    static size_t memory[512];\n    (void)memory;\n\
         {statements}    return 0;\n}}\n",
        header.display()
    );
    fs::write(&source, program).unwrap();
    let program = compile(cc(), &["-std=c99"], source.to_str().unwrap(), &shared_library(), folder.path())?;
    let output = command(&program).output().unwrap();
    assert_clean("the program", &output);
    Some(String::from_utf8(output.stdout).unwrap())
}
