"""What evaluate.py prints of a landmarker."""
from pathlib import Path

import cv2
import numpy as np

import pfld
import portraits
import skin
from measure import introduce, latency, photographs, sheet
from train_landmark import labelled, misses
from yunet import Yunet

PARTS = {'jaw': range(33), 'brows': range(33, 51), 'nose': range(51, 60), 'eyes': range(60, 76), 'lips': range(76, 96),
         'pupils': range(96, 98)}


def evaluate(args):
    introduce(args.model)
    net = pfld.Pfld(args.model)
    if args.teacher and args.landmarks:
        teacher = pfld.Pfld(args.landmarks)
        if args.portraits:
            held = labelled(portraits.split(portraits.load(args.portraits, args.teacher))[1], args.landmarks)
            print(f'\n{len(held)} held-out portraits, off by % of the inter-ocular distance from the teacher over 18 crops')
            for name, runner in (('this', net.crops), ('the teacher in one crop', teacher.crops)):
                for title, seed in (('', None), (', jittered', 7)):
                    print_misses(name + title, misses(runner, held, seed))
            off = 100 * misses(net.crops, held).mean(1)
            print('  by skin tone: ' + ', '.join(f'{name} {off[of].mean():.2f} ({len(of)})' for name, of in skin.groups(held).items()))
        else:
            print('held-out portraits: skipped, they need --portraits')
        landmarks_in_photographs(net, teacher, args)
    else:
        print('accuracy: skipped, it needs --teacher and --landmarks')
    x = np.random.default_rng(0).uniform(0, 1, (1, 3, pfld.SIZE, pfld.SIZE)).astype(np.float32)
    for name in filter(None, (args.model, args.landmarks)):
        print('{}: {:.2f} ms (fastest), {:.2f} ms (median)'.format(Path(name).name, *latency(name, 60, input=x)))


def print_misses(name, off):
    """`off` is [faces, 98]."""
    each = 100 * off.mean(1)
    print(f'  {name}: mean {each.mean():.2f}, median {np.median(each):.2f}, worst face {each.max():.2f}; '
          + ', '.join(f'{part} {100 * off[:, points].mean():.2f}' for part, points in PARTS.items()))


def landmarks_in_photographs(net, teacher, args):
    """Distance from the teacher on real photographs, in boxes of YuNet-n; with --sheet, drawn."""
    detector, cells = Yunet(args.teacher), []
    print('\nreal photographs, faces surer than .8')
    for title, images in photographs(args).items():
        off = []
        for image in images:
            for face in detector.detect(image, .8):
                box, eyes = face[:4], face[4:8].reshape(2, 2)
                found, wanted = net.points(image, box, eyes), teacher.steady(image, box, eyes)
                apart = np.linalg.norm(np.subtract(*wanted[list(pfld.OUTER_EYES)]))
                off.append(np.linalg.norm(found - wanted, axis=1) / apart)
                cells.append(np.vstack([drawn(image, box, eyes, points) for points in (found, wanted)]))
        print_misses(f'{title}, {len(off)} faces', np.array(off))
    if args.sheet:
        sheet(args.sheet, cells, 8, 'contact sheet, this above the teacher')


def drawn(image, box, eyes, points, zoom=2):
    """The crop, enlarged, with the points."""
    matrix = pfld.crop(box, eyes, pfld.SCALE * 1.2) * zoom
    side = zoom * pfld.SIZE
    canvas = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_CUBIC)
    for x, y in (points @ matrix[:, :2].T + matrix[:, 2]) * 8:
        cv2.circle(canvas, (round(x), round(y)), 9, (0, 255, 0), -1, cv2.LINE_AA, 3)
    return canvas
