"""Train the restorer: train_restore.py --portraits DIR --teacher YUNET.onnx --recognizer MFN.onnx --minutes 180 --out RUN

Whole aligned faces, each degraded anew. The schedule follows the share of the time (or of the
steps) that has passed: the loss is the PSNR itself and the recognizer's verdict, from `FINISH` on
also the texture, and more weight on eyes, nose and mouth. A checkpoint with averaged weights is
written every three minutes; --resume continues from one, --start begins anew with the weights of
another run.
"""
from functools import partial

import cv2
import numpy as np
import torch

import portraits
import run
from average import averaged
from degrade import degrade
from muon import Muon
from perceptual import Identity, features, texture
from restorer import Restorer
from tensors import psnr, tensor

SIZE, BATCH, FINISH = 256, 3, .8
RATE, SEED, GENTLE = 4e-3, 1, .05


def jitter(matrix, rng):
    """The alignment with a small random turn, scale and shift, as detected points would give."""
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), rng.normal(0, 3), np.exp(rng.normal(0, .04)))
    turn[:, 2] += rng.normal(0, 3, 2)
    return turn @ np.vstack([matrix, [0, 0, 1]])


def face(portrait, rng):
    """A clean training target, uint8 BGR: the aligned face, a little off, in other light."""
    matrix = jitter(portraits.similarity(portrait.points, portraits.FFHQ, SIZE), rng)
    x = cv2.warpAffine(portrait.image, matrix, (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    if rng.random() < .5:
        x = x[:, ::-1]
    if rng.random() < .08:
        x = cv2.cvtColor(cv2.cvtColor(x, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    gain = np.exp(rng.normal(0, .12)) * np.exp(rng.normal(0, .04, 3))
    return np.clip(np.rint(x * gain), 0, 255).astype(np.uint8)


def batch(people, rng):
    clean = [face(people[i], rng) for i in rng.integers(0, len(people), BATCH)]
    return tensor([degrade(x, rng, GENTLE) for x in clean]), tensor(clean)


def held_out(people, seed=7):
    """The measuring set: whole faces, unjittered, each degraded once with a fixed seed."""
    rng = np.random.default_rng(seed)
    clean = [portraits.align(p, SIZE) for p in people]
    return [degrade(x, rng) for x in clean], clean


def psnr_loss(p, y, weights):
    """Half the logarithm of each face's mean square error: its PSNR but for scale; almost clean ones count less."""
    return .5 * (((p - y) ** 2 * weights).mean((1, 2, 3)) + 2e-4).log().mean()


def optimizer(net):
    """Muon for the kernels between the first and the last layer."""
    ends = {id(p) for layer in (net.enter, net.leave) for p in layer.parameters()}
    kernels = [m.weight for m in net.modules() if isinstance(m, torch.nn.Conv2d) and id(m.weight) not in ends]
    hidden = {id(p) for p in kernels}
    return Muon(kernels, [p for p in net.parameters() if id(p) not in hidden], RATE)


def main():
    parse = run.options(__doc__, 180)
    parse.add_argument('--recognizer', help='MobileFaceNet, ONNX: adds the similarity loss')
    parse.add_argument('--start', help='checkpoint whose weights to begin with')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    identity = args.recognizer and Identity(args.recognizer, args.device)
    measure = *(tensor(x[::4]).to(args.device) for x in held_out(held)), identity
    net = Restorer().to(args.device, memory_format=torch.channels_last)
    if args.start:
        net.load_state_dict(averaged(args.start), strict=False)
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    weights = .75 + .25 * features(SIZE).to(args.device)
    training = run.Run(args, 'restore', net, optimizer(net), .998)
    rng = training.numbers(rng, SEED)

    batches = run.prefetched(partial(batch, train, rng))
    for progress, (low, high) in training.follow(batches, partial(report, training, measure)):
        p = net(low)
        loss = psnr_loss(p, high, weights if progress > FINISH else 1.)
        training.losses.append(loss.item())
        if progress > FINISH:
            loss = loss + 10 * texture(p, high)
        if identity:
            loss = loss + 1.2 * identity(p, high)
        training.learn(loss, run.cosine(progress, RATE, .02), 1.)


@torch.no_grad()
def report(training, measure, progress):
    """On a quarter of the held-out faces."""
    net = training.averaged()
    low, high, identity = measure
    out = torch.cat([net(x) for x in low.split(4)])
    alike = f', similarity {1 - identity(out, high):.3f}' if identity else ''
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.4f}, {psnr(low, high):.2f} dB in, '
          f'{psnr(out, high):.2f} dB out{alike}', flush=True)


if __name__ == '__main__':
    main()
