"""Train the restorer: train_restore.py --portraits DIR --teacher YUNET.onnx --minutes 80 --out RUN

The schedule follows the share of the time (or of the steps) that has passed: 128×128 windows at
first, whole 256×256 faces from `WHOLE` on; from `FINISH` on also a perceptual and a texture loss,
and more weight on eyes, nose and mouth. A checkpoint with averaged weights is written every three
minutes; --resume continues from one.
"""
import math
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import portraits
import run
from degrade import degrade
from perceptual import Perceptual, features, texture
from restorer import Restorer

SIZE, WINDOW, WHOLE, FINISH = 256, 128, .5, .7
RATE, SEED, GENTLE = 1e-3, 1, .08


def jitter(matrix, rng):
    """The alignment with a small random turn, scale and shift, as detected points would give."""
    turn = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), rng.normal(0, 3), np.exp(rng.normal(0, .04)))
    turn[:, 2] += rng.normal(0, 3, 2)
    return turn @ np.vstack([matrix, [0, 0, 1]])


def face(portrait, rng, window):
    """A clean training target, uint8 BGR: a window of the aligned face, or all of it, smaller."""
    matrix = jitter(portraits.similarity(portrait.points, portraits.FFHQ, SIZE), rng)
    whole = window == SIZE or rng.random() < .25
    if not whole:
        matrix[:, 2] -= rng.integers(0, SIZE - window + 1, 2)
    size = SIZE if whole else window
    x = cv2.warpAffine(portrait.image, matrix, (size, size), flags=cv2.INTER_CUBIC,
                       borderMode=cv2.BORDER_REFLECT_101)
    if size != window:
        x = cv2.resize(x, (window, window), interpolation=cv2.INTER_AREA)
    if rng.random() < .5:
        x = x[:, ::-1]
    if rng.random() < .08:
        x = cv2.cvtColor(cv2.cvtColor(x, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    gain = np.exp(rng.normal(0, .12)) * np.exp(rng.normal(0, .04, 3))
    return np.clip(np.rint(x * gain), 0, 255).astype(np.uint8)


def tensor(images):
    """BGR uint8 pictures to RGB [n, 3, h, w] in −1..1."""
    stack = np.stack(images)[..., ::-1].astype(np.float32)
    return torch.from_numpy(stack / 127.5 - 1).permute(0, 3, 1, 2).contiguous()


def batch(people, rng, window):
    count = 12 * WINDOW * WINDOW // (window * window)
    clean = [face(people[i], rng, window) for i in rng.integers(0, len(people), count)]
    return tensor([degrade(x, rng, GENTLE) for x in clean]), tensor(clean)


def held_out(people, seed=7):
    """The measuring set: whole faces, unjittered, each degraded once with a fixed seed."""
    rng = np.random.default_rng(seed)
    clean = [portraits.align(p, SIZE) for p in people]
    return [degrade(x, rng) for x in clean], clean


def psnr(a, b):
    return (10 * torch.log10(4 / ((a.clamp(-1, 1) - b) ** 2).mean((1, 2, 3)))).mean().item()


def pixel_loss(p, y):
    return (F.l1_loss(p, y) + .5 * F.l1_loss(p.diff(dim=2), y.diff(dim=2))
            + .5 * F.l1_loss(p.diff(dim=3), y.diff(dim=3)))


def rate(progress):
    """Warm up, then a cosine down to nothing."""
    return RATE * min(1, progress / .01) * (.5 + .5 * math.cos(math.pi * progress)) + 1e-6


def main():
    parse = run.options(__doc__, 80)
    parse.add_argument('--recognizer', help='MobileFaceNet, ONNX: adds the perceptual loss')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    low, high = (tensor(x) for x in held_out(held))
    print(f'{len(train)} portraits, {len(held)} held out at {psnr(low, high):.2f} dB', flush=True)
    net = Restorer().to(memory_format=torch.channels_last)
    perceptual, looked_at = Perceptual(args.recognizer) if args.recognizer else None, features(SIZE)
    opt = torch.optim.AdamW(net.parameters(), RATE, betas=(.9, .99), weight_decay=1e-4)
    training = run.Run(args, 'restore', net, opt, .999)
    rng = training.numbers(rng, SEED)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(batch, train, rng, WINDOW)
        while (progress := training.progress()) < 1:
            low, high = coming.result()
            coming = pool.submit(batch, train, rng, SIZE if progress > WHOLE else WINDOW)
            p = net(low)
            loss = pixel_loss(p, high)
            training.losses.append(loss.item())
            if progress > FINISH:
                loss = loss + .5 * texture(p, high) + .2 * ((p - high).abs() * looked_at).mean()
                if perceptual and training.step % 4 == 0:
                    loss = loss + .04 * perceptual(p, high)
            training.learn(loss, rate(progress), 1.)
            if training.due() or progress > .9999:
                report(training, held, progress)
                training.save()
    report(training, held, 1.)
    training.save()


@torch.no_grad()
def report(training, held, progress):
    net = Restorer()
    net.load_state_dict(training.mean.state())
    low, high = (tensor(x) for x in held_out(held))
    out = torch.cat([net(x) for x in low.split(4)])
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.4f}, '
          f'{psnr(low, high):.2f} dB in, {psnr(out, high):.2f} dB out, clean {psnr(net(high[:8]), high[:8]):.1f} dB',
          flush=True)


if __name__ == '__main__':
    main()
