"""Makes tests/golden/stylizers: a tiny graph for each family of stylizers, and the pictures that they paint.

Packages: numpy 2.4.6, opencv-python-headless 5.0.0, pillow 13.0.0, onnx 1.23.2, onnxruntime 1.28.0
Run: python tests/reference/stylizers.py [FOLDER OF REAL MODELS]

A graph has its family's inputs and output. It adds a picture blurred by 3 x 3 pixels to one of blocks as large as the
sides' multiple, each channel with a gain and a shift of its own, so that a wrong order, range or layout shows; it fails
on sides that are no multiples. One of two pictures adds the mean of the style.

NAME_N.png: every STRIDE-th pixel of the Nth case of a model: a part of every second pixel of examples/photos/astronaut.png,
resized, padded, cut into tiles, run, blended, and rounded half to even, as `paint` says it.

A case is `exact` where nothing is resized: resized pictures are those of OpenCV's INTER_AREA and Pillow's BICUBIC.

With a folder of real models, real.json is made too: levels of some pixels of what the real models make of parts of
examples/photos/astronaut.png.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "golden" / "stylizers"
PHOTOS = ROOT / "examples" / "photos"
STRIDE = 3
AT_ONCE = 1024
MARGIN = 8
UNIT, SIGNED, LEVELS = (0.0, 255.0), (127.5, 127.5), (0.0, 1.0)
# Layout, order of the channels, mean and std, multiple of the sides, and width and height where they are fixed.
MODELS = {
    "my_cartoongan": ("NHWC", "RGB", SIGNED, 4, None),
    "animegan_v2_hayao": ("NHWC", "RGB", SIGNED, 32, None),
    "animegan_v2_face": ("NCHW", "RGB", SIGNED, 32, (256, 256)),
    "white_box": ("NHWC", "BGR", SIGNED, 8, None),
    "dct_net": ("HWC", "BGR", LEVELS, 16, None),
    "fast_neural_style_mine": ("NCHW", "RGB", LEVELS, 4, None),
    "candy-9": ("NCHW", "RGB", LEVELS, 4, (224, 224)),
    "fritz_starry": ("NHWC", "RGB", LEVELS, 4, (480, 640)),
    "magenta_style_transfer": ("NHWC", "RGB", UNIT, 4, (384, 384)),
    "two_pictures": ("NCHW", "RGB", UNIT, 32, None),
    "tanh": ("NHWC", "RGB", SIGNED, 32, None),
    "scaled_tanh": ("NHWC", "RGB", LEVELS, 32, None),
    "sigmoid": ("NCHW", "RGB", UNIT, 32, None),
    "clip": ("CHW", "RGB", UNIT, 32, None),
    "plain": ("NCHW", "RGB", LEVELS, 32, None),
    "described": ("NHWC", "BGR", UNIT, 2, None),
}
METADATA = {"described": {"channels": "BGR", "range": "0 1", "output_range": "0 1", "multiple": "2"}}
# Of each model: the part of the picture, the size that the network sees, and the part that is the style.
CASES = [
    ("my_cartoongan", (20, 10, 101, 67), 0, None),
    ("my_cartoongan", (0, 0, 1, 1), 0, None),
    ("my_cartoongan", (0, 0, 256, 3), 0, None),
    ("my_cartoongan", (40, 0, 120, 90), 80, None),
    ("animegan_v2_hayao", (0, 0, 100, 90), 0, None),
    ("animegan_v2_face", (0, 0, 200, 180), 200, None),
    ("animegan_v2_face", (30, 0, 180, 200), 0, None),
    ("white_box", (9, 9, 97, 50), 0, None),
    ("dct_net", (60, 10, 61, 45), 0, None),
    ("fast_neural_style_mine", (0, 0, 50, 41), 0, None),
    ("candy-9", (0, 0, 150, 120), 150, None),
    ("candy-9", (0, 0, 256, 240), 0, None),
    ("candy-9", (0, 0, 256, 256), 512, None),
    ("fritz_starry", (10, 10, 200, 150), 200, None),
    ("fritz_starry", (0, 0, 256, 256), 0, None),
    ("magenta_style_transfer", (0, 0, 256, 200), 256, (0, 0, 256, 256)),
    ("magenta_style_transfer", (0, 0, 256, 200), 256, (0, 10, 256, 160)),
    ("two_pictures", (0, 0, 70, 60), 0, (100, 100, 96, 64)),
    ("tanh", (50, 0, 60, 44), 0, None),
    ("scaled_tanh", (50, 0, 60, 44), 0, None),
    ("sigmoid", (50, 0, 60, 44), 0, None),
    ("clip", (50, 0, 60, 44), 0, None),
    ("plain", (50, 0, 60, 44), 0, None),
    ("described", (50, 0, 61, 43), 0, None),
]


# Graphs


def node(*arguments, **attributes):
    return helper.make_node(*arguments, **attributes)


def save(name, inputs, outputs, nodes, constants):
    constants = [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()]
    info = lambda name, dims: helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
    inputs, outputs = ([info(*entry) for entry in entries] for entries in (inputs, outputs))
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, METADATA.get(name, {}))
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


def to_planes(source, target, layout, constants):
    """Nodes from a picture of a layout to [1, 3, h, w]."""
    constants["first"] = np.array([0])
    nodes = [] if layout.startswith("N") else [node("Unsqueeze", [source, "first"], [f"{source}.n"])]
    batch = nodes[-1].output[0] if nodes else source
    perm = [0, 3, 1, 2] if layout.endswith("C") else [0, 1, 2, 3]
    return nodes + [node("Transpose", [batch], [target], perm=perm)]


def from_planes(source, target, layout):
    perm = [0, 2, 3, 1] if layout.endswith("C") else [0, 1, 2, 3]
    if layout.startswith("N"):
        return [node("Transpose", [source], [target], perm=perm)]
    return [node("Transpose", [source], [f"{target}.n"], perm=perm), node("Squeeze", [f"{target}.n", "first"], [target])]


def end(name, constants):
    """The last nodes, on values of about -1 to 1."""
    number = lambda key, value: constants.update({key: np.float32(value)})
    number("half", 0.5)
    number("levels", 127.5)
    number("zero", 0)
    number("one", 1)
    to_unit = [node("Mul", ["y", "half"], ["y2"]), node("Add", ["y2", "half"], ["end"])]
    to_levels = [node("Mul", ["y", "levels"], ["y2"]), node("Add", ["y2", "levels"], ["end"])]
    if name in ("sigmoid", "magenta_style_transfer"):
        return [node("Sigmoid", ["y"], ["end"])]
    if name == "clip":
        return to_unit[:1] + [node("Add", ["y2", "half"], ["y3"]), node("Clip", ["y3", "zero", "one"], ["end"])]
    if name in ("scaled_tanh", "fritz_starry"):
        return [node("Tanh", ["y"], ["t"]), node("Add", ["t", "one"], ["t2"]), node("Mul", ["t2", "levels"], ["end"])]
    return {UNIT: to_unit, LEVELS: to_levels, SIGNED: [node("Tanh", ["y"], ["end"])]}[MODELS[name][2]]


def stylizer(name):
    layout, order, (mean, std), multiple, fixed = MODELS[name]
    width, height = fixed or ("w", "h")
    dims = {"NHWC": [1, height, width, 3], "NCHW": [1, 3, height, width], "HWC": [height, width, 3], "CHW": [3, height, width]}
    # From the numbers of the family to -1 to 1.
    gain = np.array([1.1, 0.8, 0.5] if order == "RGB" else [0.5, 0.8, 1.1], np.float32).reshape(1, 3, 1, 1)
    shift = np.array([0.1, -0.2, 0.3] if order == "RGB" else [0.3, -0.2, 0.1], np.float32).reshape(1, 3, 1, 1)
    constants = {
        "gain": gain, "shift": shift, "scale": np.float32(std / 127.5), "offset": np.float32((mean - 127.5) / 127.5),
        "share": np.float32(0.3),
        "grow": np.array([1, 1, multiple, multiple], np.float32),
    }
    nodes = to_planes("content", "x0", layout, constants) + [
        node("Mul", ["x0", "scale"], ["x1"]),
        node("Add", ["x1", "offset"], ["x"]),
        node("AveragePool", ["x"], ["smooth"], kernel_shape=[3, 3], pads=[1] * 4),
        node("AveragePool", ["x"], ["blocks"], kernel_shape=[multiple] * 2, strides=[multiple] * 2),
        node("Resize", ["blocks", "", "grow"], ["coarse"], mode="nearest",
             coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
        node("Mul", ["smooth", "gain"], ["a"]),
        node("Mul", ["coarse", "share"], ["b"]),
        node("Add", ["a", "b"], ["ab"]),
        node("Add", ["ab", "shift"], ["styleless"]),
    ]
    inputs = [("content", dims[layout])]
    if name == "magenta_style_transfer":
        inputs.append(("mobilenet_conv/Conv/BiasAdd", [1, 1, 1, 100]))
        constants |= {"begin": np.array([0]), "three": np.array([3]), "last": np.array([3])}
        nodes += [
            node("Slice", [inputs[1][0], "begin", "three", "last"], ["v"]),
            node("Transpose", ["v"], ["style"], perm=[0, 3, 1, 2]),
            node("Add", ["styleless", "style"], ["y"]),
        ]
    elif name == "two_pictures":
        inputs.insert(0, ("the_style", [1, 3, "sh", "sw"]))
        nodes += [
            node("AveragePool", ["the_style"], ["tiles"], kernel_shape=[32, 32], strides=[32, 32]),
            node("GlobalAveragePool", ["tiles"], ["style"]),
            node("Add", ["styleless", "style"], ["y"]),
        ]
    else:
        nodes += [node("Identity", ["styleless"], ["y"])]
    nodes += end(name, constants) + from_planes("end", "output", layout)
    used = {entry for one in nodes for entry in one.input}
    save(name, inputs, [("output", dims[layout])], nodes, {key: value for key, value in constants.items() if key in used})


def predictor():
    constants = {"repeat": np.array([1, 1, 1, 34]), "begin": np.array([0]), "end": np.array([100]), "last": np.array([3])}
    nodes = [
        node("ReduceMean", ["style_image"], ["mean"], axes=[1, 2]),
        node("Tile", ["mean", "repeat"], ["many"]),
        node("Slice", ["many", "begin", "end", "last"], ["vector"]),
    ]
    save("magenta_style_predict", [("style_image", [1, 256, 256, 3])], [("vector", [1, 1, 1, 100])], nodes, constants)


def not_a_number():
    """A network that gives no numbers."""
    nodes = [node("Exp", ["content"], ["e"]), node("Neg", ["e"], ["m"]), node("Log", ["m"], ["output"])]
    dims = [1, 3, "h", "w"]
    save("not_a_number", [("content", dims)], [("output", dims)], nodes, {})


# What facekit does


def to_u8(values):
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


resized = []


def fitted(picture, width, height):
    h, w = picture.shape[:2]
    if (w, h) == (width, height):
        return picture
    resized.append((w, h))
    if width <= w and height <= h:
        return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC))


def scaled(picture, scale):
    return [max(1, int(side * scale + 0.5)) for side in picture]


def side(fixed, multiple, axis, length):
    return fixed[axis] if fixed else -(-(min(length, AT_ONCE) + 2 * MARGIN) // multiple) * multiple


def margin(fixed, axis):
    return min(MARGIN, fixed[axis] // 16) if fixed else MARGIN


def at_once(fixed, picture):
    if fixed and list(picture) == list(fixed):
        return 1
    room = [fixed[axis] - 2 * margin(fixed, axis) if fixed else AT_ONCE for axis in (0, 1)]
    return min(room[axis] / picture[axis] for axis in (0, 1))


def seen(fixed, picture, size):
    whole = at_once(fixed, picture)
    if size:
        return scaled(picture, size / max(picture))
    if whole >= 1 and not fixed:
        return list(picture)
    return scaled(picture, whole if whole * 1.5 >= 1 else min(2 * whole, 1))


def reflected(places, length):
    if length == 1:
        return np.zeros_like(places)
    turn = places % (2 * length - 2)
    return np.minimum(turn, 2 * length - 2 - turn)


def starts(length, tile, margin):
    room, overlap = length - tile, tile // 4
    if room <= 0:
        return [-(-room // 2)]
    gaps = -(-(length + 2 * margin - overlap) // (tile - overlap)) - 1
    return [-margin + i * (room + 2 * margin) // gaps for i in range(gaps + 1)]


def ramp(length, tile, margin):
    """Where each tile begins, and its weight at each pixel; the weights of all add up to 1."""
    places = np.arange(length)
    rows = []
    for start in starts(length, tile, margin):
        ends = np.minimum(places - start + 1, start + tile - places) / (tile // 4 + 1)
        rows.append(np.clip(ends, 0, 1))
    return list(zip(starts(length, tile, margin), np.array(rows) / np.sum(rows, 0)))


def in_tiles(picture, tile, margins, run):
    """Tiles of width and height `tile`, blended where they overlap."""
    height, width = picture.shape[:2]
    sums = np.zeros(picture.shape)
    for y, down in ramp(height, tile[1], margins[1]):
        for x, across in ramp(width, tile[0], margins[0]):
            rows, columns = y + np.arange(tile[1]), x + np.arange(tile[0])
            painted = run(picture[reflected(rows, height)][:, reflected(columns, width)])
            inside = [(places >= 0) & (places < length) for places, length in ((rows, height), (columns, width))]
            rows, columns = rows[inside[0]], columns[inside[1]]
            weights = down[rows][:, None, None] * across[columns][None, :, None]
            sums[np.ix_(rows, columns)] += painted[np.ix_(*inside)] * weights
    return to_u8(sums)


def with_colors_of(tiles, whole):
    height, width = tiles.shape[:2]
    sigma = 3 * max(width / whole.shape[1], height / whole.shape[0])
    taps = int(8 * sigma + 1.5) | 1
    blur = lambda picture: to_u8(cv2.GaussianBlur(picture.astype(np.float64), (taps, taps), sigma))
    mixed = tiles.astype(int) - blur(tiles) + blur(fitted(whole, width, height))
    return np.clip(mixed, 0, 255).astype(np.uint8)


def paint(picture, run, fixed, multiple, size):
    own = [picture.shape[1], picture.shape[0]]
    large, margins = seen(fixed, own, size), [margin(fixed, axis) for axis in (0, 1)]
    tile = lambda sides: [side(fixed, multiple, axis, sides[axis]) for axis in (0, 1)]
    painted = in_tiles(fitted(picture, *large), tile(large), margins, run)
    if any(large[axis] > tile(large)[axis] for axis in (0, 1)):
        small = scaled(own, at_once(fixed, own))
        painted = with_colors_of(painted, in_tiles(fitted(picture, *small), tile(small), margins, run))
    return fitted(painted, *own)


def encode(picture, layout, order, coding):
    values = (picture[:, :, :: 1 if order == "RGB" else -1].astype(np.float32) - coding[0]) / coding[1]
    values = values.astype(np.float32)
    values = values if layout.endswith("C") else values.transpose(2, 0, 1)
    return values[None] if layout.startswith("N") else values


def decode(values, layout, order, coding):
    values = values[0] if layout.startswith("N") else values
    values = values if layout.endswith("C") else values.transpose(1, 2, 0)
    return to_u8(values * np.float32(coding[1]) + np.float32(coding[0]))[:, :, :: 1 if order == "RGB" else -1]


def style_picture(picture, fixed, multiple):
    """The middle of a style picture in the shape that the network takes."""
    own = [picture.shape[1], picture.shape[0]]
    sides = [side(fixed, multiple, axis, length) for axis, length in enumerate(seen(fixed, own, 512))]
    scale = min(own[axis] / sides[axis] for axis in (0, 1))
    width, height = scaled(sides, scale)
    x, y = (own[0] - width) // 2, (own[1] - height) // 2
    return fitted(np.ascontiguousarray(picture[y : y + height, x : x + width]), *sides)


def runner(network, coding, feeds=None):
    layout, order, numbers = coding[:3]
    name = [entry.name for entry in network.get_inputs() if entry.name not in (feeds or {})][0]

    def run(picture):
        values = network.run(None, {name: encode(picture, layout, order, numbers)} | (feeds or {}))[0]
        return decode(values, layout, order, numbers)

    return run


def session(path):
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])


def style_feeds(name, network, style):
    if name == "two_pictures":
        return {"the_style": encode(style_picture(style, None, 32), "NCHW", "RGB", UNIT)}
    if name != "magenta_style_transfer":
        return None
    return magenta_feeds(session(FOLDER / "magenta_style_predict.onnx"), network, style)


def magenta_feeds(predict, network, style):
    vector = predict.run(None, {predict.get_inputs()[0].name: encode(style_picture(style, (256, 256), 4), "NHWC", "RGB", UNIT)})
    return {network.get_inputs()[1].name: vector[0]}


# Real models

REAL = {
    "cartoongan_light_paprika": ("NHWC", "RGB", SIGNED, 4, None),
    "cartoongan_light_shinkai": ("NHWC", "RGB", SIGNED, 4, None),
    "fns8_candy": ("NCHW", "RGB", LEVELS, 4, None),
    "fns8_mosaic": ("NCHW", "RGB", LEVELS, 4, None),
    "fns8_rain-princess": ("NCHW", "RGB", LEVELS, 4, None),
    "fns8_udnie": ("NCHW", "RGB", LEVELS, 4, None),
    "fritz_starry_025": ("NHWC", "RGB", LEVELS, 4, (480, 640)),
    "magenta_style_transfer_f16_384": ("NHWC", "RGB", UNIT, 4, (384, 384)),
}
# The parts of the photograph that are painted in their own size, and every how many pixels are kept.
REAL_CASES = [(120, 10, 230, 210), (170, 290, 202, 222)]
REAL_STRIDE = 17


def real(folder):
    picture = np.asarray(Image.open(PHOTOS / "astronaut.png").convert("RGB"))
    cases = []
    for name, coding in REAL.items():
        network, feeds = session(folder / f"{name}.onnx"), None
        if name.startswith("magenta"):
            predict = session(folder / "magenta_style_predict_quantized_256.onnx")
            feeds = magenta_feeds(predict, network, np.ascontiguousarray(picture[:256, :256]))
        for x, y, w, h in REAL_CASES:
            part = np.ascontiguousarray(picture[y : y + h, x : x + w])
            painted = paint(part, runner(network, coding, feeds), coding[4], coding[3], max(w, h))
            levels = painted[::REAL_STRIDE, ::REAL_STRIDE].ravel().tolist()
            cases.append({"model": name, "part": [x, y, w, h], "style": feeds is not None, "levels": levels})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (FOLDER / "real.json").write_text(f'{{"stride": {REAL_STRIDE}, "cases": [\n{lines}\n]}}\n')


def main():
    FOLDER.mkdir(exist_ok=True)
    predictor()
    not_a_number()
    astronaut = np.asarray(Image.open(PHOTOS / "astronaut.png").convert("RGB"))[::2, ::2]
    part = lambda box: np.ascontiguousarray(astronaut[box[1] : box[1] + box[3], box[0] : box[0] + box[2]])
    for name in MODELS:
        stylizer(name)
    cases = []
    for i, (name, box, size, style) in enumerate(CASES):
        coding, network = MODELS[name], session(FOLDER / f"{name}.onnx")
        resized.clear()
        feeds = style_feeds(name, network, part(style)) if style else None
        painted = paint(part(box), runner(network, coding, feeds), coding[4], coding[3], size)
        Image.fromarray(painted[::STRIDE, ::STRIDE]).save(FOLDER / f"{name}_{i}.png", optimize=True)
        case = {"model": name, "part": box, "size": size, "style": style, "exact": not resized}
        cases.append(case | {"picture": f"{name}_{i}.png"})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (FOLDER / "stylizers.json").write_text(f'{{"stride": {STRIDE}, "cases": [\n{lines}\n]}}\n')
    if len(sys.argv) > 1:
        real(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
