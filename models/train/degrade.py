"""Degradation: what cameras, resizing and compression do to a face, drawn at random.

All functions take and give float32 BGR or RGB pixels in 0..255 and draw from a
numpy.random.Generator, so a seed repeats a picture.
"""
import cv2
import numpy as np

DOWN = cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC
UP = cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_LANCZOS4


def gaussian_kernel(rng, widest):
    """An anisotropic Gaussian at a random angle, sigmas from .2 to `widest` pixels."""
    first, second = np.exp(rng.uniform(np.log(.2), np.log(widest), 2))
    if rng.random() < .5:
        second = first
    angle = rng.uniform(0, np.pi)
    radius = int(np.ceil(3 * max(first, second)))
    y, x = np.mgrid[-radius:radius + 1, -radius:radius + 1]
    u = (x * np.cos(angle) + y * np.sin(angle)) / first
    v = (y * np.cos(angle) - x * np.sin(angle)) / second
    kernel = np.exp(-.5 * (u * u + v * v)).astype(np.float32)
    return kernel / kernel.sum()


def motion_kernel(rng, longest):
    """A straight smear of 3 to `longest` pixels at a random angle."""
    length, angle = rng.uniform(3, longest), rng.uniform(0, np.pi)
    radius = int(np.ceil(longest / 2)) + 1
    kernel = np.zeros((2 * radius + 1, 2 * radius + 1), np.float32)
    end = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    low, high = ((radius + sign * end) * 16 for sign in (-1, 1))
    cv2.line(kernel, np.int32(low), np.int32(high), 1., 1, cv2.LINE_AA, 4)
    return kernel / max(kernel.sum(), 1e-6)


def blur(x, rng, widest):
    kernel = motion_kernel(rng, 4 * widest) if rng.random() < .15 else gaussian_kernel(rng, widest)
    return cv2.filter2D(x, -1, kernel, borderType=cv2.BORDER_REFLECT_101)


def noise(x, rng, strongest):
    """Gaussian noise, coloured or grey, or noise that grows with the light (Poisson)."""
    sigma, kind = rng.uniform(0, strongest), rng.random()
    grain = rng.standard_normal(x.shape[:2] + (1 if kind < .4 else 3,), np.float32) * sigma
    return x + grain * np.sqrt(np.clip(x, 0, 255) / 128) if kind > .7 else x + grain


def jpeg(x, rng, worst):
    quality = int(rng.uniform(worst, 96))
    coded = cv2.imencode('.jpg', to_bytes(x), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.float32)


def to_bytes(x):
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


def resize(x, height, width, method):
    return cv2.resize(x, (max(8, round(width)), max(8, round(height))), interpolation=method)


def degrade(clean, rng, gentle=0.):
    """A degraded copy of `clean`, uint8, the same size.

    Blur, shrink by 1 to 8, noise, JPEG, half the time a weaker second round of the same, back up.
    With probability `gentle` hardly anything happens, or nothing at all.
    """
    height, width = clean.shape[:2]
    x = clean.astype(np.float32)
    if rng.random() < gentle:
        return to_bytes(jpeg(x, rng, 80) if rng.random() < .6 else x)
    if rng.random() < .85:
        x = blur(x, rng, 4.)
    factor = np.exp(rng.uniform(0, np.log(8))) if rng.random() < .85 else 1.
    x = resize(x, height / factor, width / factor, DOWN[rng.integers(3)])
    if rng.random() < .8:
        x = noise(x, rng, 14)
    if rng.random() < .85:
        x = jpeg(x, rng, 30)
    if rng.random() < .4:
        if rng.random() < .5:
            x = blur(x, rng, 1.2)
        factor *= rng.uniform(.6, 1.3)
        x = resize(x, height / max(1, factor), width / max(1, factor), DOWN[rng.integers(3)])
        if rng.random() < .4:
            x = noise(x, rng, 6)
        if rng.random() < .7:
            x = jpeg(x, rng, 50)
    return to_bytes(resize(x, height, width, UP[rng.integers(4)]))
