//! What stands where in the archive.

use super::Built;
use super::crates::Crate;
use super::link::{self, Object};
use crate::runtime::Runtime;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The folder of the papers, from the root of the archive.
pub const DOCUMENTS: &str = "share/doc/facekit";

/// The operating systems that an archive can be made on, and for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Linux,
    MacOs,
    Windows,
}

impl System {
    /// The one that this program was built for.
    pub fn host() -> Result<Self> {
        match std::env::consts::OS {
            "linux" => Ok(Self::Linux),
            "macos" => Ok(Self::MacOs),
            "windows" => Ok(Self::Windows),
            other => bail!("an archive can be made on Linux, macOS and Windows, and not on {other}"),
        }
    }
}

/// The names of a system's files, with the version in them.
pub struct Layout {
    system: System,
    version: String,
    /// The part of the version that says which programs can use the library: `0.1`, or from 1.0 on the major number.
    pub series: String,
}

impl Layout {
    pub fn new(system: System, version: &str) -> Self {
        let numbers: Vec<&str> = version.split(['.', '-', '+']).collect();
        let series = if numbers[0] == "0" { numbers[..2].join(".") } else { numbers[0].to_owned() };
        Self { system, version: version.to_owned(), series }
    }

    pub fn headers(&self, workspace: &Workspace, root: &Path) -> Result<()> {
        copy_all(&workspace.root.join("include"), &root.join("include"))
    }

    /// The library, shared and static, ONNX Runtime and the command line program.
    pub fn libraries(&self, workspace: &Workspace, built: &Built, root: &Path, work: &Path) -> Result<()> {
        let program = if self.system == System::Windows { "facekit.exe" } else { "facekit" };
        copy(&built.programs.join(program), &root.join("bin").join(program))?;
        copy_all(&built.runtime.home.join("lib"), &root.join(self.folder_of_shared()))?;
        let library = |name: &str| built.libraries.join(name);
        let (shared, archive) = (root.join(self.shared()), root.join(self.archive()));
        match self.system {
            System::Linux => {
                link::run(Command::new("strip").arg(root.join("bin").join(program)))?;
                let header = workspace.root.join("include/facekit.h");
                let object = Object::link(&library("libfacekit.a"), &header, work)?;
                object.static_library(&archive)?;
                object.shared_library(&self.shared_name(), &format!("FACEKIT_{}", self.series), &shared)?;
                symlink(&file_name(&self.shared()), &root.join(self.shared_link()))?;
                symlink(&self.shared_name(), &root.join("lib/libfacekit.so"))
            }
            System::MacOs => {
                copy(&library("libfacekit.a"), &archive)?;
                copy(&library("libfacekit.dylib"), &shared)?;
                let name = format!("@rpath/{}", self.shared_name());
                link::run(Command::new("install_name_tool").args(["-id", &name]).arg(&shared))?;
                symlink(&file_name(&self.shared()), &root.join(self.shared_link()))?;
                symlink(&self.shared_name(), &root.join("lib/libfacekit.dylib"))
            }
            System::Windows => {
                copy(&library("facekit.lib"), &archive)?;
                copy(&library("facekit.dll.lib"), &root.join("lib/facekit.dll.lib"))?;
                copy(&library("facekit.dll"), &shared)
            }
        }
    }

    /// What pkg-config and CMake read.
    pub fn package_files(
        &self,
        workspace: &Workspace,
        facekit: &Crate,
        root: &Path,
        runtime: &Runtime,
    ) -> Result<()> {
        let native = self.native_libraries();
        let library = if self.system == System::Windows { "facekit.dll" } else { "facekit" };
        // A program finds the libraries where they were when it was linked; Windows has nothing like it.
        let path = if self.system == System::Windows { "" } else { " -Wl,-rpath,${libdir}" };
        let shared_name = match self.system {
            System::Linux => format!("IMPORTED_SONAME \"{}\"", self.shared_name()),
            System::MacOs => format!("IMPORTED_SONAME \"@rpath/{}\"", self.shared_name()),
            System::Windows => "IMPORTED_IMPLIB \"${_facekit_prefix}/lib/facekit.dll.lib\"".to_owned(),
        };
        let words = [
            ("@VERSION@", self.version.clone()),
            ("@SERIES@", self.series.clone()),
            ("@DESCRIPTION@", facekit.description.clone()),
            ("@SHARED_LIBS@", format!("-L${{libdir}} -l{library}{path}")),
            ("@STATIC_LIBS@", format!("${{libdir}}/{} {native}", file_name(&self.archive()))),
            ("@SHARED@", self.shared()),
            ("@SHARED_LINK@", self.shared_link()),
            ("@SHARED_NAME@", shared_name),
            ("@STATIC@", self.archive()),
            ("@RUNTIME@", self.runtime(&runtime.version)),
            ("@NATIVE_LIBRARIES@", native.replace(' ', ";")),
        ];
        for (folder, name) in [
            ("lib/pkgconfig", "facekit.pc"),
            ("lib/pkgconfig", "facekit-static.pc"),
            ("lib/cmake/facekit", "facekitConfig.cmake"),
            ("lib/cmake/facekit", "facekitConfigVersion.cmake"),
        ] {
            let template = workspace.root.join("packaging").join(format!("{name}.in"));
            let template = fs::read_to_string(&template)
                .with_context(|| format!("cannot read {}", template.display()))?;
            let text = words.iter().fold(template, |text, (word, meaning)| text.replace(word, meaning));
            fs::create_dir_all(root.join(folder))?;
            fs::write(root.join(folder).join(name), text)?;
        }
        Ok(())
    }

    /// The catalogue, and the small models with their cards.
    pub fn models(&self, workspace: &Workspace, root: &Path) -> Result<()> {
        let (from, to) = (workspace.root.join("models"), root.join("share/facekit/models"));
        copy(&from.join("catalog.toml"), &to.join("catalog.toml"))?;
        copy_all(&from.join("lite"), &to.join("lite"))
    }

    /// What there is to read, and the licences of facekit and ONNX Runtime.
    pub fn documents(&self, workspace: &Workspace, runtime: &Runtime, root: &Path) -> Result<()> {
        let to = root.join(DOCUMENTS);
        for name in ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "docs/packages.md"] {
            copy(&workspace.root.join(name), &to.join(file_name(name)))?;
        }
        for name in ["LICENSE", "ThirdPartyNotices.txt"] {
            copy(&runtime.home.join(name), &to.join("onnxruntime").join(name))?;
        }
        Ok(())
    }

    fn folder_of_shared(&self) -> &'static str {
        if self.system == System::Windows { "bin" } else { "lib" }
    }

    /// The file of the shared library, from the root of the archive.
    fn shared(&self) -> String {
        match self.system {
            System::Linux => format!("lib/libfacekit.so.{}", self.version),
            System::MacOs => format!("lib/libfacekit.{}.dylib", self.version),
            System::Windows => "bin/facekit.dll".to_owned(),
        }
    }

    /// The name by which a program asks the loader for the shared library.
    fn shared_name(&self) -> String {
        match self.system {
            System::Linux => format!("libfacekit.so.{}", self.series),
            System::MacOs => format!("libfacekit.{}.dylib", self.series),
            System::Windows => "facekit.dll".to_owned(),
        }
    }

    /// What the loader finds the shared library by, from the root of the archive.
    fn shared_link(&self) -> String {
        format!("{}/{}", self.folder_of_shared(), self.shared_name())
    }

    /// The file of the static library, from the root of the archive.
    fn archive(&self) -> String {
        if self.system == System::Windows { "lib/facekit.lib".into() } else { "lib/libfacekit.a".into() }
    }

    /// The file of ONNX Runtime, from the root of the archive.
    fn runtime(&self, version: &str) -> String {
        match self.system {
            System::Linux => format!("lib/libonnxruntime.so.{version}"),
            System::MacOs => format!("lib/libonnxruntime.{version}.dylib"),
            System::Windows => "bin/onnxruntime.dll".to_owned(),
        }
    }

    /// What a program that links the static library links beside it.
    fn native_libraries(&self) -> &'static str {
        match self.system {
            System::Linux => link::NATIVE_LIBRARIES,
            System::MacOs => "-liconv -lSystem -lc -lm",
            System::Windows => "kernel32.lib ntdll.lib userenv.lib ws2_32.lib dbghelp.lib",
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Copies the files of a folder, and those of the folders in it.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let (entry, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        match entry.is_dir() {
            true => copy_all(&entry, &to)?,
            false => copy(&entry, &to)?,
        }
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(target: &str, link: &Path) -> Result<()> {
    std::os::unix::fs::symlink(target, link).with_context(|| format!("cannot make {}", link.display()))
}

#[cfg(not(unix))]
fn symlink(target: &str, link: &Path) -> Result<()> {
    bail!("cannot make {}, a link to {target}, on this system", link.display())
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}
