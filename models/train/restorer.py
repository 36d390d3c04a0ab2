"""The restorer: a three-scale residual network over 4×4 pixel blocks, about 2.2 M parameters.

Plain 3×3 convolutions and ReLU, no normalisation layers: nothing in it depends on the picture's
size, and it stays stable in float32 and float16. The last layer starts at zero, so the network
starts as the identity.
"""
import torch
from torch import nn
from torch.nn import functional as F

WIDTH = 64
DEPTH = 3, 2, 2, 1, 4


class Block(nn.Module):
    """x + gain · conv(relu(conv(x))), with a learned gain a channel."""

    def __init__(self, c):
        super().__init__()
        self.first, self.second = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        self.gain = nn.Parameter(torch.full((1, c, 1, 1), .2))

    def forward(self, x):
        y = self.second(F.relu(self.first(x)))
        return x + (y if self.gain is None else self.gain * y)


class Restorer(nn.Module):
    """[n, 3, h, w] RGB in −1..1 to the same; h and w multiples of 16."""

    def __init__(self, c=WIDTH, depth=DEPTH):
        super().__init__()

        def blocks(channels, count):
            return nn.Sequential(*[Block(channels) for _ in range(count)])

        self.enter, self.a = nn.Conv2d(48, c, 3, padding=1), blocks(c, depth[0])
        self.down1, self.b = nn.Conv2d(c, 2 * c, 2, 2), blocks(2 * c, depth[1])
        self.down2, self.c = nn.Conv2d(2 * c, 2 * c, 2, 2), blocks(2 * c, depth[2])
        self.up2, self.d = nn.Conv2d(2 * c, 2 * c, 1), blocks(2 * c, depth[3])
        self.up1, self.e = nn.Conv2d(2 * c, c, 1), blocks(c, depth[4])
        self.leave = nn.Conv2d(c, 48, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, x):
        def double(t):
            return F.interpolate(t, scale_factor=2, mode='nearest')

        a = self.a(self.enter(F.pixel_unshuffle(x, 4)))
        b = self.b(self.down1(a))
        c = self.c(self.down2(b))
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
