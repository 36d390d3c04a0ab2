"""Train the detector: train_detect.py --portraits DIR --teacher YUNET.onnx --minutes 80 --out RUN

Every `MINE` steps the averaged network looks at fresh pictures without a face; those in which it
still sees one are kept, and a quarter of the training pictures are built on them. A checkpoint is
written every three minutes; --resume continues from one.
"""
import argparse
import math
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch

import portraits
import scenes
import targets
from average import Average
from compose import SIZE, compose, decoys, empty, finish, paste, sitters
from detector import Detector

RATE, BATCH, SEED, MINE, KEPT = 4e-3, 16, 3, 150, 400


def tensor(images):
    return torch.from_numpy(np.stack(images).astype(np.float32)).permute(0, 3, 1, 2)


def batch(people, others, pictures, rng, mined):
    made = [compose(people, others, pictures, rng, mined) for _ in range(BATCH)]
    goals = np.stack([targets.assign(labels, SIZE) for _, labels in made])
    return tensor([image for image, _ in made]), torch.from_numpy(goals)


@torch.no_grad()
def mine(mean, people, others, pictures, rng, count=48, sure=.35):
    """(share of fresh pictures of decoys with a false alarm, all in which a face is suspected)."""
    net = Detector()
    net.load_state_dict(mean.state())
    net.eval()
    fresh = []
    for _ in range(count):
        canvas, labels = empty(people, pictures, rng).astype(np.float32), []
        for _ in range(rng.integers(0, 5)):
            paste(canvas, labels, others[rng.integers(len(others))], rng, np.exp(rng.uniform(2.4, 5.6)), True)
        fresh.append(finish(canvas, rng))
    scores = []
    for part in tensor(fresh).split(BATCH):
        out = torch.cat(net(part, raw=True), 1)[..., :2].sigmoid().prod(2).sqrt()
        scores += out.max(1).values.tolist()
    hard = [image for image, score in zip(fresh, scores) if score > sure]
    return np.mean(np.array(scores) > .6), hard


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('--portraits', required=True, help='folder of portraits, one face each')
    parse.add_argument('--teacher', required=True, help='YuNet-n, ONNX')
    parse.add_argument('--out', required=True, help='folder for checkpoints')
    parse.add_argument('--minutes', type=float, default=80)
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

    train, _ = portraits.split(portraits.load(args.portraits, args.teacher))
    people = sitters(train, rng)
    pictures = [scenes.read(name) for name in scenes.TRAINED + scenes.EXTRA]
    others = decoys(people, pictures, rng)
    net = Detector().to(memory_format=torch.channels_last)
    mean, step, mined = Average(net, .998), 0, deque(maxlen=KEPT)
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    opt = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3)
    if args.resume:
        state = torch.load(args.resume)
        step = state['step']
        net.load_state_dict(state['net']), opt.load_state_dict(state['opt']), mean.load(state['mean'])
        rng = np.random.default_rng((SEED, step))

    start, saved, losses = time.time() - 60 * args.spent, time.time(), []
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(batch, people, others, pictures, rng, list(mined))
        while (progress := step / args.steps if args.steps else (time.time() - start) / 60 / args.minutes) < 1:
            images, goals = coming.result()
            if step % MINE == 0 and step > 0:
                share, hard = mine(mean, people, others, pictures, rng)
                mined.extend(hard)
                print(f'step {step}: false alarms in {100 * share:.0f} % of fresh empty pictures, {len(mined)} kept', flush=True)
            coming = pool.submit(batch, people, others, pictures, rng, list(mined))
            for group in opt.param_groups:
                group['lr'] = RATE * min(1, progress / .01) * (.5 + .5 * math.cos(math.pi * progress)) + 1e-5
            loss = targets.loss(net(images, raw=True), goals)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 10.)
            opt.step()
            mean.update(net, step)
            losses.append(loss.item())
            step += 1
            if time.time() - saved > 180:
                save(out, net, opt, mean, step)
                print(f'{100 * progress:.1f} % step {step}: loss {np.mean(losses):.4f}', flush=True)
                saved, losses = time.time(), []
    save(out, net, opt, mean, step)
    print(f'done: step {step}', flush=True)


def save(out, net, opt, mean, step):
    torch.save({'step': step, 'net': net.state_dict(), 'opt': opt.state_dict(), 'mean': mean.state()},
               out / 'detect.part')
    (out / 'detect.part').replace(out / 'detect.pt')


if __name__ == '__main__':
    main()
