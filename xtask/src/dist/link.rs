//! The libraries of the archive on Linux, linked so that nothing but the C API can be seen.
//!
//! A static library of Rust shows the symbols of everything in it: a second one in the same program, made by another
//! compiler, clashes with it or, worse, is mixed with it. So all of it is linked into one object, without what no
//! function of the C API reaches, and every symbol but those functions becomes local. That object is the static library.
//! The shared one is linked from it too, with a soname and with versions for its symbols.

use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What rustc names when asked by `cargo rustc --lib -- --print native-static-libs`.
pub const NATIVE_LIBRARIES: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

/// An object whose only global symbols are the functions of the C API.
pub struct Object {
    file: PathBuf,
    folder: PathBuf,
    functions: Vec<String>,
}

impl Object {
    /// Links a static library of Rust into one object, in a folder for what this leaves behind.
    pub fn link(library: &Path, header: &Path, folder: &Path) -> Result<Self> {
        let header =
            fs::read_to_string(header).with_context(|| format!("cannot read {}", header.display()))?;
        let functions: Vec<String> = header.lines().filter_map(declared).map(str::to_owned).collect();
        let (whole, file) = (folder.join("whole.o"), folder.join("facekit.o"));
        // Without --force-group-allocation a group would be dropped in favour of another library's of the same name,
        // whose symbols are local as well.
        let mut link = Command::new("ld");
        link.args(["--relocatable", "--gc-sections", "--force-group-allocation"]);
        functions.iter().for_each(|function| {
            link.args(["--require-defined", function]);
        });
        run(link.arg("-o").arg(&whole).arg(library))?;

        let kept = folder.join("functions.txt");
        fs::write(&kept, functions.join("\n"))?;
        run(Command::new("objcopy")
            .args(["--strip-unneeded", "--remove-section=.llvmbc", "--remove-section=.llvmcmd"])
            .arg(option("--keep-global-symbols=", &kept))
            .args([&whole, &file]))?;
        fs::remove_file(whole)?;
        Ok(Self { file, folder: folder.to_owned(), functions })
    }

    /// Writes the static library.
    pub fn static_library(&self, to: &Path) -> Result<()> {
        run(Command::new("ar").arg("rcsD").arg(to).arg(&self.file))
    }

    /// Writes the shared library, its symbols under the version `node`.
    pub fn shared_library(&self, soname: &str, node: &str, to: &Path) -> Result<()> {
        let versions = self.folder.join("versions.map");
        fs::write(&versions, format!("{node} {{ global: {}; local: *; }};\n", self.functions.join("; ")))?;
        run(Command::new("cc")
            .args(["-shared", "-Wl,-z,relro,-z,now,-z,defs,-z,noexecstack", "-Wl,--as-needed,--strip-all"])
            .args([format!("-Wl,-soname,{soname}"), "-o".into()])
            .arg(to)
            .arg(option("-Wl,--version-script=", &versions))
            .arg(&self.file)
            .args(NATIVE_LIBRARIES.split(' ')))
    }
}

/// The function that a line of the header declares.
pub fn declared(line: &str) -> Option<&str> {
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    (!line.starts_with([' ', '#', '/']) && name.starts_with("facekit_")).then_some(name)
}

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = OsStr::new(name).to_owned();
    option.push(path);
    option
}

/// Runs a tool, which is silent when all is well.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.output().with_context(|| format!("cannot run `{program}`, of GNU's binutils and gcc"))?;
    ensure!(
        output.status.success(),
        "`{program}` failed:\n{}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
