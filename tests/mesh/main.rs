//! The pixel operations of the mesh swap, against golden numbers and as properties.

mod golden;
mod polygon;
