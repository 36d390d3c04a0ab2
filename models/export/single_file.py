"""Writes a diffusers folder as one file in the layout of the original repositories, for test_export.py.

Covers what the tiny checkpoints of the tests hold: the UNet, the VAE, and CLIP in Hugging Face's and in OpenCLIP's form.
"""

import re

import diffusers
import torch
import transformers
from safetensors.torch import save_file

RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
          "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
UNET = {"conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2":
        "time_embed.2", "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
        "conv_norm_out": "out.0", "conv_out": "out.2"}
OPEN_CLIP = {"self_attn.out_proj": "attn.out_proj", "layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc",
             "mlp.fc2": "mlp.c_proj"}


def write(folder, path):
    """One .safetensors file of an SD 1.x or XL diffusers folder."""
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet")
    vae = diffusers.AutoencoderKL.from_pretrained(folder / "vae")
    is_xl = (folder / "text_encoder_2").is_dir()
    clip = "conditioner.embedders.0.transformer." if is_xl else "cond_stage_model.transformer."
    weights = {f"model.diffusion_model.{unet_name(name, unet)}": value for name, value in unet.state_dict().items()}
    weights |= {f"first_stage_model.{vae_name(name)}": vae_value(name, value) for name, value in vae.state_dict().items()}
    text = transformers.CLIPTextModel.from_pretrained(folder / "text_encoder").state_dict()
    weights |= {f"{clip}text_model.{name}": value for name, value in text.items()}
    if is_xl:
        text = transformers.CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2").state_dict()
        weights |= {f"conditioner.embedders.1.model.{name}": value for name, value in open_clip(text).items()}
    save_file({name: value.contiguous() for name, value in weights.items()}, path)


def unet_name(name, unet):
    layers = unet.config.layers_per_block + 1
    stem, _, kind = name.rpartition(".")
    if stem in UNET:
        return f"{UNET[stem]}.{kind}"
    side, block, group, layer, rest = re.fullmatch(r"(down|mid|up)_blocks?\.?(\d*)\.(\w+)\.(\d+)\.(.*)", name).groups()
    if group == "resnets":
        rest = f"{RESNET[rest.rpartition('.')[0]]}.{kind}"
    if side == "mid":
        return f"middle_block.{1 if group == 'attentions' else 2 * int(layer)}.{rest}"
    block, layer = int(block), int(layer)
    if group == "downsamplers":
        return f"input_blocks.{(block + 1) * layers}.0.op.{kind}"
    if group == "upsamplers":
        place = 2 if hasattr(unet.up_blocks[block], "attentions") else 1
        return f"output_blocks.{(block + 1) * layers - 1}.{place}.conv.{kind}"
    place = int(group == "attentions")
    if side == "down":
        return f"input_blocks.{block * layers + layer + 1}.{place}.{rest}"
    return f"output_blocks.{block * layers + layer}.{place}.{rest}"


def vae_name(name):
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = name.replace("mid_block.attentions.0", "mid.attn_1").replace("group_norm", "norm")
    name = re.sub(r"attn_1\.to_([qkv])", r"attn_1.\1", name).replace("attn_1.to_out.0", "attn_1.proj_out")
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda m: f"up.{3 - int(m[1])}.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample", name)


def vae_value(name, value):
    return value[..., None, None] if "attentions" in name and value.ndim == 2 else value


def open_clip(weights):
    """OpenCLIP's names: query, key and value in one matrix, the projection transposed."""
    named = {"text_projection": weights["text_projection.weight"].T}
    for name, value in weights.items():
        name = name.removeprefix("text_model.")
        if match := re.fullmatch(r"encoder\.layers\.(\d+)\.(.*)\.(weight|bias)", name):
            layer, stem, kind = match.groups()
            block = f"transformer.resblocks.{layer}"
            if stem in OPEN_CLIP:
                named[f"{block}.{OPEN_CLIP[stem]}.{kind}"] = value
            elif stem == "self_attn.q_proj":
                parts = [weights[f"text_model.encoder.layers.{layer}.self_attn.{x}_proj.{kind}"] for x in "qkv"]
                named[f"{block}.attn.in_proj_{kind}"] = torch.cat(parts)
        elif name.startswith("final_layer_norm"):
            named[name.replace("final_layer_norm", "ln_final")] = value
        elif name.startswith("embeddings.token"):
            named["token_embedding.weight"] = value
        elif name.startswith("embeddings.position_embedding"):
            named["positional_embedding"] = value
    return named
