"""Golden pictures of InstantID's keypoints, as its own pipeline draws them with OpenCV.

Makes tests/golden/keypoints: cases.json, and the pictures as 8-bit RGB PNG. A case names its canvas, the five points
of every face (image-left eye, image-right eye, nose, image-left mouth corner, image-right mouth corner; float32), and
the picture and the place in it, `left` and `top`, where its drawing stands.
Packages: numpy 2.4, opencv-python-headless 5.0 (4.10 draws the same), pillow 13.
Run: python tests/reference/keypoints.py

The drawing: black; every point but the nose is joined to the nose by an ellipse in the point's colour, of half axes
int(length / 2) and 4 about int(mean of both points), turned by int(degrees(atan2(y − y of nose, x − x of nose))), which
cv2.ellipse2Poly makes a polygon of with a corner a degree and cv2.fillConvexPoly fills; the whole canvas times 0.6, cut to
whole numbers; then a full disc of radius 10 in its colour at int(x), int(y) of every point. int cuts towards zero. The
lengths and the means are computed in float32, the points' own type, and the angle in float64.
The reference draws one face. Of several, all ellipses come first, face by face, then the 0.6, then all discs.
"""

import json
import math
import shutil
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "keypoints"

COLORS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255))
NOSE = 2
FACE = np.array([[-20, -18], [20, -18], [0, 4], [-16, 25], [16, 25]], np.float64)  # about its middle, eyes 40 apart
TILE, ACROSS, DOWN = 64, 8, 6  # of the sheet of random faces


def draw(width, height, faces):
    canvas = np.zeros((height, width, 3))
    for points in faces:
        for i in (0, 1, 3, 4):
            (x, y), (nose_x, nose_y) = points[i], points[NOSE]
            length = ((x - nose_x) ** 2 + (y - nose_y) ** 2) ** 0.5
            angle = math.degrees(math.atan2(y - nose_y, x - nose_x))
            middle = int(np.mean(points[[i, NOSE], 0])), int(np.mean(points[[i, NOSE], 1]))
            polygon = cv2.ellipse2Poly(middle, (int(length / 2), 4), int(angle), 0, 360, 1)
            cv2.fillConvexPoly(canvas, polygon, COLORS[i])
    canvas = (canvas * 0.6).astype(np.uint8)
    for points in faces:
        for (x, y), color in zip(points, COLORS, strict=True):
            cv2.circle(canvas, (int(x), int(y)), 10, color, -1)
    return canvas


def face(x, y, scale=1.0, degrees=0.0, yaw=0.0):
    """Five points about a middle; `yaw` from 0 to 90 degrees brings the eyes and the mouth's corners together."""
    turn, side = np.radians(degrees), np.radians(yaw)
    points = FACE * (np.cos(side), 1)
    points[NOSE, 0] += 18 * np.sin(side)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return (points @ rotation * scale + (x, y)).astype(np.float32)


def named():
    """Name, size of the canvas and faces of every case with a picture of its own."""
    yield "frontal", (160, 160), [face(80, 80)]
    yield "tilted", (160, 160), [face(80, 80, degrees=30)]
    yield "upside_down", (160, 160), [face(80, 80, degrees=170)]
    yield "lying", (160, 160), [face(80, 80, degrees=-90)]
    yield "half_profile", (160, 160), [face(80, 80, 1.4, yaw=55)]
    yield "profile", (160, 160), [face(80, 80, 1.4, 8, yaw=89)]
    yield "partly_outside", (160, 120), [face(148, 104, 1.2)]
    yield "negative", (120, 160), [np.array([[-14.5, 3.75], [-0.5, -0.5], [-6, 20], [-31, 44], [30, 47]], np.float32)]
    yield "eyes_above", (160, 100), [face(80, 12, 1.5, 12)]
    yield "far_outside", (96, 96), [face(-900, 5000), face(40, 40)]
    yield "tiny_face", (96, 64), [face(40, 30, 0.1)]
    yield "smallest_face", (48, 48), [face(24, 24, 0.02)]
    yield "large_face", (160, 120), [face(80, 60, 4.0, -7)]
    yield "vast_face", (120, 160), [np.array([[-400.5, -300], [900, -250], [60.25, 100.5], [-350, 600], [2e4, 8e3]], np.float32)]
    yield "fractional", (160, 160), [np.array([[58.999, 60.5], [101.25, 61.0001], [80.75, 84.5], [63.5, 107.9375],
                                              [97.0625, 106.49]], np.float32)]
    yield "zero_length", (160, 160), [np.array([[80, 84], [104, 60], [80, 84], [80, 84.25], [80.75, 84]], np.float32)]
    yield "one_point", (64, 64), [np.full((5, 2), 31.5, np.float32)]
    yield "straight", (160, 160), [np.array([[20, 80], [140, 80], [80, 80], [80, 20], [80, 140]], np.float32)]
    yield "diagonal", (160, 160), [np.array([[30, 30], [130, 30], [80, 80], [30, 130], [130, 130]], np.float32)]
    yield "wide", (320, 80), [face(210, 40, 0.8, 4)]
    yield "tall", (80, 320), [face(40, 200, 0.8, -4)]
    yield "one_pixel", (1, 1), [face(0, 0)]
    yield "one_row", (200, 1), [face(100, 0, 2.0)]
    yield "full_size", (1016, 1016), [face(530, 470, 5.3, 9.5)]
    yield "two_faces", (240, 160), [face(70, 80), face(170, 76, 0.9, -14)]
    yield "overlapping_faces", (200, 160), [face(80, 80, 1.2), face(110, 90, 1.1, 25), face(130, 60, 0.5, 180)]
    yield "no_face", (32, 24), []


def sheet():
    """Random faces, a tile each: of all sizes and turns, and a third of them five points anywhere about the tile."""
    random = np.random.default_rng(5)
    for _ in range(ACROSS * DOWN):
        if random.random() < 0.33:
            yield random.uniform(-0.3 * TILE, 1.3 * TILE, (5, 2)).astype(np.float32)
        else:
            x, y = random.uniform(0.3 * TILE, 0.7 * TILE, 2)
            yield face(x, y, 2 ** random.uniform(-2, 0.7), random.uniform(-180, 180), random.uniform(0, 90))


def entry(name, width, height, faces, picture, left=0, top=0):
    points = [[[float(str(value)) for value in point] for point in points] for points in faces]
    return {"name": name, "width": width, "height": height, "faces": points, "picture": picture, "left": left, "top": top}


def main():
    shutil.rmtree(GOLDEN, ignore_errors=True)
    GOLDEN.mkdir(parents=True)
    cases = []
    for name, (width, height), faces in named():
        picture = f"{name}.png"
        Image.fromarray(draw(width, height, faces)).save(GOLDEN / picture, optimize=True)
        cases.append(entry(name, width, height, faces, picture))
    tiles = np.zeros((DOWN * TILE, ACROSS * TILE, 3), np.uint8)
    for i, points in enumerate(sheet()):
        top, left = divmod(i, ACROSS)
        tiles[top * TILE :, left * TILE :][:TILE, :TILE] = draw(TILE, TILE, [points])
        cases.append(entry(f"random_{i}", TILE, TILE, [points], "random.png", left * TILE, top * TILE))
    Image.fromarray(tiles).save(GOLDEN / "random.png", optimize=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (GOLDEN / "cases.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
