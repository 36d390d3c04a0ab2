"""Labels for the segmenter: which pixels of a portrait are face, hair, or neither.

The face is the oval of MediaPipe's mesh, cut with its person mask. Hair is told from skin, clothes
and background by GrabCut (C. Rother et al., 2004), seeded above the oval; what of it hangs into the
forehead is taken from the face.
"""
import cv2
import numpy as np

from mesh import BROWS, OVAL

BACKGROUND, FACE, HAIR, OCCLUDER = range(4)
UNSURE = 255
"""Beside and above a face where neither skin nor hair is plainly seen."""

ZOOM = 2
"""Labels have this many times the portrait's size."""

SKIN = 15.
"""What is farther than this from every tone of the skin is not skin, in L*a*b* and its local deviation."""

FOREHEAD = .22
"""How far above the oval a forehead reaches at most, in heights of the oval."""


def filled(shape, points, zoom=1):
    """The polygon of points as a mask, 0 or 1."""
    mask = np.zeros((shape[0] * zoom, shape[1] * zoom), np.uint8)
    cv2.fillPoly(mask, [np.int32(np.rint(((points + .5) * zoom - .5) * 16))], 1, shift=4)
    return mask


def grown(mask, radius):
    side = 2 * max(1, round(abs(radius))) + 1
    return (cv2.dilate if radius > 0 else cv2.erode)(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))


def looks(image):
    """[h, w, 4]: colour, in which hues count more than light, and the deviation around each pixel."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    rough = cv2.GaussianBlur((lab[..., 0] - cv2.GaussianBlur(lab[..., 0], (0, 0), 2)) ** 2, (0, 0), 2) ** .5
    return np.dstack([cv2.GaussianBlur(lab, (0, 0), 1) * np.float32([.7, 1.3, 1.3]), 1.5 * rough])


def distance(look, where, tones):
    """How far each pixel is from the nearest of the tones that most of `where` has."""
    samples = np.ascontiguousarray(look[where])
    cv2.setRNGSeed(1)
    _, names, centres = cv2.kmeans(samples, tones, None, (3, 20, .1), 2, cv2.KMEANS_PP_CENTERS)
    common = np.bincount(names.ravel(), minlength=tones) > .12 * len(samples)
    return np.min([np.linalg.norm(look - c, axis=2) for c in centres[common]], 0)


def tops(image, person, points):
    """(hair, forehead, unsure) of a portrait, at its own size; no hair where none is plainly seen."""
    oval, shape = points[list(OVAL)], image.shape[:2]
    crown, chin = oval[0], oval[18]
    tall = np.linalg.norm(chin - crown)
    down = (chin - crown) / tall
    y, x = np.mgrid[:shape[0], :shape[1]]
    below = ((x - crown[0]) * down[0] + (y - crown[1]) * down[1]) / tall
    across = ((x - crown[0]) * down[1] - (y - crown[1]) * down[0]) / tall
    inside, brow = filled(shape, oval), np.mean((points[list(BROWS)] - crown) @ down) / tall
    neck = (below > .8) & (np.abs(across) < .3)
    brows, core = below < brow - .06, grown(inside, -.1 * tall).astype(bool)
    look, skin = looks(image), core & (below > .6 * brow)
    # Dark skin and dark hair are nearer to each other: what counts is how much lighter one is in parts of the other.
    look[..., [0, 3]] *= np.clip(45 / np.median(look[skin, 0]), 1, 2)
    from_skin = distance(look, skin, 5)
    near = (grown(inside, .2 * tall) > 0) & (grown(inside, .03 * tall) == 0)
    seed = near & (person > .75) & (below < .2) & (from_skin > SKIN)
    raised = np.where((oval - crown) @ down < brow * tall, 1, 0)[:, None]
    dome = filled(shape, oval - raised * FOREHEAD * tall * down * np.cos(np.pi / 2 * np.clip(
        (oval - crown) @ down / (brow * tall), 0, 1))[:, None]).astype(bool) & (inside == 0) & brows
    if seed.sum() < .02 * tall * tall:
        unsure = (person > .1) & (below < 1.05) & ~neck & (inside == 0)
        return np.zeros(shape, bool), dome & (from_skin < SKIN), unsure
    lead = distance(look, seed, 4) - from_skin
    room = (person > .3) & (below < 1.05) & ((inside == 0) | brows)
    mask = np.where(room & (lead < 0), cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[~room | (lead > 4) | neck] = cv2.GC_BGD
    mask[seed & (lead < -4)] = cv2.GC_FGD
    cv2.grabCut(image, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    found = cv2.medianBlur(np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8), 5)
    _, names, stats, _ = cv2.connectedComponentsWithStats(found)
    seeded = np.bincount(names[mask == cv2.GC_FGD], minlength=len(stats)) > 0
    found = found.astype(bool) & (seeded & (stats[:, 4] > .01 * tall * tall))[names]
    return found, dome & (cv2.medianBlur((lead > 0).astype(np.uint8), 5) > 0) & ~found, (person > .1) & brows


def labels(portrait, mesh, selfie):
    """[2h, 2w] uint8 of BACKGROUND, FACE, HAIR and UNSURE."""
    image = portrait.image
    large = cv2.resize(image, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
    points = (mesh(large, portrait.box * ZOOM, (portrait.points + .5) * ZOOM - .5) + .5) / ZOOM - .5
    person = selfie(image)

    def full(mask):
        return cv2.resize(mask.astype(np.float32), large.shape[1::-1], interpolation=cv2.INTER_CUBIC) > .5
    hair, forehead, unsure = tops(image, person, points)
    face = filled(image.shape[:2], points[list(OVAL)], ZOOM) | full(forehead)
    face = cv2.morphologyEx(face, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).astype(bool)
    out = np.where(full(unsure), UNSURE, BACKGROUND)
    out[face & full(person > .3)] = FACE
    out[full(hair)] = HAIR
    return out.astype(np.uint8)
