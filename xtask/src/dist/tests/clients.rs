//! Programs that find facekit in the archive and use it.

use super::{Unpacked, output, run, skipped};
use crate::dist::crates::Crates;
use crate::dist::layout::{Layout, System};
use crate::runtime::Runtime;
use crate::tools::Tools;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn the_cmake_examples_build_and_run() {
    let Some((unpacked, tools)) = unpacked_and_tools() else { return };
    for (example, options) in
        [("c-cmake", &["-DLINK_STATIC=OFF"][..]), ("c-cmake", &["-DLINK_STATIC=ON"]), ("cpp-cmake", &[])]
    {
        let scratch = unpacked.scratch(&format!("{example} {}", options.concat()));
        let build = scratch.path();
        let source = unpacked.source("examples").join(example);
        let mut args: Vec<&OsStr> = vec!["-S".as_ref(), source.as_ref(), "-B".as_ref(), build.as_ref()];
        let generator = format!("-DCMAKE_MAKE_PROGRAM={}", tools.ninja.display());
        let prefix = format!("-DCMAKE_PREFIX_PATH={}", unpacked.root().display());
        args.extend(["-GNinja", &generator, &prefix].map(OsStr::new));
        args.extend(options.iter().map(OsStr::new));
        run(&tools.cmake, &args);
        run(&tools.cmake, &["--build".as_ref(), build.as_ref()]);
        assert_restores(unpacked, &build.join("faces"), &build.join("result.png"));
        if example == "c-cmake" {
            // A product of its own: it moves without the archive, and has nothing that it does not need.
            let product = build.join("product");
            let prefix = build.join("prefix");
            run(&tools.cmake, &["--install".as_ref(), build.as_ref(), "--prefix".as_ref(), prefix.as_ref()]);
            fs::rename(&prefix, &product).unwrap();
            assert_restores(unpacked, &product.join("bin/faces"), &build.join("result.png"));
            let shared = ["libfacekit.so.0.1", "libfacekit.so.0.1.0", "libonnxruntime.so.1.28.0"];
            let expected = if options[0].ends_with("ON") { &shared[2..] } else { &shared };
            assert_eq!(names(&product.join("lib")), expected);
        }
    }
}

#[test]
fn cmake_refuses_another_version_and_an_unknown_component() {
    let Some((unpacked, tools)) = unpacked_and_tools() else { return };
    for (wanted, expected) in [
        ("0.1.0 EXACT", None),
        ("0.1...0.9 COMPONENTS shared static", None),
        ("0.2", Some("0.2")),
        ("COMPONENTS python", Some("and no python")),
    ] {
        let scratch = unpacked.scratch(&format!("find {wanted}"));
        let folder = scratch.path();
        let output = find_package(&tools, folder, wanted, &unpacked.root());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), expected.is_none(), "{wanted}: {said}");
        assert!(said.contains(expected.unwrap_or_default()), "{wanted}: {said}");
    }
}

#[test]
fn the_package_files_of_every_system_can_be_read() {
    let Some((unpacked, tools)) = unpacked_and_tools() else { return };
    let crates = Crates::of(&unpacked.workspace).unwrap();
    let runtime = Runtime::find(&unpacked.workspace).unwrap().unwrap();
    for (system, shared, link, flags) in [
        (
            System::Linux,
            "lib/libfacekit.so.0.1.0",
            "lib/libfacekit.so.0.1",
            "-L/x/lib -lfacekit -Wl,-rpath,/x/lib",
        ),
        (
            System::MacOs,
            "lib/libfacekit.0.1.0.dylib",
            "lib/libfacekit.0.1.dylib",
            "-L/x/lib -lfacekit -Wl,-rpath,/x/lib",
        ),
        (System::Windows, "bin/facekit.dll", "bin/facekit.dll", "-L/x/lib -lfacekit.dll"),
    ] {
        let scratch = unpacked.scratch(&format!("{system:?}"));
        let folder = scratch.path();
        let prefix = folder.join("facekit");
        let layout = Layout::new(system, "0.1.0");
        layout.package_files(&unpacked.workspace, crates.facekit(), &prefix, &runtime).unwrap();
        let output = find_package(&tools, folder, "0.1", &prefix);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{output:?}");
        assert!(said.contains(&format!("{}/{shared};", prefix.display())), "{said}");
        assert!(said.contains(&format!("{}/{link}\n", prefix.display())) || shared == link, "{said}");
        // By its name alone, as pkg-config takes no path with a space.
        let mut ask = Command::new(&tools.pkg_config);
        ask.args(["--define-variable=prefix=/x", "--libs", "facekit.pc"]);
        let said = ask.current_dir(prefix.join("lib/pkgconfig")).output().unwrap().stdout;
        assert_eq!(String::from_utf8(said).unwrap().trim_end(), flags);
    }
}

/// Has CMake look for the package under a prefix and print what a program needs when it runs.
fn find_package(tools: &Tools, folder: &Path, wanted: &str, prefix: &Path) -> Output {
    let script = format!(
        "cmake_minimum_required(VERSION 3.16)\nproject(find LANGUAGES NONE)\n\
         find_package(facekit {wanted} REQUIRED PATHS \"{}\" NO_DEFAULT_PATH)\n\
         message(STATUS \"${{facekit_SHARED_FILES}}\")\n",
        prefix.display()
    );
    fs::write(folder.join("CMakeLists.txt"), script).unwrap();
    let make = format!("-DCMAKE_MAKE_PROGRAM={}", tools.ninja.display());
    let build = folder.join("build");
    let args: [&OsStr; 6] =
        ["-S".as_ref(), folder.as_ref(), "-B".as_ref(), build.as_ref(), "-GNinja".as_ref(), make.as_ref()];
    output(tools.cmake.as_ref(), &args)
}

#[test]
fn the_example_with_pkg_config_builds_and_runs() {
    let Some((unpacked, tools)) = unpacked_and_tools() else { return };
    if Command::new("make").arg("--version").output().is_err() {
        return skipped("as there is no make");
    }
    for package in ["facekit", "facekit-static"] {
        let scratch = unpacked.scratch(&format!("c-pkgconfig {package}"));
        let folder = scratch.path();
        for file in ["Makefile", "main.c"] {
            fs::copy(unpacked.source("examples/c-pkgconfig").join(file), folder.join(file)).unwrap();
        }
        let facekit = format!("FACEKIT={}", unpacked.root().display());
        let (package, pkg_config) =
            (format!("PACKAGE={package}"), format!("PKG_CONFIG={}", tools.pkg_config.display()));
        let words = [facekit.as_ref(), package.as_ref(), pkg_config.as_ref()];
        run("make", &[&["-C".as_ref(), folder.as_ref()], &words[..]].concat());
        if package.ends_with("static") {
            unpacked.copy_runtime(folder);
        }
        assert_restores(unpacked, &folder.join("faces"), &folder.join("result.png"));
    }
}

#[test]
fn a_compiler_alone_will_do_and_the_program_moves_with_the_library() {
    let Some(unpacked) = Unpacked::get() else { return };
    let scratch = unpacked.scratch("by hand");
    let folder = scratch.path();
    fs::create_dir(folder.join("bin")).unwrap();
    let (program, main) = (folder.join("bin/faces"), unpacked.source("examples/c-cmake/main.c"));
    let (include, library) = (unpacked.file("include"), unpacked.file("lib/libfacekit.so"));
    let args: [&OsStr; 7] = [
        "-I".as_ref(),
        include.as_ref(),
        main.as_ref(),
        library.as_ref(),
        "-Wl,-rpath,$ORIGIN/../lib".as_ref(),
        "-o".as_ref(),
        program.as_ref(),
    ];
    run("cc", &args);
    // A product of its own: the program and what it needs, without the archive.
    run("cp", &["-a".as_ref(), unpacked.file("lib").as_ref(), folder.join("lib").as_ref()]);
    assert_restores(unpacked, &program, &folder.join("result.png"));
    fs::remove_file(folder.join("lib/libonnxruntime.so.1.28.0")).unwrap();
    let said = output(program.as_ref(), &[unpacked.photo().as_ref(), folder.join("none.png").as_ref()]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("ONNX Runtime"), "{said:?}");
}

#[test]
fn the_command_line_program_runs_where_it_was_unpacked() {
    let Some(unpacked) = Unpacked::get() else { return };
    let said = run(unpacked.file("bin/facekit"), &["detect".as_ref(), unpacked.photo().as_ref()]);
    assert!(said.contains("1 face, facekit-lite-detect"), "{said}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs an example: it finds the one face of the photograph and writes it restored.
fn assert_restores(unpacked: &Unpacked, program: &Path, result: &Path) {
    let said = run(program, &[unpacked.photo().as_ref(), result.as_ref()]);
    assert!(said.starts_with("a face at ") && said.ends_with("\n1 restored\n"), "{said}");
    assert!(fs::read(result).unwrap().starts_with(b"\x89PNG"));
}

fn unpacked_and_tools() -> Option<(&'static Unpacked, Tools)> {
    let unpacked = Unpacked::get()?;
    let tools = Tools::find(&unpacked.workspace);
    if tools.is_none() {
        skipped("as there is no CMake, Ninja or pkg-config: run `cargo xtask test`");
    }
    Some((unpacked, tools?))
}
