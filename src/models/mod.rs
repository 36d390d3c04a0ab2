//! Models: which there are, what their graphs take and give, what their licences permit, and where they stand.
//!
//! [`Store`] finds model files in folders and in the embedded pack. What a file is comes from the [`Catalog`] or
//! from its [`Signature`]: its [`Family`] is the contract that it keeps, its [`Role`] what it is for. Nothing here
//! runs a model; [`Budget`] keeps what does.

mod budget;
mod catalog;
mod family;
mod file;
mod fits;
mod initializer;
mod licence;
mod listing;
mod onnx;
mod pool;
mod recognize;
mod role;
mod signature;
mod store;
mod wire;

pub use budget::Budget;
pub use catalog::{Catalog, CatalogEntry, Channels, Contract};
pub use family::Family;
pub use file::{ModelFile, ModelSource};
pub use initializer::Initializer;
pub use licence::{License, LicensePolicy, LicenseTerms};
pub use listing::{Availability, Listing};
pub use pool::{LoadedModel, Model, Models};
pub use recognize::{Recognized, recognize};
pub use role::Role;
pub use signature::{Dim, ElementType, Signature, ValueInfo};
pub use store::{ModelChoice, Store};
