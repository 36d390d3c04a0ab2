//! The engine: what a user holds.

mod builder;

use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;
use crate::limits::Limits;
use crate::log::Log;
use crate::models::{LoadedModel, Models, Role, Store};
use crate::params::{
    DetailParams, DetectParams, EmbedParams, FaceMaskParams, RefineParams, RestoreParams, StylizeParams,
    SwapParams,
};
use crate::picture::{ImageCow, ImageRef};
use crate::pipelines::{
    self, Comparison, Detailed, Detection, Embedded, FaceMask, Restored, Stylized, StylizedFile, SwapSource,
    Swapped, SwappedFile,
};
use crate::progress::Control;
use crate::request::{Request, Response};
use crate::runtime::{Provider, RuntimeInfo};

pub use builder::EngineBuilder;

/// The face engine: finds models, loads them when they are first needed, and runs the pipelines.
///
/// Cheap to clone, `Send + Sync`; clones share their models, and any number of threads may call one engine at
/// once. The first engine of a process loads ONNX Runtime and, before that, sets the environment variable
/// `ORT_DISABLE_TELEMETRY`: build it before other threads read the environment from C.
///
/// ```
/// use facekit::{Engine, Image, Limits, params::DetectParams};
///
/// # fn main() -> facekit::Result<()> {
/// let engine = Engine::builder().build()?;
/// let photo = Image::open("examples/photos/astronaut.png", &Limits::default())?;
/// let found = engine.detect(&photo, &DetectParams::default())?;
/// assert_eq!(found.faces.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    models: Models,
    limits: Limits,
}

impl Engine {
    /// A builder with the defaults: the embedded models, the CPU, no strictness, only licences that permit
    /// commercial use.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    fn new(models: Models, limits: Limits) -> Self {
        Self(Arc::new(Inner { models, limits }))
    }

    /// Finds the faces of a picture.
    ///
    /// # Errors
    /// Those of [`pipelines::detect`].
    pub fn detect<'a>(&self, image: impl Into<ImageRef<'a>>, params: &DetectParams) -> Result<Detection> {
        self.answer(&Request::Detect { image: image.into().into(), params: params.clone() })
    }

    /// Turns the faces of a picture into vectors that tell people apart.
    ///
    /// # Errors
    /// Those of [`pipelines::embed`].
    pub fn embed<'a>(&self, image: impl Into<ImageRef<'a>>, params: &EmbedParams) -> Result<Embedded> {
        self.answer(&Request::Embed { image: image.into().into(), params: params.clone() })
    }

    /// Tells whether two pictures show one person.
    ///
    /// # Errors
    /// Those of [`pipelines::compare`].
    pub fn compare<'a>(
        &self,
        a: impl Into<ImageRef<'a>>,
        b: impl Into<ImageRef<'a>>,
        params: &EmbedParams,
    ) -> Result<Comparison> {
        let images = [a.into().into(), b.into().into()];
        self.answer(&Request::Compare { images, params: params.clone() })
    }

    /// Masks the faces of a picture, or parts of them.
    ///
    /// # Errors
    /// Those of [`pipelines::face_mask`].
    pub fn mask<'a>(&self, image: impl Into<ImageRef<'a>>, params: &FaceMaskParams) -> Result<FaceMask> {
        self.answer(&Request::Mask { image: image.into().into(), params: params.clone() })
    }

    /// Restores the faces of a picture.
    ///
    /// ```
    /// use facekit::{Engine, Image, Limits, params::RestoreParams};
    ///
    /// # fn main() -> facekit::Result<()> {
    /// let engine = Engine::builder().build()?;
    /// let photo = Image::open("examples/photos/astronaut.png", &Limits::default())?;
    /// let restored = engine.restore(&photo, &RestoreParams::default())?;
    /// assert_eq!((restored.image.width(), restored.faces.len()), (photo.width(), 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`pipelines::restore`].
    pub fn restore<'a>(&self, image: impl Into<ImageRef<'a>>, params: &RestoreParams) -> Result<Restored> {
        self.answer(&Request::Restore { image: image.into().into(), params: params.clone() })
    }

    /// Repaints the faces of a picture with a diffusion model, in more detail than they have.
    ///
    /// ```
    /// use facekit::params::{DetailParams, Fallback};
    /// use facekit::{Engine, Image, Limits};
    ///
    /// # fn main() -> facekit::Result<()> {
    /// let engine = Engine::builder().build()?;
    /// let photo = Image::open("examples/photos/astronaut.png", &Limits::default())?;
    /// // Without a diffusion model the faces are restored instead, where the caller allows it.
    /// let params = DetailParams { fallback: Fallback::Restore, ..DetailParams::default() };
    /// let detailed = engine.detail(&photo, &params)?;
    /// println!("{} by {}", detailed.faces.len(), detailed.engine.name());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`pipelines::detail`].
    pub fn detail<'a>(&self, image: impl Into<ImageRef<'a>>, params: &DetailParams) -> Result<Detailed> {
        self.answer(&Request::Detail { image: image.into().into(), params: params.clone() })
    }

    /// Refines the faces of a picture with a diffusion model, from very subtly to extremely.
    ///
    /// # Errors
    /// Those of [`pipelines::refine`].
    pub fn refine<'a>(&self, image: impl Into<ImageRef<'a>>, params: &RefineParams) -> Result<Detailed> {
        self.answer(&Request::Refine { image: image.into().into(), params: params.clone() })
    }

    /// Gives a picture one of six styles.
    ///
    /// ```
    /// use facekit::params::StylizeParams;
    /// use facekit::style::Style;
    /// use facekit::{Engine, Image, Limits};
    ///
    /// # fn main() -> facekit::Result<()> {
    /// let engine = Engine::builder().build()?;
    /// let photo = Image::open("examples/photos/astronaut.png", &Limits::default())?;
    /// let params = StylizeParams { style: Style::Clay, ..StylizeParams::default() };
    /// let clay = engine.stylize(&photo, &params)?;
    /// println!("{} by {}", clay.style.name(), clay.engine.name());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`pipelines::stylize`], which [`Engine::run`] calls with a style picture.
    pub fn stylize<'a>(&self, image: impl Into<ImageRef<'a>>, params: &StylizeParams) -> Result<Stylized> {
        let (image, params) = (image.into().into(), params.clone());
        self.answer(&Request::Stylize { image, style_image: None, params })
    }

    /// Gives an encoded picture or animation one of six styles, and encodes the result.
    ///
    /// # Errors
    /// Those of [`pipelines::stylize_file`].
    pub fn stylize_file(&self, file: &[u8], params: &StylizeParams) -> Result<StylizedFile> {
        self.answer(&Request::StylizeFile { file: file.into(), style_image: None, params: params.clone() })
    }

    /// Puts the face of one picture into another.
    ///
    /// ```
    /// use facekit::{Engine, Image, Limits, params::SwapParams};
    ///
    /// # fn main() -> facekit::Result<()> {
    /// let engine = Engine::builder().build()?;
    /// let source = Image::open("examples/photos/astronaut.png", &Limits::default())?;
    /// let target = Image::open("examples/photos/grace_hopper.jpg", &Limits::default())?;
    /// let swapped = engine.swap(&source, &target, &SwapParams::default())?;
    /// assert_eq!((swapped.image.height(), swapped.faces.len()), (600, 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`pipelines::swap`], which [`Engine::run`] calls for several people and several pictures of one.
    pub fn swap<'a>(
        &self,
        source: impl Into<ImageRef<'a>>,
        target: impl Into<ImageRef<'a>>,
        params: &SwapParams,
    ) -> Result<Swapped> {
        let sources = vec![SwapSource::new(source.into())];
        self.answer(&Request::Swap { sources, target: target.into().into(), params: params.clone() })
    }

    /// Puts faces into an encoded picture or animation, and encodes the result.
    ///
    /// # Errors
    /// Those of [`pipelines::swap_file`].
    pub fn swap_file(
        &self,
        sources: &[SwapSource<'_>],
        target: &[u8],
        params: &SwapParams,
    ) -> Result<SwappedFile> {
        let (sources, target) = (sources.to_vec(), target.into());
        self.answer(&Request::SwapFile { sources, target, params: params.clone() })
    }

    /// Runs any pipeline, with progress, previews, cancellation and a completion callback.
    ///
    /// ```
    /// use facekit::{CancelToken, Control, Engine, Image, Limits, Request};
    ///
    /// # fn main() -> facekit::Result<()> {
    /// let engine = Engine::builder().build()?;
    /// let photo = Image::open("examples/photos/astronaut.png", &Limits::default())?;
    /// let stop = CancelToken::new();
    /// let control = Control::new().cancel_with(stop.clone()).on_progress(|p| println!("{:.0} %", p.fraction * 100.0));
    /// // Any thread may call `stop.cancel()` while this runs.
    /// let response = engine.run(&Request::Restore { image: (&photo).into(), params: Default::default() }, &control)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the pipeline.
    pub fn run(&self, request: &Request<'_>, control: &Control) -> Result<Response> {
        let start = Instant::now();
        let result = self.respond(request, control);
        control.complete(result.as_ref().err(), start);
        result
    }

    fn answer<T: TryFrom<Response, Error = Box<Response>>>(&self, request: &Request<'_>) -> Result<T> {
        self.respond(request, &Control::new())?.answer()
    }

    /// Runs any pipeline, and leaves it to the caller to tell of its end.
    pub(crate) fn respond(&self, request: &Request<'_>, control: &Control) -> Result<Response> {
        let Inner { models, limits } = &*self.0;
        Ok(match request {
            Request::Detect { image, params } => {
                Response::Detect(pipelines::detect(models, image.view(), params, limits, control)?)
            }
            Request::Embed { image, params } => {
                Response::Embed(pipelines::embed(models, image.view(), params, limits, control)?)
            }
            Request::Compare { images, params } => Response::Compare(Box::new(pipelines::compare(
                models,
                [&images[0], &images[1]].map(ImageCow::view),
                params,
                limits,
                control,
            )?)),
            Request::Mask { image, params } => {
                Response::Mask(pipelines::face_mask(models, image.view(), params, limits, control)?)
            }
            Request::Restore { image, params } => {
                Response::Restore(pipelines::restore(models, image.view(), params, limits, control)?)
            }
            Request::Detail { image, params } => {
                Response::Detail(pipelines::detail(models, image.view(), params, limits, control)?)
            }
            Request::Refine { image, params } => {
                Response::Refine(pipelines::refine(models, image.view(), params, limits, control)?)
            }
            Request::Stylize { image, style_image, params } => Response::Stylize(pipelines::stylize(
                models,
                image.view(),
                style_image.as_ref().map(ImageCow::view),
                params,
                limits,
                control,
            )?),
            Request::StylizeFile { file, style_image, params } => {
                Response::StylizeFile(pipelines::stylize_file(
                    models,
                    file,
                    style_image.as_ref().map(ImageCow::view),
                    params,
                    limits,
                    control,
                )?)
            }
            Request::Swap { sources, target, params } => {
                Response::Swap(pipelines::swap(models, sources, target.view(), params, limits, control)?)
            }
            Request::SwapFile { sources, target, params } => {
                Response::SwapFile(pipelines::swap_file(models, sources, target, params, limits, control)?)
            }
        })
    }

    /// The models that are installed.
    pub fn store(&self) -> &Store {
        self.0.models.store()
    }

    /// The models that are in memory now, and the provider that runs each.
    pub fn loaded_models(&self) -> Vec<LoadedModel> {
        self.0.models.loaded()
    }

    /// Loads the model that serves a role, of this name or path or else the best that is installed, so that the first call
    /// does not wait for it; of a diffusion model, every graph.
    ///
    /// # Errors
    /// Those of [`Models::preload`].
    pub fn load(&self, role: Role, choice: Option<&str>) -> Result<Vec<LoadedModel>> {
        self.0.models.preload(role, choice)
    }

    /// Drops the models of this name, or all, that no call uses, and tells how many graphs have left memory.
    pub fn unload(&self, name: Option<&str>) -> usize {
        self.0.models.unload(name)
    }

    /// Where it tells what it does.
    pub fn log(&self) -> &Log {
        self.0.models.log()
    }

    /// Which ONNX Runtime runs them.
    pub fn runtime(&self) -> &RuntimeInfo {
        self.0.models.runtime().info()
    }

    /// Tries a provider on a graph of one node.
    ///
    /// # Errors
    /// [`ProviderUnavailable`](crate::ErrorKind::ProviderUnavailable) with ONNX Runtime's own reason.
    pub fn probe(&self, provider: Provider) -> Result<()> {
        self.0.models.runtime().probe(provider)
    }

    /// What one call may cost.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }
}
