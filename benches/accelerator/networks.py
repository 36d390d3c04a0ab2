"""A restorer and a swapper of the true size, with random weights: for speed and agreement, which no weight changes.

The widths, depths and resolutions are those of GFPGAN 1.4 (X. Wang et al., 2021) and of inswapper 128; what modulates
GFPGAN's decoder is left out, which is a hundredth of its arithmetic.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    """A graph that grows node by node; a tensor is its name and its number of channels."""

    def __init__(self, share):
        self.share, self.nodes, self.constants = share, [], []
        self.rng = np.random.default_rng(0)

    def width(self, channels):
        return max(8, int(channels * self.share))

    def node(self, kind, *inputs, **attributes):
        name = f'{kind}_{len(self.nodes)}'
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, value, name=None):
        name = name or f'constant_{len(self.constants)}'
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def weights(self, *shape):
        """Normal numbers that keep the size of what goes through."""
        values = self.rng.standard_normal(shape, np.float32)
        return self.constant(values * np.float32(np.prod(shape[1:]) ** -.5))

    def matrix(self, rows, columns):
        """The same for the product of a row vector and a matrix."""
        return self.constant(self.rng.standard_normal((rows, columns), np.float32) * np.float32(rows ** -.5))

    def convolved(self, tensor, channels, kernel=3, stride=1):
        x, old = tensor
        weights = self.weights(channels, old, kernel, kernel)
        return self.node('Conv', x, weights, pads=[kernel // 2] * 4, strides=[stride] * 2), channels

    def active(self, tensor):
        x, channels = tensor
        return self.node('LeakyRelu', x, alpha=.2), channels

    def sum(self, a, b):
        return self.node('Add', a[0], b[0]), a[1]

    def resized(self, tensor, factor):
        x, channels = tensor
        scales = self.constant(np.float32([1, 1, factor, factor]))
        return self.node('Resize', x, '', scales, mode='linear'), channels

    def normal(self, tensor, vector):
        """Adaptive instance normalisation: `vector` says the deviation and the mean of every channel."""
        x, channels = tensor
        plain = self.node('InstanceNormalization', x, self.constant(np.ones(channels, np.float32)),
                          self.constant(np.zeros(channels, np.float32)))
        for kind, (source, length) in (('Mul', vector), ('Add', vector)):
            row = self.node('MatMul', source, self.matrix(length, channels))
            row = self.node('Reshape', row, self.constant(np.int64([-1, channels, 1, 1])))
            plain = self.node(kind, plain, row)
        return plain, channels

    def save(self, path, family, inputs, output, shape):
        """Writes the file; `inputs` are names with their shapes."""
        self.nodes[-1].output[0] = output
        infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in inputs.items()]
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self.nodes, path.stem, infos, [result], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
        helper.set_model_props(model, {'license': 'MIT OR Apache-2.0', 'family': family})
        onnx.save(model, path)


def restorer(path, share):
    """GFPGAN's: an encoder from 512 down to 4 pixels, and a decoder back up that the encoder is added to."""
    net, side = Graph(share), 512
    x = net.active(net.convolved(('input', 3), net.width(32), 1))
    kept = []
    for channels in (64, 128, 256, 256, 256, 256, 256):
        kept.append(x)
        y = net.active(net.convolved(x, x[1]))
        y = net.active(net.convolved(net.resized(y, .5), net.width(channels)))
        x = net.sum(y, net.convolved(net.resized(x, .5), net.width(channels), 1))
    picture = None
    for channels in (512, 512, 512, 512, 256, 128, 64):
        x = net.active(net.convolved(net.resized(x, 2), net.width(channels)))
        x = net.sum(x, net.convolved(kept.pop(), net.width(channels)))
        x = net.active(net.convolved(x, net.width(channels)))
        drawn = net.convolved(x, 3, 1)
        picture = net.sum(drawn, net.resized(picture, 2)) if picture else drawn
    net.node('Tanh', picture[0])
    net.save(path, 'gfpgan', {'input': [1, 3, side, side]}, 'output', [1, 3, side, side])


def swapper(path, share):
    """inswapper's: down to 32 pixels of 1024 channels, six blocks that the identity normalises, and back up."""
    net = Graph(share)
    emap = np.linalg.qr(net.rng.standard_normal((512, 512)))[0].astype(np.float32)
    x, source = ('target', 3), ('source', 512)
    for channels, kernel, stride in ((128, 7, 1), (256, 3, 1), (512, 3, 2), (1024, 3, 2)):
        x = net.active(net.convolved(x, net.width(channels), kernel, stride))
    for _ in range(6):
        y = net.active(net.normal(net.convolved(x, x[1]), source))
        x = net.sum(x, net.normal(net.convolved(y, x[1]), source))
    for channels in (512, 256):
        x = net.active(net.convolved(net.resized(x, 2), net.width(channels)))
    x = net.convolved(net.active(net.convolved(x, net.width(128))), 3, 7)
    half = net.constant(np.float32(.5))
    net.node('Add', net.node('Mul', net.node('Tanh', x[0]), half), half)
    # facekit and InsightFace take the last weight for what identities are multiplied by.
    net.constant(emap, 'emap')
    net.save(path, 'inswapper', {'target': [1, 3, 128, 128], 'source': [1, 512]}, 'output', [1, 3, 128, 128])


def recognizer(path, share):
    """ArcFace's contract, in two layers: who a face shows, as 512 numbers."""
    net, side = Graph(share), 112
    x, channels = net.convolved(('input', 3), net.width(32), 7, 4)
    flat = net.node('Reshape', x, net.constant(np.int64([1, -1])))
    net.node('MatMul', flat, net.matrix(channels * (side // 4) ** 2, 512))
    net.save(path, 'arcface', {'input': [1, 3, side, side]}, 'output', [1, 512])
