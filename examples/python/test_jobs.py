"""Tests of the jobs and of the requests in JSON of the Python client."""

import gc
import subprocess
import sys
import threading
import unittest
from pathlib import Path

import facekit
from _facekit.header import header
from test_facekit import DETAIL, OTHER, PHOTO, Client

LONG = {**DETAIL, "num_inference_steps": 75, "samples": 4, "crop": {"guide_size": 512}}


class JobTest(Client):
    def test_a_job_gives_what_the_call_gives(self):
        with self.engine.jobs(workers=2) as jobs:
            stages = []
            restored = jobs.submit("restore", self.photo.array, upscale=2, progress=lambda *step: stages.append(step))
            others = [
                jobs.submit("detect", PHOTO, landmarks=True),
                jobs.submit("mask", self.photo),
                jobs.submit("refine", self.photo, fallback="restore", priority=3),
                jobs.submit("stylize_file", PHOTO, style="pixels"),
                jobs.submit("swap", OTHER, self.photo),
            ]
            expected = self.engine.restore(self.photo, upscale=2)
            self.same(restored.result().image, expected.image)
            self.same(restored.result(timeout=0).image, expected.image)
            self.assertEqual(stages[-1][1], 1)
            kinds = [type(job.result()).__name__ for job in others]
            self.assertEqual(kinds, ["Detection", "FaceMask", "Detailed", "StylizedFile", "Swapped"])
            status = restored.status()
            self.assertEqual((status.state.name, status.error.name, status.message), ("COMPLETED", "OK", None))
            self.assertTrue(status.fraction == 1 and status.ran > 0 and status.stages["detect"] > 0)
            self.assertEqual(jobs.find(restored.id).state, status.state)
            self.assertEqual(len(jobs), 6)

    def test_a_job_fails_as_the_call_does(self):
        with self.engine.jobs() as jobs:
            job = jobs.submit("embed", self.photo, recognizer="no-such")
            for _ in range(2):
                with self.assertRaises(facekit.Error):
                    job.result()
            self.assertEqual((job.status().state.name, job.status().error.name), ("FAILED", "MODEL_NOT_FOUND"))
            with self.assertRaisesRegex(ZeroDivisionError, "division"):
                jobs.submit("detect", self.photo, progress=lambda *_: 1 / 0).result()
            with self.assertRaises(facekit.InvalidParameterError):
                jobs.submit("detect", self.photo, score_threshold=2).result()
            with self.assertRaises(TypeError):
                jobs.submit("detect", self.photo, no_parameter=2)
            with self.assertRaisesRegex(ValueError, "no pipeline"):
                jobs.submit("_run", self.photo)
            with self.assertRaises(facekit.JobNotFoundError):
                jobs.find("00000000-0000-4000-8000-000000000000")
        with self.assertRaisesRegex(ValueError, "closed"):
            jobs.submit("detect", self.photo)
        with self.assertRaises(facekit.InvalidParameterError):
            self.engine.jobs(workers=0)

    def test_a_line_is_bounded_and_its_jobs_are_canceled(self):
        started = threading.Event()
        with self.engine.jobs(capacity=2) as jobs:
            running = jobs.submit("detail", self.photo, progress=lambda *_: started.set(), **LONG)
            started.wait()
            waiting = [jobs.submit("detect", self.photo, priority=priority) for priority in (0, 5)]
            self.assertEqual([job.status().ahead for job in waiting], [1, 0])
            with self.assertRaises(facekit.QueueFullError):
                jobs.submit("detect", self.photo)
            with self.assertRaises(TimeoutError):
                waiting[0].wait(0.05)
            self.assertFalse(running.done() or waiting[0].done())
            running.cancel()
            with self.assertRaises(facekit.CanceledError):
                running.result()
            self.assertEqual([len(job.result().faces) for job in waiting], [1, 1])

    def test_callbacks_outlive_their_job_and_stop_with_the_queue(self):
        steps = []
        jobs = self.engine.jobs()
        jobs.submit("detail", self.photo, progress=lambda *step: steps.append(step), **LONG)
        while not steps:
            gc.collect()
        jobs.close()
        count = len(steps)
        self.engine.detect(self.photo)
        self.assertEqual(len(steps), count)

    def test_a_process_ends_while_jobs_run(self):
        script = (
            "import facekit; from test_facekit import PHOTO; from test_jobs import LONG; jobs = facekit.Engine().jobs(); "
            "job = jobs.submit('detail', PHOTO, progress=lambda *_: print('.', end='', flush=True), **LONG); "
            "[None for _ in iter(lambda: job.status().fraction == 0, False)]"
        )
        said = subprocess.run(
            [sys.executable, "-c", script], cwd=Path(__file__).parent, capture_output=True, timeout=300
        )
        self.assertEqual((said.returncode, said.stdout.strip(b"."), said.stderr), (0, b"", b""))


@unittest.skipUnless("facekit_run_json" in header.functions, "facekit.h has no facekit_run_json")
class JsonTest(Client):
    def test_requests_in_json(self):
        request = {"pipeline": "detect", "image": str(PHOTO), "params": {"score_threshold": 0.5}}
        answer = self.engine.run_json(request)
        self.assertEqual(len(answer["faces"]), 1)
        with self.assertRaises(facekit.InvalidParameterError):
            self.engine.run_json("no request")
        with self.assertRaises(facekit.CanceledError):
            token = facekit.CancelToken()
            token.cancel()
            self.engine.run_json(request, cancel=token)


if __name__ == "__main__":
    unittest.main()
