"""Pictures as tensors of RGB in −1..1: made of BGR bytes, made into them, compared."""
import numpy as np
import torch

from degrade import to_bytes


def tensor(images):
    """BGR pictures of one size in 0..255 to RGB [n, 3, h, w] in −1..1."""
    stack = np.stack(images)[..., ::-1].astype(np.float32)
    return torch.from_numpy(stack / 127.5 - 1).permute(0, 3, 1, 2).contiguous()


def pixels(output):
    """RGB [3, h, w] in −1..1, a numpy array, to BGR uint8 [h, w, 3]."""
    return to_bytes((output[::-1].transpose(1, 2, 0) + 1) * 127.5)


def psnr(a, b):
    """Mean PSNR in dB of pictures [n, 3, h, w]; `a` is cut to −1..1."""
    return (10 * torch.log10(4 / ((a.clamp(-1, 1) - b) ** 2).mean((1, 2, 3)))).mean().item()
