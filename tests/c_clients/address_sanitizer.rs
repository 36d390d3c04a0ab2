//! The clients under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: in the client itself every
//! access is checked, in the library every allocation.

use std::process::Command;

use super::{C99, PHOTO, assert_clean, cc, clients, command, compile, shared_library, skip};

const SANITIZE: &[&str] = &["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

#[test]
fn address_sanitizer_finds_nothing() {
    for (compiler, flags, source) in clients() {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let Some(mut client) = sanitized(compiler, flags, source, folder.path()) else { return };
        assert_clean(source, &client.args([PHOTO.as_ref(), folder.path()]).output().unwrap());
    }
}

#[test]
fn address_sanitizer_finds_what_is_planted() {
    for (what, words) in [
        ("leak", "LeakSanitizer: detected memory leaks"),
        ("use-after-free", "AddressSanitizer: heap-use-after-free"),
        ("overflow", "AddressSanitizer: heap-buffer-overflow"),
    ] {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let Some(mut planted) = sanitized(cc(), C99, "tests/c/planted.c", folder.path()) else { return };
        let output = planted.arg(what).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words), "{what}: {}\n{said}", output.status);
    }
}

/// The client compiled with the sanitizers; without them says that it was skipped.
fn sanitized(
    compiler: Vec<String>,
    flags: &[&str],
    source: &str,
    folder: &std::path::Path,
) -> Option<Command> {
    if !links_sanitizers(&compiler, folder) {
        skip(source, "the compiler has no AddressSanitizer");
        return None;
    }
    let program = compile(compiler, &[flags, SANITIZE].concat(), source, &shared_library(), folder)?;
    let mut client = command(&program);
    client.env("ASAN_OPTIONS", "detect_leaks=1").env("LSAN_OPTIONS", "print_suppressions=0");
    Some(client)
}

/// Whether an empty program compiles with the sanitizers, and runs.
fn links_sanitizers(compiler: &[String], folder: &std::path::Path) -> bool {
    let (source, program) = (folder.join("empty.c"), folder.join("empty"));
    std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let [name, arguments @ ..] = compiler else { return false };
    let mut compile = Command::new(name);
    compile.args(arguments).args(SANITIZE).arg(&source).arg("-o").arg(&program);
    compile.output().is_ok_and(|output| output.status.success())
        && Command::new(&program).output().is_ok_and(|output| output.status.success())
}
