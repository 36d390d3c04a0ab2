"""Restores the faces of every picture in a folder: python3 restore_folder.py SCANS RESTORED [--upscale 2]"""

import argparse
import sys
from pathlib import Path

import facekit

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--models", type=Path, action="append", default=[], help="a folder of models")
    parser.add_argument("--upscale", type=int, default=1)
    options = parser.parse_args()

    options.output.mkdir(parents=True, exist_ok=True)
    restored = failed = 0
    with facekit.Engine(models=options.models) as engine:
        for path in sorted(path for path in options.pictures.iterdir() if path.suffix.lower() in SUFFIXES):
            try:
                result = engine.restore(path, upscale=options.upscale)
                result.image.save(options.output / path.name)
            except facekit.Error as error:
                failed += 1
                print(f"{path}: {error}", file=sys.stderr)
            else:
                restored += 1
                print(f"{path.name}: {len(result.faces)} faces in {result.inference_time:.2f} s")
    print(f"{restored} restored, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
