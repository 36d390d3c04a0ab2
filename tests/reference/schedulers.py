"""Golden numbers of src/diffusion/scheduler: every scheduler of diffusers, step by step.

Needs: Python 3.11, torch 2.15 (CPU), diffusers 0.42.1, numpy 2.4.
Run:   python tests/reference/schedulers.py          (writes tests/golden/schedulers/)

A case is a scheduler_config.json, the scheduler that takes it over, and the steps of a schedule from `begin` on. The
model is a formula that the Rust test knows too: half the scaled input and a pattern of the step and the place. Cases
stand in schedulers.json, and in schedulers.bin (32-bit little-endian floats) for each of them, one after the other:
the timesteps, the noised start, the sample after each step, and what the generator draws next. Clean sample and noise
are the first draws of the generator that the steps draw from.
"""

import json
from pathlib import Path

import diffusers
import numpy as np
import torch

GOLDEN = Path(__file__).parent.parent / "golden" / "schedulers"

KINDS = {
    "ddim": ("DDIMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler_ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "dpmpp_2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    "dpmpp_2m_sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}),
}
KARRAS = ["euler", "dpmpp_2m", "dpmpp_2m_sde", "unipc"]

SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}

# The options of the schedulers that the checkpoints come with.
CHECKPOINTS = {
    "sd15": SD | {"_class_name": "PNDMScheduler", "clip_sample": False, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None},
    "sd21": SD | {"_class_name": "DDIMScheduler", "clip_sample": False, "prediction_type": "v_prediction", "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None},
    "sdxl": SD | {"_class_name": "EulerDiscreteScheduler", "clip_sample": False, "interpolation_type": "linear", "prediction_type": "epsilon", "sample_max_value": 1.0, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "timestep_spacing": "leading", "trained_betas": None, "use_karras_sigmas": False},
    "lightning": SD | {"_class_name": "EulerDiscreteScheduler", "clip_sample": False, "interpolation_type": "linear", "prediction_type": "epsilon", "sample_max_value": 1.0, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "timestep_spacing": "trailing", "trained_betas": None, "use_karras_sigmas": False},
    "lcm": SD | {"_class_name": "LCMScheduler", "clip_sample": False, "clip_sample_range": 1.0, "dynamic_thresholding_ratio": 0.995, "original_inference_steps": 50, "prediction_type": "epsilon", "rescale_betas_zero_snr": False, "sample_max_value": 1.0, "set_alpha_to_one": True, "steps_offset": 0, "thresholding": False, "timestep_scaling": 10.0, "timestep_spacing": "leading", "trained_betas": None},
    "zero_snr": SD | {"_class_name": "EulerDiscreteScheduler", "clip_sample": False, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True, "steps_offset": 0, "timestep_spacing": "trailing"},
}


def own(kind, **options):
    return {"_class_name": KINDS[kind][0]} | SD | options


def cases():
    for checkpoint, config in CHECKPOINTS.items():
        for kind in KINDS:
            for steps, begin in [(4, 0), (20, 0), (20, 12)]:
                yield {"name": f"{checkpoint} {kind}", "config": config, "kind": kind, "steps": steps, "begin": begin}
            if kind in KARRAS and checkpoint in ["sd15", "sd21", "zero_snr"]:
                for steps, begin in [(4, 0), (20, 5)]:
                    yield {"name": f"{checkpoint} {kind} karras", "config": config, "kind": kind, "karras": True, "steps": steps, "begin": begin}

    for kind in KINDS:
        for spacing in ["leading", "linspace", "trailing"]:
            # At 48 trailing steps a stride ends on a half, and the rounding of its product decides.
            for steps in [1, 7, 48 if spacing == "trailing" else 30]:
                config = own(kind, timestep_spacing=spacing, steps_offset=1, clip_sample=False)
                yield {"name": f"{kind} {spacing}", "config": config, "kind": kind, "steps": steps, "begin": 0}
        if kind != "euler_ancestral":
            config = own(kind, prediction_type="sample", clip_sample=False)
            yield {"name": f"{kind} sample", "config": config, "kind": kind, "steps": 6, "begin": 1}

    for kind in KINDS:
        yield {"name": f"{kind} defaults", "config": {"_class_name": KINDS[kind][0]}, "kind": kind, "steps": 5, "begin": 0}

    variants = {
        "ddim": [{"clip_sample": True}, {"clip_sample": True, "clip_sample_range": 0.5, "prediction_type": "v_prediction"}, {"set_alpha_to_one": True}, {"set_alpha_to_one": False}],
        "lcm": [{"clip_sample": True}, {"original_inference_steps": 100}, {"timestep_scaling": 0.01}],
        "euler": [{"final_sigmas_type": "sigma_min"}, {"beta_schedule": "linear"}, {"beta_schedule": "squaredcos_cap_v2"}, {"use_karras_sigmas": True}],
        "dpmpp_2m": [{"final_sigmas_type": "sigma_min"}, {"solver_order": 1}, {"solver_type": "heun"}, {"euler_at_final": True, "final_sigmas_type": "sigma_min"}, {"lower_order_final": False, "final_sigmas_type": "sigma_min"}, {"use_karras_sigmas": True}, {"use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}],
        "dpmpp_2m_sde": [{"final_sigmas_type": "sigma_min"}, {"beta_schedule": "squaredcos_cap_v2"}, {"solver_order": 1}, {"solver_type": "heun"}, {"use_karras_sigmas": True, "timestep_spacing": "trailing"}],
        "unipc": [{"final_sigmas_type": "sigma_min"}, {"final_sigmas_type": "sigma_min", "lower_order_final": False}, {"solver_order": 1}, {"solver_type": "bh1", "final_sigmas_type": "sigma_min"}, {"use_karras_sigmas": True}, {"use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}],
    }
    for kind, many in variants.items():
        for options in many:
            for steps in [14, 15]:
                config = own(kind, **({"clip_sample": False, "steps_offset": 1} | options))
                name = " ".join([kind] + [f"{key}={value}" for key, value in options.items()])
                yield {"name": name, "config": config, "kind": kind, "steps": steps, "begin": 0}


SHAPE = (1, 2, 1, 3)


def model(scaled, index):
    places = np.arange(scaled.numel())
    pattern = ((places * 7 + index * 5) % 11 - 5) / np.float32(4)
    return scaled * 0.5 + torch.from_numpy(pattern.astype(np.float32)).reshape(scaled.shape)


def run(case):
    name, options = KINDS[case["kind"]]
    if "karras" in case:
        options = options | {"use_karras_sigmas": case["karras"]}
    # As a pipeline loads the checkpoint's own scheduler and then exchanges it.
    loaded = getattr(diffusers, case["config"]["_class_name"]).from_config(case["config"])
    scheduler = getattr(diffusers, name).from_config(loaded.config, **options)
    scheduler.set_timesteps(case["steps"])
    timesteps = scheduler.timesteps
    assert len(timesteps) == case["steps"]
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(case["begin"])
    case["init_noise_sigma"] = float(scheduler.init_noise_sigma)

    generator = torch.Generator().manual_seed(case["steps"])
    clean = torch.randn(SHAPE, generator=generator)
    noise = torch.randn(SHAPE, generator=generator)
    sample = scheduler.add_noise(clean, noise, timesteps[case["begin"]][None])
    results = [timesteps.numpy(), sample.numpy()]
    for index, timestep in list(enumerate(timesteps))[case["begin"] :]:
        output = model(scheduler.scale_model_input(sample, timestep), index)
        arguments = {} if case["kind"] == "unipc" else {"generator": generator}
        sample = scheduler.step(output, timestep, sample, **arguments).prev_sample
        results.append(sample.numpy())
    results.append(torch.randn(1, generator=generator).numpy())
    return [result.astype("<f4") for result in results]


def main():
    diffusers.logging.set_verbosity_error()
    lines, results = [], []
    for case in cases():
        values = run(case)
        assert all(np.isfinite(value).all() for value in values), case
        lines.append(json.dumps(case))
        results += values

    GOLDEN.mkdir(parents=True, exist_ok=True)
    body = ",\n".join(lines)
    (GOLDEN / "schedulers.json").write_text(f"[\n{body}\n]\n")
    (GOLDEN / "schedulers.bin").write_bytes(b"".join(result.tobytes() for result in results))


if __name__ == "__main__":
    main()
