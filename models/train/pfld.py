"""The PFLD landmark contract in numpy: the crop, the points, a runnable landmarker.

98 points in the order of WFLW: 0–32 jaw, 33–41 and 42–50 brows, 51–59 nose, 60–67 and 68–75 eyes,
76–95 lips, 96 and 97 pupils. Serves the teacher (PFLD GhostOne) and the network trained here alike.
"""
import cv2
import numpy as np
import onnxruntime as ort

SIZE, POINTS = 112, 98

SCALE, DOWN = 1., .1
"""The crop's side and how far its centre lies below the box's, both in longer sides of the box."""

EDGE = .5
"""Networks count from the crop's edge, pixels from the centre of the first one."""

FIVE = [96, 97, 54, 76, 82]
"""Eyes, nose and mouth corners among the 98 points."""

OUTER_EYES = 60, 72
"""The eye corners between which the inter-ocular distance is measured."""

MIRROR = np.array([*range(32, -1, -1), *range(46, 41, -1), *range(50, 46, -1), *range(37, 32, -1), *range(41, 37, -1),
                   *range(51, 55), *range(59, 54, -1), *range(72, 67, -1), *range(75, 72, -1), *range(64, 59, -1),
                   *range(67, 64, -1), *range(82, 75, -1), *range(87, 82, -1), *range(92, 87, -1), *range(95, 92, -1),
                   97, 96])
"""Where each point's mirror image is found."""


def crop(box, eyes, scale=SCALE, down=DOWN, turn=0., shift=(0., 0.)):
    """2×3 matrix from picture to crop: a square on the box, the eyes' line level.

    `turn` (degrees) and `shift` (sides of the crop) move the crop away from that.
    """
    x, y, w, h = box[:4]
    longest = max(w, h)
    dx, dy = eyes[1] - eyes[0]
    angle = np.arctan2(dy, dx) + np.radians(turn)
    c, s = np.cos(angle), np.sin(angle)
    linear = np.array([[c, s], [-s, c]]) * SIZE / (scale * longest)
    middle = SIZE * (np.array([.5, .5 - down / scale]) - shift)
    return np.column_stack([linear, middle - linear @ [x + w / 2, y + h / 2]])


def around(points, scale, turn):
    """2×3 matrix of a crop `scale` times as large as the points' extent, centred on them, turned by `turn` degrees."""
    eyes = points[list(OUTER_EYES)]
    rotation = crop((0, 0, SIZE, SIZE), eyes, 1., 0., turn)[:, :2]
    level = points @ rotation.T
    low, high = level.min(0), level.max(0)
    side = max(high - low)
    x, y = (low + high) / 2 @ rotation - side / 2
    return crop((x, y, side, side), eyes, scale, 0., turn)


def cut(image, matrix):
    """The crop, [SIZE, SIZE, 3] uint8 BGR; a picture much larger than the crop is smoothed before."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale < .6:
        image = cv2.GaussianBlur(image, (0, 0), .35 / scale)
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)


def back(matrix, points):
    """Points of the crop as points of the picture."""
    return np.linalg.solve(matrix[:, :2], (points - matrix[:, 2]).T).T


def tensor(crops):
    """BGR uint8 crops to [n, 3, SIZE, SIZE] in 0..1."""
    return np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2), dtype=np.float32) / 255


class Pfld:
    """A landmark file with PFLD's contract."""

    def __init__(self, path, threads=1):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])

    def crops(self, crops):
        """Points of each crop, [n, 98, 2] in pixels of the crop."""
        each = [self.session.run(None, {'input': tensor([c])})[0] for c in crops]
        return np.concatenate(each).reshape(-1, POINTS, 2) * SIZE - EDGE

    def points(self, image, box, eyes):
        """Points of a face in a BGR picture, [98, 2]."""
        matrix = crop(box, eyes)
        return back(matrix, self.crops([cut(image, matrix)])[0])

    def steady(self, image, box, eyes):
        """Points averaged over crops of three sizes and three turns around a first estimate, each also mirrored."""
        first, found = self.points(image, box, eyes), []
        for scale in (1.15, 1.25, 1.35):
            for turn in (-8., 0., 8.):
                matrix = around(first, scale, turn)
                plain = cut(image, matrix)
                straight, mirrored = self.crops([plain, plain[:, ::-1]])
                mirrored = mirrored[MIRROR] * [-1, 1] + [SIZE - 1, 0]
                found += [back(matrix, straight), back(matrix, mirrored)]
        return np.mean(found, 0)
