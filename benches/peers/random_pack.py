"""Writes a pack of Stable Diffusion 1.5's true size with random weights, for speed and memory, which no weight changes.

Run: python benches/peers/sd15.py OUT [--fp16]     (4.3 GB, or 2.2 GB; 8 GB of memory)
Packages: models/export/requirements.txt.

The tokenizer is that of the tiny packs, filled up to CLIP's 49408 tokens.
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
    return transformers.CLIPTextModel(transformers.CLIPTextConfig(
        vocab_size=VOCABULARY, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
        hidden_act="quick_gelu", bos_token_id=VOCABULARY - 2, eos_token_id=VOCABULARY - 1, pad_token_id=VOCABULARY - 1,
    ))


def vae():
    return diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4, sample_size=512,
    )


def unet():
    return diffusers.UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8)


class RandomCheckpoint:
    """Stands where a checkpoint's folder would (models/export/checkpoint.py)."""

    networks = {"text_encoder": text_encoder, "vae": vae, "unet": unet}
    index = {"text_encoder": ["transformers", "CLIPTextModel"], "vae": ["diffusers", "AutoencoderKL"],
             "unet": ["diffusers", "UNet2DConditionModel"], "tokenizer": ["transformers", "CLIPTokenizer"]}

    def __init__(self, scratch):
        self.folder = Path(scratch) / "tokenizer"

    def parts(self):
        return list(self.networks)

    def load(self, name):
        return tiny.seeded(self.networks[name](), self.parts().index(name))

    def tokenizer(self, name):
        if name != "tokenizer":
            return None
        if not self.folder.exists():
            tiny.write_tokenizer(self.folder)
            tokens = list(json.loads((self.folder / "vocab.json").read_text()))
            tokens[-2:-2] = [f"<|filler{i}|>" for i in range(VOCABULARY - len(tokens))]
            vocabulary = {token: i for i, token in enumerate(tokens)}
            (self.folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
        return self.folder

    def scheduler(self):
        scheduler = tiny.scheduler_sd1()
        return {"_class_name": type(scheduler).__name__, **scheduler.config}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--fp16", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        flags = ["--fp16"] if options.fp16 else []
        export.write_pack(RandomCheckpoint(scratch), export.arguments(["", str(options.out), *flags]))


if __name__ == "__main__":
    main()
