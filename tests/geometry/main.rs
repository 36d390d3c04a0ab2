//! Alignment, warps, masks, blurs, pastes and resizes, against golden numbers and as properties.

mod golden;
mod hostile;
mod pictures;
mod properties;
