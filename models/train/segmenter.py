"""The segmenter: dense 3×3 convolutions at strides 4 to 32, joined again on the way back to stride 2.

An encoder and a decoder with sums between them, as in feature pyramids (T.-Y. Lin et al., "Feature
pyramid networks for object detection", 2017); the logits are made at half size and enlarged.
"""
from torch import nn
from torch.nn import functional as F

from regions import BACKGROUND, FACE, HAIR, OCCLUDER

CLASSES = {'background': BACKGROUND, 'face': FACE, 'hair': HAIR, 'occluder': OCCLUDER}
SIZE = 256
WIDTHS = 24, 40, 64, 64


class Layer(nn.Module):
    """A convolution, batch normalisation, ReLU."""

    def __init__(self, source, width, side=3, stride=1, pad=1):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(source, width, side, stride, pad, bias=False), nn.BatchNorm2d(width)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Segmenter(nn.Module):
    """[n, 3, 256, 256] RGB in −1..1 to logits [n, 4, 256, 256]."""

    def __init__(self):
        super().__init__()
        a, b, c, d = WIDTHS
        self.fourth = Layer(3, a, 8, 4, 2)
        self.eighth = nn.Sequential(Layer(a, b, stride=2), Layer(b, b))
        self.sixteenth = nn.Sequential(Layer(b, c, stride=2), Layer(c, c))
        self.coarsest = nn.Sequential(Layer(c, d, stride=2), Layer(d, d), Layer(d, d))
        self.narrow = nn.ModuleList([nn.Conv2d(d, c, 1), nn.Conv2d(c, b, 1), nn.Conv2d(b, a, 1)])
        self.join = nn.ModuleList([Layer(c, c), Layer(b, b), Layer(a, a)])
        self.leave = nn.Conv2d(a, 4 * len(CLASSES), 3, padding=1)

    def forward(self, x):
        return F.interpolate(self.halved(x), scale_factor=2, mode='bilinear', align_corners=False)

    def halved(self, x):
        """The logits at half size."""
        fourth = self.fourth(x)
        eighth = self.eighth(fourth)
        sixteenth = self.sixteenth(eighth)
        y = self.coarsest(sixteenth)
        for narrow, join, finer in zip(self.narrow, self.join, (sixteenth, eighth, fourth)):
            y = join(finer + F.interpolate(narrow(y), scale_factor=2, mode='nearest'))
        return F.pixel_shuffle(self.leave(y), 2)
