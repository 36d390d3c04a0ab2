//! The proofs that `cargo xtask check` runs in full, and the other tests in a short form.

use std::fmt;
use std::io::Write as _;

/// A number that `cargo xtask check` sets for the long form, such as `FACEKIT_CHECK_SECONDS`.
#[allow(dead_code, reason = "not every proof has one")]
pub fn number(name: &str, short: u64) -> u64 {
    let variable = format!("FACEKIT_CHECK_{}", name.to_uppercase());
    match std::env::var(&variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}`, and must be a number")),
        Err(_) => short,
    }
}

/// Says something past the harness, which hides what a passing test prints.
pub fn say(what: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{what}");
}
