"""What `evaluate.py embed` prints: how near the embedder is to MobileFaceNet, and how well it tells people apart.

A pair is the portrait of one held-out person and an altered copy of the portrait of the same person
or of another: every portrait with every copy. Each area under the curve is that of the cosines of
such pairs against one of two truths: who is shown, or MobileFaceNet's verdict, which is whether its
own cosine is above the line that 1 % of its pairs of different people pass.
"""
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

import degrade
import portraits
import skin
from compose import Sitter, finish, light, turned
from embedder import SIZE
from measure import introduce, latency, photographs
from portraits import ARCFACE, Portrait
from train_embed import Recognizer, aligned
from yunet import Yunet

SEED, COPIES = 9, 4
WIDEST, SOFTEST, STRONGEST = .5, 4., 25.
"""The turn of a head in radians, blur in pixels of the crop, noise in levels of 255."""

ALTERATIONS = {
    'blur': lambda x, rng: degrade.blur(x, rng, SOFTEST),
    'noise': lambda x, rng: degrade.noise(x, rng, STRONGEST),
    'light': light,
    'pose': lambda x, rng: x,
    'all': lambda x, rng: finish(light(x, rng), rng),
}
"""What happens to a copy. Under `pose` and `all` the head is also turned, as a cylinder; `all` adds JPEG and grey."""


def copies(people, kind, rng):
    """An altered copy of each portrait, uint8 BGR, aligned by points that are about a pixel off."""
    made = []
    for person in people:
        turn = rng.uniform(-WIDEST, WIDEST) if kind in ('pose', 'all') else 0.
        sitter = turned(person, turn) if turn else Sitter(person.image, person.box, person.points)
        made.append(degrade.to_bytes(ALTERATIONS[kind](aligned(sitter, rng, 1.).astype(np.float32), rng)))
    return made


def compared(net, teacher, held):
    """Prints the cosine to the teacher, areas by the kind of alteration, and rates by skin-tone group."""
    rng, groups = np.random.default_rng(SEED), skin.groups(held)
    plain = [portraits.align(p, SIZE, ARCFACE) for p in held]
    own, theirs = net(plain), teacher(plain)
    cosine = (own * theirs).sum(1)
    print(f'\n{len(held)} held-out portraits: cosine to the teacher {cosine.mean():.3f}, least {cosine.min():.3f}; '
          + ', '.join(f'{name} ({len(at)}) {cosine[at].mean():.3f}' for name, at in groups.items()))

    seen = [[copies(held, kind, rng) for _ in range(COPIES)] for kind in ALTERATIONS]
    found, wanted = (np.array([[runner(row) for row in rows] for rows in seen]) for runner in (net, teacher))
    near = (found * wanted).sum(-1)
    tables = own @ found.swapaxes(-1, -2), theirs @ wanted.swapaxes(-1, -2)
    same = np.broadcast_to(np.eye(len(held), dtype=bool), tables[0].shape)
    lines = [np.quantile(table[~same], .99) for table in tables]
    print(f'pairs with altered copies, {COPIES} of each kind; 1 % of different people above {lines[0]:.3f} (teacher {lines[1]:.3f})')
    for title, at in [(kind, [i]) for i, kind in enumerate(ALTERATIONS)] + [('together', slice(None))]:
        (ours, judge), truth = (t[at] for t in tables), same[at].ravel()
        print(f'  {title}: cosine to the teacher {near[at].mean():.3f}; area, who is shown {roc_auc_score(truth, ours.ravel()):.4f} '
              f'(teacher {roc_auc_score(truth, judge.ravel()):.4f}), the teacher\'s verdict '
              f'{roc_auc_score((judge > lines[1]).ravel(), ours.ravel()):.4f}; same person above the line '
              f'{100 * (ours.ravel()[truth] > lines[0]).mean():.1f} % (teacher {100 * (judge.ravel()[truth] > lines[1]).mean():.1f} %)')
    for name, at in groups.items():
        inner = (..., *np.ix_(at, at))
        print(f'  {name} ({len(at)}), together: ' + '; '.join(
            f'{title}, same person above the line {100 * (table[inner][same[inner]] > line).mean():.1f} %, different people of the group '
            f'{100 * (table[inner][~same[inner]] > line).mean():.1f} %' for title, table, line in zip(('this', 'teacher'), tables, lines)))


def cosine_in_photographs(net, teacher, detector, args):
    """Prints the cosine to the teacher on faces that the detector is surer than .8 of."""
    print('\nreal photographs')
    for title, images in photographs(args).items():
        crops = [portraits.align(Portrait(title, image, face[:4], face[4:14].reshape(5, 2)), SIZE, ARCFACE)
                 for image in images for face in detector.detect(image, .8)]
        cosine = (net(crops) * teacher(crops)).sum(1)
        print(f'  {title}, {len(crops)} faces: cosine to the teacher {cosine.mean():.3f}, least {cosine.min():.3f}')


def evaluate(args):
    introduce(args.model)
    net = Recognizer(args.model)
    if args.teacher and args.recognizer:
        teacher = Recognizer(args.recognizer)
        if args.portraits:
            compared(net, teacher, portraits.split(portraits.load(args.portraits, args.teacher))[1])
        else:
            print('held-out portraits: skipped, they need --portraits')
        cosine_in_photographs(net, teacher, Yunet(args.teacher), args)
    else:
        print('accuracy: skipped, it needs --teacher and --recognizer')
    x = np.random.default_rng(0).uniform(-1, 1, (1, 3, SIZE, SIZE)).astype(np.float32)
    for name in filter(None, (args.model, args.recognizer)):
        print('{}: {:.2f} ms (fastest), {:.2f} ms (median)'.format(Path(name).name, *latency(name, 60, input=x)))
