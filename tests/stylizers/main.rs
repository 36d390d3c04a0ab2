//! Stylizers: tiny graphs with each family's own inputs and output, and real models, held to the same steps in Python.

mod golden;
#[allow(dead_code, reason = "graphs with weights are for the tests of models")]
#[path = "../support/graph.rs"]
mod graph;
mod hostile;
mod real;
#[path = "../support/shared.rs"]
mod shared;
mod support;
