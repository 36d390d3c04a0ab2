"""Makes the tiny graphs of tests/golden/runtime, which the tests of the runtime run.

double_f32, double_f16, double_f64: `output` is twice `input`, in that float type.
slow: a restorer's signature whose loop takes minutes, so that a test can cancel it.
linear: `output` = `input` · float.weightᵀ · half.weightᵀ, as exporters of PyTorch write linear layers; the weights
are in linear.onnx_data and make it twice the input. linear_inline: the same with the weights in the graph.

Needs numpy and onnx (1.23). Run: python tests/reference/runtime.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parents[1] / "golden" / "runtime"
OPSET = [helper.make_opsetid("", 17)]


def save(name, graph):
    model = helper.make_model(graph, opset_imports=OPSET, ir_version=8, producer_name="facekit-tests")
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def double(name, kind):
    shape = ["n", 3]
    nodes = [helper.make_node("Add", ["input", "input"], ["output"])]
    save(name, helper.make_graph(nodes, name, [value("input", kind, shape)], [value("output", kind, shape)]))


def slow():
    face = [1, 3, 256, 256]
    body = helper.make_graph(
        [
            helper.make_node("Sin", ["state_in"], ["state_out"]),
            helper.make_node("Identity", ["go_in"], ["go_out"]),
        ],
        "body",
        [
            value("i", TensorProto.INT64, []),
            value("go_in", TensorProto.BOOL, []),
            value("state_in", TensorProto.FLOAT, face),
        ],
        [value("go_out", TensorProto.BOOL, []), value("state_out", TensorProto.FLOAT, face)],
    )
    constants = [
        numpy_helper.from_array(np.array(10**7, np.int64), "trips"),
        numpy_helper.from_array(np.array(True), "go"),
    ]
    nodes = [helper.make_node("Loop", ["trips", "go", "input"], ["output"], body=body)]
    ends = [value("input", TensorProto.FLOAT, face)], [value("output", TensorProto.FLOAT, face)]
    save("slow", helper.make_graph(nodes, "slow", *ends, initializer=constants))


def linear():
    kinds = {"float": np.float32, "half": np.float16}
    scale = {"float": 2, "half": 1}
    weights = [
        numpy_helper.from_array(np.eye(3, dtype=kind) * kind(scale[name]), f"{name}.weight")
        for name, kind in kinds.items()
    ]
    nodes = [
        helper.make_node("Transpose", ["float.weight"], ["float_t"], perm=[1, 0]),
        helper.make_node("Transpose", ["half.weight"], ["half_t"], perm=[1, 0]),
        helper.make_node("MatMul", ["input", "float_t"], ["hidden"]),
        helper.make_node("Cast", ["hidden"], ["hidden_half"], to=TensorProto.FLOAT16),
        helper.make_node("MatMul", ["hidden_half", "half_t"], ["output_half"]),
        helper.make_node("Cast", ["output_half"], ["output"], to=TensorProto.FLOAT),
    ]
    ends = [[value(name, TensorProto.FLOAT, ["n", 3])] for name in ("input", "output")]
    save("linear_inline", helper.make_graph(nodes, "linear", *ends, initializer=weights))
    model = onnx.load(FOLDER / "linear_inline.onnx")
    (FOLDER / "linear.onnx_data").unlink(missing_ok=True)
    onnx.save(
        model, FOLDER / "linear.onnx", save_as_external_data=True, location="linear.onnx_data", size_threshold=0
    )


FOLDER.mkdir(parents=True, exist_ok=True)
double("double_f32", TensorProto.FLOAT)
double("double_f16", TensorProto.FLOAT16)
double("double_f64", TensorProto.DOUBLE)
slow()
linear()
