"""Golden numbers of tests/geometry: alignment, warps, masks, blurs, pastes and resizes.

Needs: Python 3.11, numpy 2.4, opencv-python-headless 5.0.0, scikit-image 0.26.
Run:   python tests/reference/geometry.py          (writes tests/golden/geometry/)

Every picture is made from a formula that the Rust tests know too, so that only results are stored: cases in
NAME.json, and their results one after the other in NAME.bin (8-bit RGB, or 32-bit little-endian floats).
"""

import json
from pathlib import Path

import cv2
import numpy as np
from skimage.transform import SimilarityTransform

GOLDEN = Path(__file__).parent.parent / "golden" / "geometry"

TEMPLATES = {
    "arcface_112_v2": [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    "ffhq_512": [[192.98138, 239.94708], [318.90277, 240.1936], [256.63416, 314.01935], [201.26117, 371.41043], [313.08905, 371.15118]],
}
TEMPLATE_SIZES = {"arcface_112_v2": 112, "ffhq_512": 512}


def picture(width, height, channels=3):
    """Gradients and chirps: the mean of 3×3 values of a formula, cut down to whole numbers."""
    y, x, c = np.meshgrid(np.arange(-1, height + 1), np.arange(-1, width + 1), np.arange(channels), indexing="ij")
    raw = (x * 7 + y * 13 + x * y * 3 + c * 31) % 256
    total = sum(raw[dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3))
    return (total // 9).astype(np.uint8)


def matrix(scale, degrees, tx, ty):
    a, b = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[a, -b, tx], [b, a, ty]])


def write(name, cases, results=()):
    GOLDEN.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (GOLDEN / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    if results:
        (GOLDEN / f"{name}.bin").write_bytes(b"".join(np.ascontiguousarray(r).tobytes() for r in results))


def similarity():
    """Near-frontal faces with noise of 1 % of the crop: Umeyama's matrix, and the crop's corners in the picture after OpenCV's RANSAC at 100 px."""
    random = np.random.default_rng(1)
    cases = []
    for i in range(300):
        name = list(TEMPLATES)[i % 2]
        to = np.array(TEMPLATES[name]) * 512 / TEMPLATE_SIZES[name]
        placed = SimilarityTransform(
            scale=random.uniform(0.1, 3), rotation=random.uniform(-0.7, 0.7), translation=random.uniform(-500, 4000, 2)
        )
        noise = random.normal(0, 0.01 * 512, (5, 2))
        points = placed(to + noise).round(3).astype(np.float32)
        umeyama = SimilarityTransform.from_estimate(points.astype(float), to.astype(float)).params[:2]
        ransac, inliers = cv2.estimateAffinePartial2D(points, to.astype(np.float32), method=cv2.RANSAC, ransacReprojThreshold=100)
        assert inliers.all()
        cases.append({
            "template": name,
            "points": [round(float(v), 3) for v in points.ravel()],
            "umeyama": umeyama.ravel().tolist(),
            "ransac": ransac.ravel().tolist(),
        })
    write("similarity", cases)


def warp():
    sources = {"wide": (128, 96), "tall": (61, 100)}
    cases, results = [], []
    for scale, degrees, tx, ty, source, constant in [
        (1.0, 0, 0, 0, "wide", None),
        (1.0, 0, 0.5, -0.25, "wide", None),
        (2.7, 13, -60.3, -81.7, "wide", None),
        (0.6, -28, 5.5, 21.25, "wide", None),
        (0.85, 90, 71.0, -3.0, "tall", None),
        (1.3, 200, 90.0, 80.5, "tall", None),
        (0.75, 45, 31.0, -10.0, "tall", (135, 133, 132)),
        (1.9, -7, -40.0, 12.0, "wide", (255, 0, 40)),
        (0.63, 3, 400.0, 17.0, "wide", None),
    ]:
        width, height = 72, 64
        border = {"borderMode": cv2.BORDER_REPLICATE}
        if constant:
            border = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": constant}
        crop = cv2.warpAffine(picture(*sources[source]), matrix(scale, degrees, tx, ty), (width, height), flags=cv2.INTER_LINEAR, **border)
        cases.append({
            "source": sources[source], "scale": scale, "degrees": degrees, "translation": [tx, ty],
            "size": [width, height], "constant": constant,
        })
        results.append(crop)
    write("warp", cases, results)


def box_mask(width, height, blur, padding):
    """facefusion's box mask (anchors: amount, edge, sigma), rows before columns."""
    amount = int(min(width, height) * 0.5 * blur)
    edge = max(amount // 2, 1)
    top, right, bottom, left = padding
    mask = np.ones((height, width), np.float32)
    mask[: max(edge, int(height * top / 100)), :] = 0
    mask[-max(edge, int(height * bottom / 100)) :, :] = 0
    mask[:, : max(edge, int(width * left / 100))] = 0
    mask[:, -max(edge, int(width * right / 100)) :] = 0
    return cv2.GaussianBlur(mask, (0, 0), amount * 0.25) if amount > 0 else mask


def mask():
    cases, results = [], []
    for size, blur, padding in [
        ((64, 64), 0.3, (0, 0, 0, 0)),
        ((64, 64), 0.0, (0, 0, 0, 0)),
        ((64, 64), 1.0, (10, 0, 25, 5)),
        ((128, 128), 0.3, (0, 0, 0, 0)),
        ((112, 112), 0.7, (0, 33, 0, 0)),
        ((96, 64), 0.5, (0, 20, 10, 0)),
        ((40, 70), 0.1, (50, 50, 50, 50)),
        ((256, 256), 0.3, (1, 2, 3, 4)),
        ((512, 512), 0.3, (0, 0, 0, 0)),
    ]:
        values = box_mask(*size, blur, padding)
        cases.append({"size": size, "blur": blur, "padding": padding, "rows": [0, size[1] // 8, size[1] // 2]})
        results.append(values[cases[-1]["rows"]])
    write("mask", cases, results)


def plane(width, height):
    return picture(width, height, 1)[:, :, 0].astype(np.float32) / np.float32(255)


def gaussian():
    """Planes with OpenCV's own kernel length, which for floats is round(8σ + 1) | 1; pictures with the same."""
    cases, results = [], []
    for size, sigma in [((48, 40), 0.5), ((48, 40), 2.0), ((48, 40), 5.0), ((33, 47), 4.75), ((20, 9), 19.0), ((1, 7), 3.0)]:
        length = round(8 * sigma + 1) | 1
        cases.append({"size": size, "sigma": sigma})
        results.append(cv2.GaussianBlur(plane(*size), (0, 0), sigma).tobytes())
        results.append(cv2.GaussianBlur(picture(*size), (length, length), sigma).tobytes())
    GOLDEN.mkdir(parents=True, exist_ok=True)
    write("gaussian", cases, [np.frombuffer(r, np.uint8) for r in results])


def paste_back(frame, crop, mask, to_crop):
    """facefusion's paste, rounded instead of truncated."""
    height, width = crop.shape[:2]
    inverse = cv2.invertAffineTransform(to_crop)
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]]) @ inverse.T
    limit = frame.shape[1::-1]
    x1, y1 = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, limit)
    x2, y2 = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, limit)
    inverse[:, 2] -= x1, y1
    size = (int(x2 - x1), int(y2 - y1))
    weight = cv2.warpAffine(mask, inverse, size).clip(0, 1)[:, :, None]
    shown = cv2.warpAffine(crop, inverse, size, borderMode=cv2.BORDER_REPLICATE)
    pasted = frame.copy()
    pasted[y1:y2, x1:x2] = np.rint(frame[y1:y2, x1:x2] * (1 - weight) + shown * weight)
    return pasted, (int(x1), int(y1), size[0], size[1])


def paste():
    cases, results = [], []
    for scale, degrees, tx, ty, blur in [
        (1.0, 0, -20, -10, 0.3),
        (0.8, 11, -7.3, -9.9, 0.3),
        (0.5, -33, 12.0, 30.0, 0.5),
        (1.6, 120, 90.0, 10.0, 0.3),
        (0.7, 5, 20.5, 25.0, 0.0),
        (1.9, -2, -40.0, -61.0, 1.0),
    ]:
        width, height = 64, 64
        to_crop = matrix(scale, degrees, tx, ty)
        crop = 255 - picture(width, height)
        pasted, box = paste_back(picture(96, 80), crop, box_mask(width, height, blur, (0, 0, 0, 0)), to_crop)
        cases.append({
            "frame": (96, 80), "crop": (width, height), "blur": blur,
            "scale": scale, "degrees": degrees, "translation": [tx, ty], "box": box,
        })
        results.append(pasted)
    write("paste", cases, results)


def resize():
    filters = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA, "nearest": cv2.INTER_NEAREST_EXACT}
    cases, results = [], []
    for source, size, name in [
        ((96, 80), (48, 40), "area"),
        ((96, 80), (37, 29), "area"),
        ((96, 80), (96, 7), "area"),
        ((101, 67), (64, 64), "area"),
        ((96, 80), (37, 29), "bilinear"),
        ((96, 80), (48, 40), "bilinear"),
        ((41, 23), (80, 64), "bilinear"),
        ((64, 64), (64, 64), "bilinear"),
        ((41, 23), (82, 69), "nearest"),
    ]:
        cases.append({"source": source, "size": size, "filter": name})
        results.append(cv2.resize(picture(*source), size, interpolation=filters[name]))
    write("resize", cases, results)


if __name__ == "__main__":
    for make in (similarity, warp, mask, gaussian, paste, resize):
        make()
