"""What a face's vector tells of its look: a linear guess, solved in closed form.

Faces are bent to one mean shape, as in active appearance models (T. F. Cootes et al., 1998); the
fine grey texture there is regressed on the recognizer's vector (ridge), and the guess is kept in
`RANK` principal components. The swapper starts from that guess, since a vector of 128 numbers from
a few hundred people teaches a deep network little that is true of others.
"""
import cv2
import numpy as np
import torch

from swapper import RANK, TEXTURE
from transplant import SOFT, bent, skin

RIDGE, CONTRAST = 1., 10.
"""Strength of the ridge, chosen on an eighth of the training portraits; grey levels that count as 1."""


def texture(face, shape):
    """The fine grey detail of a face in another shape, [TEXTURE²]."""
    grey = cv2.cvtColor(face.image, cv2.COLOR_BGR2GRAY)
    grey = cv2.remap(grey, bent(face.points, shape), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    grey = (grey - cv2.GaussianBlur(grey, (0, 0), SOFT)) * cv2.GaussianBlur(skin(shape), (0, 0), 2)
    return cv2.resize(grey, (TEXTURE, TEXTURE), interpolation=cv2.INTER_AREA).ravel() / CONTRAST


def textures(faces):
    """The textures of faces, then of their mirror images, [2n, TEXTURE²], in their mean shape."""
    shape = np.mean([f.points for face in faces for f in (face, face.mirrored())], 0)
    plain = np.stack([texture(f, shape) for f in faces])
    mirrored = plain.reshape(-1, TEXTURE, TEXTURE)[:, :, ::-1].reshape(len(plain), -1)
    return np.concatenate([plain, mirrored])


@torch.no_grad()
def fit(layers, vectors, wanted):
    """Sets two linear layers, 128 → RANK → TEXTURE², to the ridge regression of textures on vectors."""
    mean = wanted.mean(0)
    weights = np.linalg.solve(vectors.T @ vectors + RIDGE * np.eye(vectors.shape[1]), vectors.T @ (wanted - mean))
    axes = np.linalg.svd(np.linalg.qr(vectors)[1] @ weights, full_matrices=False)[2][:RANK]
    narrow, wide = layers
    spread = np.sqrt(((vectors @ weights @ axes.T) ** 2).mean())
    narrow.weight.copy_(torch.from_numpy(axes @ weights.T / spread))
    wide.weight.copy_(torch.from_numpy(axes.T * spread))
    wide.bias.copy_(torch.from_numpy(mean))
