"""Makes tests/golden/lora: tiny models of random weights, LoRAs in the field's formats, and what torch makes of them.

sd1_unet, sd1_text_encoder, xl_unet, xl_text_encoder_2: ONNX graphs whose weights keep their PyTorch names.
*.safetensors: LoRAs as kohya's scripts, LyCORIS, diffusers and peft write them.
expected.json: for each case the LoRAs and their strengths, and for each part the weights that change; expected.bin: the
inputs and outputs of the parts with the LoRAs fused, by diffusers and peft, as float32 one after the other.

A graph is exported by TorchScript with `do_constant_folding=False`, `keep_initializers_as_inputs=False` and in
training mode (`TrainingMode.PRESERVE` with the network in evaluation mode): folding transposes the weights of linear
layers and renames them `onnx::MatMul_123`, and outside training mode weights that are equal become one.

Needs numpy, torch (2.15), diffusers (0.42.1), transformers (5.23), peft, safetensors and onnx.
Run: python tests/reference/lora.py
"""

import io
import json
import re
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

FOLDER = Path(__file__).parents[1] / "golden" / "lora"
WIDTH = 8  # of the text encoders
RANK = 2
LAYERS = 1  # of each block of a UNet


def unet(seed, xl):
    torch.manual_seed(seed)
    extra = dict(
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=6 * 4 + WIDTH, transformer_layers_per_block=[1, 2],
        cross_attention_dim=2 * WIDTH,
    )
    return UNet2DConditionModel(
        sample_size=8, block_out_channels=(4, 8), layers_per_block=LAYERS, norm_num_groups=2, attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **(extra if xl else dict(cross_attention_dim=WIDTH)),
    ).eval()


def text_encoder(seed, kind):
    torch.manual_seed(seed)
    config = CLIPTextConfig(
        vocab_size=40, hidden_size=WIDTH, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=77, projection_dim=WIDTH, bos_token_id=38, eos_token_id=39, pad_token_id=39,
    )
    model = kind(config).eval()
    for parameter in model.parameters():  # CLIP starts so small that nothing would be seen
        parameter.data = torch.randn_like(parameter) * 0.3
    return model


def parts(xl, seed=1):
    if xl:
        return {
            "unet": unet(seed, True), "text_encoder": text_encoder(seed + 1, CLIPTextModel),
            "text_encoder_2": text_encoder(seed + 2, CLIPTextModelWithProjection),
        }
    return {"unet": unet(seed + 3, False), "text_encoder": text_encoder(seed + 1, CLIPTextModel)}


def pipeline(xl):
    torch.manual_seed(0)
    vae = AutoencoderKL(block_out_channels=(4,), norm_num_groups=2)
    rest = dict(vae=vae, tokenizer=None, scheduler=DDIMScheduler(), **parts(xl))
    if xl:
        return StableDiffusionXLPipeline(tokenizer_2=None, **rest)
    return StableDiffusionPipeline(
        safety_checker=None, feature_extractor=None, requires_safety_checker=False, **rest
    )


def inputs(part, xl):
    generator = torch.Generator().manual_seed(7)
    if part != "unet":
        return {"input_ids": torch.cat([torch.randint(0, 38, (1, 76), generator=generator), torch.tensor([[39]])], 1)}
    normal = lambda *shape: torch.randn(shape, generator=generator)
    values = {
        "sample": normal(1, 4, 8, 8), "timestep": torch.tensor([301.0]),
        "encoder_hidden_states": normal(1, 5, 2 * WIDTH if xl else WIDTH),
    }
    return values | ({"text_embeds": normal(1, WIDTH), "time_ids": normal(1, 6)} if xl else {})


class Exported(torch.nn.Module):
    """A part as a graph sees it: tensors in, one tensor out."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, first, *rest):
        if not rest:
            output = self.network(first)
            return output.text_embeds if "text_embeds" in output else output.last_hidden_state
        added = {"text_embeds": rest[2], "time_ids": rest[3]} if len(rest) > 2 else None
        return self.network(first, rest[0], rest[1], added_cond_kwargs=added, return_dict=False)[0]


def weight_name(name):
    name = name.removeprefix("network.")
    text = name.startswith(("embeddings.", "encoder.", "final_layer_norm."))
    return f"text_model.{name}" if text else name


def export(path, network, values):
    part = Exported(network)
    part.train()
    network.eval()
    file = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            part, tuple(values.values()), file, do_constant_folding=False, keep_initializers_as_inputs=False,
            training=torch.onnx.TrainingMode.PRESERVE, dynamo=False, opset_version=17,
            input_names=list(values), output_names=["output"],
        )
    model = onnx.load_from_string(file.getvalue())
    names = {tensor.name: weight_name(tensor.name) for tensor in model.graph.initializer}
    for tensor in model.graph.initializer:
        tensor.name = names[tensor.name]
    short = {}
    for node in model.graph.node:  # the names of values and nodes are half of such a small file
        node.doc_string = node.name = ""
        for ends in (node.input, node.output):
            ends[:] = [
                names.get(e) or (e if e in values or e in ("", "output") else short.setdefault(e, f"v{len(short)}"))
                for e in ends
            ]
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)


def modules(network, wanted):
    return {
        name: module for name, module in network.named_modules()
        if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)) and re.search(wanted, name)
    }


def factors(module, generator, mid=False):
    """Random down, mid and up of a module; a convolution's mid takes its kernel."""
    normal = lambda *shape: torch.randn(shape, generator=generator) * 0.4
    out, width, *kernel = module.weight.shape
    ones = [1] * len(kernel)
    if mid:
        return {"down": normal(RANK, width, *ones), "mid": normal(RANK, RANK, *kernel), "up": normal(out, RANK, *ones)}
    return {"down": normal(RANK, width, *kernel), "up": normal(out, RANK, *ones)}


def text_path(name):
    return name if name.startswith(("text_model.", "text_projection")) else f"text_model.{name}"


KOHYA = {"unet": "lora_unet_", "text_encoder": "lora_te_", "text_encoder_2": "lora_te2_"}


def ldm(name, layers=LAYERS):
    """The name in the original UNet, where kohya's scripts train SDXL; the inverse of diffusers' conversion."""
    inner = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
             "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
    fixed = {"conv_in": "input_blocks.0.0", "conv_out": "out.2", "time_embedding.linear_1": "time_embed.0",
             "time_embedding.linear_2": "time_embed.2", "add_embedding.linear_1": "label_emb.0.0",
             "add_embedding.linear_2": "label_emb.0.2"}
    if name in fixed:
        return fixed[name]
    if match := re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name):
        kind, i, rest = match.groups()
        return f"middle_block.{1 if kind == 'attentions' else 2 * int(i)}.{inner.get(rest, rest)}"
    side, block, kind, i, rest = re.fullmatch(r"(down|up)_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", name).groups()
    block, i = int(block), int(i)
    rest = inner.get(rest, rest)
    if kind == "downsamplers":
        return f"input_blocks.{(block + 1) * (layers + 1)}.0.op"
    if kind == "upsamplers":
        return f"output_blocks.{block * (layers + 1) + layers}.2.conv"
    index = 1 + block * (layers + 1) + i if side == "down" else block * (layers + 1) + i
    return f"{'in' if side == 'down' else 'out'}put_blocks.{index}.{0 if kind == 'resnets' else 1}.{rest}"


def kohya(networks, wanted, seed, original=False, mid=False, dtype=torch.float16):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for part, network in networks.items():
        prefix = "lora_te1_" if part == "text_encoder" and "text_encoder_2" in networks else KOHYA[part]
        for name, module in modules(network, wanted[part]).items():
            path = text_path(name) if part != "unet" else ldm(name) if original else name
            key = prefix + path.replace(".", "_")
            use_mid = mid and isinstance(module, torch.nn.Conv2d) and module.kernel_size == (3, 3)
            for which, value in factors(module, generator, use_mid).items():
                tensors[f"{key}.lora_{which}.weight"] = value.to(dtype)
            tensors[f"{key}.alpha"] = torch.tensor(1.5).to(dtype)
    return tensors


def legacy(networks, wanted, seed):
    """The names that diffusers wrote before it took up peft."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    short = {"q_proj": "to_q", "k_proj": "to_k", "v_proj": "to_v", "out_proj": "to_out"}
    for part, network in networks.items():
        for name, module in modules(network, wanted[part]).items():
            stem, last = name.removesuffix(".0").rsplit(".", 1)
            stem = f"unet.{stem}.processor" if part == "unet" else f"{part}.{text_path(stem)}"
            for which, value in factors(module, generator).items():
                tensors[f"{stem}.{short.get(last, last)}_lora.{which}.weight"] = value
    return tensors


def peft(xl):
    """What diffusers saves today, with an alpha that stands in the metadata only."""
    from peft import LoraConfig, get_peft_model_state_dict

    pipe = pipeline(xl)
    config = {
        "unet": LoraConfig(r=RANK, lora_alpha=3, target_modules=["to_q", "to_k", "to_v", "to_out.0", "conv1"],
                           alpha_pattern={"attn2.to_q": 5}, init_lora_weights=False),
        "text_encoder": LoraConfig(r=RANK, lora_alpha=1, target_modules=["q_proj", "out_proj", "fc1"],
                                   init_lora_weights=False),
    }
    torch.manual_seed(33)
    layers, metadata = {}, {}
    for part, lora_config in config.items():
        network = getattr(pipe, part)
        network.add_adapter(lora_config)
        layers[f"{part}_lora_layers"] = get_peft_model_state_dict(network)
        metadata[f"{part}_lora_adapter_metadata"] = network.peft_config["default"].to_dict()
    pipe.save_lora_weights(FOLDER, weight_name="sd1_peft.safetensors", **layers, **metadata)


def mid_weights(pipe, tensors, strength):
    """Fuses a LoRA with a middle, which diffusers does not read: LyCORIS puts three convolutions in a row."""
    for part in ("unet", "text_encoder"):
        network = getattr(pipe, part)
        for name, module in network.named_modules():
            path = name if part == "unet" else text_path(name)
            get = lambda which: tensors.get(f"{KOHYA[part]}{path.replace('.', '_')}.{which}")
            if get("alpha") is None:
                continue
            down, up, middle = (get(f"lora_{which}.weight") for which in ("down", "up", "mid"))
            up = up.flatten(1)
            if middle is None:
                delta = torch.einsum("or,ri...->oi...", up, down)
            else:
                delta = torch.einsum("om,mnhw,ni->oihw", up, middle, down.flatten(1))
            scale = strength * get("alpha").item() / RANK
            module.weight.data += scale * delta.reshape(module.weight.shape)


def run_case(name, xl, loras):
    pipe = pipeline(xl)
    before = {part: {k: v.clone() for k, v in getattr(pipe, part).named_parameters()} for part in parts(xl)}
    by_hand = [lora for lora in loras if "mid" in lora["file"]]
    for i, lora in enumerate(loras):
        path = FOLDER / lora["file"]
        if lora in by_hand:
            from safetensors.torch import load_file

            mid_weights(pipe, load_file(path), lora["scale"])
        else:
            pipe.load_lora_weights(FOLDER, weight_name=lora["file"], adapter_name=f"a{i}")
            # One after the other: peft fuses each with its own strength.
            components = [p for p in parts(xl) if f"a{i}" in pipe.get_list_adapters().get(p, [])]
            pipe.fuse_lora(components, lora_scale=lora["scale"], adapter_names=[f"a{i}"])
            pipe.unload_lora_weights()
    case = {"name": name, "loras": loras, "parts": {}}
    for part, old in before.items():
        network = getattr(pipe, part)
        new = dict(network.named_parameters())
        changed = sorted(weight_name(k) for k, v in old.items() if not torch.equal(v, new[k]))
        values = inputs(part, xl)
        with torch.no_grad():
            output = Exported(network)(*values.values())
        base = Exported(parts(xl)[part])(*values.values())
        difference = (output - base).abs().max().item()
        print(f"{name} {part}: {len(changed)} weights, the output moves by {difference:.3f}")
        graph = ("sd1_text_encoder" if part == "text_encoder" else f"xl_{part}") if xl else f"sd1_{part}"
        case["parts"][part] = {"graph": f"{graph}.onnx", "changed": changed, "output": put(output)}
    return case


DATA = bytearray()


def put(tensor):
    array = np.ascontiguousarray(tensor.detach().numpy().astype(np.float32))
    DATA.extend(array.tobytes())
    return {"shape": list(array.shape), "offset": (len(DATA) - array.nbytes) // 4}


FOLDER.mkdir(parents=True, exist_ok=True)
expected = {"inputs": {}, "cases": []}
for xl in (False, True):
    for part, network in parts(xl).items():
        graph = f"{'xl' if xl else 'sd1'}_{part}.onnx"
        if graph != "xl_text_encoder.onnx":  # it is the same as that of sd1
            export(FOLDER / graph, network, inputs(part, xl))
            expected["inputs"][graph] = {key: put(value) for key, value in inputs(part, xl).items()}

ATTENTION = r"(to_q|to_k|to_v|to_out\.0)$"
LOCON = r"attn|proj_in|proj_out|ff\.|resnets.*(conv|time_emb)|samplers|time_embedding|^conv_"
CLIP = r"self_attn|mlp"
sd1, xl = parts(False), parts(True)
save_file(kohya(sd1, {"unet": LOCON, "text_encoder": CLIP}, 11), FOLDER / "sd1_kohya.safetensors")
save_file(
    kohya(sd1, {"unet": r"conv[12]$|to_q", "text_encoder": "fc2"}, 12, mid=True, dtype=torch.float32),
    FOLDER / "sd1_mid.safetensors",
)
save_file(legacy(sd1, {"unet": ATTENTION, "text_encoder": "self_attn"}, 13), FOLDER / "sd1_legacy.safetensors")
peft(False)
everywhere = {"unet": LOCON + "|add_embedding", "text_encoder": "self_attn", "text_encoder_2": CLIP + "|text_projection"}
save_file(kohya(xl, everywhere, 14, original=True, dtype=torch.bfloat16), FOLDER / "xl_ldm.safetensors")
save_file(kohya(xl, {"unet": ATTENTION, "text_encoder": "self_attn", "text_encoder_2": r"self_attn|fc1"}, 15), FOLDER / "xl_kohya.safetensors")

one = lambda file, scale: {"file": f"{file}.safetensors", "scale": scale}
expected["cases"] = [
    run_case("kohya", False, [one("sd1_kohya", 0.8)]),
    run_case("mid", False, [one("sd1_mid", 1.0)]),
    run_case("legacy", False, [one("sd1_legacy", 1.0)]),
    run_case("peft", False, [one("sd1_peft", 0.7)]),
    run_case("several", False, [one("sd1_kohya", 0.5), one("sd1_peft", -0.4)]),
    run_case("xl_kohya", True, [one("xl_kohya", 1.0)]),
    run_case("xl_ldm", True, [one("xl_ldm", 0.6)]),
]
(FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
(FOLDER / "expected.bin").write_bytes(DATA)
