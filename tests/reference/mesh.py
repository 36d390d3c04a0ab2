"""Golden numbers of tests/mesh: polygons, triangulations, warps over triangles, colour transfer and blending.

Needs: Python 3.11, numpy 2.4, scipy 1.17, opencv-python-headless 5.0.0, scikit-image 0.26.
Run:   python tests/reference/mesh.py          (writes tests/golden/mesh/)

Every picture is made from a formula that the Rust tests know too, so that only results are stored: cases in
NAME.json, and their results one after the other in NAME.bin (8-bit values, or 32-bit little-endian floats).
"""

import json
from pathlib import Path

import cv2
import numpy as np
from geometry import picture
from scipy.sparse import csr_array, eye_array
from scipy.sparse.linalg import spsolve
from scipy.spatial import Delaunay
from skimage.color import lab2rgb, rgb2lab
from skimage.draw import polygon2mask
from skimage.transform import PiecewiseAffineTransform, warp

GOLDEN = Path(__file__).parent.parent / "golden" / "mesh"


def write(name, cases, results=()):
    GOLDEN.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (GOLDEN / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    if results:
        (GOLDEN / f"{name}.bin").write_bytes(b"".join(np.ascontiguousarray(r).tobytes() for r in results))


def polygon():
    """The covered share of each pixel, counted on a grid 64 times as fine; and OpenCV's fill of the same corners."""
    width, height, fine = 48, 40, 64
    angles = np.arange(5) * 4 * np.pi / 5
    cases, results = [], []
    for name, corners in {
        "triangle": [[4.25, 3.5], [41.75, 12.125], [17.5, 36.0]],
        "whole": [[5, 6], [30, 4], [44, 20], [28, 35], [8, 30]],
        "concave": [[6, 5], [24, 20], [42, 5], [33, 35], [15, 35]],
        "over the border": [[-20.5, 8.25], [60.75, -9.5], [70.5, 60.25], [20.25, 31.5]],
        "star, the middle wound twice": np.stack([24 + 18 * np.cos(angles), 20 + 18 * np.sin(angles)], 1).round(3).tolist(),
        "thin": [[3, 20.25], [45, 20.75], [45, 22.875]],
    }.items():
        points = np.array(corners)
        fine_points = (points + 0.5) * fine - 0.5
        if name.startswith("star"):
            # Filled by winding: the union of the triangles that the tips make with the middle.
            middle = np.array([(np.array([24, 20]) + 0.5) * fine - 0.5])
            parts = [np.concatenate([fine_points[[i, (i + 1) % 5]], middle]) for i in range(5)]
        else:
            parts = [fine_points]
        covered = np.any([polygon2mask((height * fine, width * fine), part[:, ::-1]) for part in parts], 0)
        share = covered.reshape(height, fine, width, fine).mean((1, 3))
        whole = np.round(points).astype(np.int32)
        filled = cv2.fillPoly(np.zeros((height, width), np.uint8), [whole], 1)
        cases.append({"name": name, "size": [width, height], "points": corners, "whole": whole.tolist()})
        results += [share.astype(np.float32), filled.astype(np.float32)]
    write("polygon", cases, results)


def triangulation():
    """Points in general position, as Qhull joins them: each triangle from its lowest index, all in order."""
    random = np.random.default_rng(2)
    cases = []
    for count in (3, 10, 68, 300):
        points = random.uniform(0, 500, (count, 2)).round(2).astype(np.float32)
        triangles = sorted(sorted(map(int, triangle)) for triangle in Delaunay(points.astype(float)).simplices)
        cases.append({"points": [[round(float(v), 2) for v in point] for point in points], "triangles": triangles})
    write("triangulation", cases)


def bend():
    """scikit-image's piecewise affine transform, bilinear, the border of the source repeated; 255 where it covers."""
    random = np.random.default_rng(3)
    cases, results = [], []
    for source, size, count, scale in [((128, 96), (72, 64), 20, 1.0), ((61, 100), (72, 64), 12, 1.3), ((96, 80), (90, 75), 40, 0.9)]:
        to = np.concatenate([
            [[4, 5], [size[0] - 6, 3], [size[0] - 3, size[1] - 5], [3, size[1] - 4]],
            random.uniform(8, np.array(size) - 8, (count, 2)),
        ]).round(2)
        from_ = (to * np.array(source) / size * scale + random.normal(0, 1.5, to.shape)).round(2)
        transform = PiecewiseAffineTransform.from_estimate(to, from_)
        bent = warp(
            picture(*source).astype(float), transform, output_shape=size[::-1], order=1, mode="edge", preserve_range=True
        )
        covered = transform(np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), -1).reshape(-1, 2))[:, 0] != -1
        bent = np.rint(bent) * covered.reshape(size[1], size[0], 1)
        cases.append({"source": source, "size": size, "from": from_.tolist(), "to": to.tolist()})
        results += [bent.astype(np.uint8), (covered * 255).astype(np.uint8)]
    write("bend", cases, results)


def lab():
    """CIE Lab after IEC 61966-2-1 with the primaries of BT.709 and the white of D65, and scikit-image's."""
    levels = np.array([0, 1, 10, 11, 64, 128, 200, 254, 255])
    colors = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3).astype(np.uint8)
    primaries = np.array([[0.64, 0.33, 0.03], [0.30, 0.60, 0.10], [0.15, 0.06, 0.79]]).T
    white = np.array([0.95047, 1.0, 1.08883])
    to_xyz = primaries * np.linalg.solve(primaries, white)
    value = colors / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    ratio = linear @ to_xyz.T / white
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    exact = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)
    write("lab", [{"levels": levels.tolist()}], [exact.astype(np.float32), rgb2lab(colors / 255).astype(np.float32)])


def color():
    """Reinhard's transfer in scikit-image's Lab under a mask, dark colours changed less."""
    cases, results = [], []
    for size, gain, shift in [((64, 48), (0.5, 0.6, 0.4), (30, 60, 20)), ((64, 48), (0.3, 0.3, 0.3), (120, 90, 100)), ((40, 56), (0.8, 0.7, 0.9), (40, 20, 10))]:
        crop = picture(*size)
        target = np.rint(picture(*size)[::-1] * np.array(gain) + np.array(shift)).astype(np.uint8)
        weights = picture(*size, channels=1)[:, :, 0] / np.float32(255)
        labs = [rgb2lab(image / 255) for image in (crop, target)]
        weight = weights[..., None].astype(float)
        stats = []
        for values in labs:
            mean = (values * weight).sum((0, 1)) / weight.sum()
            stats.append((mean, np.sqrt(((values - mean) ** 2 * weight).sum((0, 1)) / weight.sum())))
        (mean, deviation), (to_mean, to_deviation) = stats
        moved = (labs[0] - mean) * np.clip(to_deviation / deviation, 0.6, 1.3) + to_mean
        light = np.clip(labs[0][..., :1] / max(0.75 * mean[0], 1), 0, 1)
        changed = labs[0] + light**2 * (3 - 2 * light) * (moved - labs[0])
        cases.append({"size": size, "gain": gain, "shift": shift, "mean": mean.tolist(), "deviation": deviation.tolist()})
        results.append(np.rint(lab2rgb(changed) * 255).astype(np.uint8))
    write("color", cases, results)


def poisson():
    """A source put into a target by its gradients: the sparse system of Pérez et al., solved directly."""
    cases, results = [], []
    for size, corners, limit in [
        ((80, 64), [[10, 8], [70, 12], [60, 55], [15, 50]], 255),
        ((80, 64), [[-5, 20], [40, 3], [90, 30], [40, 80]], 255),
        ((101, 67), [[8, 8], [50, 30], [92, 8], [70, 60], [30, 60]], 20),
        ((40, 9), [[2, 2], [37, 2], [37, 6], [2, 6]], 60),
    ]:
        width, height = size
        target, source = picture(*size), 255 - picture(*size)[::-1] // 2
        inside = polygon2mask((height, width), np.array(corners)[:, ::-1])
        inside[[0, -1], :] = inside[:, [0, -1]] = False
        difference = np.clip(target.astype(float) - source, -limit, limit)
        index = np.full(inside.shape, -1)
        index[inside] = np.arange(inside.sum())
        ys, xs = np.nonzero(inside)
        rows, columns, right = [], [], np.zeros((inside.sum(), 3))
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            other = index[ys + dy, xs + dx]
            free = other >= 0
            rows += index[ys, xs][free].tolist()
            columns += other[free].tolist()
            right[~free] += difference[ys + dy, xs + dx][~free]
        system = 4 * eye_array(len(right)) - csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(right),) * 2)
        added = spsolve(system.tocsc(), right)
        blended = target.copy()
        blended[inside] = np.rint(np.clip(source[inside] + added, 0, 255))
        cases.append({"size": size, "limit": limit})
        results += [(inside * 255).astype(np.uint8), blended]
    write("poisson", cases, results)


if __name__ == "__main__":
    for make in (polygon, triangulation, bend, lab, color, poisson):
        make()
