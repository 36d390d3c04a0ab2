"""Seconds per step of a Stable Diffusion UNet with guidance: facekit beside diffusers with torch, in turn.

A step is the UNet on a batch of 2 (negative prompt and prompt) at the latents that the model was made for, 64×64 or for
XL 128×128, the guidance and a step of the pack's scheduler. The weights are random: only the architecture in
PACK/unet/config.json counts. Every program runs in a process of its own, one after the other, ROUNDS times, and the medians
over the rounds are compared, with the peak memory of the process.

Run: python benches/peers/diffusion.py PACK --facekit COMMAND [--threads 1 2] [--steps 4] [--rounds 3] [--onnxruntime]
     [--device cuda] [--out FILE.json]
COMMAND may name {pack}, {threads}, {steps} and {device}; it prints one line of JSON with "seconds_per_step", as this
script's own peers do. --onnxruntime adds PACK/unet/model.onnx under ONNX Runtime's Python package: what facekit adds to the
graph. With --device cuda torch runs there in half precision, as the pack then should be. benches/report.py finds FILE.json
as <target>/bench/diffusion.json.
Packages: models/export/requirements.txt.
"""

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import time
from pathlib import Path

GUIDANCE = 7.5


def steps_with_torch(options):
    import torch
    from diffusers import UNet2DConditionModel

    torch.set_num_threads(options.threads[0])
    number = torch.float32 if options.device == "cpu" else torch.float16
    config = UNet2DConditionModel.load_config(options.pack / "unet")
    unet = UNet2DConditionModel.from_config(config).eval().to(options.device, number)

    @torch.no_grad()
    def predict(sample, timestep, states, added):
        given = {key: torch.from_numpy(value).to(options.device, number) for key, value in added.items()}
        states = torch.from_numpy(states).to(options.device, number)
        return unet(sample.to(number), timestep, states, added_cond_kwargs=given or None).sample.float()

    return run_steps(predict, config, options)


def steps_with_onnxruntime(options):
    import numpy as np
    import onnxruntime
    import torch

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads[0]
    provider = "CPUExecutionProvider" if options.device == "cpu" else "CUDAExecutionProvider"
    session = onnxruntime.InferenceSession(options.pack / "unet" / "model.onnx", settings, providers=[provider])
    types = {i.name: np.float16 if "float16" in i.type else np.float32 for i in session.get_inputs()}
    zeros = {name: np.zeros((1, 1, 1, 1), kind) for name, kind in types.items() if "residual" in name}

    def predict(sample, timestep, states, added):
        inputs = {"sample": sample.cpu().numpy(), "timestep": np.array([timestep]), "encoder_hidden_states": states, **added}
        inputs = {name: value.astype(types[name]) for name, value in inputs.items()}
        return torch.from_numpy(session.run(["out_sample"], inputs | zeros)[0]).float().to(options.device)

    return run_steps(predict, json.loads((options.pack / "unet" / "config.json").read_text()), options)


def run_steps(predict, config, options):
    """The seconds of every step; the first, which warms up, is left out."""
    import diffusers
    import numpy as np
    import torch

    name = json.loads((options.pack / "scheduler" / "scheduler_config.json").read_text())["_class_name"]
    scheduler = getattr(diffusers, name).from_pretrained(options.pack / "scheduler")
    generator, side = np.random.default_rng(0), config["sample_size"]
    latents = torch.from_numpy(generator.standard_normal((1, config["in_channels"], side, side), np.float32))
    latents = latents.to(options.device)
    states = generator.standard_normal((2, 77, config["cross_attention_dim"]), np.float32)
    added = {}
    if config.get("addition_embed_type") == "text_time":
        width = config["projection_class_embeddings_input_dim"] - 6 * config["addition_time_embed_dim"]
        sizes = np.tile(np.float32([8 * side, 8 * side, 0, 0, 8 * side, 8 * side]), (2, 1))
        added = {"text_embeds": generator.standard_normal((2, width), np.float32), "time_ids": sizes}
    scheduler.set_timesteps(options.steps + 1)
    seconds = []
    for timestep in scheduler.timesteps:
        start = time.perf_counter()
        sample = scheduler.scale_model_input(latents, timestep)
        without, toward = predict(torch.cat([sample, sample]), float(timestep), states, added)[:, None]
        guided = without + GUIDANCE * (toward - without)
        latents = scheduler.step(guided, timestep, latents).prev_sample
        if options.device != "cpu":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return seconds[1:]


PEERS = {"torch": steps_with_torch, "onnxruntime": steps_with_onnxruntime}


def measure(command):
    """Runs a command: its seconds per step, and the largest memory that it held, in GB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{shlex.join(command)}: failed with status {status}")
    results = [json.loads(line) for line in lines if line.startswith("{")]
    return results[-1]["seconds_per_step"], usage.ru_maxrss / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--facekit", metavar="COMMAND")
    parser.add_argument("--onnxruntime", action="store_true")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        seconds = PEERS[options.peer](options)
        print(json.dumps({"seconds_per_step": statistics.median(seconds)}))
        return
    rows = []
    for threads in options.threads:
        values = {"pack": options.pack, "threads": threads, "steps": options.steps, "device": options.device}
        own = [sys.executable, __file__, str(options.pack), "--device", options.device, "--threads", str(threads),
               "--steps", str(options.steps)]
        commands = {"facekit": [word.format(**values) for word in shlex.split(options.facekit)]} if options.facekit else {}
        commands |= {"torch": [*own, "--peer", "torch"]}
        if options.onnxruntime:
            commands |= {"onnxruntime": [*own, "--peer", "onnxruntime"]}
        results = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                results[name].append(measure(command))
        torch = statistics.median(seconds for seconds, _ in results["torch"])
        for name, rounds in results.items():
            seconds, memory = (statistics.median(column) for column in zip(*rounds))
            spread = ", ".join(f"{second:.2f}" for second, _ in rounds)
            print(f"{threads} threads  {name:12} {seconds:7.2f} s/step ({spread})  peak {memory:.2f} GB", flush=True)
            rows.append([name, threads, f"{seconds:.2f}", spread, f"{seconds / torch:.2f}", f"{memory:.2f}"])
    if options.out:
        limit = 0.8 if options.device == "cpu" else 1.0
        note = f"Seconds per step of {options.pack.name}'s UNet with guidance; facekit's may be {limit} of torch's at most."
        heads = ["program", "#threads", "#s per step", "rounds", "#of torch's", "#peak GB"]
        options.out.write_text(json.dumps({"note": note, "heads": heads, "rows": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
