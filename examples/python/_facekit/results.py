"""What calls give: dataclasses, each field named as the getter that it comes from."""

from __future__ import annotations

import ctypes
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Type, TypeVar

import numpy as np

from .image import Image, Pathlike, bytes_of
from .library import Handle

if TYPE_CHECKING:
    from facekit import Availability, DetailEngine, FileFormat, Scheduler, StylizeEngine

T = TypeVar("T")


class Box(NamedTuple):
    """A box in pixels of the picture; it may reach over the border."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, eq=False)
class Landmarks:
    """The dense landmarks of a face."""

    scheme: str
    """What numbers the points: "ibug-68", "wflw-98", "mesh-468" or "mesh-478"."""
    points: np.ndarray
    """Count × 2, in pixels of the picture."""
    score: float


@dataclass(frozen=True, eq=False)
class Face:
    """A face, in pixels of the picture as it stands upright."""

    box: Box
    score: float
    points: Optional[np.ndarray]
    """5 × 2: image-left eye, image-right eye, nose, image-left and image-right mouth corner; None without points."""
    landmarks: Optional[Landmarks] = None


@dataclass(frozen=True, eq=False)
class Detection:
    """The faces of a picture."""

    width: int
    height: int
    model: str
    faces: List[Face]
    inference_time: float

    @property
    def boxes(self) -> np.ndarray:
        """Faces × 4: x, y, width and height."""
        return np.array([face.box for face in self.faces], np.float32).reshape(-1, 4)

    @property
    def scores(self) -> np.ndarray:
        return np.array([face.score for face in self.faces], np.float32)


@dataclass(frozen=True, eq=False)
class Embedded:
    """The faces of a picture, each with a vector that points the same way for every picture of one person."""

    recognizer: str
    faces: List[Face]
    raw: np.ndarray
    """Faces × length: what the recognizer put out."""
    unit: np.ndarray
    """The same directions with a length of 1: `a.unit @ b.unit.T` are the cosines."""
    inference_time: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Whether two pictures show one person."""

    same: bool
    similarity: float
    distance: float
    threshold: float
    recognizer: str
    faces: List[Face]


@dataclass(frozen=True, eq=False)
class FaceMask:
    """The masks of the faces of a picture: white where a face is shown."""

    image: Image
    faces: List[Face]
    inference_time: float


@dataclass(frozen=True, eq=False)
class Restored:
    """A restored picture."""

    image: Image
    models: List[str]
    faces: List[Face]
    inference_time: float


@dataclass(frozen=True, eq=False)
class Swapped(Restored):
    """A picture with swapped faces."""


@dataclass(frozen=True, eq=False)
class Detailed:
    """Pictures whose faces were repainted, one for each sample."""

    images: List[Image]
    engine: DetailEngine
    scheduler: Optional[Scheduler]
    seeds: List[int]
    models: List[str]
    faces: List[Face]
    inference_time: float
    _handle: Handle = dataclasses.field(repr=False)

    @property
    def image(self) -> Image:
        return self.images[0]

    def file(self, index: int = 0) -> bytes:
        """The picture as a file, as `image_format`, `image_quality` and `base64` asked."""
        return bytes_of(self._handle.call("file", index))


@dataclass(frozen=True, eq=False)
class Stylized:
    """A picture in a style."""

    image: Image
    engine: StylizeEngine
    seed: Optional[int]
    scheduler: Optional[Scheduler]
    models: List[str]
    notes: List[str]
    faces: List[Face]
    inference_time: float


@dataclass(frozen=True, eq=False)
class File:
    """A file that a call made: a picture or an animation."""

    data: bytes
    format: FileFormat
    frame_count: int
    searched_frame_count: int
    models: List[str]
    inference_time: float

    def save(self, path: Pathlike) -> None:
        """Writes the file as it is; its format is `format`, whatever the name ends with."""
        Path(path).write_bytes(self.data)


@dataclass(frozen=True, eq=False)
class StylizedFile(File):
    """A file in a style."""

    engine: StylizeEngine
    seed: Optional[int]
    scheduler: Optional[Scheduler]
    notes: List[str]
    face_count: int


@dataclass(frozen=True, eq=False)
class SwappedFile(File):
    """A file with swapped faces."""

    swapped_frame_count: int


@dataclass(frozen=True)
class Model:
    """A model: one that is installed, or one that facekit knows and that is not."""

    name: str
    role: str
    family: str
    license: str
    path: Optional[str]
    how_to_get: Optional[str]
    provider: Optional[str]
    refused_providers: Optional[str]
    availability: Availability
    allowed: bool
    is_default: bool
    contract: Optional[str] = None
    """What its graph takes and gives, in words."""
    runs: int = 0
    """How often its graphs ran since they are in memory."""
    run_time: float = 0.0
    """The seconds that ONNX Runtime took for that; those of runs at once count for each."""


class Models(List[Model]):
    """The models that an engine knows: by role and, in a role, best first."""

    problems: List[str]
    """The folders and files that could not be read, and why."""


def read(result: Type[T], handle: Handle) -> T:
    """A result as its dataclass, whose fields are named as the getters of its handle."""
    readers: Dict[str, Callable[[], Any]] = {
        "faces": lambda: _faces(handle),
        "models": lambda: handle.list("model"),
        "notes": lambda: handle.list("note"),
        "image": lambda: Image(handle.call("image")),
        "images": lambda: [Image(image) for image in handle.list("image")],
        "seeds": lambda: [handle.call("seed", index) for index in range(handle.call("image_count"))],
        "data": lambda: bytes_of(handle.call("bytes")),
        "raw": lambda: _vectors(handle, "raw"),
        "unit": lambda: _vectors(handle, "unit"),
        "_handle": lambda: handle,
    }
    names = [field.name for field in dataclasses.fields(result)]
    return result(**{name: readers[name]() if name in readers else handle.call(name) for name in names})


def _faces(handle: Handle) -> List[Face]:
    faces = []
    count = 2 if handle.noun == "comparison" else handle.call("face_count")
    for index in range(count):
        face = handle.call("face", index)
        points = np.array([(point.x, point.y) for point in face.points], np.float32) if face.has_points else None
        box = Box(face.rect.x, face.rect.y, face.rect.width, face.rect.height)
        dense = handle.call("landmarks", index) if handle.noun == "detection" else None
        faces.append(Face(box, face.score, points, dense and _landmarks(dense)))
    return faces


def _landmarks(handle: Handle) -> Landmarks:
    size = handle.call("count") * 8
    points = np.frombuffer(ctypes.string_at(ctypes.addressof(handle.call("points")), size), np.float32)
    return Landmarks(handle.call("scheme"), points.reshape(-1, 2).copy(), handle.call("score"))


def _vectors(handle: Handle, name: str) -> np.ndarray:
    """Faces × length."""
    count = handle.call("face_count")
    lengths = [handle.call("length", index) for index in range(count)]
    vectors = [ctypes.string_at(handle.call(name, index), length * 4) for index, length in enumerate(lengths)]
    return np.frombuffer(b"".join(vectors), np.float32).reshape(count, lengths[0] if lengths else 0).copy()
