"""The figures of the segmenter's card: how much its regions overlap the teachers' on held-out portraits."""
import cv2
import numpy as np
import onnxruntime as ort

import portraits
import scenes
import skin
from measure import introduce, latency, sheet
from mesh import Mesh
from occluders import occlude
from regions import FACE, HAIR, OCCLUDER, UNSURE
from segmenter import CLASSES, SIZE
from selfie import Selfie
from tensors import tensor
from train_segment import aligned, labels, overlaps, planes

SEED = 13
TINTS = np.array([[0, 0, 0], [0, 200, 0], [0, 0, 230], [230, 60, 0]])


class Regions:
    """The segmenter file on aligned BGR uint8 faces."""

    def __init__(self, path):
        self.session = ort.InferenceSession(str(path), providers=['CPUExecutionProvider'])

    def __call__(self, images):
        """[n, 256, 256] classes."""
        return np.concatenate([self.session.run(None, {'input': tensor([x]).numpy()})[0].argmax(1) for x in images])


def misaligned(portrait, parts, rng):
    """The face as a detector's less sure points would align it."""
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), rng.normal(0, 6), np.exp(rng.normal(0, .07)))
    turn[:, 2] += rng.normal(0, 5, 2)
    matrix = turn @ np.vstack([portraits.similarity(portrait.points, portraits.FFHQ, SIZE), [0, 0, 1]])
    image, parts = (cv2.warpAffine(x, matrix, (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
                    for x in (portrait.image, parts))
    return image, labels(parts)


def covered(people, kept, rng):
    """The aligned faces with something painted in front, and the labels cut accordingly."""
    pictures = [scenes.read(n) for n in scenes.UNSEEN]
    for portrait, (image, wanted) in zip(people, kept):
        matrix = portraits.similarity(portrait.points, portraits.FFHQ, SIZE)
        points = portrait.points @ matrix[:, :2].T + matrix[:, 2]
        x, hidden = occlude(image.astype(np.float32), points, rng, pictures)
        yield np.clip(np.rint(x), 0, 255).astype(np.uint8), np.where(hidden, OCCLUDER, wanted)


def told(title, found, wanted, names):
    """Prints the overlap of each class: the mean, the fifth part that is worst, the least."""
    for name in names:
        each = overlaps(found, wanted, CLASSES[name])
        each = each[~np.isnan(each)]
        print(f'  {title}, {name}: mean {each.mean():.4f}, worst fifth {np.sort(each)[:max(1, len(each) // 5)].mean():.4f}, '
              f'least {each.min():.4f} ({len(each)} pictures)')


def shown(image, found):
    return np.where((found > 0)[..., None] & (found != UNSURE)[..., None],
                    .6 * image + .4 * TINTS[np.minimum(found, OCCLUDER)], image).astype(np.uint8)


def cells(kept, found):
    """The first twenty pictures, each beside the teachers' regions and ours."""
    return [np.hstack([image, shown(image, wanted), shown(image, ours)]) for (image, wanted), ours in zip(kept[:20], found)]


def evaluate(args):
    introduce(args.model)
    net = Regions(args.model)
    if args.portraits and args.teacher and args.mesh and args.selfie:
        held = portraits.split(portraits.load(args.portraits, args.teacher))[1]
        mesh, selfie, rng = Mesh(args.mesh), Selfie(args.selfie), np.random.default_rng(SEED)
        parts = [planes(p, mesh, selfie) for p in held]
        kept = [aligned(p, x) for p, x in zip(held, parts)]
        found, wanted = net([x for x, _ in kept]), np.stack([y for _, y in kept])
        print(f"\n{len(held)} held-out portraits, intersection over union with the teachers' regions")
        told('as aligned', found, wanted, ('face', 'hair'))
        face, hair = (overlaps(found, wanted, name) for name in (FACE, HAIR))
        for name, members in skin.groups(held).items():
            print(f'    {name}, {len(members)}: face {face[members].mean():.4f}, least {face[members].min():.4f}, '
                  f'hair {np.nanmean(hair[members]):.4f}')
        moved = [misaligned(p, x, rng) for p, x in zip(held, parts)]
        told('badly aligned', net([x for x, _ in moved]), np.stack([y for _, y in moved]), ('face', 'hair'))
        grey = [np.repeat(cv2.cvtColor(x, cv2.COLOR_BGR2GRAY)[..., None], 3, 2) for x, _ in kept]
        told('grey', net(grey), wanted, ('face', 'hair'))
        small = [cv2.resize(cv2.resize(x, (48, 48), interpolation=cv2.INTER_AREA), (SIZE, SIZE)) for x, _ in kept]
        told('from 48×48 pixels', net(small), wanted, ('face', 'hair'))
        hidden = list(covered(held, kept, rng))
        seen, truth = net([x for x, _ in hidden]), np.stack([y for _, y in hidden])
        told('something in front', seen, truth, ('face', 'hair', 'occluder'))
        print(f'  nothing in front: {100 * (found == OCCLUDER).mean():.2f} % of the pixels taken for an occluder')
        if args.sheet:
            sheet(args.sheet, cells(kept, found) + cells(hidden, seen), 4)
    else:
        print('held-out portraits: skipped, they need --portraits, --teacher, --mesh and --selfie')
    x = np.random.default_rng(0).uniform(-1, 1, (1, 3, SIZE, SIZE)).astype(np.float32)
    print('{0}×{0} in {1:.2f} ms (fastest), {2:.2f} ms (median)'.format(SIZE, *latency(args.model, 60, input=x)))
