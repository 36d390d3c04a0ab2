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
from skimage.draw import polygon2mask

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


if __name__ == "__main__":
    for make in (polygon,):
        make()
