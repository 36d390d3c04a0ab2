//! Which facekit this is.

use std::ffi::c_char;

/// The version of the library, such as `0.1.0`; `FACEKIT_VERSION` is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The version of the library as a number that grows: major * 1000000 + minor * 1000 + patch;
/// `FACEKIT_VERSION_NUMBER` is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_version_number() -> u32 {
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

const fn number(digits: &str) -> u32 {
    let digits = digits.as_bytes();
    let (mut number, mut i) = (0, 0);
    while i < digits.len() {
        number = number * 10 + (digits[i] - b'0') as u32;
        i += 1;
    }
    number
}
