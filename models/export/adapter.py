"""Identity adapters: InstantID's keys and values for the UNet, and the resampler that makes tokens of a face.

The file is `ip-adapter.bin` (or its like in safetensors): `image_proj` has the resampler's weights, `ip_adapter` the
keys and values, numbered in the order of the UNet's attention processors.
"""

import pickle

import torch
from safetensors.torch import load_file
from torch import nn

from attention import standard_attention
from graphs import BATCH, HEIGHT, WIDTH, Part

EMBEDDING = 512  # of ArcFace, which InstantID reads
HEAD = 64  # the width of an attention head in every resampler


class PerceiverAttention(nn.Module):
    """The queries attend to the embedding and to themselves."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_q = nn.Linear(width, HEAD * heads, bias=False)
        self.to_kv = nn.Linear(width, 2 * HEAD * heads, bias=False)
        self.to_out = nn.Linear(HEAD * heads, width, bias=False)

    def forward(self, embedding, queries):
        embedding, queries = self.norm1(embedding), self.norm2(queries)
        key, value = self.to_kv(torch.cat([embedding, queries], 1)).chunk(2, -1)
        return self.to_out(standard_attention(self.to_q(queries), key, value, self.heads))


class Resampler(nn.Module):
    """IP-Adapter's Perceiver resampler, its sizes taken from its weights: embedding [B, 512] → tokens [B, N, D]."""

    def __init__(self, weights):
        super().__init__()
        (_, _, width), (outputs, _) = weights["latents"].shape, weights["proj_out.weight"].shape
        heads, hidden = weights["layers.0.0.to_q.weight"].shape[0] // HEAD, weights["layers.0.1.1.weight"].shape[0]
        depth = 1 + max(int(name.split(".")[1]) for name in weights if name.startswith("layers."))
        self.latents = nn.Parameter(torch.empty(weights["latents"].shape))
        self.proj_in, self.proj_out = nn.Linear(EMBEDDING, width), nn.Linear(width, outputs)
        self.norm_out = nn.LayerNorm(outputs)
        self.layers = nn.ModuleList(
            nn.ModuleList([PerceiverAttention(width, heads), feed_forward(width, hidden)]) for _ in range(depth)
        )
        self.load_state_dict(weights)

    def forward(self, embedding):
        embedding = self.proj_in(embedding)[:, None]
        queries = self.latents.expand(embedding.shape[0], -1, -1)
        for attention, feed in self.layers:
            queries = attention(embedding, queries) + queries
            queries = feed(queries) + queries
        return self.norm_out(self.proj_out(queries))


def feed_forward(width, hidden):
    up, down = nn.Linear(width, hidden, bias=False), nn.Linear(hidden, width, bias=False)
    return nn.Sequential(nn.LayerNorm(width), up, nn.GELU(), down)


class ImageTokens(Part):
    """embedding [B, 512], as the recognizer gives it → image_tokens [B, N, D]."""

    outputs = ["image_tokens"]

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        return {"embedding": self.random(batch, EMBEDDING)}

    def axes(self):
        return {"embedding": {0: "batch"}}

    def output_sides(self):
        return {"image_tokens": ("batch", *self.network.latents.shape[1:2], self.network.norm_out.weight.shape[0])}

    def forward(self, embedding):
        return self.network(embedding)


def read_adapter(path):
    """The weights of `image_proj` and `ip_adapter` by name; a pickle is read as weights alone, so that it runs no code."""
    if path.suffix == ".safetensors":
        groups = {"image_proj": {}, "ip_adapter": {}}
        for key, value in load_file(path).items():
            group, name = key.split(".", 1)
            groups[group][name] = value
        return groups
    try:
        groups = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise SystemExit(f"{path}: it holds more than weights, and could run code: it is not read") from error
    if not isinstance(groups, dict) or not {"image_proj", "ip_adapter"} <= set(groups):
        raise SystemExit(f"{path}: neither image_proj nor ip_adapter is in it: not an IP-Adapter")
    return groups


def resampler(path):
    """The resampler of InstantID's file."""
    weights = read_adapter(path)["image_proj"]
    if "latents" not in weights or weights["proj_in.weight"].shape[1] != EMBEDDING:
        raise SystemExit(f"{path}: it makes no tokens of a face's {EMBEDDING} numbers: only InstantID's adapter does")
    return Resampler(weights)


def add_image_adapter(unet, path):
    """Puts an adapter's keys and values into the UNet's attention."""
    unet._load_ip_adapter_weights([read_adapter(path)])
