"""The jobs of `peers.py` as one would do them in Python: OpenCV, InsightFace, numpy and Pillow."""
import contextlib
import io
import json
import sys

import cv2
import numpy as np
import onnxruntime
from PIL import Image

FFHQ = np.float32([[.37691676, .46864664], [.62285697, .46912813], [.50123859, .61331904], [.39308822, .72541100],
                   [.61150205, .72490465]])
ARCFACE = np.float32([[.34191607, .46157411], [.65653393, .45983393], [.50022500, .64050536], [.37097589, .82469196],
                      [.63151696, .82325089]])
ARCFACE_128 = np.float32([[.36167656, .40387734], [.63696719, .40235469], [.50019687, .56044219], [.38710391, .72160547],
                          [.61507734, .72034453]])

JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
"""As facekit writes one of quality 90: chroma is not subsampled."""


class Rivals:
    """The jobs over one folder of pictures and models."""

    def __init__(self, folder, threads, insightface):
        self.folder = folder
        if insightface:
            sys.path.insert(0, str(insightface))
        cv2.setNumThreads(threads)
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1

    def job(self, name):
        """What runs a job once."""
        return getattr(self, name)()

    def picture(self, name):
        return cv2.imread(str(self.folder / name))

    def session(self, name):
        return onnxruntime.InferenceSession(str(self.folder / name), self.options, providers=['CPUExecutionProvider'])

    def alignments(self, size):
        faces = np.float32(json.loads((self.folder / 'faces.json').read_text()))
        return [align(face, FFHQ, size) for face in faces]

    def jpeg_decode(self):
        data = np.frombuffer((self.folder / 'large.jpg').read_bytes(), np.uint8)
        return lambda: cv2.imdecode(data, cv2.IMREAD_COLOR)

    def jpeg_encode(self):
        picture = self.picture('large.jpg')
        return lambda: cv2.imencode('.jpg', picture, JPEG)

    def jpeg_both(self):
        data = np.frombuffer((self.folder / 'large.jpg').read_bytes(), np.uint8)
        return lambda: cv2.imencode('.jpg', cv2.imdecode(data, cv2.IMREAD_COLOR), JPEG)

    def resized(self, size, method):
        large = self.picture('large.jpg')
        return lambda: cv2.resize(large, size, interpolation=method)

    def resize_bilinear(self):
        return self.resized((1024, 768), cv2.INTER_LINEAR)

    def resize_bilinear_half(self):
        return self.resized((2560, 1920), cv2.INTER_LINEAR)

    def resize_area(self):
        return self.resized((1024, 768), cv2.INTER_AREA)

    def resize_lanczos(self):
        return self.resized((1024, 768), cv2.INTER_LANCZOS4)

    def tensor(self):
        picture = self.picture('group.png')
        return lambda: cv2.dnn.blobFromImage(picture, 1 / 127.5, None, (127.5,) * 3, swapRB=True)

    def gaussian(self):
        picture = self.picture('face.png')
        return lambda: cv2.GaussianBlur(picture, (0, 0), 5)

    def mask_blur(self):
        mask = np.float32(box_mask(512))
        return lambda: cv2.GaussianBlur(mask, (0, 0), 19)

    def warp(self):
        large, matrix = self.picture('large.jpg'), self.alignments(512)[0]
        return lambda: cv2.warpAffine(large, matrix, (512, 512), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def paste(self):
        large, face, matrix, mask = self.picture('large.jpg'), self.picture('face.png'), self.alignments(512)[0], box_mask(512)
        return lambda: paste_back(large, face, mask, matrix)

    def align_and_paste_30(self):
        large, matrices = self.picture('large.jpg'), self.alignments(256)

        def run():
            mask = box_mask(256)
            for matrix in matrices:
                crop = cv2.warpAffine(large, matrix, (256, 256), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
                paste_back(large, crop, mask, matrix)
        return run

    def yunet(self, size):
        return cv2.FaceDetectorYN.create(str(self.folder / 'yunet.onnx'), '', size, .7, .3, 5000)

    def detect_yunet(self):
        picture = self.picture('group.png')
        scale = 640 / max(picture.shape[:2])
        size = int(picture.shape[1] * scale), int(picture.shape[0] * scale)
        net = self.yunet(size)
        return lambda: net.detect(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR))

    def scrfd(self):
        from insightface.model_zoo.scrfd import SCRFD

        net = SCRFD(str(self.folder / 'scrfd.onnx'), self.session('scrfd.onnx'))
        net.prepare(-1, input_size=(640, 640))
        return net

    def arcface(self):
        from insightface.model_zoo.arcface_onnx import ArcFaceONNX

        return ArcFaceONNX(str(self.folder / 'arcface.onnx'), self.session('arcface.onnx'))

    def faces(self, net, picture):
        """As InsightFace's FaceAnalysis makes them of what SCRFD found."""
        from insightface.app.common import Face

        boxes, points = net.detect(picture)
        return [Face(bbox=box[:4], kps=five, det_score=box[4]) for box, five in zip(boxes, points)]

    def detect_scrfd(self):
        net, picture = self.scrfd(), self.picture('group.png')
        return lambda: net.detect(picture)

    def embed_arcface(self):
        net, recognizer, picture = self.scrfd(), self.arcface(), self.picture('face.png')
        return lambda: recognizer.get(picture, self.faces(net, picture)[0])

    def swap_inswapper(self):
        from insightface.model_zoo.inswapper import INSwapper

        with contextlib.redirect_stdout(sys.stderr):
            swapper = INSwapper(str(self.folder / 'inswapper.onnx'), self.session('inswapper.onnx'))
        net, recognizer = self.scrfd(), self.arcface()
        source, picture = self.picture('face.png'), self.picture('group.png')

        def run():
            person, result = self.faces(net, source)[0], picture
            recognizer.get(source, person)
            for face in self.faces(net, picture):
                result = swapper.get(result, face, person)
            return result
        return run

    def embed(self):
        picture, session = self.picture('face.png'), self.session('recognizer.onnx')
        net = self.yunet(picture.shape[1::-1])
        return lambda: embedding(session, picture, points_of(net.detect(picture)[1][0]))

    def swap_gif(self):
        source, data = self.picture('face.png'), (self.folder / 'film.gif').read_bytes()
        recognizer, swapper, net = self.session('recognizer.onnx'), self.session('swapper.onnx'), self.yunet((320, 320))

        def run():
            net.setInputSize(source.shape[1::-1])
            identity = embedding(recognizer, source, points_of(net.detect(source)[1][0]))
            film, frames = Image.open(io.BytesIO(data)), []
            for index in range(film.n_frames):
                film.seek(index)
                frame = np.ascontiguousarray(np.asarray(film.convert('RGB'))[..., ::-1])
                net.setInputSize(frame.shape[1::-1])
                for face in best(net.detect(frame)[1]):
                    frame = swapped(swapper, frame, points_of(face), identity)
                frames.append(Image.fromarray(frame[..., ::-1]))
            out = io.BytesIO()
            frames[0].save(out, 'GIF', save_all=True, append_images=frames[1:], duration=film.info['duration'], loop=0)
            return out.getvalue()
        return run

    def detect_swap_restore(self):
        source, path = self.picture('face.png'), self.folder / 'group.png'
        recognizer, swapper = self.session('recognizer.onnx'), self.session('swapper.onnx')
        restorer = onnxruntime.InferenceSession(str(self.folder / 'restorer.onnx'), self.options)
        net = self.yunet(source.shape[1::-1])

        def run():
            picture = cv2.imread(str(path))
            net.setInputSize(source.shape[1::-1])
            identity = embedding(recognizer, source, points_of(net.detect(source)[1][0]))
            net.setInputSize(picture.shape[1::-1])
            for face in best(net.detect(picture)[1]):
                points = points_of(face)
                picture = swapped(swapper, picture, points, identity)
                matrix = align(points, FFHQ, 256)
                crop = cv2.warpAffine(picture, matrix, (256, 256), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
                tensor = (crop[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
                output = restorer.run(None, {'input': tensor})[0][0].transpose(1, 2, 0)
                restored = np.clip((output + 1) * 127.5, 0, 255).round().astype(np.uint8)[..., ::-1]
                paste_back(picture, restored, box_mask(256), matrix)
            return picture
        return run


def best(faces):
    return faces if faces is not None else []


def points_of(face):
    return face[4:14].reshape(5, 2)


def align(points, template, size):
    """facefusion's estimate of an alignment."""
    return cv2.estimateAffinePartial2D(points, template * size, method=cv2.RANSAC, ransacReprojThreshold=100)[0]


def embedding(session, picture, points):
    crop = cv2.warpAffine(picture, align(points, ARCFACE, 112), (112, 112), flags=cv2.INTER_LINEAR)
    tensor = (crop[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    vector = session.run(None, {session.get_inputs()[0].name: tensor})[0]
    return vector / np.linalg.norm(vector)


def swapped(session, picture, points, identity):
    matrix = align(points, ARCFACE_128, 128)
    crop = cv2.warpAffine(picture, matrix, (128, 128), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    tensor = (crop[..., ::-1].astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    output = session.run(None, {'target': tensor, 'source': identity})[0][0].transpose(1, 2, 0)
    crop = np.clip((output + 1) * 127.5, 0, 255).round().astype(np.uint8)[..., ::-1]
    return paste_back(picture, crop, box_mask(128), matrix)


def box_mask(size, blur=.3):
    """facefusion's box mask."""
    amount = int(size * .5 * blur)
    area = max(amount // 2, 1)
    mask = np.ones((size, size), np.float32)
    mask[:area], mask[-area:], mask[:, :area], mask[:, -area:] = 0, 0, 0, 0
    return cv2.GaussianBlur(mask, (0, 0), amount * .25) if amount > 0 else mask


def paste_back(picture, crop, mask, matrix):
    """facefusion's paste, in place: only the box that the crop covers is worked on."""
    height, width = picture.shape[:2]
    inverse = cv2.invertAffineTransform(matrix)
    side = crop.shape[0]
    corners = cv2.transform(np.float32([[[0, 0], [side, 0], [side, side], [0, side]]]), inverse)[0]
    x0, y0 = np.floor(corners.min(0)).astype(int).clip(0, (width, height))
    x1, y1 = np.ceil(corners.max(0)).astype(int).clip(0, (width, height))
    if x1 <= x0 or y1 <= y0:
        return picture
    inverse[:, 2] -= x0, y0
    weight = cv2.warpAffine(mask, inverse, (int(x1 - x0), int(y1 - y0))).clip(0, 1)[..., None]
    turned = cv2.warpAffine(crop, inverse, (int(x1 - x0), int(y1 - y0)), borderMode=cv2.BORDER_REPLICATE)
    window = picture[y0:y1, x0:x1]
    picture[y0:y1, x0:x1] = (window * (1 - weight) + turned * weight).astype(picture.dtype)
    return picture
