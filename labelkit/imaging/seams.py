"""Evidence of damage in the pixels of a JPEG that its decoder found nothing wrong with: a seam along block rows.

A JPEG codes its blocks row by row, each block's brightness as the difference to the one before. Where the code is
damaged and the decoder falls into step again by luck, all that follows is brighter, tinted or moved sideways: from one
block on to the end of its row, and from the next row's beginning on. Between the rest and this runs a line that no
camera draws: along a block row, one step up at a block's edge, and on to the left border one row below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelkit.imaging.small_picture import Planes, SmallPicture

_LEAST = 12
"""Coded blocks that a picture must have in either direction before any line can be told from its own content."""

_MARGIN = 1 / 16
"""Share of the width that lies on either side of the step: with it nearer, the line is as straight as a real edge."""

_AGAINST_USUAL = 18.0
_AGAINST_OTHERS = 5.0
_AGAINST_BESIDE = 18.0
"""How many times as much (in squares) the picture must jump across either half of the line as across its usual row,
across its most jumping other row, and across where the line would go on were it an edge of the scene.

Set at about one and a half times what 873 intact pictures reached (drawn scenes, ELPV's solar cells, the sample set;
three qualities each). `python -m tests.imaging.damage` measures what it finds, and how often it is wrong."""

_CHROMA = (2, 0)
"""Blue and red among the planes."""

_FLOOR = 0.25
"""Added to every square, in steps of the samples: what rounding alone can do."""


@dataclass(frozen=True, slots=True)
class Seam:
    """Where a line runs.

    Attributes:
        row: the first pixel row of the whole image behind it.
        column: the pixel column at which it steps.
        strength: the smallest of the three ratios over its limit; at least 1.

    """

    row: int
    column: int
    strength: float


def find_seam(small: SmallPicture, block: tuple[int, int]) -> Seam | None:
    """The seam in a small picture as stored, or None.

    Args:
        small: of a JPEG that was coded in one pass and without restart markers.
        block: (width, height) in pixels of what is coded together: 8 x 8, or 16 x 16 with 4:2:0 colour.

    """
    across, down = block[0] // small.scale, block[1] // small.scale
    rows, columns = small.samples.shape[0] // down, small.samples.shape[1] // across
    if min(rows, columns) < _LEAST:
        return None
    jumps = _jumps(small, across, columns)
    best: Seam | None = None
    for channel, line, least in _candidates(_mean_squares(jumps), down):
        step, strength = _step(np.square(jumps[channel, [line, line + down]]) + np.float32(_FLOOR), least)
        if strength >= (best.strength if best else 1):
            best = Seam((line + 1) * small.scale, step * block[0], strength)
    return best


def _jumps(small: SmallPicture, across: int, columns: int) -> Planes:
    """From each row to the next, means of a block's width; shape (channels, rows - 1, columns).

    Channels are luma, blue less luma and red less luma, which JPEG codes apart; of gray only itself.
    """
    wide = [_narrow(small.luma, across, columns)]
    if not small.gray:
        wide += [_narrow(small.planes[colour], across, columns) - wide[0] for colour in _CHROMA]
    seen = np.stack(wide)
    jumps: Planes = seen[:, 1:] - seen[:, :-1]
    return jumps


def _narrow(plane: Planes, across: int, columns: int) -> Planes:
    """Means of `across` pixels side by side, and of them `columns`."""
    wide = plane[:, : columns * across]
    summed = wide[:, 0::across]
    for i in range(1, across):
        summed = summed + wide[:, i::across]
    return summed * np.float32(1 / across)


def _mean_squares(jumps: Planes) -> Planes:
    """Of each row; shape (channels, rows - 1)."""
    squares: Planes = np.einsum("crk,crk->cr", jumps, jumps)
    return squares / np.float32(jumps.shape[2]) + np.float32(_FLOOR)


def _candidates(rows: Planes, down: int) -> list[tuple[int, int, float]]:
    """Channels and lines that jump enough, together with the line one block lower; how much either half must jump.

    Both halves of a seam jump at least so much, and they fill one line between them.
    """
    lines = np.arange(down - 1, rows.shape[1] - down, down)
    ranked = np.sort(rows, axis=1)
    both = rows[:, lines] + rows[:, lines + down]
    usual = ranked[:, ranked.shape[1] // 2, None] * _AGAINST_USUAL
    if (both < usual).all():
        return []
    least = np.maximum(_others(rows, lines, down) * _AGAINST_OTHERS, usual)
    found = np.argwhere(both >= least).tolist()
    return [(channel, int(lines[i]), float(least[channel, i])) for channel, i in found]


def _step(pair: Planes, least: float) -> tuple[int, float]:
    """The block column at which a line and the one below it are most like a seam, and how much."""
    columns = pair.shape[1]
    summed = np.cumsum(pair, axis=1, dtype=np.float64)
    left = np.arange(1, columns)
    before, behind = summed[:, :-1] / left, (summed[:, -1:] - summed[:, :-1]) / (columns - left)
    beside = np.maximum(before[0], behind[1]) * _AGAINST_BESIDE
    strength = np.minimum(behind[0], before[1]) / np.maximum(beside, least)
    margin = max(1, round(columns * _MARGIN))
    strength[: margin - 1] = strength[columns - margin :] = 0
    return int(strength.argmax()) + 1, float(strength.max())


def _others(rows: Planes, lines: np.ndarray[tuple[int, ...], np.dtype[np.int_]], down: int) -> Planes:
    """For each channel, line and the one below it: the largest mean jump across any row that is neither of them."""
    highest = np.argsort(rows, axis=1)[:, ::-1][:, :3, None]
    free = (highest != lines) & (highest != lines + down)
    chosen = np.take_along_axis(highest[..., 0], free.argmax(axis=1), axis=1)
    return np.asarray(np.take_along_axis(rows, chosen, axis=1))
