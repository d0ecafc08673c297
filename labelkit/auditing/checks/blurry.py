"""Images without sharp edges."""

from __future__ import annotations

import math
from collections.abc import Iterator

from labelkit.auditing.evidence import Evidence
from labelkit.auditing.population import how_many, judged_numbers, judged_paths, widespread
from labelkit.auditing.unusual import Quality, far_below
from labelkit.auditing.verdict import Verdict

_NOTHING_SHARP = 1e-5
"""Variance of the Laplacian (`PixelFacts.sharpness`): from a pixel of the small picture to the next, less than one of
255 gray levels as a rule."""

_SHOWS_SOMETHING = 3.0
"""Bits of entropy; with fewer there is nothing that could be sharp, and `low_information` speaks of it."""

_FACTOR = 2.0
"""An image must have less than half the usual sharpness of its class."""

_SMALLEST = 1e-9

_QUALITY = Quality(
    told="far less sharp",
    measured="variance of the Laplacian",
    shown=lambda log: f"{2.0**log:.2g}",
    least=math.log2(_FACTOR),
    remedy="look at them: focus, vibration, a dirty lens; leave out what shows no defect that is there",
)


def blurry(evidence: Evidence) -> Iterator[Verdict]:
    """Nothing in the image is sharp, or it is far less sharp than the others of its class and group.

    Sharpness is the variance of the Laplacian of the small picture (Pech-Pacheco et al., ICPR 2000), its logarithm
    held against the class (`auditing/unusual.py`): how sharp a good picture is depends on the part. On blur of known
    width it ranks better than cleanvision's score (`benchmarks/blur.py`), which is kept beside it as `blurry_score`.
    Thresholds: a variance below 0.00001 at 3 bits of entropy or more; else less than half of the usual and more than
    3.5 deviations below. Remedy: focus and shutter, or leaving the images out.
    """
    seen = judged_paths(evidence)
    sharpness, entropy = (judged_numbers(evidence, name) for name in ("sharpness", "entropy"))
    blind = {path for path, s, e in zip(seen, sharpness, entropy, strict=True) if _nothing_sharp(s, e)}
    if blind:
        told = "; so it is the focus of the set, or its parts are smooth" if widespread(len(blind), len(seen)) else ""
        yield Verdict(
            f"{how_many(len(blind), len(seen))} blurry: no edge anywhere in the picture{told}",
            remedy="check focus, shutter and vibration of where they were taken",
            files=tuple(sorted(blind)),
            numbers={"images": len(blind), "threshold": _NOTHING_SHARP},
        )
    sharp = zip(seen, sharpness, strict=True)
    yield from far_below(evidence, {path: _log(value) for path, value in sharp if path not in blind}, _QUALITY)


def _nothing_sharp(sharpness: float, entropy: float) -> bool:
    return sharpness < _NOTHING_SHARP and entropy >= _SHOWS_SOMETHING


def _log(sharpness: float) -> float:
    return math.log2(max(sharpness, _SMALLEST))
