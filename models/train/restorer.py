"""The restorer: a three-scale residual network over 4×4 pixel blocks, about 2.3 M parameters.

Plain 3×3 convolutions and ReLU, no normalisation layers: it stays stable in float32 and float16.
At the two coarser scales each block weighs its channels by their means over the picture (channel
attention as in NAFNet, L. Chen et al., 2022), which tells how worn the whole picture is. Faces are
aligned, so a learned map of the template is added at the coarsest scale: the network knows where
eyes and mouth are. The last layer starts at zero, so the network starts as the identity.
"""
import torch
from torch import nn
from torch.nn import functional as F

WIDTH = 64
DEPTH = 3, 2, 2, 1, 4
MAP = 16


class Block(nn.Module):
    """x + gain · conv(relu(conv(x))), with a learned gain a channel; with `attention` also one that the picture sets."""

    def __init__(self, c, attention):
        super().__init__()
        self.first, self.second = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        self.gain = nn.Parameter(torch.full((1, c, 1, 1), .2))
        self.attention = nn.Conv2d(c, c, 1) if attention else None
        if attention:
            nn.init.zeros_(self.attention.weight)
            nn.init.ones_(self.attention.bias)

    def forward(self, x):
        y = self.second(F.relu(self.first(x)))
        y = y if self.gain is None else self.gain * y
        return x + (y if self.attention is None else y * self.attention(F.adaptive_avg_pool2d(y, 1)))


class Restorer(nn.Module):
    """[n, 3, h, w] RGB in −1..1 to the same; h and w multiples of 16."""

    def __init__(self, c=WIDTH, depth=DEPTH):
        super().__init__()

        def blocks(channels, count, attention=True):
            return nn.Sequential(*[Block(channels, attention) for _ in range(count)])

        self.enter, self.a = nn.Conv2d(48, c, 3, padding=1), blocks(c, depth[0], False)
        self.down1, self.b = nn.Conv2d(c, 2 * c, 2, 2), blocks(2 * c, depth[1])
        self.down2, self.c = nn.Conv2d(2 * c, 2 * c, 2, 2), blocks(2 * c, depth[2])
        self.map = nn.Parameter(torch.zeros(1, 2 * c, MAP, MAP))
        self.up2, self.d = nn.Conv2d(2 * c, 2 * c, 1), blocks(2 * c, depth[3])
        self.up1, self.e = nn.Conv2d(2 * c, c, 1), blocks(c, depth[4], False)
        self.leave = nn.Conv2d(c, 48, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x):
        def double(t):
            return F.interpolate(t, scale_factor=2, mode='nearest')

        a = self.a(self.enter(F.pixel_unshuffle(x, 4)))
        b = self.b(self.down1(a))
        c = self.down2(b)
        c = self.c(c + F.interpolate(self.map, c.shape[2:], mode='bilinear', align_corners=False))
        b = self.d(double(self.up2(c)) + b)
        a = self.e(double(self.up1(b)) + a)
        return x + F.pixel_shuffle(self.leave(a), 4)


@torch.no_grad()
def folded(net):
    """The same network, ready for inference: every gain inside its convolution."""
    net.eval()
    for block in [m for m in net.modules() if isinstance(m, Block)]:
        block.second.weight.mul_(block.gain.view(-1, 1, 1, 1))
        block.second.bias.mul_(block.gain.flatten())
        block.gain = None
    return net
