"""Labels to cells, and the detector's loss."""
import numpy as np
import torch
from torch.nn import functional as F

from detector import STRIDES

REACH = {8: (0., 44.), 16: (30., 112.), 32: (84., 1e9)}
"""Face sizes (the root of the area) that each stride learns; neighbours overlap."""


def assign(labels, size):
    """One picture's targets, [cells of all strides, 16]: class, face size, box, points.

    Class is 1 on cells within 1.2 strides of a face's centre (and on the nearest), −1 (ignored)
    around them and where the face's size almost fits the stride, 0 elsewhere.
    """
    parts = []
    for stride in STRIDES:
        side = size // stride
        target = np.zeros((side, side, 16), np.float32)
        nearest = np.full((side, side), np.inf, np.float32)
        for face in sorted(labels, key=lambda f: -f[2] * f[3]):
            fill(target, nearest, face, stride, side)
        parts.append(target.reshape(-1, 16))
    return np.concatenate(parts)


def fill(target, nearest, face, stride, side):
    extent = np.sqrt(face[2] * face[3])
    low, high = REACH[stride]
    fits = low <= extent < high
    if not fits and not low * .6 <= extent < high * 1.6:
        return
    centre = (face[:2] + face[2:4] / 2) / stride
    reach = max(2.2, .18 * extent / stride)
    x0, y0 = np.floor(centre - reach).astype(int).clip(0, side)
    x1, y1 = (np.ceil(centre + reach).astype(int) + 1).clip(0, side)
    if x1 <= x0 or y1 <= y0:
        return
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    far = np.hypot(x - centre[0], y - centre[1])
    cell, closest = target[y0:y1, x0:x1], nearest[y0:y1, x0:x1]
    cell[..., 0][(far < reach) & (cell[..., 0] == 0)] = -1
    if not fits or not face[14]:
        return
    own = ((far < 1.2) | (far <= far.min())) & (far < closest)
    closest[own] = far[own]
    cell[own, 0], cell[own, 1] = 1, extent / stride
    grid = np.stack([x, y], -1)[own]
    cell[own, 2:4], cell[own, 4:6] = centre - grid, np.log(face[2:4] / stride)
    cell[own, 6:16] = (face[4:14].reshape(5, 2) / stride - grid[:, None]).reshape(-1, 10)


def overlap(a, b):
    """IoU of boxes [n, 4] given as centre offset and log size, both from the same cell."""
    wa, wb = a[:, 2:].clamp(max=6).exp(), b[:, 2:].exp()
    low = torch.maximum(a[:, :2] - wa / 2, b[:, :2] - wb / 2)
    high = torch.minimum(a[:, :2] + wa / 2, b[:, :2] + wb / 2)
    both = (high - low).clamp(min=0).prod(1)
    return both / (wa.prod(1) + wb.prod(1) - both + 1e-6)


def loss(levels, target):
    """Focal class loss, obj that learns the IoU of the predicted box, box and point losses."""
    out = torch.cat(levels, 1)
    face, counted = target[..., 0] > 0, target[..., 0] >= 0
    goal, found = target[face], out[face]
    count = max(1, len(goal))
    box, wanted, scale = found[:, 2:6], goal[:, 2:6], goal[:, 1:2]
    iou = overlap(box, wanted)
    quality = torch.zeros_like(target[..., 0])
    quality[face] = iou.detach()
    cls, obj = out[..., 0][counted], out[..., 1][counted]
    yes, quality = target[..., 0][counted], quality[counted]
    focal = F.binary_cross_entropy_with_logits(cls, yes, reduction='none') * (yes - cls.sigmoid()).abs().detach() ** 1.5
    fine = F.binary_cross_entropy_with_logits(obj, quality, reduction='none') * (quality - obj.sigmoid()).abs().detach() ** 1.5
    near = F.smooth_l1_loss(box[:, :2] / scale, wanted[:, :2] / scale, reduction='none', beta=.05).sum(1)
    wide = F.smooth_l1_loss(box[:, 2:], wanted[:, 2:], reduction='none', beta=.1).sum(1)
    points = F.smooth_l1_loss(found[:, 6:] / scale, goal[:, 6:] / scale, reduction='none', beta=.03).sum(1)
    return (focal.sum() + fine.sum() + (2 * (1 - iou) + 2 * near + wide).sum() + 3 * points.sum()) / count
