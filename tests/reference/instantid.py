"""Golden runs of SDXL with InstantID, a depth ControlNet and a LoRA, on tiny networks with random weights.

Makes tests/golden/instantid:
- unet/, the UNet of diffusion/xl with InstantID's keys and values in it; instantid.onnx, its resampler; the depth networks
  midas.onnx (any size), midas_square.onnx (64×64 alone) and depth_anything.onnx; images/, pictures;
- cases.json, every run with what diffusers was given; tokens.json, what the resampler makes of embeddings; depth.json, what
  control pictures become of pictures; latents.bin (little-endian float32) and pictures.bin (8-bit RGB, row by row), to whose
  places all point by offset in bytes and shape.
Packages: diffusers 0.42.1, transformers 5.23, torch 2.15 (CPU), peft 0.21, onnxruntime 1.28, numpy 2.4, pillow 13,
opencv-python-headless 5.0, and models/export's.
Run: python tests/reference/instantid.py           (a minute on one core)

Folders, files and pictures in cases.json are named from tests/golden on. What is not said here is as diffusion.py says it.
The pipeline is diffusers' StableDiffusionXLControlNetImg2ImgPipeline with its IP-Adapter processors and MultiControlNetModel.
As in InstantID's own pipeline a ControlNet with `attends` "face" gets the image tokens as its encoder_hidden_states, and
others ("text") get the prompts' embeddings; all get the same text_embeds and time_ids. The tokens are the resampler's: of
zeros for the negative prompt, and of the raw embedding for the prompt; the `image_tokens` of a face are those [2, 16, 80],
negative first, and at guidance ≤ 1 only the second runs. `image_token_scale` is the scale of all IP attention.
The residuals of the ControlNets are added up in the order of the list, each times its scale.

Several faces: at every step the ControlNets and the UNet run once for each face, with its tokens, on the same latents and
control pictures; what the UNet says, [2, 4, h, w], is summed over the faces times their shares of each latent, and the
scheduler steps once. A face's mask (8-bit, 255 is 1) is averaged over the 8×8 pixels of each latent, and its share is that
over the sum of the faces' masks (`share`, [1, 1, h, w]). The picture of keypoints holds all faces. One face has no mask.

Depth: the picture is scaled in 8 bits by Pillow's BICUBIC to the network's size (fixed sides as they are; else the shorter
side to `size`, the longer in proportion, and both to the nearest multiple of `multiple`), less `mean` and over `std` (0 to
255, in the graph's metadata), run, scaled back in float32 by Pillow's BICUBIC, and its least to greatest value spread over
0 to 255, rounded half to even: `levels`, [h, w], of all three channels alike. Larger is nearer is brighter. No case has a
tie in the rounding of its size.
"""

import json
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import diffusers
import numpy as np
import onnxruntime
import torch
from PIL import Image, ImageDraw

import diffusion_tiny as tiny
import keypoints
from diffusion import Recorder, write_pack

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "instantid"
LORA = "diffusion/lora/xl_kohya.safetensors"
sys.path.insert(0, str(ROOT / "models" / "export"))
import depth as depth_export  # noqa: E402
import export  # noqa: E402
import onnx_file  # noqa: E402

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
HALF = ([0.5] * 3, [0.5] * 3)

# The five points of the faces in the pictures of diffusion.py.
FACES = {
    "face": [[[23, 27], [41, 27], [31.5, 40.25], [25, 48], [39.5, 48]]],
    "wide": [[[39, 27], [57, 27], [47.5, 40.25], [41, 48], [55.5, 48]]],
    "pair": [[[15.25, 27], [32.75, 26.5], [23.5, 40], [17, 48], [31, 47.5]],
             [[62.5, 29.75], [79, 31], [70, 42.25], [63, 50], [76.5, 51]]],
}


def main():
    warnings.simplefilter("ignore")
    diffusers.utils.logging.set_verbosity_error()
    shutil.rmtree(GOLDEN, ignore_errors=True)
    recorder, images = Recorder(GOLDEN), draw_images()
    depths = depth_cases(recorder, images)
    for name in FACES:
        images[f"{name}_depth"] = control_picture(images[name], GOLDEN / "midas.onnx")
        images[f"{name}_depth"].save(GOLDEN / "images" / f"{name}_depth.png", optimize=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_networks(folder)
        people = token_cases(recorder, folder)
        runs(recorder, folder, images, people)
    recorder.write()
    write_lines("tokens.json", [{name: entry[name] for name in ("embedding", "image_tokens")} for entry in people])
    write_lines("depth.json", depths)


def write_lines(name, entries):
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    (GOLDEN / name).write_text(f"[\n{lines}\n]\n")


# Pictures


def draw_images():
    """The pictures by name: those of diffusion.py, two faces in one with their masks, and keypoints."""
    folder = GOLDEN / "images"
    folder.mkdir(parents=True)
    images = {name: Image.open(ROOT / "tests" / "golden" / where(name)) for name in ("face", "wide", "large")}
    pair = images["wide"].crop((24, 0, 72, 64))
    images["pair"] = Image.new("RGB", (96, 64))
    images["pair"].paste(pair, (0, 0))
    images["pair"].paste(pair.rotate(-4, Image.Resampling.BICUBIC, fillcolor=(120, 90, 60)), (46, 2))
    images["portrait"] = images["large"].crop((45, 20, 115, 104))
    x = np.mgrid[:64, :96][1]
    left = np.round(255 / (1 + np.exp((x - 47.5) / 5))).astype(np.uint8)
    images["pair_left"], images["pair_right"] = Image.fromarray(left), Image.fromarray(255 - left)
    disc = Image.new("L", (96, 64))
    ImageDraw.Draw(disc).ellipse((50, 10, 90, 60), fill=200)
    images["pair_disc"] = disc
    images["pair_rest"] = Image.fromarray(np.full((64, 96), 90, np.uint8))
    for name, faces in FACES.items():
        drawn = keypoints.draw(*images[name].size, [np.array(face, np.float32) for face in faces])
        images[f"{name}_keypoints"] = Image.fromarray(drawn)
    for name, image in images.items():
        if where(name).startswith("instantid"):
            image.save(folder / f"{name}.png", optimize=True)
    return images


def where(name):
    """The file of a picture, from tests/golden on."""
    return f"{'diffusion' if name in ('face', 'wide', 'large') else 'instantid'}/images/{name}.png"


# Depth


class TinyDepth(torch.nn.Module):
    def __init__(self, seed):
        super().__init__()
        self.into, self.out = torch.nn.Conv2d(3, 4, 5, padding=2), torch.nn.Conv2d(4, 1, 5, padding=2)
        tiny.seeded(self, seed)

    def forward(self, pixel_values):
        depth = self.out(torch.nn.functional.gelu(self.into(pixel_values)))
        return type("Estimated", (), {"predicted_depth": depth[:, 0]})


def depth_cases(recorder, images):
    networks = {
        "midas": (31, HALF, 64, 32, None, ("face", "wide", "pair")),
        "midas_square": (32, HALF, 64, 32, 64, ("face", "wide", "large")),
        "depth_anything": (33, IMAGENET, 70, 14, None, ("portrait", "large")),
    }
    cases = []
    for name, (seed, (mean, std), size, multiple, square, pictures) in networks.items():
        family = name.removesuffix("_square")
        part, file = depth_export.Depth(TinyDepth(seed), multiple, square), GOLDEN / f"{name}.onnx"
        metadata = depth_export.metadata(family, mean, std, size, multiple)
        onnx_file.write_whole(part, file, {**metadata, "license": "CC0-1.0"})
        export.hold(part, file, name)
        for picture in pictures:
            sides = [square] * 2 if square else network_size(images[picture].size, size, multiple)
            control = np.asarray(control_picture(images[picture], file))[..., 0] / 255
            cases.append({"name": f"{name}_{picture}", "graph": f"instantid/{name}.onnx", "image": where(picture),
                          "network_size": list(sides), "levels": recorder.keep_picture(control)})
    return cases


def network_size(size, shorter, multiple):
    scale = shorter / min(size)
    return tuple(max(round(side * scale / multiple), 1) * multiple for side in size)


def control_picture(image, file):
    """The picture that a depth ControlNet sees."""
    session = onnxruntime.InferenceSession(file)
    told = session.get_modelmeta().custom_metadata_map
    mean, std = (np.array(told[key].split(), np.float32) for key in ("mean", "std"))
    height, width = session.get_inputs()[0].shape[2:]
    fixed = isinstance(width, int)
    size = (width, height) if fixed else network_size(image.size, int(told["size"]), int(told["multiple"]))
    pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC), np.float32)
    pixels = ((pixels - mean) / std).transpose(2, 0, 1)[None]
    depth = session.run(None, {"pixel_values": pixels})[0][0]
    depth = np.asarray(Image.fromarray(depth).resize(image.size, Image.Resampling.BICUBIC))
    levels = np.round((depth - depth.min()) / (depth.max() - depth.min()) * 255).astype(np.uint8)
    return Image.fromarray(np.repeat(levels[..., None], 3, 2))


# Networks


def write_networks(folder):
    """The checkpoint of diffusion/xl, its ControlNets, InstantID's adapter, and what of them is new as graphs."""
    denoiser = tiny.unet_xl(12)
    tiny.write_xl(folder / "xl", denoiser)
    torch.save(tiny.instantid_adapter(15, denoiser), folder / "ip-adapter.bin")
    adapter = str(folder / "ip-adapter.bin")
    write_pack(folder / "xl", GOLDEN.name, ["unet"], "--image-adapter", adapter, golden=GOLDEN.parent)
    export.export(export.arguments([adapter, str(GOLDEN / "instantid.onnx"), "--check", "--license", "CC0-1.0"]))


def token_cases(recorder, folder):
    """Three people: their embeddings, and the tokens of zeros and of each as diffusers' own resampler makes them."""
    network, denoiser = export.open_checkpoint(folder / "ip-adapter.bin"), tiny.unet_xl(12)
    export.add_image_adapter(denoiser, folder / "ip-adapter.bin")
    people = []
    for embedding in torch.randn(3, 1, 512, generator=torch.Generator().manual_seed(16)) * 0.9:
        pair = torch.cat([torch.zeros_like(embedding), embedding])
        with torch.no_grad():
            tokens = denoiser.encoder_hid_proj([pair[:, None, None]])[0][:, 0]
            assert torch.allclose(network(pair), tokens, atol=1e-5)
        kept = {"embedding": recorder.keep(embedding), "image_tokens": recorder.keep(tokens)}
        people.append({"pair": pair, "tokens": tokens, **kept})
    return people


def pipeline(folder, controls, lora=None):
    """The pipeline with the networks that the ControlNets of a case name, and a LoRA."""
    nets = [tiny.controlnet({"a": 13, "b": 14}[control["folder"][-1]], tiny.unet_xl(12)) for control in controls]
    kind = diffusers.StableDiffusionXLControlNetImg2ImgPipeline
    pipe = kind.from_pretrained(folder / "xl", controlnet=nets)
    export.add_image_adapter(pipe.unet, folder / "ip-adapter.bin")
    if lora is not None:
        pipe.load_lora_weights(str(ROOT / "tests" / "golden" / LORA), adapter_name="kohya")
        pipe.set_adapters(["kohya"], [lora])
    return pipe


def attend_to_face(net, tokens):
    """Lets a ControlNet attend to image tokens, whatever the pipeline gives it."""
    forward = type(net).forward
    net.forward = lambda *inputs, **more: forward(net, *inputs, **(more | {"encoder_hidden_states": tokens}))


def blend(pipe, controls, faces, shares):
    """Lets the ControlNets and the UNet run for every face's tokens, and sums what the UNet says by its shares."""
    control, unet = type(pipe.controlnet).forward, type(pipe.unet).forward

    def steer(*inputs, **more):
        outputs = []
        for tokens in faces:
            for net, settings in zip(pipe.controlnet.nets, controls):
                if settings["attends"] == "face":
                    attend_to_face(net, tokens)
            outputs.append(control(pipe.controlnet, *inputs, **more))
        return tuple(zip(*outputs))

    def predict(*inputs, down_block_additional_residuals, mid_block_additional_residual, added_cond_kwargs, **more):
        said = 0
        residuals = zip(down_block_additional_residuals, mid_block_additional_residual)
        for tokens, share, (down, middle) in zip(faces, shares, residuals, strict=True):
            pipe.unet.encoder_hid_proj.forward = lambda _, tokens=tokens: [tokens[:, None]]
            said = said + share * unet(
                pipe.unet, *inputs, down_block_additional_residuals=down, mid_block_additional_residual=middle,
                added_cond_kwargs=added_cond_kwargs, **more)[0]
        return (said,)

    pipe.controlnet.forward, pipe.unet.forward = steer, predict


# Runs

SDE = ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True})
HOSTED = {"num_inference_steps": 26, "strength": 17 / 26 + 1e-6, "guidance_scale": 4.5}


def runs(recorder, folder, images, people):
    def run(name, picture="face", face=0.8, depth=None, scale=0.8, lora=None, sampler=None, masks=(), part=(0.0, 1.0),
            has_steps=False, has_picture=False, **settings):
        controls = [control("diffusion/xl_control_a", f"{picture}_keypoints", face, "face")]
        if depth is not None:
            controls.append(control("diffusion/xl_control_b", f"{picture}_depth", depth, "text", *part))
        pipe = pipeline(folder, controls, lora)
        pipe.set_ip_adapter_scale(scale)
        if sampler is not None:
            pipe.scheduler = getattr(diffusers, sampler[0]).from_config(pipe.scheduler.config, **sampler[1])
        used = slice(0 if settings.get("guidance_scale", 6.0) > 1 else 1, None)
        settings |= {"image": where(picture), "controlnets": controls, "image_token_scale": scale}
        if lora is not None:
            settings["loras"] = [{"file": LORA, "scale": lora}]
        faces = [{key: person[key] for key in ("embedding", "image_tokens")} for person in people[: max(len(masks), 1)]]
        if masks:
            shares = shared([images[mask] for mask in masks])
            blend(pipe, controls, [person["tokens"][used] for person in people[: len(masks)]], shares)
            for entry, mask, share in zip(faces, masks, shares):
                entry |= {"mask": where(mask), "share": recorder.keep(share)}
        else:
            attend_to_face(pipe.controlnet.nets[0], people[0]["tokens"][used])
        settings["faces"] = faces
        width, height = images[picture].size
        pack = {"": "diffusion/xl", "unet": "instantid/unet"}
        recorder.run(
            name, pack, pipe, settings, has_picture, has_steps, image=images[picture], width=width,
            height=height, control_image=[images[Path(each["image"]).stem] for each in controls],
            controlnet_conditioning_scale=[each["scale"] for each in controls],
            control_guidance_start=[each["start"] for each in controls],
            control_guidance_end=[each["end"] for each in controls],
            ip_adapter_image_embeds=[people[0]["pair"][used, None, None]])

    run("instantid", has_steps=True, has_picture=True)
    run("guidance_1", guidance_scale=1.0)
    run("no_negative", negative_prompt=None)
    run("identity_in_unet_alone", face=0.0)
    run("identity_in_controlnet_alone", scale=0.0)
    run("nothing", face=0.0, scale=0.0)
    run("depth", depth=0.8)
    run("depth_alone", face=0.0, scale=0.0, depth=0.5)
    run("depth_part", depth=0.5, part=(0.3, 0.7))
    run("depth_lora", depth=0.8, lora=0.7)
    run("strength_0.3", depth=0.8, strength=0.3)
    run("strength_1", depth=0.8, strength=1.0, guidance_scale=2.0)
    run("euler_karras_wide", "wide", depth=0.5, sampler=("EulerDiscreteScheduler", {"use_karras_sigmas": True}))
    run("sde", sampler=SDE)
    run("sde_guidance_1", sampler=SDE, depth=0.8, guidance_scale=1.0)
    run("hosted", face=1.0, depth=0.8, scale=1.0, lora=1.0, sampler=SDE, has_picture=True, **HOSTED)
    run("hosted_wide", "wide", face=0.5, depth=0.5, scale=0.5, lora=0.6, sampler=SDE, seed=4294967295, **HOSTED)
    halves = ["pair_left", "pair_right"]
    run("faces", "pair", masks=halves)
    run("faces_guidance_1", "pair", masks=halves, guidance_scale=1.0)
    run("faces_hosted", "pair", masks=halves, face=1.0, depth=0.8, scale=1.0, lora=1.0, sampler=SDE, has_picture=True,
        **HOSTED)
    run("three_faces", "pair", masks=[*halves, "pair_disc"], depth=0.8)
    run("faces_of_a_mask", "pair", masks=["pair_rest", "pair_disc"], depth=0.5)


def control(folder, image, scale, attends, start=0.0, end=1.0):
    return {"folder": folder, "image": where(image), "scale": scale, "start": start, "end": end, "attends": attends}


def shared(masks):
    """The masks' shares of each latent."""
    planes = [np.asarray(mask, np.float32) / 255 for mask in masks]
    means = [plane.reshape(plane.shape[0] // 8, 8, -1, 8).mean((1, 3)) for plane in planes]
    return [torch.tensor(mean / sum(means))[None, None] for mean in means]


if __name__ == "__main__":
    main()
