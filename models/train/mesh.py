"""MediaPipe's face mesh (Apache-2.0): 478 points of one face, in numpy.

The crop is MediaPipe's: a square of 1.5 times the face, turned so that the eyes are level.
"""
import cv2
import numpy as np
import onnxruntime as ort

SIZE, GROW = 256, 1.5

OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
"""The points around the face, clockwise from the middle of the forehead; OVAL[18] is the chin."""

BROWS = 70, 63, 105, 66, 107, 336, 296, 334, 293, 300
"""The upper edges of both brows, from left to right."""


class Mesh:
    """The network of 478 points on BGR uint8 pictures."""

    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])

    def __call__(self, image, box, eyes):
        """[478, 2] in pixels; `box` is x, y, w, h, `eyes` the two eyes' middles."""
        (x, y, w, h), across = box, np.subtract(eyes[1], eyes[0])
        middle = float(x + w / 2), float(y + h / 2)
        matrix = cv2.getRotationMatrix2D(middle, float(np.degrees(np.arctan2(across[1], across[0]))),
                                         SIZE / (GROW * max(w, h)))
        matrix[:, 2] += SIZE / 2 - np.array(middle)
        crop = cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        tensor = (crop[..., ::-1].transpose(2, 0, 1)[None] / 255).astype(np.float16)
        points = self.session.run(None, {self.session.get_inputs()[0].name: tensor})[0]
        points = points.reshape(-1, 3)[:, :2].astype(np.float64)
        back = cv2.invertAffineTransform(matrix)
        return points @ back[:, :2].T + back[:, 2]
