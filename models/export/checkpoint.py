"""Reading checkpoints: a diffusers folder or one safetensors file of Stable Diffusion 1.x, 2.x, XL or a ControlNet, or
InstantID's adapter.

A folder is read part by part, so that only one network is in memory at a time.
"""

import json
from pathlib import Path

import diffusers
import torch
import transformers
from safetensors import safe_open

import adapter

TEXT_ENCODERS = ("text_encoder", "text_encoder_2")
TOKENIZERS = ("tokenizer", "tokenizer_2")


class Folder:
    """A diffusers folder: model_index.json, and a folder for every part."""

    def __init__(self, path):
        self.path = path
        self.index = json.loads((path / "model_index.json").read_text())

    def parts(self):
        return [name for name in (*TEXT_ENCODERS, "vae", "unet") if (self.path / name).is_dir()]

    def load(self, name):
        library, type_name = self.index[name]
        network_type = getattr({"diffusers": diffusers, "transformers": transformers}[library], type_name)
        folder = self.path / name
        has_plain = any(file.suffixes[0] != ".fp16" for file in folder.glob("*.safetensors"))
        only_half = not has_plain and any(folder.glob("*.fp16.safetensors"))
        return network_type.from_pretrained(folder, torch_dtype=torch.float32, variant="fp16" if only_half else None)

    def tokenizer(self, name):
        return self.path / name if (self.path / name).is_dir() else None

    def scheduler(self):
        return json.loads((self.path / "scheduler" / "scheduler_config.json").read_text())


class SingleFile:
    """One safetensors file in the layout of the original repositories.

    The file holds no configuration: diffusers takes it from `config`, a diffusers folder of the same kind of model,
    or, without one, from the Hugging Face hub.
    """

    def __init__(self, path, config=None):
        keys = shapes(path)
        is_xl = any(key.startswith("conditioner.embedders.1.") for key in keys)
        kind = diffusers.StableDiffusionXLPipeline if is_xl else diffusers.StableDiffusionPipeline
        options = {} if is_xl else {"safety_checker": None, "feature_extractor": None}
        unet = diffusers.UNet2DConditionModel.from_single_file(
            str(path), config=str(config) if config else None, subfolder="unet", torch_dtype=torch.float32,
            in_channels=keys["model.diffusion_model.input_blocks.0.0.weight"][1],
        )
        self.pipeline = kind.from_single_file(
            str(path), config=str(config) if config else None, unet=unet, torch_dtype=torch.float32, **options,
        )
        self.index = dict(self.pipeline.config)

    def parts(self):
        return [name for name in (*TEXT_ENCODERS, "vae", "unet") if getattr(self.pipeline, name, None) is not None]

    def load(self, name):
        network = getattr(self.pipeline, name)
        for module in network.modules():
            # diffusers leaves this buffer, which no file holds, without numbers.
            if isinstance(getattr(module, "position_ids", None), torch.Tensor) and module.position_ids.is_meta:
                module.position_ids = torch.arange(module.position_ids.shape[-1])[None]
        return network

    def tokenizer(self, name):
        return getattr(self.pipeline, name, None)

    def scheduler(self):
        return {"_class_name": type(self.pipeline.scheduler).__name__, **self.pipeline.scheduler.config}


def open_checkpoint(path, config=None):
    """A `Folder`, a `SingleFile`, the network of a ControlNet, or an adapter's resampler."""
    path = Path(path)
    if path.is_dir():
        if (path / "model_index.json").exists():
            return Folder(path)
        if (path / "config.json").exists():
            return diffusers.ControlNetModel.from_pretrained(path, torch_dtype=torch.float32)
        raise SystemExit(f"{path}: neither model_index.json nor config.json is there: not a diffusers folder")
    if path.suffix == ".bin":
        return adapter.resampler(path)
    if path.suffix != ".safetensors":
        raise SystemExit(f"{path}: only folders and .safetensors files are read: pickled files can run code")
    if any(key.startswith("image_proj.") for key in shapes(path)):
        return adapter.resampler(path)
    if any("controlnet" in key or key.startswith(("control_model.", "input_hint_block.")) for key in shapes(path)):
        return diffusers.ControlNetModel.from_single_file(
            str(path), config=str(config) if config else None, torch_dtype=torch.float32
        )
    return SingleFile(path, config)


def shapes(path):
    with safe_open(path, "pt") as file:
        return {key: file.get_slice(key).get_shape() for key in file.keys()}
