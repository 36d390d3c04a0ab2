"""Things in front of a face, painted on with their masks: hands, masks, microphones, objects, text, bars.

Each painter draws on a canvas of [size, size, 3] that holds −1 wherever nothing was drawn.
"""
import cv2
import numpy as np

import compose
import scenes


def textured(canvas, mask, colour, rng, pictures):
    """Fills a mask with a colour and some light and grain on it, or with a piece of a picture."""
    size = len(canvas)
    if rng.random() < .25:
        fill = scenes.crop(pictures[rng.integers(len(pictures))], rng, size).astype(np.float32)
    else:
        angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0, .5)
        line = np.linspace(-depth, depth, size, dtype=np.float32)
        light = 1 + np.add.outer(line * np.sin(angle), line * np.cos(angle))
        soft = cv2.resize(rng.standard_normal((12, 12), np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
        fill = np.float32(colour) * (light + rng.uniform(0, .12) * soft)[..., None]
    inside = mask > 0
    canvas[inside] = np.clip(fill[inside], 0, 255)


def skin_colour(rng):
    """A skin's colour in some light, BGR; from very light to very dark."""
    light = rng.uniform(.18, 1)
    return np.array([light ** 1.25 * 175, light ** 1.1 * 200, light * 240]) * np.exp(rng.normal(0, .07, 3))


def hand(canvas, points, rng, pictures):
    """A palm and fingers that reach into the face from outside."""
    size, mask = len(canvas), np.zeros(canvas.shape[:2], np.uint8)
    tip = points[rng.integers(len(points))] + rng.normal(0, .06 * size, 2)
    angle, width = rng.uniform(-.3, np.pi + .3), size * rng.uniform(.035, .06)
    towards = np.array([np.cos(angle), np.sin(angle)])
    side = np.array([-towards[1], towards[0]])
    for i in range(rng.integers(1, 6)):
        start = tip + side * (i - 2) * 2.1 * width + towards * width * rng.uniform(0, 2)
        end = tip + side * (i - 2) * 1.7 * width + towards * width * 9
        cv2.line(mask, np.int32(start).tolist(), np.int32(end).tolist(), 1, int(2 * width))
    palm = np.int32(tip + towards * width * 10).tolist()
    cv2.ellipse(mask, palm, (int(5 * width), int(4.6 * width)), np.degrees(angle), 0, 360, 1, -1)
    cv2.line(mask, palm, np.int32(tip + towards * width * 40).tolist(), 1, int(6 * width))
    textured(canvas, mask, skin_colour(rng), rng, pictures)
    for _ in range(rng.integers(0, 5)):
        crease = tip + side * rng.normal(0, 3) * width + towards * width * rng.uniform(0, 8)
        ends = [np.int32(crease + towards * width * k).tolist() for k in (0, 4)]
        dark = np.zeros_like(mask)
        cv2.line(dark, *ends, 1, max(1, int(width * .25)))
        canvas[(dark & mask) > 0] *= .7


def surgical(canvas, points, rng, pictures):
    """A mask over nose and mouth, with strings and folds."""
    eyes, nose, mouth = points[:2].mean(0), points[2], points[3:].mean(0)
    down, across = mouth - eyes, points[1] - points[0]
    top = nose - down * rng.uniform(.0, .35)
    outline = [top, top + across * .75 - down * .02, mouth + across * .85, mouth + down * .75 + across * .45,
               mouth + down * rng.uniform(.75, 1.), mouth + down * .75 - across * .45, mouth - across * .85,
               top - across * .75 - down * .02]
    mask = np.zeros(canvas.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.int32(outline)], 1)
    for sign in (-1, 1):
        cv2.line(mask, np.int32(top + sign * across * .7).tolist(), np.int32(eyes + sign * across * 1.25).tolist(), 1, 2)
    colour = [(230, 190, 150), (235, 235, 235), (30, 30, 30), rng.uniform(0, 255, 3)][rng.integers(4)]
    textured(canvas, mask, colour, rng, pictures)
    for t in rng.uniform(.1, .9, 3):
        fold = np.zeros_like(mask)
        ends = [np.int32(top + (mouth + down * .8 - top) * t + sign * across * .8).tolist() for sign in (-1, 1)]
        cv2.line(fold, *ends, 1, 1)
        canvas[(fold & mask) > 0] *= .85


def microphone(canvas, points, rng, pictures):
    """A head with a grille at the mouth, on a handle or an arm."""
    size, mask = len(canvas), np.zeros(canvas.shape[:2], np.uint8)
    head = points[3:].mean(0) + rng.normal(0, .1 * size, 2) + [0, .1 * size]
    radius, angle = size * rng.uniform(.05, .13), rng.uniform(.15, np.pi - .15)
    end = head + size * np.array([np.cos(angle), np.sin(angle)])
    cv2.line(mask, np.int32(head).tolist(), np.int32(end).tolist(), 1, max(2, int(radius * rng.uniform(.4, 1.5))))
    cv2.ellipse(mask, np.int32(head).tolist(), (int(radius * rng.uniform(1, 1.4)), int(radius)), np.degrees(angle), 0, 360, 1, -1)
    textured(canvas, mask, np.full(3, rng.uniform(5, 190)) + rng.normal(0, 8, 3), rng, pictures)
    y, x = np.mgrid[:size, :size]
    grille = (np.hypot(x - head[0], y - head[1]) < radius) & ((x + y) % 4 < 2)
    canvas[grille & (mask > 0)] *= .75


def thing(canvas, points, rng, pictures):
    """A disc, box, bottle or blob of any colour or with a picture on it: a cup, a telephone, a ball, a scarf."""
    size, mask = len(canvas), np.zeros(canvas.shape[:2], np.uint8)
    middle = points[rng.integers(len(points))] + rng.normal(0, .14 * size, 2)
    reach = size * np.exp(rng.uniform(np.log(.05), np.log(.22), 2))
    angle, kind = rng.uniform(0, 180), rng.integers(3)
    if kind == 0:
        cv2.ellipse(mask, np.int32(middle).tolist(), np.int32(reach).tolist(), angle, 0, 360, 1, -1)
    elif kind == 1:
        cv2.fillPoly(mask, [np.int32(cv2.boxPoints((middle.tolist(), (2 * reach).tolist(), angle)))], 1)
    else:
        turn = np.sort(rng.uniform(0, 2 * np.pi, 9))
        ring = middle + np.stack([np.cos(turn), np.sin(turn)], 1) * reach * rng.uniform(.6, 1.4, (9, 1))
        cv2.fillPoly(mask, [np.int32(ring)], 1)
    textured(canvas, mask, rng.uniform(0, 255, 3), rng, pictures)


def text(canvas, points, rng, pictures):
    """A line of bold letters across the face."""
    line, mask = ''.join(chr(c) for c in rng.integers(65, 91, rng.integers(4, 12))), np.zeros(canvas.shape[:2], np.uint8)
    at = np.int32(points[rng.integers(len(points))] + [-.4 * len(canvas) * rng.random(), rng.normal(0, 20)])
    scale = rng.uniform(.8, 2.4)
    cv2.putText(mask, line, at.tolist(), cv2.FONT_HERSHEY_DUPLEX, scale, 1, int(scale * rng.uniform(2, 5)), cv2.LINE_8)
    textured(canvas, mask, rng.uniform(0, 255, 3), rng, pictures)


def plain(canvas, points, rng, _):
    """The detector's: discs, bars, dark glasses, covered mouths."""
    low, high = points.min(0), points.max(0)
    box = *(low - .7 * (high - low)), *(2.4 * (high - low))
    compose.hide(canvas, box, points, rng)


KINDS = hand, hand, surgical, microphone, thing, thing, text, plain


def occlude(image, points, rng, pictures):
    """(image with one to three things in front of the face, float32; where they are, bool)."""
    canvas = np.full(image.shape, -1, np.float32)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        KINDS[rng.integers(len(KINDS))](canvas, points, rng, pictures)
    mask = canvas[..., 0] >= 0
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), rng.uniform(.4, 1.1))[..., None]
    spread = np.where(mask[..., None], canvas, cv2.dilate(canvas, np.ones((5, 5), np.uint8)))
    return image + soft * (np.where(spread < 0, image, spread) - image), mask
