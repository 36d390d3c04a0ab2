"""Tiny Stable Diffusion checkpoints with random weights, for diffusion.py.

Every network has its true architecture with few channels. Weights are drawn from a seeded generator, so that the
same PyTorch makes the same checkpoint. The tokenizer is a byte-pair vocabulary of 1000 tokens in CLIP's format,
trained on the text below.
"""

import json
from collections import Counter
from pathlib import Path

import regex
import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

TEXT = """
a portrait photo of a young woman, natural skin texture, detailed eyes, soft light, sharp focus, high detail
close up of an old man with a grey beard, wrinkles, studio light, looking at the viewer, professional photograph
a smiling child in the garden, freckles, red hair, green eyes, warm afternoon sun, shallow depth of field
beautiful face, perfect eyes, detailed iris, realistic skin, pores, film grain, best quality, masterpiece
blurry, low quality, worst quality, deformed, ugly, bad anatomy, extra fingers, watermark, signature, text
oil painting of a queen with a golden crown, renaissance style, dramatic lighting, dark background
watercolor sketch of a girl in the rain, pastel colors, paper texture, loose brush strokes
an astronaut standing on the moon, reflective helmet, stars, black sky, cinematic shot, wide angle
two friends laughing in a small coffee shop, window light, wooden table, steam, winter evening
the same person at the beach, wet hair, blue water, white sand, bright midday light, freckled shoulders
a black and white photograph of a fisherman, deep shadows, strong contrast, rough hands, wool hat
wedding couple under an old stone bridge, flowers, lace, gentle smile, golden hour, romantic mood
scientist with round glasses in a laboratory, glass bottles, blue fluorescent lamps, curious expression
football player shouting after a goal, sweat, mud, stadium crowd, motion blur, telephoto lens
grandmother knitting beside the fireplace, silver earrings, cat sleeping, cozy cabin, orange glow
singer on a stage with a microphone, purple neon, smoke, sequins, glitter makeup, open mouth
mountain climber with frozen eyelashes, goggles, climbing rope, snowstorm, extreme weather, survival
teenager on a skateboard, headphones, graffiti wall, urban street fashion, fisheye view
marble statue of a philosopher, museum, cracked nose, curly beard, symmetrical, ancient greece
business executive, navy suit, neutral grey backdrop, corporate headshot, confident, clean shaven
vampire countess, pale complexion, ruby lips, gothic castle, candles, velvet cloak, fantasy concept art
anime illustration of a knight, silver armor, long flowing hair, cherry blossoms, dynamic pose
"""
SIZE = 1000
PIECES = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
BLOCKS = 4


def byte_alphabet():
    """A printable character for every byte: the printable ones themselves, first, then the others from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable], [chr(256 + i) for i in range(len(others))]


def write_tokenizer(folder, pad_token="<|endoftext|>"):
    alphabet = sum(byte_alphabet(), [])
    vocabulary = [*alphabet, *(f"{character}</w>" for character in alphabet)]
    words = Counter(regex.findall(PIECES, TEXT.lower()))
    words = {(*word[:-1], f"{word[-1]}</w>"): count for word, count in words.items()}
    merges = []
    while len(vocabulary) < SIZE - 2:
        pairs = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        vocabulary.append("".join(best))
        words = {merged(word, best): count for word, count in words.items()}
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    tokens = {token: i for i, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(tokens, ensure_ascii=False))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *(" ".join(pair) for pair in merges), ""]))
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>",
               "pad_token": pad_token}
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "do_lower_case": True, "errors": "replace",
              "add_prefix_space": False, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")


def merged(word, pair):
    output, i = [], 0
    while i < len(word):
        if word[i : i + 2] == pair:
            output.append("".join(pair))
            i += 2
        else:
            output.append(word[i])
            i += 1
    return tuple(output)


def seeded(network, seed, gain=1.0):
    """Fills a network with numbers that keep its signals near one: N(0, gain/√inputs), norms near one."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in sorted(network.named_parameters()):
        noise = torch.randn(value.shape, generator=generator)
        if value.ndim >= 2:
            value.data = noise * gain * (value[0].numel() ** -0.5)
        elif name.endswith("weight"):
            value.data = 1 + 0.1 * noise
        else:
            value.data = 0.1 * noise
    return network.eval()


def text_encoder(seed, width=32, layers=3, activation="quick_gelu", projects=False):
    config = CLIPTextConfig(
        vocab_size=SIZE, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=layers,
        num_attention_heads=4, hidden_act=activation, projection_dim=width, max_position_embeddings=77,
        bos_token_id=SIZE - 2, eos_token_id=SIZE - 1, pad_token_id=SIZE - 1,
    )
    return seeded((CLIPTextModelWithProjection if projects else CLIPTextModel)(config), seed)


def vae(seed, scaling_factor=0.18215):
    down, up = ("DownEncoderBlock2D",) * BLOCKS, ("UpDecoderBlock2D",) * BLOCKS
    network = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), down_block_types=down, up_block_types=up, layers_per_block=1,
        norm_num_groups=4, latent_channels=4, sample_size=64, scaling_factor=scaling_factor,
    )
    return seeded(network, seed)


def unet(seed, **options):
    config = dict(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
        cross_attention_dim=32, attention_head_dim=2, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )
    return seeded(UNet2DConditionModel(**(config | options)), seed)


def unet_sd2(seed):
    """Stable Diffusion 2's: linear projections, and heads of one width instead of a number of heads."""
    return unet(seed, use_linear_projection=True, attention_head_dim=(2, 4))


def unet_xl(seed):
    return unet(
        seed, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2), attention_head_dim=(2, 4), use_linear_projection=True,
        cross_attention_dim=32 + 48, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=48 + 6 * 8,
    )


def controlnet(seed, denoiser):
    network = ControlNetModel.from_unet(
        denoiser, conditioning_embedding_out_channels=(4, 8, 8, 16), load_weights_from_unet=False
    )
    return seeded(network, seed, 0.7)


def image_adapter(seed, denoiser, tokens=4, width=24):
    """An IP-Adapter's weights: a projection of a picture's embedding to tokens, and keys and values per attention."""
    generator = torch.Generator().manual_seed(seed)
    dim = denoiser.config.cross_attention_dim

    def random(*shape):
        return torch.randn(shape, generator=generator) * shape[-1] ** -0.5

    weights = {"image_proj.proj.weight": random(tokens * dim, width), "image_proj.proj.bias": random(tokens * dim),
               "image_proj.norm.weight": 1 + 0.1 * random(dim), "image_proj.norm.bias": random(dim)}
    return weights | {f"ip_adapter.{name}": value for name, value in keys_and_values(denoiser, random)}


def instantid_adapter(seed, denoiser, depth=4, width=8, heads=2, tokens=16):
    """InstantID's weights: a Perceiver resampler of ArcFace's 512 numbers, and keys and values per attention."""
    generator = torch.Generator().manual_seed(seed)
    dim = denoiser.config.cross_attention_dim

    def random(*shape):
        return torch.randn(shape, generator=generator) * shape[-1] ** -0.5

    weights = {"latents": random(1, tokens, width), "proj_in.weight": random(width, 512) / 4, "proj_in.bias": random(width)}
    for i in range(depth):
        shapes = {"to_q": (64 * heads, width), "to_kv": (128 * heads, width), "to_out": (width, 64 * heads)}
        weights |= {f"layers.{i}.0.{name}.weight": 2 * random(*shape) for name, shape in shapes.items()}
        weights |= {f"layers.{i}.1.1.weight": random(4 * width, width), f"layers.{i}.1.3.weight": random(width, 4 * width)}
        for norm in ("0.norm1", "0.norm2", "1.0"):
            weights |= norm_weights(f"layers.{i}.{norm}", random(2, width))
    weights |= {"proj_out.weight": random(dim, width), "proj_out.bias": random(dim), **norm_weights("norm_out", random(2, dim))}
    return {"image_proj": weights, "ip_adapter": dict(keys_and_values(denoiser, random))}


def norm_weights(name, noise):
    return {f"{name}.weight": 1 + 0.3 * noise[0], f"{name}.bias": noise[1]}


def keys_and_values(denoiser, random):
    """Those of the image tokens, numbered in the order of the UNet's attention processors."""
    for i, name in enumerate(denoiser.attn_processors):
        if "attn2" in name:
            inner = denoiser.get_submodule(name.removesuffix(".processor")).to_q.out_features
            for side in "kv":
                yield f"{i}.to_{side}_ip.weight", random(inner, denoiser.config.cross_attention_dim)


RANK, ALPHA = 4, 2.0
UNET_LAYERS = ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out")
TEXT_LAYERS = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


def lora_targets(pipe):
    """(part, its kohya prefix, the layer's name in the file, the layer) of everything that a LoRA changes."""
    encoders = [name for name in ("text_encoder", "text_encoder_2") if getattr(pipe, name, None) is not None]
    prefixes = ("lora_te",) if len(encoders) == 1 else ("lora_te1", "lora_te2")
    for part, prefix, layers in (("unet", "lora_unet", UNET_LAYERS), *((e, p, TEXT_LAYERS) for e, p in zip(encoders, prefixes))):
        for name, layer in getattr(pipe, part).named_modules():
            if name.endswith(layers):
                full = name if part == "unet" else f"text_model.{name.removeprefix('text_model.')}"
                yield part, prefix, full, layer


def write_loras(pipe, kohya, diffusers):
    """One LoRA as kohya's trainer writes it, with alpha and 3×3 kernels, and another as diffusers and PEFT do."""
    kohya.parent.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(20)

    def factors(layer):
        weight = layer.weight
        kernel = weight.shape[2:]
        down = torch.randn(RANK, weight.shape[1], *kernel, generator=generator) * weight[0].numel() ** -0.5
        return down, torch.randn(weight.shape[0], RANK, *[1] * len(kernel), generator=generator) * 0.3

    weights = {}
    kernels = [("unet", "lora_unet", name, layer) for name, layer in pipe.unet.named_modules()
               if name.endswith((".conv1", "downsamplers.0.conv"))]
    for part, prefix, name, layer in (*lora_targets(pipe), *kernels):
        key = f"{prefix}_{name.replace('.', '_')}"
        weights[f"{key}.lora_down.weight"], weights[f"{key}.lora_up.weight"] = factors(layer)
        weights[f"{key}.alpha"] = torch.tensor(ALPHA)
    save_file({key: value.half() for key, value in weights.items()}, kohya, metadata={"ss_network_module": "networks.lora"})
    weights = {}
    for part, _, name, layer in lora_targets(pipe):
        if name.endswith(("to_k", "to_v", "k_proj")):
            weights[f"{part}.{name}.lora_A.weight"], weights[f"{part}.{name}.lora_B.weight"] = factors(layer)
    save_file(weights, diffusers, metadata={"format": "pt"})


SD1 = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def scheduler_sd1():
    return DDIMScheduler(**SD1, clip_sample=False, set_alpha_to_one=False, steps_offset=1)


def scheduler_sd2():
    return DDIMScheduler(**SD1, clip_sample=False, set_alpha_to_one=False, steps_offset=1,
                         prediction_type="v_prediction")


def scheduler_xl():
    return EulerDiscreteScheduler(**SD1, steps_offset=1, timestep_spacing="leading")


def write_checkpoint(folder, kind, parts, **index):
    """A diffusers folder of networks by name."""
    index = {"_class_name": kind, "_diffusers_version": "0.42.1", **index}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        library = "transformers" if name.startswith("text") else "diffusers"
        index[name] = [library, type(part).__name__]
    for name in ("tokenizer", "tokenizer_2"):
        if name.replace("tokenizer", "text_encoder") in parts:
            write_tokenizer(folder / name, "<|endoftext|>" if name == "tokenizer" else "!")
            index[name] = ["transformers", "CLIPTokenizer"]
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


def write_sd1(folder, denoiser, scheduler=None, kind="StableDiffusionPipeline"):
    write_checkpoint(folder, kind, {
        "text_encoder": text_encoder(1), "vae": vae(2), "unet": denoiser, "scheduler": scheduler or scheduler_sd1(),
    })


def write_xl(folder, denoiser):
    write_checkpoint(folder, "StableDiffusionXLPipeline", {
        "text_encoder": text_encoder(1), "text_encoder_2": text_encoder(4, 48, activation="gelu", projects=True),
        "vae": vae(2, scaling_factor=0.13025), "unet": denoiser, "scheduler": scheduler_xl(),
    }, force_zeros_for_empty_prompt=True)
