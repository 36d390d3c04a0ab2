"""The parts of a diffusion model as modules whose inputs and outputs are those of facekit's graphs.

A part holds the network in `network`, names what goes in and out, and makes the random inputs that it is traced and
checked with. `axes` names the free axes of every input, in the order of the inputs: all but the channels.
"""

import torch
from torch import nn

from attention import replace_processors

BATCH, HEIGHT, WIDTH = 2, 9, 11  # of the traced latents: odd, so that the sizes of all levels are kept free
TOKENS = 77


class Part(nn.Module):
    outputs = ()

    def __init__(self, network, fused=True):
        super().__init__()
        self.network = network.eval()
        replace_processors(network, fused)

    @property
    def dtype(self):
        return next(self.network.parameters()).dtype

    def random(self, *shape):
        return torch.randn(shape).to(self.dtype)

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        """Random inputs by name, `height` and `width` in latents."""
        raise NotImplementedError

    def weight_name(self, name):
        """The name in the graph of a weight of `network`."""
        return name

    def output_sides(self):
        """The sides, each a length or a name, of the outputs where tracing does not tell them."""
        return {}


class TextEncoder(Part):
    """input_ids [B, 77] → last_hidden_state, pooler_output or text_embeds, and every hidden state."""

    def __init__(self, network, fused=True):
        network.config._attn_implementation = "eager"
        super().__init__(network)
        self.projects = hasattr(network, "text_projection")
        states = [f"hidden_states.{i}" for i in range(network.config.num_hidden_layers + 1)]
        self.outputs = ["last_hidden_state", "text_embeds" if self.projects else "pooler_output", *states]

    def weight_name(self, name):
        return name if self.projects else f"text_model.{name.removeprefix('text_model.')}"

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        vocabulary = self.network.config.vocab_size
        ids = torch.randint(0, vocabulary - 2, (batch, TOKENS))
        for i in range(batch):
            ids[i, 10 + i :] = vocabulary - 1
        return {"input_ids": ids.int()}

    def axes(self):
        return {"input_ids": {0: "batch"}}

    def forward(self, input_ids):
        encoded = self.network(input_ids, output_hidden_states=True)
        pooled = encoded.text_embeds if self.projects else encoded.pooler_output
        return encoded.last_hidden_state, pooled, *encoded.hidden_states


class VaeEncoder(Part):
    """sample [B, 3, H, W], −1 to 1 → latent_parameters [B, 8, h, w]: mean and logarithm of the variance."""

    outputs = ["latent_parameters"]

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        return {"sample": self.random(batch, 3, 8 * height, 8 * width).clamp(-1, 1)}

    def axes(self):
        return {"sample": {0: "batch", 2: "height", 3: "width"}}

    def forward(self, sample):
        moments = self.network.encoder(sample)
        return self.network.quant_conv(moments) if self.network.quant_conv is not None else moments


class VaeDecoder(Part):
    """latent_sample [B, 4, h, w], divided by the scaling factor → sample [B, 3, H, W], −1 to 1."""

    outputs = ["sample"]

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        return {"latent_sample": self.random(batch, self.network.config.latent_channels, height, width)}

    def axes(self):
        return {"latent_sample": {0: "batch", 2: "height", 3: "width"}}

    def forward(self, latent_sample):
        if self.network.post_quant_conv is not None:
            latent_sample = self.network.post_quant_conv(latent_sample)
        return self.network.decoder(latent_sample)


class Denoiser(Part):
    """What the UNet and the ControlNet share: the noisy sample, the time and the conditions."""

    def __init__(self, network, fused=True):
        super().__init__(network, fused)
        self.is_xl = network.config.addition_embed_type == "text_time"

    def conditions(self, batch, height, width):
        config = self.network.config
        inputs = {
            "sample": self.random(batch, config.in_channels, height, width),
            "timestep": torch.tensor([501.0]),
            "encoder_hidden_states": self.random(batch, TOKENS, config.cross_attention_dim),
        }
        if self.is_xl:
            pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
            sizes = torch.tensor([512.0, 768.0, 0.0, 8.0, 512.0, 768.0])
            inputs["text_embeds"] = self.random(batch, pooled)
            inputs["time_ids"] = sizes.repeat(batch, 1).to(self.dtype)
        return inputs

    def axes(self):
        axes = {
            "sample": {0: "batch", 2: "height", 3: "width"},
            "timestep": {0: "time_batch"},
            "encoder_hidden_states": {0: "batch", 1: "tokens"},
        }
        if self.is_xl:
            axes |= {"text_embeds": {0: "batch"}, "time_ids": {0: "batch"}}
        return axes

    def added(self, inputs):
        return {key: inputs[key] for key in ("text_embeds", "time_ids")} if self.is_xl else None


class UNet(Denoiser):
    """One prediction of the denoiser.

    ControlNet residuals are always inputs, one for every skip connection and one for the middle. They are added, so
    that a run without ControlNet gives each as one zero, [1, 1, 1, 1], at no cost. `timestep_cond` is there in
    models with a guidance embedding (LCM), `image_tokens` and `image_token_scale` in those with an image adapter.
    """

    outputs = ["out_sample"]

    def __init__(self, network, fused=True):
        self.has_adapter = network.encoder_hid_proj is not None
        network.encoder_hid_proj = None
        super().__init__(network, fused)
        self.residuals = [*(f"down_block_additional_residual_{i}" for i in range(len(residual_levels(network)))),
                          "mid_block_additional_residual"]

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        config = self.network.config
        inputs = self.conditions(batch, height, width)
        if config.time_cond_proj_dim is not None:
            inputs["timestep_cond"] = self.random(batch, config.time_cond_proj_dim)
        levels = residual_levels(self.network)
        for name, (channels, level) in zip(self.residuals, [*levels, (config.block_out_channels[-1], levels[-1][1])]):
            inputs[name] = self.random(batch, channels, halved(height, level), halved(width, level))
        if self.has_adapter:
            inputs["image_tokens"] = self.random(batch, 4, config.cross_attention_dim)
            inputs["image_token_scale"] = torch.tensor([0.6]).to(self.dtype)
        return inputs

    def axes(self):
        axes = super().axes()
        if self.network.config.time_cond_proj_dim is not None:
            axes["timestep_cond"] = {0: "batch"}
        for name in self.residuals:
            axes[name] = {i: f"{name}_{axis}" for i, axis in enumerate(("batch", "channels", "height", "width"))}
        if self.has_adapter:
            axes |= {"image_tokens": {0: "batch", 1: "image_tokens"}, "image_token_scale": {}}
        return axes

    def forward(self, *values):
        inputs = dict(zip(self.axes(), values))
        states = inputs["encoder_hidden_states"]
        if self.has_adapter:
            states = (states, inputs["image_tokens"], inputs["image_token_scale"])
        *down, middle = (inputs[name] for name in self.residuals)
        return self.network(
            inputs["sample"], inputs["timestep"], states, timestep_cond=inputs.get("timestep_cond"),
            added_cond_kwargs=self.added(inputs), down_block_additional_residuals=down,
            mid_block_additional_residual=middle, return_dict=False,
        )[0]


class ControlNet(Denoiser):
    """controlnet_cond [B, 3, H, W], 0 to 1 → the residuals of the UNet, times conditioning_scale [1]."""

    def __init__(self, network, fused=True):
        super().__init__(network, fused)
        self.outputs = [*(f"down_block_res_samples_{i}" for i in range(len(residual_levels(network)))),
                        "mid_block_res_sample"]

    def inputs(self, batch=BATCH, height=HEIGHT, width=WIDTH):
        inputs = self.conditions(batch, height, width)
        inputs["controlnet_cond"] = torch.rand(batch, 3, 8 * height, 8 * width).to(self.dtype)
        inputs["conditioning_scale"] = torch.tensor([0.7]).to(self.dtype)
        return inputs

    def axes(self):
        picture = {0: "batch", 2: "picture_height", 3: "picture_width"}
        return super().axes() | {"controlnet_cond": picture, "conditioning_scale": {}}

    def forward(self, *values):
        inputs = dict(zip(self.axes(), values))
        down, middle = self.network(
            inputs["sample"], inputs["timestep"], inputs["encoder_hidden_states"], inputs["controlnet_cond"],
            added_cond_kwargs=self.added(inputs), return_dict=False,
        )
        return *(x * inputs["conditioning_scale"] for x in down), middle * inputs["conditioning_scale"]


def residual_levels(network):
    """Channels and level (how often the size was halved) of every skip connection."""
    config = network.config
    levels = [(config.block_out_channels[0], 0)]
    for level, channels in enumerate(config.block_out_channels):
        layers = config.layers_per_block
        levels += [(channels, level)] * (layers if isinstance(layers, int) else layers[level])
        if level + 1 < len(config.block_out_channels):
            levels.append((channels, level + 1))
    return levels


def halved(size, times):
    for _ in range(times):
        size = (size + 1) // 2
    return size
