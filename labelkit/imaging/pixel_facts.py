"""Numbers of a small picture: brightness, contrast, sharpness, colour, borders, hashes."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from labelkit.domain.facts import PixelFacts
from labelkit.imaging.blurriness import blurry_score
from labelkit.imaging.perceptual import perceptual_hashes
from labelkit.imaging.small_picture import Samples, SmallPicture, luma_of

_Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
_Exact = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

TURNS: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to what turns the stored pixels upright (EXIF 2.32, 4.6.4, as Pillow's `exif_transpose`)."""

_PERCEIVED = np.array([0.241, 0.691, 0.068], np.float32)
"""Weights of the squares of red, green, blue (Finley, "HSP Color Model", 2006, as in cleanvision)."""

_BYTE = 255

_PERCENTILES = (1, 5, 50, 95, 99)
_FRAME = 16
"""The frame along the edges is the shorter side by this."""

_DECIMALS = 6


def pixel_facts(small: SmallPicture, size: tuple[int, int], orientation: int = 1) -> PixelFacts:
    """The facts of a small picture.

    Args:
        small: the picture.
        size: (width, height) of the whole image as stored; goes into the digest.
        orientation: EXIF, 1 to 8: what digest and hash are turned by.

    """
    turn = TURNS.get(orientation)
    luma = luma_of(small.planes)
    told = Image.fromarray(_in_256(luma, small))
    phash, mirrored = perceptual_hashes(luma if small.top == _BYTE else luma * np.float32(_BYTE / small.top), turn)
    return PixelFacts(
        scale=small.scale,
        gray=small.gray,
        digest=_digest(small, size, turn),
        phash=phash,
        turned=mirrored,
        sharpness=_sharpness(luma, small.top),
        entropy=_rounded(abs(told.entropy())),
        blurry_score=_rounded(blurry_score(told)),
        **_spread(_brightness(small.planes, luma), small.top),
        **_colour(small.planes, small.top),
    )


def _in_256(luma: _Numbers, small: SmallPicture) -> Samples:
    if small.gray and small.top == _BYTE:
        return small.samples
    return (luma * np.float32(_BYTE / small.top) + np.float32(0.5)).astype(np.uint8)


def _brightness(planes: _Numbers, luma: _Numbers) -> _Numbers:
    """Perceived brightness in the range of the samples, shape (height, width); of gray its only value."""
    if len(planes) == 1:
        return luma
    squares: _Numbers = np.einsum("c,chw->hw", _PERCEIVED, np.square(planes))
    return np.sqrt(squares, out=squares)


def _spread(seen: _Numbers, top: int) -> dict[str, float]:
    """Percentiles, mean and deviation of the brightness, and mean and deviation in the frame.

    The sums are of whole numbers or their roots in 64 bits: what the squares lose is far below the last decimal.
    """
    ranked = np.sort(seen, axis=None)  # of 32 bits: NumPy's vectorised sort, on every processor that has one
    found = {f"p{p}": _part(float(ranked[round(p * (ranked.size - 1) / 100)]), top) for p in _PERCENTILES}
    wide = max(1, min(seen.shape) // _FRAME)
    exact = seen.astype(np.float64)
    whole, inner = _Sums.of(exact), _Sums.of(exact[wide:-wide, wide:-wide])
    found |= whole.told("brightness", "contrast", top)
    return found | whole.without(inner).told("border", "border_contrast", top)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of some values: how many, their sum, the sum of their squares."""

    count: int
    first: float
    second: float

    @classmethod
    def of(cls, values: _Exact) -> _Sums:
        """By einsum's own loop: `dot` would wake a thread on every core for each image."""
        return cls(values.size, float(np.einsum("ij->", values)), float(np.einsum("ij,ij->", values, values)))

    def without(self, some: _Sums) -> _Sums:
        return _Sums(self.count - some.count, self.first - some.first, self.second - some.second)

    def told(self, mean: str, deviation: str, top: int) -> dict[str, float]:
        middle = self.first / self.count
        return {
            mean: _part(middle, top),
            deviation: _part(math.sqrt(max(0.0, self.second / self.count - middle * middle)), top),
        }


def _colour(planes: _Numbers, top: int) -> dict[str, float]:
    sums = planes.reshape(len(planes), -1).sum(axis=1).tolist()
    means = [_part(total / planes[0].size, top) for total in sums]
    red, green, blue = means if len(means) > 1 else means * 3
    return {"red": red, "green": green, "blue": blue}


def _sharpness(luma: _Numbers, top: int) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000), of values from 0 to 1.

    Reckoned on the rows laid end to end, which takes half the time; what runs over an edge is left out afterwards.
    """
    height, width = luma.shape
    if min(height, width) < 3:  # noqa: PLR2004 - the kernel is 3 x 3
        return 0.0
    flat = luma.ravel()
    middle = flat[width:-width]
    laplacian = middle * np.float32(-4)
    laplacian += flat[: -2 * width]
    laplacian += flat[2 * width :]
    laplacian += flat[width - 1 : -width - 1]
    laplacian += flat[width + 1 : flat.size - width + 1]
    sums = _Sums.of(laplacian.reshape(height - 2, width)[:, 1:-1].astype(np.float64))
    mean = sums.first / sums.count
    return _rounded(max(0.0, sums.second / sums.count - mean * mean) / top**2)


def _digest(small: SmallPicture, size: tuple[int, int], turn: Image.Transpose | None) -> str:
    samples, (width, height) = small.samples, size
    if turn is not None:
        samples = _turned(samples, turn)
        width, height = (height, width) if _swaps(turn) else size
    head = f"{width}x{height}/{small.scale} {small.top} {samples.shape}".encode()
    return hashlib.sha256(head + samples.tobytes()).hexdigest()[:32]


_FLIPS = Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180


def _swaps(turn: Image.Transpose) -> bool:
    return turn not in _FLIPS


def _turned(samples: Samples, turn: Image.Transpose) -> Samples:
    """What `Image.transpose` does, for 16 bits too."""
    across = samples.swapaxes(0, 1) if _swaps(turn) else samples
    left_right = turn in _MIRRORED_COLUMNS
    top_bottom = turn in _MIRRORED_ROWS
    return across[:: -1 if top_bottom else 1, :: -1 if left_right else 1]


_MIRRORED_COLUMNS = frozenset(
    [
        Image.Transpose.FLIP_LEFT_RIGHT,
        Image.Transpose.ROTATE_180,
        Image.Transpose.ROTATE_270,
        Image.Transpose.TRANSVERSE,
    ]
)
_MIRRORED_ROWS = frozenset(
    [
        Image.Transpose.FLIP_TOP_BOTTOM,
        Image.Transpose.ROTATE_180,
        Image.Transpose.ROTATE_90,
        Image.Transpose.TRANSVERSE,
    ]
)


def _part(value: float, top: int) -> float:
    """Of the whole range; the weights of the brightness add up to a hair more than 1."""
    return _rounded(min(value / top, 1.0))


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS)
