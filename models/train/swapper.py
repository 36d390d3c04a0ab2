"""The swapper: the target at strides 4 and 8, its deep part steered by the source's vector.

The vector scales and shifts channels (FiLM, Perez et al. 2018; for swapping: SimSwap, Chen et al.
2020) and, as faces are aligned, also gives a first guess of their fine texture (`appearance.py`).
The network paints a face and a soft mask; its colours are coarse, its detail grey, so that no
fringes arise. Outside a fixed oval the target comes back as it was, and within it the target's
eyes are kept, which give its gaze: a face is aligned by them.
"""
import torch
from torch import nn
from torch.nn import functional as F

from transplant import SIZE, TEMPLATE

LENGTH = 128
FINE, DEEP, BLOCKS, SKIP, TEXTURE, RANK = 48, 80, 4, 16, 64, 64
OVAL = 64, 70, 46, 57
"""The oval's centre x, y and half axes in pixels; the mask falls from 1 to 0 over its outer quarter."""

EYES, KEPT = (7, 4), .85
"""Half axes in pixels of what is kept of an eye, and how much of it."""

OPACITY = 1.6
"""How many times as much as in training the mask covers in use, where losses no longer make it timid; chosen on training portraits."""


def window():
    """[1, 1, 128, 128]: where and how much the network may paint."""
    rows, columns = torch.meshgrid(*[torch.arange(SIZE) + .5] * 2, indexing='ij')

    def far(x, y, a, b):
        return ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2

    inside = ((1 - far(*OVAL).sqrt()) / .25).clamp(0, 1)
    eyes = sum((-far(x + .5, y + .5, *EYES) ** 2 / 2).exp() for x, y in SIZE * TEMPLATE[:2])
    return (inside * inside * (3 - 2 * inside) * (1 - KEPT * eyes.clamp(max=1)))[None, None].float()


class Steered(nn.Module):
    """x + conv(relu(scale · conv(x) + shift)), with scale and shift a channel from the code."""

    def __init__(self, c, code):
        super().__init__()
        self.first, self.second = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        self.steer = nn.Linear(code, 2 * c)
        with torch.no_grad():
            self.second.weight.mul_(.3)

    def forward(self, x, code):
        scale, shift = self.steer(code)[..., None, None].chunk(2, 1)
        return x + self.second(F.relu(self.first(x) * (1 + scale) + shift))


class Swapper(nn.Module):
    """`target` [n, 3, 128, 128] RGB in −1..1 and `source` [n, 128] of length 1 to [n, 3, 128, 128] RGB in −1..1."""

    def __init__(self):
        super().__init__()
        self.code = nn.Sequential(nn.Linear(LENGTH, LENGTH), nn.ReLU(), nn.Linear(LENGTH, LENGTH), nn.ReLU())
        self.texture = nn.Sequential(nn.Linear(LENGTH, RANK, bias=False), nn.Linear(RANK, TEXTURE ** 2)).requires_grad_(False)
        self.enter = nn.Sequential(nn.Conv2d(48, FINE, 3, padding=1), nn.ReLU(), nn.Conv2d(FINE, FINE, 3, padding=1), nn.ReLU())
        self.skip, self.down = nn.Conv2d(FINE, SKIP, 1), nn.Conv2d(FINE, DEEP, 3, 2, 1)
        self.merge = nn.Conv2d(DEEP + 16, DEEP, 3, padding=1)
        self.deep = nn.ModuleList(Steered(DEEP, LENGTH) for _ in range(BLOCKS))
        self.up, self.join = nn.Conv2d(DEEP, 4 * FINE, 1), nn.Conv2d(FINE + SKIP + 4, FINE, 3, padding=1)
        self.fine, self.leave = Steered(FINE, LENGTH), nn.Conv2d(FINE, 64, 3, padding=1)
        with torch.no_grad():
            self.leave.weight.mul_(.3)
        self.register_buffer('window', window(), persistent=False)

    def forward(self, target, source):
        return self.parts(target, source)[0]

    def parts(self, target, source):
        """The swapped picture and the mask, [n, 1, 128, 128]."""
        code = self.code(source * LENGTH ** .5)
        texture = self.texture(source).view(-1, 1, TEXTURE, TEXTURE)
        fine = self.enter(F.pixel_unshuffle(target, 4))
        x = self.merge(torch.cat([F.relu(self.down(fine)), F.pixel_unshuffle(texture, 4)], 1))
        for block in self.deep:
            x = block(x, code)
        x = torch.cat([F.relu(F.pixel_shuffle(self.up(x), 2)), self.skip(fine), F.pixel_unshuffle(texture, 2)], 1)
        x = F.relu(self.join(x))
        x = F.pixel_shuffle(self.leave(self.fine(x, code)), 4)
        light = F.interpolate(F.avg_pool2d(target, 8), scale_factor=8., mode='bilinear', align_corners=False)
        grey = x[:, :3].mean(1, keepdim=True)
        colour = F.avg_pool2d(x[:, :3] - grey, 9, 1, 4)
        mask = F.avg_pool2d(x[:, 3:].sigmoid(), 3, 1, 1)
        mask = self.window * (mask if self.training else (OPACITY * mask).clamp(max=1))
        return target + mask * (light + grey + colour - target), mask
