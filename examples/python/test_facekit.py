"""Tests of the Python client: every pipeline, every kind of error, and inputs that are not pictures.

`python3 -m unittest discover` in this folder runs them and those beside them.
"""

import contextlib
import gc
import io
import os
import pickle
import signal
import sys
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import facekit
from _facekit.header import header
from _facekit.library import Handle

ROOT = Path(__file__).resolve().parents[2]
PHOTO = ROOT / "examples/photos/astronaut.png"
OTHER = ROOT / "examples/photos/grace_hopper.jpg"
NETWORKS = ROOT / "tests/golden/networks"
DIFFUSION = ROOT / "tests/golden/diffusion/sd1"
SFACE = NETWORKS / "sface.onnx"
DETAIL = {"model": DIFFUSION, "num_inference_steps": 15, "crop": {"guide_size": 64}}


def live_handles():
    gc.collect()
    return sum(type(each) is Handle for each in gc.get_objects())


class Client(unittest.TestCase):
    """A test with one engine and one photograph."""

    @classmethod
    def setUpClass(cls):
        cls.engine = facekit.Engine(threads=2)
        cls.photo = facekit.Image.open(PHOTO)

    @classmethod
    def tearDownClass(cls):
        cls.engine.close()
        del cls.photo

    def same(self, a, b):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


class EngineTest(Client):
    def test_it_says_what_it_runs_on(self):
        self.assertRegex(self.engine.runtime_version, r"^1\.\d+")
        self.assertIn("onnxruntime", self.engine.runtime_path)
        self.assertRegex(facekit.version(), r"^\d+\.\d+\.\d+$")
        self.assertTrue(Path(facekit.load()).is_file())
        with self.assertRaises(FileNotFoundError):
            facekit.load("no/such/library.so")

    def test_models(self):
        models = self.engine.models()
        lite = next(model for model in models if model.name == "facekit-lite-detect")
        self.assertEqual((lite.role, lite.availability.name, lite.is_default), ("detector", "EMBEDDED", True))
        self.assertTrue(any(model.how_to_get for model in models))
        self.assertEqual(models.problems, [])
        with facekit.Engine(models="no/such/folder") as engine:
            self.assertIn("no/such/folder", engine.models().problems[0])

    def test_models_tell_how_often_they_ran(self):
        with facekit.Engine() as engine:
            engine.detect(self.photo)
            ran = [model for model in engine.models() if model.runs]
            self.assertEqual([model.role for model in ran], ["detector"])
            self.assertGreater(ran[0].run_time, 0)

    def test_options_reach_the_engine(self):
        with facekit.Engine(max_pixels=1000, embedded=False, providers=["cpu"], models=[NETWORKS]) as engine:
            with self.assertRaises(facekit.LimitExceededError):
                facekit.Image.open(PHOTO, engine)
            names = [model.name for model in engine.models() if model.availability.name == "EMBEDDED"]
            self.assertEqual(names, [])
        with self.assertRaises(facekit.InvalidParameterError):
            facekit.Engine(providers="abacus")
        with self.assertRaises(facekit.InvalidParameterError):
            facekit.Engine(threads=1 << 32)
        with self.assertRaises(TypeError):
            facekit.Engine(strict="no")
        with tempfile.TemporaryDirectory() as empty, self.assertRaises(facekit.RuntimeUnavailableError):
            facekit.Engine(runtime=empty)

    def test_a_provider_that_cannot_be_used_says_so(self):
        self.engine.probe("cpu")
        try:
            self.engine.probe("coreml" if sys.platform != "darwin" else "cuda")
        except facekit.ProviderUnavailableError as error:
            self.assertEqual(error.status, facekit.Status.PROVIDER_UNAVAILABLE)
        else:
            self.fail("there is no such provider here")

    def test_a_closed_engine_is_an_error_and_lets_running_calls_end(self):
        engine = facekit.Engine()
        started = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(engine.restore, self.photo, progress=lambda *_: started.set())
            started.wait()
            engine.close()
            self.assertEqual(len(call.result().faces), 1)
        with self.assertRaisesRegex(ValueError, "closed"):
            engine.detect(self.photo)

    @unittest.skipUnless("log_callback" in header.callbacks, "facekit.h has no facekit_log_callback")
    def test_it_tells_of_its_work(self):
        records = []
        with facekit.Engine(log=records.append, log_level="debug") as engine:
            engine.detect(self.photo)
        del engine
        self.assertIsInstance(records[0].level, facekit.LogLevel)
        self.assertTrue(any("facekit-lite-detect" in record.message for record in records), records)
        with self.assertRaises(facekit.InvalidParameterError):
            facekit.Engine(log=print, log_level="loud")

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_an_engine_does_not_cross_a_fork(self):
        child = os.fork()
        if child == 0:
            try:
                self.engine.detect(self.photo)
            except RuntimeError:
                os._exit(7)
            os._exit(0)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)


class ImageTest(Client):
    def test_an_array_is_a_view_that_keeps_its_picture_alive(self):
        image = facekit.Image.decode(PHOTO.read_bytes())
        array = image.array
        self.assertEqual((array.shape, array.dtype, image.width, image.height), ((512, 512, 3), np.uint8, 512, 512))
        self.assertEqual(array.ctypes.data, np.asarray(image).ctypes.data)
        self.assertFalse(array.flags.writeable)
        before, expected = live_handles(), array.copy()
        del image
        facekit.Image.decode(OTHER.read_bytes())
        self.assertEqual(live_handles(), before)
        self.same(array, expected)
        del array
        self.assertEqual(live_handles(), before - 1)

    def test_a_borrowed_picture_keeps_its_result_alive(self):
        array = self.engine.restore(self.photo).image.array
        expected = array.copy()
        self.engine.restore(OTHER)
        gc.collect()
        self.same(array, expected)

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.png", "b.webp", "ü.jpg"):
                path = Path(folder, name)
                self.photo.save(path, quality=100)
                self.assertEqual(facekit.Image.open(str(path)).array.shape, (512, 512, 3))
            self.same(facekit.Image.open(Path(folder, "a.png")), self.photo)
            self.photo.save(Path(folder, "png.data"), "png")
            with self.assertRaises(facekit.Error):
                self.photo.save(Path(folder, "a.bin"))
            with self.assertRaises(OSError):
                self.photo.save(Path(folder, "no/folder/a.png"))
        self.same(facekit.Image.decode(self.photo.encode("png")), self.photo)
        self.assertGreater(len(self.photo.encode("jpeg", 95)), len(self.photo.encode(facekit.FileFormat.JPEG, 50)))
        with self.assertRaises(facekit.InvalidParameterError):
            self.photo.encode("jpeg", 101)
        self.assertTrue(self.photo._repr_png_().startswith(b"\x89PNG"))
        self.assertEqual(repr(self.photo), "<facekit.Image 512×512>")

    def test_every_format_and_layout_means_the_same_pixels(self):
        rgb = self.photo.array
        alpha = np.full((*rgb.shape[:2], 1), 255, np.uint8)
        grey = np.ascontiguousarray(rgb[:, :, 0])
        wide = np.zeros((512, 700, 3), np.uint8)
        wide[:, 100:612] = rgb
        for array, format, expected in (
            (rgb, None, rgb),
            (rgb[:, :, ::-1], "bgr", rgb),
            (np.ascontiguousarray(rgb[:, :, ::-1]), facekit.PixelFormat.BGR, rgb),
            (np.concatenate([rgb, alpha], 2), "rgba", np.concatenate([rgb, alpha], 2)),
            (np.concatenate([rgb[:, :, ::-1], alpha], 2), "BGRA", np.concatenate([rgb, alpha], 2)),
            (grey, None, np.repeat(grey[:, :, None], 3, 2)),
            (grey[:, :, None], "grey", np.repeat(grey[:, :, None], 3, 2)),
            (wide[:, 100:612], None, rgb),
            (rgb[::-1], None, rgb[::-1]),
            (rgb[:, ::-1], None, rgb[:, ::-1]),
            (rgb[::2, ::3], None, rgb[::2, ::3]),
            (np.asfortranarray(rgb), None, rgb),
            (np.broadcast_to(rgb[0], rgb.shape), None, np.broadcast_to(rgb[0], rgb.shape)),
            (rgb[:1, :1], None, rgb[:1, :1]),
        ):
            self.same(facekit.Image.from_array(array, format), expected)

    def test_lent_arrays_are_seen_as_pictures_are(self):
        expected = self.engine.detect(self.photo).boxes
        rgb = self.photo.array
        self.same(self.engine.detect(rgb).boxes, expected)
        self.same(self.engine.detect(np.ascontiguousarray(rgb[:, :, ::-1]), format="bgr").boxes, expected)
        self.same(self.engine.detect(PHOTO).boxes, expected)
        self.same(self.engine.detect(PHOTO.read_bytes()).boxes, expected)
        self.assertFalse(np.array_equal(self.engine.detect(rgb[:, :, ::-1]).boxes, expected))

    def test_what_is_no_picture(self):
        rgb = self.photo.array
        for array, error in (
            (rgb.astype(np.float32) / 255, TypeError),
            (rgb > 5, TypeError),
            (rgb.astype(np.int8), TypeError),
            (np.array([["a"]]), TypeError),
            (None, TypeError),
            (np.zeros(12, np.uint8), ValueError),
            (np.zeros((2, 2, 2, 3), np.uint8), ValueError),
            (np.zeros((5, 5, 2), np.uint8), ValueError),
            (np.zeros((5, 5, 0), np.uint8), ValueError),
            (np.zeros((0, 5, 3), np.uint8), ValueError),
            (np.zeros((5, 0), np.uint8), ValueError),
            (np.uint8(3), ValueError),
        ):
            with self.subTest(array), self.assertRaises(error):
                self.engine.detect(array)
        for format in ("grey", "rgba", "cmyk", 9):
            with self.subTest(format), self.assertRaises(ValueError):
                self.engine.detect(rgb, format=format)
        for data in (b"", b"no picture", PHOTO.read_bytes()[:1000], bytearray(40), memoryview(b"GIF89a")):
            with self.subTest(data), self.assertRaises(facekit.InvalidPictureError):
                facekit.Image.decode(data)


class PipelineTest(Client):
    def test_detect(self):
        found = self.engine.detect(self.photo, landmarks=True, score_threshold=0.5, angles=[0], order="best-worst")
        face = found.faces[0]
        self.assertEqual((found.width, found.height, found.model), (512, 512, "facekit-lite-detect"))
        self.assertEqual((found.boxes.shape, found.scores.shape, face.points.shape), ((1, 4), (1,), (5, 2)))
        self.assertTrue(170 < face.box.x < 190 and 80 < face.box.width < 110 and 0.5 < face.score <= 1)
        self.assertEqual((face.landmarks.scheme, face.landmarks.points.shape), ("wflw-98", (98, 2)))
        self.assertTrue(np.isfinite(face.landmarks.points).all())
        self.assertIsNone(self.engine.detect(self.photo).faces[0].landmarks)
        empty = self.engine.detect(np.zeros((64, 64, 3), np.uint8))
        self.assertEqual((empty.faces, empty.boxes.shape), ([], (0, 4)))
        self.same(pickle.loads(pickle.dumps(found)).boxes, found.boxes)

    def test_embed_and_compare(self):
        embedded = self.engine.embed(self.photo, recognizer=SFACE)
        self.assertEqual((embedded.recognizer, embedded.unit.shape, embedded.raw.shape), ("sface", (1, 128), (1, 128)))
        np.testing.assert_allclose(np.linalg.norm(embedded.unit, axis=1), 1, rtol=1e-5)
        nobody = self.engine.embed(np.zeros((64, 64, 3), np.uint8), recognizer=SFACE)
        self.assertEqual(nobody.unit.shape, (0, 0))
        same = self.engine.compare(self.photo, self.photo.array, recognizer=SFACE)
        self.assertTrue(same.same and same.similarity > 0.999 and len(same.faces) == 2)
        other = self.engine.compare(PHOTO, OTHER, recognizer=SFACE)
        unit = self.engine.embed(OTHER, recognizer=SFACE).unit
        self.assertAlmostEqual(other.similarity, float((embedded.unit @ unit.T)[0, 0]), 5)

    def test_mask(self):
        mask = self.engine.mask(self.photo, mask={"masks": ["area"], "mask_areas": ["mouth"]})
        array = mask.image.array
        self.assertTrue(array.shape == (512, 512, 3) and array.max() == 255 and 0.5 > (array > 0).mean() > 0)

    def test_restore_changes_faces_alone(self):
        restored = self.engine.restore(self.photo, restorer="facekit-lite-restore")
        changed = (restored.image.array != self.photo.array).any(2)
        self.assertTrue(changed.any() and not changed[300:].any())
        self.assertEqual(restored.models, ["facekit-lite-detect", "facekit-lite-restore"])
        self.assertEqual(len(restored.faces), 1)
        self.assertGreater(restored.inference_time, 0)
        self.assertEqual(self.engine.restore(self.photo.array, upscale=2).image.width, 1024)
        padded = self.engine.restore(self.photo, mask_padding=[10, 10, 10, 10], detect={"min_size": 300})
        self.same(padded.image, self.photo)

    def test_detail_and_refine(self):
        previews, stages = [], []
        detailed = self.engine.detail(
            self.photo,
            samples=2,
            image_format="png",
            progress=lambda stage, fraction: stages.append((stage, fraction)),
            preview=previews.append,
            **DETAIL,
        )
        self.assertEqual((len(detailed.images), detailed.seeds), (2, [12467, 12468]))
        self.assertEqual((detailed.engine.name, len(detailed.faces)), ("DIFFUSION", 1))
        self.assertIsInstance(detailed.scheduler, facekit.Scheduler)
        self.same(facekit.Image.decode(detailed.file(1)), detailed.images[1])
        self.assertEqual((len(previews), previews[0].step, previews[0].steps), (30, 1, 15))
        self.assertEqual(previews[0].array.shape[2], 3)
        self.assertTrue(stages[-1][1] == 1 and stages == sorted(stages, key=lambda stage: stage[1]))
        again = self.engine.detail(self.photo.array, **DETAIL)
        self.same(again.image, detailed.image)
        refined = self.engine.refine(self.photo, fallback="restore", denoising=1)
        self.assertEqual((refined.engine.name, refined.scheduler, refined.seeds), ("RESTORE", None, [0]))

    def test_stylize(self):
        for style in facekit.Style:
            stylized = self.engine.stylize(self.photo, style=style)
            self.assertEqual((stylized.engine.name, stylized.seed, stylized.scheduler), ("CLASSIC", None, None))
            self.assertFalse(np.array_equal(stylized.image, self.photo))
        by_name = self.engine.stylize(self.photo.array, style="Video game", dither="none", prompt="unused")
        self.assertIn("prompt", " ".join(by_name.notes))
        file = self.engine.stylize_file(PHOTO, style="pixels", file_type="gif", colors=8)
        self.assertTrue(file.data.startswith(b"GIF8"))
        self.assertEqual((file.format.name, file.frame_count, file.face_count, file.models), ("GIF", 1, 1, file.models))

    def test_swap(self):
        swapped = self.engine.swap(OTHER, self.photo)
        self.assertEqual(len(swapped.faces), 1)
        self.assertFalse(np.array_equal(swapped.image, self.photo))
        several = self.engine.swap([OTHER, facekit.Image.open(OTHER)], self.photo.array)
        self.same(several.image, swapped.image)
        people = [facekit.SwapSource(OTHER, replaces=PHOTO)]
        replaced = self.engine.swap(people, self.photo, detect={"recognizer": SFACE})
        self.same(replaced.image, swapped.image)
        file = self.engine.swap_file(OTHER, PHOTO.read_bytes(), face_restore=False)
        self.assertEqual((file.format.name, file.frame_count, file.swapped_frame_count), ("PNG", 1, 1))
        with tempfile.TemporaryDirectory() as folder:
            file.save(Path(folder, "swapped.png"))
            self.assertEqual(facekit.Image.open(Path(folder, "swapped.png")).width, 512)


class ErrorTest(Client):
    def test_every_status_is_a_class_that_can_be_pickled(self):
        for status in list(facekit.Status)[1:]:
            words = status.name.title().replace("_", "")
            error = getattr(facekit, f"{words}Error")("it failed")
            self.assertEqual((error.status, str(error)), (status, "it failed"))
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), again.args), (type(error), error.args))

    def test_errors_say_what_to_do(self):
        grey = np.full((64, 64, 3), 128, np.uint8)
        for error, message, call in (
            (facekit.InvalidParameterError, "score_threshold.* 0 to 1", lambda: self.detect(score_threshold=2)),
            (facekit.InvalidParameterError, "max_faces", lambda: self.detect(max_faces=-1)),
            (facekit.InvalidParameterError, "max_faces", lambda: self.detect(max_faces=1 << 32)),
            (facekit.InvalidParameterError, "small_large", lambda: self.detect(order="smallest")),
            (facekit.InvalidParameterError, "angles", lambda: self.detect(angles=[])),
            (facekit.InvalidParameterError, "zero byte", lambda: self.detect(detector="a\0b")),
            (facekit.InvalidParameterError, "UTF-8", lambda: self.detect(detector="caf\udce9")),
            (facekit.InvalidParameterError, "4", lambda: self.engine.restore(grey, mask_padding=[1])),
            (facekit.InvalidParameterError, "picture", lambda: self.engine.swap([], grey)),
            (TypeError, "is it `score_threshold`", lambda: self.detect(score_treshold=0.5)),
            (TypeError, "a number", lambda: self.detect(score_threshold="high")),
            (TypeError, "whole number", lambda: self.detect(max_faces=1.5)),
            (TypeError, "True or False", lambda: self.detect(landmarks="no")),
            (TypeError, "a list", lambda: self.engine.mask(grey, mask={"masks": "area"})),
            (TypeError, "mapping", lambda: self.detect(detector={})),
            (facekit.ModelNotFoundError, "no-such", lambda: self.detect(detector="no-such")),
            (facekit.ModelNotFoundError, "diffusion", lambda: self.engine.detail(self.photo)),
            (facekit.NoFaceError, "face", lambda: self.engine.swap(self.photo, grey)),
            (LookupError, "face", lambda: self.engine.mask(grey)),
            (facekit.IoError, "no-such.png", lambda: self.engine.detect("no-such.png")),
            (facekit.UnsupportedError, "http", lambda: self.engine.detect("https://example.org/a.png")),
            (OSError, "no-such", lambda: self.engine.swap_file(self.photo, "no-such.gif")),
            (facekit.InvalidPictureError, "", lambda: self.engine.stylize_file(b"no picture")),
        ):
            with self.subTest(message), self.assertRaisesRegex(error, message):
                call()

    def detect(self, **params):
        return self.engine.detect(self.photo, **params)

    def test_a_token_cancels(self):
        token = facekit.CancelToken()
        with self.assertRaises(facekit.CanceledError):
            self.engine.restore(self.photo, cancel=token, progress=lambda *_: token.cancel())
        self.assertTrue(token.canceled)
        with self.assertRaises(facekit.CanceledError):
            self.engine.detect(self.photo, cancel=token)

    def test_an_exception_in_a_callback_ends_the_call(self):
        def fail(*_):
            raise ZeroDivisionError("in a callback")

        for callback in ("progress", "preview"):
            with self.assertRaisesRegex(ZeroDivisionError, "in a callback"), contextlib.redirect_stderr(io.StringIO()):
                self.engine.detail(self.photo, **{callback: fail}, **DETAIL)

    @unittest.skipUnless(hasattr(signal, "pthread_kill"), "no signals")
    def test_ctrl_c_ends_a_call(self):
        started, token = threading.Event(), facekit.CancelToken()
        # A shell starts what runs in the background with the signal ignored.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))

        def interrupt():
            started.wait()
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        crop = {"guide_size": 512}
        with self.assertRaises(KeyboardInterrupt):
            long = {**DETAIL, "num_inference_steps": 75, "samples": 4, "crop": crop}
            self.engine.detail(self.photo, cancel=token, progress=lambda *_: started.set(), **long)
        self.assertTrue(token.canceled)
        self.assertEqual(len(self.engine.detect(self.photo).faces), 1)


if __name__ == "__main__":
    unittest.main()
