//! The clients without a network: they open no socket, and write only where they are told to.

use tempfile::TempDir;

use super::strace::Traced;
use super::{C99, PHOTO, cc, clients, compile, shared_library};

#[test]
fn no_client_uses_the_network_or_writes_elsewhere() {
    for (compiler, flags, source) in clients() {
        let (programs, scratch) = (folder(), folder());
        let Some(program) = compile(compiler, flags, source, &shared_library(), programs.path()) else {
            return;
        };
        let Some(traced) = Traced::run(&program, &[PHOTO, path(&scratch)]) else { return };
        assert!(
            traced.output.status.success(),
            "{source}: {}",
            String::from_utf8_lossy(&traced.output.stderr)
        );
        assert!(traced.network.is_empty(), "{source}: {:?}", traced.network);
        let stray: Vec<_> = traced.touched.iter().filter(|path| !path.starts_with(scratch.path())).collect();
        assert!(stray.is_empty(), "{source}: {stray:?}");
    }
}

#[test]
fn a_socket_and_a_file_that_are_planted_are_found() {
    let (programs, scratch) = (folder(), folder());
    let Some(program) = compile(cc(), C99, "tests/c/planted.c", &shared_library(), programs.path()) else {
        return;
    };
    let Some(traced) = Traced::run(&program, &["socket"]) else { return };
    assert!(traced.network.len() == 1 && traced.network[0].contains("AF_INET"), "{:?}", traced.network);
    assert!(traced.touched.is_empty(), "{:?}", traced.touched);
    let stray = scratch.path().join("stray");
    let traced = Traced::run(&program, &["file", stray.to_str().unwrap()]).unwrap();
    assert!(traced.network.is_empty() && traced.touched.iter().eq([&stray]), "{:?}", traced.touched);
}

fn folder() -> TempDir {
    // As the system names it, where the target folder is a link.
    tempfile::tempdir_in(std::fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).unwrap()).unwrap()
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}
