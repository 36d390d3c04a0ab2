"""Every enum, struct and function of facekit.h as ctypes, so that nothing of it is written a second time."""

from __future__ import annotations

import ctypes
import enum
import functools
import os
import re
import textwrap
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Type

FOLDER = Path(__file__).resolve().parent.parent
"""Where facekit.py is."""
SCALARS: Dict[str, Any] = {
    "void": None,
    "bool": ctypes.c_bool,
    "char": ctypes.c_char,
    "int": ctypes.c_int,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "size_t": ctypes.c_size_t,
    **{f"{sign}int{bits}_t": getattr(ctypes, f"c_{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)},
}


class Declaration(NamedTuple):
    """A field, an argument, or the result of a function."""

    name: str
    ctype: Any
    c: str
    """The type as the header writes it."""
    doc: str
    enum: Optional[Type[enum.IntEnum]]
    """What its numbers mean."""


class Function(NamedTuple):
    """A function of the header."""

    result: Declaration
    arguments: List[Declaration]


class Header:
    """Every enum, struct and function of a facekit.h."""

    def __init__(self, text: str) -> None:
        self.enums: Dict[str, Type[enum.IntEnum]] = {}
        self.structs: Dict[str, Type[ctypes.Structure]] = {}
        self.fields: Dict[str, Dict[str, Declaration]] = {}
        self.functions: Dict[str, Function] = {}
        self.callbacks: Dict[str, Any] = {}
        text = re.sub(r"^#.*$", "", text, flags=re.M)
        documented = r"/\*\*((?:(?!\*/).)*)\*/\s*"
        callbacks = re.findall(r"typedef ([\w *]+)\(\*facekit_(\w+)\)\(([^;]*)\);", text)
        for doc, kind, name, body in re.findall(
            documented + r"typedef (enum|struct) facekit_(\w+) \{(.*?)\n\} facekit_\w+;", text, re.S
        ):
            if kind == "enum":
                members = re.findall(rf"FACEKIT_{name.upper()}_(\w+) = (-?\d+)", body)
                values = [(key, int(value)) for key, value in members]
                self.enums[name] = enum.IntEnum(camel(name), values, module="facekit")
                self.enums[name].__doc__ = plain(doc)
            else:
                fields = re.findall(documented + r"([^;]+);", body, re.S)
                self.fields[name] = {f.name: f for f in (self._declare(c, field_doc) for field_doc, c in fields)}
                pairs = [(field.name, field.ctype) for field in self.fields[name].values()]
                self.structs[name] = type(camel(name), (ctypes.Structure,), {"_fields_": pairs, "__doc__": plain(doc)})
        for result, name, arguments in callbacks:
            self.callbacks[name] = self._callback(result, arguments)
        for doc, result, arguments in re.findall(documented + r"([\w *]+?\bfacekit_\w+)\(([^;]*)\);", text, re.S):
            each = [] if arguments == "void" else re.split(r",(?![^(]*\))", arguments)
            function = Function(self._declare(result, doc), [self._declare(argument, "") for argument in each])
            self.functions[function.result.name] = function

    def parameters(self, struct: str) -> Dict[str, Declaration]:
        """The fields of `facekit_STRUCT` that a caller sets."""
        fields = self.fields[struct]
        unset = {"struct_size", *(f"{name}_count" for name in fields)}
        return {name: field for name, field in fields.items() if name not in unset}

    def params(self, function: str) -> str:
        """The name of the params struct that `facekit_FUNCTION` takes."""
        arguments = self.functions[f"facekit_{function}"].arguments
        return next(noun(argument.c) for argument in arguments if argument.name == "params")

    def in_python(self, doc: str) -> str:
        """A documentation on one line, with Python's words for those of C."""
        words = {"NULL": "None", "NAN": "nan", "true": "True", "false": "False"}
        for name, kind in self.enums.items():
            words[f"facekit_{name}"] = kind.__name__
            words.update({f"FACEKIT_{name.upper()}_{each.name}": f'"{each.name.lower()}"' for each in kind})
        return re.sub(r"\w+", lambda word: words.get(word[0], word[0]), " ".join(doc.split()))

    def _declare(self, c: str, doc: str) -> Declaration:
        """Reads `const float *points[2]` or `int (*progress)(float part)`."""
        c, doc = " ".join(c.split()), plain(doc)
        callback = re.fullmatch(r"(.+?) ?\(\*(\w+)\)\((.*)\)", c)
        if callback:
            result, name, arguments = callback.groups()
            return Declaration(name, self._callback(result, arguments), c, doc, None)
        c, name, length = re.fullmatch(r"(.+?)(\w+)(?:\[(\d+)\])?", c).groups()
        ctype = self._type(c)
        meaning = self.enums.get(noun(doc if re.search(r"\bint32_t", c) else c))
        return Declaration(name, ctype * int(length) if length else ctype, c.strip(), doc, meaning)

    def _callback(self, result: str, arguments: str) -> Any:
        types = [self._declare(argument, "").ctype for argument in arguments.split(",")]
        return ctypes.CFUNCTYPE(self._type(result), *types)

    def _type(self, c: str) -> Any:
        """The ctypes of a type such as `const struct facekit_face *`; a handle is a `c_void_p`."""
        base = re.sub(r"\b(const|struct|enum)\b|\*", "", c).strip()
        stars, noun = c.count("*"), base.replace("facekit_", "", 1)
        if base == "char" and stars:
            ctype, stars = ctypes.c_char_p, stars - 1
        elif base in SCALARS:
            ctype = SCALARS[base]
        elif noun in self.enums:
            ctype = ctypes.c_int32
        else:
            ctype = self.structs.get(noun) or self.callbacks.get(noun)
        if ctype in (None, ctypes.c_uint8) and stars:
            ctype, stars = ctypes.c_void_p, stars - 1
        if ctype is None and base != "void":
            raise ValueError(f"facekit.h has the unknown type `{c}`")
        return functools.reduce(lambda pointee, _: ctypes.POINTER(pointee), range(stars), ctype)


def noun(c: str) -> Optional[str]:
    """The `face` of `const struct facekit_face *`, or of a text that names facekit_face."""
    named = re.search(r"\bfacekit_(\w+)", c)
    return named and named[1]


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def plain(doc: str) -> str:
    """A comment without its stars."""
    return textwrap.dedent(re.sub(r"^\s*\* ?", "", doc, flags=re.M)).strip()


def find_header() -> Path:
    """The header of the checkout or of the unpacked archive that this module is in, or the system's."""
    roots = [FOLDER, FOLDER.parent, FOLDER.parent.parent]
    if "FACEKIT_LIBRARY" in os.environ:
        roots.append(Path(os.environ["FACEKIT_LIBRARY"]).resolve().parent.parent)
    folders = [FOLDER, *(root / "include" for root in [*roots, Path("/usr/local"), Path("/usr")])]
    for folder in folders:
        if (folder / "facekit.h").is_file():
            return folder / "facekit.h"
    raise ImportError(f"facekit.h is in none of {', '.join(map(str, folders))}: put it beside {FOLDER / 'facekit.py'}")


header = Header(find_header().read_text(encoding="utf-8"))
