"""The stylizer: one network for six styles, told which by a scale and a shift of every channel.

An encoder and a decoder at strides 2 to 16 (O. Ronneberger et al., "U-Net", 2015) whose
normalised features are scaled and shifted as the style asks (V. Dumoulin et al., "A learned
representation for artistic style", 2017; E. Perez et al., "FiLM", 2018). Pixels become channels and
channels pixels by rearrangement, and features are enlarged by transposed convolutions, so that each
knows its place in squares of 16×16 pixels: that is what cells and facets on a fixed grid need. What
comes out is a mixture of the picture and four simpler versions of it, weighed anew at every place
(after S. Bako et al., "Kernel-predicting convolutional networks", 2017), and what is painted over it.
"""
import torch
from torch import nn
from torch.nn import functional as F

from styles import STYLES

WIDTHS = 20, 40, 56, 56
DILATIONS = 1, 2, 4
EAGER = 8.
"""How much faster than its convolutions the network learns what sets the styles apart."""

START = [[.5, 0, 0, .5, 0], [0, 0, 0, .7, .3], [.2, 0, .8, 0, 0], [0, 1, 0, 0, 0], [.5, 0, 0, .5, 0], [.3, 0, 0, .7, 0]]
"""What each style is mixed of at first: the picture, its cells, its facets, and it blurred a little and much."""


class Layer(nn.Module):
    """A convolution, normalisation, the style's scale and shift, ReLU."""

    def __init__(self, source, width, stride=1, dilation=1):
        super().__init__()
        self.conv = nn.Conv2d(source, width, 3, stride, dilation, dilation, bias=False)
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.scale, self.shift = (nn.Linear(len(STYLES), width, bias=False) for _ in range(2))
        nn.init.zeros_(self.scale.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x, style):
        scale, shift = (EAGER * part(style)[..., None, None] for part in (self.scale, self.shift))
        return F.relu(self.norm(self.conv(x)) * (1 + scale) + shift)


class Simpler(nn.Module):
    """[n, 3, h, w] to five versions of it: itself, cells of 4×4 pixels, facets (halves of 16×16), blurred a little and much."""

    def __init__(self):
        super().__init__()
        y, x = torch.meshgrid(torch.arange(16), torch.arange(16), indexing='ij')
        # As in styles.py: the diagonal belongs to cells of 2×2 pixels.
        upper = (x // 2 + y // 2 < 7).float()
        halves = torch.stack([upper, 1 - upper])[:, None].repeat(3, 1, 1, 1)
        self.register_buffer('halves', halves, persistent=False)

    def forward(self, x):
        fourth = F.avg_pool2d(x, 4)
        means = F.conv2d(x, self.halves / self.halves.sum((2, 3), keepdim=True), stride=16, groups=3)
        facets = F.conv_transpose2d(means, self.halves, stride=16, groups=3)
        small, large = (F.interpolate(part, scale_factor=factor, mode='bilinear', align_corners=False)
                        for part, factor in ((fourth, 4), (F.avg_pool2d(fourth, 4), 16)))
        return x, F.interpolate(fourth, scale_factor=4, mode='nearest'), facets, small, large


class Stylizer(nn.Module):
    """[n, 3, h, w] RGB in −1..1, style [n, 6] and strength [n, 1] to the same; h and w multiples of 16."""

    def __init__(self):
        super().__init__()
        a, b, c, d = WIDTHS
        stages = ([Layer(12, a)], [Layer(a, b, 2), Layer(b, b)], [Layer(b, c, 2), Layer(c, c)],
                  [Layer(c, d, 2), *[Layer(d, d, dilation=n) for n in DILATIONS]])
        self.stages = nn.ModuleList(nn.ModuleList(layers) for layers in stages)
        self.whole = nn.Linear(d, d)
        self.up = nn.ModuleList([nn.ConvTranspose2d(s, w, 2, 2) for s, w in ((d, c), (c, b), (b, a))])
        self.join = nn.ModuleList([Layer(w, w) for w in (c, b, a)])
        self.simpler, self.leave = Simpler(), nn.Conv2d(a, 12 + len(START[0]), 3, padding=1)
        self.mixture = nn.Linear(len(STYLES), len(START[0]), bias=False)
        with torch.no_grad():
            self.mixture.weight.copy_(torch.tensor(START).T)
            self.leave.weight.mul_(.1)
            self.leave.bias.zero_()

    def forward(self, x, style, strength):
        full = self.styled(x, style)
        return x + strength[..., None, None] * (full - x)

    def styled(self, x, style):
        """The picture wholly in the style."""
        y, finer = F.pixel_unshuffle(x, 2), []
        for layers in self.stages:
            for layer in layers:
                y = layer(y, style)
            finer.append(y)
        y = y + self.whole(y.mean((2, 3)))[..., None, None]
        for up, join, kept in zip(self.up, self.join, finer[-2::-1]):
            y = join(kept + up(y), style)
        y = self.leave(y)
        shares = F.interpolate(y[:, 12:] + self.mixture(style)[..., None, None], scale_factor=2, mode='nearest')
        y = F.pixel_shuffle(y[:, :12], 2) + sum(a * b for a, b in zip(shares.split(1, 1), self.simpler(x)))
        return y if self.training else y.clamp(-1, 1)
