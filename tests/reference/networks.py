"""Makes tests/golden/networks: tiny graphs with the inputs and outputs of landmarkers, recognizers and segmenters,
and what they give when OpenCV cuts the crops.

Packages: numpy 2.4.6, opencv-python-headless 5.0.0, onnx 1.23.2, onnxruntime 1.28.0
Run: python tests/reference/networks.py

Every graph puts out means of blocks of its input, so that what it gives depends on where each pixel of the crop comes
from. The picture is every second pixel of examples/photos/astronaut.png, and the face is that of
tests/golden/pipelines/one_face.onnx. Landmarks count from the edge of the crop: a network's x is the pixel x - 0.5.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "golden" / "networks"
FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
SCALE = 4
POINTS = SCALE * np.array([[24.5, 22.25], [38.0, 24.0], [30.5, 31.0], [23.0, 36.5], [35.0, 38.0]], np.float32)
CENTER, SIDE = SCALE * np.array([30.5, 29.5]), SCALE * 32.0
ARCFACE = np.array(
    [
        [0.34191607, 0.46157411],
        [0.65653393, 0.45983393],
        [0.50022500, 0.64050536],
        [0.37097589, 0.82469196],
        [0.63151696, 0.82325089],
    ]
)


def save(name, family, dims, outputs, nodes, constants=(), element=FLOAT):
    constants = [numpy_helper.from_array(np.asarray(value), key) for key, value in constants]
    infos = [helper.make_tensor_value_info(key, element, shape) for key, shape in outputs]
    inputs = [helper.make_tensor_value_info("input", element, dims)]
    graph = helper.make_graph(nodes, name, inputs, infos, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"license": "MIT OR Apache-2.0", "family": family})
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


def pooled(block, count, shape, out="output", source="input", scale=1.0, dtype=np.float32):
    """The means of blocks of a planar picture, the first `count` of them, in a shape."""
    nodes = [
        helper.make_node("AveragePool", [source], ["means"], kernel_shape=[block, block], strides=[block, block]),
        helper.make_node("Reshape", ["means", "flat"], ["row"]),
        helper.make_node("Slice", ["row", "start", "end", "axis"], ["some"]),
        helper.make_node("Mul", ["some", "scale"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "shape"], [out]),
    ]
    constants = [("flat", np.int64([1, -1])), ("start", np.int64([0])), ("end", np.int64([count]))]
    constants += [("axis", np.int64([1])), ("scale", dtype(scale)), ("shape", np.int64(shape))]
    return nodes, constants


def graphs():
    for count in (136, 196):
        save(f"pfld_{count // 2}_means", "pfld", [1, 3, 112, 112], [("output", [1, count])], *pooled(8, count, [1, count]))

    nodes, constants = pooled(4, 1404, [1, 1, 1, 1404], scale=192.0)
    nodes.append(helper.make_node("ReduceMean", ["input"], ["presence"], axes=[1, 2, 3], keepdims=1))
    save("facemesh_468_means", "facemesh", [1, 3, 192, 192], [("output", [1, 1, 1, 1404]), ("presence", [1, 1, 1, 1])], nodes,
         constants)

    # Up to 16 pixels, half precision resolves a hundredth of one.
    nodes, constants = pooled(8, 1434, [1, 1, 1, 1434], source="planes", scale=16.0, dtype=np.float16)
    nodes.insert(0, helper.make_node("Transpose", ["input"], ["planes"], perm=[0, 3, 1, 2]))
    save("facemesh_478_means", "facemesh", [1, 256, 256, 3], [("output", [1, 1, 1, 1434])], nodes, constants, HALF)

    nodes, constants = pooled(16, 204, [1, 68, 3], scale=64.0)
    nodes += [
        helper.make_node("AveragePool", ["input"], ["small"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Gather", ["small", "channels"], ["maps"], axis=1),
    ]
    constants.append(("channels", np.int64([i % 3 for i in range(68)])))
    save("fan", "fan", [1, 3, 256, 256], [("output", [1, 68, 3]), ("maps", [1, 68, 64, 64])], nodes, constants)

    for name, block, count in [("mobilefacenet", 14, 128), ("sface", 14, 128), ("arcface", 8, 512)]:
        save(name, name, [1, 3, 112, 112], [("output", [1, count])], *pooled(block, count, [1, count]))
    nodes, constants = pooled(8, 512, [1, 512], source="signed")
    nodes = [
        helper.make_node("Sub", ["input", "half"], ["moved"]),
        helper.make_node("Mul", ["moved", "unit"], ["signed"]),
        *nodes,
    ]
    constants += [("half", np.float32(127.5)), ("unit", np.float32(1 / 127.5))]
    save("arcface_levels", "arcface", [1, 3, 112, 112], [("output", [1, 512])], nodes, constants)

    for name, family, height, width in [("xseg", "xseg", 256, 256), ("selfie", "selfie_segmenter", 144, 256)]:
        node = helper.make_node("ReduceMean", ["input"], ["output"], axes=[3], keepdims=1)
        save(name, family, [1, height, width, 3], [("output", [1, height, width, 1])], [node])
    weights = np.sin(np.arange(57, dtype=np.float32) * 1.21).reshape(19, 3, 1, 1)
    nodes = [
        helper.make_node("AveragePool", ["input"], ["means"], kernel_shape=[32, 32], strides=[32, 32]),
        helper.make_node("Conv", ["means", "weights"], ["classes"]),
        helper.make_node("Resize", ["classes", "", "scales"], ["output"], mode="nearest"),
    ]
    constants = [("weights", weights), ("scales", np.float32([1, 1, 32, 32]))]
    save("bisenet", "bisenet", [1, 3, 512, 512], [("output", [1, 19, 512, 512])], nodes, constants)


def run(name, tensor):
    session = onnxruntime.InferenceSession(FOLDER / f"{name}.onnx")
    return session.run(None, {session.get_inputs()[0].name: tensor})


def framed(size, scale, drop):
    """The picture to a level square of `scale` sides of the box, its centre `drop` sides below the box's."""
    along = POINTS[1] - POINTS[0]
    angle = np.arctan2(float(along[1]), float(along[0]))
    factor = size / (scale * SIDE)
    turn = factor * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    center = np.array([size / 2, size / 2 - drop * SIDE * factor])
    return np.c_[turn, center - turn @ CENTER]


def umeyama(source, target):
    a, b = source - source.mean(0), target - target.mean(0)
    variation = (a**2).sum()
    dot, cross = (a * b).sum() / variation, (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / variation
    turn = np.array([[dot, -cross], [cross, dot]])
    return np.c_[turn, target.mean(0) - turn @ source.mean(0)]


def landmarks(picture, name, size, scale, drop, border, bgr, decode, layout=(2, 0, 1), element=np.float32):
    matrix = framed(size, scale, drop)
    crop = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    crop = crop if bgr else crop[..., ::-1]
    outputs = run(name, (crop.astype(np.float32) / 255).transpose(layout)[None].astype(element))
    points, score = decode([output.astype(np.float64) for output in outputs])
    back = cv2.invertAffineTransform(matrix)
    points = (points - 0.5) @ back[:, :2].T + back[:, 2]
    return {"model": name, "score": score, "points": np.round(points, 4).tolist()}


def soft(mask, width, height):
    mask = cv2.resize(mask.astype(np.float32).clip(0, 1), (width, height))
    return (cv2.GaussianBlur(mask, (0, 0), 5).clip(0.5, 1) - 0.5) * 2


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    graphs()
    picture = np.ascontiguousarray(cv2.imread(str(ROOT / "examples" / "photos" / "astronaut.png"))[::2, ::2])
    black, repeat = cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE

    def mesh(outputs):
        score = float(1 / (1 + np.exp(-outputs[1].item()))) if len(outputs) > 1 else None
        return outputs[0].reshape(-1, 3)[:, :2], score

    def fan(outputs):
        return outputs[0][0, :, :2] * 4, float(min(outputs[1].max(axis=(2, 3)).mean() / 0.9, 1))

    def pfld(outputs):
        return outputs[0].reshape(-1, 2) * 112, None

    golden = {
        "landmarks": [
            landmarks(picture, "pfld_68_means", 112, 1.0, 0.1, black, True, pfld),
            landmarks(picture, "pfld_98_means", 112, 1.0, 0.1, black, True, pfld),
            landmarks(picture, "fan", 256, 256 / 195, 0.0, black, True, fan),
            landmarks(picture, "facemesh_468_means", 192, 1.5, 0.0, repeat, False, mesh),
            landmarks(picture, "facemesh_478_means", 256, 1.5, 0.0, repeat, False, mesh, (0, 1, 2), np.float16),
        ],
        "embeddings": [],
        "masks": [],
    }

    matrix = umeyama(POINTS.astype(np.float64), ARCFACE * 112)
    crop = cv2.warpAffine(picture, matrix, (112, 112), flags=cv2.INTER_LINEAR, borderMode=repeat)
    levels = crop[..., ::-1].astype(np.float32).transpose(2, 0, 1)[None]
    for name, tensor in [
        ("mobilefacenet", (levels - 127.5) / 127.5),
        ("sface", levels),
        ("arcface", (levels - 127.5) / 127.5),
        ("arcface_levels", levels),
    ]:
        golden["embeddings"].append({"model": name, "raw": np.round(run(name, tensor)[0][0].astype(np.float64), 5).tolist()})

    size = picture.shape[1], picture.shape[0]
    unit = cv2.resize(picture, (256, 256)).astype(np.float32)[None] / 255
    masks = {"xseg": run("xseg", unit)[0][0, :, :, 0]}
    unit = cv2.resize(picture, (256, 144))[..., ::-1].astype(np.float32)[None] / 255
    masks["selfie"] = run("selfie", unit)[0][0, :, :, 0]
    unit = cv2.resize(picture, (512, 512))[..., ::-1].astype(np.float32) / 255
    unit = (unit - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])
    classes = run("bisenet", unit.transpose(2, 0, 1)[None])[0][0].argmax(0)
    masks["bisenet"] = np.isin(classes, [1, 2, 3, 4, 5, 6, 10, 11, 12, 13])
    for name, mask in masks.items():
        golden["masks"].append({"model": name, "every_8th": np.round(soft(mask, *size)[::8, ::8].astype(np.float64), 5).tolist()})
    (FOLDER / "expected.json").write_text(json.dumps(golden, indent=None, separators=(",", ":")) + "\n")
    print({name: float(soft(mask, *size).mean()) for name, mask in masks.items()})


if __name__ == "__main__":
    main()
