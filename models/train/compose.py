"""Training pictures for the detector: portraits pasted over scenes without a face, with labels.

A picture is [SIZE, SIZE, 3] BGR; its labels are [n, 15]: x, y, w, h, five points, 1 to be
learned or 0 to be ignored. Decoys, pasted just as faces are but with something else inside, teach
that an oval patch or a sharp edge is not yet a face.
"""
import cv2
import numpy as np

import scenes
import world

SIZE = 320
SMALLEST, LARGEST = 10, 300
GRAIN = np.random.default_rng(0).standard_normal(4 * SIZE * SIZE * 3, np.float32)


class Sitter:
    """A portrait at halving sizes, so that small faces are pasted without aliasing."""

    def __init__(self, image, box, points):
        self.box, self.points, self.levels = box, points, [image]
        while min(self.levels[-1].shape[:2]) > 24:
            self.levels.append(cv2.resize(self.levels[-1], None, fx=.5, fy=.5, interpolation=cv2.INTER_AREA))

    def level(self, scale):
        """(image, its scale) just above what `scale` needs."""
        index = int(np.clip(np.floor(-np.log2(max(scale, 1e-3)) + .3), 0, len(self.levels) - 1))
        return self.levels[index], self.levels[index].shape[1] / self.levels[0].shape[1]


def turned(portrait, angle):
    """The portrait as if the head were a cylinder turned by `angle` radians: a rough other yaw."""
    x, y, w, h = portrait.box
    centre, radius = x + w / 2, .62 * w
    columns = np.arange(portrait.image.shape[1], dtype=np.float32)
    wanted = np.clip((columns - centre) / radius, -1, 1)
    phi = np.clip(np.arcsin(wanted) - angle, -np.pi / 2, np.pi / 2)
    source = centre + radius * np.sin(phi) + np.where(np.abs(columns - centre) > radius, columns - centre - radius * wanted, 0)
    rows = np.arange(portrait.image.shape[0], dtype=np.float32)
    grid = np.meshgrid(source.astype(np.float32), rows)
    image = cv2.remap(portrait.image, *grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def moved(column):
        phi = np.arcsin(np.clip((column - centre) / radius, -1, 1)) + angle
        return centre + radius * np.sin(np.clip(phi, -np.pi / 2, np.pi / 2))
    points = portrait.points.copy()
    points[:, 0] = moved(points[:, 0])
    left, right = moved(np.array([x, x + w]))
    return Sitter(image, np.array([left, y, right - left, h]), points)


def sitters(portraits, rng, widest=.65):
    """Every portrait as it is and turned to either side, by up to `widest` radians."""
    plain = [Sitter(p.image, p.box, p.points) for p in portraits]
    return plain + [turned(p, sign * rng.uniform(.2, widest)) for p in portraits for sign in (-1, 1)]


def decoys(people, pictures, rng, count=800):
    """Sitters without a face: scenes, drawings, cartoons, bare skin, reliefs, blotted portraits, framed as a face is."""
    made = []
    for _ in range(count):
        person, draw = people[rng.integers(len(people))], rng.random()
        if draw < .3:
            image = scenes.crop(pictures[rng.integers(len(pictures))], rng, 275)
        elif draw < .55:
            image = scenes.drawn(rng, 275)
        elif draw < .7:
            image = (world.cartoon if rng.random() < .5 else world.limbs)(rng, 275)
        else:
            image = cv2.resize(blotted(person, rng), (275, 275))
        if rng.random() < .45:
            grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
            depth = cv2.GaussianBlur(grey, (0, 0), rng.uniform(.8, 6))
            relief = cv2.filter2D(depth, -1, np.rot90(np.float32([[-2, -1, 0], [-1, 0, 1], [0, 1, 2]]), rng.integers(4)))
            relief = relief * rng.uniform(15, 50) / (relief.std() + 1e-3) + rng.uniform(60, 200)
            image = cv2.cvtColor(np.clip(relief, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)
        made.append(Sitter(np.ascontiguousarray(image[:, 25:250]), person.box, person.points))
    return made


def light(x, rng):
    """Other exposure, colour, contrast, side light; sometimes grey."""
    x = x.astype(np.float32)
    if rng.random() < .15:
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    gain = rng.uniform(.35, 1.4) * np.exp(rng.normal(0, .08, 3)) if rng.random() < .7 else np.ones(3)
    if rng.random() < .3:
        angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0, .8)
        v, u = (np.linspace(-depth, depth, n, dtype=np.float32) for n in x.shape[:2])
        gain = gain * (1 + np.add.outer(v * np.sin(angle), u * np.cos(angle)))[..., None]
    if rng.random() < .2:
        x = 255 * (np.clip(x, 0, 255) / 255) ** np.exp(rng.normal(0, .35))
    return np.clip(x * gain.astype(np.float32), 0, 255)


def pose(sitter, rng, size, middle=None, calm=False):
    """2×3 matrix from portrait to picture: place, scale, turn, shear, aspect, mirror; `middle` is about where."""
    angle = rng.normal(0, 7 if calm else 15) if calm or rng.random() < .92 else rng.uniform(-90, 90)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    x, y, w, h = sitter.box
    wide, slant = (1.1, .05) if calm else (1.25, .15)
    aspect = np.sqrt(rng.uniform(1 / wide, wide))
    shape = np.array([[aspect, rng.uniform(-slant, slant)], [0, 1 / aspect]])
    if mirrored := rng.random() < .5:
        shape = shape @ np.diag([-1., 1.])
    linear = np.array([[c, -s], [s, c]]) @ shape * size / np.sqrt(w * h)
    middle = rng.uniform(-.1 * size, SIZE + .1 * size, 2).clip(2, SIZE - 2) if middle is None else middle
    shift = middle - linear @ np.array([x + w / 2, y + h / 2])
    return np.column_stack([linear, shift]), mirrored


def label(sitter, matrix, mirrored):
    """The moved box (around its ellipse) and points, in image order after a mirroring."""
    x, y, w, h = sitter.box
    linear, shift = matrix[:, :2], matrix[:, 2]
    centre = linear @ np.array([x + w / 2, y + h / 2]) + shift
    half = np.sqrt((linear[:, 0] * w / 2) ** 2 + (linear[:, 1] * h / 2) ** 2)
    points = sitter.points @ linear.T + shift
    points = points[[1, 0, 2, 4, 3]] if mirrored else points
    return np.concatenate([centre - half, 2 * half, points.ravel(), [1.]])


def mask(shape, box, kind, rng):
    """Where the portrait shows: its face's ellipse, the head's, or all of it."""
    alpha = np.zeros(shape[:2], np.float32)
    x, y, w, h = box
    if kind == 2:
        edge = max(1, round(min(shape[:2]) * .03))
        alpha[edge:-edge, edge:-edge] = 1
    else:
        grow = (1.05, 1.1) if kind == 0 else (1.5, 1.5)
        centre = (int(x + w / 2), int(y + h / 2 - (0 if kind == 0 else .08 * h)))
        cv2.ellipse(alpha, centre, (int(w / 2 * grow[0]), int(h / 2 * grow[1])), 0, 0, 360, 1., -1)
    soft = max(1, min(shape[:2]) * rng.uniform(.005, .04))
    return cv2.GaussianBlur(alpha, (0, 0), soft)


def hide(face, box, points, rng):
    """Something in front of part of the face: a disc, a bar, dark glasses, a covered mouth."""
    x, y, w, h = box
    draw, colour = rng.random(), rng.uniform(0, 255, 3).tolist()
    if draw < .35:
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(.45, .7)
        centre = (int(x + w * (.5 + far * np.cos(angle))), int(y + h * (.5 + far * np.sin(angle))))
        cv2.circle(face, centre, int(w * rng.uniform(.15, .4)), colour, -1)
    elif draw < .6:
        low, high = points[:2].mean(0) - [w * .4, h * .09], points[:2].mean(0) + [w * .4, h * .1]
        cv2.rectangle(face, np.int32(low).tolist(), np.int32(high).tolist(), (np.array(colour) * .3).tolist(), -1)
    elif draw < .8:
        top = (points[2] + points[3:].mean(0)) / 2
        cv2.rectangle(face, (int(x), int(top[1])), (int(x + w), int(y + h * 1.05)), colour, -1)
    else:
        start, end = rng.uniform(0, 1, (2, 2)) * [w, h] + [x, y]
        cv2.line(face, np.int32(start).tolist(), np.int32(end).tolist(), colour, max(1, int(w * rng.uniform(.02, .12))))
    return face


def paste(canvas, labels, sitter, rng, size, decoy=False, middle=None, calm=False):
    """Paste one face or decoy (its last label is −1); faces that it hides are set to be ignored."""
    matrix, mirrored = pose(sitter, rng, size, middle, calm)
    face = label(sitter, matrix, mirrored)
    for other in labels:
        reach = np.minimum(face[:2] + face[2:4], other[:2] + other[2:4]) - np.maximum(face[:2], other[:2])
        if (reach > 0).all() and reach.prod() > .15 * min(face[2:4].prod(), other[2:4].prod()):
            return
    image, scale = sitter.level(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    box, points = sitter.box * scale, sitter.points * scale
    front = light(image, rng)
    if not decoy and rng.random() < (.1 if calm else .25):
        front = world.wear(front, points, rng)
    if not calm and rng.random() < .15:
        front = hide(front, box, points, rng)
    if not calm and rng.random() < .06:
        front *= np.float32(rng.uniform(.15, .4))
    alpha = mask(image.shape, box, rng.choice(3, p=[.3, .25, .45]), rng)
    matrix = matrix @ np.diag([1 / scale, 1 / scale, 1])
    height, width = image.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    x0, y0 = np.floor(corners.min(0)).astype(int).clip(0, SIZE)
    x1, y1 = np.ceil(corners.max(0)).astype(int).clip(0, SIZE)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    matrix[:, 2] -= x0, y0
    window = canvas[y0:y1, x0:x1]
    front = cv2.warpAffine(front, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(alpha, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    window += ((front - window) * alpha[..., None])
    for other in labels:
        a, b = np.maximum(other[:2] - (x0, y0), 0).astype(int), (other[:2] + other[2:4] - (x0, y0)).astype(int)
        if (b > a).all() and (over := alpha[a[1]:b[1], a[0]:b[0]]).size:
            if over.sum() > .3 * other[2:4].prod():
                other[14] = min(other[14], 0)
    seen = np.minimum(face[:2] + face[2:4], SIZE) - np.maximum(face[:2], 0)
    face[14] = -1 if decoy else seen.prod() > .5 * face[2:4].prod()
    labels.append(face)


def blotted(portrait, rng):
    """A portrait whose face is gone: covered, smeared, cut into shuffled pieces; or clothes only."""
    image, (x, y, w, h) = portrait.levels[0].copy(), np.int32(portrait.box)
    kind = rng.integers(5)
    if kind == 0:
        cv2.ellipse(image, (int(x + w // 2), int(y + h // 2)), (int(w * .56), int(h * .62)), 0, 0, 360,
                    rng.uniform(0, 255, 3).tolist(), -1)
    elif kind == 1:
        grown = image[max(0, y - h // 12):y + h + h // 12, max(0, x - w // 10):x + w + w // 10]
        grown[:] = cv2.resize(rng.integers(0, 256, (rng.integers(2, 12),) * 2 + (3,), np.uint8), grown.shape[1::-1])
    elif kind == 2:
        cut = rng.integers(5, 10)
        a = cv2.resize(image, (cut * 36, cut * 36)).reshape(cut, 36, cut, 36, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 36, 36, 3)
        a = a[rng.permutation(cut * cut)].reshape(cut, cut, 36, 36, 3).transpose(0, 2, 1, 3, 4)
        image = a.reshape(cut * 36, cut * 36, 3)
    elif kind == 3:
        image = image[y + int(h * 1.12):]
    else:
        part, half = portrait.points[rng.integers(5)], rng.uniform(.14, .24) * w
        a, b = np.int32(part - half).clip(0), np.int32(part + half)
        image = image[a[1]:b[1], a[0]:b[0]]
    return image if min(image.shape[:2]) >= 8 else portrait.levels[0][-40:]


def collage(people, rng):
    """Face-free pieces of portraits, strewn over a drawn picture."""
    canvas = scenes.drawn(rng, SIZE)
    for _ in range(rng.integers(1, 7)):
        piece = blotted(people[rng.integers(len(people))], rng)
        width = int(np.exp(rng.uniform(np.log(24), np.log(SIZE))))
        height = int(np.clip(width * piece.shape[0] / piece.shape[1], 8, SIZE))
        piece = light(cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA), rng)
        x, y = rng.integers(0, SIZE - width + 1), rng.integers(0, SIZE - height + 1)
        canvas[y:y + height, x:x + width] = piece
    return canvas


def empty(people, pictures, rng):
    """A picture without a face, uint8."""
    draw = rng.random()
    if draw < .5:
        canvas = scenes.crop(pictures[rng.integers(len(pictures))], rng, SIZE)
        if rng.random() < .15:
            canvas = (scenes.shapes if rng.random() < .5 else scenes.writing)(rng, SIZE, canvas)
        return canvas
    return collage(people, rng) if draw < .75 else scenes.drawn(rng, SIZE)


def finish(canvas, rng):
    """What happens to the whole picture: light, blur, noise, JPEG, grey."""
    if rng.random() < .3:
        canvas = canvas * rng.uniform(.5, 1.3) + rng.uniform(-20, 20)
    if rng.random() < .3:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(.3, 2))
    if rng.random() < .3:
        start = rng.integers(0, GRAIN.size - canvas.size)
        canvas = canvas + GRAIN[start:start + canvas.size].reshape(canvas.shape) * np.float32(rng.uniform(1, 16))
    if rng.random() < .25:
        canvas = cv2.cvtColor(cv2.cvtColor(canvas.astype(np.float32), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    canvas = np.clip(canvas, 0, 255).astype(np.uint8)
    if rng.random() < .3:
        coded = cv2.imencode('.jpg', canvas, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(30, 95))])[1]
        canvas = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return canvas


def places(rng, smallest):
    """(size, middle) of the faces of one picture: anywhere and of any size, or in rows as in a group."""
    if rng.random() < .75:
        count = rng.integers(1, 10) if rng.random() < .85 else 0
        return [(np.exp(rng.uniform(np.log(smallest), np.log(LARGEST))), None) for _ in range(count)]
    size = np.exp(rng.uniform(np.log(1.4 * smallest), np.log(80)))
    step, made = size * rng.uniform(1.4, 2.6, 2), []
    for y in np.arange(rng.uniform(.4, 1.5) * size, SIZE, step[1]):
        for x in np.arange(rng.uniform(0, 1) * size, SIZE, step[0]):
            if rng.random() < .8:
                made.append((size * np.exp(rng.normal(0, .1)), np.array([x, y]) + rng.normal(0, .15 * size, 2)))
    return [made[i] for i in rng.permutation(len(made))[:20]]


def compose(people, others, pictures, rng):
    """One training picture and its labels [n, 15]; one in nine has no face, half have decoys, half are calm.

    In calm ones people sit upright and in fair light, as in most photographs, and are not tiny.
    """
    canvas, labels, calm = empty(people, pictures, rng).astype(np.float32), [], rng.random() < .5
    faces = [(False, *place) for place in places(rng, 2.4 * SMALLEST if calm else SMALLEST)]
    false = rng.integers(1, 6) if rng.random() < .5 else 0
    faces += [(True, np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))), None) for _ in range(false)]
    for i in rng.permutation(len(faces)):
        decoy, size, middle = faces[i]
        group = others if decoy else people
        paste(canvas, labels, group[rng.integers(len(group))], rng, size, decoy, middle, calm)
    labels = [face for face in labels if face[14] >= 0]
    return finish(canvas if calm else world.shot(canvas, rng), rng), np.array(labels, np.float32).reshape(-1, 15)
