"""The landmarker: depthwise-separable blocks at strides 4, 8 and 16, joined again at stride 4.

Each point is the mean place of a heat map, which follows a shifted face without having seen the
shift, plus a correction from the coarsest features, which may place it outside the crop.
"""
import torch
from torch import nn
from torch.nn import functional as F

from detector import Block, stage
from pfld import POINTS, SIZE

WIDTHS = 48, 96, 192
STRIDE = 4
CELLS = SIZE // STRIDE


class Landmarker(nn.Module):
    """[n, 3, 112, 112] BGR in 0..1 to [n, 196]: x, y of each point in 0..1 of the crop."""

    def __init__(self):
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.enter, self.norm = nn.Conv2d(3, fine, 8, STRIDE, 2, bias=False), nn.BatchNorm2d(fine)
        self.quarter = nn.Sequential(Block(fine, fine), Block(fine, fine))
        self.eighth, self.sixteenth = stage(fine, middle, 4), stage(middle, coarse, 4)
        self.down_to_middle, self.down_to_fine = Block(coarse, middle), Block(middle, fine)
        self.join_middle = Block(middle, middle)
        self.join_fine = Block(fine, fine)
        self.maps = nn.Conv2d(fine, POINTS, 1)
        self.correction = nn.Linear(coarse, 2 * POINTS)
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)
        centres = (torch.arange(CELLS) + .5) / CELLS
        y, x = torch.meshgrid(centres, centres, indexing='ij')
        self.register_buffer('places', torch.stack([x.flatten(), y.flatten()], 1), persistent=False)

    def forward(self, x):
        fine = self.quarter(F.relu(self.norm(self.enter(x * 2 - 1))))
        middle = self.eighth(fine)
        coarse = self.sixteenth(middle)
        middle = self.join_middle(middle + F.interpolate(self.down_to_middle(coarse), scale_factor=2, mode='nearest'))
        fine = self.join_fine(fine + F.interpolate(self.down_to_fine(middle), scale_factor=2, mode='nearest'))
        heat = self.maps(fine).reshape(-1, POINTS, CELLS * CELLS).softmax(2)
        return (heat @ self.places).reshape(-1, 2 * POINTS) + self.correction(coarse.mean((2, 3)))
