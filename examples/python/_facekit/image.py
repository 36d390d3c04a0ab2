"""Pictures, as handles and as arrays."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Union
from pathlib import Path

import numpy as np

from .header import header
from .library import Handle, api, fill, member

if TYPE_CHECKING:
    from facekit import Engine

Pathlike = Union[str, os.PathLike]
FileLike = Union[Pathlike, bytes]
ImageLike = Union["Image", np.ndarray, Pathlike, bytes]
Format = Union[str, int, None]
PIXELS = header.structs["pixels"]


class Image:
    """A picture: RGB or RGBA of 8 bits, upright, with the metadata of the file it comes from. It does not change."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    @classmethod
    def open(cls, path: Pathlike, engine: Optional[Engine] = None) -> Image:
        """Reads a JPEG, PNG, WebP, GIF, BMP or TIFF by its path, `file:` or `data:` URI, within the engine's limits."""
        return cls(api.image_open(engine and engine._handle, path))

    @classmethod
    def decode(cls, data: bytes, engine: Optional[Engine] = None) -> Image:
        """Decodes the bytes of such a file; of an animation, the first frame."""
        buffer = np.frombuffer(data, np.uint8) if len(data) else np.empty(0, np.uint8)
        return cls(api.image_decode(engine and engine._handle, buffer.ctypes.data, buffer.size))

    @classmethod
    def from_array(cls, array: np.ndarray, format: Format = None) -> Image:
        """Copies pixels of uint8, in the given PixelFormat: RGB, RGBA or grey by default, as the shape says."""
        return cls(image_of(pixels(array, format)))

    @property
    def width(self) -> int:
        return self._handle.call("width")

    @property
    def height(self) -> int:
        return self._handle.call("height")

    @property
    def array(self) -> np.ndarray:
        """The pixels, height × width × 3 or 4, without a copy and not to be written to; it keeps the picture alive."""
        return np.asarray(self)

    @property
    def __array_interface__(self) -> Dict[str, Any]:
        view = api.image_view(self._handle)
        channels = 4 if view.format == header.enums["pixel_format"].RGBA else 3
        return {
            "version": 3,
            "typestr": "|u1",
            "shape": (view.height, view.width, channels),
            "strides": (view.stride, channels, 1),
            "data": (view.data, True),
        }

    def encode(self, format: Union[str, int] = "jpeg", quality: int = 95) -> bytes:
        """The picture as a file in a FileFormat; `quality` is that of a JPEG or WebP, 10 to 100."""
        options = fill("encode_options", {"format": format, "quality": quality})
        return bytes_of(api.image_encode(self._handle, ctypes.byref(options)))

    def save(self, path: Pathlike, format: Format = None, quality: Optional[int] = None) -> None:
        """Writes a file, whole or not at all, in the format that its name ends with unless another is given."""
        if format is None:
            format = api.file_format_from_path(path)
        options = fill("encode_options", {"format": format, "quality": quality})
        api.image_save(self._handle, path, ctypes.byref(options))

    def __repr__(self) -> str:
        return f"<facekit.Image {self.width}×{self.height}>"

    def _repr_png_(self) -> bytes:
        return self.encode("png")


def pixels(array: np.ndarray, format: Format) -> ctypes.Structure:
    """An array as pixels of the caller; it is copied only where a row's pixels do not follow one another."""
    array = np.asarray(array)
    if array.dtype != np.uint8:
        raise TypeError(f"pixels are of {array.dtype}: give uint8, 0 to 255")
    if array.ndim not in (2, 3):
        raise ValueError(f"pixels have the shape {array.shape}: give height × width, × 1, 3 or 4")
    height, width, channels = array.shape if array.ndim == 3 else (*array.shape, 1)
    formats = header.enums["pixel_format"]
    fitting = {1: ["GREY"], 3: ["RGB", "BGR"], 4: ["RGBA", "BGRA"]}.get(channels)
    if fitting is None:
        raise ValueError(f"pixels have {channels} channels: give 1, 3 or 4")
    if isinstance(format, str):
        format = member(formats, format, f"`format` is {format!r}")
    format = formats[fitting[0]] if format is None else formats(format)
    if format.name not in fitting:
        raise ValueError(f"pixels have {channels} channels, and {format.name} has not")
    pixel_strides = (channels, 1) if array.ndim == 3 else (1,)
    if array.strides[1:] != pixel_strides or array.strides[0] < width * channels:
        array = np.ascontiguousarray(array)
    struct = PIXELS(array.ctypes.data, width, height, array.strides[0], format)
    struct.array = array
    return struct


def image_of(pixels: ctypes.Structure) -> Handle:
    """A picture with a copy of the pixels."""
    return api.image_from_pixels(ctypes.byref(pixels))


def bytes_of(handle: Handle) -> bytes:
    return ctypes.string_at(handle.call("data"), handle.call("len"))


def encoded_file(file: FileLike) -> Tuple[bytes, int]:
    """An encoded file, named by its path or given as bytes, and its length."""
    data = Path(file).read_bytes() if isinstance(file, (str, os.PathLike)) else bytes(file)
    return data, len(data)
