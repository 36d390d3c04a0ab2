"""Makes tests/golden/swap: a tiny recognizer, and a picture with one face swapped by a tiny swapper.

Packages: numpy 2.4.6, opencv-python-headless 5.0.0, onnx 1.23.2, onnxruntime 1.28.0
Run: python tests/reference/swap.py, after pipelines.py and swappers.py, whose graphs and formulas it uses.

arcface_tiny.onnx: a recognizer of 512 numbers, which are means of 8 x 8 pixels of its crop.

swapped.png: every fourth pixel of examples/photos/astronaut.png, its "face" of one_face.onnx given the identity of its
own mirror image by swappers/hyperswap_1a_256.onnx, by the formulas of facefusion: the crop warped to arcface_128, the
network, a box mask whose edges a Gaussian softens, both warped back and mixed, rounded half to even where facefusion
truncates.
"""

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

from pipelines import POINTS, ROOT, constant, info, umeyama

FOLDER = ROOT / "tests" / "golden" / "swap"
SIZE, MASK_BLUR = 256, 0.3
ARCFACE_128 = np.array(
    [
        [0.36167656, 0.40387734],
        [0.63696719, 0.40235469],
        [0.50019687, 0.56044219],
        [0.38710391, 0.72160547],
        [0.61507734, 0.72034453],
    ]
)
ARCFACE_112_V2 = np.array(
    [
        [0.34191607, 0.46157411],
        [0.65653393, 0.45983393],
        [0.50022500, 0.64050536],
        [0.37097589, 0.82469196],
        [0.63151696, 0.82325089],
    ]
)


def recognizer():
    nodes = [
        helper.make_node("AveragePool", ["input"], ["means"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Slice", ["flat", "from", "to", "axis"], ["output"]),
    ]
    constants = [constant(name, np.array([at], np.int64)) for name, at in (("from", 0), ("to", 512), ("axis", 1))]
    graph = helper.make_graph(nodes, "arcface", [info("input", [1, 3, 112, 112])], [info("output", [1, 512])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"license": "MIT OR Apache-2.0"})
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / "arcface_tiny.onnx")


def crop(picture, matrix, size):
    return cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def signed(picture):
    """RGB, -1 to 1, channels first."""
    return (picture[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]


def run(path, **inputs):
    """The first output; inputs take the type that the graph has for them."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    kinds = {i.name: np.float16 if "float16" in i.type else np.float32 for i in session.get_inputs()}
    outputs = session.run(None, {name: value.astype(kinds[name]) for name, value in inputs.items()})
    return outputs[0].astype(np.float32)


def box_mask():
    feather = int(SIZE * 0.5 * MASK_BLUR)
    edge = max(feather // 2, 1)
    mask = np.ones((SIZE, SIZE), np.float32)
    mask[:edge] = mask[-edge:] = mask[:, :edge] = mask[:, -edge:] = 0
    return cv2.GaussianBlur(mask, (0, 0), feather * 0.25)


def swapped(target, source):
    points = POINTS.astype(np.float64) * (target.shape[0] / 64)
    face = crop(source, umeyama(points, ARCFACE_112_V2 * 112), 112)
    raw = run(FOLDER / "arcface_tiny.onnx", input=signed(face))
    latent = raw / np.linalg.norm(raw)
    matrix = umeyama(points, ARCFACE_128 * SIZE)
    found = run(
        ROOT / "tests" / "golden" / "swappers" / "hyperswap_1a_256.onnx",
        source=latent,
        target=signed(crop(target, matrix, SIZE)),
    )
    face = np.rint((found[0].transpose(1, 2, 0).clip(-1, 1) + 1) * 127.5)[..., ::-1].astype(np.float32)
    back, sides = cv2.invertAffineTransform(matrix), target.shape[1::-1]
    mask = cv2.warpAffine(box_mask(), back, sides).clip(0, 1)[..., None]
    face = cv2.warpAffine(face, back, sides, borderMode=cv2.BORDER_REPLICATE)
    return np.rint(mask * face + (1 - mask) * target).astype(np.uint8)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    recognizer()
    astronaut = cv2.imread(str(ROOT / "examples" / "photos" / "astronaut.png"))
    picture = swapped(astronaut, np.ascontiguousarray(astronaut[:, ::-1]))
    cv2.imwrite(str(FOLDER / "swapped.png"), picture[::4, ::4])
