"""Train the stylizer: train_stylize.py --portraits DIR --teacher YUNET.onnx --pictures DIR --mesh MESH.onnx --selfie SELFIE.onnx --minutes 38 --out RUN

What is learned is above all what is where in a picture, from the teachers of `parts.py`; and, from
the classic engine's pictures that `styles.py` wrote, the tones of the styles of smooth colours.
"""
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

import degrade
import portraits
import run
import scenes
from mesh import Mesh
from muon import Muon
from parts import PARTS, of_pictures
from selfie import Selfie
from styles import varied
from stylizer import TONED, Stylizer
from tensors import tensor

BATCH, WINDOW, GRID = 5, 192, 16
RATE, SEED = 6e-3, 6
WEIGHTS = 3., 1., 1., 1., 1., 1., 1., 1.
"""How much each part counts: a person most, for all styles of smooth colours show who is taken for one."""


def read(folder, name):
    """All that is stored: each picture's seven versions, [7, h, w, 3] BGR uint8, the picture and the six styles; or its planes."""
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


def longer(image, planes, backgrounds, rng):
    """The picture and as much again below it: shoulders grow wider and go on as clothes, of another look."""
    height, width = image.shape[:2]
    inside = planes[-4:, :, 0].mean(0)
    middle = (inside * np.arange(width)).sum() / inside.sum() if inside.sum() > 0 else width / 2
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x = np.clip(middle + (x - middle) / (1 + rng.uniform(.2, .9) * (1 - np.exp(-y / rng.uniform(20, 60)))), 0, width - 1).astype(np.float32)
    below, alpha = (cv2.remap(part[-2:], x, np.zeros_like(x), cv2.INTER_LINEAR) for part in (image, planes[..., 0]))
    look = scenes.crop(backgrounds[rng.integers(len(backgrounds))], rng, max(height, width))[:height, :width].astype(np.float32)
    share = rng.uniform(0, 1) * np.clip(y / rng.uniform(5, 60) + rng.normal(0, .3), 0, 1) * (alpha / 255)
    below = degrade.to_bytes(below + share[..., None] * (look - below))
    rest = np.zeros_like(planes)
    rest[..., 0] = alpha
    return np.vstack([image, below]), np.vstack([planes, rest])


def moved(image, planes, backgrounds, rng):
    """A picture turned, mirrored and scaled, in another light, at times before another background, and its planes."""
    (height, width), tall = image.shape[:2], rng.random() < .5
    if tall:
        image, planes = longer(image, planes, backgrounds, rng)
    scale = WINDOW / width * np.exp(rng.normal(.05 if tall else .25, .28))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 9)), float(scale))
    matrix[:, 2] += WINDOW / 2 - np.array([width, height]) / 2 + rng.normal(0, .12 * WINDOW, 2)
    matrix[1, 2] -= tall * rng.uniform(0, .6) * WINDOW
    if rng.random() < .5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += WINDOW - 1

    def warped(x):
        return cv2.warpAffine(x, matrix, (WINDOW, WINDOW), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    planes = np.dstack([warped(planes[..., :4]), warped(planes[..., 4:])])
    return varied(warped(image), lambda _: planes[..., 0] / 255, backgrounds, rng), planes


def cut(stack, planes, rng):
    """A window of a picture's seven versions as they are, and its planes."""
    y, x = (GRID * rng.integers((side - WINDOW) // GRID + 1) for side in planes.shape[:2])
    return stack[:, y:y + WINDOW, x:x + WINDOW], planes[y:y + WINDOW, x:x + WINDOW]


def batch(pictures, planes, backgrounds, rng, count=BATCH):
    """Pictures, what is where in them, and the teacher's of the styles of TONED; these not always, for tones are learned soon."""
    chosen = rng.integers(0, len(pictures), count)
    if rng.random() < .7:
        drawn = [moved(pictures[i][0], planes[i], backgrounds, rng) for i in chosen]
        return tensor([worn(x, rng) for x, _ in drawn]), shares([y for _, y in drawn]), None
    drawn = [cut(pictures[i], planes[i], rng) for i in chosen]
    wanted = [tensor([stack[i + 1] for stack, _ in drawn]) for i in TONED]
    return tensor([worn(stack[0], rng) for stack, _ in drawn]), shares([y for _, y in drawn]), wanted


def shares(planes):
    """How much of each square of 2×2 pixels is each part, [n, 8, h / 2, w / 2]."""
    return F.avg_pool2d(torch.from_numpy(np.stack(planes)).permute(0, 3, 1, 2).float() / 255, 2)


def parts_loss(logits, wanted):
    """Cross-entropy and Dice loss of every part."""
    p = logits.sigmoid()
    common, both = (p * wanted).sum((0, 2, 3)), (p + wanted).sum((0, 2, 3))
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction='none').mean((0, 2, 3))
    each = .3 * entropy / (wanted.mean((0, 2, 3)) + .02) + 1 - (2 * common + 8) / (both + 8)
    return (each * torch.tensor(WEIGHTS, device=each.device)).mean()


def tones_loss(net, x, features, wanted):
    """L1 of the means of squares of 8×8 pixels; what the painter makes and the features stay as they are."""
    with torch.no_grad():
        painted = net.painted(x, features)
    tones = zip(TONED, net.toned(features.detach()), wanted)
    return sum(F.l1_loss(F.avg_pool2d(painted[i], 8) + tone, F.avg_pool2d((y + 1) / 2, 8)) for i, tone, y in tones)


def labelled(args):
    """The planes of the pictures for training and of those held out; kept beside the checkpoints, for they take minutes to make."""
    paths = [Path(args.out) / f'{name}.npz' for name in ('train', 'held')]
    if not all(path.exists() for path in paths):
        Path(args.out).mkdir(parents=True, exist_ok=True)
        people, teachers = portraits.load(args.portraits, args.teacher), (Mesh(args.mesh), Selfie(args.selfie))
        for path in paths:
            np.savez_compressed(path, **of_pictures(Path(args.pictures) / path.name, people, *teachers))
    return [read(args.out, path.stem) for path in paths]


def optimizer(net):
    """Muon for the kernels between the first and the last layer."""
    ends = {id(p) for layer in (net.stages[0], net.parts, net.tones) for p in layer.parameters()}
    kernels = [m.weight for m in net.modules() if isinstance(m, torch.nn.Conv2d) and id(m.weight) not in ends]
    hidden = {id(p) for p in kernels}
    return Muon(kernels, [p for p in net.parameters() if id(p) not in hidden], RATE, share=.3)


def main():
    parse = run.options(__doc__, 38)
    parse.add_argument('--pictures', required=True, help='folder that styles.py wrote')
    parse.add_argument('--mesh', required=True, help="MediaPipe's face mesh of 478 points, ONNX")
    parse.add_argument('--selfie', required=True, help="MediaPipe's selfie segmenter, landscape, ONNX")
    args = parse.parse_args()
    rng = run.prepare(args, SEED)
    pictures, held = (read(args.pictures, name) for name in ('train', 'held'))
    planes, held_planes = labelled(args)
    print(f'{len(pictures)} pictures, {len(held)} held out', flush=True)
    net = Stylizer().to(args.device, memory_format=torch.channels_last)
    training = run.Run(args, 'stylize', net, optimizer(net), .998)
    rng = training.numbers(rng, SEED)

    backgrounds = [scenes.read(name) for name in scenes.TRAINED]
    batches = run.prefetched(partial(batch, pictures, planes, backgrounds, rng))
    for progress, (x, y, wanted) in training.follow(batches, partial(report, training, list(zip(held, held_planes)))):
        features = net.features(x.contiguous(memory_format=torch.channels_last))
        loss = parts_loss(net.parts(features), y)
        training.losses.append(loss.item())
        if wanted:
            loss = loss + tones_loss(net, x, features, wanted)
        training.learn(loss, run.cosine(progress, RATE, .03), 1.)


@torch.no_grad()
def report(training, held, progress):
    """How well the parts of the held-out portraits are found."""
    net, device = training.averaged(), training.args.device
    both = [(net.parts(net.features(tensor(s[:1]).to(device))) > 0, shares([y]).to(device) > .5) for s, y in held]
    common, either = (sum(f(p, y).sum((0, 2, 3)) for p, y in both) for f in (torch.logical_and, torch.logical_or))
    print(f'{100 * progress:.1f} % step {training.step}: loss {np.mean(training.losses or [0.]):.4f}, IoU '
          + ', '.join(f'{name} {value:.3f}' for name, value in zip(PARTS, common / either)), flush=True)


if __name__ == '__main__':
    main()
