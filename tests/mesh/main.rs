//! The swap without a network and its pixel operations, against golden numbers and as properties.

mod golden;
mod kernels;
#[allow(dead_code)]
#[path = "../geometry/pictures.rs"]
mod pictures;
mod polygon;
mod swap;
