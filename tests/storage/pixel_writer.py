"""A process that packs pixels until it is killed: `python -m tests.storage.pixel_writer CACHE FIRST`."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np

from labelkit.storage.packed_pixels import PackedPixels

PIXEL_BYTES = 4000
MADE_BY = "a test"


def digest_of(number: int) -> bytes:
    """The content hash of image `number`."""
    return hashlib.sha256(str(number).encode()).digest()


def pixels_of(number: int) -> bytes:
    """The pixels of image `number`: a function of the number alone."""
    return np.random.default_rng(number).integers(0, 256, PIXEL_BYTES, dtype=np.uint8).tobytes()


def main() -> None:
    """Pack one image after the other, and say so."""
    packed = PackedPixels(Path(sys.argv[1]), MADE_BY, PIXEL_BYTES, say=print)
    number = int(sys.argv[2])
    while True:
        packed.add(digest_of(number), memoryview(pixels_of(number)))
        print(number, flush=True)  # noqa: T201 - the parent reads it
        number += 1


if __name__ == "__main__":
    main()
