"""Train the embedder: train_embed.py --portraits DIR --teacher YUNET.onnx --recognizer MFN.onnx --minutes 30 --out RUN

The portraits show few people, so faces are mixed: every region of a training face comes from one
or another of up to three aligned portraits, bent and mirrored, and the teacher (MobileFaceNet) says
what vector that new face has. The network sees it worse lit, partly hidden, blurred, noisy and
compressed, and has to find the vector of the face as it was. A pool of faces and vectors is
renewed while training. A checkpoint is written every three minutes; --resume continues from one.
"""
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import onnxruntime as ort
import torch
from torch.nn import functional as F

import portraits
import run
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
    parse = run.options(__doc__, 30)
    parse.add_argument('--recognizer', required=True, help='MobileFaceNet, ONNX')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    teacher, net = Recognizer(args.recognizer), Embedder().to(memory_format=torch.channels_last)
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    training = run.Run(args, 'embed', net, torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3), .998)
    rng = training.numbers(rng, SEED)
    pool = Pool(sitters(train, rng), teacher, rng)
    measure = *copies(held), teacher([portraits.align(p, SIZE, ARCFACE) for p in held])

    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(pool.batch)
        while (progress := training.progress()) < 1:
            images, vectors = coming.result()
            coming = worker.submit(pool.batch)
            loss = 1 - F.cosine_similarity(net(images.contiguous(memory_format=torch.channels_last)), vectors).mean()
            training.losses.append(loss.item())
            training.learn(loss, run.cosine(progress, RATE, .02), 10.)
            if training.due():
                report(training, measure, progress)
                training.save()
    report(training, measure, 1.)
    training.save()


@torch.no_grad()
def report(training, measure, progress):
    net = Embedder()
    net.load_state_dict(training.mean.state())
    net.eval()
    plain, copied, wanted = measure
    found = runner(net)(plain)
    area = same_or_not(found, [runner(net)(row) for row in copied])
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.3f}, held out: cosine to the teacher '
          f'{(found * wanted).sum(1).mean():.3f}, area {area:.4f}', flush=True)


if __name__ == '__main__':
    main()
