//! The style that a network is told.

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use crate::style::Style;
use crate::style::stylizers::contract::LookInput;

/// A style as a network takes it.
#[derive(Debug)]
pub(super) struct LookTensors {
    names: LookInput,
    style: ArrayD<f32>,
    strength: ArrayD<f32>,
}

impl LookTensors {
    /// One for the style that is meant, 0 for the others, in the order of [`Style::ALL`]; at full strength, since less of
    /// a style is mixed with the pixels of the picture itself, which a network sees at another size.
    pub fn of(names: &LookInput, style: Style) -> Self {
        let mut weights = ArrayD::zeros(IxDyn(&[1, Style::ALL.len()]));
        for (weight, known) in weights.iter_mut().zip(Style::ALL) {
            *weight = f32::from(*known == style);
        }
        Self { names: names.clone(), style: weights, strength: ArrayD::ones(IxDyn(&[1, 1])) }
    }

    /// The inputs of a run, by their names.
    pub fn inputs(&self) -> [(&str, ArrayViewD<'_, f32>); 2] {
        [(&self.names.style, self.style.view()), (&self.names.strength, self.strength.view())]
    }
}
