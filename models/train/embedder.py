"""The embedder: inverted bottlenecks (Sandler et al., MobileNetV2; Chen et al., MobileFaceNets) in ten stages.

There is no normalisation layer: every stage takes and gives features that the teacher's own mean
and deviation have made standard (`train_embed.py`), so a random start is within range.
"""
from torch import nn
from torch.nn import functional as F

SIZE, LENGTH = 112, 128
ACTIVE, RESIDUAL = 1.4, .3
"""Gains of random weights: before an activation, and of what is added to a block's input."""


def conv(enter, leave, size=1, stride=1, gain=ACTIVE, groups=1, pad=None):
    layer = nn.Conv2d(enter, leave, size, stride, size // 2 if pad is None else pad, groups=groups)
    nn.init.normal_(layer.weight, 0, gain * layer.weight[0].numel() ** -.5)
    nn.init.zeros_(layer.bias)
    return layer


class Bottleneck(nn.Module):
    """1×1 to `hidden` channels, depthwise 3×3, 1×1 back; the input is added where the shapes agree."""

    def __init__(self, enter, hidden, leave, stride=1):
        super().__init__()
        self.same = enter == leave and stride == 1
        self.widen = conv(enter, hidden)
        self.spatial = conv(hidden, hidden, 3, stride, groups=hidden)
        self.narrow = conv(hidden, leave, gain=RESIDUAL if self.same else 1.)

    def forward(self, x):
        y = self.narrow(F.relu6(self.spatial(F.relu6(self.widen(x)))))
        return x + y if self.same else y


def pair(width, hidden):
    return nn.Sequential(Bottleneck(width, hidden, width), Bottleneck(width, hidden, width))


class Embedder(nn.Module):
    """[n, 3, 112, 112] RGB in −1..1 to [n, 128], not normalised. Stages end at 28×28, 14×14 (the fourth), 7×7 (the eighth)."""

    def __init__(self):
        super().__init__()
        stem = nn.Sequential(conv(3, 32, 5, 2), nn.ReLU6(), conv(32, 128, 3, 2), nn.ReLU6(), conv(128, 64, gain=1.))
        tail = nn.Sequential(conv(128, 512), nn.ReLU6(), conv(512, 512, 7, groups=512, pad=0), conv(512, LENGTH, gain=1.), nn.Flatten())
        self.stages = nn.ModuleList([
            stem, pair(64, 128), pair(64, 128),
            Bottleneck(64, 256, 128, 2), pair(128, 256), pair(128, 256), pair(128, 256),
            Bottleneck(128, 512, 128, 2), pair(128, 256), tail])

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return x
