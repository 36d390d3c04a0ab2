"""Tests of the Ray example on a local Ray of two CPUs: python3 -m unittest -v test_ray, in this folder.

Needs `pip install -r requirements.txt`, the library (FACEKIT_LIBRARY) and ONNX Runtime. Ray is too large for the tests of
the project, so these are run by hand.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "python"))

import facekit
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray

import facekit_ray
from facekit_ray import Task, Worker

FOLDER = Path(__file__).resolve().parent
PHOTOS = FOLDER.parent / "photos"
COUNT = 40


class Dying(Worker):
    """A worker whose process ends in the middle of its batch, once."""

    def run(self, data):
        marker = Path(self.task.output).with_name("died")
        if len(list(Path(self.task.output).glob("*.png"))) >= 10 and not marker.exists():
            marker.touch()
            os._exit(1)
        return super().run(data)


class RayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.pictures = Path(cls.scratch.name, "pictures")
        cls.pictures.mkdir()
        photos = [facekit.Image.open(path).array for path in sorted(PHOTOS.glob("*.??g"))]
        for index in range(COUNT):
            photo = photos[index % len(photos)][:320, 60:380]
            noise = np.random.default_rng(index).integers(-20, 20, photo.shape)
            noisy = np.clip(photo + noise, 0, 255).astype(np.uint8)
            facekit.Image.from_array(noisy).save(cls.pictures / f"{index:02}.jpg")
        Path(cls.pictures, "broken.jpg").write_bytes(b"no picture")
        with facekit.Engine(threads=1) as engine:
            start = time.perf_counter()
            cls.expected = {
                path.stem: engine.restore(path.read_bytes()).image.encode("png")
                for path in sorted(cls.pictures.glob("[0-9]*.jpg"))
            }
            cls.alone = COUNT / (time.perf_counter() - start)
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)

    @classmethod
    def tearDownClass(cls):
        ray.shutdown()
        cls.scratch.cleanup()

    def run_task(self, output, source=None, pipeline="restore", workers=2, worker=Worker, **params):
        task = Task(pipeline, str(Path(self.scratch.name, output)), params, {"threads": 1})
        rows = list(facekit_ray.run(source or str(self.pictures), task, workers, 1, worker=worker))
        return rows, Path(task.output)

    def check(self, output):
        """Every output is there once, and is what a single process makes, byte for byte."""
        found = {path.name.split("-")[0]: path.read_bytes() for path in output.glob("*.png")}
        self.assertEqual(found.keys(), self.expected.keys())
        for name, data in self.expected.items():
            self.assertEqual(found[name], data, name)
        self.assertEqual(len(list(output.iterdir())), COUNT + (output / "manifest.parquet").exists())

    def test_two_workers_make_what_one_process_makes(self):
        rows, output = self.run_task("plain")
        self.check(output)
        states = [row["state"] for row in rows]
        self.assertEqual((states.count("done"), states.count("failed"), len(states)), (COUNT, 1, COUNT + 1))
        failed = next(row for row in rows if row["state"] == "failed")
        self.assertTrue(failed["input"].endswith("broken.jpg") and "InvalidPictureError" in failed["error"])
        again, _ = self.run_task("plain")
        self.assertEqual(sum(row["state"] == "skipped" for row in again), COUNT)
        other, _ = self.run_task("plain", blend=0.5)
        self.assertEqual(sum(row["state"] == "done" for row in other), COUNT)

    def test_a_worker_that_dies_loses_and_doubles_nothing(self):
        rows, output = self.run_task("dying", worker=Dying)
        self.assertTrue(output.with_name("died").exists())
        self.check(output)
        self.assertEqual(sorted(Path(row["input"]).stem for row in rows), sorted([*self.expected, "broken"]))

    def test_a_run_that_was_killed_goes_on(self):
        output = Path(self.scratch.name, "killed")
        command = [sys.executable, FOLDER / "facekit_ray.py", self.pictures, output, "--workers", "2"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        first = subprocess.Popen(command, start_new_session=True, **quiet)
        for _ in range(50 * 600):
            if len(list(output.glob("*.png"))) >= 8:
                break
            self.assertIsNone(first.poll(), "it ended before it could be killed")
            time.sleep(0.02)
        else:
            self.fail("nothing came out of it")
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        time.sleep(3)
        before = {path.name: path.stat().st_mtime_ns for path in output.glob("*.png")}
        self.assertLess(len(before), COUNT)
        self.assertEqual(subprocess.run(command, **quiet).returncode, 1)
        for name, written in before.items():
            self.assertEqual((output / name).stat().st_mtime_ns, written, f"{name} was made twice")
        self.check(output)
        manifest = pq.read_table(output / "manifest.parquet").to_pylist()
        states = [row["state"] for row in manifest]
        self.assertEqual((states.count("skipped"), states.count("failed")), (len(before), 1))
        self.assertEqual(states.count("done"), COUNT - len(before))

    def test_parquet_with_bytes(self):
        table = pa.table({"bytes": [path.read_bytes() for path in sorted(self.pictures.glob("0*.jpg"))], "n": range(10)})
        source = Path(self.scratch.name, "some.parquet")
        pq.write_table(table, source)
        rows, output = self.run_task("parquet", str(source), "detect", score_threshold=0.5)
        self.assertEqual([row["state"] for row in rows], ["done"] * 10)
        for row in rows:
            facts = json.loads((output / row["output"]).read_text())
            self.assertEqual((facts["width"], len(facts["faces"])), (320, row["faces"]))

    def test_throughput(self):
        figures = [f"one process without Ray: {self.alone:.1f} pictures a second"]
        for workers in (1, 2):
            start = time.perf_counter()
            times = []
            task = Task("restore", str(Path(self.scratch.name, f"speed{workers}")), {}, {"threads": 1})
            for _ in facekit_ray.run(str(self.pictures), task, workers, 1):
                times.append(time.perf_counter())
            steady = (len(times) - 1) / (times[-1] - times[0])
            figures.append(f"{workers} workers: {steady:.1f} a second, first after {times[0] - start:.1f} s")
        print("\n" + "; ".join(figures), file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
