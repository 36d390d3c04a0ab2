"""Pictures and their six styles, for the stylizer: styles.py --portraits DIR --teacher YUNET.onnx --engine FACEKIT --selfie SELFIE.onnx --out DIR

facekit's classic engine paints portraits that were enlarged, lit otherwise and partly put before
other backgrounds. Two of its styles are changed into what a network of convolutions can follow:
the toy's head gets its own size back, and the video game's facets, strewn at random by the engine,
lie on a fixed lattice.
"""
import argparse
import json
import subprocess
from pathlib import Path

import cv2
import numpy as np

import portraits
import scenes
from selfie import Selfie

STYLES = '3D', 'Emoji', 'Video game', 'Pixels', 'Clay', 'Toy'
OPTIONS = {'Pixels': ['--pixel-size', '4', '--dither', 'none'], 'Video game': ['--pixel-size', '2']}
WIDTHS = 224, 256, 288, 320, 352
COUNT, SEED = 420, 5
FACET, CELL = 16, 2
"""Sides of the video game's squares of two facets and of its cells, in pixels."""

PATTERN = np.array([[-4, 0, -3, 1], [2, -2, 3, -1], [-3, 1, -4, 0], [3, -1, 2, -2]])
"""The dither of the console, added to levels before their lowest three bits are dropped."""


def enlarged(portrait, width):
    """The portrait at `width`, its height cut to a multiple of 16, and its five points there."""
    height, scale = portrait.image.shape[0], width / portrait.image.shape[1]
    size = width, int(height * scale) // 16 * 16
    matrix = np.array([[scale, 0, scale / 2 - .5], [0, scale, scale / 2 - .5]])
    image = cv2.warpAffine(portrait.image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return image, portrait.points * scale


def varied(image, person, backgrounds, rng):
    """The picture with another light, at times grey, at times before another background."""
    x = image.astype(np.float32)
    if rng.random() < .4:
        alpha = np.clip((person(image) - .15) / .7, 0, 1)[..., None]
        if rng.random() < .7:
            behind = scenes.crop(backgrounds[rng.integers(len(backgrounds))], rng, max(image.shape))
        else:
            behind = scenes.clouds(rng, max(image.shape))
        behind = cv2.GaussianBlur(behind, (0, 0), rng.uniform(.3, 4))[:image.shape[0], :image.shape[1]]
        x = behind + alpha * (x - behind)
    if rng.random() < .1:
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    gain = np.exp(rng.normal(0, .18)) * np.exp(rng.normal(0, .05, 3)) if rng.random() < .6 else 1.
    return np.clip(np.rint(x * gain), 0, 255).astype(np.uint8)


def drawn(people, selfie, rng):
    """(name, picture, points) of every person, and of what has no face."""
    backgrounds = [scenes.read(n) for n in scenes.TRAINED + ('horse.png', 'hubble_deep_field.jpg', 'retina.jpg')]
    for person in people:
        image, points = enlarged(person, int(rng.choice(WIDTHS)))
        yield Path(person.name).stem, varied(image, selfie, backgrounds, rng), points
    for i in range(len(people) // 16):
        yield f'scene{i}', scenes.crop(backgrounds[i % 5], rng, 256), None


def bulge(x, y, face, factor=1.2):
    """How far from each place lies what the engine's toy shows there: its head, larger by `factor`.

    The engine's own shape, src/style/classic/enlarge.rs.
    """
    left, top, w, h = face['box']
    across = np.subtract(*face['points'][1::-1])
    across = across / np.linalg.norm(across)
    down, middle = np.array([-across[1], across[0]]), np.array([left + w / 2, top + h / 2])
    centre, chin, crown = middle - .15 * h * down, middle + .45 * h * down, middle[1] - .95 * h
    anchor = chin[0], min(chin[1], max(crown, 0) + max(crown / (factor - 1), 0))
    t = np.clip((np.hypot(x - centre[0], y - centre[1]) / (1.9 * w) - .45) / .55, 0, 1)
    share = (1 - t * t * (3 - 2 * t)) * (1 - 1 / factor)
    return (anchor[0] - x) * share, (anchor[1] - y) * share


def own_size(image, faces):
    """The engine's toy with heads as large as they were: its enlargement inverted by fixed-point steps."""
    rows, columns = np.mgrid[:image.shape[0], :image.shape[1]].astype(np.float64)
    x, y = columns, rows
    for _ in range(30 if faces else 0):
        shifts = [bulge(x, y, face) for face in faces]
        x, y = columns - sum(s[0] for s in shifts), rows - sum(s[1] for s in shifts)
    return cv2.remap(image, x.astype(np.float32), y.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def facets(image, points):
    """A console's picture: triangles of one colour on a lattice, lit from the upper left, in 15 bits."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (width // CELL, height // CELL), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB) / 100
    side = FACET // CELL
    y, x = np.mgrid[:lab.shape[0], :lab.shape[1]]
    upper = x % side + y % side < side - 1
    names = 2 * (y // side * (lab.shape[1] // side + 1) + x // side) + upper
    count = np.maximum(np.bincount(names.ravel()), 1)
    base = np.stack([(np.bincount(names.ravel(), c.ravel()) / count)[names] for c in np.moveaxis(lab, 2, 0)], 2)
    level = cv2.GaussianBlur(lab[..., 0], (0, 0), side / 2)
    slope = [(np.bincount(names.ravel(), g.ravel()) / count)[names] for g in np.gradient(level)[::-1]]
    light = 1 + np.clip(1.6 * side * (.42 * slope[0] + .5 * slope[1]), -.15, .15) + np.where(upper, .025, -.025)
    seen = np.full(level.shape, .15)
    if points is not None:
        seen = np.maximum(seen, .85 * features(points / CELL, x, y))
    apart = np.clip((np.linalg.norm(lab - base, axis=2) - .07) / .15, 0, 1)
    share = (seen + (1 - seen) * apart)[..., None]
    out = (base + share * (lab - base)) * light[..., None]
    out[..., 0] += .5 * (out[..., 0] - .52) * (out[..., 0] * (1 - out[..., 0])).clip(0)
    out[..., 1:] *= 1.25
    levels = cv2.cvtColor((out * 100).astype(np.float32), cv2.COLOR_LAB2BGR).clip(0, 1) * 255
    bits = np.floor((levels + PATTERN[y % 4, x % 4][..., None]) / 8).clip(0, 31).astype(np.uint8)
    return cv2.resize(bits << 3 | bits >> 2, (width, height), interpolation=cv2.INTER_NEAREST)


def features(points, x, y):
    """How near each place is to eyes, nose and mouth, 0 to 1."""
    apart = np.linalg.norm(points[1] - points[0])
    spots = [(points[0], .42, .3), (points[1], .42, .3), (points[2], .25, .2), (points[3:].mean(0), .6, .28)]
    far = [np.hypot((x - p[0]) / (apart * a), (y - p[1]) / (apart * b)) for p, a, b in spots]
    return np.clip((1.2 - np.min(far, 0)) / .4, 0, 1)


def paint(engine, options, folder, out):
    """Runs one command of the engine over a folder and gives what it prints."""
    done = subprocess.run([engine, *options, '--threads', '1', '-o', str(out), str(folder)],
                          check=True, capture_output=True, text=True)
    return done.stdout


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('--portraits', required=True)
    parse.add_argument('--teacher', required=True, help='YuNet-n, ONNX')
    parse.add_argument('--engine', required=True, help="facekit's program")
    parse.add_argument('--selfie', required=True, help="MediaPipe's selfie segmenter, landscape, ONNX")
    parse.add_argument('--out', required=True, help='gets train.npz and held.npz')
    args = parse.parse_args()
    cv2.setNumThreads(1)
    train, held = portraits.split(portraits.load(args.portraits, args.teacher))
    rng, selfie = np.random.default_rng(SEED), Selfie(args.selfie)
    plain = [(Path(p.name).stem, *enlarged(p, 256)) for p in held]
    for name, pictures in (('held', plain), ('train', list(drawn(train[:COUNT], selfie, rng)))):
        make(Path(args.out) / name, pictures, args)


def make(folder, pictures, args):
    """Writes folder.npz: each picture's seven versions, [7, h, w, 3] BGR uint8, the first as it was."""
    (folder / 'input').mkdir(parents=True, exist_ok=True)
    for name, image, _ in pictures:
        cv2.imwrite(str(folder / f'input/{name}.png'), image)
    told = paint(args.engine, ['detect', '--json'], folder / 'input', folder / 'detect/').splitlines()
    faces = {Path(line['input']).stem: line['faces'] for line in map(json.loads, told)}
    for style in STYLES:
        options = ['stylize', '--engine', 'classic', '--style', style, '--segmenter', args.selfie]
        paint(args.engine, options + OPTIONS.get(style, []), folder / 'input', folder / f'{style}/')
        print(f'{folder.name}: {len(pictures)} in {style}', flush=True)
    stacks = {}
    for name, image, points in pictures:
        six = {style: cv2.imread(str(folder / style / f'{name}.png')) for style in STYLES}
        six |= {'Toy': own_size(six['Toy'], faces[name]), 'Video game': facets(image, points)}
        # The lowest rows are cut: what the larger head pushed out of the toy is not there to be put back.
        height = min(image.shape[0], image.shape[1] * 15 // 256 * 16)
        stacks[name] = np.stack([image, *six.values()])[:, :height]
    np.savez(folder.with_suffix('.npz'), **stacks)


if __name__ == '__main__':
    main()
