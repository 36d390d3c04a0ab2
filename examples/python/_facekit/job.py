"""Jobs: calls that wait in a line and run in the background."""

from __future__ import annotations

import ctypes
import re
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Type

from .call import Callbacks
from .header import header
from .image import PIXELS, image_of
from .library import ERRORS, Error, Handle, api, fill
from .pipelines import CALL, Pipelines
from .results import read

if TYPE_CHECKING:
    from facekit import Engine, JobState, Status


@dataclass(frozen=True)
class JobStatus:
    """A job as it was when it was asked; times are in seconds."""

    state: JobState
    priority: int
    stage: str
    """The stage that runs, or ran last, such as "detect"; empty while it waits."""
    fraction: float
    ahead: int
    """How many jobs run before it."""
    error: Status
    """Why it failed or was canceled, else OK."""
    message: Optional[str]
    waited: float
    ran: float
    inference_time: float
    stages: Dict[str, float]


class Jobs:
    """A queue of jobs on an engine, and the threads that run them. Closing it cancels what waits and what runs."""

    def __init__(self, engine: Engine, **options: Any) -> None:
        struct = ctypes.byref(fill("jobs_options", options))
        handle = api.jobs_new(engine._handle, struct)
        handle.uses = Running(engine._handle)
        self._engine, self._open = engine, [handle]
        # At the end of the program, threads that call back must have stopped before Python has.
        self.close = weakref.finalize(self, self._open.clear)

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """How many jobs the queue knows: those that wait, run, or have ended and are kept."""
        return self._handle.call("count")

    def submit(self, pipeline: str, *inputs: Any, priority: int = 0, **params: Any) -> Job:
        """Puts a call of an engine's method into the line, such as `submit("restore", photo, upscale=2)`.

        Of the jobs that wait, the one with the highest priority runs first, and of equal ones who came first. Pictures
        are copied. Callbacks are called on the threads of the queue. QueueFullError when as many jobs wait as may.
        """
        if not hasattr(Pipelines, pipeline) or pipeline.startswith("_"):
            raise ValueError(f"{pipeline!r} is no pipeline: give a method of Engine that takes a picture, by its name")
        return getattr(Submission(self._handle, self._engine._handle, priority), pipeline)(*inputs, **params)

    def find(self, id: str) -> JobStatus:
        """The status of the job with an id; JobNotFoundError for one that was never given, or has expired."""
        return status(api.jobs_find(self._handle, id))

    @property
    def _handle(self) -> Handle:
        if not self._open:
            raise ValueError("the queue is closed")
        return self._open[0]


class Job:
    """One job. It goes on when nothing refers to it any more."""

    def __init__(self, handle: Handle, result: Type, callbacks: Callbacks) -> None:
        self._handle, self._type, self._callbacks = handle, result, callbacks
        self._result: Any = None
        self._taking = threading.Lock()

    @property
    def id(self) -> str:
        """A UUID."""
        return self._handle.call("id")

    def status(self) -> JobStatus:
        return status(self._handle)

    def done(self) -> bool:
        """Whether it has ended, however that is."""
        return ended(self._handle)

    def wait(self, timeout: Optional[float] = None) -> None:
        """Waits until it has ended; a TimedOutError, which is a TimeoutError, when it has not within `timeout` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = 0.1 if end is None else end - time.monotonic()
            try:
                return api.job_wait(self._handle, max(0.0, min(left, 0.1)))
            except ERRORS[header.enums["status"].TIMED_OUT]:
                if left <= 0:
                    raise

    def result(self, timeout: Optional[float] = None) -> Any:
        """Waits, and gives what the engine's method gives, or raises what it raises."""
        self.wait(timeout)
        with self._taking:
            if self._result is None:
                self._result = self._take()
        return self._result

    def _take(self) -> Any:
        noun = re.sub(r"(?<!^)(?=[A-Z])", "_", self._type.__name__).lower().replace("face_mask", "mask")
        try:
            return read(self._type, self._handle.call(f"take_{noun}"))
        except Error:
            self._callbacks.reraise()
            raise

    def cancel(self) -> None:
        """Cancels it: at once while it waits, else soon, also in the middle of a model run."""
        self._handle.call("cancel")


class Submission(Pipelines):
    """The pipelines, as calls that put a job into the line."""

    def __init__(self, jobs: Handle, engine: Handle, priority: int) -> None:
        self._jobs, self._handle, self._priority = jobs, engine, priority

    def _run(self, result: Type, function: str, params: Dict[str, Any], *inputs: Any) -> Any:
        callbacks = Callbacks(**{key: params.pop(key, None) for key in CALL})
        struct = ctypes.byref(fill(header.params(function), params))
        inputs = tuple(image_of(each) if isinstance(each, PIXELS) else each for each in inputs)
        submit = getattr(api, f"jobs_submit_{function.replace('_faces', '')}")
        handle = submit(self._jobs, *inputs, struct, self._priority, ctypes.byref(callbacks.struct))
        self._jobs.uses.add(handle, callbacks)
        return Job(handle, result, callbacks)


class Running:
    """What the threads of a queue use until its jobs have ended: the engine, and what is called back."""

    def __init__(self, engine: Handle) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._jobs: List[Tuple[Handle, Callbacks]] = []

    def add(self, job: Handle, callbacks: Callbacks) -> None:
        with self._lock:
            self._jobs = [each for each in self._jobs if not ended(each[0])] + [(job, callbacks)]


def ended(job: Handle) -> bool:
    try:
        job.call("wait", 0.0)
    except ERRORS[header.enums["status"].TIMED_OUT]:
        return False
    return True


def status(job: Handle) -> JobStatus:
    now = job.call("get_status")
    stages = {now.call("stage_name", index): now.call("stage_time", index) for index in range(now.call("stage_count"))}
    names = [name for name in JobStatus.__annotations__ if name != "stages"]
    return JobStatus(**{name: now.call(name) for name in names}, stages=stages)
