"""What the measurements of several roles share: test photographs, time on one thread, PSNR, sheets."""
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import onnx
import onnxruntime as ort
import skimage


def astronaut():
    return cv2.imread(str(Path(skimage.__file__).parent / 'data/astronaut.png'))


def hopper():
    return cv2.imread(str(Path(matplotlib.get_data_path()) / 'sample_data/grace_hopper.jpg'))


def dlib_pictures(folder):
    """(picture, boxes [n, 4]) of dlib's example set: testing.xml and training.xml."""
    for name in ('testing.xml', 'training.xml'):
        for entry in xml.parse(Path(folder) / name).iter('image'):
            boxes = [[float(b.get(k)) for k in ('left', 'top', 'width', 'height')] for b in entry.iter('box')]
            yield cv2.imread(str(Path(folder) / entry.get('file'))), np.array(boxes)


def photographs(args):
    """Name of a set to its BGR pictures: the two public portraits, then dlib's and the Solvay conference's where given."""
    sets = {'astronaut': [astronaut()], 'grace hopper': [hopper()]}
    sets |= {'dlib': [image for image, _ in dlib_pictures(args.dlib)]} if args.dlib else {}
    sets |= {'solvay': [cv2.imread(args.solvay)]} if args.solvay else {}
    return sets


def latency(path, runs=15, **inputs):
    """(fastest, median) milliseconds on one thread, of inputs by name."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    times = []
    for _ in range(runs + 2):
        start = time.perf_counter()
        session.run(None, inputs)
        times.append(1e3 * (time.perf_counter() - start))
    return min(times[2:]), np.median(times[2:])


def introduce(path):
    """Prints the file's name and the metadata that an engine reads; gives the metadata."""
    facts = {p.key: p.value for p in onnx.load(str(path)).metadata_props}
    print(f'{Path(path).name}: {facts}')
    return facts


def psnr(a, b):
    """Of two pictures in 0..255."""
    return 10 * np.log10(255 ** 2 / np.mean((a.astype(np.float64) - b) ** 2))


def sheet(path, cells, columns, title='contact sheet'):
    """Pictures side by side at full size, `columns` a row; the last row is filled up with black."""
    cells = cells + [np.zeros_like(cells[0])] * (-len(cells) % columns)
    cv2.imwrite(str(path), np.vstack([np.hstack(cells[i:i + columns]) for i in range(0, len(cells), columns)]))
    print(f'{title}: {path}')
