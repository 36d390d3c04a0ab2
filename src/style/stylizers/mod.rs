//! Stylizers: networks that repaint a picture in a style in one run.
//!
//! A [`Stylizer`] is a model with what its family takes and gives, and, where that takes one, a style picture. It
//! paints pictures of any size: what a network sees at once is bounded, and larger pictures are painted in tiles.
//!
//! A graph whose family is not told by the catalogue, its metadata or its name is run as what it looks like: the sides
//! of its input tell where the channels stand, and the end of the graph what its numbers are. What a graph cannot tell,
//! its metadata can:
//!
//! | entry | values | without it |
//! |---|---|---|
//! | `family` | the name of a [`Family`](crate::models::Family) | told from the graph |
//! | `layout` | `NCHW` or `NHWC` | told by the side that is 3 |
//! | `channels` | `RGB` or `BGR` | those of its family |
//! | `range` | `0 1`, `-1 1` or `0 255`: black and white of what it takes | its family's, else that of what it gives |
//! | `output_range` | the same of what it gives | its family's, else told by the graph's end, else `range` |
//! | `multiple` | what the sides of its input are multiples of | that of its family, or else 32 |
//!
//! What the catalogue says of a file goes before what its family and its graph do, and its size fills free sides.
//!
//! The end of a graph tells where it is a `Tanh`, a `Sigmoid` or a `Clip`. Where neither range is known, both are
//! `0 255`, or `0 1` where a style picture goes in.

mod condition;
mod contract;
mod frame;
mod stylizer;
mod tiles;

pub use stylizer::Stylizer;
