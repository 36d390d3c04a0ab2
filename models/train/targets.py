"""Labels and the teacher's outputs to cells, and the detector's loss.

A drawn picture's labels say where its faces are; the teacher, YuNet-n run on that very picture,
says how much of a face each of them still is. Away from faces labels rule, on faces the teacher
does, and faces that it misses are neither asked for nor punished. Scores are learned with the
quality focal loss of X. Li et al., "Generalized focal loss", 2020.
"""
from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional as F

from detector import STRIDES
from yunet import iou

REACH = {8: (0., 44.), 16: (30., 112.), 32: (84., 1e9)}
"""Face sizes (the root of the area) for which each stride learns boxes and points of faces that the teacher misses."""
SUSPECT, MISSED, SURE = .05, .4, .2
"""Scores of the teacher: where its box counts as some face's, below which a face is missed, above which a cell learns boxes."""
TRUST = .8
"""The teacher's share in boxes on which it and the label roughly agree; points are then its own."""
COLUMNS = 19


@lru_cache
def cells(size):
    """Strides [n] and columns and rows [n, 2] of all cells of a square picture."""
    strides, grids = [], []
    for stride in STRIDES:
        side = size // stride
        y, x = np.mgrid[:side, :side].astype(np.float32)
        strides.append(np.full(side * side, stride, np.float32))
        grids.append(np.stack([x.ravel(), y.ravel()], 1))
    return np.concatenate(strides), np.concatenate(grids)


def assign(labels, taught, size):
    """One picture's targets [cells of all strides, 19].

    `taught` maps cls, obj, bbox and kps to the teacher's outputs, strides joined. Columns: cls and
    obj wanted (−1: ignored), weight of box and points, face size and distance of the eyes in
    strides, box as centre offset and log size, five points.
    """
    stride, grid = cells(size)
    target = np.zeros((len(stride), COLUMNS), np.float32)
    if not len(labels):
        return target
    cls, obj = (np.clip(taught[kind][:, 0], 0, 1) for kind in ('cls', 'obj'))
    score = np.sqrt(cls * obj)
    found = decoded(taught, stride, grid)
    owner = owners(labels, found, score, stride, grid)
    for j, face in enumerate(labels):
        own = owner == j
        best = np.flatnonzero(own)[score[own].argmax()] if own.any() else 0
        learned, seen = face[14] > 0, own.any() and score[best] >= MISSED
        target[own, :2] = np.stack([cls, obj], 1)[own] if learned and seen else -1
        if not learned:
            continue
        face = blended(face, found[best]) if seen else face
        share = np.where(own & (score > SURE), score, 0) if seen else .5 * fitting(face, stride, grid)
        mine = share > 0
        target[mine, 2], target[mine, 3:] = share[mine], encoded(face, stride[mine, None], grid[mine])
    return target


def encoded(face, stride, grid):
    """Columns 3 to 18 of the targets: a face as its cells see it."""
    extent, apart = np.sqrt(face[2] * face[3]), np.hypot(*(face[6:8] - face[4:6]))
    sizes = np.array([extent, max(apart, .25 * extent)]) / stride
    middle, sides = (face[:2] + face[2:4] / 2) / stride - grid, np.log(face[2:4] / stride)
    return np.concatenate([sizes, middle, sides, face[4:14] / stride - np.tile(grid, 5)], 1)


def decoded(taught, stride, grid):
    """The teacher's face at every cell: x, y, w, h, five points."""
    stride = stride[:, None]
    middle, sides = (taught['bbox'][:, :2] + grid) * stride, np.exp(taught['bbox'][:, 2:].clip(max=6)) * stride
    return np.concatenate([middle - sides / 2, sides, (taught['kps'] + np.tile(grid, 5)) * stride], 1)


def owners(labels, found, score, stride, grid):
    """Which face each cell is about: by the teacher's box, else by nearness; −1 for none."""
    owner = np.full(len(stride), -1)
    middle, extent = labels[:, :2] + labels[:, 2:4] / 2, np.sqrt(labels[:, 2:4].prod(1))
    far = np.linalg.norm(grid[:, None] * stride[:, None, None] - middle, axis=2)
    far /= np.maximum(2.2 * stride[:, None], .25 * extent)
    near = far.min(1) < 1
    owner[near] = far[near].argmin(1)
    suspect = np.flatnonzero(score > SUSPECT)
    table = iou(found[suspect, :4], labels[:, :4])
    sure = table.max(1) >= .4
    owner[suspect[sure]] = table[sure].argmax(1)
    return owner


def blended(face, found):
    """The label with its box and points moved towards the teacher's, each if they agree."""
    face = face.copy()
    if iou(face[None, :4], found[None, :4])[0, 0] > .5:
        face[:4] += TRUST * (found[:4] - face[:4])
    off = np.linalg.norm((found[4:] - face[4:14]).reshape(5, 2), axis=1).mean()
    if off < .2 * np.hypot(*(face[6:8] - face[4:6])):
        face[4:14] = found[4:]
    return face


def fitting(face, stride, grid):
    """The cells around a face's centre at the strides for its size."""
    extent = np.sqrt(face[2] * face[3])
    low, high = (np.array([REACH[s][k] for s in STRIDES])[np.searchsorted(STRIDES, stride)] for k in (0, 1))
    far = np.linalg.norm((face[:2] + face[2:4] / 2) / stride[:, None] - grid, axis=1)
    return (low <= extent) & (extent < high) & (far < 1.2)


def overlap(a, b):
    """IoU of boxes [n, 4] given as centre offset and log size, both from the same cell."""
    wa, wb = a[:, 2:].clamp(max=6).exp(), b[:, 2:].exp()
    low = torch.maximum(a[:, :2] - wa / 2, b[:, :2] - wb / 2)
    high = torch.minimum(a[:, :2] + wa / 2, b[:, :2] + wb / 2)
    both = (high - low).clamp(min=0).prod(1)
    return both / (wa.prod(1) + wb.prod(1) - both + 1e-6)


def loss(levels, target):
    """(the loss, the part of the scores in each picture): scores, boxes, points by the distance of the eyes."""
    out = torch.cat(levels, 1)
    wanted, logits = target[..., :2], out[..., :2]
    focal = F.binary_cross_entropy_with_logits(logits, wanted.clamp(min=0), reduction='none')
    focal = focal * (wanted - logits.sigmoid()).abs().detach() ** 1.5 * (wanted >= 0)
    each = focal.sum((1, 2))
    learned = target[..., 2] > 0
    goal, found = target[learned], out[learned][:, 2:]
    weight, size, eyes, box, marks = goal[:, 2], goal[:, 3:4], goal[:, 4:5], goal[:, 5:9], goal[:, 9:]
    near = F.smooth_l1_loss(found[:, :2] / size, box[:, :2] / size, reduction='none', beta=.03).sum(1)
    wide = F.smooth_l1_loss(found[:, 2:4], box[:, 2:], reduction='none', beta=.05).sum(1)
    points = F.smooth_l1_loss(found[:, 4:] / eyes, marks / eyes, reduction='none', beta=.03).sum(1)
    places = (weight * (2 * (1 - overlap(found[:, :4], box)) + 2 * near + wide + 4 * points)).sum()
    return (each.sum() + places) / weight.sum().clamp(min=1), each.detach()
