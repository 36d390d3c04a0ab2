"""The stylizer: a network that tells what is where in a picture, and a painter that draws six styles of it.

An encoder and a decoder at strides 2 to 16 (O. Ronneberger et al., "U-Net", 2015) see the picture
and say how much of every place is a person, a face, an eye and so on. With that, the fixed
operations of `painter.py` paint the six styles, which are mixed as asked; and of the styles of
smooth colours the network changes the tone a little, place by place.
"""
from functools import reduce

import torch
from torch import nn
from torch.nn import functional as F

from operations import enlarged
from painter import paint
from parts import PARTS

WIDTHS = 20, 40, 56, 56
DILATIONS = 1, 2, 4
TONED, TONE = (0, 4, 5), .08
"""The styles of smooth colours, 3D, Clay and Toy, and how much of 0..1 the network may change their colours by."""


class Layer(nn.Module):
    """A convolution, batch normalisation, ReLU."""

    def __init__(self, source, width, stride=1, dilation=1):
        super().__init__()
        self.conv = nn.Conv2d(source, width, 3, stride, dilation, dilation, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Stylizer(nn.Module):
    """[n, 3, h, w] RGB in −1..1, style [n, 6] and strength [n, 1] to the same; h and w multiples of 16."""

    def __init__(self):
        super().__init__()
        a, b, c, d = WIDTHS
        self.stages = nn.ModuleList([
            nn.Sequential(Layer(12, a)), nn.Sequential(Layer(a, b, 2), Layer(b, b)), nn.Sequential(Layer(b, c, 2), Layer(c, c)),
            nn.Sequential(Layer(c, d, 2), *[Layer(d, d, dilation=n) for n in DILATIONS])])
        self.whole = nn.Linear(d, d)
        self.up = nn.ModuleList([nn.ConvTranspose2d(s, w, 2, 2) for s, w in ((d, c), (c, b), (b, a))])
        self.join = nn.ModuleList([Layer(w, w) for w in (c, b, a)])
        self.parts, self.tones = nn.Conv2d(a, len(PARTS), 3, padding=1), nn.Conv2d(a, 3 * len(TONED), 3, padding=1)
        nn.init.zeros_(self.tones.weight)
        nn.init.zeros_(self.tones.bias)

    def forward(self, x, style, strength):
        return x + strength[..., None, None] * (self.styled(x, style) - x)

    def styled(self, x, style):
        """The picture wholly in the style."""
        features, shares = self.features(x), style[..., None, None].split(1, 1)
        full = reduce(torch.add, [share * picture for share, picture in zip(shares, self.painted(x, features))])
        tone = reduce(torch.add, [shares[i] * part for i, part in zip(TONED, self.toned(features))])
        return 2 * (full + enlarged(tone, 8)).clamp(0, 1) - 1

    def features(self, x):
        """What is seen, [n, 20, h / 2, w / 2]."""
        y, finer = F.pixel_unshuffle(x, 2), []
        for stage in self.stages:
            y = stage(y)
            finer.append(y)
        y = y + self.whole(y.mean((2, 3)))[..., None, None]
        for up, join, kept in zip(self.up, self.join, finer[-2::-1]):
            y = join(kept + up(y))
        return y

    def painted(self, x, features):
        """The six styles of a picture in 0..1 as the painter leaves them."""
        return paint((x + 1) / 2, self.parts(features).sigmoid())

    def toned(self, features):
        """What is added to the styles of TONED, [n, 3, h / 8, w / 8] each."""
        return [TONE * part.tanh() for part in self.tones(F.avg_pool2d(features, 4)).split(3, 1)]
