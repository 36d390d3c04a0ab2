//! The platforms that ONNX Runtime is packaged for.

use crate::runtime::Package;
use anyhow::{Context, Result, bail};

/// A platform: its names in Rust and the tag of its wheels.
struct Platform {
    os: &'static str,
    arch: &'static str,
    tag: &'static str,
    packages: &'static [Package],
}

const PLATFORMS: [Platform; 5] = [
    Platform {
        os: "linux",
        arch: "x86_64",
        tag: "manylinux_2_28_x86_64",
        packages: &[Package::Cpu, Package::Gpu],
    },
    Platform { os: "linux", arch: "aarch64", tag: "manylinux_2_28_aarch64", packages: &[Package::Cpu] },
    Platform { os: "macos", arch: "aarch64", tag: "macosx_14_0_arm64", packages: &[Package::Cpu] },
    Platform { os: "windows", arch: "x86_64", tag: "win_amd64", packages: &[Package::Cpu, Package::Gpu] },
    Platform { os: "windows", arch: "aarch64", tag: "win_arm64", packages: &[Package::Cpu] },
];

/// The wheel tag of a package for the platform that this program was built for.
pub fn host_tag(package: Package) -> Result<&'static str> {
    if cfg!(target_env = "musl") {
        // A wheel of the manylinux family needs glibc.
        return tag(package, "linux-musl", std::env::consts::ARCH);
    }
    tag(package, std::env::consts::OS, std::env::consts::ARCH)
}

/// Which of the hashes in a package's lock file is that of the platform that this program was built for.
pub fn host_index(package: Package) -> Result<usize> {
    let tag = host_tag(package)?;
    let mut offered = PLATFORMS.iter().filter(|platform| platform.packages.contains(&package));
    offered.position(|platform| platform.tag == tag).context("no platform has this tag")
}

fn tag(package: Package, os: &str, arch: &str) -> Result<&'static str> {
    let mut offered = PLATFORMS.iter().filter(|platform| platform.packages.contains(&package));
    if let Some(platform) = offered.clone().find(|platform| platform.os == os && platform.arch == arch) {
        return Ok(platform.tag);
    }
    let first = offered.next().map(name).unwrap_or_default();
    let names = offered.fold(first, |names, platform| format!("{names}, {}", name(platform)));
    bail!(
        "PyPI has no {} package for {os} {arch}, only for {names}. Build ONNX Runtime 1.28.0, or take it \
         from your system, and set ORT_DYLIB_PATH to its shared library or the folder that holds it: the tasks \
         then use that one and fetch nothing",
        package.name()
    );
}

fn name(platform: &Platform) -> String {
    format!("{} {}", platform.os, platform.arch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_the_tag_of_its_wheels() {
        let tag = |os, arch| tag(Package::Cpu, os, arch).unwrap();
        assert_eq!(tag("linux", "x86_64"), "manylinux_2_28_x86_64");
        assert_eq!(tag("linux", "aarch64"), "manylinux_2_28_aarch64");
        assert_eq!(tag("macos", "aarch64"), "macosx_14_0_arm64");
        assert_eq!(tag("windows", "x86_64"), "win_amd64");
        assert_eq!(tag("windows", "aarch64"), "win_arm64");
    }

    #[test]
    fn a_platform_without_a_package_is_told_what_there_is_and_what_to_do() {
        let error = tag(Package::Cpu, "macos", "x86_64").unwrap_err().to_string();
        assert!(error.contains("no onnxruntime package for macos x86_64"), "{error}");
        assert!(
            error.contains("linux x86_64, linux aarch64, macos aarch64, windows x86_64, windows aarch64"),
            "{error}"
        );
        assert!(error.contains("ORT_DYLIB_PATH"), "{error}");

        let error = tag(Package::Gpu, "linux", "aarch64").unwrap_err().to_string();
        assert!(error.contains("only for linux x86_64, windows x86_64."), "{error}");
    }

    #[test]
    fn a_lock_pins_one_version_and_a_hash_for_every_platform() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for package in [Package::Cpu, Package::Gpu] {
            let lock = std::fs::read_to_string(root.join(package.lock())).unwrap();
            let hashes: Vec<&str> =
                lock.lines().filter_map(|line| line.trim().strip_prefix("--hash=sha256:")).collect();
            let offered = PLATFORMS.iter().filter(|platform| platform.packages.contains(&package)).count();
            assert!(lock.contains(&format!("\n{}==1.28.0 \\\n", package.name())), "{lock}");
            assert_eq!(hashes.len(), offered);
            for hash in hashes {
                let digits = hash.trim_end_matches(" \\");
                assert!(digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
            }
        }
    }
}
