"""How light the skin of a portrait looks: groups by the individual typology angle.

The angle is that of a colour in CIE L*a*b*, atan((L* − 50) / b*), with the limits of A. Chardon et
al., "Skin colour typology and suntanning pathways", 1991. Studio light and the camera weigh in: it
tells how a face looks in a picture, not who somebody is.
"""
import cv2
import numpy as np

GROUPS = {'light': (41, 90), 'intermediate': (28, 41), 'tan': (10, 28), 'dark': (-90, 10)}
"""Limits in degrees; Chardon's very light counts as light, his brown as dark. Grey pictures are in none."""


def angle(portrait):
    """The typology angle of the cheeks in degrees, the median of two patches beside the nose; NaN for a grey picture."""
    eyes, nose, mouth = portrait.points[:2], portrait.points[2], portrait.points[3:]
    side = max(3, int(.12 * np.linalg.norm(eyes[1] - eyes[0])))
    patches = []
    for eye, corner in zip(eyes, mouth):
        x, y = np.int32(.5 * np.array([eye[0], nose[1]]) + .5 * (eye + corner) / 2)
        patches.append(portrait.image[max(0, y - side):y + side, max(0, x - side):x + side].reshape(-1, 3))
    lab = cv2.cvtColor(np.concatenate(patches)[None].astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[0]
    lightness, _, yellow = np.median(lab, 0)
    return float(np.degrees(np.arctan2(lightness - 50, yellow))) if yellow > 3 else np.nan


def groups(portraits):
    """Name of a group to the indices of its portraits."""
    angles = np.array([angle(p) for p in portraits])
    return {name: np.flatnonzero((angles >= low) & (angles < high)) for name, (low, high) in GROUPS.items()}
