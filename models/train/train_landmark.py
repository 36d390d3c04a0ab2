"""Train the landmarker: train_landmark.py --portraits DIR --teacher YUNET.onnx --landmarks PFLD.onnx --minutes 30 --out RUN

The teacher (PFLD GhostOne) labels each portrait once, before training, as the mean over many
crops. A training crop is a portrait, or one turned as a cylinder, seen through another box, bent,
its mouth opened, its eyes closed, sheared, mirrored, lit, partly hidden, over another background, blurred, noisy and compressed; the
labels move along. A checkpoint is written every three minutes; --resume continues from one.
"""
import math
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import torch

import pfld
import portraits
import run
import scenes
from compose import hide, light, mask, sitters
from degrade import degrade
from expressions import blink, mouth_opened
from landmarker import Landmarker
from pfld import EDGE, SIZE

RATE, BATCH, SEED, GENTLE = 3e-3, 32, 5, .45
GRID = np.stack(np.meshgrid(*[np.arange(SIZE, dtype=np.float32)] * 2), -1)


def labelled(people, teacher):
    """The portraits with 98 points each instead of five."""
    net = pfld.Pfld(teacher)
    return [replace(p, points=net.steady(p.image, p.box, p.points[:2])) for p in people]


def view(sitter, rng):
    """2×3 matrix of the crop that some detector's box would give, a little sheared and stretched."""
    turn = rng.normal(0, 5) if rng.random() < .6 else rng.uniform(-20, 20)
    matrix = pfld.crop(sitter.box, sitter.points[pfld.FIVE[:2]], pfld.SCALE * rng.uniform(.85, 1.25), pfld.DOWN, turn,
                       rng.uniform(-.1, .1, 2))
    aspect = np.exp(rng.normal(0, .06))
    shape = np.array([[aspect, rng.normal(0, .06)], [rng.normal(0, .03), 1 / aspect]])
    middle = np.array([SIZE / 2, SIZE / 2])
    return np.column_stack([shape @ matrix[:, :2], shape @ (matrix[:, 2] - middle) + middle])


def bend(rng):
    """A smooth displacement of every pixel of the crop, [SIZE, SIZE, 2]: other proportions, other expressions."""
    cells = rng.integers(4, 9)
    knots = rng.normal(0, rng.uniform(0, 14) / cells, (cells, cells, 2)).astype(np.float32)
    return cv2.resize(knots, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)


def unbent(field, points):
    """Where points come to lie in a crop whose pixels are read at GRID + field."""
    moved = points
    for _ in range(4):
        at = moved.astype(np.float32)[None]
        moved = points - cv2.remap(field, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
    return moved


def sample(people, pictures, rng):
    """One training crop, uint8 BGR, and its points [98, 2] in pixels of the crop."""
    person = people[rng.integers(len(people))]
    matrix, field, shade = view(person, rng), bend(rng), np.ones((SIZE, SIZE))
    points = person.points @ matrix[:, :2].T + matrix[:, 2]
    if rng.random() < .3:
        field += blink(GRID, points, rng)
    places, points = GRID, unbent(field, points)
    if rng.random() < .25:
        places, points, shade = mouth_opened(GRID, points, rng)
        field = cv2.remap(field, places.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    places = places + field
    inverse = cv2.invertAffineTransform(matrix)
    source = (places @ inverse[:, :2].T + inverse[:, 2]).astype(np.float32)
    border = (cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101)[rng.integers(3)]
    image = cv2.remap(person.levels[0], source, None, cv2.INTER_LINEAR, borderMode=border)
    image = image * np.float32(shade)[..., None]
    low, high = points.min(0), points.max(0)
    box = np.array([*low, *(high - low)])
    image = light(image, rng)
    if rng.random() < .35:
        head = np.array([box[0], box[1] - .25 * box[3], box[2], 1.25 * box[3]])
        alpha = mask(image.shape, head, 1 if rng.random() < .7 else 0, rng)[..., None]
        behind = scenes.crop(pictures[rng.integers(len(pictures))], rng, SIZE)
        image = behind + (image - behind) * alpha
    if rng.random() < .25:
        image = hide(np.ascontiguousarray(image, np.float32), box, points[pfld.FIVE], rng)
    image = degrade(np.clip(image, 0, 255).astype(np.uint8), rng, GENTLE)
    if rng.random() < .5:
        image, points = image[:, ::-1], points[pfld.MIRROR] * [-1, 1] + [SIZE - 1, 0]
    return image, points


def batch(people, pictures, rng):
    images, points = zip(*[sample(people, pictures, rng) for _ in range(BATCH)])
    return torch.from_numpy(pfld.tensor(images)), torch.from_numpy(np.stack(points).astype(np.float32))


def wing(found, wanted, width=8., curve=1.5):
    """Wing loss in pixels (Feng et al. 2018): steep for small errors; points outside the crop count a fifth."""
    off = (found - wanted).abs()
    small = width * (1 + off / curve).log()
    loss = torch.where(off < width, small, off - width + width * math.log(1 + width / curve))
    inside = ((wanted > 0) & (wanted < SIZE - 1)).all(2, keepdim=True)
    return (loss * torch.where(inside, 1., .2)).mean()


@torch.no_grad()
def misses(net, people, seed=None):
    """Mean error of each portrait's points over its inter-ocular distance; with a seed, in jittered crops."""
    rng, found = np.random.default_rng(seed), []
    for person in people:
        eyes = person.points[pfld.FIVE[:2]]
        jitter = {} if seed is None else dict(scale=pfld.SCALE * rng.uniform(.85, 1.25), turn=rng.uniform(-20, 20),
                                              shift=rng.uniform(-.1, .1, 2))
        matrix = pfld.crop(person.box, eyes, **jitter)
        points = pfld.back(matrix, net([pfld.cut(person.image, matrix)])[0])
        apart = np.linalg.norm(np.subtract(*person.points[list(pfld.OUTER_EYES)]))
        found.append(np.linalg.norm(points - person.points, axis=1) / apart)
    return np.array(found)


def runner(net):
    """A torch network as `misses` wants one: crops to points in pixels."""
    device = next(net.parameters()).device
    return lambda crops: net(torch.from_numpy(pfld.tensor(crops)).to(device)).view(-1, pfld.POINTS, 2).cpu().numpy() * SIZE - EDGE


def main():
    parse = run.options(__doc__, 30)
    parse.add_argument('--landmarks', required=True, help='PFLD GhostOne with 98 points, ONNX')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = portraits.split(labelled(portraits.load(args.portraits, args.teacher), args.landmarks))
    people = sitters(train, rng)
    pictures = [scenes.read(name) for name in scenes.TRAINED + scenes.EXTRA]
    net = Landmarker().to(args.device, memory_format=torch.channels_last)
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    training = run.Run(args, 'landmark', net, torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3), .998)
    rng = training.numbers(rng, SEED)

    batches = run.prefetched(partial(batch, people, pictures, rng))
    for progress, (images, points) in training.follow(batches, partial(report, training, held)):
        images = images.contiguous(memory_format=torch.channels_last)
        loss = wing(net(images).view_as(points) * SIZE - EDGE, points)
        training.losses.append(loss.item())
        training.learn(loss, run.cosine(progress, RATE, .02), 10.)


def report(training, held, progress):
    net = training.averaged()
    plain, moved = (100 * misses(runner(net), held, seed).mean() for seed in (None, 7))
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.3f}, '
          f'held out {plain:.2f} %, jittered {moved:.2f} %', flush=True)


if __name__ == '__main__':
    main()
