"""Every figure in the model cards: evaluate.py ROLE MODEL.onnx [folders …]

What a missing folder would have measured is skipped with a message. Timings are of one thread.
"""
import argparse
import importlib

import cv2

ROLES = 'detect', 'landmark', 'embed', 'swap', 'restore', 'upscale', 'segment', 'stylize'


def main():
    parse = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parse.add_argument('role', choices=ROLES)
    parse.add_argument('model')
    parse.add_argument('--portraits', help='folder of portraits')
    parse.add_argument('--teacher', help='YuNet-n, ONNX')
    parse.add_argument('--dlib', help="dlib's examples/faces folder")
    parse.add_argument('--solvay', help='the Solvay conference photograph of 1927')
    parse.add_argument('--landmarks', help='PFLD GhostOne with 98 points, ONNX')
    parse.add_argument('--recognizer', help='MobileFaceNet, ONNX')
    parse.add_argument('--upscaler', help='another upscaler to compare with, ONNX')
    parse.add_argument('--mesh', help="MediaPipe's face mesh of 478 points, ONNX")
    parse.add_argument('--selfie', help="MediaPipe's selfie segmenter, landscape, ONNX")
    parse.add_argument('--pictures', help='folder that styles.py wrote')
    parse.add_argument('--sheet', help='write a contact sheet here')
    args = parse.parse_args()
    cv2.setNumThreads(1)
    importlib.import_module(f'measure_{args.role}').evaluate(args)


if __name__ == '__main__':
    main()
