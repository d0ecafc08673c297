"""Numbers of a small picture: brightness, contrast, sharpness, colour, borders, hashes."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from PIL import Image

from labelkit.domain.facts import PixelFacts
from labelkit.imaging.perceptual import perceptual_hash
from labelkit.imaging.small_picture import Samples, SmallPicture, luma_of

_Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

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

_PERCEIVED = np.array([0.241, 0.691, 0.068], np.float32)[:, None, None]
"""Weights of the squares of red, green, blue (Finley, "HSP Color Model", 2006, as in cleanvision)."""

_STEPS = 65535
"""In which percentiles are told: 255 and 65535 steps are both among them."""

_PERCENTILES = np.array([1, 5, 50, 95, 99])
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
    seen, luma = _brightness(small.planes, small.top), luma_of(small.planes)
    steps = _in_256(luma, small.top)
    return PixelFacts(
        scale=small.scale,
        gray=small.gray,
        digest=_digest(small, size, turn),
        phash=perceptual_hash(luma * np.float32(255 / small.top), turn),
        sharpness=_sharpness(luma, small.top),
        entropy=_entropy(steps),
        **_spread(seen),
        **_colour(small.planes, small.top),
        **_border(seen),
    )


def _in_256(luma: _Numbers, top: int) -> Samples:
    return (luma * np.float32(255 / top) + np.float32(0.5)).astype(np.uint8)


def _brightness(planes: _Numbers, top: int) -> _Numbers:
    """Perceived brightness, shape (height, width), 0 to 1."""
    if len(planes) == 1:
        gray: _Numbers = planes[0] / np.float32(top)
        return gray
    squares = np.square(planes)
    squares *= _PERCEIVED
    seen: _Numbers = np.minimum(np.sqrt(squares.sum(axis=0)) / np.float32(top), np.float32(1))
    return seen


def _spread(seen: _Numbers) -> dict[str, float]:
    steps = (seen * np.float32(_STEPS) + np.float32(0.5)).astype(np.uint16)
    ranked = np.sort(steps, axis=None, kind="stable")  # of 16 bits: NumPy's radix sort, twice as fast as the others
    places = np.rint(_PERCENTILES * (ranked.size - 1) / 100).astype(int)
    named = zip(_PERCENTILES.tolist(), ranked[places].tolist(), strict=True)
    return {**{f"p{p}": _rounded(v / _STEPS) for p, v in named}, **_mean_and_deviation(seen, "brightness", "contrast")}


def _mean_and_deviation(values: _Numbers, mean: str, deviation: str) -> dict[str, float]:
    flat = values.ravel().astype(np.float64)
    middle = float(flat.mean())
    flat -= middle
    return {mean: _rounded(middle), deviation: _rounded(math.sqrt(_sum_of_squares(flat) / flat.size))}


def _sum_of_squares(flat: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> float:
    """By einsum's own loop: `dot` would wake a thread on every core for each image."""
    return float(np.einsum("i,i->", flat, flat))


def _colour(planes: _Numbers, top: int) -> dict[str, float]:
    means = [float(plane.mean(dtype=np.float64)) / top for plane in planes]
    red, green, blue = means if len(means) > 1 else means * 3
    return {"red": _rounded(red), "green": _rounded(green), "blue": _rounded(blue)}


def _border(seen: _Numbers) -> dict[str, float]:
    wide = max(1, min(seen.shape) // _FRAME)
    inner = seen[wide:-wide]
    frame = (seen[:wide], seen[-wide:], inner[:, :wide], inner[:, -wide:])
    edges = np.concatenate([part.ravel() for part in frame])
    return _mean_and_deviation(edges, "border", "border_contrast")


def _sharpness(luma: _Numbers, top: int) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000), of values from 0 to 1."""
    if min(luma.shape) < 3:  # noqa: PLR2004 - the kernel is 3 x 3
        return 0.0
    laplacian = luma[:-2, 1:-1] + luma[2:, 1:-1]
    laplacian += luma[1:-1, :-2]
    laplacian += luma[1:-1, 2:]
    laplacian -= luma[1:-1, 1:-1] * np.float32(4)
    flat = laplacian.ravel()
    flat -= flat.mean(dtype=np.float64)
    return _rounded(_sum_of_squares(flat) / flat.size / top**2)


def _entropy(steps: Samples) -> float:
    counts = np.bincount(steps.ravel(), minlength=256)
    shares = counts[counts > 0] / steps.size
    return abs(_rounded(-(shares * np.log2(shares)).sum()))


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


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS)
