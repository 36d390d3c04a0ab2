//! Swappers: tiny graphs with each family's own inputs and output, held to InsightFace's and facefusion's formulas.

mod golden;
mod hostile;
#[path = "../support/onnx.rs"]
mod onnx;
mod support;
