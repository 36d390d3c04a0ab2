"""The figures in the detector's card: what `evaluate.py detect` prints, beside YuNet-n's own.

Every threshold table gives counts; every other figure is at the model's default threshold and at
YuNet-n's usual .7. A face is found at an IoU of at least .4.
"""
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

import compose
import portraits
import scenes
import skin
import world
from measure import astronaut, dlib_pictures, hopper, introduce
from yunet import Yunet, iou

THRESHOLDS = .4, .45, .5, .55, .6, .65, .7, .75, .8, .85
FOUND, SURE, USUAL = .4, .8, .7
"""The least IoU of a face found; YuNet-n's scores for a face that counts as there, and for use."""
EDGES = 10, 16, 24, 40, 80, 160, 301


def pairs(found, boxes):
    """(detection, box) indices, one to one, best IoU first, down to `FOUND`."""
    table, made = iou(found[:, :4], boxes[:, :4]), []
    while table.size and table.max() >= FOUND:
        i, j = np.unravel_index(table.argmax(), table.shape)
        table[i], table[:, j] = -1, -1
        made.append((i, j))
    return made


def matched(found, boxes):
    """How many of `boxes` have a detection of their own."""
    return len(pairs(found, boxes))


def above(faces, threshold):
    return faces[faces[:, 14] >= threshold]


def counts(pictures, net, measure):
    """`measure(faces above the threshold, labels)` summed over (picture, labels), a threshold a column."""
    seen = [(net.detect(image, min(THRESHOLDS)), labels) for image, labels in pictures]
    return [sum(measure(above(f, t), labels) for f, labels in seen) for t in THRESHOLDS]


def table(title, rows):
    print(f'\n{title}\n{"threshold":36s}' + ''.join(f'{t:6.2f}' for t in THRESHOLDS))
    for name, values in rows:
        print(f'{name:36s}' + ''.join(f'{v:6.0f}' for v in values))


def photographs(args, teacher):
    """Name of a set to its (picture, faces [n, 4 or more]): boxes by hand for dlib, YuNet-n's sure ones elsewhere."""
    sets = {'astronaut': [astronaut()], 'grace hopper': [hopper()]}
    if args.solvay:
        sets['solvay'] = [cv2.imread(args.solvay)]
    sets = {name: [(image, teacher.detect(image, SURE)) for image in images] for name, images in sets.items()}
    if args.dlib:
        sets['dlib'] = list(dlib_pictures(args.dlib))
    for name, given in (('dlib set', args.dlib), ('solvay photograph', args.solvay)):
        if not given:
            print(f'{name}: skipped, not given')
    return sets


def recall(net, sets):
    rows = []
    for name, pictures in sets.items():
        total = sum(len(faces) for _, faces in pictures)
        rows += [(f'{name}, of {total} faces', counts(pictures, net, matched)),
                 (f'{name}, other detections', counts(pictures, net, lambda f, b: len(f) - matched(f, b)))]
    table('real photographs', rows)


def false_alarms(net):
    rows, total = [], 0
    for title, names in (('trained on', scenes.TRAINED), ('unseen', scenes.UNSEEN)):
        each = [(n, np.array(counts([(scenes.read(n), None)], net, lambda f, _: len(f)))) for n in names]
        rows += [(f'{title}: {n}', c) for n, c in each if c.any()]
        total = total + sum(c for _, c in each)
    table('false alarms', rows + [(f'all {len(scenes.TRAINED + scenes.UNSEEN)} pictures', total)])


def misses(found, wanted):
    """Mean distance of the five points over the distance of the eyes, for each of `wanted` that is found."""
    off = [np.linalg.norm((found[i, 4:14] - wanted[j, 4:14]).reshape(5, 2), axis=1).mean()
           / np.hypot(*(wanted[j, 6:8] - wanted[j, 4:6])) for i, j in pairs(found, wanted)]
    return np.array(off)


def spread(off):
    if not len(off):
        return 'none found'
    return 'mean {:.1f} %, median {:.1f} %, worst {:.1f} %'.format(*(100 * f(off) for f in (np.mean, np.median, np.max)))


def aside(teacher, image, right=3, down=2):
    """What YuNet-n finds when the picture lies a few pixels off, in the picture's own pixels."""
    faces = teacher.detect(cv2.copyMakeBorder(image, down, 0, right, 0, cv2.BORDER_CONSTANT), min(THRESHOLDS))
    faces[:, [0, 4, 6, 8, 10, 12]] -= right
    faces[:, [1, 5, 7, 9, 11, 13]] -= down
    return faces


def points(net, teacher, sets, threshold):
    """How near the points are to YuNet-n's on the faces that it is sure of, and how near it stays to itself."""
    print('\npoints, off from YuNet-n by % of its distance of the eyes; its own on the same picture 3 px to the right and 2 down')
    every = []
    for name, pictures in sets.items():
        every.append(apart(net, teacher, [image for image, _ in pictures], threshold))
        report(name, every[-1])
    report('all', [np.concatenate(side) for side in zip(*every)])


def apart(net, teacher, images, threshold):
    """The misses of both against YuNet-n on the faces that it is sure of."""
    off = [], []
    for image in images:
        sure = teacher.detect(image, SURE)
        for side, found in zip(off, (above(net.detect(image, .4), threshold), aside(teacher, image))):
            side.append(misses(found, sure))
    return [np.concatenate(side) for side in off]


def report(name, sides):
    for whose, off in zip(('', ", YuNet-n's own"), sides):
        print(f'  {name}{whose}, {len(off)} faces: {spread(off)}')


class Tally:
    """Faces found of faces shown, by group, for this detector and for YuNet-n."""

    def __init__(self, net, teacher, threshold):
        self.nets, self.shown = [(net, threshold), (teacher, USUAL)], {}

    def show(self, image, faces, groups):
        """Counts the faces, each in its group; gives what each detector found."""
        made = [above(net.detect(image, .4), t) for net, t in self.nets]
        hits = [{j for _, j in pairs(found, faces)} for found in made]
        for j, group in enumerate(groups):
            count = self.shown.setdefault(group, np.zeros(3, int))
            count += [1, *(j in hit for hit in hits)]
        return made

    def print(self, title, order=None):
        print(f'\n{title}: found, and by YuNet-n')
        for group in order or self.shown:
            total, ours, theirs = self.shown.get(group, (0, 0, 0))
            print(f'  {group}: {ours} and {theirs} of {total}')


def composites(net, teacher, held, threshold, count=300):
    """Drawn-together pictures of held-out portraits over unseen scenes, as in training."""
    rng = np.random.default_rng(11)
    people, pictures = compose.sitters(held, rng), [scenes.read(n) for n in scenes.UNSEEN]
    others = compose.decoys(people, pictures, rng, 100)
    tally, extra, off, truth = Tally(net, teacher, threshold), np.zeros(2, int), [], [[], []]
    names = [f'{low} to {high - 1} px' for low, high in zip(EDGES, EDGES[1:])]
    for _ in range(count):
        image, labels = compose.compose(people, others, pictures, rng)
        shown = labels[labels[:, 14] > 0]
        sizes = np.searchsorted(EDGES, np.sqrt(shown[:, 2] * shown[:, 3]), 'right') - 1
        made = tally.show(image, shown, [names[min(max(i, 0), 5)] for i in sizes])
        extra += [int((iou(found[:, :4], labels[:, :4]).max(1, initial=0) < .3).sum()) for found in made]
        off.append(misses(made[0], above(made[1], SURE)))
        for side, found in zip(truth, made):
            side.append(misses(found, shown))
    tally.print(f'{count} composites of {len(held)} held-out portraits', names)
    everything = sum(tally.shown.values())
    print('  all: {:.1f} % and {:.1f} %; false alarms {} and {}'.format(*(100 * everything[1:] / everything[0]), *extra))
    print(f'  points, off from YuNet-n: {spread(np.concatenate(off))}')
    for name, side in zip(('points, off from the labels', "YuNet-n's"), truth):
        print(f'  {name}: {spread(np.concatenate(side))}')


def placed(sitter, rng, size, roll):
    """(picture, label) of one sitter, turned by `roll` degrees, in the middle of an unseen scene."""
    scene = scenes.read(scenes.UNSEEN[rng.integers(len(scenes.UNSEEN))])
    canvas = scenes.crop(scene, rng, compose.SIZE)
    x, y, w, h = sitter.box
    c, s = (f(np.radians(roll)) * size / np.sqrt(w * h) for f in (np.cos, np.sin))
    linear = np.array([[c, -s], [s, c]])
    matrix = np.column_stack([linear, np.full(2, compose.SIZE / 2) - linear @ np.array([x + w / 2, y + h / 2])])
    cv2.warpAffine(sitter.levels[0], matrix, (compose.SIZE,) * 2, canvas, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    return canvas, compose.label(sitter, matrix, False)[None]


def angles(net, teacher, held, threshold, size=72):
    """Recall by roll, and by yaw of a head turned as a cylinder."""
    rng = np.random.default_rng(12)
    for name, steps in (('roll', (0, 15, 30, 45, 60, 90)), ('yaw', (0, 15, 30, 45, 60))):
        tally = Tally(net, teacher, threshold)
        for portrait in held:
            for angle in steps:
                sign = rng.choice([-1, 1])
                yaw, roll = (0, sign * angle) if name == 'roll' else (np.radians(sign * angle), 0)
                tally.show(*placed(compose.turned(portrait, yaw), rng, size, roll), [f'{angle}°'])
        tally.print(f'{len(held)} held-out portraits at {size} px by {name}')


def sizes(net, teacher, held, threshold):
    """How near the points are on upright faces by their size."""
    rng = np.random.default_rng(14)
    print(f'\npoints on {len(held)} held-out portraits, upright on unseen scenes, measured as above')
    for size in (24, 36, 48, 72, 110):
        pictures = [placed(compose.turned(portrait, 0), rng, size, 0) for portrait in held]
        report(f'{size} px', apart(net, teacher, [image for image, _ in pictures], threshold))


def by_skin(net, teacher, held, threshold, times=8):
    """Recall by how light the skin looks, on faces of 12 to 120 px in the light and weather of training."""
    rng, tally = np.random.default_rng(13), Tally(net, teacher, threshold)
    pictures = [scenes.read(n) for n in scenes.UNSEEN]
    for name, group in skin.groups(held).items():
        for index in np.repeat(group, times):
            portrait = held[index]
            sitter = compose.Sitter(portrait.image, portrait.box, portrait.points)
            canvas, labels = scenes.crop(pictures[rng.integers(5)], rng, compose.SIZE).astype(np.float32), []
            size = np.exp(rng.uniform(np.log(12), np.log(120)))
            compose.paste(canvas, labels, sitter, rng, size, middle=rng.uniform(60, 260, 2))
            image = compose.finish(world.shot(canvas, rng), rng)
            tally.show(image, np.array(labels), [f'{name} ({len(group)} portraits)'])
    tally.print('by skin tone')


def latency(paths, side=640, rounds=30):
    """Milliseconds on one thread, the models in turn."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = [ort.InferenceSession(path, options, providers=['CPUExecutionProvider']) for path in paths]
    x = np.random.default_rng(0).uniform(0, 255, (1, 3, side, side)).astype(np.float32)
    times = np.array([[timed(session, x) for session in sessions] for _ in range(rounds)])[2:]
    for path, column in zip(paths, times.T):
        print(f'{Path(path).name}: {side}×{side} in {column.min():.1f} ms (fastest), {np.median(column):.1f} ms (median)')
    if len(paths) == 2:
        print('ratio {:.2f} (fastest), {:.2f} (median)'.format(*(f(times[:, 0]) / f(times[:, 1]) for f in (np.min, np.median))))


def timed(session, x):
    start = cv2.getTickCount()
    session.run(None, {'input': x})
    return 1e3 * (cv2.getTickCount() - start) / cv2.getTickFrequency()


def evaluate(args):
    threshold, net = float(introduce(args.model)['default_threshold']), Yunet(args.model)
    false_alarms(net)
    if args.teacher:
        teacher = Yunet(args.teacher)
        sets = photographs(args, teacher)
        recall(net, sets)
        points(net, teacher, sets, threshold)
        print('\nYuNet-n, for comparison')
        recall(teacher, sets)
        false_alarms(teacher)
    else:
        print('photographs and composites: skipped, they need --teacher')
    if args.teacher and args.portraits:
        held = portraits.split(portraits.load(args.portraits, args.teacher))[1]
        composites(net, teacher, held, threshold)
        angles(net, teacher, held, threshold)
        sizes(net, teacher, held, threshold)
        by_skin(net, teacher, held, threshold)
    print()
    latency([str(p) for p in (args.model, args.teacher) if p])
