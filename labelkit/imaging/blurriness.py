"""How blurred cleanvision would call a picture, so that its scores can be held beside ours."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from labelkit.imaging.sums import Sums

_SIDE = 64
"""Pixels of the longer side, at most."""

_STEEPNESS = 0.01
_LEAST_SPREAD = 0.18
"""`normalizing_factor` and `color_threshold` of its check `blurry`."""


def blurry_score(gray: Image.Image) -> float:
    """How sharp cleanvision finds a gray picture (mode L): 0 to 1, and blurred below 0.29.

    At 64 pixels on the longer side (bicubic): the deviation of Pillow's FIND_EDGES, and the deviation of the counts in
    the histogram where that is large (cleanvision 0.3.7, `issue_managers/image_property.py`). At that size a picture of
    1,280 x 960 is divided by 20, so blur of a few pixels does not show; `PixelFacts.sharpness` is what labelkit judges
    by, and `benchmarks/blur.py` holds both against blur of known width.
    """
    ratio = max(gray.size) / _SIDE
    small = gray
    if ratio > 1:
        size = max(int(gray.width // ratio), 1), max(int(gray.height // ratio), 1)
        small = gray.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.0)  # block means first: half the time
    edges, levels = (np.array(seen.histogram()) for seen in (small.filter(ImageFilter.FIND_EDGES), small))
    spread = _grown(Sums.of_counts(levels))
    return min(_grown(Sums.of_levels(edges)) + (spread if spread > _LEAST_SPREAD else 0.0), 1.0)


def _grown(sums: Sums) -> float:
    return 1 - math.exp(-_STEEPNESS * math.sqrt(sums.variance))
