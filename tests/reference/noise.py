"""Golden numbers of the generator in src/diffusion/noise.rs: what torch.randn draws on the CPU.

Needs: Python 3.11, torch 2.15 (CPU; its vectorised kernels, so a machine with AVX2).
Run:   python tests/reference/noise.py          (writes tests/golden/noise/)

A case is a seed and the shapes that are drawn one after the other from one generator: cases in noise.json, and their
values one after the other in noise.bin (32-bit little-endian floats).
"""

import json
from pathlib import Path

import torch

GOLDEN = Path(__file__).parent.parent / "golden" / "noise"

SEEDS = [0, 1, 42, 5489, 123456789, 2**31, 2**32 - 1, 2**32, 2**32 + 42, 2**53 + 1, 2**63, 2**64 - 1]

CALLS = [
    [[1]],
    [[15]],
    [[16]],
    [[17]],
    [[31], [32], [33]],
    [[1], [1], [1], [2], [3]],
    [[3], [16], [3], [20], [2, 2], [5]],
    [[0], [1], [0, 16], [1]],
    [[], [4, 4], [], [1, 4, 3, 3]],
    [[1, 4, 8, 8], [1, 4, 8, 8]],
    [[1, 4, 5, 7], [7], [1, 4, 5, 7]],
    [[2, 4, 3, 5], [1, 1, 1, 1], [639]],
]


def main():
    cases = [{"seed": seed, "shapes": [[1, 4, 3, 3], [3], [2, 4, 4]]} for seed in SEEDS]
    cases += [{"seed": 1000 + i, "shapes": shapes} for i, shapes in enumerate(CALLS)]
    values = []
    for case in cases:
        generator = torch.Generator().manual_seed(case["seed"])
        values += [torch.randn(shape, generator=generator).numpy() for shape in case["shapes"]]

    GOLDEN.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (GOLDEN / "noise.json").write_text(f"[\n{lines}\n]\n")
    (GOLDEN / "noise.bin").write_bytes(b"".join(value.astype("<f4").tobytes() for value in values))


if __name__ == "__main__":
    main()
