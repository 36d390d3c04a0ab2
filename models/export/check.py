"""Runs written graphs in ONNX Runtime beside the network in PyTorch that they were traced from."""

import numpy as np
import onnxruntime
import torch

SIZES = [dict(batch=1, height=8, width=8), dict(batch=2, height=12, width=7)]


def largest_difference(part, path):
    """The largest difference of all outputs on random inputs, over the largest number that PyTorch gives."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for size in SIZES:
        torch.manual_seed(0)
        inputs = part.inputs(**size)
        with torch.no_grad():
            expected = part(*inputs.values())
        expected = [expected] if isinstance(expected, torch.Tensor) else expected
        outputs = session.run(list(part.outputs), {name: value.numpy() for name, value in inputs.items()})
        for name, wanted, got in zip(part.outputs, expected, outputs, strict=True):
            wanted = wanted.float().numpy()
            if wanted.shape != got.shape:
                raise SystemExit(f"{path}: {name} is {got.shape}, but {wanted.shape} in PyTorch")
            scale = max(np.abs(wanted).max(), 1e-3)
            largest = max(largest, float(np.abs(wanted - got.astype(np.float32)).max() / scale))
    return largest
