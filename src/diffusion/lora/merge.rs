//! Weights with LoRAs in them.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{Array2, ArrayD};
use rayon::prelude::*;

use crate::error::{Error, ErrorKind, Result};
use crate::models::{ElementType, Initializer, Initializers, Part};
use crate::progress::CancelToken;
use crate::runtime::Weights;

use super::file::{LayerKeys, Lora};
use super::target::Targets;

/// The changes of one weight: by which LoRA, how strong, and with which tensors.
type Changes<'a> = Vec<(&'a Lora, f32, &'a LayerKeys)>;

/// The weights of a graph that LoRAs change, changed by all of them; each has its scale, 1 as it was trained, 0 for
/// nothing, below 0 for the opposite.
///
/// The sums are of 32-bit floats, and rounded once where the graph's weights are of 16. Empty when no LoRA changes the
/// part.
///
/// # Errors
/// [`ErrorKind::InvalidParameter`] for a scale that is not finite; [`ErrorKind::InvalidModel`] when a LoRA changes layers
/// that the graph does not have, or of other sides; [`ErrorKind::Canceled`]; those of reading the files.
pub fn merge_loras(
    loras: &[(&Lora, f32)],
    graph: &Path,
    part: Part,
    cancel: &CancelToken,
) -> Result<Weights> {
    if !any_changes(loras, part)? {
        return Ok(Weights::new());
    }
    let own = Initializers::of_file(graph)?;
    let changes = plan(loras, &own, part)?;
    let changed = |(name, changes): (&&str, &Changes<'_>)| {
        cancel.check()?;
        change(&own, name, changes)
    };
    changes.par_iter().map(changed).try_reduce(Weights::new, |mut all, more| {
        all.extend(more);
        Ok(all)
    })
}

/// Checks that LoRAs fit a part of a model, by names and sides alone: no weight is read.
///
/// # Errors
/// Those of [`merge_loras`].
pub fn check_loras(loras: &[(&Lora, f32)], graph: &Path, part: Part) -> Result<()> {
    if !any_changes(loras, part)? {
        return Ok(());
    }
    let own = Initializers::of_file(graph)?;
    for (name, changes) in plan(loras, &own, part)? {
        let dims = own.get(name).map(|info| info.dims.as_slice()).unwrap_or_default();
        for (lora, _, keys) in changes {
            lora.check(keys, dims).map_err(|error| {
                error.context(format!("{} in {}", lora.path().display(), graph.display()))
            })?;
        }
    }
    Ok(())
}

/// Whether any of the LoRAs changes a part.
fn any_changes(loras: &[(&Lora, f32)], part: Part) -> Result<bool> {
    if let Some((lora, scale)) = loras.iter().find(|(_, scale)| !scale.is_finite()) {
        return Err(Error::parameter(format!(
            "the scale of the LoRA {} is {scale}, and a finite number is needed",
            lora.path().display()
        )));
    }
    Ok(loras.iter().any(|(lora, scale)| *scale != 0.0 && lora.changes(part)))
}

/// The changes of each weight, by its name in the graph.
fn plan<'a>(
    loras: &[(&'a Lora, f32)],
    own: &'a Initializers,
    part: Part,
) -> Result<BTreeMap<&'a str, Changes<'a>>> {
    let targets = Targets::of(own, part);
    let mut changes: BTreeMap<&str, Changes<'_>> = BTreeMap::new();
    for &(lora, scale) in loras.iter().filter(|(_, scale)| *scale != 0.0) {
        let mut misses = Vec::new();
        for (layer, keys) in lora.layers(part) {
            match targets.get(layer) {
                Some(target) => changes.entry(target).or_default().push((lora, scale, keys)),
                None => misses.push(keys.down.as_str()),
            }
        }
        if !misses.is_empty() {
            return Err(no_layers(lora, part, own.path(), &misses));
        }
    }
    Ok(changes)
}

/// One weight with its changes.
fn change(own: &Initializers, name: &str, changes: &Changes<'_>) -> Result<Weights> {
    let Initializer { dims, values, .. } = own.read(name)?;
    let sides: Vec<usize> = dims.iter().map(|&side| side as usize).collect();
    let impossible = |_| {
        let message = format!("{}: `{name:.100}` has the impossible sides {dims:?}", own.path().display());
        Error::new(ErrorKind::InvalidModel, message)
    };
    let rows = sides.first().copied().unwrap_or_default();
    let shape = (rows, values.len().checked_div(rows).unwrap_or_default());
    let mut matrix = Array2::from_shape_vec(shape, values).map_err(impossible)?;
    for &(lora, scale, keys) in changes {
        lora.add_to(&mut matrix.view_mut(), &dims, keys, scale).map_err(|error| {
            error.context(format!("{} in {}", lora.path().display(), own.path().display()))
        })?;
    }
    let values: ArrayD<f32> = matrix.into_shape_with_order(sides).map_err(impossible)?;
    let mut weights = Weights::new();
    match own.get(name).map(|info| info.element) {
        Some(ElementType::Float16) => weights.insert_half(name, &values),
        _ => weights.insert(name, values),
    }
    Ok(weights)
}

/// The error that a graph does not have the layers of a LoRA, with the first of their keys.
fn no_layers(lora: &Lora, part: Part, graph: &Path, misses: &[&str]) -> Error {
    const SHOWN: usize = 3;
    let shown: Vec<_> = misses.iter().take(SHOWN).map(|key| format!("`{key:.100}`")).collect();
    let more = misses.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!(
        "{}: {} of the {} layers that it changes in the {} are not in {}: {}{more}; it is a LoRA for another base \
         model, or the graph was exported without the names of its weights",
        lora.path().display(),
        misses.len(),
        lora.layers(part).count(),
        part.name(),
        graph.display(),
        shown.join(", "),
    );
    Error::new(ErrorKind::InvalidModel, message)
}
