"""Expressions that official portraits lack, made by bending a face along its 98 points (order of WFLW)."""
import numpy as np

CORNERS, LOWER_LIP = [76, 82, 88, 92], [*range(83, 88), *range(93, 96)]
EYES = (60, 64, 62, 66), (68, 72, 70, 74)
"""Of each eye: image-left corner, image-right corner, middle of the upper and of the lower lid."""


def axes(left, right):
    """(unit vector along, unit vector down, half the distance) of the line between two points."""
    along = (right - left) / max(np.linalg.norm(right - left), 1e-3)
    return along, np.array([-along[1], along[0]]), np.linalg.norm(right - left) / 2


def near(s, width):
    return np.exp(-.5 * (s / width) ** 2)


def mouth_opened(places, points, rng):
    """(places to read, points, shade [h, w]) of a mouth opened at random.

    `places` [h, w, 2] is what each pixel reads. The jaw and all below the inner lower lip move
    down; the gap repeats the line above it, darkened by `shade`.
    """
    along, down, half = axes(points[88], points[92])
    middle, gap = points[94], rng.uniform(.1, 1.1) * half
    bow = ((points[88] + points[92]) / 2 - middle) @ down

    def measured(p):
        s = (p - middle) @ along / max(half, 1.)
        return (p - middle) @ down - bow * np.clip(s * s, 0, 1.5), s
    t, s = measured(places)
    open_here = gap * near(s, .8)
    read = places - (np.clip(t, 0, open_here))[..., None] * down
    inside = np.clip(t, 0, 1.5) / 1.5 * np.clip(open_here - t, 0, 1.5) / 1.5 * (np.abs(s) < .9)
    t, s = measured(points)
    share = (t > 0).astype(float)
    share[CORNERS], share[LOWER_LIP], share[33:76], share[[77, 78, 79, 80, 81, 89, 90, 91]] = .5, 1., 0., 0.
    return read, points + (share * gap * near(s, .8))[:, None] * down, 1 - rng.uniform(.1, .9) * inside


def blink(places, points, rng):
    """A displacement of pixels, [h, w, 2], that lowers (or lifts) both upper lids."""
    field, closed = np.zeros_like(places), rng.uniform(-.3, .75)
    for left, right, upper, lower in EYES:
        along, down, half = axes(points[left], points[right])
        height = max((points[lower] - points[upper]) @ down, 1.)
        t, s = (places - points[upper]) @ down, (places - points[upper]) @ along / max(half, 1.)
        field -= (closed * height * near(t - closed * height, .9 * height) * near(s, .7))[..., None] * down
    return field
