"""Every figure in the model cards: evaluate.py detect|restore|landmark|embed MODEL.onnx [folders …]

What a missing folder would have measured is skipped with a message. Timings are of one thread.
"""
import argparse
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import onnx
import onnxruntime as ort
import skimage

import compose
import pfld
import portraits
import scenes
from train_embed import Recognizer, copies, same_or_not
from train_landmark import labelled, misses
from train_restore import SIZE, held_out
from yunet import Yunet, iou

THRESHOLDS = .4, .45, .5, .55, .6, .65, .7, .75, .8


def astronaut():
    return cv2.imread(str(Path(skimage.__file__).parent / 'data/astronaut.png'))


def hopper():
    return cv2.imread(str(Path(matplotlib.get_data_path()) / 'sample_data/grace_hopper.jpg'))


def dlib_pictures(folder):
    """(picture, boxes [n, 4]) of dlib's example set: testing.xml and training.xml."""
    for name in ('testing.xml', 'training.xml'):
        for entry in xml.parse(Path(folder) / name).iter('image'):
            boxes = [[float(b.get(k)) for k in ('left', 'top', 'width', 'height')] for b in entry.iter('box')]
            yield cv2.imread(str(Path(folder) / entry.get('file'))), np.array(boxes)


def matched(found, boxes, least=.4):
    """How many of `boxes` have a detection of their own with an IoU of at least `least`."""
    if not len(found) or not len(boxes):
        return 0
    table, count = iou(found[:, :4], boxes), 0
    while table.max() >= least:
        i, j = np.unravel_index(table.argmax(), table.shape)
        table[i], table[:, j] = -1, -1
        count += 1
    return count


def count_table(title, rows):
    print(f'\n{title}\n{"threshold":34s}' + ''.join(f'{t:6.2f}' for t in THRESHOLDS))
    for name, values in rows:
        print(f'{name:34s}' + ''.join(f'{v:6.0f}' for v in values))


def above(faces, threshold):
    return faces[faces[:, 14] >= threshold]


def counts(pictures, net, measure):
    """`measure(faces above the threshold, labels)` summed over (picture, labels), a threshold a column."""
    seen = [(net.detect(image, min(THRESHOLDS)), labels) for image, labels in pictures]
    return [sum(measure(above(f, t), labels) for f, labels in seen) for t in THRESHOLDS]


def real_photographs(net, args):
    rows = [('astronaut, faces found', counts([(astronaut(), None)], net, lambda f, _: len(f))),
            ('grace hopper, faces found', counts([(hopper(), None)], net, lambda f, _: len(f)))]
    if args.dlib:
        pictures = list(dlib_pictures(args.dlib))
        total = sum(len(b) for _, b in pictures)
        rows += [(f'dlib, of {total} boxes', counts(pictures, net, matched)),
                 ('dlib, other detections', counts(pictures, net, lambda f, b: len(f) - matched(f, b)))]
    else:
        print('dlib set: skipped, no folder given')
    if args.solvay:
        rows += [('solvay, detections (29 faces)', counts([(cv2.imread(args.solvay), None)], net, lambda f, _: len(f)))]
    else:
        print('solvay photograph: skipped, no file given')
    count_table('real photographs', rows)


def false_alarms(net):
    rows = []
    for title, names in (('trained on', scenes.TRAINED), ('unseen', scenes.UNSEEN)):
        each = [(n, counts([(scenes.read(n), None)], net, lambda f, _: len(f))) for n in names]
        rows += [(f'{title}: {n}', c) for n, c in each if sum(c)]
        rows += [(f'{title}, all {len(names)}', np.sum([c for _, c in each], 0))]
    count_table('false alarms', rows)


def composites(net, held, threshold, count=200):
    """Recall by face size and false alarms on drawn-together pictures of held-out portraits."""
    rng = np.random.default_rng(11)
    people, pictures = compose.sitters(held, rng), [scenes.read(n) for n in scenes.UNSEEN]
    others = compose.decoys(people, pictures, rng, 100)
    edges = [10, 16, 24, 40, 80, 160, 301]
    hits, faces, extra, ious, misses = np.zeros(6), np.zeros(6), 0, [], []
    for _ in range(count):
        image, labels = compose.compose(people, others, pictures, rng)
        found = net.detect(image, threshold)
        table = iou(found[:, :4], labels[:, :4]) if len(found) and len(labels) else np.zeros((len(found), len(labels)))
        extra += int((table.max(1, initial=0) < .3).sum())
        for j in np.flatnonzero(labels[:, 14]):
            bin_ = np.searchsorted(edges, np.sqrt(labels[j, 2] * labels[j, 3]), 'right') - 1
            if not 0 <= bin_ < 6:
                continue
            best = table[:, j].max(initial=0)
            faces[bin_] += 1
            hits[bin_] += best >= .5
            if best >= .5:
                i = table[:, j].argmax()
                ious.append(best)
                off = np.linalg.norm((found[i, 4:14] - labels[j, 4:14]).reshape(5, 2), axis=1).mean()
                misses.append(off / np.sqrt(labels[j, 2] * labels[j, 3]))
    print(f'\n{count} composites of {len(held)} held-out portraits, threshold {threshold:g}, IoU .5')
    for i in range(6):
        print(f'  {edges[i]:3d} to {edges[i + 1] - 1:3d} px: {hits[i]:.0f} of {faces[i]:.0f}')
    print(f'  all: {hits.sum() / faces.sum():.3f}; false alarms {extra}; mean IoU {np.mean(ious):.3f}; '
          f'points off by {100 * np.mean(misses):.1f} % of the face size')


def agreement(net, teacher, threshold):
    """How near boxes and points are to the teacher's on the two test portraits."""
    for name, image in (('astronaut', astronaut()), ('grace hopper', hopper())):
        ours, theirs = net.detect(image, threshold), teacher.detect(image, .8)
        if len(ours) and len(theirs):
            off = np.linalg.norm((ours[0, 4:14] - theirs[0, 4:14]).reshape(5, 2), axis=1)
            print(f'{name}: score {ours[0, 14]:.3f}, IoU with YuNet-n {iou(ours[:1, :4], theirs[:1, :4])[0, 0]:.3f}, '
                  f'points {np.round(off, 1).tolist()} px apart, face {theirs[0, 2]:.0f}×{theirs[0, 3]:.0f}')


def latency(path, tensor, runs=15):
    """(fastest, median) milliseconds on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    times = []
    for _ in range(runs + 2):
        start = time.perf_counter()
        session.run(None, {'input': tensor})
        times.append(1e3 * (time.perf_counter() - start))
    return min(times[2:]), np.median(times[2:])


def evaluate_detector(args):
    props = {p.key: p.value for p in onnx.load(args.model).metadata_props}
    threshold = float(props['default_threshold'])
    print(f'{Path(args.model).name}: {props}')
    net = Yunet(args.model)
    real_photographs(net, args)
    false_alarms(net)
    if args.teacher:
        teacher = Yunet(args.teacher)
        agreement(net, teacher, threshold)
        print('\nthe teacher, for comparison')
        real_photographs(teacher, args)
        false_alarms(teacher)
    if args.teacher and args.portraits:
        composites(net, portraits.split(portraits.load(args.portraits, args.teacher))[1], threshold)
    else:
        print('composites: skipped, they need --portraits and --teacher')
    x = np.random.default_rng(0).uniform(0, 255, (1, 3, 640, 640)).astype(np.float32)
    for name in filter(None, (args.model, args.teacher)):
        print('{}: 640×640 in {:.1f} ms (fastest), {:.1f} ms (median)'.format(Path(name).name, *latency(name, x)))


def psnr(a, b):
    return 10 * np.log10(255 ** 2 / np.mean((a.astype(np.float64) - b) ** 2))


def sharpness(image):
    """Deviation of the fine detail of the face's middle."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)[64:224, 64:192]
    return (grey - cv2.GaussianBlur(grey, (0, 0), 1.5)).std()


class Restorer:
    """The restorer file on BGR uint8 pictures."""

    def __init__(self, path):
        self.session = ort.InferenceSession(str(path), providers=['CPUExecutionProvider'])

    def __call__(self, image):
        x = image[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1
        y = self.session.run(None, {'input': x})[0][0].transpose(1, 2, 0)[..., ::-1]
        return np.clip(np.rint((y + 1) * 127.5), 0, 255).astype(np.uint8)


def structure(a, b):
    from skimage.metrics import structural_similarity
    return structural_similarity(a, b, channel_axis=2)


def evaluate_restorer(args):
    print(f'{Path(args.model).name}: ' + str({p.key: p.value for p in onnx.load(args.model).metadata_props}))
    net = Restorer(args.model)
    if args.teacher and args.portraits:
        low, clean = held_out(portraits.split(portraits.load(args.portraits, args.teacher))[1])
        made = [net(x) for x in low]
        before, after = (np.array([psnr(a, b) for a, b in zip(side, clean)]) for side in (low, made))
        print(f'\n{len(clean)} held-out portraits at {SIZE}×{SIZE}, degraded with seed 7')
        print(f'PSNR {before.mean():.2f} → {after.mean():.2f} dB: {(after - before).mean():+.2f} dB; '
              f'worse in {(after < before).sum()}, least {(after - before).min():+.2f}, most {(after - before).max():+.2f}')
        print('SSIM {:.4f} → {:.4f}'.format(*(np.mean([structure(a, b) for a, b in zip(s, clean)]) for s in (low, made))))
        print('fine detail {:.2f} → {:.2f}, in the clean ones {:.2f}'.format(
            *(np.mean([sharpness(x) for x in s]) for s in (low, made, clean))))
        kept = [net(x) for x in clean]
        print(f'clean input: {np.mean([psnr(a, b) for a, b in zip(kept, clean)]):.1f} dB from itself; mean colour moves by '
              f'{np.mean([np.abs(a.mean((0, 1)) - b.mean((0, 1))).max() for a, b in zip(kept, clean)]):.2f} levels')
        print('mean colour, output less clean (B, G, R): '
              + str(np.round(np.mean([a.mean((0, 1)) - b.mean((0, 1)) for a, b in zip(made, clean)], 0), 2)))
        if args.sheet:
            sheet(args.sheet, low, made, clean)
    else:
        print('held-out portraits: skipped, they need --portraits and --teacher')
    for size in (256, 512):
        x = np.random.default_rng(0).uniform(-1, 1, (1, 3, size, size)).astype(np.float32)
        print('{0}×{0} in {1:.1f} ms (fastest), {2:.1f} ms (median)'.format(size, *latency(args.model, x)))


def sheet(path, low, made, clean, rows=4, columns=3, start=0):
    """A contact sheet: degraded, restored, clean, side by side at full size."""
    cells = [np.hstack(t) for t in zip(low, made, clean)][start:start + rows * columns]
    cv2.imwrite(str(path), np.vstack([np.hstack(cells[i:i + columns]) for i in range(0, len(cells), columns)]))
    print(f'contact sheet: {path}')


PARTS = {'jaw': range(33), 'brows': range(33, 51), 'nose': range(51, 60), 'eyes': range(60, 76), 'lips': range(76, 96),
         'pupils': range(96, 98)}


def evaluate_landmarker(args):
    print(f'{Path(args.model).name}: ' + str({p.key: p.value for p in onnx.load(args.model).metadata_props}))
    net = pfld.Pfld(args.model)
    if args.teacher and args.landmarks:
        teacher = pfld.Pfld(args.landmarks)
        if args.portraits:
            held = labelled(portraits.split(portraits.load(args.portraits, args.teacher))[1], args.landmarks)
            print(f'\n{len(held)} held-out portraits, off by % of the inter-ocular distance from the teacher over 18 crops')
            for name, runner in (('this', net.crops), ('the teacher in one crop', teacher.crops)):
                for title, seed in (('', None), (', jittered', 7)):
                    print_misses(name + title, misses(runner, held, seed))
        else:
            print('held-out portraits: skipped, they need --portraits')
        landmarks_in_photographs(net, teacher, args)
    else:
        print('accuracy: skipped, it needs --teacher and --landmarks')
    x = np.random.default_rng(0).uniform(0, 1, (1, 3, pfld.SIZE, pfld.SIZE)).astype(np.float32)
    for name in filter(None, (args.model, args.landmarks)):
        print('{}: {:.2f} ms (fastest), {:.2f} ms (median)'.format(Path(name).name, *latency(name, x, 60)))


def print_misses(name, off):
    """`off` is [faces, 98]."""
    each = 100 * off.mean(1)
    print(f'  {name}: mean {each.mean():.2f}, median {np.median(each):.2f}, worst face {each.max():.2f}; '
          + ', '.join(f'{part} {100 * off[:, points].mean():.2f}' for part, points in PARTS.items()))


def landmarks_in_photographs(net, teacher, args):
    """Distance from the teacher on real photographs, in boxes of YuNet-n; with --sheet, drawn."""
    detector, cells = Yunet(args.teacher), []
    sets = {'astronaut': [astronaut()], 'grace hopper': [hopper()]}
    sets |= {'dlib': [image for image, _ in dlib_pictures(args.dlib)]} if args.dlib else {}
    sets |= {'solvay': [cv2.imread(args.solvay)]} if args.solvay else {}
    print('\nreal photographs, faces surer than .8')
    for title, images in sets.items():
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
        cells += [np.zeros_like(cells[0])] * (-len(cells) % 8)
        cv2.imwrite(args.sheet, np.vstack([np.hstack(cells[i:i + 8]) for i in range(0, len(cells), 8)]))
        print(f'contact sheet, this above the teacher: {args.sheet}')


def drawn(image, box, eyes, points, zoom=2):
    """The crop, enlarged, with the points."""
    matrix = pfld.crop(box, eyes, pfld.SCALE * 1.2) * zoom
    side = zoom * pfld.SIZE
    canvas = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_CUBIC)
    for x, y in (points @ matrix[:, :2].T + matrix[:, 2]) * 8:
        cv2.circle(canvas, (round(x), round(y)), 9, (0, 255, 0), -1, cv2.LINE_AA, 3)
    return canvas


def evaluate_embedder(args):
    print(f'{Path(args.model).name}: ' + str({p.key: p.value for p in onnx.load(args.model).metadata_props}))
    net = Recognizer(args.model)
    if args.teacher and args.portraits and args.recognizer:
        plain, copied = copies(portraits.split(portraits.load(args.portraits, args.teacher))[1])
        teacher, others = Recognizer(args.recognizer), ~np.eye(len(plain), dtype=bool)
        cosine = (net(plain) * teacher(plain)).sum(1)
        print(f'\n{len(plain)} held-out portraits: cosine to the teacher {cosine.mean():.3f}, least {cosine.min():.3f}, '
              f'of the copies {np.mean([(net(row) * teacher(row)).sum(1) for row in copied]):.3f}')
        for name, runner in (('this', net), ('teacher', teacher)):
            own, seen = runner(plain), [runner(row) for row in copied]
            same = np.array([(own * row).sum(1) for row in seen]).ravel()
            different = np.array([(own @ row.T)[others] for row in seen]).ravel()
            line = np.quantile(different, .99)
            print(f'  {name}: same person {same.mean():.3f}, different {different.mean():.3f}, area {same_or_not(own, seen):.4f}; '
                  f'1 % of different ones above {line:.3f}, and {100 * (same > line).mean():.1f} % of the same')
    else:
        print('held-out portraits: skipped, they need --portraits, --teacher and --recognizer')
    x = np.random.default_rng(0).uniform(-1, 1, (1, 3, 112, 112)).astype(np.float32)
    for name in filter(None, (args.model, args.recognizer)):
        print('{}: {:.2f} ms (fastest), {:.2f} ms (median)'.format(Path(name).name, *latency(name, x, 60)))


EVALUATE = {'detect': evaluate_detector, 'restore': evaluate_restorer, 'landmark': evaluate_landmarker, 'embed': evaluate_embedder}


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('role', choices=EVALUATE)
    parse.add_argument('model')
    parse.add_argument('--portraits', help='folder of portraits')
    parse.add_argument('--teacher', help='YuNet-n, ONNX')
    parse.add_argument('--dlib', help="dlib's examples/faces folder")
    parse.add_argument('--solvay', help='the Solvay conference photograph of 1927')
    parse.add_argument('--landmarks', help='PFLD GhostOne with 98 points, ONNX')
    parse.add_argument('--recognizer', help='MobileFaceNet, ONNX')
    parse.add_argument('--sheet', help='write a contact sheet of the restorer or the landmarker here')
    args = parse.parse_args()
    cv2.setNumThreads(1)
    EVALUATE[args.role](args)


if __name__ == '__main__':
    main()
