"""Copies of one image, made to see whether its noise survives what people do to copies."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from labelkit.domain.shots import NoiseTrial
from labelkit.imaging.sensor_noise import SIDE, Gray, Levels, NoisePrint, match_of, residual_of

COPIES = 4
"""Half size, JPEG quality 60, 8 % brighter; and all three at once."""

_QUALITY, _BRIGHTER, _FINE = 60, 1.08, 90


def trial(gray: Gray, pattern: Levels | None) -> NoiseTrial | None:
    """The copies of a picture against it; None where it, or one of them, has no noise to look at."""
    own = residual_of(gray)
    if own is None:
        return None
    residuals = [residual_of(copy) for copy in _copies(gray)]
    told = [NoisePrint.of(r.without(pattern)) for r in residuals if r is not None]
    clean = own.without(pattern)
    noise = clean.strength * max(1.0, (gray.size / SIDE**2) ** 0.5)
    mine = NoisePrint.of(clean)
    return NoiseTrial(noise, tuple(match_of(mine, copy) for copy in told)) if len(told) == COPIES else None


def _copies(gray: Gray) -> list[Gray]:
    picture = Image.fromarray(gray)
    half = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))
    brighter = (gray * np.float32(_BRIGHTER)).clip(0, 255).astype(np.uint8)
    all_at_once = Image.fromarray(brighter).resize(half.size)
    return [
        np.asarray(half),
        _saved(gray, _QUALITY),
        _saved(brighter, _FINE),
        _saved(np.asarray(all_at_once), _QUALITY),
    ]


def _saved(gray: Gray, quality: int) -> Gray:
    out = BytesIO()
    Image.fromarray(gray).save(out, "JPEG", quality=quality)
    with Image.open(out, formats=["JPEG"]) as image:
        return np.asarray(image)
