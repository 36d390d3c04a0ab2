"""Seconds per step of Stable Diffusion 1.5's UNet with guidance: facekit beside diffusers with torch, in turn.

A step is the UNet on a batch of 2 (negative prompt and prompt) at 64×64 latents, the guidance and DDIM's step. The
weights are random: only the architecture in PACK/unet/config.json counts. Every program runs in a process of its own,
one after the other, ROUNDS times, and the medians over the rounds are compared, with the peak memory of the process.

Run: python benches/peers/diffusion.py PACK --facekit COMMAND [--threads 1 2] [--steps 4] [--rounds 3] [--onnxruntime]
     [--out FILE.json]
COMMAND may name {pack}, {threads} and {steps}; it prints one line of JSON with "seconds_per_step", as this script's own
peers do. --onnxruntime adds PACK/unet/model.onnx under ONNX Runtime's Python package: what facekit adds to the graph.
benches/report.py finds FILE.json as <target>/bench/diffusion.json.
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

LATENTS = 64
GUIDANCE = 7.5


def steps_with_torch(pack, threads, steps):
    import torch
    from diffusers import DDIMScheduler, UNet2DConditionModel

    torch.set_num_threads(threads)
    config = UNet2DConditionModel.load_config(pack / "unet")
    unet = UNet2DConditionModel.from_config(config).eval()

    def predict(sample, timestep, states):
        with torch.no_grad():
            return unet(torch.from_numpy(sample), float(timestep), torch.from_numpy(states)).sample.numpy()

    return run_steps(predict, DDIMScheduler.from_pretrained(pack / "scheduler"), config, steps)


def steps_with_onnxruntime(pack, threads, steps):
    import numpy as np
    import onnxruntime
    from diffusers import DDIMScheduler

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(pack / "unet" / "model.onnx", options, providers=["CPUExecutionProvider"])
    zeros = {i.name: np.zeros((1, 1, 1, 1), np.float32) for i in session.get_inputs() if "residual" in i.name}

    def predict(sample, timestep, states):
        inputs = {"sample": sample, "timestep": np.array([timestep], np.float32), "encoder_hidden_states": states}
        return session.run(["out_sample"], inputs | zeros)[0]

    config = json.loads((pack / "unet" / "config.json").read_text())
    return run_steps(predict, DDIMScheduler.from_pretrained(pack / "scheduler"), config, steps)


def run_steps(predict, scheduler, config, steps):
    """The seconds of every step; the first, which warms up, is left out."""
    import numpy as np
    import torch

    generator = np.random.default_rng(0)
    latents = generator.standard_normal((1, config["in_channels"], LATENTS, LATENTS), np.float32)
    states = generator.standard_normal((2, 77, config["cross_attention_dim"]), np.float32)
    scheduler.set_timesteps(steps + 1)
    seconds = []
    for timestep in scheduler.timesteps:
        start = time.perf_counter()
        without, toward = predict(np.concatenate([latents, latents]), int(timestep), states)[:, None]
        guided = torch.from_numpy(without + GUIDANCE * (toward - without))
        latents = scheduler.step(guided, timestep, torch.from_numpy(latents)).prev_sample.numpy()
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
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        seconds = PEERS[options.peer](options.pack, options.threads[0], options.steps)
        print(json.dumps({"seconds_per_step": statistics.median(seconds)}))
        return
    rows = []
    for threads in options.threads:
        values = {"pack": options.pack, "threads": threads, "steps": options.steps}
        own = [sys.executable, __file__, str(options.pack), "--threads", str(threads), "--steps", str(options.steps)]
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
        note = "Seconds per step of SD 1.5's UNet with guidance at 64×64 latents; facekit's may be 0.8 of torch's at most."
        heads = ["program", "#threads", "#s per step", "rounds", "#of torch's", "#peak GB"]
        options.out.write_text(json.dumps({"note": note, "heads": heads, "rows": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
