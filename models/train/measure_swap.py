"""What `evaluate.py swap MODEL.onnx` prints, with `embed.onnx` and `landmark.onnx` of the pack as the measure."""
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

import pfld
import portraits
import skin
from measure import astronaut, hopper, introduce, latency, sheet
from tensors import pixels, tensor
from train_embed import Recognizer
from train_landmark import labelled
from transplant import SIZE, TEMPLATE, align, crop, transplanted
from yunet import Yunet

PACK = Path(__file__).resolve().parent.parent / 'lite'
GAIN, MOVED = .35, 5.
"""What is asked for: the least gain of similarity, and the most that points may move, in % of the inter-ocular distance."""


class Swapper:
    """The swapper file on aligned BGR uint8 pictures and unit vectors."""

    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])

    def __call__(self, targets, vectors):
        return [pixels(self.session.run(None, {'target': tensor([t]).numpy(), 'source': v[None]})[0][0])
                for t, v in zip(targets, vectors)]


def shuffled(held, seed=3):
    """The held-out portraits in the order in which each gets the face of the next, and the last that of the first."""
    return [held[i] for i in np.random.default_rng(seed).permutation(len(held))]


def following(pictures):
    """Each one's source."""
    return pictures[1:] + pictures[:1]


def aligned(people):
    """The portraits aligned for the swapper by the detector's five points."""
    return [portraits.align(p, SIZE, TEMPLATE) for p in people]


def vectors(recognizer, pictures):
    return recognizer([crop(x) for x in pictures])


def moved(net, people, before, after):
    """How far each face's 98 points move from `before` to `after`, in % of the inter-ocular distance, [n]."""
    off = []
    for person, *pair in zip(people, before, after):
        matrix = portraits.similarity(person.points, TEMPLATE, SIZE)
        low, high = ((person.box[:2] + k * person.box[2:4]) @ matrix[:, :2].T + matrix[:, 2] for k in (0, 1))
        eyes = person.points[:2] @ matrix[:, :2].T + matrix[:, 2]
        cut = pfld.crop(np.array([*low, *(high - low)]), eyes)
        old, new = net.crops([pfld.cut(x, cut) for x in pair])
        apart = np.linalg.norm(np.subtract(*old[list(pfld.OUTER_EYES)]))
        off.append(100 * np.linalg.norm(new - old, axis=1).mean() / apart)
    return np.array(off)


def colour(before, after):
    """Mean colour of the middle of the face, after less before, [n, 3] B, G, R levels."""
    return np.array([(b.astype(np.float32) - a)[36:108, 38:90].mean((0, 1)) for a, b in zip(before, after)])


def detail(pictures):
    """Mean deviation of the fine detail of the middle of the face."""
    def fine(image):
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
        return (grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[36:108, 38:90].std()
    return np.mean([fine(x) for x in pictures])


def edge(before, after):
    """The largest change in the outer two pixels, in levels."""
    ring = np.ones((SIZE, SIZE), bool)
    ring[2:-2, 2:-2] = False
    return max(np.abs(b.astype(int) - a)[ring].max() for a, b in zip(before, after))


def pasted(portrait, before, after):
    """The whole picture with what the swap changed in its crop."""
    matrix = portraits.similarity(portrait.points, TEMPLATE, SIZE)
    change = cv2.warpAffine(after.astype(np.float32) - before, matrix, portrait.image.shape[1::-1],
                            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    return np.clip(np.rint(portrait.image + change), 0, 255).astype(np.uint8)


def contact(path, people, sources, targets, made, columns=3):
    """Source, target and output at twice their size, and the whole picture; `columns` swaps a row."""
    high = 2 * SIZE

    def row(person, *pictures):
        whole = pasted(person, *pictures[1:])
        whole = cv2.resize(whole, (round(whole.shape[1] * high / whole.shape[0]), high), interpolation=cv2.INTER_AREA)
        cells = [cv2.resize(x, (high, high), interpolation=cv2.INTER_CUBIC) for x in pictures]
        frame = np.zeros((high, 260, 3), np.uint8)
        frame[:, :min(260, whole.shape[1])] = whole[:, :260]
        return np.hstack([*cells, frame])

    sheet(path, [row(*each) for each in zip(people, sources, targets, made)], columns)


def gains(recognizer, sources, targets, made):
    """Cosine to the source before, after, and to the target after, each [n]."""
    wanted, old, new = (vectors(recognizer, x) for x in (sources, targets, made))
    return (old * wanted).sum(1), (new * wanted).sum(1), (new * old).sum(1)


def similarity(name, recognizer, sources, targets, made):
    before, after, stayed = gains(recognizer, sources, targets, made)
    gain = after - before
    print(f'  {name}: similarity to the source {before.mean():.3f} → {after.mean():.3f} ({gain.mean():+.3f}; least {gain.min():+.3f}; '
          f'{(gain >= GAIN).sum()} of {len(gain)} gain {GAIN:g}), to the target {stayed.mean():.3f}')


def looks(title, net, people, targets, made):
    off, shift = moved(net, people, targets, made), colour(targets, made)
    print(f'  {title}: points move {off.mean():.2f} %, median {np.median(off):.2f}, most {off.max():.2f} ({(off <= MOVED).sum()} of '
          f'{len(off)} within {MOVED:g}); colour {[round(float(c), 1) for c in shift.mean(0)]}, deviation {shift.std(0).mean():.1f} levels; '
          f'fine detail {detail(targets):.2f} → {detail(made):.2f}')


def by_skin(people, embed, net, targets, made):
    """Figures by the skin-tone group of the target, and the gain also by that of the source, the next one."""
    before, after, _ = gains(embed, following(targets), targets, made)
    off, shift = moved(net, people, targets, made), np.abs(colour(targets, made)).mean(1)
    for name, chosen in skin.groups(people).items():
        if len(chosen):
            given = (chosen - 1) % len(people)
            print(f'  {name}: as target ({len(chosen)}) {(after - before)[chosen].mean():+.3f}, points move {off[chosen].mean():.2f} %, '
                  f'colour {shift[chosen].mean():.1f} levels; as source ({len(given)}) {(after - before)[given].mean():+.3f}')


def held_out(swap, embed, net, args):
    people = shuffled(portraits.split(portraits.load(args.portraits, args.teacher))[1])
    targets = aligned(people)
    sources = following(targets)
    made = swap(targets, vectors(embed, sources))
    print(f'\n{len(people)} held-out portraits, each with the face of the next')
    similarity("the pack's embedder", embed, sources, targets, made)
    if args.recognizer:
        similarity('MobileFaceNet', Recognizer(args.recognizer), sources, targets, made)
    looks("the pack's landmarker", net, people, targets, made)
    print(f'  at the edge of the crop: {edge(targets, made)} levels')
    if args.landmarks:
        teacher = pfld.Pfld(args.landmarks)
        looks('PFLD GhostOne', teacher, people, targets, made)
        marked = [align(p.image, np.vstack([p.points, q.points])) for p, q in zip(people, labelled(people, args.landmarks))]
        classic = [np.clip(np.rint(transplanted(i, j)), 0, 255).astype(np.uint8) for i, j in zip(following(marked), marked)]
        print('the transplant that it learns from, for comparison')
        similarity("the pack's embedder", embed, sources, targets, classic)
        looks("the pack's landmarker", net, people, targets, classic)
    kept = swap(targets, vectors(embed, targets))
    print(f'own vector: {np.mean([cv2.PSNR(a, b) for a, b in zip(targets, kept)]):.1f} dB from itself, similarity '
          f'{gains(embed, targets, targets, kept)[1].mean():.3f}')
    print("by how light the target's or source's skin looks")
    by_skin(people, embed, net, targets, made)
    if args.sheet:
        contact(args.sheet, people, sources, targets, made)


def public(swap, embed, net, args):
    """The two test portraits, each with the face of the other."""
    people = []
    for name, image in (('astronaut', astronaut()), ('grace hopper', hopper())):
        face = max(Yunet(args.teacher).detect(image, .8), key=lambda f: f[14])
        people.append(portraits.Portrait(name, image, face[:4], face[4:14].reshape(5, 2)))
    targets = aligned(people)
    sources = targets[::-1]
    made = swap(targets, vectors(embed, sources))
    print('\nastronaut and grace hopper, each with the face of the other')
    similarity("the pack's embedder", embed, sources, targets, made)
    looks("the pack's landmarker", net, people, targets, made)
    if args.sheet:
        contact(Path(args.sheet).with_stem(Path(args.sheet).stem + '_public'), people, sources, targets, made, 1)


def evaluate(args):
    introduce(args.model)
    swap, embed, net = Swapper(args.model), Recognizer(PACK / 'embed.onnx'), pfld.Pfld(PACK / 'landmark.onnx')
    if args.teacher:
        public(swap, embed, net, args)
        if args.portraits:
            held_out(swap, embed, net, args)
    if not (args.teacher and args.portraits):
        print('held-out portraits: skipped, they need --portraits and --teacher')
    picture, vector = tensor([np.zeros((SIZE, SIZE, 3), np.uint8)]).numpy(), np.eye(1, 128, dtype=np.float32)
    print('{}: {:.2f} ms (fastest), {:.2f} ms (median)'.format(
        Path(args.model).name, *latency(args.model, 30, target=picture, source=vector)))
