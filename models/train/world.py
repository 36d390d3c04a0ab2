"""What portraits lack and the world has: glasses, masks, beards, hats, night, motion, old photographs; and what is no face.

Pictures are float32 BGR in 0..255 unless told; everything is drawn from a numpy.random.Generator.
"""
import cv2
import numpy as np

from degrade import motion_kernel

SKIN = np.array([[176, 201, 235], [135, 170, 215], [100, 140, 195], [70, 105, 160], [45, 70, 115], [30, 45, 75]], np.float32)
"""Skin colours from light to dark, BGR."""


def at(place):
    """A place or size for OpenCV."""
    return np.int32(place).tolist()


def oval(canvas, middle, half, angle, colour, line=-1, part=(0, 360)):
    cv2.ellipse(canvas, at(middle), at(half), angle, *part, colour, line, cv2.LINE_AA)


def blend(face, shape, colour, strength):
    """`colour`, a colour or a picture, over the face where `shape` is 1."""
    face += (colour - face) * (shape * strength)[..., None]


def axes(points):
    """(middle of the eyes, unit vector between them, unit vector down, their distance, their angle in degrees)."""
    across = points[1] - points[0]
    apart = max(1e-3, float(np.hypot(*across)))
    middle, mouth = points[:2].mean(0), points[3:].mean(0)
    down = (mouth - middle) / max(1e-3, float(np.hypot(*(mouth - middle))))
    return middle, across / apart, down, apart, float(np.degrees(np.arctan2(across[1], across[0])))


def wear(face, points, rng):
    """Glasses, a mask, a beard or a hat drawn on a portrait, in place."""
    (glasses, glasses, covered, beard, beard, hat)[rng.integers(6)](face, points, rng)
    return face


def glasses(face, points, rng):
    _, across, _, apart, angle = axes(points)
    half = (apart * rng.uniform(.26, .42), apart * rng.uniform(.18, .36))
    rim = (rng.uniform(0, 120) * np.ones(3) if rng.random() < .7 else rng.uniform(0, 255, 3)).tolist()
    line = max(1, round(apart * rng.uniform(.02, .09)))
    glass, strength = rng.uniform(0, 255, 3) * rng.choice([.2, 1]), rng.uniform(0, .95) ** 2
    for eye, side in zip(points[:2], (-1, 1)):
        lens = np.zeros(face.shape[:2], np.float32)
        oval(lens, eye, half, angle, 1.)
        blend(face, lens, glass, strength)
        oval(face, eye, half, angle, rim, line)
        hinge = eye + across * side * half[0]
        cv2.line(face, at(hinge), at(hinge + across * side * apart * .4), rim, line, cv2.LINE_AA)
    cv2.line(face, at(points[0] + across * half[0]), at(points[1] - across * half[0]), rim, line, cv2.LINE_AA)


def covered(face, points, rng):
    """A cloth mask from the nose down."""
    middle, across, down, apart, _ = axes(points)
    top, wide, low = rng.uniform(.25, .55) * apart, apart * rng.uniform(.8, 1.05), apart * rng.uniform(1.75, 2.2)
    side = [(.55, top * 1.25), (1, top * 1.7), (.85, low * .75), (.4, low)]
    outline = [(0, top), *side, *[(-u, v) for u, v in reversed(side)]]
    shape = np.zeros(face.shape[:2], np.float32)
    cv2.fillPoly(shape, [np.int32([middle + across * u * wide + down * v for u, v in outline])], 1., cv2.LINE_AA)
    colour = np.array([(200, 170, 120), (235, 235, 235), (30, 30, 30), rng.uniform(0, 255, 3)][rng.integers(4)], np.float32)
    folds = 1 + .25 * np.sin(np.arange(face.shape[0]) / max(2, apart * .18))[:, None, None] * rng.uniform(0, 1)
    blend(face, shape, colour * folds, rng.uniform(.85, 1))


def beard(face, points, rng):
    """Hair around the mouth and on the chin."""
    _, _, down, apart, angle = axes(points)
    mouth = points[3:].mean(0)
    shape = np.zeros(face.shape[:2], np.float32)
    middle = mouth + down * apart * rng.uniform(.1, .4)
    oval(shape, middle, (apart * rng.uniform(.4, .8), apart * rng.uniform(.3, .7)), angle, 1.)
    if rng.random() < .7:
        oval(shape, mouth, (apart * .28, apart * .09), angle, 0.)
    shape = cv2.GaussianBlur(shape, (0, 0), max(.5, apart * .06))
    hair = rng.uniform(10, 200) * np.array([.85, .93, 1], np.float32)
    strands = 25 * rng.standard_normal(face.shape[:2] + (1,), np.float32)
    blend(face, shape, hair + strands, rng.uniform(.4, .95))


def hat(face, points, rng):
    middle, _, down, apart, angle = axes(points)
    shape = np.zeros(face.shape[:2], np.float32)
    brim = middle - down * apart * rng.uniform(.45, .8)
    oval(shape, brim, (apart * rng.uniform(1.2, 1.6), apart * rng.uniform(.9, 1.6)), angle, 1., part=(180, 360))
    oval(shape, brim, (apart * rng.uniform(1.2, 2.2), apart * .16), angle, 1.)
    blend(face, shape, rng.uniform(0, 255, 3) * rng.uniform(.2, 1), 1)


def shot(canvas, rng):
    """How the whole picture was taken: at night, shaken, long ago, or as it is."""
    draw = rng.random()
    if draw < .08:
        canvas = canvas * rng.uniform(.12, .4) + rng.normal(0, rng.uniform(1, 6), canvas.shape).astype(np.float32)
    elif draw < .16:
        canvas = cv2.filter2D(canvas, -1, motion_kernel(rng, rng.uniform(4, 12)), borderType=cv2.BORDER_REFLECT_101)
    elif draw < .34:
        canvas = old(canvas, rng)
    return canvas


def old(canvas, rng):
    """A soft, grainy, grey or brownish photograph."""
    grey = cv2.GaussianBlur(cv2.cvtColor(canvas, cv2.COLOR_BGR2GRAY), (0, 0), rng.uniform(.4, 2.4))
    grain = cv2.GaussianBlur(rng.standard_normal(grey.shape, np.float32), (0, 0), rng.uniform(.4, 1.4))
    grey = (grey - 128) * rng.uniform(.5, 1.2) + rng.uniform(90, 160) + grain / grain.std() * rng.uniform(0, 12)
    tone = np.array([.8, .95, 1.05], np.float32) if rng.random() < .25 else np.ones(3, np.float32)
    return np.clip(grey, 0, 255)[..., None] * tone


def skin(rng):
    return SKIN[rng.integers(len(SKIN))] * rng.uniform(.7, 1.15) + rng.normal(0, 6, 3)


def cartoon(rng, size):
    """A drawn face, of a person or a cat, uint8: not one to find."""
    canvas = np.full((size, size, 3), rng.uniform(0, 255, 3), np.float32)
    c, r = size / 2, size * rng.uniform(.22, .4)
    colour = (skin(rng) if rng.random() < .5 else rng.uniform(60, 255, 3)).tolist()
    ink, line = (rng.uniform(0, 60) * np.ones(3)).tolist(), max(1, int(size * rng.uniform(.005, .025)))
    tall, cat = rng.uniform(.8, 1.3), rng.random() < .4
    for side in (-1, 1) if cat else ():
        ear = np.int32([[c + side * r * u, c - r * v] for u, v in ((.95, .2), (.8, 1.5), (.2, .8))])
        cv2.fillPoly(canvas, [ear], colour, cv2.LINE_AA)
        cv2.polylines(canvas, [ear], True, ink, line, cv2.LINE_AA)
    oval(canvas, (c, c), (r, r * tall), 0, colour)
    oval(canvas, (c, c), (r, r * tall), 0, ink, line)
    eye, apart, high = rng.uniform(.06, .24) * r, rng.uniform(.3, .5) * r, rng.uniform(.05, .35) * r
    for side in (-1, 1):
        place = (c + side * apart, c - high)
        white = (255, 255, 255) if eye > .12 * r else ink
        oval(canvas, place, (max(1, eye), max(1, eye * rng.uniform(.8, 1.6))), 0, white)
        cv2.circle(canvas, at(place), max(1, int(eye * .5)), ink, -1, cv2.LINE_AA)
        for k in range(3) if cat else ():
            whisker = (c + side * r * .3, c + r * .3), (c + side * r * 1.2, c + r * (.1 + .2 * k))
            cv2.line(canvas, *map(at, whisker), ink, 1, cv2.LINE_AA)
    cv2.circle(canvas, at((c, c + .12 * r)), max(1, int(rng.uniform(.03, .12) * r)), ink, -1 if cat else line, cv2.LINE_AA)
    smile = (r * rng.uniform(.2, .5), r * rng.uniform(.05, .3))
    oval(canvas, (c, c + .42 * r), smile, 0, ink, line, (0, 180 if rng.random() < .7 else 360))
    return np.clip(canvas, 0, 255).astype(np.uint8)


def limbs(rng, size):
    """Bare skin without a face, uint8: fingers, arms, a shoulder, lit from one side."""
    shape = np.zeros((size, size), np.float32)
    palm = rng.uniform(.3, .7, 2) * size
    if rng.random() < .7:
        oval(shape, palm, (size * rng.uniform(.1, .25), size * rng.uniform(.1, .25)), 0, 1.)
    heading = rng.uniform(0, 2 * np.pi)
    for k in range(rng.integers(1, 7)):
        angle = heading + (k - 2) * rng.uniform(.15, .4)
        tip = palm + size * rng.uniform(.25, .6) * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(shape, at(palm), at(tip), 1., max(2, int(size * rng.uniform(.04, .2))), cv2.LINE_AA)
    soft = cv2.GaussianBlur(shape, (0, 0), size * rng.uniform(.02, .06))
    depth = cv2.Sobel(soft, cv2.CV_32F, 1, 0) * np.cos(heading) + cv2.Sobel(soft, cv2.CV_32F, 0, 1) * np.sin(heading)
    shade = .45 + .55 * soft + depth / (np.abs(depth).max() + 1e-6) * rng.uniform(0, .5)
    ground = rng.uniform(0, 255, 3).astype(np.float32)
    bare = skin(rng).astype(np.float32) * shade[..., None]
    canvas = ground + (bare - ground) * cv2.GaussianBlur(shape, (0, 0), 1.)[..., None]
    return np.clip(canvas + rng.normal(0, 3, canvas.shape), 0, 255).astype(np.uint8)
