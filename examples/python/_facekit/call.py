"""A running call: its callbacks, and what stops it."""

from __future__ import annotations

import concurrent.futures
import ctypes
import threading
from typing import TYPE_CHECKING, Any, Callable, List, NamedTuple, Optional, TypeVar

import numpy as np

from .header import header
from .library import Error, Handle, api, fill, record

if TYPE_CHECKING:
    from facekit import LogLevel

T = TypeVar("T")


class Preview(NamedTuple):
    """What a diffusion model has made so far: small and rough."""

    array: np.ndarray
    step: int
    steps: int


class LogRecord(NamedTuple):
    """What an engine tells of its work."""

    level: LogLevel
    target: str
    """What tells it."""
    message: str


class CancelToken:
    """A switch that stops the calls that it was given to, for good. Any thread may cancel it."""

    def __init__(self) -> None:
        self._handle = api.cancel_token_new()

    def cancel(self) -> None:
        api.cancel_token_cancel(self._handle)

    @property
    def canceled(self) -> bool:
        return self._handle.call("is_canceled")


def log_callback(log: Callable[[LogRecord], Any]) -> Any:
    """A function for C that hands on what an engine tells; it must live as long as the engine."""

    def tell(pointer: Any, _: Any) -> None:
        fields = record(pointer.contents)
        log(LogRecord(fields["level"], fields["target"], fields["message"]))

    return header.callbacks["log_callback"](tell)


class Callbacks:
    """What Python wants of one call; it must live until the call has ended."""

    def __init__(
        self,
        progress: Optional[Callable[[str, float], Any]] = None,
        preview: Optional[Callable[[Preview], Any]] = None,
        cancel: Optional[CancelToken] = None,
    ) -> None:
        self._progress, self._preview = progress, preview
        self.token = cancel or CancelToken()
        self._raised: List[BaseException] = []
        self.struct = fill("call", {"cancel": self.token._handle._as_parameter_})
        if progress is not None or preview is not None:
            self.struct.progress = header.fields["call"]["progress"].ctype(self._on_progress)
        if preview is not None:
            self.struct.preview = header.fields["call"]["preview"].ctype(self._on_preview)

    def reraise(self) -> None:
        """Raises what a callback raised, if one did."""
        if self._raised:
            raise self._raised.pop() from None

    def _on_progress(self, stage: bytes, fraction: float, _: Any) -> int:
        return self._report(self._progress, stage.decode(), fraction)

    def _on_preview(self, pointer: Any, _: Any) -> None:
        rough = pointer.contents
        pixels = np.frombuffer(ctypes.string_at(rough.rgb, rough.width * rough.height * 3), np.uint8)
        self._report(self._preview, Preview(pixels.reshape(rough.height, rough.width, 3), rough.step, rough.steps))

    def _report(self, callback: Optional[Callable[..., Any]], *arguments: Any) -> bool:
        """Calls a callback, and tells whether one has failed, which cancels the call."""
        try:
            if callback is not None and not self._raised:
                callback(*arguments)
        except BaseException as error:
            self._raised.append(error)
        return bool(self._raised)


def run(function: Callable[[Any], Handle], callbacks: Callbacks) -> Handle:
    """Runs a call with its callbacks, on a thread beside the main one so that Ctrl-C can end it."""
    try:
        result = interruptibly(lambda: function(ctypes.byref(callbacks.struct)), callbacks.token)
    except Error:
        callbacks.reraise()
        raise
    callbacks.reraise()
    return result


def interruptibly(function: Callable[[], T], token: CancelToken) -> T:
    """Runs a function, and cancels it on Ctrl-C, which Python hands to the main thread alone, and not while C works."""
    if threading.current_thread() is not threading.main_thread():
        return function()
    outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
    thread = threading.Thread(target=settle, args=(outcome, function), name="facekit")
    thread.start()
    try:
        return outcome.result()
    except KeyboardInterrupt:
        token.cancel()
        thread.join()
        raise
    finally:
        del outcome  # to which the traceback of its exception leads


def settle(outcome: concurrent.futures.Future[T], function: Callable[[], T]) -> None:
    try:
        outcome.set_result(function())
    except BaseException as error:
        outcome.set_exception(error)
        del outcome
