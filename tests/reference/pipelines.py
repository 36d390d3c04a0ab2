"""Makes tests/golden/pipelines: tiny graphs that the pipelines run, and a picture with one face pasted into it.

Packages: numpy 2.4.6, opencv-python-headless 5.0.0, onnx 1.23.2
Run: python tests/reference/pipelines.py

one_face: a detector that finds the same face in every picture. no_face: one that finds none. brighter: a
restorer of any size, so of 256 pixels, that gives its input plus a fifth. half: one that gives half as many pixels as it should. blur_x2: an
upscaler that takes the mean of 5 x 5 pixels and repeats it twice in both directions; blur_x2_fixed: the same, for
64 x 48 pixels only.

restored.png: every fourth pixel of examples/photos/astronaut.png, its "face" of one_face restored by brighter,
by the formulas of facefusion: least-squares similarity to the template, bilinear warp with the border repeated, a
box mask whose edges a Gaussian softens, both warped back and mixed, rounded half to even where facefusion
truncates.
"""

from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "golden" / "pipelines"
FLOAT = TensorProto.FLOAT
SIZE = 256
FFHQ = np.array(
    [
        [0.37691676, 0.46864664],
        [0.62285697, 0.46912813],
        [0.50123859, 0.61331904],
        [0.39308822, 0.72541100],
        [0.61150205, 0.72490465],
    ]
)
# In an input of 64 x 64 pixels: image-left eye, image-right eye, nose, mouth corners.
POINTS = np.array([[24.5, 22.25], [38.0, 24.0], [30.5, 31.0], [23.0, 36.5], [35.0, 38.0]], np.float32)
BOX = np.array([30.5, 29.5, 26.0, 32.0], np.float32)
MASK_BLUR, MASK_PADDING = 0.3, (10, 0, 5, 20)


def info(name, dims):
    return helper.make_tensor_value_info(name, FLOAT, dims)


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def save(name, dims, out_dims, nodes, constants):
    graph = helper.make_graph(nodes, name, [info("input", dims)], [info("output", out_dims)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"license": "MIT OR Apache-2.0"})
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


def detector(name, score):
    """YOLO-face's contract for 64 x 64 pixels: one of its 84 anchors is a face."""
    face = np.concatenate([BOX, [score], np.c_[POINTS, np.ones(5)].ravel()]).astype(np.float32)
    faces = np.zeros((1, 20, 84), np.float32)
    faces[0, :, 40] = face
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["faces", "nothing"], ["output"]),
    ]
    save(name, [1, 3, 64, 64], [1, 20, 84], nodes, [constant("faces", faces), constant("zero", np.float32(0))])


def enlarge(name, sides, out_sides):
    kernel = np.zeros((3, 3, 5, 5), np.float32)
    kernel[range(3), range(3)] = 1 / 25
    resize = dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    nodes = [
        helper.make_node("Pad", ["input", "pads"], ["padded"], mode="edge"),
        helper.make_node("Conv", ["padded", "kernel"], ["blurred"]),
        helper.make_node("Resize", ["blurred", "", "scales"], ["output"], **resize),
    ]
    constants = [
        constant("pads", np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64)),
        constant("kernel", kernel),
        constant("scales", np.array([1, 1, 2, 2], np.float32)),
    ]
    save(name, [1, 3, *sides], [1, 3, *out_sides], nodes, constants)


def graphs():
    detector("one_face", 0.9)
    detector("no_face", 0.0)
    dims = [1, 3, "height", "width"]
    fifth = [helper.make_node("Add", ["input", "fifth"], ["output"])]
    save("brighter", dims, dims, fifth, [constant("fifth", np.float32(0.2))])
    halves = [helper.make_node("Resize", ["input", "", "halves"], ["output"], mode="nearest")]
    save("half", dims, dims, halves, [constant("halves", np.array([1, 1, 0.5, 0.5], np.float32))])
    enlarge("blur_x2", ["h", "w"], ["oh", "ow"])
    enlarge("blur_x2_fixed", [48, 64], [96, 128])


def umeyama(points, template):
    """The similarity that takes the points to the template, 2 x 3, by least squares (Umeyama 1991)."""
    mean, target = points.mean(0), template.mean(0)
    a, b = points - mean, template - target
    u, s, vt = np.linalg.svd(b.T @ a / len(a))
    sign = np.diag([1, np.sign(np.linalg.det(u @ vt))])
    turn = u @ sign @ vt
    scale = (s * np.diag(sign)).sum() / a.var(0).sum()
    return np.c_[scale * turn, target - scale * turn @ mean]


def box_mask():
    feather = int(SIZE * 0.5 * MASK_BLUR)
    edge = max(feather // 2, 1)
    top, right, bottom, left = (max(edge, int(SIZE * percent / 100)) for percent in MASK_PADDING)
    mask = np.ones((SIZE, SIZE), np.float32)
    mask[:top] = mask[-bottom:] = 0
    mask[:, :left] = mask[:, -right:] = 0
    return cv2.GaussianBlur(mask, (0, 0), feather * 0.25)


def restored(picture):
    factor = picture.shape[0] / 64
    matrix = umeyama(POINTS.astype(np.float64) * factor, FFHQ * SIZE)
    crop = cv2.warpAffine(picture, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    crop = np.rint(np.clip(crop.astype(np.float32) / 127.5 - 1 + 0.2, -1, 1) * 127.5 + 127.5)
    back = cv2.invertAffineTransform(matrix)
    sides = picture.shape[1::-1]
    mask = cv2.warpAffine(box_mask(), back, sides).clip(0, 1)[..., None]
    face = cv2.warpAffine(crop.astype(np.float32), back, sides, borderMode=cv2.BORDER_REPLICATE)
    return np.rint(mask * face + (1 - mask) * picture).astype(np.uint8)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    graphs()
    astronaut = cv2.imread(str(ROOT / "examples" / "photos" / "astronaut.png"))
    cv2.imwrite(str(FOLDER / "restored.png"), restored(astronaut)[::4, ::4])
