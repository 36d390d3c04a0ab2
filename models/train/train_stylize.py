"""Train the stylizer: train_stylize.py --pictures DIR --minutes 45 --out RUN

`DIR` holds what `styles.py` wrote: pictures and their six styles. The network sees windows whose
corners lie on the grid of 16×16 pixels that cells and facets follow.
"""
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import degrade
import run
from perceptual import texture
from stylizer import Stylizer
from styles import STYLES
from tensors import psnr, tensor

BATCH, WINDOW, GRID = 6, 160, 16
RATE, SEED = 3e-3, 6
OFTEN = .15, .32, .13, .08, .16, .16
"""How often each style is drawn: Emoji, which is farthest from the picture, most."""


def read(folder, name):
    """Every picture's seven versions, [7, h, w, 3] BGR uint8: the picture, and the six styles."""
    with np.load(Path(folder) / f'{name}.npz') as stored:
        return [stored[key] for key in stored.files]


def worn(x, rng):
    """The picture as a camera or a file might spoil it, which a style hides."""
    x = x.astype(np.float32)
    if rng.random() < .15:
        x = degrade.blur(x, rng, 1.5)
    if rng.random() < .25:
        x = degrade.noise(x, rng, 8)
    return degrade.to_bytes(degrade.jpeg(x, rng, 50) if rng.random() < .25 else x)


def batch(pictures, rng, count=BATCH):
    """Pictures, style vectors and targets; one in eight asks for a mixture of two styles."""
    given, styles, wanted = [], np.zeros((count, len(STYLES)), np.float32), []
    for row in styles:
        stack = pictures[rng.integers(len(pictures))]
        y, x = (GRID * rng.integers((side - WINDOW) // GRID + 1) for side in stack.shape[1:3])
        window = stack[:, y:y + WINDOW, x:x + WINDOW]
        first, second = rng.choice(len(STYLES), 2, replace=False, p=OFTEN)
        row[first] = 1. if rng.random() < .875 else rng.uniform(.5, 1)
        row[second] = 1 - row[first]
        given.append(worn(window[0], rng))
        wanted.append(row[first] * tensor(window[first + 1:first + 2]) + row[second] * tensor(window[second + 1:second + 2]))
    return tensor(given), torch.from_numpy(styles), torch.cat(wanted)


def loss_of(p, y):
    """L1 of pixels, of their differences and of small means, and the strength of fine detail."""
    return (F.l1_loss(p, y) + F.l1_loss(p.diff(dim=2), y.diff(dim=2)) + F.l1_loss(p.diff(dim=3), y.diff(dim=3))
            + .5 * F.l1_loss(F.avg_pool2d(p, 8), F.avg_pool2d(y, 8)) + .3 * texture(p, y))


def main():
    parse = run.options(__doc__, 45, faces=False)
    parse.add_argument('--pictures', required=True, help='folder that styles.py wrote')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)
    pictures, held = read(args.pictures, 'train'), read(args.pictures, 'held')
    print(f'{len(pictures)} pictures, {len(held)} held out', flush=True)
    net = Stylizer().to(memory_format=torch.channels_last)
    opt = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-4)
    training = run.Run(args, 'stylize', net, opt, .998)
    rng = training.numbers(rng, SEED)

    batches = run.prefetched(partial(batch, pictures, rng))
    for progress, (x, style, y) in training.follow(batches, partial(report, training, held)):
        loss = loss_of(net.styled(x.contiguous(memory_format=torch.channels_last), style), y)
        training.losses.append(loss.item())
        training.learn(loss, run.cosine(progress, RATE, .03), 1.)


@torch.no_grad()
def report(training, held, progress):
    net = Stylizer()
    net.load_state_dict(training.mean.state())
    net.eval()
    each = []
    for i, name in enumerate(STYLES):
        style = F.one_hot(torch.tensor([i]), len(STYLES)).float()
        each.append(np.mean([psnr(net.styled(tensor(s[:1]), style), tensor(s[i + 1:i + 2])) for s in held[:12]]))
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.4f}, '
          + ', '.join(f'{name} {value:.2f}' for name, value in zip(STYLES, each)) + ' dB', flush=True)


if __name__ == '__main__':
    main()
