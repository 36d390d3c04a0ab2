"""Makes the tiny graphs of tests/golden/runtime, which the tests of the runtime run.

double_f32, double_f16, double_f64: `output` is twice `input`, in that float type.
slow: a restorer's signature whose loop takes minutes, so that a test can cancel it.

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


FOLDER.mkdir(parents=True, exist_ok=True)
double("double_f32", TensorProto.FLOAT)
double("double_f16", TensorProto.FLOAT16)
double("double_f64", TensorProto.DOUBLE)
slow()
