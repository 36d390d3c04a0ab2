"""The YuNet output contract in numpy: decode, non-maximum suppression, a runnable detector.

Serves the teacher (YuNet-n) and the detector trained here alike.
"""
import cv2
import numpy as np
import onnxruntime as ort

STRIDES = 8, 16, 32


def decode(outputs, width, threshold):
    """Faces of one picture as [n, 15]: x, y, w, h, five points, score.

    `outputs` maps cls_8 … kps_32 to arrays of [cells, channels]; `width` is the padded width.
    """
    found = []
    for stride in STRIDES:
        cls, obj, bbox, kps = (outputs[f'{kind}_{stride}'] for kind in ('cls', 'obj', 'bbox', 'kps'))
        score = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
        keep = np.flatnonzero(score >= threshold)
        columns = width // stride
        grid = np.stack([keep % columns, keep // columns], 1).astype(np.float32)
        centre = (bbox[keep, :2] + grid) * stride
        size = np.exp(bbox[keep, 2:]) * stride
        points = (kps[keep].reshape(-1, 5, 2) + grid[:, None]) * stride
        found.append(np.concatenate([centre - size / 2, size, points.reshape(-1, 10), score[keep, None]], 1))
    return np.concatenate(found)


def iou(a, b):
    """Intersection over union of boxes [n, 4] and [m, 4] given as x, y, w, h: [n, m]."""
    a, b = a[:, None], b[None]
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., :2] + a[..., 2:4], b[..., :2] + b[..., 2:4])
    both = np.clip(high - low, 0, None).prod(-1)
    return both / (a[..., 2:4].prod(-1) + b[..., 2:4].prod(-1) - both + 1e-9)


def suppress(faces, overlap=.3):
    """Greedy non-maximum suppression, best score first."""
    faces, kept = faces[np.argsort(-faces[:, 14], kind='stable')], []
    while len(faces):
        kept.append(faces[0])
        faces = faces[1:][iou(faces[:1, :4], faces[1:, :4])[0] <= overlap]
    return np.array(kept, np.float32).reshape(-1, 15)


class Yunet:
    """A detector file with YuNet's contract, run at a picture's own size."""

    def __init__(self, path, threads=1):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
        self.names = [o.name for o in self.session.get_outputs()]

    def detect(self, image, threshold):
        """Faces in a BGR picture, [n, 15]; the picture is padded with zeros to multiples of 32."""
        height, width = image.shape[:2]
        padded = cv2.copyMakeBorder(image, 0, -height % 32, 0, -width % 32, cv2.BORDER_CONSTANT)
        tensor = padded.transpose(2, 0, 1)[None].astype(np.float32)
        outputs = self.session.run(self.names, {'input': tensor})
        named = {n: o[0] for n, o in zip(self.names, outputs)}
        return suppress(decode(named, padded.shape[1], threshold))
