"""The pipelines, as methods that an engine runs and a queue submits."""

from __future__ import annotations

import ctypes
import inspect
import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Type, TypeVar, Union

import numpy as np

from .header import header
from .image import FileLike, Format, Image, ImageLike, encoded_file, pixels
from .library import Handle, api
from .results import (
    Comparison,
    Detailed,
    Detection,
    Embedded,
    FaceMask,
    Restored,
    Stylized,
    StylizedFile,
    Swapped,
    SwappedFile,
)

Source = Union[ImageLike, "SwapSource", Sequence[Union[ImageLike, "SwapSource"]]]
T = TypeVar("T")
CALL = ("progress", "preview", "cancel")


@dataclass(frozen=True)
class SwapSource:
    """A person to put in, shown by pictures, in the place of the one whom `replaces` shows, or of everyone left."""

    pictures: Union[ImageLike, Sequence[ImageLike]]
    replaces: Optional[ImageLike] = None


def _pipeline(name: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Tells of a method's parameters, which the header describes, in its signature and documentation."""
    struct = header.params(name)
    fields = header.parameters(struct)

    def describe(method: Callable[..., T]) -> Callable[..., T]:
        signature = inspect.signature(method)
        own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        keyword = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(key, keyword, default=None) for key in (*fields, *CALL)]
        method.__signature__ = signature.replace(parameters=own + added)
        listed = "\n".join(f"    {key}: {header.in_python(field.doc)}" for key, field in fields.items())
        method.__doc__ = f"{inspect.getdoc(method)}\n\nParameters, those of facekit_{struct}:\n{listed}"
        return method

    return describe


class Pipelines:
    """Every pipeline: it makes of its inputs what C takes, and hands them to `_run`."""

    _handle: Handle
    """The engine, whose limits hold for the pictures that are read."""

    @_pipeline("detect")
    def detect(self, image: ImageLike, *, format: Format = None, **params: Any) -> Detection:
        """Finds the faces of a picture."""
        return self._run(Detection, "detect", params, self._picture(image, format))

    @_pipeline("embed")
    def embed(self, image: ImageLike, *, format: Format = None, **params: Any) -> Embedded:
        """Gives each face of a picture a vector that points the same way for every picture of one person."""
        return self._run(Embedded, "embed", params, self._picture(image, format))

    @_pipeline("compare")
    def compare(self, a: ImageLike, b: ImageLike, *, format: Format = None, **params: Any) -> Comparison:
        """Tells whether two pictures show one person, by the largest face of each."""
        return self._run(Comparison, "compare", params, self._picture(a, format), self._picture(b, format))

    @_pipeline("mask_faces")
    def mask(self, image: ImageLike, *, format: Format = None, **params: Any) -> FaceMask:
        """Masks the faces of a picture, or parts of them."""
        return self._run(FaceMask, "mask_faces", params, self._picture(image, format))

    @_pipeline("restore")
    def restore(self, image: ImageLike, *, format: Format = None, **params: Any) -> Restored:
        """Restores the faces of a picture; outside them nothing changes, unless the picture is enlarged."""
        return self._run(Restored, "restore", params, self._picture(image, format))

    @_pipeline("detail")
    def detail(self, image: ImageLike, *, format: Format = None, **params: Any) -> Detailed:
        """Repaints the faces of a picture with a diffusion model, in more detail than they have."""
        return self._run(Detailed, "detail", params, self._picture(image, format))

    @_pipeline("refine")
    def refine(self, image: ImageLike, *, format: Format = None, **params: Any) -> Detailed:
        """Refines the faces of a picture with a diffusion model, from very subtly to extremely."""
        return self._run(Detailed, "refine", params, self._picture(image, format))

    @_pipeline("stylize")
    def stylize(
        self, image: ImageLike, *, style_image: Optional[ImageLike] = None, format: Format = None, **params: Any
    ) -> Stylized:
        """Gives a picture one of six styles; a network of two inputs takes over the style of `style_image`."""
        style = style_image if style_image is None else self._image(style_image, format)._handle
        return self._run(Stylized, "stylize", params, self._picture(image, format), style)

    @_pipeline("stylize_file")
    def stylize_file(
        self, file: FileLike, *, style_image: Optional[ImageLike] = None, format: Format = None, **params: Any
    ) -> StylizedFile:
        """Gives every frame of an encoded picture or animation one of six styles."""
        style = style_image if style_image is None else self._image(style_image, format)._handle
        return self._run(StylizedFile, "stylize_file", params, *encoded_file(file), style)

    @_pipeline("swap")
    def swap(self, source: Source, target: ImageLike, *, format: Format = None, **params: Any) -> Swapped:
        """Puts a face into a picture. `source` is a picture, several of one person, or a list of SwapSource."""
        return self._run(Swapped, "swap", params, self._sources(source, format), self._picture(target, format))

    @_pipeline("swap_file")
    def swap_file(self, source: Source, target: FileLike, *, format: Format = None, **params: Any) -> SwappedFile:
        """Puts a face into every frame of an encoded picture or animation."""
        return self._run(SwappedFile, "swap_file", params, self._sources(source, format), *encoded_file(target))

    def _image(self, image: ImageLike, format: Format) -> Image:
        if isinstance(image, Image):
            return image
        if isinstance(image, (str, os.PathLike)):
            return Image.open(image, self)
        if isinstance(image, (bytes, bytearray, memoryview)):
            return Image.decode(image, self)
        return Image.from_array(image, format)

    def _picture(self, image: ImageLike, format: Format) -> Union[Handle, ctypes.Structure]:
        """A picture as C takes it: pixels where it is an array, else a handle."""
        if isinstance(image, (Image, str, os.PathLike, bytes, bytearray, memoryview)):
            return self._image(image, format)._handle
        return pixels(image, format)

    def _sources(self, source: Source, format: Format) -> Handle:
        people = several(source)
        if not any(isinstance(person, SwapSource) for person in people):
            people = [SwapSource(people)]
        sources = api.swap_sources_new()
        for person in people:
            pictures = [self._image(picture, format)._handle for picture in several(person.pictures)]
            replaces = None if person.replaces is None else self._image(person.replaces, format)._handle
            pointers = (ctypes.c_void_p * len(pictures))(*[picture._as_parameter_ for picture in pictures])
            sources.call("add", pointers, len(pictures), replaces)
        return sources

    def _run(self, result: Type[T], function: str, params: Dict[str, Any], *inputs: Any) -> T:
        raise NotImplementedError


def several(values: Any) -> List[Any]:
    """A list, also of what was given without one."""
    single = isinstance(values, (str, bytes, os.PathLike, Image, SwapSource, np.ndarray))
    return [values] if single else list(values)
