"""A 64-bit perceptual hash: images that look alike differ in few bits."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from labelkit.imaging.small_picture import Planes

_SIDE = 32
_KEPT = 8
_MIDDLE = _KEPT * _KEPT // 2
_STEPS = 64
_DECIMALS = 6
"""What is finer than a 64th of a gray level, or than six decimals of a frequency, is rounding."""

_Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _cosines() -> _Matrix:
    """The first 8 rows of the 32-point DCT-II, as a matrix."""
    k, n = np.mgrid[0:_KEPT, 0:_SIDE]
    return np.asarray(np.cos(math.pi * k * (2 * n + 1) / (2 * _SIDE)))


_DCT = _cosines()


def perceptual_hash(luma: Planes, turn: Image.Transpose | None) -> str:
    """The hash of a luma plane (float32, 0 to 255), turned upright; 16 hexadecimal digits, lowest frequencies first.

    32 x 32 pixels by Lanczos, the 8 x 8 lowest frequencies of their DCT-II, each above their median or not: as
    imagehash's `phash` (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). From a
    picture reduced before, a bit in a hundred differs from it. What is only rounding is taken away: a plain area has
    one hash, wherever it is reckoned.
    """
    stored = Image.fromarray(luma)
    upright = stored if turn is None else stored.transpose(turn)
    tiny = np.rint(np.asarray(upright.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS), np.float64) * _STEPS) / _STEPS
    low = np.round(_DCT @ tiny @ _DCT.T, _DECIMALS)
    ranked = np.sort(low, axis=None)
    return np.packbits(low > (ranked[_MIDDLE - 1] + ranked[_MIDDLE]) / 2).tobytes().hex()
