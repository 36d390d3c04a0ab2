//! A swapper model and how it is used.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::face::swappers::Source;
use crate::face::swappers::contract::{Contract, SourceInput};
use crate::geometry::Template;
use crate::models::{Model, Models, Role};
use crate::picture::{Image, ImageRef, PixelFormat};
use crate::progress::CancelToken;
use crate::runtime::Phase;

/// A swapper model and how it is used.
///
/// `Send + Sync`.
#[derive(Debug)]
pub struct Swapper {
    pub(super) model: Arc<Model>,
    pub(super) converter: Option<Arc<Model>>,
    pub(super) contract: Contract,
    pub(super) embedding_len: usize,
}

impl Swapper {
    /// A model as a swapper, with the converter that its family needs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for a model of another role; [`ErrorKind::ModelNotFound`] when the converter is
    /// not installed, and the other errors of [`Models::get`].
    pub fn of(models: &Models, model: Arc<Model>) -> Result<Self> {
        let sides =
            |name: &str| model.session.input(name).map(|info| info.dims.as_slice()).unwrap_or_default();
        let size = match sides("target") {
            &[_, _, _, Some(side)] => u32::try_from(side).ok(),
            _ => None,
        };
        let embedding_len = match sides("source") {
            &[_, Some(len)] => len,
            _ => 512,
        };
        let mut contract = Contract::of(model.family(), size).ok_or_else(|| {
            let message = format!("{} is a {}, and no swapper", model.name(), model.family().role());
            Error::new(ErrorKind::InvalidModel, message)
        })?;
        contract.size = size.unwrap_or(contract.size);
        contract.template = model.template().unwrap_or(contract.template);
        let converter = match contract.source {
            SourceInput::Converted { converter, .. } => {
                let needed = |error: Error| error.context(format!("{} needs {converter}", model.name()));
                Some(models.get(Role::Converter, Some(converter)).map_err(needed)?)
            }
            _ => None,
        };
        Ok(Self { model, converter, contract, embedding_len })
    }

    /// The name of its model.
    pub fn name(&self) -> &str {
        self.model.name()
    }

    /// The name of its converter, where its family needs one.
    pub fn converter(&self) -> Option<&str> {
        self.converter.as_ref().map(|converter| converter.name())
    }

    /// The name of the recognizer of whose embeddings it, or its converter, was made.
    pub fn recognizer(&self) -> &'static str {
        self.contract.recognizer
    }

    /// The template that targets are aligned to.
    pub fn template(&self) -> Template {
        self.contract.template
    }

    /// The sides of a target, in pixels, that it swaps: its own, and those that pixel boost makes of it.
    pub fn sizes(&self) -> impl ExactSizeIterator<Item = u32> {
        self.contract.boosts.iter().map(|boost| boost * self.contract.size)
    }

    /// The side of a target in pixels: the one that pixel boost asks for, or else its own.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for a side that it does not swap, with those that it does.
    pub fn size(&self, pixel_boost: Option<u32>) -> Result<u32> {
        let size = pixel_boost.unwrap_or(self.contract.size);
        if self.sizes().any(|possible| possible == size) {
            return Ok(size);
        }
        let sizes: Vec<String> = self.sizes().map(|size| size.to_string()).collect();
        Err(Error::parameter(format!(
            "{} swaps faces of {} pixels, and pixel boost asks for {size}: choose one of these",
            self.name(),
            sizes.join(", ")
        )))
    }

    /// The target with the identity of the source: an RGB crop of the target's size.
    ///
    /// `target` is a square crop aligned to [`Swapper::template`], of one of the [`Swapper::sizes`]. One that is k
    /// times larger than the graph's own is taken apart into k × k phases, every k-th pixel across and down, each of
    /// which the network swaps: facefusion's pixel boost.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] for another size, or a source that was made for another family;
    /// [`ErrorKind::InvalidModel`] when the network gives another size back, and those of the model's run.
    pub fn run(&self, target: ImageRef<'_>, source: &Source, cancel: &CancelToken) -> Result<Image> {
        let size = self.size(Some(target.width()))?;
        if target.height() != size {
            return Err(Error::parameter(format!(
                "a target of {size}×{} is not square: align it to {}",
                target.height(),
                self.template()
            )));
        }
        let source = self.tensor_of(source)?;
        let mut swapped = Image::new(size, size, PixelFormat::Rgb)?;
        let mut picture = swapped.view_mut();
        for phase in Phase::of_step(size / self.contract.size) {
            let tensor = self.contract.input.encode_phase(target, phase);
            let inputs = [("source", source.view()), ("target", tensor.view().into_dyn())];
            self.model.run(&inputs, cancel, |outputs| {
                self.contract.output.decode_phase(outputs.at(0)?.values().view(), &mut picture, phase)
            })?;
        }
        Ok(swapped)
    }

    /// An [`ErrorKind::InvalidModel`] error that names the model.
    pub(super) fn invalid(&self, what: String) -> Error {
        Error::new(ErrorKind::InvalidModel, what).context(self.name())
    }
}
