"""The figures of the stylizer's card: how near its pictures are to the teacher's, and how far its styles are from each other."""
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from skimage.metrics import structural_similarity

import portraits
import skin
from measure import astronaut, hopper, introduce, latency, psnr, sheet
from styles import STYLES
from tensors import pixels, tensor
from train_stylize import read


class Painter:
    """The stylizer file on BGR uint8 pictures."""

    def __init__(self, path):
        self.session = ort.InferenceSession(str(path), providers=['CPUExecutionProvider'])

    def __call__(self, image, style, strength=1.):
        """`style` is the index of one, or six shares."""
        vector = np.eye(len(STYLES), dtype=np.float32)[style] if np.ndim(style) == 0 else np.float32(style)
        given = {'input': tensor([image]).numpy(), 'style': vector[None], 'strength': np.float32([[strength]])}
        return pixels(self.session.run(None, given)[0][0])


def test_portraits(width=384):
    """The two that may be shown: windows around their faces, as large as a multiple of 16."""
    for image, (x, y, side) in ((astronaut(), (120, 0, 224)), (hopper(), (90, 0, 360))):
        window = image[y:y + side, x:x + side]
        yield cv2.resize(window, (width, width), interpolation=cv2.INTER_AREA if side > width else cv2.INTER_CUBIC)


def contact(path, net, others=()):
    """A row for each picture: it, and its six styles; then, for `others`, the teacher's below ours."""
    rows = [np.hstack([image, *[net(image, i) for i in range(len(STYLES))]]) for image in test_portraits()]
    width = rows[0].shape[1]
    for stack in others:
        ours = np.hstack([stack[0], *[net(stack[0], i) for i in range(len(STYLES))]])
        for row in (ours, np.hstack(list(stack))):
            rows.append(cv2.resize(row, (width, round(row.shape[0] * width / row.shape[1]))))
    sheet(path, rows, 1)


def against_the_teacher(net, held):
    """PSNR and SSIM to the teacher's picture of each style, and to those of the other styles."""
    made = [[net(stack[0], i) for i in range(len(STYLES))] for stack in held]
    table = np.array([[[psnr(row[i], stack[j + 1]) for j in range(len(STYLES))] for i in range(len(STYLES))]
                      for row, stack in zip(made, held)])
    alike = np.array([[structural_similarity(y, wanted, channel_axis=2) for y, wanted in zip(row, stack[1:])] for row, stack in zip(made, held)])
    before = np.array([[psnr(stack[0], wanted) for wanted in stack[1:]] for stack in held])
    own = table[:, np.arange(len(STYLES)), np.arange(len(STYLES))]
    print(f"\n{len(held)} held-out portraits at 256 pixels' width: PSNR to the teacher's picture; the picture itself; SSIM")
    for i, style in enumerate(STYLES):
        print(f'  {style}: {own[:, i].mean():.2f} dB, least {own[:, i].min():.2f}; {before[:, i].mean():.2f} dB; {alike[:, i].mean():.3f}')
    print("\nPSNR of ours (rows) to the teacher's (columns), dB\n" + ' ' * 12 + ''.join(f'{s:>12}' for s in STYLES))
    for style, row in zip(STYLES, table.mean(0)):
        print(f'{style:12}' + ''.join(f'{v:12.2f}' for v in row))
    nearest = (table.argmax(2) == np.arange(len(STYLES))).mean(0)
    print("nearest to their own style's: " + ', '.join(f'{s} {100 * v:.0f} %' for s, v in zip(STYLES, nearest)))
    return made, own


def evaluate(args):
    introduce(args.model)
    net = Painter(args.model)
    held = []
    if args.pictures:
        held = read(args.pictures, 'held')
        made, own = against_the_teacher(net, held)
        if args.portraits and args.teacher:
            people = sorted(portraits.split(portraits.load(args.portraits, args.teacher))[1], key=lambda p: p.name)
            order = {Path(p.name).stem: i for i, p in enumerate(people)}
            with np.load(Path(args.pictures) / 'held.npz') as stored:
                place = {order[name]: i for i, name in enumerate(stored.files)}
            for name, members in skin.groups(people).items():
                values = own[[place[i] for i in members]].mean(0)
                print(f'  {name}, {len(members)}: ' + ', '.join(f'{s} {v:.2f}' for s, v in zip(STYLES, values)) + ' dB')
        far = [[np.abs(a.astype(int) - b).mean() for a in row for b in row if a is not b] for row in made]
        print(f'two styles of one picture differ by {np.mean(far):.1f} levels, the nearest two by {np.mean(np.min(far, 1)):.1f}')
        same = max(int(np.abs(net(s[0], i, 0.).astype(int) - s[0]).max()) for s in held[:8] for i in range(len(STYLES)))
        half = [np.abs(net(s[0], i, .5) - (s[0] + y.astype(float)) / 2).max() for s, row in zip(held[:8], made)
                for i, y in enumerate(row)]
        print(f'strength 0: at most {same} levels from the picture; strength .5: at most {max(half):.1f} from halfway')
    else:
        print('held-out portraits: skipped, they need --pictures')
    if args.sheet:
        contact(args.sheet, net, held[:4])
    one = dict(style=np.eye(len(STYLES), dtype=np.float32)[:1], strength=np.ones((1, 1), np.float32))
    for size in (256, 512):
        x = np.random.default_rng(0).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
        print('{0}×{0} in {1:.1f} ms (fastest), {2:.1f} ms (median)'.format(size, *latency(args.model, 30, input=x, **one)))
