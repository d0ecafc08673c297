"""Decode files by Pillow and by TensorFlow and say how far apart they are: a process of its own, for the audit.

    python -m labelkit.training.decoded_twice < paths.json

It reads a JSON list of paths and writes one JSON object a line, in that order, as soon as it has it: what it wrote
stands, should TensorFlow end the process on a later file.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
"""Shape (height, width, 3), uint8, RGB, as stored."""

_OF_THE_GRAPH = re.compile(r"\{\{.*?\}\}|\[Op:\w+\]|\s*\n.*", re.DOTALL)
"""What TensorFlow adds to a message about its own insides, and all lines but the first."""

_LONGEST = 200
"""Characters kept of a message."""

_ROWS = 256
"""Compared at a time, so that large pictures do not need eight times their memory."""


def compared(path: str) -> dict[str, object]:
    """What both make of one file, as the fields of `DecodedTwice` without the path."""
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        return {"pillow": str(e.strerror), "tensorflow": str(e.strerror)}
    first, pillow = _tried(_by_pillow, data)
    second, tensorflow = _tried(_by_tensorflow, data)
    if first is None or second is None:
        return {"pillow": pillow, "tensorflow": tensorflow}
    if first.shape != second.shape:
        return {"shapes": f"{_size(first)} by Pillow, {_size(second)} by TensorFlow"}
    largest, total = 0, 0
    for row in range(0, len(first), _ROWS):
        apart = np.abs(first[row : row + _ROWS].astype(np.int16) - second[row : row + _ROWS])
        largest, total = max(largest, int(apart.max())), total + int(apart.sum(dtype=np.int64))
    return {"largest": largest, "mean": round(total / first.size, 4)}


def _tried(decode: Callable[[bytes], Pixels], data: bytes) -> tuple[Pixels | None, str]:
    try:
        return decode(data), ""
    except Exception as e:  # noqa: BLE001 - a decoder may raise anything on a stranger's bytes
        return None, _OF_THE_GRAPH.sub("", str(e)).strip()[:_LONGEST] or type(e).__name__


def _by_pillow(data: bytes) -> Pixels:
    """As `keras.utils.load_img` does with `color_mode="rgb"`."""
    from labelkit.imaging.decode import open_image

    image = open_image(data)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _by_tensorflow(data: bytes) -> Pixels:
    """As `keras.utils.image_dataset_from_directory` does with three channels."""
    import tensorflow as tf

    pixels: Pixels = tf.io.decode_image(data, channels=3, expand_animations=False).numpy()
    return pixels


def _size(pixels: Pixels) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"


def main() -> None:
    """Read paths, write what became of them."""
    for path in json.load(sys.stdin):
        sys.stdout.write(json.dumps(compared(path)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
