"""What `evaluate.py upscale MODEL.onnx` prints: how much nearer to the large picture than plain enlargements."""
import cv2
import numpy as np
import onnxruntime as ort
import skimage

import portraits
import scenes
import skin
from degrade import to_bytes
from measure import introduce, latency, sheet
from train_upscale import BORDER, distance, fitting, shrink

PLAIN = {'nearest': cv2.INTER_NEAREST, 'bicubic': cv2.INTER_CUBIC, 'Lanczos': cv2.INTER_LANCZOS4}


class Upscaler:
    """An upscaler file on BGR uint8 pictures."""

    def __init__(self, path):
        self.session = ort.InferenceSession(str(path), providers=['CPUExecutionProvider'])

    def __call__(self, image):
        x = image[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255
        y = self.session.run(None, {self.session.get_inputs()[0].name: x})[0][0].transpose(1, 2, 0)[..., ::-1]
        return to_bytes(y * 255)

    def scale(self):
        return self(np.zeros((8, 8, 3), np.uint8)).shape[0] // 8


def plain(image, scale, method):
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)


def blurred(x, sigma):
    return cv2.GaussianBlur(x, (0, 0), sigma)


def compressed(x, quality):
    coded = cv2.imencode('.jpg', to_bytes(x), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.float32)


WORN = {
    'bicubic': lambda x, rng: x,
    'blurred by sigma 0.5': lambda x, rng: blurred(x, .5),
    'blurred by sigma 1': lambda x, rng: blurred(x, 1),
    'JPEG 85': lambda x, rng: compressed(x, 85),
    'JPEG 50': lambda x, rng: compressed(x, 50),
    'noise of 5 levels': lambda x, rng: x + rng.standard_normal(x.shape, np.float32) * 5,
    'blurred by 0.7, JPEG 70': lambda x, rng: compressed(blurred(x, .7), 70),
}
"""What is done to the small picture, float32 in 0..255."""


def worn(large, scale, wear, rng):
    return to_bytes(wear(shrink(large, scale).astype(np.float32), rng))


def pictures(args):
    """Name to large pictures, all unseen in training."""
    found = {name.split('.')[0]: [scenes.read(name)] for name in scenes.UNSEEN}
    found['astronaut'] = [cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)]
    people = portraits.split(portraits.load(args.portraits, args.teacher))[1] if args.portraits and args.teacher else []
    if people:
        found[f'{len(people)} portraits'] = [p.image for p in people]
    else:
        print('held-out portraits: skipped, they need --portraits and --teacher')
    return found, people


def evaluate(args):
    introduce(args.model)
    net = Upscaler(args.model)
    scale, others = net.scale(), {}
    if args.upscaler and Upscaler(args.upscaler).scale() == scale:
        others['other'] = Upscaler(args.upscaler)
    found, people = pictures(args)
    found = {name: [np.ascontiguousarray(fitting(x, scale, 4096)) for x in group] for name, group in found.items()}
    print(f'\n×{scale}: PSNR in dB of RGB, less {BORDER} pixels a side')
    for title, wear in WORN.items():
        print(f'\n{title}')
        print(f'{"":16s}  bicubic   Lanczos     this  over bicubic  over Lanczos' + ''.join(f'{n:>10s}' for n in others))
        rng, rows = np.random.default_rng(7), []
        for name, group in found.items():
            each = []
            for large in group:
                small = worn(large, scale, wear, rng)
                made = [plain(small, scale, PLAIN[n]) for n in ('bicubic', 'Lanczos')] + [net(small)]
                each.append([distance(x, large) for x in made + [other(small) for other in others.values()]])
            if title == 'bicubic' and len(group) > 1:
                by_skin(np.array(each), people)
            rows.append(np.mean(each, 0))
            line(name, rows[-1])
        line('mean', np.mean(rows, 0))
    if args.sheet:
        contact(args.sheet, net, scale, found, others)
    for side in (64, 256):
        x = np.random.default_rng(0).uniform(0, 1, (1, 3, side, side)).astype(np.float32)
        print('{0}×{0} in {1:.1f} ms (fastest), {2:.1f} ms (median)'.format(side, *latency(args.model, input=x)))


def line(name, row):
    values = [*row[:3], row[2] - row[0], row[2] - row[1], *row[3:]]
    print(f'{name:16s}' + ''.join(f'{v:{w}}' for v, w in zip(values, ('9.2f', '10.2f', '9.2f', '+14.2f', '+14.2f') + ('10.2f',) * 9)))


def by_skin(each, people):
    for name, part in skin.groups(people).items():
        print(f'  portraits, {name} skin, {len(part)}: {(each[part, 2] - each[part, 1]).mean():+.2f} over Lanczos')


def contact(path, net, scale, found, others, side=192):
    """Nearest, bicubic, this, the large picture, the other upscaler: bicubic at the left, compressed at the right."""
    rng = np.random.default_rng(7)

    def cell(large, wear):
        height, width = large.shape[:2]
        top, left = (height - side) // 2 // scale * scale, (width - side) // 2 // scale * scale
        small = worn(large, scale, wear, rng)
        made = [plain(small, scale, PLAIN[n]) for n in ('nearest', 'bicubic')] + [net(small), large]
        made += [other(small) for other in others.values()]
        return np.hstack([x[top:top + side, left:left + side] for x in made])

    chosen = [large for group in found.values() for large in group[:3]]
    sides = [[cell(large, WORN[wear]) for large in chosen] for wear in ('bicubic', 'JPEG 50')]
    sheet(path, [x for row in zip(*sides) for x in row], 2)
