"""Train the segmenter: train_segment.py --portraits DIR --teacher YUNET.onnx --mesh MESH.onnx --selfie SELFIE.onnx --minutes 30 --out RUN

The portraits are labelled once, by the teachers of `regions.py`; what a training sample shows is
then drawn: another pose and alignment, another background, things in front of the face, another
light, blur, noise and JPEG.
"""
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import compose
import portraits
import regions
import run
import scenes
from mesh import Mesh
from occluders import occlude
from regions import BACKGROUND, FACE, HAIR, OCCLUDER, UNSURE
from segmenter import CLASSES, SIZE, Segmenter
from selfie import Selfie
from tensors import tensor

BATCH, RATE, SEED = 16, 2e-3, 4
PERSON, OTHERS = 0, (FACE, HAIR, UNSURE)
"""The channels of `planes`: how much of a pixel is person, face, hair and unsure."""


def planes(portrait, mesh, selfie):
    """[h, w, 4] uint8 at the portrait's size, 255 for all of a pixel."""
    labels, size = regions.labels(portrait, mesh, selfie), portrait.image.shape[1::-1]
    parts = [cv2.resize((labels == name) * np.uint8(255), size, interpolation=cv2.INTER_AREA) for name in OTHERS]
    return np.dstack([np.uint8(255 * selfie(portrait.image)), *parts])


def labelled(people, args, name):
    """The planes of every portrait; kept beside the checkpoints, for they take minutes to make."""
    path = Path(args.out) / f'{name}.npy'
    if not path.exists():
        mesh, selfie = Mesh(args.mesh), Selfie(args.selfie)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.stack([planes(p, mesh, selfie) for p in people]))
    return np.load(path)


def labels(parts):
    """Planes to [h, w] of classes, UNSURE where nothing may be learned."""
    _, *others = cv2.split(parts)
    rest = cv2.subtract(cv2.subtract(255 - others[0], others[1]), others[2])
    most = cv2.max(cv2.max(rest, others[0]), cv2.max(others[1], others[2]))
    found = np.full(rest.shape, BACKGROUND, np.uint8)
    for name, part in zip(OTHERS, others):
        found[(part == most) & (part > rest)] = name
    return found


def aligned(portrait, parts):
    """The face as the segmenter gets it and its labels, as they are."""
    whole = portraits.align(portrait, SIZE)
    return whole, labels(portraits.align(replace(portrait, image=parts), SIZE))


def jitter(matrix, rng):
    """Another alignment: turn, scale and shift."""
    angle = rng.normal(0, 7) if rng.random() < .9 else rng.uniform(-40, 40)
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), angle, np.exp(rng.normal(0, .1)))
    turn[:, 2] += rng.normal(0, 7, 2)
    return turn @ np.vstack([matrix, [0, 0, 1]])


def half(x):
    return cv2.resize(x, (SIZE // 2, SIZE // 2), interpolation=cv2.INTER_AREA)


def sample(portrait, parts, pictures, rng):
    """One training picture, BGR uint8, and its labels at half size, which is that of the logits before they are enlarged."""
    image = portrait.image
    if rng.random() < .4:
        angle = rng.choice([-1, 1]) * rng.uniform(.1, .65)
        turned = compose.turned(portrait, angle)
        parts, image = compose.turned(replace(portrait, image=parts), angle).levels[0], turned.levels[0]
        portrait = replace(portrait, points=turned.points)
    matrix = jitter(portraits.similarity(portrait.points, portraits.FFHQ, SIZE), rng)
    image, parts = (cv2.warpAffine(x, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
                    for x in (image, parts))
    points = portrait.points @ matrix[:, :2].T + matrix[:, 2]
    wanted, x = labels(half(parts)), compose.light(image, rng)
    if rng.random() < .5:
        behind = scenes.drawn(rng, SIZE) if rng.random() < .3 else scenes.crop(pictures[rng.integers(len(pictures))], rng, SIZE)
        alpha = np.clip((cv2.GaussianBlur(parts[..., PERSON], (0, 0), .7).astype(np.float32) - 50) / 150, 0, 1)[..., None]
        x = behind + alpha * (x - behind)
    if rng.random() < .55:
        x, hidden = occlude(x, points, rng, pictures)
        wanted[half(hidden * np.uint8(255)) > 127] = OCCLUDER
    if rng.random() < .25:
        side = int(SIZE * np.exp(rng.uniform(np.log(.15), np.log(.7))))
        x = cv2.resize(cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA), (SIZE, SIZE))
    return compose.finish(x, rng), wanted


def batch(people, parts, pictures, rng, count=BATCH):
    drawn = [sample(people[i], parts[i], pictures, rng) for i in rng.integers(0, len(people), count)]
    return tensor([x for x, _ in drawn]), torch.from_numpy(np.stack([y for _, y in drawn]).astype(np.int64))


def mirrored(batches):
    """Each batch, then its mirror image: to draw one takes as long as to learn from it."""
    for x, wanted in batches:
        yield x, wanted
        yield x.flip(3), wanted.flip(2)


def loss_of(logits, wanted):
    """Cross-entropy, and the Dice loss of each class (F. Milletari et al., "V-Net", 2016), where labels are sure."""
    sure = (wanted != UNSURE)[:, None]
    shares = logits.softmax(1) * sure
    truth = F.one_hot(wanted.where(sure[:, 0], torch.zeros_like(wanted)), len(CLASSES)).movedim(3, 1) * sure
    both, each = (shares * truth).sum((0, 2, 3)), (shares + truth).sum((0, 2, 3))
    return F.cross_entropy(logits, wanted, ignore_index=UNSURE) + .5 * (1 - (2 * both + 1) / (each + 1)).mean()


def overlaps(found, wanted, name):
    """Intersection over union of a class in each picture; NaN where it has no wanted pixel."""
    sure = wanted != UNSURE
    a, b = (found == name) & sure, (wanted == name) & sure
    return np.where(b.any((1, 2)), (a & b).sum((1, 2)) / np.maximum((a | b).sum((1, 2)), 1), np.nan)


def main():
    parse = run.options(__doc__, 30)
    parse.add_argument('--mesh', required=True, help="MediaPipe's face mesh of 478 points, ONNX")
    parse.add_argument('--selfie', required=True, help="MediaPipe's selfie segmenter, landscape, ONNX")
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    parts = labelled(train, args, 'train')
    kept = [aligned(p, x) for p, x in zip(held, labelled(held, args, 'held'))]
    pictures = [scenes.read(n) for n in scenes.TRAINED + scenes.EXTRA]
    print(f'{len(train)} portraits, {len(held)} held out', flush=True)
    net = Segmenter().to(args.device, memory_format=torch.channels_last)
    opt = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3)
    training = run.Run(args, 'segment', net, opt, .99)
    rng = training.numbers(rng, SEED)

    batches = mirrored(run.prefetched(partial(batch, train, parts, pictures, rng)))
    for progress, (x, wanted) in training.follow(batches, partial(report, training, kept)):
        loss = loss_of(net.halved(x.contiguous(memory_format=torch.channels_last)), wanted)
        training.losses.append(loss.item())
        training.learn(loss, run.cosine(progress, RATE, .03), 1.)


@torch.no_grad()
def report(training, kept, progress):
    net, device = training.averaged(), training.args.device
    found = np.concatenate([net(tensor([x]).to(device)).argmax(1).cpu().numpy() for x, _ in kept])
    wanted = np.stack([y for _, y in kept])
    face, hair = (overlaps(found, wanted, name) for name in (FACE, HAIR))
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.4f}, '
          f'face {face.mean():.4f}, least {face.min():.4f}, hair {np.nanmean(hair):.4f}', flush=True)


if __name__ == '__main__':
    main()
