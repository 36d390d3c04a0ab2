"""Writes the first cases of every fuzz target into corpus/TARGET: small files of each kind that the target reads.

Most are the golden files of the tests, which are small already; the rest is made here, the same on every run. After a
run of the fuzzer the corpora are minimised (`cargo fuzz cmin TARGET`), and of what is left the smallest are kept.

    python fuzz/seeds.py [FOLDER]     # Python 3 alone; FOLDER is corpus, beside this file, unless it is given
"""
import base64
import io
import json
import pathlib
import random
import struct
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
GOLDEN = ROOT / "tests/golden"
LONGEST = 64 << 10


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
    for target, cases in SEEDS.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, data in cases():
            if len(data) <= LONGEST:
                (folder / target / name).write_bytes(data)


def golden(pattern, longest=LONGEST):
    """The golden files that a pattern matches, by a name without folders."""
    for path in sorted(GOLDEN.glob(pattern)):
        if path.is_file() and path.suffix not in (".raw", ".json") and path.stat().st_size <= longest:
            yield "_".join(path.relative_to(GOLDEN).parts), path.read_bytes()


def numbered(name, cases):
    return ((f"{name}_{i:02}", case) for i, case in enumerate(cases))


def pictures():
    yield from golden("picture/*", 2048)
    yield from golden("keypoints/one_*.png")


def decode():
    yield from pictures()
    for name, data in list(golden("picture/orientation_?.png"))[:2] + list(golden("picture/one_pixel.gif")):
        yield f"uri_{name}", b"data:image/x;base64," + base64.b64encode(data)
    yield "uri_percent", b"data:,GIF89a%01%00%01%00%00"


def gif(width, height, frames, palette=b"\x00\x00\x00\xff\xff\xff"):
    """A GIF: of each frame its box, disposal, transparent index and least code size; its pixels alternate."""
    size = (len(palette) // 3).bit_length() - 2
    file = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80 | size, 0, 0) + palette
    file += b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    for (left, top, right, bottom), disposal, transparent, bits in frames:
        codes = lzw([index % 2 for index in range((right - left) * (bottom - top))], bits)
        file += b"\x21\xf9\x04" + struct.pack("<BHBB", disposal << 2 | 1, 5, transparent, 0)
        file += b"\x2c" + struct.pack("<HHHHB", left, top, right - left, bottom - top, 0)
        file += bytes([bits, len(codes)]) + codes + b"\x00"
    return file + b"\x3b"


def lzw(pixels, bits):
    """The codes of some pixels, cleared before each, so that they stay one bit longer than `bits`."""
    codes = [code for pixel in pixels for code in (1 << bits, pixel)] + [(1 << bits) + 1]
    number = sum(code << (bits + 1) * place for place, code in enumerate(codes))
    return number.to_bytes(((bits + 1) * len(codes) + 7) // 8, "little")


def animations():
    yield from golden("animation/*.gif")
    yield from golden("picture/*.gif")
    yield from golden("picture/moving.*")
    yield from golden("picture/*_moving.webp")
    boxes = [(0, 0, 2, 2), (1, 1, 3, 3), (4, 0, 6, 2), (0, 0, 4, 4), (3, 0, 5, 1), (4, 0, 6, 2), (1, 5, 3, 6)]
    for disposal in range(4):
        for bits in (1, 2, 8):
            frames = [(box, disposal, index % 2, bits) for index, box in enumerate(boxes)]
            yield f"made_{disposal}_{bits}.gif", gif(4, 4, frames)


def animation():
    # The last byte says which format is written, and whether the frames are edited.
    ends = {"gif": 0, "png": 1, "webp": 2, "edited_gif": 129, "edited_png": 130, "edited_webp": 128}
    for index, (name, data) in enumerate(animations()):
        for end in ("gif", list(ends)[1 + index % 5]):
            yield f"{name}_to_{end}", data + bytes([ends[end]])


def safetensors(tensors, metadata=None):
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    header = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(header)) + header + data


def lora(*layers, rank=1, take=4, give=4, kind="F32", size=4, ends=("lora_down.weight", "lora_up.weight"), alpha=True):
    tensors = {}
    for layer in layers:
        tensors[f"{layer}.{ends[0]}"] = (kind, [rank, take], bytes(rank * take * size))
        tensors[f"{layer}.{ends[1]}"] = (kind, [give, rank], bytes(give * rank * size))
        if alpha:
            tensors[f"{layer}.alpha"] = (kind, [], bytes(size))
    return safetensors(tensors, {"ss_base_model_version": "sd_v1"})


def tensors():
    yield from golden("text/my-face.safetensors")
    yield from golden("lora/sd1_legacy.safetensors")
    yield from golden("lora/sd1_mid.safetensors")
    kohya = lora("lora_unet_mid_block_attentions_0_proj_in", "lora_te_text_model_encoder_layers_0_self_attn_q_proj")
    yield "kohya", kohya
    yield "xl_ldm", lora("lora_unet_input_blocks_4_1_proj_in", "lora_te2_text_model_encoder_layers_0_mlp_fc1", kind="F16", size=2)
    peft = "base_model.model.unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k"
    yield "peft", lora(peft, ends=("lora_A.weight", "lora_B.weight"), alpha=False)
    yield "diffusers", lora("unet.up_blocks.1.attentions.0.proj_out", ends=("lora.down.weight", "lora.up.weight"), kind="BF16", size=2)
    yield "processor", lora("unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora", ends=("down.weight", "up.weight"))
    yield "dora", safetensors({"lora_unet_x.dora_scale": ("F32", [1], bytes(4))})
    yield "inversion", safetensors({"emb_params": ("F32", [2, 3], bytes(24))})
    yield "inversion_xl", safetensors({"clip_g": ("F16", [1, 3], bytes(6)), "clip_l": ("F64", [1, 2], bytes(16))})
    yield "integers", safetensors({"a": ("I32", [2], bytes(8)), "b": ("I64", [1, 1], bytes(8)), "c": ("U8", [0], b"")})
    yield "no_sides", safetensors({"x": ("F32", [0, 1 << 40, 1 << 40], b"")})
    for form, kind in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=kind) as tar:
            for name, data in ((f"{'long/' * 30}lora.safetensors", kohya), ("special_params.json", b"{}")):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        yield f"archive_{form}", archive.getvalue()


def onnx():
    yield from golden("models/*.onnx", 2048)
    yield from golden("networks/*.onnx", 2048)
    yield from golden("lora/sd1_text_encoder.onnx")


def catalog():
    text = (ROOT / "models/catalog.toml").read_text()
    entries = ["[[model]]" + entry for entry in text.split("[[model]]")[1:]]
    yield from numbered("entry", (entry.encode() for entry in entries[::4]))
    licences = ["MIT OR Apache-2.0", "(MIT AND GPL-3.0-or-later) OR LicenseRef-x", "openrail++", "Apache-2.0 WITH LLVM-exception"]
    yield from numbered("licence", (licence.encode() for licence in licences))
    yield from numbered("name", (b"GFPGANv1.4-fp16.onnx", b"inswapper_128.onnx", b"face_detection_yunet_2023mar.onnx"))


PROMPTS = [
    "clear face and natural skin\nbad quality, painting, blur",
    "a ((very)) [old] man, (smile:1.4) BREAK (glasses:-0.5)",
    r"escaped \(brackets\) and \\ [] () (:1) (a:1.1",
    "an old man [SEP] [SKIP] [SEP]a girl",
    "my-face, MY-FACE and (my-face:1.2)\nmy-face",
    "l'œil d'été 3/4 ½ \u0130stanbul 漢字 \U0001f642\u200d\u2642 e\u0301",
    "BREAK BREAK BREAK",
    "((((((((((((((((a:99):99):99)",
    "word " * 90,
    "<|endoftext|> <|startoftext|>",
]


def prompt():
    yield from numbered("prompt", (text.encode() for text in PROMPTS))
    whole = {
        "model": {"vocab": {"a": 0, "b</w>": 1, "ab</w>": 2, "<|startoftext|>": 3, "<|endoftext|>": 4}, "merges": ["a b</w>"]},
        "added_tokens": [],
    }
    yield "tokenizer", json.dumps(whole).encode()
    whole["model"]["merges"] = [["a", "b</w>"]]
    yield "tokenizer_pairs", json.dumps(whole).encode()


PARAMETERS = [
    {},
    {"detector": "yunet", "score_threshold": 0.5, "angles": [0, 90, 180, 270], "order": "left-right", "select": "index", "index": 3},
    {"detect": {"select": "reference", "reference": "a.png", "reference_distance": 0.2}, "recognizer": None},
    {"mask": {"masks": ["box", "area"], "mask_areas": ["mouth"], "mask_padding": [1, 2, 3, 4]}, "engine": "mesh", "color_match": "auto"},
    {"prompt": "a [SEP] b", "negative_prompt": "", "num_inference_steps": 20, "guidance_scale": 7.5, "seed": 4294967295,
     "diffusion": {"scheduler": "dpmpp_2m", "karras": True, "loras": ["x:0.5"], "controlnets": ["tile:1:0:0.5"]},
     "crop": {"guide_size": 512, "mask_shape": "box"}},
    {"style": "toy", "pixel_size": 8, "colors": 16, "dither": "ordered", "file_type": "gif", "seed": -1},
    {"restorer": "gfpgan", "upscale": 2, "passes": 2, "blend": 1e-3, "mask_blur": 0.3},
    {"denoising": 5, "image_format": "webp", "image_quality": 100, "base64": True},
]


def capi_json():
    yield from numbered("params", (json.dumps(params).encode() for params in PARAMETERS))
    small, moving = "picture/orientation_1.png", "animation/one_frame.gif"
    picture, film = (
        "data:image/x;base64," + base64.b64encode((GOLDEN / name).read_bytes()).decode() for name in (small, moving)
    )
    requests = [
        {"pipeline": "detect", "image": picture, "params": {"max_faces": 1}},
        {"pipeline": "embed", "image": picture},
        {"pipeline": "compare", "images": [picture, film]},
        {"pipeline": "mask", "image": picture, "params": {"mask": {"masks": ["area"]}}, "image_format": "png"},
        {"pipeline": "restore", "image": picture, "params": {"upscale": 2}, "image_quality": 50},
        {"pipeline": "detail", "image": picture, "params": {"fallback": "restore", "base64": True}},
        {"pipeline": "refine", "image": film, "params": {"fallback": "restore", "denoising": 1}},
        {"pipeline": "stylize", "image": film, "params": {"style": "pixels", "engine": "classic", "pixel_size": 2}},
        {"pipeline": "swap", "source": picture, "target": film, "params": {"engine": "mesh"}},
        {"pipeline": "swap", "sources": [{"pictures": [picture], "replaces": film}], "target": picture},
    ]
    yield from numbered("request", (json.dumps(request).encode() for request in requests))


def capi_image():
    # The kind, the size of the options, whether format and quality are usual, and both of them, and what follows.
    head = lambda kind: bytes([kind, 0, 0, kind, 0, 60, 0])
    for name, data in pictures():
        yield f"decode_{name}", head(0) + data
    yield "open", head(1) + b"image/gif;base64," + base64.b64encode((GOLDEN / "picture/one_pixel.gif").read_bytes())
    for format in range(5):
        yield f"pixels_{format}", head(2) + bytes([0, 5, 0, 4, 0, format, 2]) + bytes(range(80))
    yield from numbered("name", (head(3) + text for text in (b"a.PNG", b"b.jpeg", b"c.d/e", b"")))


def capi_calls():
    numbers = random.Random(6)
    yield from numbered("calls", (numbers.randbytes(48 << numbers.randrange(5)) for _ in range(60)))


SEEDS = {
    "animation": animation,
    "capi_calls": capi_calls,
    "capi_image": capi_image,
    "capi_json": capi_json,
    "catalog": catalog,
    "decode": decode,
    "onnx": onnx,
    "prompt": prompt,
    "tensors": tensors,
}

if __name__ == "__main__":
    main()
