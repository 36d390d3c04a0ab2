"""Pictures without a face: the photographs in scikit-image and scikit-learn, and drawn ones.

`TRAINED` and `UNSEEN` together are the set on which false alarms are counted; the detector is
trained on crops of the first half only. `EXTRA` is trained on and not counted.
"""
from pathlib import Path

import cv2
import numpy as np
import skimage
import sklearn

TRAINED = 'coffee.png', 'rocket.jpg', 'brick.png', 'grass.png', 'china.jpg'
UNSEEN = 'chelsea.png', 'coins.png', 'gravel.png', 'motorcycle_left.png', 'flower.jpg'
EXTRA = ('page.png', 'text.png', 'clock_motion.png', 'moon.png', 'horse.png', 'hubble_deep_field.jpg',
         'ihc.png', 'retina.jpg', 'cell.png', 'color.png', 'logo.png', 'microaneurysms.png')
LONGEST = 1280


def read(name):
    """A packaged picture as BGR uint8, at most `LONGEST` pixels on its longest side."""
    for folder in (Path(skimage.__file__).parent / 'data', Path(sklearn.__file__).parent / 'datasets/images'):
        if (folder / name).exists():
            image = cv2.imread(str(folder / name), cv2.IMREAD_COLOR)
            scale = LONGEST / max(image.shape[:2])
            return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    raise FileNotFoundError(name)


def crop(image, rng, size):
    """A square window of `image` at a random scale, turned by quarters and mirrored."""
    side = int(np.clip(size * np.exp(rng.uniform(np.log(.4), np.log(3))), 32, min(image.shape[:2])))
    y, x = (rng.integers(0, n - side + 1) for n in image.shape[:2])
    method = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    window = cv2.resize(image[y:y + side, x:x + side], (size, size), interpolation=method)
    window = np.rot90(window, rng.choice([0, 0, 0, 1, 2, 3]))
    return np.ascontiguousarray(window[:, ::-1] if rng.random() < .5 else window)


def clouds(rng, size):
    """Coloured noise: a sum of random grids of doubling fineness."""
    fall, total, cells = rng.uniform(.4, 1.1), np.zeros((2, 2, 3), np.float32), 2
    finest = size if rng.random() < .4 else size // 4
    while cells < finest:
        cells = min(finest, cells * (2 if rng.random() < .8 else 4))
        grid = rng.standard_normal((cells, cells, 3 if rng.random() < .7 else 1), np.float32)
        total = cv2.resize(total, (cells, cells), interpolation=cv2.INTER_LINEAR) + grid * cells ** -fall
    total = cv2.resize(total * (rng.uniform(15, 70) / max(total.std(), 1e-3)), (size, size))
    return np.clip(total + rng.uniform(20, 235, 3), 0, 255).astype(np.uint8)


def stripes(rng, size):
    """Waves crossing each other at random angles: bars, grids, checks."""
    line = np.arange(size, dtype=np.float32)
    wave = np.zeros((size, size), np.float32)
    for _ in range(rng.integers(1, 4)):
        angle, period = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(4), np.log(120)))
        x, y = (line * 2 * np.pi / period * part for part in (np.cos(angle), np.sin(angle)))
        y += rng.uniform(0, 6)
        part = np.outer(np.cos(y), np.sin(x)) + np.outer(np.sin(y), np.cos(x))
        wave += np.sign(part) if rng.random() < .4 else part
    low, high = rng.uniform(0, 255, (2, 3))
    wave = (wave - wave.min()) / (np.ptp(wave) + 1e-6)
    shades = (low + np.linspace(0, 1, 256)[:, None] * (high - low)).astype(np.uint8)
    return shades[(wave * 255).astype(np.uint8)]


def shapes(rng, size, base=None):
    """Discs, boxes, rings, lines and polygons; now and then two dots and a bar, in no face."""
    canvas = clouds(rng, size) if base is None else base
    for _ in range(rng.integers(4, 50)):
        colour, (x, y) = rng.uniform(0, 255, 3).tolist(), rng.integers(0, size, 2).tolist()
        r, kind = int(np.exp(rng.uniform(np.log(2), np.log(70)))), rng.integers(6)
        fill = -1 if rng.random() < .6 else int(rng.integers(1, 5))
        if kind == 0:
            cv2.circle(canvas, (x, y), r, colour, fill, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(canvas, (x, y), (x + r, y + int(rng.integers(2, 90))), colour, fill)
        elif kind == 2:
            axes = (r, int(rng.integers(2, 70)))
            cv2.ellipse(canvas, (x, y), axes, rng.uniform(0, 180), 0, 360, colour, fill, cv2.LINE_AA)
        elif kind == 3:
            end = rng.integers(0, size, 2).tolist()
            cv2.line(canvas, (x, y), end, colour, int(rng.integers(1, 9)), cv2.LINE_AA)
        elif kind == 4:
            cv2.fillPoly(canvas, [np.int32([x, y] + rng.normal(0, r, (rng.integers(3, 8), 2)))], colour, cv2.LINE_AA)
        else:
            for _ in range(3):
                dot = (int(x + rng.normal(0, r)), int(y + rng.normal(0, r)))
                cv2.circle(canvas, dot, max(1, r // 5), colour, -1, cv2.LINE_AA)
    return canvas


def writing(rng, size, base=None):
    """Lines of random letters in OpenCV's fonts."""
    canvas = clouds(rng, size) if base is None else base
    fonts = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX,
             cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
    scale = np.exp(rng.uniform(np.log(.3), np.log(4)))
    font, colour = fonts[rng.integers(len(fonts))], rng.uniform(0, 255, 3).tolist()
    for y in np.arange(10, size, 32 * scale):
        line = ''.join(chr(c) for c in rng.integers(33, 127, 40))
        cv2.putText(canvas, line, (int(rng.integers(-40, 20)), int(y)), font, scale, colour,
                    int(np.ceil(scale * rng.uniform(.5, 3))), cv2.LINE_AA)
    return canvas


def drawn(rng, size):
    """One of the drawn pictures above."""
    return (clouds, stripes, shapes, shapes, writing)[rng.integers(5)](rng, size)
