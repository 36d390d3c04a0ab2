"""Train the detector: train_detect.py --portraits DIR --teacher YUNET.onnx --minutes 80 --out RUN

Every `MINE` steps the averaged network looks at fresh pictures without a face; those in which it
still sees one are kept, and a quarter of the training pictures are built on them. A checkpoint is
written every three minutes; --resume continues from one.
"""
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

import portraits
import run
import scenes
import targets
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
    args = run.options(__doc__, 80).parse_args()
    rng = run.prepare(args, SEED)

    train, _ = portraits.split(portraits.load(args.portraits, args.teacher))
    people = sitters(train, rng)
    pictures = [scenes.read(name) for name in scenes.TRAINED + scenes.EXTRA]
    others = decoys(people, pictures, rng)
    net = Detector().to(memory_format=torch.channels_last)
    print(f'{len(train)} portraits, {sum(p.numel() for p in net.parameters())} parameters', flush=True)
    opt = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-3)
    training, mined = run.Run(args, 'detect', net, opt, .998), deque(maxlen=KEPT)
    rng = training.numbers(rng, SEED)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(batch, people, others, pictures, rng, list(mined))
        while (progress := training.progress()) < 1:
            images, goals = coming.result()
            if training.step % MINE == 0 and training.step > 0:
                share, hard = mine(training.mean, people, others, pictures, rng)
                mined.extend(hard)
                print(f'step {training.step}: false alarms in {100 * share:.0f} % of fresh empty pictures, '
                      f'{len(mined)} kept', flush=True)
            coming = pool.submit(batch, people, others, pictures, rng, list(mined))
            loss = targets.loss(net(images, raw=True), goals)
            training.losses.append(loss.item())
            training.learn(loss, run.cosine(progress, RATE, .01), 10.)
            if training.due():
                print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses):.4f}', flush=True)
                training.save()
    training.save()
    print(f'done: step {training.step}', flush=True)


if __name__ == '__main__':
    main()
