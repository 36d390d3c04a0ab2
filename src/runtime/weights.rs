//! Weights that take the place of a graph's own.

use std::collections::BTreeMap;
use std::ffi::CString;

use half::f16;
use ndarray::ArrayD;
use ort::AsPointer;
use ort::session::builder::SessionBuilder;
use ort::value::{DynValue, Tensor};

use crate::runtime::Runtime;

/// Weights that take the place of a graph's own when it is loaded, by the names of its initializers.
#[derive(Debug, Clone, Default)]
pub struct Weights(BTreeMap<String, Values>);

#[derive(Debug, Clone)]
enum Values {
    Float(ArrayD<f32>),
    Half(ArrayD<f16>),
}

impl Weights {
    /// None: the graph keeps its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the initializer of a name, which must have the same sides and be of 32-bit floats.
    pub fn insert(&mut self, name: impl Into<String>, values: ArrayD<f32>) {
        self.0.insert(name.into(), Values::Float(values));
    }

    /// Replaces the initializer of a name, which must have the same sides and be of 16-bit floats; each value is
    /// rounded to the nearest.
    pub fn insert_half(&mut self, name: impl Into<String>, values: &ArrayD<f32>) {
        self.0.insert(name.into(), Values::Half(values.mapv(f16::from_f32)));
    }

    /// Adds those of another set, which win where both have a name.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The names, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> u64 {
        let bytes = |values: &Values| match values {
            Values::Float(values) => values.len() * size_of::<f32>(),
            Values::Half(values) => values.len() * size_of::<f16>(),
        };
        self.0.values().map(|values| bytes(values) as u64).sum()
    }
}

/// Weights in the form in which ONNX Runtime takes them, for one attempt after another to make a session.
pub(super) struct LoadedWeights {
    names: Vec<CString>,
    values: Vec<DynValue>,
}

impl LoadedWeights {
    /// ONNX Runtime must have been loaded before a value is made.
    pub(super) fn new(weights: Weights, _: &Runtime) -> ort::Result<Self> {
        let mut loaded = Self { names: Vec::new(), values: Vec::new() };
        for (name, values) in weights.0 {
            let malformed = |_| ort::Error::new("the name of a weight holds a zero byte");
            loaded.names.push(CString::new(name).map_err(malformed)?);
            loaded.values.push(match values {
                Values::Float(values) => Tensor::from_array(values)?.into_dyn(),
                Values::Half(values) => Tensor::from_array(values)?.into_dyn(),
            });
        }
        Ok(loaded)
    }

    /// Makes a session that has them; it keeps copies of its own.
    ///
    /// The method of `ort` would hold them for as long as the session lives, which takes twice the memory.
    #[allow(unsafe_code, reason = "`ort` can give weights to a session only for good")]
    pub(super) fn commit<T>(
        &self,
        mut builder: SessionBuilder,
        commit: impl FnOnce(SessionBuilder) -> ort::Result<T>,
    ) -> ort::Result<T> {
        if !self.names.is_empty() {
            let names: Vec<_> = self.names.iter().map(|name| name.as_ptr()).collect();
            let values: Vec<_> = self.values.iter().map(AsPointer::ptr).collect();
            let add = ort::api().AddExternalInitializers;
            // SAFETY: the arrays are equally long and their pointers valid. ONNX Runtime reads the values when the
            // session is made, which `commit` does while `self` is borrowed, and copies them: its documentation
            // allows them to be freed after that.
            unsafe {
                let status = add(builder.ptr_mut(), names.as_ptr(), values.as_ptr(), names.len());
                ort::Error::result_from_status(status)?;
            }
        }
        commit(builder)
    }
}
