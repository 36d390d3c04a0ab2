"""Turns a Stable Diffusion checkpoint, a ControlNet or InstantID's adapter into the ONNX that facekit runs.

See README.md beside this file.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch

import check
import onnx_file
from adapter import ImageTokens, Resampler, add_image_adapter
from checkpoint import TEXT_ENCODERS, TOKENIZERS, open_checkpoint
from graphs import ControlNet, TextEncoder, UNet, VaeDecoder, VaeEncoder

TOLERANCE = {torch.float32: 1e-4, torch.float16: 3e-2}
PARTS = {"text_encoder": [TextEncoder], "text_encoder_2": [TextEncoder], "unet": [UNet], "vae": [VaeEncoder, VaeDecoder]}
FOLDERS = {VaeEncoder: "vae_encoder", VaeDecoder: "vae_decoder"}


def arguments(line=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="a diffusers folder, one .safetensors file, or InstantID's ip-adapter.bin")
    parser.add_argument("out", type=Path, help="the folder, or of an adapter the .onnx file, to write; it must not exist")
    parser.add_argument("--fp16", action="store_true", help="half precision, the VAE excepted")
    parser.add_argument("--vae-fp16", action="store_true", help="half precision for the VAE too")
    parser.add_argument("--attention", choices=("fused", "standard"), default="fused",
                        help="ONNX Runtime's attention node (default), or standard ONNX nodes only")
    parser.add_argument("--image-adapter", type=Path, metavar="FILE", help="an IP-Adapter's weights, put into the UNet")
    parser.add_argument("--config", type=Path, metavar="FOLDER",
                        help="a diffusers folder whose configs and tokenizers fit the single file")
    parser.add_argument("--name", help="the name in facekit.json (default: the checkpoint's)")
    parser.add_argument("--license", help="the licence in facekit.json: an SPDX identifier or a name")
    parser.add_argument("--source", help="where the checkpoint comes from, for facekit.json")
    parser.add_argument("--check", action="store_true", help="run every graph beside PyTorch and print the difference")
    return parser.parse_args(line)


def export(options):
    if options.out.exists():
        raise SystemExit(f"{options.out} is there already: name a new folder")
    checkpoint = open_checkpoint(options.checkpoint, options.config)
    facekit = {"name": options.name or options.checkpoint.stem, "license": options.license, "source": options.source}
    facekit = {key: value for key, value in facekit.items() if value}
    if isinstance(checkpoint, Resampler):
        write_adapter(checkpoint, options, facekit)
        return
    options.out.mkdir(parents=True)
    if isinstance(checkpoint, torch.nn.Module):
        write_part(ControlNet, checkpoint, options.out, options)
    else:
        write_pack(checkpoint, options)
    write_json(options.out / "facekit.json", facekit)


def write_adapter(network, options, facekit):
    """InstantID's resampler as one file. It stays in float32: it runs once a face."""
    if options.out.suffix != ".onnx":
        raise SystemExit(f"{options.out}: an adapter becomes one file: name one that ends in .onnx")
    part = ImageTokens(network.float())
    onnx_file.write_whole(part, options.out, {"family": "instantid", **facekit})
    if options.check:
        hold(part, options.out, options.out)


def write_pack(checkpoint, options):
    for name in checkpoint.parts():
        network = checkpoint.load(name)
        if name == "unet" and options.image_adapter:
            add_image_adapter(network, options.image_adapter)
        for part in PARTS[name]:
            write_part(part, network, options.out / FOLDERS.get(part, name), options)
        del network
    write_index(checkpoint, options.out)


def write_part(part_type, network, folder, options):
    half = options.vae_fp16 if part_type in FOLDERS else options.fp16
    config = network.config.to_dict() if part_type is TextEncoder else dict(network.config)
    part = part_type(network.to(torch.float16 if half else torch.float32), options.attention == "fused")
    onnx_file.write(part, folder)
    write_json(folder / "config.json", {"_class_name": type(network).__name__, **plain(config)})
    if options.check:
        hold(part, folder / "model.onnx", folder)


def hold(part, path, name):
    """Prints how far a graph is from PyTorch, and stops where that is too far."""
    difference = check.largest_difference(part, path)
    print(f"{name}: {difference:.1e} from PyTorch")
    if difference > TOLERANCE[part.dtype]:
        raise SystemExit(f"{name}: more than {TOLERANCE[part.dtype]:.0e} from PyTorch")


def write_index(checkpoint, out):
    names = [*checkpoint.parts(), *(name for name in TOKENIZERS if checkpoint.tokenizer(name) is not None)]
    index = {"_class_name": checkpoint.index.get("_class_name", "StableDiffusionPipeline")}
    for name in sorted(names):
        library, type_name = checkpoint.index[name]
        for folder in ("vae_decoder", "vae_encoder") if name == "vae" else (name,):
            index[folder] = [library if name in TOKENIZERS else "onnxruntime", type_name]
    scheduler = checkpoint.scheduler()
    index["scheduler"] = ["diffusers", scheduler["_class_name"]]
    for key in ("force_zeros_for_empty_prompt", "requires_aesthetics_score"):
        if key in checkpoint.index:
            index[key] = checkpoint.index[key]
    write_json(out / "model_index.json", index)
    write_json(out / "scheduler" / "scheduler_config.json", scheduler)
    for name in TOKENIZERS:
        if checkpoint.tokenizer(name) is not None:
            write_tokenizer(checkpoint.tokenizer(name), out / name)


def write_tokenizer(source, folder):
    """Copies a tokenizer's files; vocab.json and merges.txt are taken out of tokenizer.json where only that is there."""
    folder.mkdir(parents=True)
    if isinstance(source, Path):
        for name in ("vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            if (source / name).exists():
                shutil.copyfile(source / name, folder / name)
    else:
        source.save_pretrained(folder)
    whole = folder / "tokenizer.json"
    if whole.exists():
        model = json.loads(whole.read_text())["model"]
        if not (folder / "vocab.json").exists():
            (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False))
            pairs = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
            (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *pairs, ""]))
        whole.unlink()


def plain(config):
    """A config without what names the exporting machine or run."""
    return {key: value for key, value in config.items() if key != "_name_or_path" and is_json(value)}


def is_json(value):
    return isinstance(value, str | int | float | bool | list | tuple | dict | None)


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    export(arguments())
