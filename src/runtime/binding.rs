//! Tensors that stay where a session wants them, from one run to the next.

use std::sync::Arc;

use ndarray::{ArrayD, ArrayViewD};
use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, RunOptions};
use ort::value::{DynTensorRef, DynValue, ValueType};

use crate::error::{Error, ErrorKind, Result};
use crate::progress::CancelToken;
use crate::runtime::session::{Floats, inference};
use crate::runtime::{Provider, Session, TensorInfo};

/// Where a binding leaves what its session puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the memory of the processor, to be read.
    Host,
    /// In the memory of the session's provider, to be given to another session.
    Device,
}

/// The inputs of a session, kept from run to run, and where its outputs go.
///
/// An input is converted and brought to the session's device once, when it is set; runs after that use it as it is. A
/// binding is of one thread at a time; runs of its session still follow one another.
#[derive(Debug)]
pub struct Binding<'a> {
    session: &'a Session,
    binding: IoBinding,
    memory: MemoryInfo<'static>,
}

/// A tensor that a session put out, in whatever memory it stands; clones are the same tensor, which never changes.
///
/// `Send + Sync`.
#[derive(Debug, Clone)]
pub struct Value(Arc<DynValue>);

impl Session {
    /// A binding of no inputs, which leaves the outputs in a place.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] when ONNX Runtime fails.
    pub fn bind(&self, outputs: Place) -> Result<Binding<'_>> {
        let (device, id) = match (outputs, self.provider()) {
            (Place::Device, Provider::Cuda(id)) => (AllocationDevice::CUDA, id),
            _ => (AllocationDevice::CPU, 0),
        };
        let memory =
            MemoryInfo::new(device, id, AllocatorType::Device, MemoryType::Default).map_err(inference)?;
        let binding = self.bound().create_binding().map_err(inference)?;
        Ok(Binding { session: self, binding, memory })
    }
}

impl Binding<'_> {
    /// Sets an input for this run and those after it; it is converted to the graph's own type, integers included.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for a name that the graph does not have or a type that is not a number,
    /// [`ErrorKind::Inference`] when ONNX Runtime fails.
    pub fn set(&mut self, name: &str, array: &ArrayViewD<'_, f32>) -> Result<()> {
        let value = self.session.owned_value(name, array)?;
        self.binding.bind_input(name, &value).map_err(inference)
    }

    /// Sets an input to what another session put out, without a copy where it is of the graph's own type and stands in
    /// the memory of this session; from the processor's it is brought to the device's.
    ///
    /// # Errors
    /// As [`Binding::set`].
    pub fn set_value(&mut self, name: &str, value: &Value) -> Result<()> {
        let reached = value.on_host()? || matches!(self.session.provider(), Provider::Cuda(_));
        if reached && value.0.dtype().tensor_type() == Some(self.session.input_type(name)?) {
            return self.binding.bind_input(name, &value.0).map_err(inference);
        }
        self.set(name, &value.to_array()?.view())
    }

    /// Runs the model, and gives its outputs in the order of the graph.
    ///
    /// # Errors
    /// [`ErrorKind::Canceled`] when `cancel` stops the run, [`ErrorKind::Inference`] when ONNX Runtime fails or an input
    /// was not set.
    pub fn run(&mut self, cancel: &CancelToken) -> Result<Vec<Value>> {
        // Bound anew, an output is a tensor of its own; or else ONNX Runtime would write over that of the last run.
        for output in self.session.outputs() {
            self.binding.bind_output_to_device(output.name.as_str(), &self.memory).map_err(inference)?;
        }
        let options = Arc::new(RunOptions::new().map_err(inference)?);
        let mut session = self.session.bound();
        let mut outputs = self
            .session
            .stopped_by(cancel, &options, || session.run_binding_with_options(&self.binding, &options))?;
        let value = |output: &TensorInfo| {
            let value = outputs.remove(&output.name).ok_or_else(|| {
                let message = format!("ONNX Runtime did not put out `{}`", output.name);
                Error::new(ErrorKind::Inference, message)
            })?;
            Ok(Value(Arc::new(value)))
        };
        self.session.outputs().iter().map(value).collect()
    }
}

impl Value {
    /// Its sides.
    pub fn dims(&self) -> Vec<usize> {
        match self.0.dtype() {
            ValueType::Tensor { shape, .. } => shape.iter().map(|&side| side.max(0) as usize).collect(),
            _ => Vec::new(),
        }
    }

    /// Its numbers, copied from wherever they stand.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when they are not floats, [`ErrorKind::Inference`] when ONNX Runtime cannot copy them.
    pub fn to_array(&self) -> Result<ArrayD<f32>> {
        if self.on_host()? {
            return Ok(Floats::of("value", &self.0)?.view().to_owned());
        }
        let copy = self.tensor()?.to(AllocationDevice::CPU, 0).map_err(inference)?.into_dyn();
        Ok(Floats::of("value", &copy)?.view().to_owned())
    }

    fn on_host(&self) -> Result<bool> {
        Ok(self.tensor()?.memory_info().is_cpu_accessible())
    }

    fn tensor(&self) -> Result<DynTensorRef<'_>> {
        self.0.view().downcast().map_err(inference)
    }
}
