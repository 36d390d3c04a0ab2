//! Stylization: pictures, animations, and what may go wrong.
#![cfg(feature = "embedded")]

mod animation;
mod hostile;
mod picture;
#[path = "../swap/support.rs"]
#[allow(dead_code, reason = "the tests of swaps use the rest")]
mod support;
