//! The weights of a graph that a LoRA may change, by the names of their layers.

use std::collections::HashMap;

use crate::models::Initializers;

use super::key::layer_name;
use super::ldm;
use crate::models::Part;

/// The matrices and kernels of a graph by the names of their layers, with underscores.
pub(super) struct Targets<'a> {
    names: HashMap<String, &'a str>,
    /// How many residual blocks there are in each block of a UNet on the way down.
    resnets: usize,
}

impl<'a> Targets<'a> {
    pub(super) fn of(graph: &'a Initializers, part: Part) -> Self {
        let names: HashMap<_, _> = graph
            .iter()
            .filter(|(_, info)| info.element.is_float() && matches!(info.dims.len(), 2 | 4))
            .filter_map(|(name, _)| Some((layer_name(name.strip_suffix(".weight")?, part), name)))
            .collect();
        let resnet = |i: &usize| names.contains_key(&format!("down_blocks_0_resnets_{i}_conv1"));
        let resnets = (0..).take_while(resnet).count();
        Self { names, resnets }
    }

    /// The weight of a layer, by its name in diffusers or in the original code.
    pub(super) fn get(&self, layer: &str) -> Option<&'a str> {
        let named = self.names.get(layer).copied();
        named.or_else(|| self.names.get(&ldm::to_diffusers(layer, self.resnets)?).copied())
    }
}
