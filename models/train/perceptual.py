"""Losses that ask for the look of a face rather than its exact pixels.

`Identity` asks a face recognizer whether two faces are one person's; `features` says where a face
is looked at; `texture` compares how much fine detail there is, region by region, without asking
where each hair lies: it counters the waxy look of plain pixel losses.
"""
import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

import portraits


class Graph(nn.Module):
    """A frozen ONNX graph of Conv, Relu, Clip, Add and a last Reshape as a torch function."""

    def __init__(self, path, device):
        super().__init__()
        graph = onnx.load(str(path)).graph
        self.nodes, self.source = list(graph.node), graph.input[0].name
        given = {i.name: i for i in graph.initializer}
        given |= {node.output[0]: node.attribute[0].t for node in self.nodes if node.op_type == 'Constant'}
        values = {name: torch.from_numpy(np.array(numpy_helper.to_array(value))) for name, value in given.items()}
        self.values = {name: value.to(device) if value.ndim else value for name, value in values.items()}

    def forward(self, x, taps):
        """The outputs of the nodes numbered in `taps`, up to the last of them."""
        values, kept = {self.source: x}, []
        for index, node in enumerate(self.nodes[:max(taps) + 1]):
            if node.op_type != 'Constant':
                inputs = [values.get(n, self.values.get(n)) for n in node.input]
                values[node.output[0]] = self.run(node, inputs)
            if index in taps:
                kept.append(values[node.output[0]])
        return kept

    @staticmethod
    def run(node, inputs):
        options = {a.name: list(a.ints) or a.i for a in node.attribute}
        if node.op_type == 'Conv':
            pads, groups = options.get('pads', [0] * 4), options.get('group', 1)
            return F.conv2d(*inputs, stride=options['strides'], padding=pads[:2], groups=groups)
        if node.op_type == 'Clip':
            return inputs[0].clamp(inputs[1].item(), inputs[2].item())
        if node.op_type == 'Relu':
            return F.relu(inputs[0])
        if node.op_type == 'Add':
            return inputs[0] + inputs[1]
        if node.op_type == 'Reshape':
            return inputs[0].flatten(1)
        raise NotImplementedError(node.op_type)


class Identity(nn.Module):
    """1 less the cosine similarity of a face recognizer's vectors of two faces in the ffhq_512 template."""

    def __init__(self, path, device):
        super().__init__()
        self.graph = Graph(path, device)
        to_ffhq = portraits.similarity(portraits.ARCFACE, portraits.FFHQ, 1.)
        grid = np.vstack([to_ffhq, [0, 0, 1]])
        unit = np.array([[.5, 0, .5], [0, .5, .5], [0, 0, 1]])
        theta = (np.linalg.inv(unit) @ grid @ unit)[:2]
        self.theta = torch.from_numpy(theta.astype(np.float32))[None].to(device)

    def vectors(self, x):
        """Of the crop that the recognizer expects."""
        grid = F.affine_grid(self.theta.expand(len(x), -1, -1), (len(x), 3, 112, 112), align_corners=False)
        crop = F.grid_sample(x, grid, align_corners=False, padding_mode='border')
        return self.graph(crop, [len(self.graph.nodes) - 1])[0]

    def forward(self, p, y):
        with torch.no_grad():
            wanted = self.vectors(y)
        return 1 - F.cosine_similarity(self.vectors(p), wanted).mean()


def features(size, template=portraits.FFHQ):
    """[size, size] weights on the eyes, nose and mouth of a template, mean 1."""
    y, x = np.mgrid[:size, :size] / size
    weight = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * .06 ** 2)) for a, b in template)
    return torch.from_numpy((weight / weight.mean()).astype(np.float32))


def texture(p, y, radius=3):
    """L1 distance of the local strength of fine detail (a deviation in windows of 2·radius + 1)."""
    def strength(x):
        fine = x - F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        return (F.avg_pool2d(fine * fine, 2 * radius + 1, radius, radius) + 1e-5).sqrt()
    return F.l1_loss(strength(p), strength(y))
