"""Writes a pack of a diffusion model's true size with random weights, for speed and memory, which no weight changes.

Run: python benches/peers/random_pack.py OUT [--size sd15 | sdxl] [--fp16]
Stable Diffusion 1.5 takes 4.3 GB of disk (2.2 GB in half precision) and 8 GB of memory, XL 14 GB (7 GB) and 24 GB.
Packages: models/export/requirements.txt.

The tokenizers are those of the tiny packs, filled up to CLIP's 49408 tokens.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import diffusers
import transformers

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "models" / "export"), str(ROOT / "tests" / "reference")]
import diffusion_tiny as tiny  # noqa: E402
import export  # noqa: E402

VOCABULARY = 49408


def text_encoder():
    return transformers.CLIPTextModel(text_config(768, 12, 12, "quick_gelu"))


def text_encoder_2():
    return transformers.CLIPTextModelWithProjection(text_config(1280, 32, 20, "gelu"))


def text_config(width, layers, heads, activation):
    return transformers.CLIPTextConfig(
        vocab_size=VOCABULARY, hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
        num_attention_heads=heads, hidden_act=activation, projection_dim=width, bos_token_id=VOCABULARY - 2,
        eos_token_id=VOCABULARY - 1, pad_token_id=VOCABULARY - 1,
    )


def vae():
    return diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4, sample_size=512,
    )


def unet():
    return diffusers.UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8)


def unet_xl():
    return diffusers.UNet2DConditionModel(
        sample_size=128, block_out_channels=(320, 640, 1280), cross_attention_dim=2048, attention_head_dim=(5, 10, 20),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10), use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=256, projection_class_embeddings_input_dim=1280 + 6 * 256,
    )


SIZES = {
    "sd15": ({"text_encoder": text_encoder, "vae": vae, "unet": unet}, "StableDiffusionPipeline", tiny.scheduler_sd1),
    "sdxl": ({"text_encoder": text_encoder, "text_encoder_2": text_encoder_2, "vae": vae, "unet": unet_xl},
             "StableDiffusionXLPipeline", tiny.scheduler_xl),
}
"""The networks of a size, its pipeline's name, and its scheduler."""
CLASSES = {
    "text_encoder": ["transformers", "CLIPTextModel"], "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
    "tokenizer": ["transformers", "CLIPTokenizer"], "tokenizer_2": ["transformers", "CLIPTokenizer"],
    "vae": ["diffusers", "AutoencoderKL"], "unet": ["diffusers", "UNet2DConditionModel"],
}


class RandomCheckpoint:
    """Stands where a checkpoint's folder would (models/export/checkpoint.py)."""

    def __init__(self, size, scratch):
        self.networks, kind, self.make_scheduler = SIZES[size]
        self.folder = Path(scratch)
        self.tokenizers = [name.replace("text_encoder", "tokenizer") for name in self.networks if "text" in name]
        self.index = {"_class_name": kind} | {name: CLASSES[name] for name in (*self.networks, *self.tokenizers)}

    def parts(self):
        return list(self.networks)

    def load(self, name):
        return tiny.seeded(self.networks[name](), self.parts().index(name))

    def tokenizer(self, name):
        if name not in self.tokenizers:
            return None
        folder = self.folder / name
        if not folder.exists():
            tiny.write_tokenizer(folder, "<|endoftext|>" if name == "tokenizer" else "!")
            tokens = list(json.loads((folder / "vocab.json").read_text()))
            tokens[-2:-2] = [f"<|filler{i}|>" for i in range(VOCABULARY - len(tokens))]
            vocabulary = {token: i for i, token in enumerate(tokens)}
            (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
        return folder

    def scheduler(self):
        scheduler = self.make_scheduler()
        return {"_class_name": type(scheduler).__name__, **scheduler.config}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", choices=SIZES, default="sd15")
    parser.add_argument("--fp16", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        flags = ["--fp16"] if options.fp16 else []
        export.write_pack(RandomCheckpoint(options.size, scratch), export.arguments(["", str(options.out), *flags]))


if __name__ == "__main__":
    main()
