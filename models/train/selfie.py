"""MediaPipe's selfie segmenter (Apache-2.0): how much of each pixel is person."""
import cv2
import numpy as np
import onnxruntime as ort

WIDTH, HEIGHT = 256, 144


class Selfie:
    """The landscape model on BGR uint8 pictures of any size."""

    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])

    def __call__(self, image):
        """[h, w] float32, 0 to 1."""
        small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)[None, ..., ::-1]
        mask = self.session.run(None, {'input_1': small.astype(np.float32) / 255})[0][0, ..., 0]
        return np.clip(cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_CUBIC), 0, 1)
