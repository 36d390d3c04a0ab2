"""Train the detector: train_detect.py --portraits DIR --teacher YUNET.onnx --out RUN [--deepen SMALL.pt [--hold]]

Without --deepen the small network with batch normalisation learns from random numbers; with it,
that network's checkpoint is deepened and learns on. --hold, with --resume, keeps the trunk as it
is: the worker runs it, and only every fourth step learns at stride 8, which makes a step several
times cheaper. A checkpoint is written every three minutes; --resume continues from one.
"""
import copy

import numpy as np
import torch

import portraits
import run
import scenes
import targets
from average import averaged
from compose import SIZE, compose, decoys, sitters
from detector import CHANNELS, NAMES, STRIDES, Detector, deepened, restored
from pool import Pool
from yunet import Yunet

BATCH, SEED, TURN, FULL = 8, 3, .95, 4
RATES = 4e-3, 1.2e-3
"""The highest learning rates, from random numbers and deepened."""


class Maker:
    """Draws a picture and runs the teacher on it, and the trunk if it is held; called in the pool's own process."""

    def __init__(self, train, teacher, trunk=None):
        rng = np.random.default_rng(SEED)
        self.path, self.teacher, self.trunk = teacher, None, trunk
        self.people = sitters(train, rng, TURN)
        self.pictures = [scenes.read(name) for name in scenes.TRAINED + scenes.EXTRA]
        self.others = decoys(self.people, self.pictures, rng)

    def __call__(self, rng):
        self.teacher = self.teacher or Yunet(self.path)
        image, labels = compose(self.people, self.others, self.pictures, rng)
        tensor = np.ascontiguousarray(image.transpose(2, 0, 1))
        outputs = self.teacher.session.run(NAMES, {'input': tensor[None].astype(np.float32)})
        joined = {kind: np.concatenate([o[0] for n, o in zip(NAMES, outputs) if n.startswith(kind)]) for kind in CHANNELS}
        goals = targets.assign(labels, joined, SIZE).astype(np.float16)
        return (self.seen(tensor) if self.trunk else tensor), goals

    @torch.no_grad()
    def seen(self, tensor):
        return self.trunk(torch.from_numpy(tensor[None]).float())[0].half().numpy()


def network(args):
    """(the network to train, its highest learning rate)."""
    if args.deepen:
        return deepened(restored(averaged(args.deepen))), RATES[1]
    return Detector(), RATES[0]


def hold(net, mean):
    """Starts from the averaged weights and keeps the trunk's."""
    net.load_state_dict(mean)
    for part in (net.enter, net.quarter, net.eighth):
        part.requires_grad_(False)


def main():
    parse = run.options(__doc__, 60)
    parse.add_argument('--deepen', help='checkpoint of the small network to deepen')
    parse.add_argument('--hold', action='store_true', help='train only what follows the trunk of a deepened network')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, _ = portraits.split(portraits.load(args.portraits, args.teacher))
    net, rate = network(args)
    net = net.to(args.device, memory_format=torch.channels_last).train()
    opt = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-4)
    training = run.Run(args, 'detect', net, opt, .998)
    if args.hold:
        hold(net, training.mean.state())
    rng = training.numbers(rng, SEED)
    pool = Pool(Maker(train, args.teacher, copy.deepcopy(net).cpu().trunk if args.hold else None), (SEED, training.step))
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)

    skipped = (SIZE // STRIDES[0]) ** 2
    while (progress := training.progress()) < 1:
        images, goals, chosen = pool.batch(rng, BATCH)
        images, goals = (torch.from_numpy(a).to(args.device).float() for a in (images, goals))
        images = images.contiguous(memory_format=torch.channels_last)
        coarse = args.hold and training.step % FULL > 0
        levels = net.levels(images if args.hold else net.trunk(images), int(coarse))
        loss, hardness = targets.loss(levels, goals[:, skipped:] if coarse else goals)
        pool.note(chosen, hardness.tolist())
        training.losses.append(loss.item())
        training.learn(loss, run.cosine(progress, rate, .02), 5.)
        if training.due():
            print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses):.4f}, '
                  f'{pool.drawn} pictures', flush=True)
            training.save()
    training.save()
    print(f'done: step {training.step}, {pool.drawn} pictures', flush=True)


if __name__ == '__main__':
    main()
