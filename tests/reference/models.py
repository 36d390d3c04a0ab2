"""Makes tests/golden/models: one tiny ONNX file for each signature that is told apart, all runnable.

Packages: onnx 1.23.2, onnxruntime 1.28.0, numpy 2.4.6
Run: python tests/reference/models.py

A detector gives the mean of its input everywhere. A restorer gives its input plus 0.1, one with a weight its
input plus a tenth of the weight. The upscaler repeats each pixel four times in both directions.
"""
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent.parent / 'golden' / 'models'
FLOAT, DOUBLE = TensorProto.FLOAT, TensorProto.DOUBLE
LICENSE = 'MIT OR Apache-2.0'


def info(name, dims, element=FLOAT):
    return helper.make_tensor_value_info(name, element, dims)


def save(name, inputs, outputs, nodes, weights=(), **metadata):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(weights))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    helper.set_model_props(model, {'license': LICENSE} | metadata)
    onnx.checker.check_model(model)
    path = FOLDER / f'{name}.onnx'
    onnx.save(model, path)
    assert path.stat().st_size < 2048, path
    return path


def weight(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def detector(name, size, outputs, symbolic=False):
    """A graph whose outputs, (name, shape) each, hold the mean of the input."""
    dims = ['batch', 3, 'height', 'width'] if symbolic else [1, 3, *size]
    nodes = [helper.make_node('ReduceMean', ['input'], ['mean'], keepdims=0)]
    weights = []
    for output, shape in outputs:
        weights.append(weight(f'{output}.dims', np.array(shape, np.int64)))
        nodes.append(helper.make_node('Expand', ['mean', f'{output}.dims'], [output]))
    declared = [info(output, ['batch', f'cells_{output}', shape[-1]] if symbolic else shape)
                for output, shape in outputs]
    path = save(name, [info('input', dims)], declared, nodes, weights)
    given = ort.InferenceSession(path).run(None, {'input': np.ones((1, 3, *size), np.float32)})
    assert [g.shape for g in given] == [tuple(shape) for _, shape in outputs], name


def run(path, size, factor=1, **inputs):
    x = np.random.default_rng(0).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
    given, = ort.InferenceSession(path).run(None, {'input': x, **inputs})
    amount = inputs['weight'][0] if inputs else 1
    expected = x.repeat(factor, 2).repeat(factor, 3) if factor > 1 else x + np.float32(.1 * amount)
    assert np.abs(given - expected).max() < 1e-6, path


def restorer(name, dims, test, **metadata):
    nodes = [helper.make_node('Add', ['input', 'tenth'], ['output'])]
    path = save(name, [info('input', dims)], [info('output', dims)], nodes, [weight('tenth', np.float32(.1))], **metadata)
    run(path, test)


def weighted(name, element):
    """CodeFormer's shape: a picture and a weight of one number."""
    dims = [1, 3, 512, 512]
    nodes = [helper.make_node('Cast', ['weight'], ['w'], to=FLOAT), helper.make_node('Mul', ['w', 'tenth'], ['amount']),
             helper.make_node('Add', ['input', 'amount'], ['output'])]
    path = save(name, [info('input', dims), info('weight', [1], element)], [info('output', dims)], nodes,
                [weight('tenth', np.float32(.1))])
    run(path, 512, weight=np.array([.5], helper.tensor_dtype_to_np_dtype(element)))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    strides, kinds = (8, 16, 32), {'cls': 1, 'obj': 1, 'bbox': 4, 'kps': 10}
    detector('yunet', (64, 64), [(f'{kind}_{s}', [1, (64 // s) ** 2, n]) for kind, n in kinds.items() for s in strides],
             symbolic=True)
    for outputs, levels, anchors in ((6, (8, 16, 32), 2), (9, (8, 16, 32), 2), (15, (8, 16, 32, 64, 128), 1)):
        lengths = (1, 4, 10)[:outputs // len(levels)]
        detector(f'scrfd_{outputs}', (128, 128),
                 [(f'o{n}_{s}', [(128 // s) ** 2 * anchors, n]) for n in lengths for s in levels])
    detector('retinaface', (64, 64), [('loc', [1, 168, 4]), ('conf', [1, 168, 2]), ('landm', [1, 168, 10])])
    detector('ultraface', (240, 320), [('scores', [1, 4420, 2]), ('boxes', [1, 4420, 4])])
    detector('blazeface', (128, 128), [('regressors', [1, 896, 16]), ('classifiers', [1, 896, 1])])
    detector('yoloface', (640, 640), [('output0', [1, 20, 8400])])

    restorer('gfpgan', [1, 3, 512, 512], 512)
    restorer('gpen_256', [1, 3, 256, 256], 256)
    restorer('gpen_1024', [1, 3, 1024, 1024], 1024)
    restorer('lite_restore', [1, 3, 'height', 'width'], 128, family='lite_restore', template='ffhq_512', size='256',
             multiple='16')
    weighted('codeformer_float64', DOUBLE)
    weighted('codeformer_float32', FLOAT)

    path = save('realesrgan_x4', [info('input', [1, 3, 'h', 'w'])], [info('output', [1, 3, 'oh', 'ow'])],
                [helper.make_node('Resize', ['input', '', 'scales'], ['output'], mode='nearest',
                                  coordinate_transformation_mode='asymmetric', nearest_mode='floor')],
                [weight('scales', np.array([1, 1, 4, 4], np.float32))])
    run(path, 24, factor=4)

    save('unknown', [info('input', [1, 7])], [info('output', [1, 7])], [helper.make_node('Identity', ['input'], ['output'])])

    dims = [1, 3, 512, 512]
    path = save('weights_among_inputs', [info('tenth', []), info('input', dims)], [info('output', dims)],
                [helper.make_node('Add', ['input', 'tenth'], ['output'])], [weight('tenth', np.float32(.1))])
    run(path, 512)

    outside = TensorProto(name='outside', data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key='location', value='outside.bin')
    graph = helper.make_graph([helper.make_node('Add', ['input', 'outside'], ['output'])], 'external', [info('input', dims)],
                              [info('output', dims)], [outside])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    (FOLDER / 'external_weights.onnx').write_bytes(model.SerializeToString())


if __name__ == '__main__':
    main()
