"""Every pipeline on an accelerator beside the CPU, and a diffusion step there beside diffusers with torch, in one go.

Run, in the root of the repository, after `cargo xtask setup --gpu` and
`cargo build --release --example accelerator_jobs --example diffusion_step`:

    python benches/accelerator/accelerator.py [--provider cuda] [--quick] [--target target] [--packs FOLDER]

It prints a table and writes <target>/bench/cuda.json for benches/report.py: for each pipeline how far the accelerator's
answer is from the CPU's and how far it may be, the seconds of both, and the share of the accelerator's time in which none
of facekit's models ran, so that it waited; then seconds per step of Stable Diffusion 1.5 and XL in half precision. The
diffusion packs have the true size and random weights; they are written to --packs, by default <target>/bench, once, and
take 9 GB. --quick takes thin networks and the tiny packs of the tests, to see that all of it works: with
`--provider cpu` it does so without an accelerator.

Packages: numpy and onnx; for the steps also those of models/export/requirements.txt, with a torch for the accelerator.
"""
import argparse
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import networks

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / 'benches/peers'
MOST_WAITING = .05
"""The share of the time for which the accelerator may wait for facekit, where a network is of its true size."""
PACKS = {'Stable Diffusion 1.5': 'sd15', 'Stable Diffusion XL': 'sdxl'}
TINY = {'sd15': 'sd1', 'sdxl': 'xl'}
STEP_PACKAGES = 'torch', 'diffusers', 'transformers'


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('--provider', default='cuda', choices=('cuda', 'cpu'))
    parse.add_argument('--quick', action='store_true')
    parse.add_argument('--target', type=Path, default=ROOT / 'target')
    parse.add_argument('--packs', type=Path)
    args = parse.parse_args()
    os.environ.setdefault('ORT_DYLIB_PATH', str((args.target / 'onnxruntime/lib').resolve()))
    out = args.target / 'bench'
    out.mkdir(parents=True, exist_ok=True)
    tables = [pipelines(args), steps(args, args.packs or out)]
    (out / 'cuda.json').write_text(json.dumps(tables, indent=1), encoding='utf-8')
    print('\n\n'.join(map(markdown, tables)))


def program(args, name):
    path = args.target / 'release/examples' / (name + '.exe' * (os.name == 'nt'))
    return str(path.resolve())


def pipelines(args):
    """The rows of `accelerator_jobs`."""
    with tempfile.TemporaryDirectory() as folder:
        for make in (networks.restorer, networks.swapper, networks.recognizer):
            make(Path(folder) / f'{make.__name__}.onnx', 1 / 16 if args.quick else 1)
        command = [program(args, 'accelerator_jobs'), args.provider, folder, '1' if args.quick else '5']
        lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    rows = []
    for row in map(json.loads, lines):
        is_judged = 'size' in row['job'] and not args.quick
        waits = f"{100 * row['outside']:.1f} %" + ' (missed)' * (is_judged and row['outside'] > MOST_WAITING)
        apart = f"{row['apart']:.4f}" + ' (missed)' * (not row['apart'] <= row['allowed'])
        rows.append([row['job'], apart, f"{row['allowed']} {row['unit']}", f"{1000 * row['cpu']:.1f} ms",
                     f"{1000 * row['seconds']:.1f} ms", f"{row['cpu'] / row['seconds']:.1f}", waits])
    note = (f'Each pipeline with the provider {args.provider} beside the CPU. Where a network has its true size, the accelerator '
            f'may wait for {100 * MOST_WAITING:.0f} % of the time.')
    return dict(note=note, heads=['pipeline', '#apart', '#at most', '#CPU', f'#{args.provider}', '#times as fast', '#waits'],
                rows=rows)


def steps(args, folder):
    """Seconds per diffusion step of each size, facekit's beside torch's."""
    missing = [name for name in STEP_PACKAGES if importlib.util.find_spec(name) is None]
    heads = ['model', 'program', '#threads', '#s per step', 'rounds', '#of torch’s', '#peak GB of the process']
    if missing:
        return dict(note=f"Steps were not measured: {', '.join(missing)} is not installed.", heads=heads, rows=[])
    rows = []
    for name, size in PACKS.items():
        pack = ROOT / 'tests/golden/diffusion' / TINY[size] if args.quick else random_pack(folder, size)
        facekit = f"{shlex.quote(program(args, 'diffusion_step'))} {{pack}} {{threads}} {{steps}} {{device}}"
        with tempfile.TemporaryDirectory() as scratch:
            found = Path(scratch) / 'steps.json'
            counts = ['--steps', '2', '--rounds', '1'] if args.quick else ['--steps', '20']
            command = [sys.executable, str(PEERS / 'diffusion.py'), str(pack), '--facekit', facekit, '--device', args.provider,
                       '--threads', str(os.cpu_count()), *counts, '--out', str(found)]
            subprocess.run(command, cwd=ROOT, check=True)
            rows += [[name, *row] for row in json.loads(found.read_text())['rows']]
    note = 'Seconds per step with guidance, beside diffusers with torch on the same device; at most as many.'
    return dict(note=note, heads=heads, rows=rows)


def random_pack(folder, size):
    pack = folder / f'{size}-fp16'
    if not (pack / 'model_index.json').exists():
        subprocess.run([sys.executable, str(PEERS / 'random_pack.py'), str(pack), '--size', size, '--fp16'], check=True)
    return pack


def markdown(table):
    lines = [table['note'], '', f"| {' | '.join(head.lstrip('#') for head in table['heads'])} |", '|---' * len(table['heads']) + '|']
    return '\n'.join(lines + [f"| {' | '.join(map(str, row))} |" for row in table['rows']])


if __name__ == '__main__':
    main()
