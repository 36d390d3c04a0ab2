"""Train the upscaler: train_upscale.py --scale 2 --portraits DIR --teacher YUNET.onnx --minutes 10 --out RUN

Windows of portraits, of pictures without a face and of drawn ones are shrunk by PIL's antialiased
bicubic filter; three in ten are blurred, noisy or compressed besides. The larger scale may start
from the smaller one's first layers (--start). A checkpoint with averaged weights is written every
three minutes; --resume continues from one.
"""
from functools import partial

import cv2
import numpy as np
import torch
from PIL import Image

import portraits
import run
import scenes
from average import averaged
from degrade import gaussian_kernel, jpeg, noise, to_bytes
from measure import psnr
from upscaler import Upscaler

WINDOW, BATCH, SEED = 48, 16, 9
RATE, WORN, BORDER = 2e-3, .3, 8


def shrink(image, scale):
    """A uint8 picture `scale` times smaller by PIL's bicubic filter; its sides must be multiples of `scale`."""
    height, width = image.shape[:2]
    return np.asarray(Image.fromarray(image).resize((width // scale, height // scale), Image.Resampling.BICUBIC))


def worn(small, rng):
    """A small picture as a camera or the web would give it: a little blur, noise, JPEG."""
    x = small.astype(np.float32)
    if rng.random() < .5:
        x = cv2.filter2D(x, -1, gaussian_kernel(rng, 1.2), borderType=cv2.BORDER_REFLECT_101)
    if rng.random() < .4:
        x = noise(x, rng, 8)
    if rng.random() < .7:
        x = jpeg(x, rng, 40)
    return to_bytes(x)


class Pictures:
    """Draws training pairs: portraits as often as all scenes together, now and then something drawn."""

    def __init__(self, people, scale, rng):
        self.scale, self.rng, self.side = scale, rng, WINDOW * scale
        scenery = [scenes.read(n) for n in scenes.TRAINED + scenes.EXTRA]
        self.scenery = [x for x in scenery if min(x.shape[:2]) >= self.side]
        self.people = [p.image for p in people if min(p.image.shape[:2]) >= self.side]
        area = np.array([np.sqrt(x.shape[0] * x.shape[1]) for x in self.scenery])
        self.shares = area / area.sum()

    def window(self):
        """A sharp window, uint8 BGR, some of a shrunk picture, turned, mirrored."""
        rng, draw = self.rng, self.rng.random()
        if draw < .08:
            return scenes.drawn(rng, 2 * self.side)[:self.side, :self.side]
        group, shares = (self.people, None) if draw < .5 else (self.scenery, self.shares)
        image = group[rng.choice(len(group), p=shares)]
        most = min(image.shape[:2]) / self.side
        by = rng.uniform(1, min(2, most)) if rng.random() < .5 else 1
        side = int(self.side * by)
        y, x = (rng.integers(0, n - side + 1) for n in image.shape[:2])
        image = image[y:y + side, x:x + side]
        if side != self.side:
            image = cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_AREA)
        image = np.rot90(image, rng.integers(4))
        return image[:, ::-1] if rng.random() < .5 else image

    def batch(self):
        """(small, large), [BATCH, 3, …] in 0..1."""
        large = [np.ascontiguousarray(self.window()) for _ in range(BATCH)]
        small = [shrink(x, self.scale) for x in large]
        small = [worn(x, self.rng) if self.rng.random() < WORN else x for x in small]
        return tensor(small), tensor(large)


def tensor(images):
    """BGR uint8 pictures of one size to RGB [n, 3, h, w] in 0..1."""
    stack = np.stack(images)[..., ::-1].astype(np.float32) / 255
    return torch.from_numpy(stack).permute(0, 3, 1, 2).contiguous()


def fitting(image, scale, longest=512):
    """The middle of `image`, at most `longest` pixels a side, cut to multiples of `scale`."""
    height, width = (min(n, longest) // scale * scale for n in image.shape[:2])
    y, x = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[y:y + height, x:x + width]


def distance(a, b):
    """PSNR of two pictures in 0..255, `BORDER` pixels cut off at each side."""
    return psnr(a[BORDER:-BORDER, BORDER:-BORDER], b[BORDER:-BORDER, BORDER:-BORDER])


def main():
    parse = run.options(__doc__, 10)
    parse.add_argument('--scale', type=int, choices=(2, 4), required=True)
    parse.add_argument('--start', help='checkpoint of another scale, for all but the last layer')
    args = parse.parse_args()
    rng = run.prepare(args, SEED)

    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    net = Upscaler(args.scale).to(args.device, memory_format=torch.channels_last)
    if args.start:
        weights = averaged(args.start)
        net.body.load_state_dict({k[5:]: v for k, v in weights.items() if k.startswith('body.')})
    opt = torch.optim.Adam(net.parameters(), RATE, betas=(.9, .99))
    training = run.Run(args, f'upscale_x{args.scale}', net, opt, .998)
    pictures = Pictures(train, args.scale, training.numbers(rng, SEED))
    measure = [fitting(x, args.scale) for x in [scenes.read(n) for n in scenes.UNSEEN] + [p.image for p in held[:8]]]
    print(f'{sum(p.numel() for p in net.parameters())} parameters, {len(pictures.people)} portraits, '
          f'{len(pictures.scenery)} pictures', flush=True)

    batches = run.prefetched(pictures.batch)
    for progress, (small, large) in training.follow(batches, partial(report, training, args.scale, measure)):
        loss = ((net(small) - large) ** 2 + 1e-5).sqrt().mean()
        training.losses.append(loss.item())
        training.learn(loss, run.cosine(progress, RATE, .02), .5)


@torch.no_grad()
def report(training, scale, measure, progress):
    net = training.averaged()
    gains = []
    for large in measure:
        small = shrink(np.ascontiguousarray(large), scale)
        made = net(tensor([small]).to(training.args.device))[0].permute(1, 2, 0).cpu().numpy()[..., ::-1] * 255
        plain = cv2.resize(small, large.shape[1::-1], interpolation=cv2.INTER_LANCZOS4)
        gains.append(distance(made, large) - distance(plain, large))
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.4f}, over Lanczos '
          f'{np.mean(gains):+.2f} dB, scenes {np.round(gains[:5], 2).tolist()}, portraits {np.mean(gains[5:]):+.2f}', flush=True)


if __name__ == '__main__':
    main()
