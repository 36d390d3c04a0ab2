//! Models: which there are, what their graphs take and give, what their licences permit, and where they stand.
//!
//! [`Store`] finds models in folders and in the embedded pack. What a file is comes from the [`Catalog`] or from its
//! [`Signature`]: its [`Family`] is the contract that it keeps, its [`Role`] what it is for. A [`DiffusionPack`] and a
//! [`Controlnet`] are folders, a [`TensorFile`] is a LoRA or a textual inversion. Nothing here runs a model; [`Models`]
//! loads what does, within a [`Budget`].

mod archive;
mod budget;
mod card;
mod catalog;
mod choose;
mod diffusion;
mod family;
mod file;
mod fits;
mod initializer;
mod initializers;
mod install;
mod licence;
mod listing;
mod onnx;
mod pool;
mod preload;
mod recognize;
mod replaced;
mod role;
mod safetensors;
mod signature;
mod store;
mod tensor_file;
mod value_range;
mod wire;

pub use self::safetensors::SafeTensors;
pub use budget::Budget;
pub use card::{ModelCard, ModelSource};
pub use catalog::{Catalog, CatalogEntry, Channels, Contract, Steers};
pub use choose::ModelChoice;
pub use diffusion::{Controlnet, DiffusionKind, DiffusionPack, Part};
pub use family::Family;
pub use file::ModelFile;
pub use initializer::Initializer;
pub use initializers::{InitializerInfo, Initializers};
pub use licence::{License, LicensePolicy, LicenseTerms};
pub use listing::{Availability, Listing};
pub use pool::{LoadedModel, Model, Models};
pub use recognize::{Recognized, recognize};
pub use replaced::load_with;
pub use role::Role;
pub use signature::{Dim, ElementType, Signature, ValueInfo};
pub use store::Store;
pub use tensor_file::TensorFile;
pub use value_range::ValueRange;
