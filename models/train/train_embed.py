"""Train the embedder: train_embed.py --portraits DIR --teacher YUNET.onnx --recognizer MFN.onnx --minutes 90 --out RUN

The portraits show few people, but a convolution sees hundreds of places in each. So every stage of
the network first learns by itself to turn the teacher's (MobileFaceNet's) features at its entrance
into those at its exit. Then the stages are chained, bit by bit, until each is fed by the one before
it; at last gradients run through the whole chain. The teacher sees the same picture as the network,
so any picture will do: mixed, bent and degraded faces, now and then none at all. A checkpoint is
written every three minutes; --resume continues from one.
"""
from collections import deque
from functools import partial

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import helper
from torch.nn import functional as F

import portraits
import run
import scenes
from compose import hide, light, sitters
from degrade import degrade, to_bytes
from embedder import SIZE, Embedder
from muon import Muon
from portraits import ARCFACE
from tensors import tensor
from train_landmark import GRID, bend

RATE, BATCH, SEED, GENTLE = 4e-2, 16, 6, .35
CHAINED, WHOLE = (.15, .4), .65
"""The progress at which chaining begins and is complete, and from which gradients run through the whole chain."""

DEEP, ECHOES, KEPT = 7, 5, 150
"""The stages from `DEEP` on see few places a picture and cost little: they learn again, `ECHOES` times a batch, from the `KEPT` last ones."""

TAPS = 16, 36, 56, 65, 85, 105, 125, 134, 154
"""MobileFaceNet's nodes at which the network's stages end: bottlenecks' exits at 28×28, 14×14 (from 65) and 7×7 (from 134)."""

FIVE = ARCFACE * SIZE
FACE = np.array([12., 8., 88., 108.])
"""Where a face lies in the arcface_112_v2 crop: x, y, w, h, for occlusions only."""


class Recognizer:
    """A recognizer file with MobileFaceNet's contract; with `taps`, also the outputs of those of its nodes."""

    def __init__(self, path, threads=1, taps=()):
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 3
        model = onnx.load(str(path))
        for tensor_info in (model.graph.input[0], model.graph.output[0]):
            tensor_info.type.tensor_type.shape.dim[0].dim_param = 'batch'
        del model.graph.value_info[:]
        model.graph.output.extend(helper.make_empty_tensor_value_info(model.graph.node[t].output[0]) for t in taps)
        self.session = ort.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])

    def __call__(self, crops):
        """Vectors of length 1 of aligned BGR uint8 crops, [n, 128]."""
        found = np.concatenate([self.session.run(None, {'input': tensor([c]).numpy()})[0] for c in crops])
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def features(self, images):
        """The taps of [n, 3, SIZE, SIZE], then the vectors [n, 128], as torch tensors."""
        vectors, *taps = self.session.run(None, {'input': images.numpy()})
        return [torch.from_numpy(t) for t in taps] + [torch.from_numpy(vectors).view(len(images), -1)]


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
    """An aligned face, uint8 BGR: one person's or a mixture of up to three, bent, mirrored, in some light."""
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


def picture(people, pictures, rng):
    """What teacher and network see, uint8 BGR: mostly faces, some in poor light, hidden in part or degraded."""
    if rng.random() < .04:
        return scenes.crop(pictures[rng.integers(len(pictures))], rng, SIZE)
    image, draw = face(people, rng), rng.random()
    if draw < .12:
        return to_bytes(light(image, rng))
    if draw < .17:
        return to_bytes(hide(np.ascontiguousarray(image, np.float32), FACE, FIVE, rng))
    return degrade(image, rng, GENTLE) if draw > .65 else image


class Standard:
    """Makes the teacher's features of each resolution standard: mean 0 and deviation 1 of every channel."""

    def __init__(self, features):
        self.of = {}
        for size in {f.shape[2] for f in features[:-1]}:
            same = torch.cat([f for f in features[:-1] if f.shape[2] == size])
            self.of[size] = same.mean((0, 2, 3), keepdim=True), same.std((0, 2, 3), keepdim=True)

    def __call__(self, features):
        each = [(f, *self.of[f.shape[2]]) for f in features[:-1]]
        return [((f - mean) / deviation).contiguous(memory_format=torch.channels_last) for f, mean, deviation in each] + features[-1:]


def losses(stages, given, wanted, chained, whole=True):
    """(each stage's loss, what it was fed): the teacher's features at `chained` 0, its predecessor's at 1, between in between.

    Unless `whole`, a stage learns for its own loss only.
    """
    found, fed = [], []
    for stage, goal in zip(stages, wanted):
        fed.append(given)
        made = stage(given)
        if made.dim() == 2:
            found.append(1 - F.cosine_similarity(made, goal).mean())
        else:
            found.append(F.mse_loss(made, goal) / goal.var())
            given = torch.lerp(goal, made if whole else made.detach(), chained) if chained else goal
    return found, fed


def main():
    parse = run.options(__doc__, 90)
    parse.add_argument('--recognizer', required=True, help='MobileFaceNet, ONNX')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    teacher, net = Recognizer(args.recognizer, taps=TAPS), Embedder().to(args.device, memory_format=torch.channels_last)
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    depthwise = {id(m.weight) for m in net.modules() if getattr(m, 'groups', 1) > 1}
    kernels = [p for p in net.parameters() if p.dim() > 1 and id(p) not in depthwise]
    others = [p for p in net.parameters() if p.dim() == 1 or id(p) in depthwise]
    training = run.Run(args, 'embed', net, Muon(kernels, others, RATE, decay=0.), .998)
    people, pictures = sitters(train, rng), [scenes.read(n) for n in scenes.TRAINED + scenes.EXTRA]
    standard = Standard(teacher.features(tensor([aligned(p) for p in people[:200]])))
    rng = training.numbers(rng, SEED)

    def labelled(images):
        return images.contiguous(memory_format=torch.channels_last), standard(teacher.features(images))

    def draw():
        return labelled(tensor([picture(people, pictures, rng) for _ in range(BATCH)]))
    measure = run.moved(labelled(tensor([portraits.align(p, SIZE, ARCFACE) for p in held])), args.device)

    kept, again = deque(maxlen=KEPT), np.random.default_rng((SEED, training.step))
    batches = run.prefetched(draw)
    for progress, (images, wanted) in training.follow(batches, partial(report, training, measure)):
        chained = float(np.clip((progress - CHAINED[0]) / (CHAINED[1] - CHAINED[0]), 0, 1))
        found, fed = losses(net.stages, images, wanted, chained, progress > WHOLE)
        training.losses.append(found[-1].item())
        kept.append((fed[DEEP].detach(), wanted[DEEP:]))
        rate = run.cosine(progress, RATE, .01)
        training.learn(sum(found) + found[-1], rate, 1e3)
        for chosen in again.integers(0, len(kept), ECHOES):
            found, _ = losses(net.stages[DEEP:], *kept[chosen], chained, progress > WHOLE)
            training.learn(sum(found) + found[-1], rate, 1e3)


@torch.no_grad()
def report(training, measure, progress):
    """Prints the held-out losses of the averaged network's stages, each by itself and chained."""
    net = training.averaged()
    alone, chain = (losses(net.stages, *measure, chained)[0] for chained in (0., 1.))
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.3f}, held out: cosine to the teacher '
          f'{1 - chain[-1]:.3f}; alone {" ".join(f"{x:.2f}" for x in alone)}; chained {" ".join(f"{x:.2f}" for x in chain)}', flush=True)


if __name__ == '__main__':
    main()
