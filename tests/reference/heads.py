"""Makes tests/golden/heads/*.json: what the reference decoders read from known network outputs.

Each file holds a detector family, the size of its input, a threshold, the recipe of every network output, and
the faces as rows of x, y, width, height, score and, where the family has points, five times x, y. An output is
not stored: it is `uniform` below, which tests/heads/network.rs repeats bit by bit.

YuNet's faces come from OpenCV's own FaceDetectorYN, run on an ONNX graph that puts out the known numbers; the
other families are decoded in float64 after the published formulas:
- SCRFD: InsightFace, python-package/insightface/model_zoo/scrfd.py;
- RetinaFace: facexlib, detection/retinaface_utils.py;
- UltraFace: Linzaer's Ultra-Light-Fast-Generic-Face-Detector-1MB, run_video_face_detect_onnx.py;
- BlazeFace: MediaPipe, ssd_anchors_calculator.cc and tensors_to_detections_calculator.cc;
- YOLO-face: Ultralytics' export of a pose model.

Packages: numpy 2.4, onnx 1.23, opencv-python-headless 5.0. Run: python tests/reference/heads.py
"""

import json
import math
import tempfile
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

GOLDEN = Path(__file__).parent.parent / "golden" / "heads"


def uniform(seed, shape, low, high):
    """Numbers of 24 random bits (SplitMix64 of seed and index), from low to just under high, in float32."""
    with np.errstate(over="ignore"):
        z = np.arange(math.prod(shape), dtype=np.uint64) + np.uint64(seed << 32)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    unit = (z >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
    return (np.float32(low) + unit * (np.float32(high) - np.float32(low))).reshape(shape)


class Case:
    """One golden file in the making: outputs are added in the order of the graph."""

    def __init__(self, file, family, width, height, threshold, seed):
        self.file, self.threshold, self.seed = file, threshold, seed
        self.golden = {"family": family, "width": width, "height": height, "threshold": threshold, "outputs": []}

    def output(self, name, shape, low, high):
        recipe = {"name": name, "shape": shape, "seed": self.seed, "low": low, "high": high}
        self.golden["outputs"].append(recipe)
        self.seed += 1
        return uniform(recipe["seed"], shape, low, high)

    def write(self, rows, **more):
        self.golden["faces"] = [[round(float(v), 6) for v in row] for row in rows]
        text = json.dumps(self.golden | more).replace("[[", "[\n[").replace("], [", "],\n[")
        (GOLDEN / f"{self.file}.json").write_text(text + "\n")
        print(self.file, len(rows), "faces")


def yunet(width=160, height=96):
    """OpenCV pads the picture to multiples of 32; this one already is."""
    case = Case("yunet", "yunet", width, height, 0.8, seed=100)
    outputs = {}
    recipes = [("cls", 1, -0.2, 1.2), ("obj", 1, -0.2, 1.2), ("bbox", 4, -1, 2), ("kps", 10, -2, 2)]
    for what, columns, low, high in recipes:
        for stride in [8, 16, 32]:
            shape = [1, width // stride * (height // stride), columns]
            outputs[f"{what}_{stride}"] = case.output(f"{what}_{stride}", shape, low, high)

    # Every output is a constant plus 0 times the mean of the input.
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
    ]
    constants = [numpy_helper.from_array(np.float32(0), "zero")]
    for name, values in outputs.items():
        nodes.append(helper.make_node("Add", [f"{name}_values", "nothing"], [name]))
        constants.append(numpy_helper.from_array(values, f"{name}_values"))
    graph = helper.make_graph(
        nodes,
        "yunet",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, height, width])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, v.shape) for name, v in outputs.items()],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/yunet.onnx"
        onnx.save(model, path)
        # OpenCV suppresses on boxes cut to whole pixels, so the parity is of what comes before: no two boxes
        # overlap by more than 1.
        detector = cv2.FaceDetectorYN.create(path, "", (width, height), case.threshold, 1.0, 5000)
        _, rows = detector.detect(np.zeros((height, width, 3), np.uint8))
    case.write(np.concatenate([rows[:, :4], rows[:, 14:], rows[:, 4:14]], axis=1))


def scrfd(levels, has_points, width, height):
    anchors = 2 if levels == 3 else 1
    count = levels * (3 if has_points else 2)
    case = Case(f"scrfd_{count}", "scrfd", width, height, 0.9, seed=200 + 20 * count)
    strides = [8, 16, 32, 64, 128][:levels]
    cells = [-(-width // s) * -(-height // s) for s in strides]

    def read(what, columns, low, high):
        """Graphs with a batch axis and without are both about."""
        shapes = [([1] if has_points else []) + [n * anchors, columns] for n in cells]
        outputs = [case.output(f"{what}_{s}", shape, low, high) for s, shape in zip(strides, shapes)]
        return [values.reshape(-1, columns).astype(np.float64) for values in outputs]

    scores, boxes = read("score", 1, 0, 1), read("bbox", 4, 0.1, 4)
    points = read("kps", 10, -3, 3) if has_points else [None] * levels
    rows = []
    for stride, score, box, point in zip(strides, scores, boxes, points):
        rows_and_columns = np.mgrid[: -(-height // stride), : -(-width // stride)]
        centers = np.stack(rows_and_columns[::-1], axis=-1).reshape(-1, 2).astype(np.float64) * stride
        centers = np.repeat(centers, anchors, axis=0)
        top_left, bottom_right = centers - box[:, :2] * stride, centers + box[:, 2:] * stride
        columns = [top_left, bottom_right - top_left, score]
        if has_points:
            columns += [centers + point[:, i : i + 2] * stride for i in range(0, 10, 2)]
        rows.append(np.concatenate(columns, axis=1)[score[:, 0] >= case.threshold])
    case.write(np.concatenate(rows))


def retinaface(softmax, width, height):
    file = f"retinaface_{'probabilities' if softmax else 'logits'}"
    case = Case(file, "retinaface", width, height, 0.95, seed=900 + 10 * softmax)
    priors = []
    for step, sides in [(8, [16, 32]), (16, [64, 128]), (32, [256, 512])]:
        for i, j in product(range(math.ceil(height / step)), range(math.ceil(width / step))):
            for side in sides:
                priors.append([(j + 0.5) * step / width, (i + 0.5) * step / height, side / width, side / height])
    priors = np.array(priors)
    n = len(priors)
    loc = case.output("loc", [1, n, 4], -2, 2)[0].astype(np.float64)
    if softmax:
        # Each pair adds up to one: the first is made from the second.
        conf = case.output("conf", [1, n, 2], 0, 1)[0].astype(np.float64)
        case.golden["outputs"][-1]["complement"] = True
        score = conf[:, 1]
    else:
        conf = case.output("conf", [1, n, 2], -4, 4)[0].astype(np.float64)
        score = np.exp(conf[:, 1]) / np.exp(conf).sum(axis=1)
    landm = case.output("landm", [1, n, 10], -3, 3)[0].astype(np.float64)

    sizes = priors[:, 2:] * np.exp(loc[:, 2:] * 0.2)
    corners = priors[:, :2] + loc[:, :2] * 0.1 * priors[:, 2:] - sizes / 2
    boxes = np.concatenate([corners, sizes], axis=1)
    points = [priors[:, :2] + landm[:, i : i + 2] * 0.1 * priors[:, 2:] for i in range(0, 10, 2)]
    scale = [width, height]
    rows = np.concatenate([boxes * (scale * 2), score[:, None], *[p * scale for p in points]], axis=1)
    case.write(rows[score > case.threshold])


def ultraface(width, height):
    case = Case("ultraface", "ultraface", width, height, 0.9, seed=1000)
    n = sum(math.ceil(width / s) * math.ceil(height / s) * k for s, k in [(8, 3), (16, 2), (32, 2), (64, 3)])
    scores = case.output("scores", [1, n, 2], 0, 1)[0].astype(np.float64)
    boxes = case.output("boxes", [1, n, 4], 0, 1)[0].astype(np.float64)
    boxes *= [width, height, width, height]
    kept = (scores[:, 1] > case.threshold) & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    boxes[:, 2:] -= boxes[:, :2]
    case.write(np.concatenate([boxes, scores[:, 1:]], axis=1)[kept])


def blazeface(layout, size, strides):
    """Layers of one stride share their cells, in which each has an anchor for its one aspect ratio and, unless the
    interpolated ratio is 0, one more; fixed_anchor_size makes every anchor as large as the input."""
    case = Case(f"blazeface_{layout}", "blazeface", size, size, 0.95, seed=1100 + size)
    interpolated = 0 if layout == "full" else 1
    anchors, layer = [], 0
    while layer < len(strides):
        end = layer
        while end < len(strides) and strides[end] == strides[layer]:
            end += 1
        side = math.ceil(size / strides[layer])
        for y, x in product(range(side), range(side)):
            anchors += [[(x + 0.5) / side, (y + 0.5) / side]] * ((end - layer) * (1 + interpolated))
        layer = end
    anchors = np.array(anchors)
    raw = case.output("regressors", [1, len(anchors), 16], -20, 20)[0].astype(np.float64)
    # Sizes are read with their sign: half of the boxes have none, and MediaPipe drops them too.
    logits = case.output("classifiers", [1, len(anchors), 1], -120, 20)[0].astype(np.float64)
    score = 1 / (1 + np.exp(-np.clip(logits, -100, 100)))
    center = (raw[:, :2] / size + anchors) * size
    points = [(raw[:, 4 + i : 6 + i] / size + anchors) * size for i in range(0, 12, 2)]
    half = 0.41 * (points[1] - points[0])
    points = points[:3] + [points[3] - half, points[3] + half]
    rows = np.concatenate([center - raw[:, 2:4] / 2, raw[:, 2:4], score, *points], axis=1)
    case.write(rows[(score[:, 0] >= case.threshold) & (raw[:, 2] > 0) & (raw[:, 3] > 0)])


def yoloface(width, height):
    """All rows share one range, so the boxes lie within a pixel: there is no grid in what this head decodes."""
    case = Case("yoloface", "yoloface", width, height, 0.95, seed=1200)
    n = sum(math.ceil(width / s) * math.ceil(height / s) for s in [8, 16, 32])
    columns = case.output("output0", [1, 20, n], 0, 1)[0].T.astype(np.float64)
    points = np.delete(columns[:, 5:], [2, 5, 8, 11, 14], axis=1)
    rows = np.concatenate([columns[:, :2] - columns[:, 2:4] / 2, columns[:, 2:5], points], axis=1)
    case.write(rows[columns[:, 4] >= case.threshold])


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    yunet()
    scrfd(3, True, 96, 64)
    scrfd(3, False, 64, 96)
    scrfd(5, True, 384, 256)
    scrfd(5, False, 256, 128)
    retinaface(True, 96, 64)
    retinaface(False, 72, 104)
    ultraface(160, 120)
    blazeface("front", 128, [8, 16, 16, 16])
    blazeface("back", 256, [16, 32, 32, 32])
    blazeface("full", 192, [4])
    yoloface(160, 96)
