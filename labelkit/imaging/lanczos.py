"""Lanczos resampling as a matrix, the very one that Pillow applies: so that nothing need be resized."""

from __future__ import annotations

import numpy as np

Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_LOBES = 3


def lanczos_matrix(size: int, length: int) -> Matrix:
    """What resamples a line of `length` pixels to `size` of them; shape (size, length), each row adds up to 1.

    Lanczos with three lobes, widened by the factor when it shrinks, cut off at the ends (Pillow 13, Resample.c).
    """
    scale = length / size
    wide = max(scale, 1.0)
    centres = (np.arange(size) + 0.5)[:, None] * scale
    first = np.maximum((centres - _LOBES * wide + 0.5).astype(int), 0)
    last = np.minimum((centres + _LOBES * wide + 0.5).astype(int), length)
    places = np.arange(length)[None, :]
    apart = (places - centres + 0.5) / wide
    weights = (
        np.sinc(apart) * np.sinc(apart / _LOBES) * ((first <= places) & (places < last) & (np.abs(apart) < _LOBES))
    )
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
