"""facekit for Python: detect, restore, repaint, stylize and swap faces on your own device, with numpy views.

    import facekit

    with facekit.Engine() as engine:
        photo = facekit.Image.open("photo.jpg")
        for face in engine.detect(photo, score_threshold=0.5).faces:
            print(face.box, face.score)
        engine.restore(photo, upscale=2).image.save("restored.jpg")

Parameters are keyword arguments with the names, defaults and ranges of the C structs (`help(Engine.restore)`); what is
left out or None has its default. A choice is a text such as "large-small" or a member of its enum. A group of
parameters, such as `detect`, is a mapping: `engine.restore(photo, detect={"order": "left-right"})`.

An image is an `Image`, an array of uint8 (height × width, × 3 or × 4, RGB unless `format` says otherwise), a path, or an
encoded file as bytes. While C works, other Python threads run; any number of them may share an engine. A failed call
raises an `Error`, one class for each status: `NoFaceError`, `ModelNotFoundError`, and so on.
"""

from __future__ import annotations

import ctypes
import json
import os
from typing import Any, Callable, Dict, Iterable, Optional, Type, TypeVar, Union

from _facekit.call import Callbacks, CancelToken, LogRecord, Preview, log_callback, run
from _facekit.header import header
from _facekit.image import PIXELS, Image, Pathlike, image_of
from _facekit.job import Job, Jobs, JobStatus
from _facekit.library import ERRORS, Error, Handle, api, fill, member, record
from _facekit.pipelines import CALL, Pipelines, SwapSource, several
from _facekit.results import (
    Box,
    Comparison,
    Detailed,
    Detection,
    Embedded,
    Face,
    FaceMask,
    File,
    Landmarks,
    Model,
    Models,
    Restored,
    Stylized,
    StylizedFile,
    Swapped,
    SwappedFile,
    read,
)

T = TypeVar("T")
GENERATED = {kind.__name__: kind for kind in (*ERRORS.values(), *header.enums.values())}
globals().update(GENERATED)
__all__ = [
    *("Box", "CancelToken", "Comparison", "Detailed", "Detection", "Embedded", "Engine", "Error", "Face", "FaceMask"),
    *("File", "Image", "Job", "JobStatus", "Jobs", "Landmarks", "LogRecord", "Model", "Models", "Preview"),
    *("Restored", "Stylized", "StylizedFile", "SwapSource", "Swapped", "SwappedFile", "load", "version"),
    *GENERATED,
]


def load(library: Optional[Pathlike] = None) -> str:
    """Loads the library from a file, before anything else is called, and gives its path.

    Without a file, and where this is not called: what `FACEKIT_LIBRARY` names, else the library beside this module or
    in `lib` of a folder around it, else the system's.
    """
    return api.load(library)


def version() -> str:
    """The version of the library, such as "0.1.0"."""
    return api.version()


class Engine(Pipelines):
    """The face engine: it finds models, loads them when they are first needed, and runs the pipelines.

    Every pipeline takes four more arguments. `format` is the PixelFormat of the inputs that are arrays, such as "bgr".
    `progress(stage, fraction)` is called with each step, and `preview(preview)` after each step of a diffusion model,
    on a thread of the call; an exception in them ends the call, and is raised from it. `cancel` is a CancelToken; Ctrl-C
    cancels it too, and ends a call in the middle of a model run.
    """

    def __init__(
        self,
        *,
        models: Union[Pathlike, Iterable[Pathlike]] = (),
        providers: Union[str, Iterable[str]] = (),
        threads: int = 0,
        parallel_runs: int = 0,
        strict: bool = False,
        embedded: bool = True,
        allow_licenses: Union[str, Iterable[str]] = (),
        runtime: Optional[Pathlike] = None,
        graph_cache: Optional[Pathlike] = None,
        memory_budget: Optional[int] = None,
        max_bytes: Optional[int] = None,
        max_pixels: Optional[int] = None,
        max_frames: Optional[int] = None,
        max_animation_pixels: Optional[int] = None,
        max_faces: Optional[int] = None,
        log: Optional[Callable[[LogRecord], Any]] = None,
        log_level: str = "info",
    ) -> None:
        """Makes an engine.

        models: folders of models, which stand before the embedded ones. embedded: whether those may be used.
        providers: what may run the models, best first: "cpu", "cuda", "cuda:1" or "coreml". strict: whether one that
        cannot be used is an error. threads: of one model run; 0 is one for each processor core.
        parallel_runs: the most runs of one model at once; 0 is as many as keep every core busy. allow_licenses: models, by
        name or licence, that the default policy refuses. runtime: the file or folder of ONNX Runtime. graph_cache: a
        folder that keeps optimised graphs. memory_budget: the most bytes of loaded models. max_*: limits of one input.
        log: called with what the engine tells of its work, where it matters as much as `log_level` ("error", "warning",
        "info" or "debug") or more; it must not call the engine.
        """
        options = api.engine_options_new()
        for folder in several(models):
            options.call("add_models", folder)
        for provider in several(providers):
            options.call("add_provider", provider)
        for name in several(allow_licenses):
            options.call("allow_license", name)
        settings = dict(
            threads=threads,
            parallel_runs=parallel_runs,
            strict=strict,
            embedded=embedded,
            runtime=runtime,
            graph_cache=graph_cache,
            memory_budget=memory_budget,
            max_bytes=max_bytes,
            max_pixels=max_pixels,
            max_frames=max_frames,
            max_animation_pixels=max_animation_pixels,
            max_faces=max_faces,
        )
        for name, value in settings.items():
            if value is not None:
                options.call(f"set_{name}", value)
        callback = None
        if log is not None:
            callback = log_callback(log)
            options.call("set_log", member(header.enums["log_level"], log_level, "`log_level`"), callback, None)
        self._open: Optional[Handle] = api.engine_new(options)
        self._open.uses = callback
        self._process = os.getpid()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the engine once the calls that run on it have returned; no other may begin."""
        self._open = None

    @property
    def _handle(self) -> Handle:
        handle = self._open
        if handle is None:
            raise ValueError("the engine is closed")
        if self._process != os.getpid():
            raise RuntimeError("the engine belongs to the process that this one was forked from: make one here")
        return handle

    @property
    def runtime_version(self) -> str:
        """The version of ONNX Runtime."""
        return self._handle.call("runtime_version")

    @property
    def runtime_path(self) -> str:
        """The file of ONNX Runtime, or its bare name when the system found it."""
        return self._handle.call("runtime_path")

    def probe(self, provider: str) -> None:
        """Tries a provider; a ProviderUnavailableError says why it cannot be used here."""
        self._handle.call("probe", provider)

    def models(self) -> Models:
        """The models that are installed, and those that facekit knows and that are not."""
        handle = self._handle.call("models")
        models = Models(Model(**record(handle.call("get", i))) for i in range(handle.call("count")))
        models.problems = handle.list("problem")
        return models

    def jobs(self, **options: Any) -> Jobs:
        """A queue of jobs on this engine.

        workers: jobs that run at once, 1 to 256, by default 1. capacity: the most jobs that wait, by default 64.
        retention: how many seconds the result of a job that has ended is kept, by default 3600. kept: the most such
        jobs, by default 256.
        """
        return Jobs(self, **options)

    def run_json(self, request: Union[str, Dict[str, Any]], **callbacks: Any) -> Dict[str, Any]:
        """Runs a request in JSON, a text or what it stands for, and gives the answer.

        {"pipeline": "restore", "image": "photo.jpg", "params": {"upscale": 2}, "output": "out.png"}: pictures are paths,
        file: URIs or data: URIs, and without `output` the answer holds the picture as a data: URI.
        """
        engine, text = self._handle, request if isinstance(request, str) else json.dumps(request)
        answer = run(lambda call: api.run_json(engine, text, call), Callbacks(**callbacks))
        return json.loads(answer.call("data"))

    def _run(self, result: Type[T], function: str, params: Dict[str, Any], *inputs: Any) -> T:
        """Runs a pipeline; pixels are lent where the function has a form for them, and else copied into a picture."""
        engine = self._handle
        callbacks = Callbacks(**{key: params.pop(key, None) for key in CALL})
        struct = ctypes.byref(fill(header.params(function), params))
        if any(isinstance(each, PIXELS) for each in inputs):
            lends = f"facekit_{function}_pixels" in header.functions
            function += "_pixels" if lends else ""
            take = ctypes.byref if lends else image_of
            inputs = tuple(take(each) if isinstance(each, PIXELS) else each for each in inputs)
        pipeline = getattr(api, function)
        return read(result, run(lambda call: pipeline(engine, *inputs, struct, call), callbacks))
