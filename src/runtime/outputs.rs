//! What a network put out, by name and by position, with its shapes checked before they are read.

use ndarray::{ArrayView2, ArrayViewD, Axis, Ix2};

use crate::error::{Error, ErrorKind, Result};

/// The outputs of one run of a network, in the order in which its graph declares them.
#[derive(Debug, Clone, Default)]
pub struct Outputs<'a> {
    outputs: Vec<Output<'a>>,
}

/// One output of a network: its name and its numbers.
#[derive(Debug, Clone)]
pub struct Output<'a> {
    name: &'a str,
    values: ArrayViewD<'a, f32>,
}

impl<'a> Outputs<'a> {
    /// The outputs named and ordered as the graph declares them.
    pub fn new(outputs: impl IntoIterator<Item = (&'a str, ArrayViewD<'a, f32>)>) -> Self {
        Self { outputs: outputs.into_iter().map(|(name, values)| Output { name, values }).collect() }
    }

    /// How many outputs there are.
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// The outputs in the order of the graph.
    pub fn iter(&self) -> std::slice::Iter<'_, Output<'a>> {
        self.outputs.iter()
    }

    /// The output of a name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when the network has none, with the names that it has.
    pub fn get(&self, name: &str) -> Result<&Output<'a>> {
        self.iter().find(|output| output.name == name).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                format!("the network has no output `{name}`; it has {}", self.list()),
            )
        })
    }

    /// The output at a position, counted from 0.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when the network has fewer, with the names that it has.
    pub fn at(&self, index: usize) -> Result<&Output<'a>> {
        self.outputs.get(index).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidModel,
                format!("the network has no output {index}, counted from 0; it has {}", self.list()),
            )
        })
    }

    /// All outputs of a network that must have just these, told apart by position; `meanings` says what each is.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] when the network has more or fewer.
    pub fn exactly<const N: usize>(&self, meanings: [&str; N]) -> Result<[&Output<'a>; N]> {
        let outputs: Vec<_> = self.iter().collect();
        outputs.try_into().map_err(|_| {
            Error::new(
                ErrorKind::InvalidModel,
                format!(
                    "{N} outputs were expected ({}), and the network has {}",
                    meanings.join(", "),
                    self.list()
                ),
            )
        })
    }

    fn list(&self) -> String {
        let names: Vec<_> = self.iter().map(|output| format!("`{}`", output.name)).collect();
        match names.len() {
            0 => "none".into(),
            len => format!("{len}: {}", names.join(", ")),
        }
    }
}

impl<'a> Output<'a> {
    /// Its name in the graph.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Its numbers, of whatever shape they are.
    pub fn values(&self) -> &ArrayViewD<'a, f32> {
        &self.values
    }

    /// Its numbers as `rows` × `columns`; axes of size 1 may stand before these two.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidModel`] for another shape, with both shapes.
    pub fn matrix(&self, [rows, columns]: [usize; 2]) -> Result<ArrayView2<'_, f32>> {
        let mut values = self.values.view();
        while values.ndim() > 2 && values.len_of(Axis(0)) == 1 {
            values.index_axis_inplace(Axis(0), 0);
        }
        values.into_dimensionality::<Ix2>().ok().filter(|matrix| matrix.dim() == (rows, columns)).ok_or_else(
            || {
                Error::new(
                    ErrorKind::InvalidModel,
                    format!(
                        "output `{}` has the shape {:?}, and [1, {rows}, {columns}] was expected",
                        self.name,
                        self.values.shape()
                    ),
                )
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::ArrayD;

    #[test]
    fn outputs_are_found_by_name_and_position_or_not() {
        let values = ArrayD::zeros(vec![1, 2, 3]);
        let outputs = Outputs::new([("scores", values.view()), ("boxes", values.view())]);
        assert_eq!(outputs.get("boxes").unwrap().name(), "boxes");
        assert_eq!(outputs.at(0).unwrap().name(), "scores");
        let [first, second] = outputs.exactly(["a", "b"]).unwrap();
        assert_eq!((first.name(), second.name()), ("scores", "boxes"));
        for error in [
            outputs.get("points").unwrap_err(),
            outputs.at(2).unwrap_err(),
            outputs.exactly(["the only one"]).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidModel);
            assert!(error.to_string().ends_with("has 2: `scores`, `boxes`"), "{error}");
        }
        assert!(Outputs::default().at(0).unwrap_err().to_string().ends_with("has none"));
    }

    #[test]
    fn a_matrix_has_just_the_shape_that_is_asked_for() {
        let fits = |shape: &[usize]| {
            let values = ArrayD::zeros(shape);
            let outputs = Outputs::new([("scores", values.view())]);
            outputs.at(0).unwrap().matrix([2, 3]).is_ok()
        };
        assert!(fits(&[2, 3]) && fits(&[1, 2, 3]) && fits(&[1, 1, 2, 3]));
        assert!(!fits(&[3, 2]) && !fits(&[6]) && !fits(&[2, 2, 3]) && !fits(&[2, 3, 1]) && !fits(&[]));
    }
}
