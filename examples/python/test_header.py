"""Tests that facekit.h is read as a C compiler reads it."""

import ctypes
import dataclasses
import inspect
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import facekit
from _facekit.header import header

ROOT = Path(__file__).resolve().parents[2]


class HeaderTest(unittest.TestCase):
    """What was read from facekit.h is what a C compiler reads from it."""

    def test_structs_and_enums_are_laid_out_as_in_c(self):
        compiler = shutil.which(os.environ.get("CC", "cc").split()[0])
        if compiler is None:
            self.skipTest("there is no C compiler")
        lines = []
        for struct, fields in header.fields.items():
            lines.append(f'printf("\\"{struct}\\": [%zu", sizeof(facekit_{struct}));')
            for field in fields:
                member = f"facekit_{struct}, {field}"
                lines.append(f'printf(", %zu, %zu", offsetof({member}), sizeof(((facekit_{struct} *)0)->{field}));')
            lines.append('printf("], ");')
        for name, kind in header.enums.items():
            values = [f"FACEKIT_{name.upper()}_{member.name}" for member in kind]
            lines.append(f'printf("\\"{name}\\": [{", ".join(["%d"] * len(values))}], ", {", ".join(values)});')
        program = '#include <facekit.h>\n#include <stdio.h>\nint main(void) {\nprintf("{");\n' + "\n".join(lines)
        with tempfile.TemporaryDirectory() as folder:
            source, binary = Path(folder, "layout.c"), Path(folder, "layout")
            source.write_text(program + '\nprintf("\\"end\\": []}\\n");\nreturn 0;\n}\n')
            subprocess.run([compiler, "-I", ROOT / "include", source, "-o", binary], check=True)
            expected = json.loads(subprocess.run([binary], check=True, stdout=subprocess.PIPE).stdout)
        for struct, fields in header.fields.items():
            kind = header.structs[struct]
            places = [(getattr(kind, field).offset, getattr(kind, field).size) for field in fields]
            self.assertEqual([ctypes.sizeof(kind), *sum(places, ())], expected[struct], struct)
        for name, kind in header.enums.items():
            self.assertEqual([member.value for member in kind], expected[name], name)

    def test_nothing_of_the_header_is_left_out(self):
        text = (ROOT / "include/facekit.h").read_text()
        lines = [line for line in text.splitlines() if not line.startswith("typedef")]
        declared = [line for line in lines if line[:1].isalpha() and "(" in line and "facekit_" in line]
        self.assertEqual(len(declared), len(header.functions))
        self.assertEqual(text.count("typedef enum"), len(header.enums))
        bodies = sum(line.startswith("typedef struct") and line.endswith("{") for line in text.splitlines())
        self.assertEqual(bodies, len(header.structs))
        self.assertLessEqual(set(header.fields["model"]), {field.name for field in dataclasses.fields(facekit.Model)})
        for fields in header.fields.values():
            for field in fields.values():
                chosen = "facekit_" in field.doc.split("Default")[0] and "int32_t" in field.c.split()
                chosen |= field.c.startswith("enum ")
                self.assertEqual(field.enum is not None, chosen, field)

    def test_every_pipeline_tells_of_its_parameters(self):
        for method in (facekit.Engine.detect, facekit.Engine.restore, facekit.Engine.swap_file):
            parameters = inspect.signature(method).parameters
            self.assertIn("detect" if "detect" in parameters else "detector", method.__doc__)
            self.assertIn("progress", parameters)
        self.assertIn('order: The order of the faces, a Order. Default: "large_small".', facekit.Engine.detect.__doc__)
