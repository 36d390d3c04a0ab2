"""A swap of two aligned portraits by their points: the pseudo-truth that the swapper learns from.

The source's pixels are bent onto the target's points by a thin-plate spline (F. L. Bookstein,
"Principal warps", 1989) and take the target's light and skin colour, as blurred pictures have them;
what is between the lips and between the lids stays the target's. So it has the source's features
and skin with the target's pose, outline, expression, gaze and light.
"""
from dataclasses import dataclass

import cv2
import numpy as np

import pfld
import portraits

SIZE = 128
TEMPLATE = (portraits.ARCFACE * 112 + [8, 0]) / SIZE
"""The arcface_128 alignment template, normalised to 0..1: arcface_112_v2 with 8 pixels more at either side and 16 below."""

CELLS, STIFF, SOFT = 17, .5, 11.
"""Knots a side of the spline's field, its stiffness, and the blur in pixels beyond which light is the target's."""

PIXELS = np.stack(np.meshgrid(*[np.arange(SIZE, dtype=np.float32)] * 2), -1)
INNER = range(88, 96), range(60, 68), range(68, 76)
JAW, BROWS = range(33), range(33, 51)


@dataclass
class Face:
    """An aligned face: BGR uint8 [128, 128, 3] and its 98 points in pixels."""
    image: np.ndarray
    points: np.ndarray

    def mirrored(self):
        return Face(self.image[:, ::-1].copy(), self.points[pfld.MIRROR] * [-1, 1] + [SIZE - 1, 0])

    def crop(self):
        """The arcface_112_v2 crop within."""
        return crop(self.image)


def crop(image):
    """The arcface_112_v2 crop within an aligned picture."""
    return np.clip(np.rint(image[:112, 8:120]), 0, 255).astype(np.uint8)


def align(image, points, template=TEMPLATE):
    """The face aligned to the template by the first five of its points; the other 98 come along."""
    matrix = portraits.similarity(points[:5], template, SIZE)
    image = cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Face(image, points[5:] @ matrix[:, :2].T + matrix[:, 2])


def kernel(a, b):
    """r² log r of the distances between two lists of points."""
    squared = ((a[:, None] - b[None]) ** 2).sum(2)
    return .5 * squared * np.log(squared + 1e-6)


def bent(source, wanted):
    """For every pixel of a face with the points `wanted` the place in one with the points `source`, [128, 128, 2]."""
    count = len(wanted)
    side = np.column_stack([np.ones(count), wanted / SIZE])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = kernel(wanted / SIZE, wanted / SIZE) + np.eye(count) * STIFF / SIZE
    system[:count, count:], system[count:, :count] = side, side.T
    weights = np.linalg.solve(system, np.vstack([source - wanted, np.zeros((3, 2))]))
    knots = np.linspace(0, SIZE - 1, CELLS)
    grid = np.stack(np.meshgrid(knots, knots), -1).reshape(-1, 2)
    moved = np.hstack([kernel(grid / SIZE, wanted / SIZE), np.ones((len(grid), 1)), grid / SIZE]) @ weights
    ends = np.float32([[(CELLS - 1) / (SIZE - 1), 0, 0], [0, (CELLS - 1) / (SIZE - 1), 0]])
    field = cv2.warpAffine(moved.reshape(CELLS, CELLS, 2).astype(np.float32), ends, (SIZE, SIZE),
                           flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return field + PIXELS


def filled(points):
    """1 within a list of points, [128, 128]."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.int32(np.rint(points * 16))], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def skin(points):
    """The face from the jaw to a little above the brows."""
    brows = points[BROWS] + .35 * (points[BROWS] - points[54])
    return filled(cv2.convexHull(np.float32(np.vstack([points[JAW], brows])))[:, 0])


def transplanted(source, target):
    """The target with the source's face, [128, 128, 3] float32 BGR; only within the face's outline is it of any use."""
    image = cv2.remap(source.image, bent(source.points, target.points), None, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    there = target.image.astype(np.float32)
    inner = cv2.GaussianBlur(sum(filled(target.points[part]) for part in INNER), (0, 0), .7)[..., None]
    face = skin(target.points)
    weight = cv2.GaussianBlur(face, (0, 0), SOFT)[..., None] + 1e-3
    light = cv2.GaussianBlur((there - image) * face[..., None], (0, 0), SOFT) / weight
    image += light
    image += (there - image) * inner
    edge = cv2.GaussianBlur(cv2.erode(face, np.ones((7, 7), np.uint8)), (0, 0), 3.)[..., None]
    return there + (image - there) * edge
