//! Swappers: networks that put the identity of one face on another.
//!
//! A [`Swapper`] is a model with what its family takes and gives. Its [`Source`] is made once, of an
//! [`Embedding`](crate::face::Embedding) or of a picture as [`Swapper::source_kind`] says, and serves any number of
//! targets: each is cut out to the swapper's template and size, run, and put back.

mod contract;
mod source;
mod swapper;

pub use source::{Source, SourceKind};
pub use swapper::Swapper;
