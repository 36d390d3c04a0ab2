"""The upscaler: plain 3×3 convolutions at the picture's own size, about 70 thousand parameters.

Built as the compact network of Real-ESRGAN (X. Wang et al., 2021, `SRVGGNetCompact`): all work is
done on the small picture, a pixel shuffle makes the large one, and what is learned is added to a
plain enlargement, here a bicubic one. The last layer starts at zero, so the network starts as that.
"""
import torch
from torch import nn
from torch.nn import functional as F

WIDTH, DEPTH = 32, 7


class Upscaler(nn.Module):
    """[n, 3, h, w] RGB in 0..1 to [n, 3, scale·h, scale·w]; it sees `DEPTH` + 1 pixels to each side."""

    def __init__(self, scale, width=WIDTH, depth=DEPTH):
        super().__init__()
        self.scale, layers = scale, []
        for i in range(depth):
            layers += [nn.Conv2d(width if i else 3, width, 3, padding=1), nn.PReLU(width, .1)]
        self.body, self.leave = nn.Sequential(*layers), nn.Conv2d(width, 3 * scale * scale, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

        self.register_buffer('bicubic', bicubic(scale), persistent=False)

    def forward(self, x):
        plain = F.conv2d(F.pad(x, (2, 2, 2, 2), mode='replicate'), self.bicubic)
        y = F.pixel_shuffle(plain + self.leave(self.body(x - .5)), self.scale)
        return y if self.training else y.clamp(0, 1)


def bicubic(scale):
    """[3·scale², 3, 5, 5]: bicubic enlargement before its pixel shuffle, which is much faster than ONNX's Resize."""
    impulses = torch.eye(25).view(25, 1, 5, 5)
    middle = slice(2 * scale, 3 * scale)
    seen = F.interpolate(impulses, scale_factor=scale, mode='bicubic', align_corners=False)[:, 0, middle, middle]
    one = seen.reshape(25, -1).T.reshape(-1, 1, 5, 5)
    return torch.block_diag(*[one.flatten(1)] * 3).view(3 * len(one), 3, 5, 5)
