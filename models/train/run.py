"""One training run: its options, its clock, its averaged weights and its checkpoints."""
import argparse
import copy
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch

from average import Average

EVERY = 180
"""Seconds from one checkpoint to the next."""


def options(doc, minutes, faces=True):
    """A parser with the options that every training has, or every one of `faces`; `doc` is the script's own docstring."""
    parse = argparse.ArgumentParser(description=doc.splitlines()[0])
    if faces:
        parse.add_argument('--portraits', required=True, help='folder of portraits, one face each')
        parse.add_argument('--teacher', required=True, help='YuNet-n, ONNX')
    parse.add_argument('--out', required=True, help='folder for checkpoints')
    parse.add_argument('--minutes', type=float, default=minutes)
    parse.add_argument('--steps', type=int, help='follow this many steps instead of the clock')
    parse.add_argument('--resume', help='checkpoint to continue from')
    parse.add_argument('--spent', type=float, default=0, help='minutes already spent before --resume')
    parse.add_argument('--threads', type=int, default=1)
    parse.add_argument('--device', type=torch.device, default='cuda' if torch.cuda.is_available() else 'cpu',
                       help='where the network learns: cpu, cuda, cuda:1 …; by default a GPU if there is one')
    return parse


def prepare(args, seed):
    """Seeds torch, sets its threads, and gives the run's random numbers."""
    torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


def cosine(progress, top, warm):
    """The learning rate at `progress`, 0 to 1: a rise over the share `warm`, then half a cosine down to 1e-5."""
    return top * min(1, progress / warm) * (.5 + .5 * math.cos(math.pi * progress)) + 1e-5


def moved(batch, device):
    """Tensors, or lists and tuples of them, on a device; None stays None."""
    if isinstance(batch, (list, tuple)):
        return type(batch)(moved(part, device) for part in batch)
    return batch if batch is None else batch.to(device)


def prefetched(draw):
    """What `draw` gives, again and again: a thread draws the next while one is in use."""
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(draw)
        while True:
            drawn = coming.result()
            coming = worker.submit(draw)
            yield drawn


class Run:
    """A network, its optimizer and its average under way; made anew or from `--resume`."""

    def __init__(self, args, name, net, opt, decay):
        self.args, self.name, self.net, self.opt = args, name, net, opt
        self.out, self.mean, self.step, self.losses = Path(args.out), Average(net, decay), 0, []
        self.out.mkdir(parents=True, exist_ok=True)
        if args.resume:
            state = torch.load(args.resume, map_location=args.device)
            self.step = state['step']
            net.load_state_dict(state['net']), opt.load_state_dict(state['opt']), self.mean.load(state['mean'])
        self.start, self.saved = time.time() - 60 * args.spent, time.time()

    def numbers(self, rng, seed):
        """The random numbers to go on with: others than those before a checkpoint."""
        return np.random.default_rng((seed, self.step)) if self.args.resume else rng

    def progress(self):
        """How far the run is, 0 to 1, by its steps or by the clock."""
        if self.args.steps:
            return self.step / self.args.steps
        return (time.time() - self.start) / 60 / self.args.minutes

    def follow(self, batches, report):
        """(progress 0 to 1, batch on the network's device) until the run is over; reports and saves when due and at the end."""
        while (progress := self.progress()) < 1:
            yield progress, moved(next(batches), self.args.device)
            if self.due():
                report(progress)
                self.save()
        report(1.)
        self.save()

    def learn(self, loss, rate, clip):
        """One step down the gradient of the loss."""
        for group in self.opt.param_groups:
            group['lr'] = rate
        self.opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), clip)
        self.opt.step()
        self.mean.update(self.net, self.step)
        self.step += 1

    def averaged(self):
        """A copy of the network with its averaged weights, ready for use."""
        net = copy.deepcopy(self.net).eval()
        net.load_state_dict(self.mean.state())
        return net

    def due(self):
        """Whether it is time for a checkpoint."""
        return time.time() - self.saved > EVERY

    def save(self):
        """Writes the checkpoint whole, or leaves the one before."""
        part = self.out / f'{self.name}.part'
        torch.save({'step': self.step, 'net': self.net.state_dict(), 'opt': self.opt.state_dict(),
                    'mean': self.mean.state()}, part)
        part.replace(self.out / f'{self.name}.pt')
        self.saved, self.losses = time.time(), []
