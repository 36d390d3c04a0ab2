"""Portraits: read a folder, label the face in each, align it, split off the held-out part.

The labels are a teacher's: YuNet-n (Apache-2.0) finds the box and the five points of the one
face in each portrait. Points are image-left eye, image-right eye, nose, image-left and
image-right mouth corner.
"""
import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage.transform import SimilarityTransform

from yunet import Yunet

FFHQ = np.array([[.37691676, .46864664], [.62285697, .46912813], [.50123859, .61331904],
                 [.39308822, .72541100], [.61150205, .72490465]])
"""The ffhq_512 alignment template, normalised to 0..1."""

ARCFACE = np.array([[.34191607, .46157411], [.65653393, .45983393], [.50022500, .64050536],
                    [.37097589, .82469196], [.63151696, .82325089]])
"""The arcface_112_v2 alignment template, normalised to 0..1."""

HELD_OUT = 64


@dataclass
class Portrait:
    """One labelled picture: BGR pixels, box as x, y, w, h, five points as [5, 2]."""
    name: str
    image: np.ndarray
    box: np.ndarray
    points: np.ndarray


def load(folder, teacher):
    """All portraits of `folder` in which the teacher finds one sure, well-sized face.

    The portrait is enlarged twice before labelling, which makes the teacher's points finer.
    The list is sorted by file name, so that splits repeat.
    """
    net, portraits = Yunet(teacher), []
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() not in ('.jpg', '.jpeg', '.png'):
            continue
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        faces = net.detect(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), .8)
        if len(faces) == 1:
            face = faces[0] / 2
            portraits.append(Portrait(path.name, image, face[:4], face[4:14].reshape(5, 2)))
    return portraits


def split(portraits):
    """(train, held_out): the held-out ones have the lowest SHA-256 of their names.

    The choice depends on the names alone, never on the order or on what else is there.
    """
    ranked = sorted(portraits, key=lambda p: hashlib.sha256(p.name.encode()).digest())
    return ranked[HELD_OUT:], ranked[:HELD_OUT]


def similarity(points, template, size):
    """2×3 matrix of the least-squares similarity (Umeyama) from points to template × size."""
    return SimilarityTransform.from_estimate(points, template * size).params[:2]


def align(portrait, size, template=FFHQ):
    """The portrait's face as a size×size BGR crop in the template's pose."""
    matrix = similarity(portrait.points, template, size)
    return cv2.warpAffine(portrait.image, matrix, (size, size), flags=cv2.INTER_CUBIC,
                          borderMode=cv2.BORDER_REFLECT_101)
