"""Tests of many threads, many runs, and what keeps what alive."""

import contextlib
import gc
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import facekit
from _facekit.library import fill
from test_facekit import PHOTO, Client, live_handles


class ThreadTest(Client):
    def test_eight_threads_share_an_engine(self):
        expected = self.engine.restore(self.photo).image.array
        boxes = self.engine.detect(self.photo).boxes

        def work(index):
            if index % 2:
                self.same(self.engine.restore(self.photo).image, expected)
            else:
                self.same(self.engine.detect(self.photo.array).boxes, boxes)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(24)))

    def test_other_python_threads_run_while_c_works(self):
        ticks, done = [], threading.Event()

        def tick():
            while not done.wait(0.001):
                ticks.append(time.perf_counter())

        ticker = threading.Thread(target=tick)
        ticker.start()
        inside = []
        self.engine.restore(self.photo, progress=lambda *_: inside.append(time.perf_counter()))
        done.set()
        ticker.join()
        gap = max(zip(inside, inside[1:]), key=lambda pair: pair[1] - pair[0])
        self.assertGreater(sum(gap[0] < each < gap[1] for each in ticks), 3, "the GIL was held")


class MemoryTest(Client):
    def test_nothing_leaks_over_300_runs(self):
        def work(run):
            image = facekit.Image.decode(data)
            small = image.array[:, ::-1]
            self.engine.detect(small, landmarks=True)
            if run % 10 == 0:
                self.engine.stylize(small, style="clay").image.array.sum()
            with contextlib.suppress(ZeroDivisionError):
                self.engine.embed(small, cancel=facekit.CancelToken(), progress=lambda *_: 1 / 0)
            for bad in (b"no picture", small.astype(float)):
                with contextlib.suppress(facekit.Error, TypeError):
                    self.engine.detect(bad)
            return image.encode("jpeg")

        data = facekit.Image.from_array(self.photo.array[::4, ::4]).encode("png")
        for run in range(40):
            work(run)
        handles, resident = live_handles(), resident_bytes()
        for run in range(300):
            work(run)
        self.assertEqual(live_handles(), handles)
        if resident:
            self.assertLess(resident_bytes() - resident, 16 << 20)

    def test_what_a_struct_points_to_lives_with_it(self):
        struct = fill("mask_params", {"masks": ["box", "area"], "occluder": "x" * 100})
        nested = fill("swap_params", {"mask": {"masks": ["area"]}, "detect": {"detector": "y" * 100}})
        gc.collect()
        bytearray(1 << 20)
        self.assertEqual(([struct.masks[0], struct.masks[1]], struct.occluder), ([0, 2], b"x" * 100))
        self.assertEqual((nested.mask.contents.masks[0], nested.detect.contents.detector), (2, b"y" * 100))

    def test_a_process_ends_quietly_with_everything_open(self):
        script = "import facekit; e = facekit.Engine(); i = facekit.Image.open('{}'); f = e.detect(i); a = i.array"
        command = [sys.executable, "-c", script.format(PHOTO)]
        said = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True)
        self.assertEqual((said.returncode, said.stdout, said.stderr), (0, b"", b""))


def resident_bytes():
    """The memory that this process has, where that can be read without another package."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
