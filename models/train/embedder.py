"""The embedder: depthwise-separable blocks at strides 4, 8 and 16, then one linear layer over all places."""
from torch import nn
from torch.nn import functional as F

from detector import Block, stage

SIZE, LENGTH = 112, 128
WIDTHS, NARROW = (64, 128, 256), 48


class Embedder(nn.Module):
    """[n, 3, 112, 112] RGB in −1..1 to [n, 128], not normalised."""

    def __init__(self):
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.enter, self.norm = nn.Conv2d(3, fine, 8, 4, 2, bias=False), nn.BatchNorm2d(fine)
        self.quarter, self.eighth, self.sixteenth = Block(fine, fine), stage(fine, middle, 4), stage(middle, coarse, 3)
        self.narrow = nn.Conv2d(coarse, NARROW, 1)
        self.leave = nn.Linear(NARROW * (SIZE // 16) ** 2, LENGTH)

    def forward(self, x):
        x = self.quarter(F.relu(self.norm(self.enter(x))))
        return self.leave(self.narrow(self.sixteenth(self.eighth(x))).flatten(1))
