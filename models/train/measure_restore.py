"""What `evaluate.py restore MODEL.onnx` prints: how much nearer to the clean face a restored one is."""
import cv2
import numpy as np
import onnxruntime as ort
from skimage.metrics import structural_similarity

import portraits
import skin
from measure import introduce, latency, psnr, sheet
from portraits import ARCFACE, FFHQ
from tensors import pixels, tensor
from train_embed import SIZE as RECOGNIZED
from train_embed import Recognizer
from train_restore import SIZE, held_out

ROWS, COLUMNS = 12, 2
"""Of the contact sheet, in faces."""


class Restorer:
    """A restorer file on BGR uint8 pictures."""

    def __init__(self, path):
        self.session = ort.InferenceSession(str(path), providers=['CPUExecutionProvider'])

    def __call__(self, image):
        return pixels(self.session.run(None, {'input': tensor([image]).numpy()})[0][0])


def structure(a, b):
    return structural_similarity(a, b, channel_axis=2)


def sharpness(image):
    """Deviation of the fine detail of the face's middle."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)[64:224, 64:192]
    return (grey - cv2.GaussianBlur(grey, (0, 0), 1.5)).std()


def vectors(recognizer, images):
    """What the recognizer makes of the same faces in its own alignment."""
    matrix = portraits.similarity(FFHQ * SIZE, ARCFACE, RECOGNIZED)
    return recognizer([cv2.warpAffine(x, matrix, (RECOGNIZED, RECOGNIZED), flags=cv2.INTER_LINEAR) for x in images])


def mean(measure, images, clean):
    """Of a measure of each image against its clean one."""
    return np.array([measure(a, b) for a, b in zip(images, clean)])


def evaluate(args):
    introduce(args.model)
    net = Restorer(args.model)
    if args.teacher and args.portraits:
        people = portraits.split(portraits.load(args.portraits, args.teacher))[1]
        low, clean = held_out(people)
        made, kept = [net(x) for x in low], [net(x) for x in clean]
        before, after = (mean(psnr, side, clean) for side in (low, made))
        gains = {'PSNR': (before, after, '{:.2f} → {:.2f} dB, {:+.2f}')}
        if args.recognizer:
            recognizer = Recognizer(args.recognizer)
            own = vectors(recognizer, clean)
            alike = [(vectors(recognizer, side) * own).sum(1) for side in (low, made)]
            gains['similarity'] = *alike, '{:.3f} → {:.3f}, {:+.3f}'
        print(f'\n{len(clean)} held-out portraits at {SIZE}×{SIZE}, degraded with seed 7')
        report('all', gains, np.arange(len(clean)))
        print(f'  PSNR worse in {(after < before).sum()}, least {(after - before).min():+.2f}, most {(after - before).max():+.2f}')
        print('  SSIM {:.4f} → {:.4f}'.format(*(mean(structure, side, clean).mean() for side in (low, made))))
        print('  fine detail {:.2f} → {:.2f}, in the clean ones {:.2f}'.format(
            *(np.mean([sharpness(x) for x in side]) for side in (low, made, clean))))
        colour = np.mean([a.mean((0, 1)) - b.mean((0, 1)) for a, b in zip(made, clean)], 0)
        print(f'  mean colour, output less clean (B, G, R): {np.round(colour, 2)}')
        print(f'  clean input: {mean(psnr, kept, clean).mean():.1f} dB from itself; mean colour moves by '
              f'{np.mean([np.abs(a.mean((0, 1)) - b.mean((0, 1))).max() for a, b in zip(kept, clean)]):.2f} levels')
        print('\nby how worn the input is')
        order = np.argsort(before)
        for name, part in zip(('worst', 'second', 'third', 'best'), np.array_split(order, 4)):
            report(f'{name} quarter', gains, part)
        print('\nby the look of the skin')
        for name, part in skin.groups(people).items():
            report(name, gains, part)
        if args.sheet:
            sheet(args.sheet, [np.hstack(cell) for cell in zip(low, made, clean)][:ROWS * COLUMNS], COLUMNS)
    else:
        print('held-out portraits: skipped, they need --portraits and --teacher')
    for size in (256, 512):
        x = np.random.default_rng(0).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
        print('{0}×{0} in {1:.1f} ms (fastest), {2:.1f} ms (median)'.format(size, *latency(args.model, input=x)))


def report(name, gains, part):
    """A line of means over the portraits numbered in `part`."""
    values = (f'{title} ' + form.format(a[part].mean(), b[part].mean(), (b - a)[part].mean())
              for title, (a, b, form) in gains.items())
    print(f'  {name}, {len(part)}: ' + '; '.join(values) if len(part) else f'  {name}: none')
