"""How far two pictures are apart, whatever their size, brightness and contrast."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from labelkit.domain.near import Turn

SIDE = 48
"""Pixels of a picture's side when it is compared: half a thumbnail, so that the traces of its JPEG are averaged."""

PLAIN = 3.0
"""Standard deviation in gray levels of 255 below which a picture is mostly what its JPEG left of it."""

_TILE = 6
"""Pixels of a tile's side: a thing as large as an eighth of the picture's side fills one."""

Picture = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
"""uint8, shape (1, SIDE, SIDE) for gray and (3, SIDE, SIDE) for RGB."""

_Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

_TURNS = {
    Turn.NONE: (False, 1, 1),
    Turn.MIRRORED: (False, 1, -1),
    Turn.FLIPPED: (False, -1, 1),
    Turn.HALF: (False, -1, -1),
    Turn.TRANSPOSED: (True, 1, 1),
    Turn.QUARTER_LEFT: (True, 1, -1),
    Turn.QUARTER_RIGHT: (True, -1, 1),
    Turn.TRANSVERSE: (True, -1, -1),
}
"""Whether rows and columns change places afterwards, and the steps along rows and columns before."""


def picture_of(thumbnail: bytes) -> Picture | None:
    """The picture of a thumbnail, squeezed to a square; None where there is none."""
    if not thumbnail:
        return None
    with Image.open(BytesIO(thumbnail), formats=["JPEG"]) as image:
        squeezed = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    samples = np.asarray(squeezed)
    return np.ascontiguousarray(samples[None] if samples.ndim == 2 else np.moveaxis(samples, -1, 0))  # noqa: PLR2004 - rows and columns


def is_plain(picture: Picture) -> bool:
    """Whether there is too little in a picture to know it again."""
    return float(picture.std(dtype=np.float64)) < PLAIN


def turned(picture: Picture, turn: Turn) -> Picture:
    """The picture, turned."""
    swap, down, across = _TURNS[turn]
    flipped = picture[:, ::down, ::across]
    return flipped.swapaxes(1, 2) if swap else flipped


def distance(first: Picture, second: Picture, turn: Turn = Turn.NONE) -> float:
    """How far apart two pictures are, the second one turned: 0 (the same) to 1 (unrelated).

    Brightness and contrast are fitted away (least squares, one gain and one offset for all channels); what is left over
    counts as a part of the contrast, sqrt(1 - r^2) with Pearson's r. So does the worst mean of a tile of 6 x 6 pixels:
    what JPEG leaves over is spread evenly and averages out; a scratch, or a part that lies elsewhere, does not. A gray
    picture is compared with a coloured one by luma (ITU-R BT.601).
    """
    one, other = _alike(first, turned(second, turn))
    one, other = one - one.mean(), other - other.mean()
    power, both = float(np.vdot(one, one)), float(np.vdot(one, other))
    others = float(np.vdot(other, other))
    if power <= 0 or others <= 0 or both <= 0:
        return 1.0
    left = one - other * np.float32(both / others)
    spread = (max(0.0, float(np.vdot(left, left))) / power) ** 0.5
    tiles = left.reshape(len(left), SIDE // _TILE, _TILE, SIDE // _TILE, _TILE).mean(axis=(2, 4))
    worst = float(np.abs(tiles).max()) / (power / one.size) ** 0.5
    return round(float(min(1.0, max(spread, worst))), 6)


def _alike(first: Picture, second: Picture) -> tuple[_Numbers, _Numbers]:
    """Both as float32, with as many channels as the poorer one."""
    if len(first) == len(second):
        return first.astype(np.float32), second.astype(np.float32)
    return _luma(first), _luma(second)


def _luma(picture: Picture) -> _Numbers:
    weights = np.array([0.299, 0.587, 0.114] if len(picture) > 1 else [1.0], np.float32)
    return np.asarray(np.einsum("c,chw->hw", weights, picture.astype(np.float32))[None], np.float32)
