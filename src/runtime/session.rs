//! A model, loaded and ready to run.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use half::f16;
use ndarray::{ArrayD, ArrayViewD};
use ort::ErrorCode;
use ort::session::builder::SessionBuilder;
use ort::session::{RunOptions, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType, TensorRef, ValueType};

use crate::error::{Error, ErrorKind, Result};
use crate::progress::CancelToken;
use crate::runtime::graph_cache::GraphCache;
use crate::runtime::replicas::Replicas;
use crate::runtime::start::start;
use crate::runtime::weights::LoadedWeights;
use crate::runtime::{Outputs, Provider, ProviderRefusal, Runtime, SessionOptions, Weights};

/// The option of ONNX Runtime that says where the weights of a model in memory are.
const WEIGHTS_FOLDER: &str = "session.model_external_initializers_file_folder_path";

/// A tensor that a graph takes or gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// Its sides; `None` where any size will do.
    pub dims: Vec<Option<usize>>,
}

/// A model, loaded and ready to run.
///
/// `Send + Sync`: threads may share one session. As many runs as [`SessionOptions::parallel_runs`] allows go on at once,
/// and the others wait; sessions of different models run side by side. One whose weights were replaced, and all
/// bindings, do one run at a time.
#[derive(Debug)]
pub struct Session {
    replicas: Replicas,
    inputs: Vec<(TensorInfo, TensorElementType)>,
    outputs: Vec<TensorInfo>,
    provider: Provider,
    refusals: Vec<ProviderRefusal>,
    is_spent: AtomicBool,
    runs: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Session {
    /// Loads a model from a file.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for a graph that ONNX Runtime refuses, [`ErrorKind::ProviderUnavailable`]
    /// in strict mode.
    pub fn from_file(runtime: &Arc<Runtime>, path: &Path, options: &SessionOptions) -> Result<Self> {
        let cache =
            options.graph_cache.as_deref().map(|folder| GraphCache::of_file(folder, path)).transpose()?;
        let file = path.to_path_buf();
        Self::replicated(runtime, options, cache, move |mut builder| builder.commit_from_file(&file))
            .map_err(|error| error.context(path.display()))
    }

    /// Loads a model from a file, with some of its weights replaced; its graph is not kept in the cache.
    ///
    /// ONNX Runtime replaces only weights whose numbers stand in another file than the graph;
    /// [`load_with`](crate::models::load_with) replaces any.
    ///
    /// # Errors
    /// As [`Session::from_file`], and [`ErrorKind::InvalidModel`] for weights of a name, shape or type that the graph
    /// does not have.
    pub fn from_file_with(
        runtime: &Runtime,
        path: &Path,
        weights: Weights,
        options: &SessionOptions,
    ) -> Result<Self> {
        Self::load(runtime, options, weights, None, |mut builder| builder.commit_from_file(path))
            .map_err(|error| error.context(path.display()))
    }

    /// Loads a model from memory.
    ///
    /// # Errors
    /// As [`Session::from_file`].
    pub fn from_memory(
        runtime: &Arc<Runtime>,
        model: impl Into<Cow<'static, [u8]>>,
        options: &SessionOptions,
    ) -> Result<Self> {
        let model = model.into();
        let cache = options.graph_cache.as_deref().map(|folder| GraphCache::of_bytes(folder, &model));
        Self::replicated(runtime, options, cache, move |mut builder| builder.commit_from_memory(&model))
    }

    /// Loads a model from memory, with some of its weights replaced; numbers that stand in files are looked for in
    /// `folder`.
    ///
    /// # Errors
    /// As [`Session::from_file_with`].
    pub fn from_memory_with(
        runtime: &Runtime,
        model: &[u8],
        folder: &Path,
        weights: Weights,
        options: &SessionOptions,
    ) -> Result<Self> {
        Self::load(runtime, options, weights, None, |builder| {
            builder.with_config_entry(WEIGHTS_FOLDER, folder.to_string_lossy())?.commit_from_memory(model)
        })
    }

    /// A session that is loaded again when runs meet.
    fn replicated(
        runtime: &Arc<Runtime>,
        options: &SessionOptions,
        cache: Option<GraphCache>,
        commit: impl Fn(SessionBuilder) -> ort::Result<ort::session::Session> + Send + Sync + 'static,
    ) -> Result<Self> {
        let session = Self::load(runtime, options, Weights::new(), cache.as_ref(), &commit)?;
        let others = options.runs_on(session.provider) - 1;
        if others == 0 {
            return Ok(session);
        }
        let (runtime, options, provider) = (Arc::clone(runtime), options.clone(), session.provider);
        let first = session.replicas.into_first();
        let again = move || {
            let weights = LoadedWeights::new(Weights::new(), &runtime)?;
            start(&runtime, &options, provider, &weights, cache.as_ref(), &commit)
        };
        Ok(Self { replicas: Replicas::new(first, others, again), ..session })
    }

    fn load(
        runtime: &Runtime,
        options: &SessionOptions,
        weights: Weights,
        cache: Option<&GraphCache>,
        commit: impl Fn(SessionBuilder) -> ort::Result<ort::session::Session>,
    ) -> Result<Self> {
        let weights = LoadedWeights::new(weights, runtime).map_err(inference)?;
        let mut refusals = Vec::new();
        for &provider in options.providers.iter().chain([&Provider::Cpu]) {
            let reason = match start(runtime, options, provider, &weights, cache, &commit) {
                Ok(session) => return Self::new(session, provider, refusals),
                Err(error) if provider == Provider::Cpu => {
                    return Err(Error::new(
                        ErrorKind::InvalidModel,
                        format!("ONNX Runtime cannot load the model: {error}"),
                    ));
                }
                Err(error) => error.to_string(),
            };
            if options.strict {
                return Err(Error::new(
                    ErrorKind::ProviderUnavailable,
                    format!(
                        "the provider {provider} cannot be used, and strict mode allows no other: {reason}"
                    ),
                ));
            }
            refusals.push(ProviderRefusal { provider, reason });
        }
        unreachable!("the CPU ends the loop")
    }

    fn new(
        session: ort::session::Session,
        provider: Provider,
        refusals: Vec<ProviderRefusal>,
    ) -> Result<Self> {
        let inputs = session.inputs().iter().map(tensor_info).collect::<Result<_>>()?;
        let outputs =
            session.outputs().iter().map(|outlet| Ok(tensor_info(outlet)?.0)).collect::<Result<_>>()?;
        Ok(Self {
            replicas: Replicas::one(session),
            inputs,
            outputs,
            provider,
            refusals,
            is_spent: AtomicBool::new(false),
            runs: AtomicU64::new(0),
            nanoseconds: AtomicU64::new(0),
        })
    }

    /// What the graph takes.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = &TensorInfo> {
        self.inputs.iter().map(|(info, _)| info)
    }

    /// What the graph takes by this name, if anything.
    pub fn input(&self, name: &str) -> Option<&TensorInfo> {
        self.inputs().find(|info| info.name == name)
    }

    /// What the graph gives.
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }

    /// What runs the model.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// The providers that were asked for before it and could not be used.
    pub fn refusals(&self) -> &[ProviderRefusal] {
        &self.refusals
    }

    /// Runs the model and hands its outputs to `read`.
    ///
    /// Inputs go in by name and are converted to the graph's own type, integers included; float outputs come back as
    /// 32 bits.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for a name that the graph does not have or a type that is not a float,
    /// [`ErrorKind::Canceled`] when `cancel` stops the run, [`ErrorKind::Inference`] when ONNX Runtime fails.
    pub fn run<R>(
        &self,
        inputs: &[(&str, ArrayViewD<'_, f32>)],
        cancel: &CancelToken,
        read: impl FnOnce(&Outputs<'_>) -> Result<R>,
    ) -> Result<R> {
        let values = inputs
            .iter()
            .map(|(name, array)| Ok(((*name).to_owned(), self.input_value(name, array)?)))
            .collect::<Result<Vec<(String, SessionInputValue<'_>)>>>()?;
        let options = Arc::new(RunOptions::new().map_err(inference)?);
        let mut session = self.replicas.free();
        let outputs = self.stopped_by(cancel, &options, || session.run_with_options(values, &options))?;
        let arrays = outputs
            .keys()
            .map(|name| Ok((name, Floats::of(name, &outputs[name])?)))
            .collect::<Result<Vec<_>>>()?;
        read(&Outputs::new(arrays.iter().map(|(name, floats)| (*name, floats.view()))))
    }

    /// Whether a run failed by more than its inputs, so that the session may never work again, as when its device is
    /// lost; load the model anew.
    pub fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
    }

    /// How many runs ended, whatever their end.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// The time that they took in ONNX Runtime, together; that of runs at once counts for each.
    pub fn run_time(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }

    /// The session that bindings belong to; their runs wait for one another here.
    pub(super) fn bound(&self) -> MutexGuard<'_, ort::session::Session> {
        self.replicas.first()
    }

    /// The type of the elements of an input.
    pub(super) fn input_type(&self, name: &str) -> Result<TensorElementType> {
        let input = self.inputs.iter().find(|(info, _)| info.name == name);
        input.map(|(_, kind)| *kind).ok_or_else(|| {
            let names: Vec<_> = self.inputs().map(|info| info.name.as_str()).collect();
            Error::new(
                ErrorKind::InvalidModel,
                format!("the model has no input `{name}`; it has {}", names.join(", ")),
            )
        })
    }

    fn input_value<'a>(&self, name: &str, array: &'a ArrayViewD<'_, f32>) -> Result<SessionInputValue<'a>> {
        match self.input_type(name)? {
            TensorElementType::Float32 if array.is_standard_layout() => {
                TensorRef::from_array_view(array.view()).map(Into::into).map_err(inference)
            }
            _ => self.owned_value(name, array).map(Into::into),
        }
    }

    /// An array as a value of an input's type, with memory of its own.
    pub(super) fn owned_value(&self, name: &str, array: &ArrayViewD<'_, f32>) -> Result<DynValue> {
        let value = match self.input_type(name)? {
            TensorElementType::Float32 => {
                Tensor::from_array(array.as_standard_layout().into_owned()).map(Tensor::into_dyn)
            }
            TensorElementType::Float64 => Tensor::from_array(array.mapv(f64::from)).map(Tensor::into_dyn),
            TensorElementType::Float16 => Tensor::from_array(array.mapv(f16::from_f32)).map(Tensor::into_dyn),
            TensorElementType::Int64 => {
                Tensor::from_array(array.mapv(|value| value as i64)).map(Tensor::into_dyn)
            }
            TensorElementType::Int32 => {
                Tensor::from_array(array.mapv(|value| value as i32)).map(Tensor::into_dyn)
            }
            other => {
                return Err(Error::new(
                    ErrorKind::InvalidModel,
                    format!("the input `{name}` of the model is of type {other}, and a number was expected"),
                ));
            }
        };
        value.map_err(inference)
    }

    /// What a run gives, stopped in the middle when `cancel` asks for it.
    pub(super) fn stopped_by<T>(
        &self,
        cancel: &CancelToken,
        options: &Arc<RunOptions>,
        run: impl FnOnce() -> ort::Result<T>,
    ) -> Result<T> {
        let stop = Arc::clone(options);
        let guard = cancel.on_cancel(move || {
            // It fails only for a null pointer, which `options` is not.
            let _ = stop.terminate();
        });
        cancel.check()?;
        let started = Instant::now();
        let result = run();
        self.nanoseconds.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.runs.fetch_add(1, Ordering::Relaxed);
        drop(guard);
        result.map_err(|error| {
            if let Err(canceled) = cancel.check() {
                return canceled;
            }
            if error.code() != ErrorCode::InvalidArgument {
                self.is_spent.store(true, Ordering::Relaxed);
            }
            let (provider, reason) = (self.provider, error.to_string());
            Error::new(
                ErrorKind::Inference,
                format!(
                    "ONNX Runtime cannot run the model on the provider {provider}: {}",
                    reason.trim_end()
                ),
            )
        })
    }
}

/// A float output: ONNX Runtime's own memory where it is 32 bits wide, otherwise converted.
pub(super) enum Floats<'a> {
    Borrowed(ArrayViewD<'a, f32>),
    Converted(ArrayD<f32>),
}

impl<'a> Floats<'a> {
    pub(super) fn of(name: &str, value: &'a DynValue) -> Result<Self> {
        if let Ok(array) = value.try_extract_array::<f32>() {
            return Ok(Self::Borrowed(array));
        }
        if let Ok(array) = value.try_extract_array::<f16>() {
            return Ok(Self::Converted(array.mapv(f16::to_f32)));
        }
        if let Ok(array) = value.try_extract_array::<f64>() {
            return Ok(Self::Converted(array.mapv(|value| value as f32)));
        }
        Err(Error::new(
            ErrorKind::InvalidModel,
            format!("the output `{name}` of the model is {}, and floats were expected", value.dtype()),
        ))
    }

    pub(super) fn view(&self) -> ArrayViewD<'_, f32> {
        match self {
            Self::Borrowed(array) => array.view(),
            Self::Converted(array) => array.view(),
        }
    }
}

fn tensor_info(outlet: &ort::value::Outlet) -> Result<(TensorInfo, TensorElementType)> {
    let name = outlet.name().to_owned();
    match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => {
            let dims = shape.iter().map(|&side| usize::try_from(side).ok()).collect();
            Ok((TensorInfo { name, dims }, *ty))
        }
        other => Err(Error::new(ErrorKind::InvalidModel, format!("`{name}` is {other}, and not a tensor"))),
    }
}

pub(super) fn inference(error: ort::Error) -> Error {
    Error::new(ErrorKind::Inference, format!("ONNX Runtime cannot run the model: {error}"))
}
