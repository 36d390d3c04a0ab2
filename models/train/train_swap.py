"""Train the swapper: train_swap.py --portraits DIR --teacher YUNET.onnx --landmarks PFLD.onnx --recognizer MFN.onnx --minutes 60 --out RUN

What is to be painted is a transplant (`transplant.py`): one or two training portraits bent onto
another by their points. The network sees the target and the recognizer's vector of the source, or
of the transplant; so it learns what face belongs to a vector. A seventh of the pictures are
targets with their own vector, to be left as they are. The identity loss compares the vector of
the painted face, cut a little differently, with the wanted one; from `FINISH` on the strength of
fine detail counts too, so that skin is not waxed. MobileFaceNet's vectors steer and
judge here; in use it is the pack's embedder, which has learned to give the same vectors.
"""
import pickle
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import measure_swap
import portraits
import run
from appearance import fit, textures
from compose import sitters
from muon import Muon
from perceptual import Graph, features, texture
from swapper import SIZE, Swapper
from tensors import pixels, tensor
from train_embed import Recognizer, regions
from train_landmark import labelled
from transplant import TEMPLATE, align, crop, transplanted

RATE, SHARE, SEED, BATCH, START, POOL, FRESH = 2e-2, .05, 8, 12, 100, 2400, 3
OWN, MIXED, GREY = .15, .3, .08
"""Shares of targets with their own vector, of transplants from two sources, of grey pictures."""

JUDGE, JUDGED, FINISH = .25, 6, .5
"""When the identity loss begins, how many pictures a step MobileFaceNet judges, when fine detail counts."""


def kept(args, name, make):
    """What `make` gives, kept in the run's folder for --resume."""
    path = Path(args.out) / f'{name}.pkl'
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())


def people(args):
    """(training portraits with 103 points, held-out ones with five): the detector's five, then the landmarker's 98."""
    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    pairs = zip(train, labelled(train, args.landmarks))
    return [replace(p, points=np.vstack([p.points, q.points])) for p, q in pairs], held


def faces_of(train):
    """Every portrait's face aligned, then every one mirrored."""
    faces = [align(p.image, p.points) for p in train]
    return faces + [face.mirrored() for face in faces]


class Pool:
    """Targets, what they shall become, and the vectors that say so; the oldest replaced by new ones."""

    def __init__(self, train, sources, known, recognizer, rng):
        self.sources, self.known, self.recognizer, self.rng, self.made = sources, known, recognizer, rng, 0
        self.targets = sitters(train, rng)
        self.pairs = np.empty((POOL, 2, SIZE, SIZE, 3), np.uint8)
        self.vectors = np.empty((POOL, 128), np.float32)
        self.renew(START)

    def target(self):
        """A training portrait or one turned, aligned by points that are a little off, perhaps mirrored."""
        person = self.targets[self.rng.integers(len(self.targets))]
        template = TEMPLATE + self.rng.normal(0, .8, TEMPLATE.shape) / SIZE
        face = align(person.levels[0], person.points, template)
        return face.mirrored() if self.rng.random() < .5 else face

    def transplant(self, target):
        """A face to be painted, and the index of its source, or −1 where its own vector is to be taken."""
        first = self.rng.integers(len(self.sources))
        face = transplanted(self.sources[first], target)
        if self.rng.random() < MIXED:
            other = transplanted(self.sources[self.rng.integers(len(self.sources))], target)
            return face + (other - face) * cv2.resize(regions(self.rng), (SIZE, SIZE))[..., None], -1
        return face, first if self.rng.random() < .6 else -1

    def renew(self, count):
        for _ in range(count):
            target = self.target()
            wanted, source = (target.image, -1) if self.rng.random() < OWN else self.transplant(target)
            place = self.made % POOL
            self.pairs[place] = target.image, np.clip(np.rint(wanted), 0, 255)
            self.vectors[place] = self.known[source] if source >= 0 else self.recognizer([crop(wanted)])[0]
            self.made += 1

    def batch(self):
        """Targets and wanted pictures in some light, and their vectors."""
        self.renew(FRESH)
        chosen = self.rng.integers(0, min(self.made, POOL), BATCH)
        gain = np.exp(self.rng.normal(0, .15, (BATCH, 1)) + self.rng.normal(0, .05, (BATCH, 3)))
        pairs = self.pairs[chosen].astype(np.float32)
        grey = self.rng.random(BATCH) < GREY
        pairs[grey] = pairs[grey].mean(-1, keepdims=True)
        gain[grey] = gain[grey].mean(1, keepdims=True)
        lit = pairs * gain[:, None, None, None].astype(np.float32)
        targets, wanted = (tensor(np.clip(lit[:, i], 0, 255)) for i in (0, 1))
        return targets, wanted, torch.from_numpy(self.vectors[chosen])


def noisy(vectors, most=.04):
    """The vectors, a little off, of length 1."""
    return F.normalize(vectors + torch.rand(len(vectors), 1, device=vectors.device) * most * torch.randn_like(vectors))


def recut(x):
    """The arcface_112_v2 crops of aligned pictures, each turned, scaled, shifted and lit a little differently."""
    n, normal = len(x), partial(torch.randn, device=x.device)
    angle, scale = .04 * normal(n), (.03 * normal(n)).exp()
    c, s = angle.cos() * scale, angle.sin() * scale
    shift = torch.tensor([0., -16 / SIZE], device=x.device) + .012 * normal(n, 2)
    part = 112 / SIZE
    theta = torch.stack([torch.stack([c * part, -s * part, shift[:, 0]], 1), torch.stack([s * part, c * part, shift[:, 1]], 1)], 1)
    grid = F.affine_grid(theta, (n, 3, 112, 112), align_corners=False)
    y = F.grid_sample(x, grid, align_corners=False, padding_mode='border')
    return (y + 1) * (.1 * normal(n, 1, 1, 1)).exp() - 1 + .03 * normal(n, 1, 1, 1)


def pixel_loss(p, y):
    """L1 of pixels and of their gradients."""
    return (F.l1_loss(p, y) + .5 * F.l1_loss(p.diff(dim=2), y.diff(dim=2))
            + .5 * F.l1_loss(p.diff(dim=3), y.diff(dim=3)))


class Losses:
    """What a painted face is held to."""

    def __init__(self, args):
        self.graph = Graph(args.recognizer, args.device)
        self.seen = .5 + features(SIZE, TEMPLATE).to(args.device)

    def __call__(self, painted, wanted, vectors, progress):
        loss = pixel_loss(painted, wanted) + .5 * ((painted - wanted).abs() * self.seen).mean()
        if progress < JUDGE:
            return loss
        few = slice(0, JUDGED)
        given = self.graph(recut(painted[few]), [len(self.graph.nodes) - 2])[0].flatten(1)
        loss = loss + .35 * (1 - F.cosine_similarity(given, vectors[few]).mean())
        return loss + .4 * texture(painted, wanted) if progress > FINISH else loss


def main():
    parse = run.options(__doc__, 80)
    parse.add_argument('--landmarks', required=True, help='PFLD GhostOne with 98 points, ONNX')
    parse.add_argument('--recognizer', required=True, help='MobileFaceNet, ONNX')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = kept(args, 'people', lambda: people(args))
    sources = faces_of(train)
    recognizer = Recognizer(args.recognizer)
    known = kept(args, 'vectors', lambda: recognizer([f.crop() for f in sources]))

    net, losses = Swapper().to(args.device), Losses(args)
    fixed = {id(p) for layer in (net.texture, net.enter[0], net.leave) for p in layer.parameters()}
    kernels = [p for p in net.parameters() if p.ndim > 1 and id(p) not in fixed]
    hidden = {id(p) for p in kernels}
    others = [p for p in net.parameters() if p.requires_grad and id(p) not in hidden]
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    fit(net.texture, known, kept(args, 'textures', lambda: textures(sources[:len(train)])))
    training = run.Run(args, 'swap', net, Muon(kernels, others, RATE, SHARE), .995)
    rng = training.numbers(rng, SEED)
    pool = Pool(train, sources, known, recognizer, rng)
    print('pool filled', flush=True)

    batches = run.prefetched(pool.batch)
    for progress, (targets, wanted, vectors) in training.follow(batches, partial(report, training, held, recognizer)):
        painted = net(targets, noisy(vectors))
        loss = losses(painted, wanted, vectors, progress)
        training.losses.append(loss.item())
        training.learn(loss, run.cosine(progress, RATE, .02), 1.)


@torch.no_grad()
def report(training, held, recognizer, progress):
    net, device = training.averaged(), training.args.device
    targets = measure_swap.aligned(measure_swap.shuffled(held))[:24]
    sources = measure_swap.following(targets)
    wanted = measure_swap.vectors(recognizer, sources)
    out = torch.cat([net(*run.moved(x, device)).cpu() for x in zip(tensor(targets).split(8), torch.from_numpy(wanted).split(8))])
    made = [pixels(x.numpy()) for x in out]
    before, after = ((measure_swap.vectors(recognizer, side) * wanted).sum(1).mean() for side in (targets, made))
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.3f}, held out: '
          f'similarity {before:.3f} → {after:.3f}', flush=True)


if __name__ == '__main__':
    main()
