"""Makes tests/golden/faults: detectors that find the same face in every dark picture, and fail in a bright one.

Packages: numpy 2.4.6, onnx 1.23.2
Run: python tests/reference/faults.py

Each keeps YOLO-face's contract for 64 x 64 pixels, as one_face of pipelines.py. Once the mean of the picture is above a
half, gather asks for an element that is not there, which ONNX Runtime calls an invalid argument; reshape asks for a
shape of another size, which it calls an exception; petabytes asks for 2 ** 50 floats.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parents[1] / "golden" / "faults"
FLOAT = TensorProto.FLOAT
POINTS = np.array([[24.5, 22.25], [38.0, 24.0], [30.5, 31.0], [23.0, 36.5], [35.0, 38.0]], np.float32)
BOX = np.array([30.5, 29.5, 26.0, 32.0], np.float32)


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def save(name, nodes, constants):
    face = np.concatenate([BOX, [0.9], np.c_[POINTS, np.ones(5)].ravel()]).astype(np.float32)
    faces = np.zeros((1, 20, 84), np.float32)
    faces[0, :, 40] = face
    is_bright = [
        helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "half"], ["above"]),
        helper.make_node("Cast", ["above"], ["bright"], to=TensorProto.INT64),
    ]
    constants = [constant("faces", faces), constant("half", np.float32(0.5)), *constants]
    ends = [
        [helper.make_tensor_value_info(name, FLOAT, dims)]
        for name, dims in (("input", [1, 3, 64, 64]), ("output", [1, 20, 84]))
    ]
    graph = helper.make_graph([*is_bright, *nodes], name, *ends, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"license": "MIT OR Apache-2.0"})
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


def main():
    FOLDER.mkdir(exist_ok=True)
    gather = helper.make_node("Gather", ["faces", "bright"], ["one"], axis=0)
    shape = constant("shape", np.array([1, 20, 84]))
    save("gather", [gather, helper.make_node("Reshape", ["one", "shape"], ["output"])], [shape])
    reshape = helper.make_node("Reshape", ["faces", "sides"], ["output"])
    save("reshape", [helper.make_node("Add", ["shape", "bright"], ["sides"]), reshape], [shape])
    nodes = [
        helper.make_node("Mul", ["bright", "many"], ["more"]),
        helper.make_node("Add", ["more", "one"], ["count"]),
        helper.make_node("ConstantOfShape", ["count"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["zero"], keepdims=0),
        helper.make_node("Add", ["faces", "zero"], ["output"]),
    ]
    save("petabytes", nodes, [constant("many", np.array([2**50])), constant("one", np.array([1]))])


main()
