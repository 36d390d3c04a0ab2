"""Checkpoint to ONNX: export.py detect|restore|landmark|embed CHECKPOINT.pt OUT.onnx [--threshold .6]

Weights are stored as float16 followed by a Cast, which ONNX Runtime folds when it loads the
model: half the file, float32 arithmetic. The result is compared with torch before it is written
for good.
"""
import argparse
import hashlib
from pathlib import Path

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

VERSION = '1.0.0'
LIMIT = 5_000_000

FACTS = {
    'detect': {'role': 'detector', 'family': 'yunet', 'default_threshold': '0.6', 'score': 'sqrt(cls * obj)', 'channels': 'BGR 0..255',
               'multiple': '32', 'longest_side': '1280'},
    'restore': {'role': 'restorer', 'family': 'lite_restore', 'channels': 'RGB -1..1', 'template': 'ffhq_512',
                'size': '256', 'multiple': '16'},
    'landmark': {'role': 'landmarker', 'family': 'pfld', 'channels': 'BGR 0..1', 'points': 'WFLW-98', 'size': '112'},
    'embed': {'role': 'recognizer', 'family': 'mobilefacenet', 'channels': 'RGB -1..1', 'template': 'arcface_112_v2',
              'size': '112'},
}
"""The metadata of each role that an engine reads."""

RANGE = {'detect': (0, 255), 'restore': (-1, 1), 'landmark': (0, 1), 'embed': (-1, 1)}
SHAPES = {'detect': [(1, 320, 320), (1, 640, 640), (3, 96, 352)], 'restore': [(1, 256, 256), (1, 512, 512), (1, 128, 208)],
          'landmark': [(1, 112, 112), (5, 112, 112)], 'embed': [(1, 112, 112), (5, 112, 112)]}
"""What torch and ONNX Runtime are compared on."""


def network(role, checkpoint):
    """The averaged network, its example input, output names and dynamic axes."""
    weights = torch.load(checkpoint, map_location='cpu')['mean']
    if role == 'restore':
        net = restorer.Restorer()
        net.load_state_dict(weights)
        axes = {'input': {2: 'height', 3: 'width'}, 'output': {2: 'height', 3: 'width'}}
        return restorer.folded(net), torch.rand(1, 3, 256, 256) * 2 - 1, ['output'], axes
    net = {'detect': detector.Detector, 'landmark': landmarker.Landmarker, 'embed': embedder.Embedder}[role]()
    net.load_state_dict(weights)
    if role != 'detect':
        axes = {'input': {0: 'batch'}, 'output': {0: 'batch'}}
        return detector.folded(net), torch.rand(1, 3, 112, 112), ['output'], axes
    axes = {'input': {0: 'batch', 2: 'height', 3: 'width'}}
    axes |= {name: {0: 'batch', 1: f'cells_{name.split("_")[1]}'} for name in detector.NAMES}
    return detector.folded(net), torch.rand(1, 3, 320, 320) * 255, detector.NAMES, axes


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


def describe(model, role, threshold):
    """The metadata that an engine reads."""
    facts = {'author': 'facekit', 'license': 'MIT OR Apache-2.0', 'version': VERSION} | FACTS[role]
    if role == 'detect':
        facts |= {'default_threshold': f'{threshold:g}'}
        for output in model.graph.output:
            output.type.tensor_type.shape.dim[2].dim_value = detector.CHANNELS[output.name.split('_')[0]]
    if role == 'landmark':
        model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 2 * pfld.POINTS
    helper.set_model_props(model, facts)
    model.producer_name, model.producer_version = 'facekit', VERSION
    model.doc_string = f'facekit lite {role}'
    return model


def difference(net, model, role):
    """Largest difference between torch and ONNX Runtime at several sizes."""
    session = ort.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
    worst, (low, high) = 0., RANGE[role]
    for n, h, w in SHAPES[role]:
        x = torch.rand(n, 3, h, w, generator=torch.Generator().manual_seed(h)) * (high - low) + low
        with torch.no_grad():
            wanted = net(x)
        wanted = wanted if role == 'detect' else [wanted]
        for a, b in zip(wanted, session.run(None, {'input': x.numpy()})):
            assert a.shape == b.shape, (a.shape, b.shape)
            worst = max(worst, float(np.abs(a.numpy() - b).max()))
    return worst


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('role', choices=FACTS)
    parse.add_argument('checkpoint')
    parse.add_argument('out')
    parse.add_argument('--threshold', type=float, default=.6, help='default score threshold of the detector')
    parse.add_argument('--full', action='store_true', help='keep float32 weights, for comparison')
    args = parse.parse_args()
    net, example, names, axes = network(args.role, args.checkpoint)
    out = Path(args.out)
    part = out.with_suffix('.part')
    torch.onnx.export(net.eval(), (example,), str(part), input_names=['input'], output_names=names,
                      dynamic_axes=axes, opset_version=17, dynamo=False)
    model = onnx.load(str(part))
    print(f'float32 weights: torch and ONNX Runtime differ by at most {difference(net, model, args.role):.2g}')
    if not args.full:
        model = halve(model)
        print(f'float16 weights: they differ by at most {difference(net, model, args.role):.2g}')
    onnx.checker.check_model(describe(model, args.role, args.threshold), full_check=True)
    onnx.save(model, str(part))
    assert args.full or part.stat().st_size < LIMIT, part.stat().st_size
    part.replace(out)
    print(f'{out.name}: {out.stat().st_size} bytes, SHA-256 {hashlib.sha256(out.read_bytes()).hexdigest()}')


if __name__ == '__main__':
    main()
