"""How bright a small picture is: percentiles, mean, deviation, the frame along its edges, and the colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from labelkit.imaging.small_picture import Planes, Samples, SmallPicture
from labelkit.imaging.sums import Counts, Sums

_PERCEIVED = np.array([0.241, 0.691, 0.068], np.float32)
"""Weights of the squares of red, green, blue (Finley, "HSP Color Model", 2006, as in cleanvision)."""

_BYTE = 255
_PERCENTILES = (1, 5, 50, 95, 99)
_FRAME = 16
"""The frame along the edges is the shorter side by this."""

_DECIMALS = 6

_Pixels = TypeVar("_Pixels", Samples, Planes)


def brightness_facts(small: SmallPicture, counts: Counts) -> dict[str, float]:
    """The facts of brightness and colour, by the names of `PixelFacts`.

    Args:
        small: the picture.
        counts: of the luma in 256 steps; a gray picture of 8 bits is looked at no further but for its frame.

    """
    if small.gray and small.top == _BYTE:
        return _of_gray(counts, small.samples)
    return _of_values(_brightness(small), small.top) | _colour(small.planes, small.top)


def rounded(value: float) -> float:
    """As facts are kept: to six decimals."""
    return round(float(value), _DECIMALS)


def _told(sums: Sums, mean: str, deviation: str, top: int) -> dict[str, float]:
    """Mean and standard deviation under these names, as parts of the whole range."""
    return {mean: _part(sums.mean, top), deviation: _part(math.sqrt(sums.variance), top)}


def _of_gray(counts: Counts, samples: Samples) -> dict[str, float]:
    """Of gray, whose only value is its brightness: the counts know all but where the pixels are."""
    ranks = _ranks(samples.size)
    ranked = np.searchsorted(np.cumsum(counts), ranks, side="right")
    framed = np.bincount(np.concatenate(_frame(samples)), minlength=256)
    whole = _told(Sums.of_levels(counts), "brightness", "contrast", _BYTE)
    mean = whole["brightness"]
    return (
        _percentiles(ranked.tolist(), _BYTE)
        | whole
        | _told(Sums.of_levels(framed), "border", "border_contrast", _BYTE)
        | {"red": mean, "green": mean, "blue": mean}
    )


def _of_values(seen: Planes, top: int) -> dict[str, float]:
    return (
        _percentiles(_values_at(seen.ravel(), _ranks(seen.size)), top)
        | _told(Sums.of_rows(seen), "brightness", "contrast", top)
        | _told(Sums.of_rows(np.concatenate(_frame(seen))[None]), "border", "border_contrast", top)
    )


def _ranks(count: int) -> list[int]:
    return [round(p * (count - 1) / 100) for p in _PERCENTILES]


def _values_at(values: Planes, ranks: Sequence[int]) -> list[float]:
    """The values that would stand at these ranks (ascending) were all sorted; quicker than a sort.

    NumPy's partition at one rank is vectorised, at several it is not: so the middle one first, then either side.
    """
    if not ranks:
        return []
    middle = len(ranks) // 2
    rank = ranks[middle]
    parted = np.partition(values, rank)
    behind = [r - rank - 1 for r in ranks[middle + 1 :] if r > rank]
    same = [float(parted[rank])] * (len(ranks) - middle - len(behind))
    return [*_values_at(parted[: rank + 1], ranks[:middle]), *same, *_values_at(parted[rank + 1 :], behind)]


def _percentiles(values: Sequence[float], top: int) -> dict[str, float]:
    return {f"p{p}": _part(value, top) for p, value in zip(_PERCENTILES, values, strict=True)}


def _frame(values: _Pixels) -> list[_Pixels]:
    """The pixels along the edges, in pieces; all where nothing lies inside."""
    wide = max(1, min(values.shape) // _FRAME)
    if min(values.shape) <= 2 * wide:
        return [values.ravel()]
    inside = values[wide:-wide]
    pieces = values[:wide], values[-wide:], inside[:, :wide], inside[:, -wide:]
    return [piece.ravel() for piece in pieces]


def _brightness(small: SmallPicture) -> Planes:
    """Perceived brightness in the range of the samples, shape (height, width); of gray its only value."""
    if small.gray:
        return small.luma
    squares: Planes = np.einsum("c,chw->hw", _PERCEIVED, np.square(small.planes))
    return np.sqrt(squares, out=squares)


def _colour(planes: Planes, top: int) -> dict[str, float]:
    sums = planes.reshape(len(planes), -1).sum(axis=1).tolist()
    means = [_part(total / planes[0].size, top) for total in sums]
    red, green, blue = means if len(means) > 1 else means * 3
    return {"red": red, "green": green, "blue": blue}


def _part(value: float, top: int) -> float:
    """Of the whole range; the weights of the brightness add up to a hair more than 1."""
    return rounded(min(value / top, 1.0))
