"""Makes tests/golden/swappers: a tiny graph for each family of swappers, and what their pipeline gives.

Packages: numpy 2.4.6, opencv-python-headless 5.0.0, onnx 1.23.2, onnxruntime 1.28.0, insightface 2.1
Run: python tests/reference/swappers.py

A graph has its family's inputs and output. It mixes the target with its mean of 3 x 3 pixels and adds three numbers
made of the source. The graphs of inswapper are written without their emap, which is 1 MB: the tests append it, the
same numbers as `emap` here, as the graph's last initializer. A converter reverses an embedding and bends it.

latents.f32: the latents of `latents`, 512 numbers of 32 bits each. Those of inswapper are what InsightFace's INSwapper
feeds its network, taken from its own call. Mixes with a target are those of facefusion, with the target's embedding
brought to the same space, and to the same length, as the source's.

NAME.png: every STRIDE-th pixel of the crops of `crops`: every second pixel of examples/photos/astronaut.png, warped
to the family's template, taken apart into phases as facefusion's pixel boost does, normalised, run, put together,
clipped, and rounded half to even. NAME_source.png: the source's crop of a family that takes a picture.
"""

import json
import types
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from insightface.model_zoo.inswapper import INSwapper
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "golden" / "swappers"
FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16
STRIDE = 7
# Image-left eye, image-right eye, nose, mouth corners in a half of astronaut.png.
POINTS = np.array([[101.7, 51.8], [123.8, 52.2], [112.1, 63.8], [102.0, 71.6], [121.5, 71.8]])
# The same, turned by 12 degrees and moved, as those of another picture would be.
SOURCE_POINTS = (POINTS - [112, 62]) @ [[0.978, 0.208], [-0.208, 0.978]] * [1, 0.95] + [111, 63]
TEMPLATES = {
    "arcface_112_v1": "0.35473214,0.45658929 0.64526786,0.45658929 0.5,0.61154464 0.37913393,0.776875 0.62086607,0.776875",
    "arcface_112_v2": "0.34191607,0.46157411 0.65653393,0.45983393 0.500225,0.64050536 0.37097589,0.82469196 0.63151696,0.82325089",
    "arcface_128": "0.36167656,0.40387734 0.63696719,0.40235469 0.50019687,0.56044219 0.38710391,0.72160547 0.61507734,0.72034453",
    "ffhq_512": "0.37691676,0.46864664 0.62285697,0.46912813 0.50123859,0.61331904 0.39308822,0.725411 0.61150205,0.72490465",
    "mtcnn_512": "0.36562865,0.46733799 0.63305391,0.46585885 0.50019127,0.61942959 0.39032951,0.77598822 0.61178945,0.77476328",
}
NONE, HALVES = ([0] * 3, [1] * 3), ([0.5] * 3, [0.5] * 3)
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
# Template, size, mean and std of the target, whether the output has them too, and the source: a converter, or the
# template and size of a picture.
FAMILIES = {
    "inswapper_128": ("arcface_128", 128, NONE, False, None),
    "inswapper_128_fp16": ("arcface_128", 128, NONE, False, None),
    "hyperswap_1a_256": ("arcface_128", 256, HALVES, True, None),
    "ghost_1_256": ("arcface_112_v1", 256, HALVES, True, "crossface_ghost"),
    "hififace_unofficial_256": ("mtcnn_512", 256, HALVES, True, "crossface_hififace"),
    "simswap_256": ("arcface_112_v1", 256, IMAGENET, False, "crossface_simswap"),
    "simswap_unofficial_512": ("arcface_112_v1", 512, NONE, False, "crossface_simswap"),
    "blendswap_256": ("ffhq_512", 256, NONE, False, ("arcface_112_v2", 112)),
    "uniface_256": ("ffhq_512", 256, HALVES, True, ("ffhq_512", 256)),
}
CROPS = [
    ("inswapper_128", (128, 256, 384, 1024)),
    ("inswapper_128_fp16", (128,)),
    ("hyperswap_1a_256", (256, 1024)),
    ("ghost_1_256", (256,)),
    ("hififace_unofficial_256", (512,)),
    ("simswap_256", (256, 768)),
    ("simswap_unofficial_512", (512, 1024)),
    ("blendswap_256", (256, 512)),
    ("uniface_256", (256,)),
]


def embedding(seed):
    """512 numbers of -1.5 to 1.5 that a test makes anew, bit for bit."""
    i = np.arange(512, dtype=np.int64)
    return (((i * i * seed + i * 31 + seed * 17) % 193 - 96) / 64).astype(np.float32)


def emap():
    """512 x 512 numbers that a test makes anew, bit for bit, also with 16 bits each."""
    i, j = np.mgrid[:512, :512]
    return (((i * 37 + j * 101 + i * j * 7) % 257 - 128) / 1024).astype(np.float32)


def info(name, dims, element=FLOAT):
    return helper.make_tensor_value_info(name, element, dims)


def save(name, inputs, outputs, nodes, constants):
    constants = [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / f"{name}.onnx")


def swapper(name, gain):
    _, size, _, _, source = FAMILIES[name]
    element = HALF if name.startswith("hyperswap") else FLOAT
    source_dims = [1, 3, source[1], source[1]] if isinstance(source, tuple) else [1, 512]
    node = helper.make_node
    nodes = [node("Cast", ["source"], ["s"], to=FLOAT), node("Cast", ["target"], ["t"], to=FLOAT)]
    constants = {"gain": np.float32(gain), "half": np.float32(0.5)}
    if isinstance(source, tuple):
        nodes += [node("GlobalAveragePool", ["s"], ["sums"])]
    else:
        constants |= {
            "start": np.array([0]), "end": np.array([510]), "axis": np.array([1]), "last": np.array([2]),
            "thirds": np.array([1, 3, 170]), "pixel": np.array([1, 3, 1, 1]),
        }
        nodes += [
            node("Slice", ["s", "start", "end", "axis"], ["head"]),
            node("Reshape", ["head", "thirds"], ["rows"]),
            node("ReduceSum", ["rows", "last"], ["row_sums"]),
            node("Reshape", ["row_sums", "pixel"], ["sums"]),
        ]
    nodes += [
        node("Mul", ["sums", "gain"], ["shift"]),
        node("AveragePool", ["t"], ["smooth"], kernel_shape=[3, 3], pads=[1] * 4),
        node("Add", ["t", "smooth"], ["both"]),
        node("Mul", ["both", "half"], ["mixed"]),
        node("Add", ["mixed", "shift"], ["sum"]),
        node("Cast", ["sum"], ["output"], to=element),
    ]
    target = [1, 3, size, size]
    inputs = [info("target", target, element), info("source", source_dims, element)]
    save(name, inputs[:: 1 if name.startswith("ins") else -1], [info("output", target, element)], nodes, constants)


def converter(name, slope):
    constants = {"start": np.array([511]), "end": np.array([-513]), "axis": np.array([1]), "step": np.array([-1])}
    nodes = [
        helper.make_node("Slice", ["input", "start", "end", "axis", "step"], ["reversed"]),
        helper.make_node("Mul", ["reversed", "slope"], ["steep"]),
        helper.make_node("Tanh", ["steep"], ["output"]),
    ]
    constants["slope"] = np.float32(slope)
    save(name, [info("input", [1, 512])], [info("output", [1, 512])], nodes, constants)


def unit(vector):
    return vector / np.linalg.norm(vector)


def load(name):
    """The graph's bytes, with its emap where it has one."""
    model = onnx.load(FOLDER / f"{name}.onnx")
    if name.startswith("inswapper"):
        numbers = emap().astype(np.float16 if name.endswith("fp16") else np.float32)
        model.graph.initializer.append(numpy_helper.from_array(numbers, "emap"))
    return model.SerializeToString()


def session(name):
    return ort.InferenceSession(load(name))


def insightface_latent(name, normed):
    """What INSwapper feeds the network for a source of this embedding, and the crop that it makes of a target."""
    path = FOLDER / "whole.onnx"
    path.write_bytes(load(name))
    network, fed = ort.InferenceSession(path), {}

    class Session:
        get_inputs, get_outputs = network.get_inputs, network.get_outputs

        def run(self, names, inputs):
            fed.update(inputs)
            return network.run(names, {key: value.astype(np.float32) for key, value in inputs.items()})

    source = types.SimpleNamespace(normed_embedding=normed)
    target = types.SimpleNamespace(kps=POINTS.astype(np.float32))
    crop, _ = INSwapper(str(path), Session()).get(picture(), target, source, paste_back=False)
    path.unlink()
    return fed["source"].ravel().astype(np.float32), crop


def latent(name, raws):
    raw, normed = np.mean(raws, 0), unit(np.mean([unit(raw) for raw in raws], 0))
    if name.startswith("inswapper"):
        return insightface_latent(name, normed)[0]
    if name.startswith("hyperswap"):
        return normed
    converted = session(FAMILIES[name][4]).run(None, {"input": raw[None]})[0].ravel()
    return converted if name.startswith("ghost") else unit(converted)


def balance(name, source, target, weight):
    share = np.interp(weight, [0, 1], [0.35, -0.35])
    mix = source * (1 - share) + target * share
    return mix if name.startswith("ghost") else unit(mix)


def umeyama(points, template):
    """The similarity that takes the points to the template, 2 x 3, by least squares (Umeyama 1991)."""
    mean, target = points.mean(0), template.mean(0)
    a, b = points - mean, template - target
    u, s, vt = np.linalg.svd(b.T @ a / len(a))
    sign = np.diag([1, np.sign(np.linalg.det(u @ vt))])
    turn = u @ sign @ vt
    scale = (s * np.diag(sign)).sum() / a.var(0).sum()
    return np.c_[scale * turn, target - scale * turn @ mean]


def picture():
    return np.ascontiguousarray(cv2.imread(str(ROOT / "examples" / "photos" / "astronaut.png"))[::2, ::2])


def crop(points, template, size):
    template = np.array([pair.split(",") for pair in TEMPLATES[template].split()], np.float64)
    matrix = umeyama(points.astype(np.float32).astype(np.float64), template * size)
    return cv2.warpAffine(picture(), matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def planes(bgr):
    return (bgr[:, :, ::-1] / 255).transpose(2, 0, 1)[None]


def swap(name, size, source):
    template, own, (mean, std), signed_output, _ = FAMILIES[name]
    mean, std = (np.array(values).reshape(1, 3, 1, 1) for values in (mean, std))
    k = size // own
    phases = crop(POINTS, template, size).reshape(own, k, own, k, 3).transpose(1, 3, 0, 2, 4).reshape(k * k, own, own, 3)
    network, results = session(name), []
    types_ = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
    kind = types_[network.get_inputs()[0].type]
    for phase in phases:
        target = (planes(phase) - mean) / std
        out = network.run(None, {"source": source.astype(kind), "target": target.astype(np.float32).astype(kind)})[0]
        out = out.astype(np.float32)
        if signed_output:
            out = out * std + mean
        results.append(np.rint(out[0].clip(0, 1).transpose(1, 2, 0)[:, :, ::-1] * 255))
    whole = np.array(results).reshape(k, k, own, own, 3).transpose(2, 0, 3, 1, 4).reshape(size, size, 3)
    return whole.astype(np.uint8)


def main():
    FOLDER.mkdir(exist_ok=True)
    for i, name in enumerate(("crossface_ghost", "crossface_hififace", "crossface_simswap")):
        converter(name, 0.5 + i / 4)
    for name in FAMILIES:
        swapper(name, {"ghost_1_256": 0.02, "blendswap_256": 0.3, "uniface_256": 0.3}.get(name, 0.3))

    latents = []
    for name in ("inswapper_128", "inswapper_128_fp16", "hyperswap_1a_256", "ghost_1_256", "hififace_unofficial_256", "simswap_256"):
        latents.append((name, [1], None))
        latents.append((name, [1, 5, 9], None))
        latents += [(name, [1], weight) for weight in (0.0, 0.8)]
    numbers = []
    for name, seeds, weight in latents:
        vector = latent(name, [embedding(seed) for seed in seeds])
        if weight is not None:
            vector = balance(name, vector, latent(name, [embedding(3)]), weight)
        numbers.append(vector)
    np.array(numbers, "<f4").tofile(FOLDER / "latents.f32")

    for name, sizes in CROPS:
        source = FAMILIES[name][4]
        if isinstance(source, tuple):
            face = crop(SOURCE_POINTS, *source)
            cv2.imwrite(str(FOLDER / f"{name}_source.png"), face[::3, ::3])
            fed = planes(face)
        else:
            fed = latent(name, [embedding(1)])[None]
        for size in sizes:
            result = swap(name, size, fed)
            cv2.imwrite(str(FOLDER / f"{name}_{size}.png"), result[::STRIDE, ::STRIDE])
            if name == "inswapper_128" and size == 128:
                truncated = insightface_latent(name, unit(embedding(1)))[1]
                inside = slice(16, 112)
                assert np.abs(truncated[inside, inside].astype(int) - result[inside, inside]).max() <= 2

    golden = {
        "points": POINTS.tolist(),
        "source_points": SOURCE_POINTS.tolist(),
        "stride": STRIDE,
        "latents": [{"model": name, "seeds": seeds, "weight": weight} for name, seeds, weight in latents],
        "crops": [{"model": name, "sizes": sizes} for name, sizes in CROPS],
    }
    (FOLDER / "swappers.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
