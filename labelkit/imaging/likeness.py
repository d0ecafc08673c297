"""How far two pictures are apart, whatever their size, brightness and contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image

from labelkit.domain.near import Turn

SIDE = 48
"""Pixels of a picture's side when it is compared: half a thumbnail, so that the traces of its JPEG are averaged."""

PLAIN = 3.0
"""Standard deviation in gray levels of 255 below which a picture is mostly what its JPEG left of it."""

_TILE = 6
"""Pixels of a tile's side: a thing as large as an eighth of the picture's side fills one."""

_Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
_Samples = np.ndarray[tuple[int, ...], np.dtype[np.uint8] | np.dtype[np.float32]]

_Kind = TypeVar("_Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is compared of an image.

    Attributes:
        samples: uint8 (or float32, of colour seen in gray), shape (1, SIDE, SIDE) for gray and (3, SIDE, SIDE) for RGB.
        mean: of all samples, 0 to 255.
        power: the sum of the squares of what they differ from it by.

    """

    samples: _Samples
    mean: float
    power: float

    @classmethod
    def of(cls, samples: _Samples) -> Picture:
        """The picture of these samples."""
        levels = samples.ravel().astype(np.float64)
        mean = float(levels.mean())
        levels -= mean
        return cls(samples, mean, float(np.vecdot(levels, levels)))

    @property
    def is_plain(self) -> bool:
        """Whether there is too little in the picture to know it again."""
        return self.power < PLAIN**2 * self.samples.size


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
    import simplejpeg  # type: ignore[import-untyped]  # ships a stub of its C part only

    if not thumbnail:
        return None
    gray = simplejpeg.decode_jpeg_header(thumbnail)[2] == "Gray"
    pixels = simplejpeg.decode_jpeg(thumbnail, "GRAY" if gray else "RGB")
    squeezed = np.asarray(
        Image.fromarray(pixels[..., 0] if gray else pixels).resize((SIDE, SIDE), Image.Resampling.BOX)
    )
    return Picture.of(np.ascontiguousarray(squeezed[None] if gray else squeezed.transpose(2, 0, 1)))


def turned(
    planes: np.ndarray[tuple[int, ...], np.dtype[_Kind]], turn: Turn
) -> np.ndarray[tuple[int, ...], np.dtype[_Kind]]:
    """Planes, shape (channels, height, width), turned."""
    swap, down, across = _TURNS[turn]
    flipped = planes[:, ::down, ::across]
    return flipped.swapaxes(1, 2) if swap else flipped


def distance(first: Picture, second: Picture, turn: Turn = Turn.NONE) -> float:
    """How far apart two pictures are, the second one turned: 0 (the same) to 1 (unrelated).

    Brightness and contrast are fitted away (least squares, one gain and one offset for all channels); what is left over
    counts as a part of the contrast, sqrt(1 - r^2) with Pearson's r. So does the worst mean of a tile of 6 x 6 pixels:
    what JPEG leaves over is spread evenly and averages out; a scratch, or a part that lies elsewhere, does not. A gray
    picture is compared with a coloured one by luma (ITU-R BT.601).
    """
    if len(first.samples) != len(second.samples):
        first, second = _luma(first), _luma(second)
    one = first.samples - np.float32(first.mean)
    other = turned(second.samples - np.float32(second.mean), turn)
    both = float(np.vdot(one, other))
    if first.power <= 0 or second.power <= 0 or both <= 0:
        return 1.0
    other *= np.float32(both / second.power)
    one -= other
    spread = (max(0.0, float(np.vdot(one, one))) / first.power) ** 0.5
    worst = _worst_tile(one) / (first.power / one.size) ** 0.5
    return round(float(min(1.0, max(spread, worst))), 6)


def _worst_tile(left: _Numbers) -> float:
    """The largest mean of a tile, either way."""
    return float(np.abs(_TILES.T @ left @ _TILES).max()) / _TILE**2


_TILES = np.kron(np.eye(SIDE // _TILE), np.ones((_TILE, 1))).astype(np.float32)
"""What adds up the pixels of a line by tiles; shape (SIDE, tiles)."""


def _luma(picture: Picture) -> Picture:
    if len(picture.samples) == 1:
        return picture
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return Picture.of(np.einsum("c,chw->hw", weights, picture.samples.astype(np.float32))[None])
