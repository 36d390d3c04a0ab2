"""Draws what `cargo xtask bench` measured: <target>/bench/report.html, one file with its plots, and report.md, the table.

Run: python benches/report.py TARGET [--png]     (--png also writes each plot to <target>/bench as a picture)
It reads, under TARGET: criterion/**/new/estimates.json, and bench/peers.json, growth.json, diffusion.json and cuda.json.
What is missing is said to be. Packages: those of peers.lock.
"""
import argparse
import html
import io
import json
import math
import os
import platform
import subprocess
import sys
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

import matplotlib

matplotlib.use('svg')
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]

PEERS = ('opencv-python-headless', 'insightface', 'onnxruntime', 'pillow', 'scikit-image', 'numpy', 'diffusers', 'torch')
JOBS = {
    'detect_yunet': ('Detect, YuNet-n at 640, picture of 1280×886', 'OpenCV FaceDetectorYN'),
    'detect_scrfd': ('Detect, SCRFD-2.5g at 640, picture of 1280×886', 'InsightFace SCRFD'),
    'embed': ('Embed a face', 'OpenCV, ONNX Runtime'),
    'align_and_paste_30': ('Align and paste 30 faces, 12 MP', 'OpenCV, numpy'),
    'embed_arcface': ('Embed a face, SCRFD and a tiny ArcFace', 'InsightFace SCRFD, ArcFaceONNX'),
    'swap_inswapper': ('Swap 6 faces, SCRFD and a tiny inswapper', 'InsightFace SCRFD, ArcFaceONNX, INSwapper'),
    'swap_gif': ('Swap in a GIF of 50 frames', 'OpenCV, Pillow'),
    'jpeg_decode': ('Decode a JPEG of 12 MP', 'OpenCV'),
    'jpeg_encode': ('Encode a JPEG of 12 MP', 'OpenCV'),
    'jpeg_both': ('Decode and encode a JPEG of 12 MP', 'OpenCV'),
    'resize_bilinear': ('Resize 12 MP to 1024×768, bilinear', 'OpenCV'),
    'resize_bilinear_half': ('Resize 12 MP to 2560×1920, bilinear', 'OpenCV'),
    'resize_area': ('Resize 12 MP to 1024×768, area', 'OpenCV'),
    'resize_lanczos': ('Resize 12 MP to 1024×768, Lanczos', 'OpenCV'),
    'tensor': ('Pixels to a tensor, 1280×886', 'OpenCV'),
    'gaussian': ('Gaussian of a crop of 512', 'OpenCV'),
    'mask_blur': ('Gaussian of a mask of 512', 'OpenCV'),
    'warp': ('Warp 512 from 12 MP', 'OpenCV'),
    'paste': ('Paste 512 into 12 MP', 'OpenCV, numpy'),
    'restore_around': ('Restore 6 faces, the whole', 'the runs of its models'),
    'scrfd_around': ('Detect with SCRFD-2.5g, the whole', 'the run of its model'),
    'two_workers': ('Restore 8 pictures by 2 workers', 'by 1 worker'),
    'engine': ('An engine with the embedded pack', '50 ms'),
    'memory': ('Peak memory of detect, swap and restore', 'the Python process'),
}
"""What a job of peers.json is, and against what; another has its own name."""

INK = '#010203'
"""Text and lines of a plot; the page gives them the colour of its own text."""
BLUE, ORANGE, RED, GREY = '#4a86e8', '#e08a1e', '#e0483e', '#8c8c8c'
"""Colours that are seen on white and on black."""

STYLE = {
    'font.size': 9, 'font.family': 'DejaVu Sans', 'axes.spines.top': False, 'axes.spines.right': False, 'axes.grid': True,
    'grid.color': GREY, 'grid.alpha': .25, 'grid.linewidth': .6, 'text.color': INK, 'axes.edgecolor': INK,
    'axes.labelcolor': INK, 'xtick.color': INK, 'ytick.color': INK, 'axes.titlesize': 9, 'legend.frameon': False,
    'svg.fonttype': 'path', 'svg.hashsalt': 'facekit', 'axes.axisbelow': True,
}

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>facekit: benchmarks</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8884; vertical-align: top; }}
td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.no {{ color: #e0483e; font-weight: 600; }} .absent {{ opacity: .7; font-style: italic; }}
svg {{ max-width: 100%; height: auto; display: block; margin: 1rem 0; }}
</style></head><body>
{body}
</body></html>
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('target', type=Path)
    parser.add_argument('--png', action='store_true')
    args = parser.parse_args()
    plt.rcParams.update(STYLE)
    report = Report(args.target, args.png)
    (report.folder / 'report.html').write_text(report.page(), encoding='utf-8')
    (report.folder / 'report.md').write_text(report.markdown(), encoding='utf-8')


class Report:
    """What was measured, as far as it is there."""

    def __init__(self, target, png):
        self.target, self.folder, self.png = target, target / 'bench', png
        self.peers, self.growth, self.diffusion, self.cuda = (
            read(self.folder / f'{name}.json') for name in ('peers', 'growth', 'diffusion', 'cuda'))
        self.criterion = estimates(target / 'criterion')

    def page(self):
        parts = ['<h1>facekit: benchmarks</h1>', table(('', ''), machine(self.target)),
                 '<h2>Beside other libraries</h2>', self.peer_part(), '<h2>A diffusion step</h2>', self.diffusion_part(),
                 '<h2>On an accelerator</h2>', self.cuda_part(), '<h2>How cost grows</h2>', self.growth_part(),
                 *self.criterion_parts()]
        return PAGE.format(body='\n'.join(parts))

    def markdown(self):
        """The table for README, with the machine it came from."""
        facts = dict(machine(self.target))
        lines = [f"{facts['Processor']}, {facts['Cores']} cores, {facts['System']}, ONNX Runtime {facts['ONNX Runtime']}, "
                 f"{facts['Date']}; beside {facts['Other libraries']}.", '']
        if not self.peers:
            lines.append('The other libraries were not measured.')
            return '\n'.join(lines) + '\n'
        threads = sorted({split(key)[1] for key in self.peers})
        heads = ['job', 'against', *(f"{n} thread{'s' * (n > 1)}" for n in threads), 'at most']
        lines += [f"| {' | '.join(heads)} |", '|---' * len(heads) + '|']
        for job in dict.fromkeys(split(key)[0] for key in self.peers):
            what, against = JOBS.get(job, (job.replace('_', ' '), 'Python'))
            rows = [self.peers.get(f'{job}/{n}') for n in threads]
            most = next(row['limit'] for row in rows if row)
            cells = ['–' if row is None else f"{row['ratio']:.2f}{' (missed)' * is_missed(row, most)}" for row in rows]
            lines.append(f"| {' | '.join([what, against, *cells, '–' if most is None else f'{most:.2f}'])} |")
        return '\n'.join(lines) + '\n'

    def peer_part(self):
        if not self.peers:
            return absent('peers.json')
        note = ('<p>The time of facekit over that of the other library, so that less is better: the median over all runs, and '
                'the range of the rounds, in each of which both ran in turn. The red mark is what was promised.</p>')
        rows = []
        for key, row in self.peers.items():
            job, threads = split(key)
            what, against = JOBS.get(job, (job.replace('_', ' '), 'Python'))
            most, low_high = row['limit'], row.get('spread')
            show = size if job == 'memory' else time
            rows.append((what, against, threads, show(row['ours']), show(row['theirs']), f"{row['ratio']:.2f}",
                         '–' if low_high is None else '{:.2f}–{:.2f}'.format(*low_high), '–' if most is None else f'{most:.2f}',
                         '' if most is None else verdict(not is_missed(row, most))))
        heads = ('job', 'against', '#threads', '#facekit', '#other', '#ratio', '#rounds', '#at most', 'reached')
        return note + self.svg('peers', plot_peers(self.peers)) + table(heads, rows)

    def diffusion_part(self):
        if not self.diffusion:
            return absent('diffusion.json', 'benches/peers/diffusion.py --out writes it; it needs torch and diffusers')
        return measured_table(self.diffusion)

    def cuda_part(self):
        if not self.cuda:
            return absent('cuda.json', 'benches/accelerator/accelerator.py writes it; it needs a GPU')
        return ''.join(map(measured_table, self.cuda))

    def growth_part(self):
        if not self.growth:
            return absent('growth.json')
        limit = self.growth['limit']
        note = ('<p>Each point is a process of its own. The exponent is the slope of the line through the logarithms, over all '
                f'points and over the upper half; linear is 1, dashed, and up to {limit:g} passes.</p>')
        rows = [(f"{series['name']}, by {series['unit']}", *map(slopes, (series['time_exponents'], series['memory_exponents'])),
                 verdict(series['is_linear'])) for series in self.growth['series']]
        heads = ('series', '#time: all, upper half', '#memory: all, upper half', 'at most linear')
        return note + self.svg('growth', plot_growth(self.growth['series'])) + table(heads, rows)

    def criterion_parts(self):
        if not self.criterion:
            return ['<h2>Benches</h2>', absent('criterion')]
        note = '<p>The median with its confidence interval, as criterion estimates both.</p>'
        parts = []
        for top in dict.fromkeys(group.split('/')[0] for group, *_ in self.criterion):
            rows = [row for row in self.criterion if row[0].split('/')[0] == top]
            cells = [(f"{group.partition('/')[2]}: {name}", time(median), f'{time(low)} – {time(high)}')
                     for group, name, median, low, high in rows]
            parts += [f'<h2>Benches: {html.escape(top)}</h2>', note, self.svg(top, plot_medians(rows)),
                      table(('bench', '#median', '#interval'), cells)]
        return parts

    def svg(self, name, figure):
        """A plot as an element of the page, in the colours of its text."""
        text = io.StringIO()
        figure.savefig(text, format='svg', transparent=True, bbox_inches='tight', metadata={'Date': None})
        if self.png:
            figure.savefig(self.folder / f'{name}.png', dpi=110, facecolor='white', bbox_inches='tight')
        plt.close(figure)
        svg = text.getvalue()
        # Ids are the document's: two plots may not share them.
        svg = svg[svg.index('<svg'):].replace(INK, 'currentColor')
        return svg.replace('id="', f'id="{name}-').replace('url(#', f'url(#{name}-').replace('href="#', f'href="#{name}-')


def plot_peers(results):
    """Ratios on a logarithmic axis, job by job, with the range of the rounds and the mark of what was promised."""
    jobs = list(dict.fromkeys(split(key)[0] for key in results))
    threads = sorted({split(key)[1] for key in results})
    figure, axes = plt.subplots(figsize=(9.5, .6 + .42 * len(jobs)))
    for which, (count, color) in enumerate(zip(threads, (BLUE, ORANGE, GREY, INK))):
        shift = .26 * (which - (len(threads) - 1) / 2)
        for y, job in enumerate(jobs):
            if row := results.get(f'{job}/{count}'):
                low, high = row.get('spread') or (row['ratio'],) * 2
                label = f"{count} thread{'s' * (count > 1)}" if not y else None
                axes.plot((low, high), (y + shift,) * 2, color=color, linewidth=2, alpha=.55, solid_capstyle='butt')
                axes.plot(row['ratio'], y + shift, 'o', color=color, markersize=5, label=label)
    axes.axvline(1, color=INK, linewidth=.8)
    for y, job in enumerate(jobs):
        most = next(row['limit'] for key, row in results.items() if split(key)[0] == job)
        if most is not None:
            axes.plot((most,) * 2, (y - .36, y + .36), color=RED, linewidth=2, label=None if y else 'at most')
    axes.set_yticks(range(len(jobs)), [JOBS.get(job, (job.replace('_', ' '),))[0] for job in jobs])
    axes.set_ylim(len(jobs) - .4, -.6)
    axes.grid(axis='y', visible=False)
    logarithmic(axes.xaxis, axes.set_xscale, lambda value, _: f'{value:g}')
    axes.set_xlabel('time (or memory) of facekit over the other')
    axes.legend(loc='lower left', bbox_to_anchor=(0, 1), ncols=len(threads) + 1, borderaxespad=.2)
    return figure


def plot_medians(rows):
    """Times on a logarithmic axis with their confidence intervals."""
    figure, axes = plt.subplots(figsize=(9.5, .7 + .24 * len(rows)))
    for y, (_, _, median, low, high) in enumerate(rows):
        axes.plot((low, high), (y, y), color=BLUE, linewidth=3, alpha=.55, solid_capstyle='butt')
        axes.plot(median, y, 'o', color=BLUE, markersize=4)
        axes.annotate(time(median), (high, y), (6, 0), textcoords='offset points', va='center', fontsize=7.5, color=INK)
    axes.set_yticks(range(len(rows)), [f"{group.partition('/')[2]}: {name}" for group, name, *_ in rows])
    axes.set_ylim(len(rows) - .4, -.6)
    axes.grid(axis='y', visible=False)
    axes.margins(x=.12)
    logarithmic(axes.xaxis, axes.set_xscale, lambda value, _: time(value))
    return figure


def plot_growth(series):
    """Time and peak memory of every series, both axes logarithmic, with a line of slope 1 from the first point."""
    figure, grid = plt.subplots(len(series), 2, figsize=(9.5, 2.7 * len(series)), squeeze=False, layout='constrained')
    for row, one in zip(grid, series):
        sizes = [point['size'] for point in one['points']]
        for axes, what, show, color in ((row[0], 'seconds', time, BLUE), (row[1], 'peak', size, ORANGE)):
            values = [point[what] for point in one['points']]
            label = 'time' if what == 'seconds' else 'peak memory'
            if None in values:
                axes.set_title(f"{one['name']}: {label} was not told")
                continue
            axes.plot(sizes, [values[0] * x / sizes[0] for x in sizes], '--', color=GREY, linewidth=1)
            axes.plot(sizes, values, 'o-', color=color, markersize=4, linewidth=1.5)
            logarithmic(axes.yaxis, axes.set_yscale, lambda value, _, show=show: show(value))
            axes.set_xscale('log')
            axes.set_xticks(sizes, [str(x) for x in sizes])
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.set_xlabel(one['unit'])
            exponents = one['time_exponents' if what == 'seconds' else 'memory_exponents']
            axes.set_title(f"{one['name']}\n{label}: exponent {slopes(exponents)}")
    return figure


def logarithmic(axis, set_scale, show):
    """A logarithmic axis with enough ticks, of words that do not stand on one another."""
    set_scale('log')
    low, high = axis.get_view_interval()
    decades = math.log10(high / low)
    steps = (1,) if decades > 2.5 else (1, 3) if decades > 1.2 else (1, 2, 5) if decades > .5 else range(1, 10)
    axis.set_major_locator(matplotlib.ticker.LogLocator(subs=steps, numticks=30))
    axis.set_major_formatter(FuncFormatter(show))
    axis.set_minor_formatter(NullFormatter())


def machine(target):
    """(what, value) of the machine and of the libraries."""
    found = [f'{name} {version(name)}' for name in PEERS if version(name)]
    revision = said(['git', 'rev-parse', '--short', 'HEAD'])
    changed = ' with changes' if said(['git', 'status', '--porcelain', '--untracked-files=no']) else ''
    stamp = target / 'onnxruntime/stamp'
    lines = stamp.read_text().splitlines() if stamp.exists() else []
    runtime = next((line.split('==')[1].strip(' \\') for line in lines if '==' in line), 'of your own (ORT_DYLIB_PATH)')
    return [('Date', f'{datetime.now(timezone.utc):%Y-%m-%d}'), ('Processor', processor()), ('Cores', str(os.cpu_count())),
            ('System', f'{platform.system()} {platform.machine()}'), ('facekit', (revision or 'without git') + changed),
            ('ONNX Runtime', runtime), ('Other libraries', ', '.join(found)), ('Python', platform.python_version())]


def processor():
    if sys.platform == 'darwin':
        return said(['sysctl', '-n', 'machdep.cpu.brand_string']) or platform.processor()
    info = Path('/proc/cpuinfo')
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.split(':')[1].strip() for line in lines if line.startswith('model name'))
    return next(names, platform.processor() or platform.machine())


def said(command):
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ''


def version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def estimates(folder):
    """(group, bench, median, and its interval's ends), in seconds, of what criterion measured last."""
    rows = []
    for file in folder.glob('**/new/estimates.json'):
        if not (bench := read(file.with_name('benchmark.json'))):
            continue  # A run that was broken off.
        median = read(file)['median']
        interval = median['confidence_interval']
        seconds = [1e-9 * value for value in (median['point_estimate'], interval['lower_bound'], interval['upper_bound'])]
        rows.append((bench['group_id'], bench['function_id'] or '', *seconds))
    return sorted(rows)


def is_missed(row, most):
    return most is not None and row['ratio'] > most


def split(key):
    """The job and the threads of a result of peers.json."""
    job, _, threads = key.rpartition('/')
    return job, int(threads)


def slopes(exponents):
    return 'not told' if exponents is None else ', '.join(f'{value:.2f}'.replace('-0.00', '0.00') for value in exponents)


def time(seconds):
    for unit, length in (('s', 1), ('ms', 1e-3), ('µs', 1e-6)):
        if seconds >= length:
            return f'{seconds / length:.3g} {unit}'
    return f'{seconds / 1e-9:.3g} ns'


def size(count):
    return f'{count / 1e9:.3g} GB' if count >= 1e9 else f'{count / 1e6:.3g} MB'


def verdict(is_reached):
    return Html('yes' if is_reached else '<span class="no">no</span>')


class Html(str):
    """Text that is markup already."""


def table(heads, rows):
    """A table; a head that begins with # has numbers below it."""
    kinds = [' class="number"' if head.startswith('#') else '' for head in heads]
    cell = lambda tag, kind, text: f"<{tag}{kind}>{text if isinstance(text, Html) else html.escape(str(text))}</{tag}>"
    line = lambda tag, cells: f"<tr>{''.join(cell(tag, kind, text) for kind, text in zip(kinds, cells))}</tr>"
    head = line('th', [head.lstrip('#') for head in heads]) if any(heads) else ''
    return f"<table>{head}{''.join(line('td', row) for row in rows)}</table>"


def measured_table(results):
    """The rows of a file that has them as {"heads": […], "rows": [[…], …]}, with an optional "note"."""
    return f"<p>{html.escape(results.get('note', ''))}</p>" + table(results['heads'], results['rows'])


def absent(name, why='`cargo xtask bench` without arguments writes it'):
    return f'<p class="absent">Not measured: there is no {html.escape(name)} ({html.escape(why)}).</p>'


def read(path):
    return json.loads(path.read_text(encoding='utf-8')) if path.exists() else None


if __name__ == '__main__':
    main()
