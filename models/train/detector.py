"""The detector: depthwise-separable blocks at strides 8, 16 and 32 with YuNet's outputs.

It is trained twice: small and with batch normalisation from random numbers, then `deepened`.

Input [n, 3, h, w] BGR in 0..255, sides multiples of 32. Zero padding equals a black border, as
no offset is subtracted.
"""
from torch import nn
from torch.nn import functional as F

from fold import folded

STRIDES = 8, 16, 32
WIDTH = 64
CHANNELS = dict(cls=1, obj=1, bbox=4, kps=10)
EXTRA = 2, 3, 3
"""Blocks that `deepened` adds at each stride."""


class Block(nn.Module):
    """Depthwise 3×3, then 1×1, with the input added where the shapes agree."""

    def __init__(self, enter, leave, stride=1):
        super().__init__()
        self.spatial = nn.Conv2d(enter, enter, 3, stride, 1, groups=enter, bias=False)
        self.first = nn.BatchNorm2d(enter)
        self.mix = nn.Conv2d(enter, leave, 1, bias=False)
        self.second = nn.BatchNorm2d(leave)
        self.same = enter == leave and stride == 1

    def forward(self, x):
        y = self.second(self.mix(self.first(self.spatial(x))))
        return F.relu(x + y if self.same else y, inplace=True)


def stage(enter, leave, more):
    """One block that halves the picture and `more` that keep it."""
    return nn.Sequential(Block(enter, leave, 2), *[Block(leave, leave) for _ in range(more)])


class Detector(nn.Module):
    """Gives 12 tensors [n, cells, channels], or with `raw` one [n, cells, 16] of logits a level."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.quarter = stage(16, 32, 1)
        self.eighth = stage(32, WIDTH, 3)
        self.sixteenth = stage(WIDTH, WIDTH, 2)
        self.coarse = stage(WIDTH, WIDTH, 3)
        self.joint = nn.ModuleList(Block(WIDTH, WIDTH) for _ in STRIDES)
        self.heads = nn.ModuleList(nn.Conv2d(WIDTH, sum(CHANNELS.values()), 1) for _ in STRIDES)
        self.finer = None
        for head in self.heads:
            nn.init.normal_(head.weight, 0, .01)
            nn.init.zeros_(head.bias)
            head.bias.data[:2] = -3.
            head.bias.data[4:6] = 1.

    def forward(self, x, raw=False):
        levels = self.levels(self.trunk(x))
        return levels if raw else self.parts(levels)

    def trunk(self, x):
        """What is seen at stride 8."""
        return self.eighth(self.quarter(F.relu(self.norm(self.enter(x * (1 / 128))), inplace=True)))

    def levels(self, fine, first=0):
        """Logits [n, cells, 16] of the levels from `first` on, from what the trunk gave."""
        middle = self.sixteenth(fine)
        coarse = self.joint[2](self.coarse(middle))
        middle = self.joint[1](middle + F.interpolate(coarse, scale_factor=2, mode='nearest'))
        if not first:
            fine = self.joint[0](fine + F.interpolate(middle, scale_factor=2, mode='nearest'))
        made = []
        for k, seen in list(enumerate((fine, middle, coarse)))[first:]:
            level = self.heads[k](seen)
            level = level + self.finer[k](seen) if self.finer else level
            made.append(level.flatten(2).transpose(1, 2))
        return made

    @staticmethod
    def parts(levels):
        """cls_8, cls_16, cls_32, obj_8, … kps_32; cls and obj as probabilities."""
        split = [list(level.split(list(CHANNELS.values()), 2)) for level in levels]
        for level in split:
            level[0], level[1] = level[0].sigmoid(), level[1].sigmoid()
        return tuple(level[i] for i in range(len(CHANNELS)) for level in split)


NAMES = [f'{kind}_{stride}' for kind in CHANNELS for stride in STRIDES]


def idle():
    """A block without normalisation that gives its input, which is never negative, until it has learned."""
    block = Block(WIDTH, WIDTH)
    block.spatial, block.first = nn.Conv2d(WIDTH, WIDTH, 3, 1, 1, groups=WIDTH), nn.Identity()
    block.mix, block.second = blank(WIDTH), nn.Identity()
    return block


def blank(leave):
    """A 1×1 convolution that gives 0 until it has learned."""
    conv = nn.Conv2d(WIDTH, leave, 1)
    nn.init.zeros_(conv.weight), nn.init.zeros_(conv.bias)
    return conv


def deepened(net):
    """`net`, folded, with more blocks and a second head a level, all of which change nothing yet."""
    net = folded(net)
    for part, count in zip((net.eighth, net.sixteenth, net.coarse), EXTRA):
        part.extend(idle() for _ in range(count))
    net.joint = nn.ModuleList(nn.Sequential(block, idle()) for block in net.joint)
    net.finer = nn.ModuleList(nn.Sequential(idle(), idle(), blank(sum(CHANNELS.values()))) for _ in STRIDES)
    return net


def restored(weights):
    """The network of a checkpoint's weights, small or deepened."""
    net = Detector()
    if 'norm.weight' not in weights:
        net = deepened(net)
    net.load_state_dict(weights)
    return net
