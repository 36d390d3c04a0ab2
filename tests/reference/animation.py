"""Tiny animations and the frames that Pillow reads from them, for tests/picture_animation.rs.

Makes tests/golden/animation: the files, <file>.raw with the RGBA pixels of all frames one after the other,
expected.json with sizes, delays and plays, and thumbnail.exif, an EXIF block with a thumbnail.
Packages: numpy 2, pillow 13.0.0 with libwebp.
Run: python tests/reference/animation.py
Check: python tests/reference/animation.py FOLDER reads the files that the tests wrote with FACEKIT_WRITTEN=FOLDER,
and holds what Pillow sees to what facekit meant.
"""

import json
import struct
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageSequence

from picture import uncompressed_lzw

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "animation"
WIDTH, HEIGHT = 17, 13
GLOBAL = [10, 20, 30, 200, 100, 50, 0, 0, 0, 255, 255, 255]
RED = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]
WARM = [255, 128, 0, 128, 64, 0, 255, 255, 0, 1, 2, 3]
KEEP, BACKGROUND, PREVIOUS = 1, 2, 3


def interlaced(rows):
    return [rows[y] for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(first, len(rows), step)]


def gif(blocks, loop, has_global=True):
    """A GIF built block by block: box, disposal, delay, palette, transparent index, interlacing, rows of indices."""
    file = b"GIF89a" + struct.pack("<HHBBB", WIDTH, HEIGHT, 0x81 if has_global else 0, 0, 0)
    file += bytes(GLOBAL) if has_global else b""
    if loop is not None:
        file += b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loop) + b"\0"
    for (left, top, wide, high), disposal, delay, palette, transparent, is_interlaced, rows in blocks:
        flags = disposal << 2 | (transparent is not None)
        file += b"\x21\xf9\x04" + struct.pack("<BHBB", flags, delay, transparent or 0, 0)
        file += b"\x2c" + struct.pack("<HHHH", left, top, wide, high)
        file += bytes([0x40 * is_interlaced | (0x81 if palette else 0)]) + bytes(palette or [])
        rows = interlaced(rows) if is_interlaced else rows
        file += b"\x02" + uncompressed_lzw([index for row in rows for index in row])
    return file + b"\x3b"


def composite(blocks):
    """The frames as browsers show them: the background is transparent."""
    canvas = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    frames = []
    for (left, top, wide, high), disposal, _, palette, transparent, _, rows in blocks:
        before = canvas.copy()
        region = canvas[top : top + high, left : left + wide]
        rows = np.array(rows)[: region.shape[0], : region.shape[1]]
        colors = np.array(palette or GLOBAL, np.uint8).reshape(-1, 3)[rows]
        shown = rows != (-1 if transparent is None else transparent)
        region[shown] = np.dstack([colors, np.full(rows.shape, 255, np.uint8)])[shown]
        frames.append(canvas.copy())
        if disposal == BACKGROUND:
            region[:] = 0
        elif disposal == PREVIOUS:
            canvas = before
    return np.stack(frames)


def pattern(wide, high, shift):
    return [[(x + 2 * y + shift) % 4 for x in range(wide)] for y in range(high)]


def moving(palettes, transparent, is_interlaced, disposals):
    """A full frame, and small ones over it, one for each disposal."""
    blocks = [((0, 0, WIDTH, HEIGHT), KEEP, 10, palettes[0], None, is_interlaced, pattern(WIDTH, HEIGHT, 0))]
    for step, disposal in enumerate(disposals):
        box = (step % 8, step * 3 % 6, 9, 7)
        palette = palettes[step % len(palettes)]
        hole = transparent if step % 3 else None
        blocks.append((box, disposal, [0, 7, 300][step % 3], palette, hole, is_interlaced, pattern(9, 7, step)))
    return blocks


def read(file):
    with Image.open(file) as animation:
        frames = [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(animation)]
        delays = []
        for at in range(len(frames)):
            animation.seek(at)
            animation.load()
            delays.append(round(animation.info.get("duration", 0), 6))
        loop = animation.info.get("loop")
        if animation.format == "GIF":
            loop = 1 if loop is None else loop and loop + 1
        return np.stack(frames), delays, loop


def visible(frames):
    """Only what is seen counts: the colour under a transparent pixel is free."""
    return np.where(frames[..., 3:] == 0, 0, frames)


def make():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    expected = {}
    every = [BACKGROUND, PREVIOUS, KEEP, 0, PREVIOUS, BACKGROUND, PREVIOUS, PREVIOUS, BACKGROUND, BACKGROUND, KEEP]
    opaque = [PREVIOUS, KEEP, PREVIOUS, PREVIOUS, 0]
    files = {
        "global.gif": (moving([None], 2, False, every), 0, True),
        "local.gif": (moving([RED, WARM, RED], 3, False, every), None, False),
        "mixed_interlaced.gif": (moving([None, RED, WARM], 1, True, every), 6, True),
        "opaque.gif": (moving([WARM, None, RED], 1, False, opaque), 2, True),
        "transparent_start.gif": (
            [
                ((3, 2, 9, 7), BACKGROUND, 5, RED, 0, False, pattern(9, 7, 0)),
                ((6, 4, 9, 7), PREVIOUS, 5, WARM, 1, True, pattern(9, 7, 1)),
                ((0, 0, 9, 7), BACKGROUND, 0, None, 2, False, pattern(9, 7, 2)),
                ((8, 6, 9, 7), KEEP, 4, RED, 3, False, pattern(9, 7, 3)),
            ],
            1,
            True,
        ),
        "one_frame.gif": ([((0, 0, WIDTH, HEIGHT), KEEP, 0, None, None, False, pattern(WIDTH, HEIGHT, 0))], None, True),
    }
    for name, (blocks, loop, has_global) in files.items():
        data = gif(blocks, loop, has_global)
        frames, delays, plays = read(BytesIO(data))
        # Where a frame disposes to the background and browsers show nothing, Pillow may show the background colour.
        browsers = composite(blocks)
        is_seen = browsers[..., 3] == 255
        assert (frames[is_seen] == browsers[is_seen]).all(), name
        if not any(block[1] == BACKGROUND for block in blocks):
            assert (visible(frames) == browsers).all(), name
        (FOLDER / name).write_bytes(data)
        (FOLDER / f"{name}.raw").write_bytes(browsers.tobytes())
        expected[name] = {"width": WIDTH, "height": HEIGHT, "delays": delays, "plays": plays}
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
    (FOLDER / "thumbnail.exif").write_bytes(exif_with_thumbnail())


def exif_with_thumbnail():
    """A main directory with a maker and a directory of its own, and a thumbnail in JPEG behind them."""
    picture = BytesIO()
    Image.new("RGB", (16, 12), (180, 90, 60)).save(picture, "JPEG")
    exif = Image.Exif()
    exif[0x010F] = "facekit"
    exif[0x0112] = 1
    exif.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    main = exif.tobytes().removeprefix(b"Exif\0\0")
    main += b"\0" * (len(main) % 2)
    order = "<" if main.startswith(b"II") else ">"
    count = struct.unpack_from(order + "H", main, 8)[0]
    link = 10 + 12 * count
    at = len(main)
    entries = [(0x0103, 3, 1, 6 if order == "<" else 6 << 16), (0x011A, 5, 1, at + 54), (0x0201, 4, 1, at + 62), (0x0202, 4, 1, picture.tell())]
    second = struct.pack(order + "H", len(entries))
    second += b"".join(struct.pack(order + "HHII", *entry) for entry in entries) + bytes(4)
    second += struct.pack(order + "II", 72, 1)
    block = main[:link] + struct.pack(order + "I", at) + main[link + 4 :] + second + picture.getvalue()
    with Image.open(BytesIO(block[at + 62 :])) as thumbnail:
        assert thumbnail.size == (16, 12)
    check = Image.Exif()
    check.load(b"Exif\0\0" + block)
    assert check.get_ifd(ExifTags.IFD.IFD1)[0x0202] == picture.tell()
    return block


def check(folder):
    """Holds what Pillow reads to the frames, delays and plays that facekit reads in what it wrote."""
    for path in sorted(folder.glob("*.json")):
        name, facts = path.stem, json.loads(path.read_text())
        frames, delays, plays = read(folder / name)
        meant = np.frombuffer((folder / f"{name}.raw").read_bytes(), np.uint8)
        meant = meant.reshape(-1, facts["height"], facts["width"], 4)
        assert frames.shape == meant.shape, (name, frames.shape, meant.shape)
        # Where facekit, like a browser, shows nothing, Pillow may show the background colour.
        apart = np.abs(visible(frames).astype(int) - visible(meant)) * (meant[..., 3:] == 255)
        apart = apart.max(axis=(1, 2, 3)).tolist()
        same = (delays == facts["delays"], plays == facts["plays"])
        print(name, "levels apart in each frame:", apart, "delays and plays equal:", *same)


if __name__ == "__main__":
    check(Path(sys.argv[1])) if len(sys.argv) > 1 else make()
