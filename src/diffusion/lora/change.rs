//! The change that a LoRA makes to one weight.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayD, ArrayViewMut2};

use crate::error::{Error, ErrorKind, Result};

use super::file::{Alpha, LayerKeys, Lora};

impl Lora {
    /// Adds `scale · alpha / rank · up · down` to a weight of these sides, which lies flat as output × the rest.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when the sides of the tensors and of the weight do not fit; those of reading.
    pub(super) fn add_to(
        &self,
        weight: &mut ArrayViewMut2<'_, f32>,
        dims: &[u64],
        keys: &LayerKeys,
        scale: f32,
    ) -> Result<()> {
        let down = self.tensors.tensor(&keys.down)?;
        let up = self.tensors.tensor(&keys.up)?;
        let mid = keys.mid.as_ref().map(|name| self.tensors.tensor(name)).transpose()?;
        let misfit = || self.misfit(keys, dims);
        let rank = down.shape().first().copied().filter(|rank| *rank > 0).ok_or_else(misfit)?;
        let alpha = match &keys.alpha {
            None => rank as f32,
            Some(Alpha::Value(alpha)) => *alpha,
            Some(Alpha::Tensor(name)) => *self.tensors.tensor(name)?.first().ok_or_else(misfit)?,
        };
        let right = match &mid {
            None if same_sides(&down.shape()[1..], dims) => flat(&down),
            None => None,
            Some(mid) => with_kernel(mid, &down, dims),
        };
        let right = right.ok_or_else(misfit)?;
        let left = flat(&up).ok_or_else(misfit)?;
        if left.ncols() != right.nrows() || weight.dim() != (left.nrows(), right.ncols()) {
            return Err(misfit());
        }
        general_mat_mul(scale * alpha / rank as f32, &left, &right, 1.0, weight);
        Ok(())
    }

    /// Checks by the header of the file alone that tensors fit a weight of these sides; one with a middle only in part.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when they do not.
    pub(super) fn check(&self, keys: &LayerKeys, dims: &[u64]) -> Result<()> {
        let sides = |name: &str| self.tensors.dims(name).unwrap_or_default();
        let (down, up) = (sides(&keys.down), sides(&keys.up));
        let takes = keys.mid.is_some() || down.get(1..).is_some_and(|down| same_sides(down, dims));
        let gives = up.first().map(|&side| side as u64) == dims.first().copied() || keys.mid.is_some();
        let meets = keys.mid.is_some() || up.get(1) == down.first();
        if takes && gives && meets { Ok(()) } else { Err(self.misfit(keys, dims)) }
    }

    fn misfit(&self, keys: &LayerKeys, dims: &[u64]) -> Error {
        let sides =
            |name: &String| format!("`{name:.100}` {:?}", self.tensors.dims(name).unwrap_or_default());
        let all = [Some(&keys.down), keys.mid.as_ref(), Some(&keys.up)];
        let all: Vec<_> = all.into_iter().flatten().map(sides).collect();
        let message = format!(
            "the sides of its tensors are {}, and those of the weight that they change {dims:?}: is it a LoRA for \
             another base model?",
            all.join(", ")
        );
        Error::new(ErrorKind::InvalidModel, message)
    }
}

/// A tensor as a matrix, whose rows are along its first axis.
fn flat(tensor: &ArrayD<f32>) -> Option<Array2<f32>> {
    let (rows, columns) = tensor.shape().split_first()?;
    let shape = (*rows, columns.iter().product::<usize>());
    let matrix = tensor.view().into_shape_with_order(shape);
    matrix.ok().map(|matrix| matrix.to_owned())
}

/// `down` behind the kernel of `mid`, as a matrix of rank × (input · kernel): the sum over n of
/// `mid[m, n, y, x] · down[n, i]`, where that fits the weight.
fn with_kernel(mid: &ArrayD<f32>, down: &ArrayD<f32>, dims: &[u64]) -> Option<Array2<f32>> {
    let &[rank, inner, height, width] = mid.shape() else { return None };
    let down = flat(down)?;
    let (rows, input) = down.dim();
    let kernel = [input, height, width].map(|side| side as u64);
    if rank != inner || rows != inner || dims.get(1..)? != kernel {
        return None;
    }
    let mid = mid.view().permuted_axes(vec![0, 2, 3, 1]).as_standard_layout().into_owned();
    let mid = mid.into_shape_with_order((rank * height * width, inner)).ok()?;
    let behind = mid.dot(&down).into_shape_with_order((rank, height * width, input)).ok()?;
    let behind = behind.permuted_axes([0, 2, 1]).as_standard_layout().into_owned();
    behind.into_shape_with_order((rank, input * height * width)).ok()
}

/// Whether `down` takes what the weight takes; a kernel of 1×1 is none.
fn same_sides(down: &[usize], dims: &[u64]) -> bool {
    let down = down.iter().map(|side| *side as u64).rev().skip_while(|side| *side == 1);
    down.eq(dims.iter().skip(1).copied().rev().skip_while(|side| *side == 1))
}
