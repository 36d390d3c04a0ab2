//! Tells the library for what, and by what, it is built.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for name in ["TARGET", "PROFILE"] {
        println!("cargo::rustc-env=FACEKIT_{name}={}", env::var(name).unwrap_or_default());
    }
    let rustc = Command::new(env::var_os("RUSTC").unwrap_or("rustc".into())).arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo::rustc-env=FACEKIT_RUSTC={}", rustc.unwrap_or_default());
}
