"""What a stylizer must know of a picture to paint it: who stands in front, and what is where in a face.

Persons are MediaPipe's; the parts of a face are drawn from the points of its mesh with the
proportions of the classic engine's emoji, whose eyes are larger and rounder than those seen.
"""
from pathlib import Path

import cv2
import numpy as np

from mesh import OVAL
from styles import enlarged

PARTS = 'person', 'face', 'brows', 'eyes', 'irises', 'lips', 'mouth', 'nose'

EYES = ((33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
        (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466))
"""The points around each eye; the first and the ninth are its corners."""

BROWS = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
LIPS = 61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185
MOUTH = 78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191
NOSE = 98, 97, 2, 326, 327
SHUT = .12
"""An eye lower than this, in its widths, is closed and has no ball."""


def fixed(points):
    """Points as cv2 draws them with shift=4."""
    return np.int32(np.rint(np.asarray(points) * 16))


def ball(points):
    """The middle, the radii and the turn in degrees of the ball that is drawn for an eye; None where it is closed."""
    corners = points[0], points[8]
    across = np.subtract(*corners[::-1])
    width = np.linalg.norm(across)
    down = np.array([-across[1], across[0]]) / width
    height = np.ptp(points @ down)
    if height < SHUT * width:
        return None
    return points.mean(0), (.6 * width, np.clip(.8 * height, .3 * width, .5 * width)), np.degrees(np.arctan2(*across[::-1]))


def planes(image, box, points, mesh, selfie):
    """[h, w, 8] uint8, 255 where a part is; `box` and `points` as a `Portrait` has them."""
    out = np.zeros((len(PARTS), *image.shape[:2]), np.uint8)
    plane = dict(zip(PARTS, out))
    plane['person'][:] = np.rint(255 * np.clip((selfie(image) - .15) / .7, 0, 1))
    found = mesh(image, box, points)

    def fill(name, outline):
        cv2.fillPoly(plane[name], [fixed(outline)], 255, cv2.LINE_AA, 4)

    fill('face', found[list(OVAL)])
    fill('lips', found[list(LIPS)])
    fill('mouth', found[list(MOUTH)])
    for brow in BROWS:
        fill('brows', found[list(brow)])
    for eye in EYES:
        if drawn := ball(found[list(eye)]):
            middle, radii, turn = drawn
            iris = .94 * min(radii[1], .7 * radii[0])
            for name, axes in (('eyes', radii), ('irises', (iris, iris))):
                cv2.ellipse(plane[name], fixed(middle).tolist(), fixed(axes).tolist(), turn, 0, 360, 255, -1, cv2.LINE_AA, 4)
    thick = max(1, round(.09 * np.linalg.norm(points[1] - points[0])))
    cv2.polylines(plane['nose'], [fixed(found[list(NOSE)])], False, 255, thick, cv2.LINE_AA, 4)
    return np.ascontiguousarray(out.transpose(1, 2, 0))


def of_pictures(path, people, mesh, selfie):
    """Name to planes of every picture that `styles.py` stored; nothing is anywhere in those without a face."""
    found = {Path(person.name).stem: person for person in people}
    with np.load(path) as stored:
        return {name: of_picture(stored[name][0].shape, found.get(name), mesh, selfie) for name in stored.files}


def of_picture(shape, person, mesh, selfie):
    """Of the portrait before it got another light and another background."""
    if person is None:
        return np.zeros((*shape[:2], len(PARTS)), np.uint8)
    image, points = enlarged(person, shape[1])
    return planes(image, person.box * shape[1] / person.image.shape[1], points, mesh, selfie)[:shape[0]]
