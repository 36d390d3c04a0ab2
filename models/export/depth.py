"""Turns a depth network of transformers (DPT or Depth Anything) into the ONNX file that facekit runs.

See README.md beside this file.
"""

import argparse
import json
from pathlib import Path

import torch
from transformers import AutoModelForDepthEstimation, DepthAnythingForDepthEstimation, DPTForDepthEstimation
from transformers.models.depth_anything import modeling_depth_anything
from transformers.utils import torch_int

import onnx_file
from export import hold
from graphs import BATCH, HEIGHT, WIDTH, Part

# Its head makes the size a whole number of Python's, which would be fixed in the graph.
modeling_depth_anything.int = torch_int

FAMILIES = {DPTForDepthEstimation: "midas", DepthAnythingForDepthEstimation: "depth_anything"}


class Depth(Part):
    """pixel_values [B, 3, H, W] → predicted_depth [B, H, W], larger is nearer.

    `square` fixes both sides: a DPT takes no other size. Otherwise they are free, in multiples of `multiple`.
    """

    outputs = ["predicted_depth"]

    def __init__(self, network, multiple, square=None):
        super().__init__(network)
        self.multiple, self.square = multiple, square

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        height, width = [self.square or self.multiple * side for side in (height, width)]
        return {"pixel_values": self.random(batch, 3, height, width)}

    def axes(self):
        return {"pixel_values": {0: "batch"} | ({} if self.square else {2: "height", 3: "width"})}

    def output_sides(self):
        return {"predicted_depth": ("batch", self.square or "height", self.square or "width")}

    def forward(self, pixel_values):
        return self.network(pixel_values).predicted_depth


def arguments(line=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="a transformers folder: config.json, preprocessor_config.json, weights")
    parser.add_argument("out", type=Path, help="the .onnx file to write; it must not exist")
    parser.add_argument("--license", help="the licence, for the metadata: an SPDX identifier or a name")
    parser.add_argument("--source", help="where the checkpoint comes from, for the metadata")
    parser.add_argument("--check", action="store_true", help="run the graph beside PyTorch and print the difference")
    return parser.parse_args(line)


def export(options):
    if options.out.exists() or options.out.suffix != ".onnx":
        raise SystemExit(f"{options.out} is there already, or does not end in .onnx: name a new .onnx file")
    network = AutoModelForDepthEstimation.from_pretrained(
        options.checkpoint, dtype=torch.float32, attn_implementation="eager"
    )
    if type(network) not in FAMILIES:
        raise SystemExit(f"{options.checkpoint}: a {type(network).__name__}, and a DPT or Depth Anything is needed")
    if getattr(network.config, "depth_estimation_type", "relative") != "relative":
        raise SystemExit(f"{options.checkpoint}: its depths are metres, larger is farther: take one of relative depth")
    family = FAMILIES[type(network)]
    preparation = json.loads((options.checkpoint / "preprocessor_config.json").read_text())
    size, multiple = shortest(preparation["size"]), preparation.get("ensure_multiple_of", 1)
    part = Depth(network, multiple, size if family == "midas" else None)
    more = {"license": options.license, "source": options.source}
    onnx_file.write_whole(part, options.out, {
        **metadata(family, preparation["image_mean"], preparation["image_std"], size, multiple),
        **{key: value for key, value in more.items() if value},
    })
    if options.check:
        hold(part, options.out, options.out)


def metadata(family, mean, std, size, multiple):
    """What facekit reads of a depth network: the mean and deviation of red, green and blue, 0 to 255, that its input is
    normalised by, the shorter side in pixels that a picture is scaled to, and what both sides are multiples of."""
    levels = {name: " ".join(f"{255 * value:g}" for value in values) for name, values in (("mean", mean), ("std", std))}
    return {"family": family, **levels, "size": str(size), "multiple": str(multiple)}


def shortest(size):
    return size if isinstance(size, int) else min(size[key] for key in ("height", "width"))


if __name__ == "__main__":
    export(arguments())
