//! Alignment, warps, masks, blurs, pastes and resizes, against golden numbers and as properties.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod golden;
mod hostile;
mod pictures;
mod properties;
