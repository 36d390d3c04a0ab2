//! What the libraries show, and that they live beside others of their kind.

use super::{Unpacked, declared, run};
use crate::dist::link::NATIVE_LIBRARIES;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_static_library_shows_the_functions_of_the_header_and_nothing_else() {
    let Some(unpacked) = Unpacked::get() else { return };
    let said = run(
        "nm",
        &[
            "--defined-only".as_ref(),
            "--extern-only".as_ref(),
            "--format=posix".as_ref(),
            unpacked.file("lib/libfacekit.a").as_ref(),
        ],
    );
    // The first line names the object.
    let mut shown: Vec<&str> = said.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    shown.sort_unstable();
    assert_eq!(shown, declared(unpacked));
}

#[test]
fn the_shared_library_shows_the_functions_of_the_header_under_a_version() {
    let Some(unpacked) = Unpacked::get() else { return };
    let library = unpacked.file("lib/libfacekit.so");
    let said =
        run("nm", &["-D".as_ref(), "--defined-only".as_ref(), "--format=posix".as_ref(), library.as_ref()]);
    let mut shown: Vec<&str> = said.lines().filter_map(|line| line.split(' ').next()).collect();
    shown.retain(|name| *name != "FACEKIT_0.1");
    shown.sort_unstable();
    let expected: Vec<String> =
        declared(unpacked).iter().map(|name| format!("{name}@@FACEKIT_0.1")).collect();
    assert_eq!(shown, expected);

    let said = run("readelf", &["--dynamic".as_ref(), "--wide".as_ref(), library.as_ref()]);
    assert!(said.contains("Library soname: [libfacekit.so.0.1]"), "{said}");
    let needed = |name: &str| said.lines().any(|line| line.contains("(NEEDED)") && line.contains(name));
    assert!(needed("[libc.so.6]") && !needed("onnxruntime") && !needed("stdc++"), "{said}");
}

#[test]
fn what_cargo_builds_shows_the_functions_of_the_header_and_nothing_else() {
    let Some(unpacked) = Unpacked::get() else { return };
    let library = std::env::current_exe().unwrap().with_file_name("libfacekit.so");
    let said =
        run("nm", &["-D".as_ref(), "--defined-only".as_ref(), "--format=posix".as_ref(), library.as_ref()]);
    let mut shown: Vec<&str> = said.lines().filter_map(|line| line.split(' ').next()).collect();
    shown.sort_unstable();
    assert_eq!(shown, declared(unpacked));
}

#[test]
fn a_program_can_also_link_another_library_of_rust() {
    let Some(unpacked) = Unpacked::get() else { return };
    let scratch = unpacked.scratch("two of Rust");
    let folder = scratch.path();
    fs::write(
        folder.join("other.rs"),
        "#[unsafe(no_mangle)]\npub extern \"C\" fn other_sum(count: u32) -> u32 {\n    \
         let worker = std::thread::spawn(move || (1..=count).collect::<Vec<u32>>());\n    \
         std::panic::catch_unwind(|| panic!(\"caught\")).unwrap_err();\n    \
         worker.join().unwrap().iter().sum()\n}\n",
    )
    .unwrap();
    let other = folder.join("libother.a");
    // The compiler that made this test, which rustup finds by variables of its own.
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut rustc = Command::new(rustc);
    rustc.args(["--edition=2024", "--crate-type=staticlib"]).arg(folder.join("other.rs"));
    assert!(rustc.arg("-o").arg(&other).status().unwrap().success());
    let main = "#include <facekit.h>\nunsigned other_sum(unsigned);\n\
                int detect(const char *);\nint main(int argc, char **argv) {\n    \
                if (other_sum(4) != 10) return 1;\n    \
                return argc == 2 ? detect(argv[1]) : 1;\n}\n";
    unpacked.copy_runtime(folder);
    for (name, libraries) in [("first", ["facekit", "other"]), ("last", ["other", "facekit"])] {
        let files = libraries.map(|library| match library {
            "other" => other.clone(),
            _ => unpacked.file("lib/libfacekit.a"),
        });
        let program = folder.join(name);
        // Every object of both, so that nothing that clashes is left out.
        let mut link = vec![OsStr::new("-Wl,--whole-archive")];
        link.extend(files.iter().map(|file| file.as_os_str()));
        link.push("-Wl,--no-whole-archive".as_ref());
        compile(unpacked, folder, main, &link, &program);
        run(&program, &[unpacked.photo().as_ref()]);
    }
}

#[test]
fn a_program_on_the_path_is_not_taken_for_a_file_in_the_current_folder() {
    let Some(unpacked) = Unpacked::get() else { return };
    let scratch = unpacked.scratch("on the path");
    let folder = scratch.path();
    let (bin, current) = (folder.join("bin"), folder.join("current"));
    fs::create_dir(&bin).unwrap();
    fs::create_dir(&current).unwrap();
    let main = "#include <facekit.h>\nint detect(const char *);\n\
                int main(int argc, char **argv) { return argc == 2 ? detect(argv[1]) : 1; }\n";
    compile(unpacked, folder, main, &[unpacked.file("lib/libfacekit.a").as_ref()], &bin.join("faces"));
    unpacked.copy_runtime(&bin);

    fs::write(
        folder.join("trap.c"),
        "#include <unistd.h>\n__attribute__((constructor)) void trap(void) { _exit(3); }\n",
    )
    .unwrap();
    let trap = current.join("libonnxruntime.so.9.9.9");
    run(
        "cc",
        &["-shared".as_ref(), "-fPIC".as_ref(), folder.join("trap.c").as_ref(), "-o".as_ref(), trap.as_ref()],
    );
    fs::write(current.join("faces"), "").unwrap();
    let status = Command::new("faces")
        .arg(unpacked.photo())
        .env_clear()
        .env("PATH", &bin)
        .current_dir(&current)
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_program_can_use_an_onnx_runtime_of_its_own() {
    let Some(unpacked) = Unpacked::get() else { return };
    let scratch = unpacked.scratch("two runtimes");
    let folder = scratch.path();
    let own = folder.join("libonnxruntime.so.1");
    fs::write(folder.join("own.c"), "const void *OrtGetApiBase(void) { return \"the host's\"; }\n").unwrap();
    run(
        "cc",
        &[
            OsStr::new("-shared"),
            "-fPIC".as_ref(),
            "-Wl,-soname,libonnxruntime.so.1".as_ref(),
            folder.join("own.c").as_ref(),
            "-o".as_ref(),
            own.as_ref(),
        ],
    );
    let main = "#include <facekit.h>\n#include <string.h>\nconst void *OrtGetApiBase(void);\n\
                int detect(const char *);\nint main(int argc, char **argv) {\n    \
                if (argc != 2 || detect(argv[1]) != 0) return 1;\n    \
                return strcmp(OrtGetApiBase(), \"the host's\") != 0;\n}\n";
    let library = unpacked.file("lib/libfacekit.so");
    let paths =
        [unpacked.file("lib"), folder.to_owned()].map(|path| format!("-Wl,-rpath,{}", path.display()));
    let program = folder.join("program");
    let link = [own.as_os_str(), library.as_os_str(), paths[0].as_ref(), paths[1].as_ref()];
    compile(unpacked, folder, main, &link, &program);
    run(&program, &[unpacked.photo().as_ref()]);
}

/// Compiles a program in C with a function that detects the one face of a picture, and 0 when it does.
fn compile(unpacked: &Unpacked, folder: &Path, main: &str, link: &[&OsStr], program: &Path) {
    let detect = "int detect(const char *path) {\n    facekit_engine *engine = NULL;\n    facekit_image *image = NULL;\n    \
                  facekit_detection *detection = NULL;\n    int failed =\n        \
                  facekit_engine_new(NULL, &engine, NULL) || facekit_image_open(engine, path, &image, NULL) ||\n        \
                  facekit_detect(engine, image, NULL, NULL, &detection, NULL) ||\n        \
                  facekit_detection_face_count(detection) != 1;\n    facekit_detection_free(detection);\n    \
                  facekit_image_free(image);\n    facekit_engine_free(engine);\n    return failed;\n}\n";
    let (source, include) = (folder.join("main.c"), unpacked.file("include"));
    fs::write(&source, format!("{main}{detect}")).unwrap();
    let mut args: Vec<&OsStr> = vec!["-I".as_ref(), include.as_ref(), source.as_ref()];
    args.extend(link);
    args.extend(NATIVE_LIBRARIES.split(' ').map(OsStr::new));
    args.extend([OsStr::new("-o"), program.as_ref()]);
    run("cc", &args);
}
