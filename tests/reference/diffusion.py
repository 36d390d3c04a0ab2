"""Golden runs of diffusers' own pipelines on tiny checkpoints with random weights, for the tests of detail and refine.

Makes tests/golden/diffusion:
- sd1/ and xl/, whole packs as models/export writes them; inpaint/, sd2/, lcm/, adapter/ and half/ (float16), the parts
  in which a pack differs from sd1; control/, xl_control_a/ and xl_control_b/, ControlNets; lora/, LoRA files; images/, pictures;
- cases.json, every case with what diffusers was given, and latents.bin (little-endian float32) and pictures.bin
  (8-bit RGB, row by row), to whose places the cases point by offset in bytes and shape.
Packages: diffusers 0.42.1, transformers 5.23, torch 2.15 (CPU), peft 0.21, numpy 2.4, pillow 13, and models/export's.
Run: python tests/reference/diffusion.py            (all packs and cases, about a minute on one core)

In a case, `num_inference_steps` and `strength` are diffusers': of the schedule the last int(steps · strength) run
(`steps_run`). All networks and latents are float32, and all noise comes from torch.Generator().manual_seed(seed) on the
CPU, batch 1, drawn in this order (diffusers 0.42.1):
- img2img (StableDiffusion[XL]Img2ImgPipeline.prepare_latents, the ControlNet pipelines alike): the sample of the VAE
  encoder's distribution, mean + std · randn(1, 4, h, w); then the noise, randn(1, 4, h, w), that add_noise mixes in.
- inpaint, 4 channels (StableDiffusionInpaintPipeline.prepare_latents, then prepare_mask_latents): the VAE sample of the
  picture; the noise; then the VAE sample of the masked picture, which is drawn though nothing uses it.
- inpaint, 9 channels: the VAE sample of the picture and the noise, or at strength 1 the noise alone, which is then the
  start, times init_noise_sigma; then the VAE sample of the masked picture.
- each step, after all of these, of Euler ancestral, DPM++ 2M SDE and LCM: randn(1, 4, h, w). LCM draws none in its last
  step. DDIM has eta 0 and draws none; Euler draws none with s_churn 0. DPM++ 2M SDE draws in its last step too.
Guidance: the batch of a step is the negative prompt's, then the prompt's; one run without either at guidance ≤ 1.
Masks: VaeImageProcessor makes them grey, then binary (≥ 0.5 is 1), so a soft mask is cut at one half; 1 is painted anew.
The masked picture is the picture (−1 to 1) where the mask is under 0.5, and 0 elsewhere. To latents the mask is scaled
by nearest neighbour. With 4 channels every step ends in (1 − mask) · (picture's latents, noised for the next timestep
with the first noise) + mask · latents; after the last step the picture's latents come without noise.
ControlNets: one runs in step i of n unless i/n < start or (i + 1)/n > end; residuals of several are summed.
Prompts: SDXL without a negative prompt (null, as force_zeros_for_empty_prompt asks) takes zeros for its embeddings and
pooled embedding; with an empty one ("") it encodes that. SD 1 and 2 take "" for null. `embeddings` are
encode_prompt's: of the prompt, the negative prompt, and for SDXL the pooled ones of both.
SDXL time_ids: original height and width, crop 0 0, target height and width (requires_aesthetics_score is false).
"""

import json
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import diffusers
import numpy as np
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file

import diffusion_tiny as tiny

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "diffusion"
sys.path.insert(0, str(ROOT / "models" / "export"))
import export  # noqa: E402

PROMPT = "close up portrait of a smiling woman, freckles, detailed eyes"
NEGATIVE = "blurry, low quality, deformed"
EXTRAS = dict(safety_checker=None, feature_extractor=None, requires_safety_checker=False)

# Our name of a sampler, diffusers' class, its options and whether it has Karras' sigmas.
SAMPLERS = {
    "ddim": ("DDIMScheduler", {}, False),
    "euler": ("EulerDiscreteScheduler", {}, True),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}, False),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {}, True),
    "dpmpp_2m_sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}, True),
    "unipc": ("UniPCMultistepScheduler", {}, True),
    "lcm": ("LCMScheduler", {}, False),
}


class Recorder:
    """Runs the cases and gathers their results, for a folder of their own."""

    def __init__(self, folder=GOLDEN):
        self.folder = folder
        self.cases, self.latents, self.pictures = [], bytearray(), bytearray()

    def run(self, name, pack, pipe, settings, has_picture=True, has_steps=False, **inputs):
        """`settings` go into cases.json and, those that diffusers knows, to the pipeline; `inputs` only to it."""
        steps = []

        def after_step(pipe, i, timestep, values):
            steps.append(values["latents"].clone())
            return values

        settings = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "guidance_scale": 6.0, "strength": 0.5,
                    "num_inference_steps": 10, "seed": 7} | settings
        known = ("prompt", "negative_prompt", "guidance_scale", "strength", "num_inference_steps", "clip_skip")
        pipe.set_progress_bar_config(disable=True)
        call = {key: settings[key] for key in known if settings.get(key) is not None} | inputs
        if "prompt_embeds" in call:
            del call["prompt"], call["negative_prompt"]
        with torch.no_grad():
            latents = pipe(**call, generator=torch.Generator().manual_seed(settings["seed"]), output_type="latent",
                           callback_on_step_end=after_step).images
            case = {"name": name, "pack": pack, **settings, "steps_run": len(steps)}
            case["scheduler"] = {"_class_name": type(pipe.scheduler).__name__, **changed(pipe.scheduler)}
            case["latents"] = self.keep(latents)
            if has_steps:
                encoded = pipe.encode_prompt(settings["prompt"], device="cpu", num_images_per_prompt=1,
                                             do_classifier_free_guidance=True, negative_prompt=settings["negative_prompt"])
                case["embeddings"] = [self.keep(value) for value in encoded]
                case["steps"] = [self.keep(step) for step in steps]
            if has_picture:
                picture = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
                case["picture"] = self.keep_picture(pipe.image_processor.postprocess(picture, "np")[0])
        assert torch.isfinite(latents).all()
        print(f"{name}: {len(steps)} steps, latents to {latents.abs().max():.2f}")
        self.cases.append(case)

    def keep(self, tensor):
        place = {"offset": len(self.latents), "shape": list(tensor.shape)}
        self.latents += tensor.float().contiguous().numpy().astype("<f4").tobytes()
        return place

    def keep_picture(self, picture):
        levels = np.round(picture * 255).astype(np.uint8)
        place = {"offset": len(self.pictures), "shape": list(levels.shape)}
        self.pictures += levels.tobytes()
        return place

    def write(self):
        (self.folder / "latents.bin").write_bytes(self.latents)
        (self.folder / "pictures.bin").write_bytes(self.pictures)
        lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in self.cases)
        (self.folder / "cases.json").write_text(f"[\n{lines}\n]\n")


def changed(scheduler):
    """The options of a scheduler that are not the defaults of its class."""
    defaults = type(scheduler)().config
    return {key: value for key, value in scheduler.config.items()
            if key in defaults and not key.startswith("_") and defaults[key] != value}


# Pictures


def draw_images():
    """Face-like pictures of three sizes, and masks and control pictures for the two smaller ones, by name."""
    folder = GOLDEN / "images"
    folder.mkdir(parents=True)
    images = {}
    for name, (width, height) in {"face": (64, 64), "wide": (96, 64), "large": (160, 128)}.items():
        y, x = np.mgrid[:height, :width]
        waves = [127 + 90 * np.sin(x / 9 + c) * np.cos(y / 7 - c) for c in range(3)]
        image = Image.fromarray(np.stack(waves, -1).astype(np.uint8))
        draw = ImageDraw.Draw(image)
        left = width // 2
        draw.ellipse((left - 22, 6, left + 22, 60), fill=(214, 168, 140))
        for side in (-9, 9):
            draw.ellipse((left + side - 5, 24, left + side + 5, 30), fill=(250, 250, 250))
            draw.ellipse((left + side - 2, 25, left + side + 2, 29), fill=(60, 90, 40))
        draw.line((left, 30, left - 3, 40, left + 2, 41), fill=(150, 100, 80), width=2)
        draw.arc((left - 10, 38, left + 10, 52), 20, 160, fill=(170, 50, 60), width=3)
        images[name] = image
        if name == "large":
            continue
        edges = np.abs(np.diff(np.asarray(image.convert("L")).astype(int), axis=1, prepend=0)) > 24
        images[f"{name}_edges"] = Image.fromarray(np.repeat(edges[..., None], 3, 2).astype(np.uint8) * 255)
        depth = np.hypot((x - left) / width, (y - 34) / height)
        images[f"{name}_depth"] = Image.fromarray(np.repeat((255 * (1 - depth))[..., None], 3, 2).astype(np.uint8))
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).ellipse((left - 15, 13, left + 18, 51), fill=255)
        images[f"{name}_mask"] = mask
        soft = 255 / (1 + np.exp((np.hypot(x - left - 1, (y - 31) * 0.9) - 18) / 4))
        images[f"{name}_soft_mask"] = Image.fromarray(soft.astype(np.uint8))
    for name, image in images.items():
        image.save(folder / f"{name}.png", optimize=True)
    return images


# Packs


def write_pack(checkpoint, name, parts=None, *options, golden=GOLDEN):
    """Exports a checkpoint, whole or those of its parts that differ from sd1's, and checks it against PyTorch."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / name
        export.export(export.arguments([str(checkpoint), str(out), "--check", "--license", "CC0-1.0", *options]))
        for part in parts or ["."]:
            shutil.copytree(out / part, golden / name / part)


def main():
    warnings.simplefilter("ignore")
    diffusers.utils.logging.set_verbosity_error()
    shutil.rmtree(GOLDEN, ignore_errors=True)
    recorder, images = Recorder(), draw_images()
    with tempfile.TemporaryDirectory() as folder:
        for cases in (sd1_cases, sd2_cases, lcm_cases, adapter_cases, control_cases, xl_cases):
            cases(Path(folder), recorder, images)
    recorder.write()


def sd1_cases(folder, recorder, images):
    tiny.write_sd1(folder / "sd1", tiny.unet(3))
    write_pack(folder / "sd1", "sd1")
    write_pack(folder / "sd1", "half", ["text_encoder", "unet"], "--fp16")
    pipe = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder / "sd1", **EXTRAS)
    pack = {"": "sd1"}
    recorder.run("sd1", pack, pipe, {"image": "face"}, has_steps=True, image=images["face"])
    recorder.run("sd1_wide", pack, pipe, {"image": "wide", "seed": 123456789012}, image=images["wide"])
    recorder.run("sd1_guidance_1", pack, pipe, {"image": "face", "guidance_scale": 1.0}, image=images["face"])
    recorder.run("sd1_no_negative", pack, pipe, {"image": "face", "negative_prompt": None}, image=images["face"])
    recorder.run("sd1_strength_0.9", pack, pipe, {"image": "face", "strength": 0.9}, image=images["face"])
    long = {"image": "face", "prompt": ", ".join([PROMPT] * 9)}
    recorder.run("sd1_long_prompt", pack, pipe, long, image=images["face"], **in_chunks(pipe, long["prompt"], NEGATIVE))
    pipe.vae.enable_tiling()
    recorder.run("sd1_tiled", pack, pipe, {"image": "large"}, image=images["large"])
    pipe.vae.disable_tiling()
    # diffusers 0.42.1 looks for the last norm where transformers 4 had it.
    pipe.text_encoder.__dict__["text_model"] = pipe.text_encoder
    recorder.run("sd1_clip_skip", pack, pipe, {"image": "face", "clip_skip": 1}, image=images["face"])

    schedulers(recorder, images, pack, pipe)
    lora_cases(recorder, images, "sd1", diffusers.StableDiffusionImg2ImgPipeline, folder / "sd1")

    pipe = diffusers.StableDiffusionInpaintPipeline.from_pretrained(folder / "sd1", **EXTRAS)
    inpaint(recorder, images, "inpaint_4", pack, pipe)
    tiny.write_sd1(folder / "inpaint", tiny.unet(5, in_channels=9), kind="StableDiffusionInpaintPipeline")
    write_pack(folder / "inpaint", "inpaint", ["unet"])
    pipe = diffusers.StableDiffusionInpaintPipeline.from_pretrained(folder / "inpaint", **EXTRAS)
    inpaint(recorder, images, "inpaint_9", {"": "sd1", "unet": "inpaint/unet"}, pipe)


def in_chunks(pipe, *prompts):
    """What the UNet attends to for prompts of any length: 75 tokens at a time, the shorter filled up with empty chunks.

    diffusers cuts a prompt at 77 tokens; the web UI and Compel go on so.
    """
    tokenizer = pipe.tokenizer
    start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    ids = [tokenizer(prompt, add_special_tokens=False, truncation=False).input_ids for prompt in prompts]
    count = max(1, *(-(-len(each) // 75) for each in ids))
    embeds = []
    for each in ids:
        chunks = [each[75 * i : 75 * (i + 1)] for i in range(count)]
        rows = [[start, *chunk, end] + [tokenizer.pad_token_id] * (75 - len(chunk)) for chunk in chunks]
        with torch.no_grad():
            states = pipe.text_encoder(torch.tensor(rows)).last_hidden_state
        embeds.append(states.flatten(0, 1).unsqueeze(0))
    return dict(zip(("prompt_embeds", "negative_prompt_embeds"), embeds))


def inpaint(recorder, images, name, pack, pipe):
    for mask in ("mask", "soft_mask"):
        settings = {"image": "face", "mask": f"face_{mask}"}
        recorder.run(f"{name}_{mask}", pack, pipe, settings, has_steps=mask == "mask", image=images["face"],
                     mask_image=images[settings["mask"]], width=64, height=64)
    original = pipe.scheduler
    pipe.scheduler = type(original).from_config(original.config, prediction_type="v_prediction")
    settings = {"image": "face", "mask": "face_mask", "strength": 1.0}
    recorder.run(f"{name}_strength_1", pack, pipe, settings, image=images["face"], mask_image=images["face_mask"],
                 width=64, height=64)
    pipe.scheduler = original
    settings = {"image": "face", "mask": "face_mask", "loras": with_lora(pipe, "sd1")}
    recorder.run(f"{name}_lora", pack, pipe, settings, image=images["face"], mask_image=images["face_mask"], width=64,
                 height=64)
    pipe.unload_lora_weights()
    pipe.scheduler = diffusers.EulerAncestralDiscreteScheduler.from_config(original.config)
    recorder.run(f"{name}_euler_ancestral", pack, pipe, {"image": "wide", "mask": "wide_mask", "sampler": "euler_ancestral"},
                 image=images["wide"], mask_image=images["wide_mask"], width=96, height=64)


def schedulers(recorder, images, pack, pipe):
    """Every scheduler, as one that takes over the configuration of the pack's own."""
    original = pipe.scheduler
    for sampler, (kind, options, karras) in SAMPLERS.items():
        for prediction in ("epsilon", "v_prediction"):
            for use_karras in (False, True) if karras else (False,):
                changes = options | {"prediction_type": prediction}
                if karras:
                    changes["use_karras_sigmas"] = use_karras
                pipe.scheduler = getattr(diffusers, kind).from_config(original.config, **changes)
                for steps in (8, 40):
                    name = f"{sampler}{'_karras' * use_karras}_{prediction}_{steps // 2}"
                    settings = {"image": "face", "strength": 0.5, "num_inference_steps": steps, "guidance_scale": 2.0,
                                "sampler": sampler, "karras": use_karras}
                    recorder.run(name, pack, pipe, settings, has_picture=False, image=images["face"])
    pipe.scheduler = original


def lora_cases(recorder, images, base, kind, checkpoint):
    """A LoRA in kohya's format, one in diffusers', and both at once with scales."""
    pack = {"": base}
    files = {"kohya": GOLDEN / "lora" / f"{base}_kohya.safetensors",
             "diffusers": GOLDEN / "lora" / f"{base}_diffusers.safetensors"}
    for names, scales in ((["kohya"], [0.8]), (["diffusers"], [1.0]), (["kohya", "diffusers"], [0.7, -0.5])):
        pipe = kind.from_pretrained(checkpoint, **(EXTRAS if base == "sd1" else {}))
        if not files["kohya"].exists():
            tiny.write_loras(pipe, files["kohya"], files["diffusers"])
        loras = [{"file": f"lora/{files[name].name}", "scale": scale} for name, scale in zip(names, scales)]
        for name in names:
            pipe.load_lora_weights(str(files[name]), adapter_name=name)
        pipe.set_adapters(names, scales)
        recorder.run(f"{base}_lora_{'_'.join(names)}", pack, pipe, {"image": "face", "loras": loras}, image=images["face"])


def with_lora(pipe, base):
    """A pipeline with the LoRA in kohya's format, and what a case says of it."""
    pipe.load_lora_weights(str(GOLDEN / "lora" / f"{base}_kohya.safetensors"), adapter_name="kohya")
    pipe.set_adapters(["kohya"], [0.8])
    return [{"file": f"lora/{base}_kohya.safetensors", "scale": 0.8}]


def sd2_cases(folder, recorder, images):
    tiny.write_sd1(folder / "sd2", tiny.unet_sd2(6), tiny.scheduler_sd2())
    write_pack(folder / "sd2", "sd2", ["unet", "scheduler"])
    pack = {"": "sd1", "unet": "sd2/unet", "scheduler": "sd2/scheduler"}
    pipe = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder / "sd2", **EXTRAS)
    recorder.run("sd2", pack, pipe, {"image": "face"}, image=images["face"])
    recorder.run("sd2_strength_1", pack, pipe, {"image": "face", "strength": 1.0}, image=images["face"])


def lcm_cases(folder, recorder, images):
    scheduler = diffusers.LCMScheduler(**tiny.SD1, set_alpha_to_one=True, steps_offset=1)
    tiny.write_sd1(folder / "lcm", tiny.unet(7, time_cond_proj_dim=16), scheduler)
    write_pack(folder / "lcm", "lcm", ["unet", "scheduler"])
    pack = {"": "sd1", "unet": "lcm/unet", "scheduler": "lcm/scheduler"}
    pipe = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder / "lcm", **EXTRAS)
    settings = {"image": "face", "num_inference_steps": 8, "guidance_scale": 7.5}
    recorder.run("lcm", pack, pipe, settings, image=images["face"])


def adapter_cases(folder, recorder, images):
    denoiser = tiny.unet(8)
    tiny.write_sd1(folder / "adapter", denoiser)
    save_file(tiny.image_adapter(9, denoiser), folder / "adapter.safetensors")
    write_pack(folder / "adapter", "adapter", ["unet"], "--image-adapter", str(folder / "adapter.safetensors"))
    pack = {"": "sd1", "unet": "adapter/unet"}
    pipe = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder / "adapter", **EXTRAS)
    recorder.run("adapter_none", pack, pipe, {"image": "face"}, image=images["face"])
    export.add_image_adapter(pipe.unet, folder / "adapter.safetensors")
    embedding = torch.randn(1, 1, 24, generator=torch.Generator().manual_seed(10))
    embeddings = torch.cat([torch.zeros_like(embedding), embedding])
    with torch.no_grad():
        tokens = pipe.unet.encoder_hid_proj([embeddings])[0].flatten(1, 2)
    for scale in (0.6, 1.0):
        pipe.set_ip_adapter_scale(scale)
        adapter = {"image_token_scale": scale, "image_tokens": recorder.keep(tokens)}
        recorder.run(f"adapter_{scale}", pack, pipe, {"image": "face", **adapter}, image=images["face"],
                     ip_adapter_image_embeds=[embeddings])


def control_cases(folder, recorder, images):
    tiny.write_sd1(folder / "control_base", tiny.unet(3))
    net = controlnet(folder, "control", 11, tiny.unet(3))
    pipe = diffusers.StableDiffusionControlNetImg2ImgPipeline.from_pretrained(
        folder / "control_base", controlnet=net, **EXTRAS)
    controlled(recorder, images, "sd1_control", {"": "sd1"}, pipe, [("control", "face_edges", 0.8, 0.0, 1.0)])


def xl_cases(folder, recorder, images):
    tiny.write_xl(folder / "xl", tiny.unet_xl(12))
    write_pack(folder / "xl", "xl")
    pack, kind = {"": "xl"}, diffusers.StableDiffusionXLImg2ImgPipeline
    pipe = kind.from_pretrained(folder / "xl")
    recorder.run("xl", pack, pipe, {"image": "face"}, has_steps=True, image=images["face"])
    recorder.run("xl_wide", pack, pipe, {"image": "wide"}, image=images["wide"])
    recorder.run("xl_no_negative", pack, pipe, {"image": "face", "negative_prompt": None}, image=images["face"])
    recorder.run("xl_empty_negative", pack, pipe, {"image": "face", "negative_prompt": ""}, image=images["face"])
    recorder.run("xl_guidance_1", pack, pipe, {"image": "face", "guidance_scale": 1.0}, image=images["face"])
    recorder.run("xl_clip_skip", pack, pipe, {"image": "face", "clip_skip": 1}, image=images["face"])
    lora_cases(recorder, images, "xl", kind, folder / "xl")
    pipe = diffusers.StableDiffusionXLInpaintPipeline.from_pretrained(folder / "xl")
    recorder.run("xl_inpaint", pack, pipe, {"image": "face", "mask": "face_mask"}, image=images["face"],
                 mask_image=images["face_mask"], width=64, height=64)

    nets = [controlnet(folder, f"xl_control_{name}", seed, tiny.unet_xl(12)) for name, seed in (("a", 13), ("b", 14))]
    kind = diffusers.StableDiffusionXLControlNetImg2ImgPipeline
    pipe = kind.from_pretrained(folder / "xl", controlnet=nets[0])
    first, second = ("xl_control_a", "face_edges", 0.8, 0.0, 1.0), ("xl_control_b", "face_depth", 0.6, 0.2, 0.8)
    controlled(recorder, images, "xl_control", pack, pipe, [first])
    controlled(recorder, images, "xl_control_part", pack, pipe, [(*first[:3], 0.3, 0.7)])
    controlled(recorder, images, "xl_control_lora", pack, pipe, [first], loras=with_lora(pipe, "xl"))
    pipe = kind.from_pretrained(folder / "xl", controlnet=nets)
    controlled(recorder, images, "xl_control_two", pack, pipe, [first, second])
    controlled(recorder, images, "xl_control_two_lora", pack, pipe, [first, second], loras=with_lora(pipe, "xl"))


def controlnet(folder, name, seed, denoiser):
    net = tiny.controlnet(seed, denoiser)
    net.save_pretrained(folder / name)
    write_pack(folder / name, name)
    return net


def controlled(recorder, images, name, pack, pipe, nets, **more):
    keys = ("folder", "image", "scale", "start", "end")
    settings = {"image": "face", "controlnets": [dict(zip(keys, net)) for net in nets]} | more
    folders, pictures, scales, starts, ends = zip(*nets)
    one = len(nets) == 1
    recorder.run(
        name, pack, pipe, settings, image=images["face"], width=64, height=64,
        control_image=images[pictures[0]] if one else [images[picture] for picture in pictures],
        controlnet_conditioning_scale=scales[0] if one else list(scales),
        control_guidance_start=starts[0] if one else list(starts), control_guidance_end=ends[0] if one else list(ends),
    )


if __name__ == "__main__":
    main()
