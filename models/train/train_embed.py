"""Train the embedder: train_embed.py --portraits DIR --teacher YUNET.onnx --recognizer MFN.onnx --minutes 30 --out RUN

The portraits show few people, so faces are mixed: every region of a training face comes from one
or another of up to three aligned portraits, bent and mirrored, and the teacher (MobileFaceNet) says
what vector that new face has. The network sees it worse lit, partly hidden, blurred, noisy and
compressed, and has to find the vector of the face as it was. A pool of faces and vectors is
renewed while training. A checkpoint is written every three minutes; --resume continues from one.
"""
import argparse
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import torch
from torch.nn import functional as F

import portraits
from average import Average
from compose import finish, hide, light, sitters, turned
from degrade import degrade
from embedder import SIZE, Embedder
from portraits import ARCFACE
from train_landmark import GRID, bend

RATE, BATCH, SEED, GENTLE, POOL, FRESH = 3e-3, 32, 6, .7, 4000, 8
FIVE = ARCFACE * SIZE
FACE = np.array([12., 8., 88., 108.])
"""Where a face lies in the arcface_112_v2 crop: x, y, w, h, for occlusions only."""


class Recognizer:
    """A recognizer file with MobileFaceNet's contract."""

    def __init__(self, path, threads=1):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])

    def __call__(self, crops):
        """Vectors of length 1 of aligned BGR uint8 crops, [n, 128]."""
        found = np.concatenate([self.session.run(None, {'input': tensor([c]).numpy()})[0] for c in crops])
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def tensor(crops):
    """BGR uint8 crops to RGB [n, 3, SIZE, SIZE] in −1..1."""
    stack = np.stack(crops)[..., ::-1].astype(np.float32) / 127.5 - 1
    return torch.from_numpy(stack).permute(0, 3, 1, 2)


def aligned(sitter, rng=None, jitter=0.):
    """The face as an arcface_112_v2 crop; with `jitter` (pixels) its points are a little off."""
    points = FIVE + (rng.normal(0, jitter, FIVE.shape) if jitter else 0)
    matrix = portraits.similarity(sitter.points, points / SIZE, SIZE)
    return cv2.warpAffine(sitter.levels[0], matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)


def regions(rng):
    """A smooth mask, [SIZE, SIZE, 1]: which of two faces shows where."""
    cells = rng.integers(1, 7)
    knots = cv2.resize(rng.normal(0, 1, (cells, cells)).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return 1 / (1 + np.exp(-rng.uniform(.5, 8) * (knots + rng.normal(0, .3))))[..., None]


def face(people, rng):
    """A face to be learned, aligned uint8 BGR: one person's or a mixture, bent, mirrored, in some light."""
    image = aligned(people[rng.integers(len(people))], rng, .8).astype(np.float32)
    for _ in range(rng.choice(3, p=[.35, .45, .2])):
        other = aligned(people[rng.integers(len(people))], rng, .8)
        image += (other - image) * regions(rng)
    if rng.random() < .6:
        image = cv2.remap(image, GRID + bend(rng) * rng.uniform(.2, .8), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < .5:
        image = image[:, ::-1]
    gain = np.exp(rng.normal(0, .15)) * np.exp(rng.normal(0, .06, 3))
    return np.clip(np.rint(image * gain), 0, 255).astype(np.uint8)


def seen(image, rng):
    """The same face as a camera might show it."""
    if rng.random() < .5:
        image = light(image, rng)
    if rng.random() < .1:
        image = hide(np.ascontiguousarray(image, np.float32), FACE, FIVE, rng)
    return degrade(np.clip(image, 0, 255).astype(np.uint8), rng, GENTLE)


class Pool:
    """Faces and their vectors, the oldest replaced by new ones."""

    def __init__(self, people, teacher, rng, size=POOL):
        self.people, self.teacher, self.rng, self.next = people, teacher, rng, 0
        self.faces = np.empty((size, SIZE, SIZE, 3), np.uint8)
        self.vectors = np.empty((size, 128), np.float32)
        self.renew(size)

    def renew(self, count):
        for _ in range(count):
            self.faces[self.next] = face(self.people, self.rng)
            self.vectors[self.next] = self.teacher([self.faces[self.next]])[0]
            self.next = (self.next + 1) % len(self.faces)

    def batch(self):
        """Crops as seen and the vectors to be found; a few faces of the pool are new each time."""
        self.renew(FRESH)
        chosen = self.rng.integers(0, len(self.faces), BATCH)
        return tensor([seen(self.faces[i], self.rng) for i in chosen]), torch.from_numpy(self.vectors[chosen])


def copies(people, seed=9, count=4):
    """(crops, `count` lists of crops): people as they are, and as other pictures might show them.

    A copy is turned as a cylinder by up to half a radian, aligned by points that are a pixel off,
    and lit, blurred, noisy, compressed and grey as the detector's training pictures are.
    """
    rng = np.random.default_rng(seed)

    def copy(person):
        return finish(light(aligned(turned(person, rng.uniform(-.5, .5)), rng, 1.), rng), rng)

    return [portraits.align(p, SIZE, ARCFACE) for p in people], [[copy(p) for p in people] for _ in range(count)]


def same_or_not(plain, copied):
    """Area under the curve of the cosine, [n, 128] unit vectors against lists of the same people's copies."""
    table = np.stack([plain @ vectors.T for vectors in copied])
    own = np.eye(len(plain), dtype=bool)
    same, different = table[:, own].ravel(), np.sort(table[:, ~own].ravel())
    return np.searchsorted(different, same).mean() / len(different)


def runner(net):
    """A torch network as a Recognizer: crops to unit vectors."""
    return lambda crops: F.normalize(torch.cat([net(x) for x in tensor(crops).split(BATCH)])).numpy()


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('--portraits', required=True, help='folder of portraits, one face each')
    parse.add_argument('--teacher', required=True, help='YuNet-n, ONNX')
    parse.add_argument('--recognizer', required=True, help='MobileFaceNet, ONNX')
    parse.add_argument('--out', required=True, help='folder for checkpoints')
    parse.add_argument('--minutes', type=float, default=30)
    parse.add_argument('--steps', type=int, help='follow this many steps instead of the clock')
    parse.add_argument('--resume', help='checkpoint to continue from')
    parse.add_argument('--spent', type=float, default=0, help='minutes already spent before --resume')
    parse.add_argument('--threads', type=int, default=1)
    args = parse.parse_args()
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    rng, out = np.random.default_rng(SEED), Path(args.out)
    out.mkdir(parents=True, exist_ok=True)

    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    teacher, net = Recognizer(args.recognizer), Embedder().to(memory_format=torch.channels_last)
    mean, step = Average(net, .998), 0
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    opt = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3)
    if args.resume:
        state = torch.load(args.resume)
        step = state['step']
        net.load_state_dict(state['net']), opt.load_state_dict(state['opt']), mean.load(state['mean'])
        rng = np.random.default_rng((SEED, step))
    pool = Pool(sitters(train, rng), teacher, rng)
    measure = *copies(held), teacher([portraits.align(p, SIZE, ARCFACE) for p in held])

    start, saved, losses = time.time() - 60 * args.spent, time.time(), []
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(pool.batch)
        while (progress := step / args.steps if args.steps else (time.time() - start) / 60 / args.minutes) < 1:
            images, vectors = coming.result()
            coming = worker.submit(pool.batch)
            for group in opt.param_groups:
                group['lr'] = RATE * min(1, progress / .02) * (.5 + .5 * math.cos(math.pi * progress)) + 1e-5
            loss = 1 - F.cosine_similarity(net(images.contiguous(memory_format=torch.channels_last)), vectors).mean()
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 10.)
            opt.step()
            mean.update(net, step)
            losses.append(loss.item())
            step += 1
            if time.time() - saved > 180:
                report(mean, measure, step, progress, losses)
                save(out, net, opt, mean, step)
                saved, losses = time.time(), []
    report(mean, measure, step, 1., losses or [0.])
    save(out, net, opt, mean, step)


def save(out, net, opt, mean, step):
    torch.save({'step': step, 'net': net.state_dict(), 'opt': opt.state_dict(), 'mean': mean.state()}, out / 'embed.part')
    (out / 'embed.part').replace(out / 'embed.pt')


@torch.no_grad()
def report(mean, measure, step, progress, losses):
    net = Embedder()
    net.load_state_dict(mean.state())
    net.eval()
    plain, copied, wanted = measure
    found = runner(net)(plain)
    area = same_or_not(found, [runner(net)(row) for row in copied])
    print(f'{100 * progress:.1f} % step {step}: loss {np.mean(losses):.3f}, held out: cosine to the teacher '
          f'{(found * wanted).sum(1).mean():.3f}, area {area:.4f}', flush=True)


if __name__ == '__main__':
    main()
