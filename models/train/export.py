"""Checkpoint to ONNX: export.py ROLE CHECKPOINT.pt OUT.onnx [--threshold .6]

Weights are stored as float16 followed by a Cast, which ONNX Runtime folds when it loads the
model: half the file, float32 arithmetic. The result is compared with torch before it is written
for good.
"""
import argparse
import hashlib
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Callable

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper

import detector
import embedder
import landmarker
import pfld
import restorer
import segmenter
import styles
import stylizer
import swapper
import upscaler
from average import averaged
from fold import folded

VERSION = '1.0.0'
LIMIT = 5_000_000


def plain(net):
    """As it is."""
    return net


@dataclass
class Role:
    """How a network of one role becomes a file."""
    net: Callable
    """From averaged weights to a network without weights."""
    facts: dict
    """The metadata that an engine reads."""
    shapes: list
    """The pictures, [n, height, width], that torch and ONNX Runtime are compared on; the first is the example."""
    free: dict
    """The axes of every picture that goes in and comes out which may have any length."""
    low: float = -1.
    high: float = 1.
    picture: str = 'input'
    beside: dict = field(default_factory=dict)
    """Other inputs by name: from a number of pictures to a tensor."""
    outputs: list = field(default_factory=lambda: ['output'])
    axes: dict = field(default_factory=dict)
    """Free axes of what is no picture."""
    fixed: dict = field(default_factory=dict)
    """Axes of the output whose length the exporter does not tell."""
    terse: bool = False
    """Whether repetitions and long names are removed."""
    fold: Callable = plain
    """What makes a network ready for inference."""

    def tensors(self, shape):
        """Random inputs by name."""
        n, h, w = shape
        x = torch.rand(n, 3, h, w, generator=torch.Generator().manual_seed(h)) * (self.high - self.low) + self.low
        return {self.picture: x} | {name: make(n) for name, make in self.beside.items()}

    def dynamic(self):
        """Free axes as the exporter takes them."""
        pictures = {name: self.free for name in (self.picture, *(o for o in self.outputs if o == 'output'))}
        return pictures | self.axes


def unit(n, length=swapper.LENGTH):
    """Random vectors of length 1."""
    return torch.nn.functional.normalize(torch.randn(n, length, generator=torch.Generator().manual_seed(length)))


def mixture(_):
    """Half of each of the first two styles."""
    return torch.eye(len(styles.STYLES))[:2].mean(0, keepdim=True)


BATCH, ANY = {0: 'batch'}, {2: 'height', 3: 'width'}


def upscale(factor):
    facts = dict(role='upscaler', family='realesrgan', channels='RGB 0..1', scale=str(factor))
    large = {2: 'large_height', 3: 'large_width'}
    return Role(lambda _: upscaler.Upscaler(factor), facts, [(1, 64, 64), (1, 37, 101)], ANY, 0., axes={'output': large})


ROLES = {
    'detect': Role(
        detector.restored, dict(role='detector', family='yunet', default_threshold='0.6', score='sqrt(cls * obj)', channels='BGR 0..255',
                                multiple='32', longest_side='1280'),
        [(1, 320, 320), (1, 640, 640), (3, 96, 352)], BATCH | ANY, 0., 255., outputs=detector.NAMES,
        axes={name: {0: 'batch', 1: f'cells_{name.split("_")[1]}'} for name in detector.NAMES}, fold=folded),
    'landmark': Role(
        lambda _: landmarker.Landmarker(), dict(role='landmarker', family='pfld', channels='BGR 0..1', points='WFLW-98', size='112'),
        [(1, 112, 112), (5, 112, 112)], BATCH, 0., fixed={1: 2 * pfld.POINTS}, fold=folded),
    'embed': Role(
        lambda _: embedder.Embedder(), dict(role='recognizer', family='mobilefacenet', channels='RGB -1..1', template='arcface_112_v2',
                                            size='112'),
        [(1, 112, 112), (5, 112, 112)], BATCH),
    'swap': Role(
        lambda _: swapper.Swapper(), dict(role='swapper', family='lite_swap', channels='RGB -1..1', template='arcface_128', size='128',
                                          embedder='facekit-lite-embed'),
        [(1, 128, 128), (3, 128, 128)], BATCH, picture='target', beside={'source': unit}, axes={'source': BATCH},
        fixed={2: swapper.SIZE, 3: swapper.SIZE}),
    'restore': Role(
        lambda _: restorer.Restorer(), dict(role='restorer', family='lite_restore', channels='RGB -1..1', template='ffhq_512', size='256',
                                            multiple='16'),
        [(1, 256, 256), (1, 512, 512), (1, 128, 208)], ANY, fold=restorer.folded),
    'upscale_x2': upscale(2),
    'upscale_x4': upscale(4),
    'segment': Role(
        lambda _: segmenter.Segmenter(), dict(role='segmenter', family='lite_segment', channels='RGB -1..1', template='ffhq_512', size='256',
                                              classes=','.join(segmenter.CLASSES)),
        [(1, 256, 256), (3, 256, 256)], BATCH, fold=folded),
    'stylize': Role(
        lambda _: stylizer.Stylizer(), dict(role='stylizer', family='lite_stylize', channels='RGB', range='-1 1', multiple='16',
                                            styles=','.join(styles.STYLES)),
        [(1, 256, 256), (1, 384, 272)], ANY, beside={'style': mixture, 'strength': lambda n: torch.full((n, 1), .7)}, fixed={0: 1},
        terse=True, fold=folded),
}


def halve(model):
    """Store every float32 weight of 16 or more numbers as float16, followed by a Cast."""
    graph, casts = model.graph, []
    for weight in list(graph.initializer):
        if weight.data_type == TensorProto.FLOAT and np.prod(weight.dims) >= 16:
            value = numpy_helper.to_array(weight)
            half = numpy_helper.from_array(value.astype(np.float16), weight.name + '.half')
            casts.append(helper.make_node('Cast', [half.name], [weight.name], to=TensorProto.FLOAT))
            graph.initializer.remove(weight)
            graph.initializer.append(half)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    return model


def terse(model):
    """The same graph without repeated operations and with short names, which are most of a graph of many small operations."""
    graph, names, seen, kept = model.graph, {}, {}, []
    lasting, numbers = {value.name for value in graph.output}, count()
    for node in graph.node:
        inputs = [names.get(name, name) for name in node.input]
        key = node.op_type, *inputs, *(a.SerializeToString() for a in node.attribute)
        if key not in seen or lasting & set(node.output):
            seen[key] = [name if name in lasting else f'{next(numbers):x}' for name in node.output]
            kept.append(helper.make_node(node.op_type, inputs, seen[key]))
            kept[-1].attribute.extend(node.attribute)
        names.update(zip(node.output, seen[key]))
    del graph.node[:], graph.value_info[:]
    graph.node.extend(kept)
    return model


def describe(model, name, threshold):
    """The metadata that an engine reads, and lengths that the exporter does not tell."""
    facts = {'author': 'facekit', 'license': 'MIT OR Apache-2.0', 'version': VERSION} | ROLES[name].facts
    if name == 'detect':
        facts |= {'default_threshold': f'{threshold:g}'}
        for output in model.graph.output:
            output.type.tensor_type.shape.dim[2].dim_value = detector.CHANNELS[output.name.split('_')[0]]
    for axis, length in ROLES[name].fixed.items():
        model.graph.output[0].type.tensor_type.shape.dim[axis].dim_value = length
    helper.set_model_props(model, facts)
    model.producer_name, model.producer_version = 'facekit', VERSION
    model.doc_string = f'facekit lite {name}'
    return model


def difference(net, model, role):
    """Largest difference between torch and ONNX Runtime at several sizes."""
    session, worst = ort.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider']), 0.
    for shape in role.shapes:
        given = role.tensors(shape)
        with torch.no_grad():
            wanted = net(*given.values())
        wanted = wanted if isinstance(wanted, (tuple, list)) else [wanted]
        for a, b in zip(wanted, session.run(None, {name: x.numpy() for name, x in given.items()})):
            assert a.shape == b.shape, (a.shape, b.shape)
            worst = max(worst, float(np.abs(a.numpy() - b).max()))
    return worst


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('role', choices=ROLES)
    parse.add_argument('checkpoint')
    parse.add_argument('out')
    parse.add_argument('--threshold', type=float, default=.6, help='default score threshold of the detector')
    parse.add_argument('--full', action='store_true', help='keep float32 weights, for comparison')
    args = parse.parse_args()
    role, weights = ROLES[args.role], averaged(args.checkpoint)
    net = role.net(weights)
    net.load_state_dict(weights)
    net = role.fold(net).eval()
    out = Path(args.out)
    part = out.with_suffix('.part')
    example = role.tensors(role.shapes[0])
    torch.onnx.export(net, tuple(example.values()), str(part), input_names=list(example), output_names=role.outputs,
                      dynamic_axes=role.dynamic(), opset_version=17, dynamo=False)
    model = onnx.load(str(part))
    print(f'float32 weights: torch and ONNX Runtime differ by at most {difference(net, model, role):.2g}')
    if role.terse:
        model = terse(model)
    if not args.full:
        model = halve(model)
        print(f'float16 weights: they differ by at most {difference(net, model, role):.2g}')
    onnx.checker.check_model(describe(model, args.role, args.threshold), full_check=True)
    onnx.save(model, str(part))
    assert args.full or part.stat().st_size < LIMIT, part.stat().st_size
    part.replace(out)
    print(f'{out.name}: {out.stat().st_size} bytes, SHA-256 {hashlib.sha256(out.read_bytes()).hexdigest()}')


if __name__ == '__main__':
    main()
