"""A 64-bit perceptual hash: images that look alike differ in few bits."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PIL import Image

from labelkit.imaging.lanczos import Matrix, lanczos_matrix
from labelkit.imaging.small_picture import Planes

_SIDE = 32
_KEPT = 8
_MIDDLE = _KEPT * _KEPT // 2
_DIGITS = 16

_SWAPPED = frozenset(
    [
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    ]
)
_ROWS_MIRRORED = frozenset(
    [
        Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.ROTATE_180,
        Image.Transpose.ROTATE_90,
        Image.Transpose.TRANSVERSE,
    ]
)
_COLUMNS_MIRRORED = frozenset(
    [
        Image.Transpose.FLIP_LEFT_RIGHT,
        Image.Transpose.ROTATE_180,
        Image.Transpose.ROTATE_270,
        Image.Transpose.TRANSVERSE,
    ]
)


def perceptual_hashes(luma: Planes, turn: Image.Transpose | None) -> tuple[str, str]:
    """The hash of a luma plane (float32, 0 to 255), turned upright, and what `PixelFacts.turned` is.

    The first is 16 hexadecimal digits, lowest frequencies first, the second three such hashes.

    32 x 32 pixels by Lanczos, the 8 x 8 lowest frequencies of their DCT-II, each above their median or not: as
    imagehash's `phash` (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). From a
    picture reduced before, a bit in a hundred differs from it. Resize and transform are one matrix a side, and a turn
    of the picture is a swap of its frequencies and of the signs of every second one. What is finer than a 500th of a
    gray level is rounding and taken away: a plain area has one hash, wherever it is reckoned.
    """
    height, width = luma.shape
    low = np.rint(_frequencies(height) @ luma.astype(np.float64) @ _frequencies(width).T)
    if turn in _SWAPPED:
        low = low.T
    if turn in _ROWS_MIRRORED:
        low[1::2] *= -1
    if turn in _COLUMNS_MIRRORED:
        low[:, 1::2] *= -1
    every = low.ravel() * _MIRRORS
    ranked = np.sort(every, axis=1)
    above = every > (ranked[:, _MIDDLE - 1 : _MIDDLE + 1].sum(axis=1) / 2)[:, None]
    told = np.packbits(above).tobytes().hex()
    return told[:_DIGITS], told[_DIGITS:]


_EVEN, _ODD = np.ones(_KEPT), np.where(np.arange(_KEPT) % 2, -1.0, 1.0)
_MIRRORS = np.stack(
    [np.outer(*sides).ravel() for sides in ((_EVEN, _EVEN), (_EVEN, _ODD), (_ODD, _EVEN), (_ODD, _ODD))]
)
"""Signs of the frequencies of the picture, mirrored left to right, top to bottom, and after a half turn; (4, 64)."""


@lru_cache(maxsize=64)
def _frequencies(length: int) -> Matrix:
    """The first 8 frequencies of a line of this length resized to 32 pixels; shape (8, length)."""
    k, n = np.mgrid[0:_KEPT, 0:_SIDE]
    cosines = np.cos(math.pi * k * (2 * n + 1) / (2 * _SIDE))
    return np.asarray(cosines @ lanczos_matrix(_SIDE, length))
