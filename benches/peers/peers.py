"""facekit beside OpenCV, InsightFace, facefusion's formulas and Pillow: the same job, picture, model and threads, in turn.

Each side is a process of its own that does a job when it is told to: facekit's is `jobs.rs`, the other is this script with
--serve. In every round both run the job (A B, then B A …); what is compared is the median over all runs of a side, and the
spread is that of the rounds' own ratios. Peak memory is the process's, after `detect_swap_restore` alone.

Run: python benches/peers/peers.py --ours target/release/examples/peer_jobs [--models DIR] [--insightface DIR]
     [--threads 1 2] [--rounds 9] [--jobs NAME …] [--out FILE.json]
DIR of --models holds real models by the names in MODELS; without it facekit's own detector and embedder serve, and jobs
that need another are skipped with a message. --insightface is a folder with the package insightface's Python files
(`pip download --no-deps --no-binary :all: insightface`, unpacked): its compiled parts are not needed.
Packages: numpy, opencv-python-headless 5, onnx, onnxruntime 1.28.0, pillow, scikit-image; they are those of requirements.txt.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODELS = {'yunet.onnx': 'detect/yunet_n_dynamic.onnx', 'scrfd.onnx': 'detect/scrfd_2.5g_kps_NONCOMMERCIAL.onnx',
          'recognizer.onnx': 'recognize/mobilefacenet_128d.onnx'}
"""The files of a job folder, and where they lie in the folder of --models."""

NEED = {'scrfd.onnx': ('detect_scrfd', 'embed_arcface', 'swap_inswapper')}
"""The jobs of a file that nothing stands in for."""

LIMITS = {'detect_yunet': .46, 'detect_scrfd': .72, 'align_and_paste_30': .4, 'swap_gif': .4, 'jpeg_both': 1.1}
"""What a ratio may be at most, as far as anything was promised; a kernel's at most 1."""

KERNELS = ('resize_bilinear', 'resize_bilinear_half', 'resize_area', 'resize_lanczos', 'tensor', 'gaussian', 'mask_blur', 'warp',
           'paste')
JOBS = (*KERNELS, 'jpeg_decode', 'jpeg_encode', 'jpeg_both', 'align_and_paste_30', 'detect_yunet', 'detect_scrfd', 'embed',
        'embed_arcface', 'swap_inswapper', 'swap_gif')
AROUND = {'restore_around': 'restore', 'scrfd_around': 'detect_scrfd'}
"""Jobs whose whole time is put beside that of the runs of models in them, as facekit itself counts it."""
MOST_AROUND = 1 / .95
WORKERS = 'two_workers', ('restore_8_by_2', 'restore_8_by_1'), 1 / 1.8
"""Two workers beside one, and the least that they have to gain."""

FRAMES, GIF_SIDE = 50, 320


class Side:
    """A process that does jobs."""

    def __init__(self, command, threads):
        limits = {name: str(threads) for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'RAYON_NUM_THREADS')}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=os.environ | limits)

    def run(self, job, count):
        """The seconds of each run, the peak bytes of the process and, of facekit, the seconds of all runs of models."""
        self.process.stdin.write(f'{job} {count}\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f'{self.process.args[0]} ended during {job}')
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(pair, rounds):
    """Runs two (side, job) in turn, `rounds` times: {ours, theirs, ratio, spread}, seconds are medians."""
    count = min(enough(side, job) for side, job in pair)
    seconds = [[], []]
    for index in range(rounds):
        for which in ((0, 1) if index % 2 == 0 else (1, 0)):
            side, job = pair[which]
            seconds[which].append(side.run(job, count)['seconds'])
    ratios = sorted(statistics.median(a) / statistics.median(b) for a, b in zip(*seconds))
    ours, theirs = (statistics.median(sum(side, [])) for side in seconds)
    return dict(ours=ours, theirs=theirs, ratio=ours / theirs, spread=[ratios[0], ratios[-1]])


def enough(side, job):
    """How many runs of a job take about a third of a second, 1 to 20."""
    return max(1, min(20, int(.3 / max(side.run(job, 1)['seconds'][0], 1e-6))))


def around(side, job, rounds):
    """The whole of a job beside the runs of models in it, as `compare` has it; seconds are means."""
    count = enough(side, job)
    whole, runs = zip(*((sum(answer['seconds']), answer['runs']) for answer in (side.run(job, count) for _ in range(rounds))))
    ratios = sorted(a / b for a, b in zip(whole, runs))
    ours, theirs = (sum(times) / rounds / count for times in (whole, runs))
    return dict(ours=ours, theirs=theirs, ratio=statistics.median(ratios), spread=[ratios[0], ratios[-1]])


def prepare(folder, models):
    """Writes what both sides read; returns the jobs that lack a model, with the reason."""
    import cv2
    import numpy as np
    from PIL import Image

    photos = [cv2.imread(str(ROOT / 'examples/photos' / name)) for name in ('astronaut.png', 'grace_hopper.jpg')]
    cv2.imwrite(str(folder / 'face.png'), photos[0])
    group = np.full((886, 1280, 3), 90, np.uint8)
    for i in range(6):
        face = cv2.resize(photos[i % 2][:512], (400, 400), interpolation=cv2.INTER_AREA)
        group[30 + 420 * (i // 3):430 + 420 * (i // 3), 30 + 410 * (i % 3):430 + 410 * (i % 3)] = face
    cv2.imwrite(str(folder / 'group.png'), group)
    large, faces = cv2.resize(group, (4000, 3000), interpolation=cv2.INTER_CUBIC), []
    large = np.clip(large + np.random.default_rng(0).normal(0, 4, large.shape), 0, 255).astype(np.uint8)
    cv2.imwrite(str(folder / 'large.jpg'), large, [cv2.IMWRITE_JPEG_QUALITY, 90])
    five = np.float32([[.37691676, .46864664], [.62285697, .46912813], [.50123859, .61331904], [.39308822, .72541100],
                       [.61150205, .72490465]])
    rng = np.random.default_rng(1)
    for i in range(30):
        angle, side = rng.uniform(-.4, .4), rng.uniform(180, 420)
        turn = side * np.float32([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = np.float32([400 + 640 * (i % 6), 350 + 570 * (i // 6)])
        faces.append(((five - .5) @ turn.T + centre).tolist())
    (folder / 'faces.json').write_text(json.dumps(faces))
    frames = []
    for i in range(FRAMES):
        matrix = cv2.getRotationMatrix2D((256, 200), 8 * np.sin(i / 4), .62)
        matrix[:, 2] += (GIF_SIDE / 2 - 256 + 12 * np.sin(i / 3), GIF_SIDE / 2 - 200)
        frame = cv2.warpAffine(photos[1], matrix, (GIF_SIDE, GIF_SIDE), borderMode=cv2.BORDER_REPLICATE)
        frames.append(Image.fromarray(frame[..., ::-1]))
    frames[0].save(folder / 'film.gif', save_all=True, append_images=frames[1:], duration=80, loop=0)
    write_swapper(folder / 'swapper.onnx', 'lite_swap', 128, 'n')
    write_swapper(folder / 'inswapper.onnx', 'inswapper', 512, 1)
    write_recognizer(folder / 'arcface.onnx')
    shutil.copy(ROOT / 'models/lite/restore.onnx', folder / 'restorer.onnx')
    own = {'yunet.onnx': ROOT / 'models/lite/detect.onnx', 'recognizer.onnx': ROOT / 'models/lite/embed.onnx'}
    missing = {}
    for name, place in MODELS.items():
        file = models / place if models else None
        file = file if file and file.exists() else own.get(name)
        if file and file.exists():
            shutil.copy(file, folder / name)
        else:
            missing |= {job: f'{place} is not in --models' for job in NEED.get(name, ())}
    return missing


def write_swapper(path, family, identity, batch):
    """A tiny graph with a swapper's signature: a blend of the target with a tint."""
    import numpy as np
    from onnx import TensorProto, helper

    rng = np.random.default_rng(2)
    # InsightFace takes the last weight for the one that it multiplies identities by.
    weights = dict(tint=rng.normal(0, .05, (identity, 3)), blur=rng.normal(0, .05, (3, 3, 5, 5)),
                   sides=np.array([-1, 3, 1, 1]), emap=np.eye(identity))
    nodes = [helper.make_node('MatMul', ['source', 'emap'], ['identity']),
             helper.make_node('MatMul', ['identity', 'tint'], ['colour']),
             helper.make_node('Reshape', ['colour', 'sides'], ['plane']),
             helper.make_node('Conv', ['target', 'blur'], ['soft'], pads=[2, 2, 2, 2]),
             helper.make_node('Add', ['soft', 'target'], ['mixed']),
             helper.make_node('Add', ['mixed', 'plane'], ['output'])]
    inputs = [helper.make_tensor_value_info('target', TensorProto.FLOAT, [batch, 3, 128, 128]),
              helper.make_tensor_value_info('source', TensorProto.FLOAT, [batch, identity])]
    outputs = [helper.make_tensor_value_info('output', TensorProto.FLOAT, [batch, 3, 128, 128])]
    write_graph(path, family, nodes, inputs, outputs, weights)


def write_recognizer(path):
    """A tiny graph with ArcFace's signature."""
    import numpy as np
    from onnx import TensorProto, helper

    weights = dict(kernel=np.random.default_rng(3).normal(0, .1, (512, 3, 7, 7)))
    nodes = [helper.make_node('Conv', ['input', 'kernel'], ['seen'], strides=[7, 7]),
             helper.make_node('Relu', ['seen'], ['bright']),
             helper.make_node('GlobalAveragePool', ['bright'], ['mean']),
             helper.make_node('Flatten', ['mean'], ['output'])]
    inputs = [helper.make_tensor_value_info('input', TensorProto.FLOAT, [1, 3, 112, 112])]
    outputs = [helper.make_tensor_value_info('output', TensorProto.FLOAT, [1, 512])]
    write_graph(path, 'arcface', nodes, inputs, outputs, weights)


def write_graph(path, family, nodes, inputs, outputs, weights):
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    weights = [numpy_helper.from_array(w if w.dtype == np.int64 else w.astype(np.float32), name) for name, w in weights.items()]
    graph = helper.make_graph(nodes, family, inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    helper.set_model_props(model, {'family': family})
    onnx.save(model, str(path))


def serve(folder, threads, insightface):
    """Does jobs as `jobs.rs` does, with the other libraries."""
    from rivals import Rivals

    rivals, jobs = Rivals(folder, threads, insightface), {}
    for line in sys.stdin:
        name, count = line.split()
        if name not in jobs:
            jobs[name] = rivals.job(name)
        jobs[name]()
        seconds = []
        for _ in range(int(count)):
            start = time.perf_counter()
            jobs[name]()
            seconds.append(time.perf_counter() - start)
        print(json.dumps(dict(seconds=seconds, peak=peak())), flush=True)


def peak():
    """The most memory that this process ever took, in bytes."""
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == 'darwin' else 1024)


def measure(args, folder, threads, missing):
    """Yields (job, result) of all jobs with one number of threads."""
    other = [sys.executable, __file__, '--serve', folder, '--threads', str(threads)]
    other += ['--insightface', str(args.insightface)] if args.insightface else []
    commands = [[str(args.ours), folder, str(threads)], other]
    sides = [Side(command, threads) for command in commands]
    for job in args.jobs:
        if job in missing:
            print(f'skipped {job}: {missing[job]}', file=sys.stderr)
        elif job in JOBS:
            result = compare([(side, job) for side in sides], args.rounds)
            yield job, result | dict(limit=LIMITS.get(job, 1. if job in KERNELS else None))
        elif job in AROUND and AROUND[job] not in missing:
            yield job, around(sides[0], AROUND[job], args.rounds) | dict(limit=MOST_AROUND)
        elif job == WORKERS[0] and threads == 1:
            yield job, compare([(sides[0], one) for one in WORKERS[1]], args.rounds) | dict(limit=WORKERS[2])
    for side in sides:
        side.close()
    if 'memory' in args.jobs:
        peaks = []
        for command in commands:
            side = Side(command, threads)
            peaks.append(side.run('detect_swap_restore', 3)['peak'])
            side.close()
        yield 'memory', dict(ours=peaks[0], theirs=peaks[1], ratio=peaks[0] / peaks[1], limit=.35)
    if 'engine' in args.jobs:
        side = Side(commands[0], threads)
        seconds = statistics.median(side.run('engine', 20)['seconds'])
        side.close()
        yield 'engine', dict(ours=seconds, theirs=.05, ratio=seconds / .05, limit=1.)


def row(job, threads, result):
    shown = (lambda v: f'{v / 2**20:.0f} MiB') if job == 'memory' else (lambda v: f'{1e3 * v:.2f} ms')
    low, high = result.get('spread', (result['ratio'],) * 2)
    most = result['limit']
    verdict = '–' if most is None else f"{most:.2f}, {'yes' if result['ratio'] <= most else 'NO'}"
    return (f"| {job} | {threads} | {shown(result['ours'])} | {shown(result['theirs'])} | {result['ratio']:.2f} | "
            f'{low:.2f}–{high:.2f} | {verdict} |')


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('--ours', type=Path)
    parse.add_argument('--models', type=Path)
    parse.add_argument('--insightface', type=Path)
    parse.add_argument('--threads', type=int, nargs='+', default=[1, 2])
    parse.add_argument('--rounds', type=int, default=9)
    parse.add_argument('--jobs', nargs='+', default=[*JOBS, *AROUND, WORKERS[0], 'memory', 'engine'])
    parse.add_argument('--out', type=Path)
    parse.add_argument('--serve', type=Path, help=argparse.SUPPRESS)
    args = parse.parse_args()
    if args.serve:
        return serve(args.serve, args.threads[0], args.insightface)

    results = {}
    with tempfile.TemporaryDirectory() as folder:
        missing = prepare(Path(folder), args.models)
        print('| job | threads | facekit | other | ratio | rounds | at most |\n|---|---|---|---|---|---|---|')
        for threads in args.threads:
            for job, result in measure(args, folder, threads, missing):
                results[f'{job}/{threads}'] = result
                print(row(job, threads, result), flush=True)
    if args.out:
        args.out.write_text(json.dumps(results, indent=1))


if __name__ == '__main__':
    main()
