"""Tiny picture files and the pixels that Pillow reads from them, for tests/picture_golden.rs.

Makes tests/golden/picture: the files, <file>.raw with the upright 8-bit RGB or RGBA pixels (all frames of an
animation one after the other), and expected.json with sizes, channels, delays and what the metadata must be.
Packages: numpy 2, pillow 13.0.0 with libwebp, libtiff and littlecms2.
Run: python tests/reference/picture.py
"""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, ImageSequence

FOLDER = Path(__file__).resolve().parent.parent / "golden" / "picture"
WIDTH, HEIGHT = 23, 17
EXPECTED = {}


def scene(width=WIDTH, height=HEIGHT):
    """A smooth picture without symmetry, with one hard corner."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / (width - 1)
    green = 255 * y / (height - 1)
    blue = 127.5 + 127.5 * np.sin(x / 4 + y / 6)
    rgb = np.rint(np.stack([red, green, blue], axis=-1)).astype(np.uint8)
    rgb[: height // 3, : width // 4] = (250, 20, 30)
    return rgb


def alpha(width=WIDTH, height=HEIGHT):
    y, x = np.mgrid[0:height, 0:width]
    return ((x * 11 + y * 7) % 256).astype(np.uint8)


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "facekit"
    return block


def xmp(orientation):
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'tiff:Orientation="{orientation}" dc:source="facekit"/></rdf:RDF></x:xmpmeta>'
    ).encode()


def record(name, pixels, **facts):
    pixels = np.ascontiguousarray(pixels, dtype=np.uint8)
    height, width, channels = pixels.shape[-3:]
    (FOLDER / f"{name}.raw").write_bytes(pixels.tobytes())
    EXPECTED[name] = {"width": width, "height": height, "channels": channels, **facts}


def still(name, picture, mode="RGB", **options):
    """Saves a picture and records what Pillow reads back."""
    facts = options.pop("facts", {})
    picture.save(FOLDER / name, **options)
    with Image.open(FOLDER / name) as read:
        record(name, np.asarray(ImageOps.exif_transpose(read).convert(mode)), **facts)


def png16(name, samples, color):
    """A PNG of 16 bits a channel, and the nearest 8-bit values."""
    height = samples.shape[0]
    rows = b"".join(b"\0" + samples[y].astype(">u2").tobytes() for y in range(height))
    header = struct.pack(">IIBBBBB", samples.shape[1], height, 16, color, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    file = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        file += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    (FOLDER / name).write_bytes(file)
    pixels = np.rint(samples / 257.0)
    record(name, np.repeat(pixels, 3, axis=-1) if color == 0 else pixels)


def animation(name, frames, delays, **options):
    """Saves frames, and records what Pillow reads back frame by frame."""
    plays = options.pop("plays")
    frames[0].save(FOLDER / name, save_all=True, append_images=frames[1:], duration=delays, **options)
    with Image.open(FOLDER / name) as read:
        pixels = [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(read)]
    record(name, np.stack(pixels), delays=delays, plays=plays)


def moving_square(background):
    """Frames of a square that moves over a background; None is transparent."""
    frames = []
    for step in range(5):
        frame = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        if background is not None:
            frame[..., :3] = background
            frame[..., 3] = 255
        color = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)][step]
        frame[2 + step : 8 + step, 3 * step : 3 * step + 7] = (*color, 255)
        frames.append(Image.fromarray(frame, "RGBA"))
    return frames


def gif(name, blocks, loop):
    """A GIF built block by block: frames smaller than the screen, a palette each, one disposal each."""
    width, height = WIDTH, HEIGHT
    file = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80 | 1, 0, 0)
    file += bytes([10, 20, 30, 200, 100, 50, 0, 0, 0, 255, 255, 255])
    if loop is not None:
        file += b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loop) + b"\0"
    for left, top, wide, high, disposal, delay, palette, transparent, indices in blocks:
        flags = disposal << 2 | (transparent is not None)
        file += b"\x21\xf9\x04" + struct.pack("<BHBB", flags, delay, transparent or 0, 0)
        file += b"\x2c" + struct.pack("<HHHH", left, top, wide, high)
        file += bytes([0x80 | 1]) + bytes(palette) if palette else b"\0"
        file += b"\x02" + uncompressed_lzw(indices)
    (FOLDER / name).write_bytes(file + b"\x3b")


def uncompressed_lzw(indices):
    """LZW codes of 3 bits for 2-bit indices, with a clear code before the table can grow."""
    bits, count, out = 0, 0, bytearray()
    codes = []
    for at, index in enumerate(indices):
        if at % 2 == 0:
            codes.append(4)
        codes.append(index)
    codes.append(5)
    for code in codes:
        bits |= code << count
        count += 3
        while count >= 8:
            out.append(bits & 255)
            bits >>= 8
            count -= 8
    if count:
        out.append(bits & 255)
    parts = [out[at : at + 255] for at in range(0, len(out), 255)]
    return b"".join(bytes([len(part)]) + bytes(part) for part in parts) + b"\0"


def disposal_gif(name):
    """Every disposal, local palettes, transparency and partial frames; composited as browsers do."""
    full = [(x // 6 + y // 5) % 2 for y in range(HEIGHT) for x in range(WIDTH)]
    part = [(x + y) % 4 for y in range(6) for x in range(8)]
    red = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]
    warm = [255, 128, 0, 128, 64, 0, 255, 255, 0, 1, 2, 3]
    blocks = [
        (0, 0, WIDTH, HEIGHT, 1, 10, None, None, full),
        (2, 3, 8, 6, 2, 20, red, 3, part),
        (12, 8, 8, 6, 3, 7, warm, 2, part),
        (6, 5, 8, 6, 0, 0, None, 1, part),
        (15, 11, 8, 6, 1, 300, red, None, part),
    ]
    gif(name, blocks, loop=4)
    shared = [10, 20, 30, 200, 100, 50, 0, 0, 0, 255, 255, 255]
    canvas = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    frames = []
    for left, top, wide, high, disposal, _, palette, transparent, indices in blocks:
        before = canvas.copy()
        region = canvas[top : top + high, left : left + wide]
        colors = np.array(palette or shared, np.uint8).reshape(-1, 3)[indices].reshape(high, wide, 3)
        shown = np.array(indices).reshape(high, wide) != transparent
        region[shown] = np.concatenate([colors, np.full((high, wide, 1), 255, np.uint8)], axis=-1)[shown]
        frames.append(canvas.copy())
        if disposal == 2:
            region[:] = 0
        elif disposal == 3:
            canvas = before
    # GIFs count hundredths of a second, and four repeats are five plays.
    record(name, np.stack(frames), delays=[10 * block[5] for block in blocks], plays=5)


def lossy_webp_animation(name):
    """Small opaque and half-transparent frames over each other, some of which are disposed of."""

    def chunk(kind, data):
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    def u24(value):
        return struct.pack("<I", value)[:3]

    def bitstream(picture, **options):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=90, **options)
        data = buffer.getvalue()[12:]
        return data[18:] if data.startswith(b"VP8X") else data

    rgb = Image.fromarray(scene(12, 8))
    rgba = Image.fromarray(np.dstack([scene(12, 8), alpha(12, 8)]))
    frames = [
        (bitstream(rgb), 0, 0, 60, 0),
        (bitstream(rgba), 4, 2, 70, 1),
        (bitstream(rgba, lossless=True, exact=True), 10, 8, 80, 0),
        (bitstream(rgb), 8, 6, 90, 1),
        (bitstream(rgba), 2, 8, 100, 2),
    ]
    body = b"WEBP" + chunk(b"VP8X", bytes([0x12, 0, 0, 0]) + u24(WIDTH - 1) + u24(HEIGHT - 1))
    body += chunk(b"ANIM", struct.pack("<IH", 0xFF00FF00, 7))
    for data, x, y, delay, flags in frames:
        header = u24(x // 2) + u24(y // 2) + u24(11) + u24(7) + u24(delay) + bytes([flags])
        body += chunk(b"ANMF", header + data)
    (FOLDER / name).write_bytes(chunk(b"RIFF", body))
    with Image.open(FOLDER / name) as read:
        pixels = [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(read)]
    record(name, np.stack(pixels), delays=[frame[3] for frame in frames], plays=7)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()

    rgb = Image.fromarray(scene())
    rgba = Image.fromarray(np.dstack([scene(), alpha()]))
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    small = Image.fromarray(scene(7, 5))
    for orientation in range(1, 9):
        still(f"orientation_{orientation}.png", small, exif=exif(orientation))
    facts = {"icc": True, "exif": True, "xmp": True}
    kept = {"exif": exif(6), "icc_profile": icc, "xmp": xmp(6), "facts": facts}
    still("metadata.jpg", rgb, quality=95, subsampling=0, **kept)
    still("metadata.webp", rgb, lossless=True, **kept)
    still("progressive.jpg", rgb, quality=90, progressive=True)
    still("grey.jpg", rgb.convert("L"), quality=95)
    for quality in (95, 70, 10):
        still(f"quality_{quality}.jpg", rgb, quality=quality, subsampling=0 if quality >= 90 else 2)
    still("cmyk.jpg", rgb.convert("CMYK"), quality=95)
    still("palette_alpha.png", rgb.quantize(16), "RGBA", transparency=3)
    still("grey_alpha.png", rgba.convert("LA"), "RGBA")
    still("lossy.webp", rgb, quality=90)
    still("alpha.webp", rgba, "RGBA", lossless=True, exact=True)
    still("rgb.bmp", rgb)
    still("palette.bmp", rgb.quantize(16))
    still("rgb.tiff", rgb, compression="tiff_lzw")
    rgba.save(FOLDER / "orientation.tiff", compression="raw", tiffinfo={0x0112: 8})
    # Pillow 13 turns a TIFF twice; 8 is a quarter turn against the clock.
    record("orientation.tiff", np.rot90(np.asarray(rgba)))
    still("one_pixel.gif", rgb.crop((5, 5, 6, 6)))
    still("opaque.gif", rgb.quantize(32))

    deep = scene().astype(np.uint32) * 257 + np.arange(WIDTH * HEIGHT * 3).reshape(HEIGHT, WIDTH, 3) % 300
    deep = np.minimum(deep, 65535)
    png16("rgb16.png", deep, color=2)
    png16("grey16.png", deep[..., :1], color=0)

    disposal_gif("disposal.gif")
    delays = [50, 100, 40, 200, 30]
    animation("moving.png", moving_square(None), delays, plays=3, loop=3, disposal=1, blend=0)
    animation("opaque.webp", moving_square((40, 90, 160)), delays, plays=0, loop=0, lossless=True)
    animation("moving.webp", moving_square(None), delays, plays=2, loop=2, lossless=True, exact=True)

    lossy_webp_animation("lossy_moving.webp")

    (FOLDER / "expected.json").write_text(json.dumps(EXPECTED, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
