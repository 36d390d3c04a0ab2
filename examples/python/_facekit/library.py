"""The functions of the library: `api.image_open(engine, "photo.jpg")` calls `facekit_image_open`.

Arguments are checked before they reach C, a failed call raises the `Error` of its status, an `out_*` is what the call
returns, and a handle frees itself.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import difflib
import enum
import functools
import numbers
import os
import re
import sys
import threading
from typing import Any, Dict, List, Mapping, Optional, Type

from .header import FOLDER, SCALARS, Declaration, Function, camel, header, noun

INTEGERS = tuple(t for name, t in SCALARS.items() if "int" in name or name == "size_t")


class Handle:
    """What the library made, freed with the last reference to this; or a part of it, which keeps its owner alive."""

    __slots__ = ("_as_parameter_", "noun", "owner", "uses", "__weakref__")

    def __init__(self, noun: str, address: int, owner: Optional[Handle] = None) -> None:
        self._as_parameter_, self.noun, self.owner = ctypes.c_void_p(address), noun, owner
        self.uses: Any = None  # what C calls back while the handle lives

    def call(self, name: str, *arguments: Any) -> Any:
        """Calls `facekit_NOUN_NAME` on it."""
        return getattr(api, f"{self.noun}_{name}")(self, *arguments)

    def list(self, name: str) -> List[Any]:
        """What the getter `facekit_NOUN_NAME` gives for every index."""
        return [self.call(name, index) for index in range(self.call(f"{name}_count"))]

    def __del__(self) -> None:
        if self.owner is None:
            self.call("free")


class Library:
    """The functions of the library, by their names without `facekit_`; it is loaded when the first is called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library: Optional[ctypes.CDLL] = None
        self.path = ""

    def load(self, path: Optional[os.PathLike] = None) -> str:
        """Loads the library from a file, or from where it is found; does nothing when it is loaded already."""
        with self._lock:
            if self._library is None:
                self.path = os.fspath(path) if path is not None else find_library()
                self._library = ctypes.CDLL(self.path)
            elif path is not None and not os.path.samefile(path, self.path):
                raise RuntimeError(f"facekit is already loaded from {self.path}: call `load` before anything else")
        return self.path

    def __getattr__(self, name: str) -> Any:
        declared = header.functions.get(f"facekit_{name}")
        if declared is None:
            raise AttributeError(f"facekit.h declares no function facekit_{name}")
        self.load()
        try:
            function = getattr(self._library, declared.result.name)
        except AttributeError:
            raise AttributeError(f"{self.path} is older than facekit.h: it has no {declared.result.name}") from None
        function.restype = declared.result.ctype
        function.argtypes = [argument.ctype for argument in declared.arguments]
        fails = bool(declared.arguments) and declared.arguments[-1].name == "out_error"
        call = functools.partial(raising if fails else returning, function, declared)
        setattr(self, name, call)
        return call


def returning(function: Any, declared: Function, *arguments: Any) -> Any:
    """Calls a function that cannot fail."""
    result = function(*map(convert, declared.arguments, arguments))
    return reveal(declared.result, result, arguments[0] if arguments else None)


def raising(function: Any, declared: Function, *arguments: Any) -> Any:
    """Calls a function that returns a status; gives its output, where it has one."""
    given, passed, outs = iter(arguments), [], []
    for argument in declared.arguments:
        if argument.name.startswith("out_"):
            outs.append((argument, argument.ctype._type_()))
            passed.append(ctypes.byref(outs[-1][1]))
        else:
            passed.append(convert(argument, next(given)))
    status = function(*passed)
    if status:
        error = Handle("error", outs[-1][1].value)
        raise ERRORS.get(status, Error)(error.call("message"))
    if len(outs) == 1:
        return None
    out, value = outs[0]
    return reveal(out, value if isinstance(value, ctypes.Structure) else value.value, None)


def reveal(declared: Declaration, value: Any, owner: Any) -> Any:
    """A result as Python has it; a handle is borrowed where it is const, else owned."""
    if isinstance(value, bytes):
        return value.decode()
    if declared.enum is not None and value is not None:
        return declared.enum(value) if value in list(declared.enum) else None
    kind = noun(declared.c)
    if kind and kind not in header.structs and value is not None:
        return Handle(kind, value, owner if declared.c.startswith("const") else None)
    if kind and isinstance(value, ctypes._Pointer):
        return value.contents if value else None
    return None if value == -1 and "-1 where" in declared.doc else value


def convert(declared: Declaration, value: Any) -> Any:
    """A value as C takes it: in range, of its kind, and text without a zero byte."""
    ctype, what = declared.ctype, f"`{declared.name}` is {value!r}"
    if declared.enum is not None and isinstance(value, str):
        return member(declared.enum, value, what)
    if ctype is ctypes.c_char_p and value is not None:
        if not isinstance(value, (str, os.PathLike)):
            raise TypeError(f"{what}: give a text or a path")
        text = os.fspath(value).encode("utf-8", "surrogateescape")
        if b"\0" in text:
            raise InvalidParameterError(f"{what}, which has a zero byte in it")
        return text
    if ctype is ctypes.c_bool and type(value).__name__ not in ("bool", "bool_"):
        raise TypeError(f"{what}: give True or False")
    if ctype in (ctypes.c_float, ctypes.c_double) and not isinstance(value, numbers.Real):
        raise TypeError(f"{what}: give a number")
    if ctype in INTEGERS:
        if not isinstance(value, numbers.Integral):
            raise TypeError(f"{what}: give a whole number")
        if ctype(int(value)).value != value:
            raise InvalidParameterError(f"{what}, which is out of range")
        return int(value)
    return value


def fill(name: str, values: Mapping[str, Any]) -> ctypes.Structure:
    """The struct `facekit_NAME` with its defaults and, over them, the values that are not None."""
    struct, fields = header.structs[name](), header.parameters(name)
    getattr(api, f"{name}_init")(ctypes.byref(struct), ctypes.sizeof(struct))
    for key, value in values.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, 1)
            hint = f"; is it `{near[0]}`?" if near else f": it has {', '.join(fields)}"
            raise TypeError(f"facekit_{name} has no `{key}`{hint}")
        if value is None:
            continue
        field = fields[key]
        pointee = getattr(field.ctype, "_type_", None)
        if f"{key}_count" in header.fields[name]:
            if isinstance(value, (str, bytes)):
                raise TypeError(f"`{key}` is a single text: give a list")
            items = [convert(field._replace(ctype=pointee), item) for item in value]
            setattr(struct, f"{key}_count", len(items))
            value = (pointee * len(items))(*items)
        elif isinstance(field.ctype, type) and issubclass(field.ctype, ctypes.Array):
            if len(value) != len(getattr(struct, key)):
                raise InvalidParameterError(f"`{key}` has {len(value)} numbers instead of {len(getattr(struct, key))}")
            value = field.ctype(*value)
        elif isinstance(value, Mapping):
            if noun(field.c) is None:
                raise TypeError(f"`{key}` is a mapping: give a {field.c}")
            value = ctypes.pointer(fill(noun(field.c), value))
        else:
            value = convert(field, value)
        setattr(struct, key, value)
    return struct


def member(kind: Type[enum.IntEnum], text: str, what: str) -> enum.IntEnum:
    """The member of an enum that a text such as "video-game" names."""
    key = re.sub(r"[^0-9a-z]+", "_", text.lower())
    for each in kind:
        if each.name.lower() == key:
            return each
    known = ", ".join(each.name.lower() for each in kind)
    raise InvalidParameterError(f"{what}, which is none of {known}")


def record(struct: ctypes.Structure) -> Dict[str, Any]:
    """The fields of a struct that a call returned, copied."""
    fields = next(header.fields[name] for name, kind in header.structs.items() if kind is type(struct))
    return {name: reveal(field, getattr(struct, name), None) for name, field in fields.items()}


def find_library() -> str:
    """`FACEKIT_LIBRARY`, else the library beside this module, in the archive or checkout around it, or the system's."""
    named = os.environ.get("FACEKIT_LIBRARY")
    if named:
        return named
    name = {"win32": "facekit.dll", "darwin": "libfacekit.dylib"}.get(sys.platform, "libfacekit.so")
    around = (FOLDER, FOLDER.parent, FOLDER.parent.parent)
    inside = ("", "lib", "bin", "target/release", "target/debug")
    places = [parent / inner / name for parent in around for inner in inside]
    for place in places:
        if place.is_file():
            return str(place)
    found = ctypes.util.find_library("facekit")
    if found:
        return found
    raise OSError(
        f"{name} is neither beside {FOLDER / 'facekit.py'} nor in lib, bin or target/release of a folder around it, "
        "nor does the system know it: name it in FACEKIT_LIBRARY, or call facekit.load(path) first"
    )


api = Library()


class Error(Exception):
    """A failed call: what happened, to which thing, why, and what to do."""

    __module__ = "facekit"
    status = header.enums["status"].INTERNAL
    """Why it failed."""


BASES = {
    "INVALID_PARAMETER": ValueError,
    "IO": OSError,
    "NO_FACE": LookupError,
    "OUT_OF_MEMORY": MemoryError,
    "JOB_NOT_FOUND": LookupError,
    "TIMED_OUT": TimeoutError,
}
ERRORS: Dict[int, Type[Error]] = {
    status: type(
        f"{camel(status.name)}Error",
        (Error, *([BASES[status.name]] if status.name in BASES else [])),
        {"status": status, "__module__": "facekit"},
    )
    for status in header.enums["status"]
    if status
}
InvalidParameterError = ERRORS[header.enums["status"].INVALID_PARAMETER]
